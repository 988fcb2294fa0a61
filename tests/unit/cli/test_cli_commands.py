"""The commands of one person alone: what they print, their JSON, their errors and exit codes."""

from pathlib import Path

import pytest
from command_line import AT, Cli, meet

from vauchi_tui.cli.main import main


def test_the_card_in_json_has_the_documented_shape(cli: Cli) -> None:
    shown = cli.json("card", "set", "phone", "555-1234567")
    assert shown.keys() == {"display_name", "fingerprint", "fields"}
    (field,) = shown["fields"]
    assert field.keys() == {"id", "type", "label", "value"}
    assert (field["type"], field["label"], field["value"]) == ("phone", "phone", "555-1234567")
    assert cli.json("card") == cli.json("card", "show") == shown


def test_the_card_is_edited_from_the_command_line(cli: Cli) -> None:
    cli("card", "set", "phone", "555-1234567")
    cli("card", "set", "site", "https://example.com", "--type", "url")
    cli("card", "rename", "phone", "mobile")
    cli("card", "move", "site", "1")
    shown = cli.json("card", "name", "Alice Smith")
    assert shown["display_name"] == "Alice Smith"
    assert [(field["label"], field["type"]) for field in shown["fields"]] == [("site", "url"), ("mobile", "phone")]
    assert [field["label"] for field in cli.json("card", "remove", "SITE")["fields"]] == ["mobile"]


def test_the_card_for_people_says_what_nobody_sees(cli: Cli) -> None:
    assert cli("card", "set", "phone", "555-1234567") == 0
    assert "phone  555-1234567" in cli.out and "Nobody sees: phone" in cli.out
    cli("visibility", "allow", "phone", "everyone")
    cli("card")
    assert "Nobody sees" not in cli.out


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (["card", "set", "phone", "12", "--type", "phone"], "7 digits"),
        (["card", "set", "mail", "nobody", "--type", "email"], "@"),
        (["card", "name", "x" * 101], "100"),
        (["card", "move", "phone", "0"], "1"),
        (["card", "remove", "fax"], "fax"),
        (["card", "name", "a\x1b[2Jb"], "control character"),
    ],
)
def test_a_refused_edit_names_the_rule_and_changes_nothing(cli: Cli, command: list[str], words: str) -> None:
    before = cli.json("card", "set", "phone", "555-1234567")
    assert words in cli.refused(*command)
    assert cli.json("card") == before


def test_contacts_in_json_have_the_documented_shape(cli: Cli) -> None:
    contact = meet(cli, "Bob")
    meet(cli, "Carol", "555-7777777")
    (bob, carol) = cli.json("contacts")
    assert bob == {
        "name": "Bob",
        "fingerprint": contact.fingerprint,
        "trust": {"method": "code", "distance_m": None, "at": AT},
        "confirmed": True,
        "labels": [],
        "fields": [{"id": "p1", "type": "phone", "label": "mobile", "value": "555-0000000"}],
    }
    assert cli.json("contacts", "7777") == [carol]
    assert cli.json("contacts", "nobody at all") == []


def test_a_contact_s_values_cannot_disturb_the_terminal(cli: Cli) -> None:
    meet(cli, "Bob", "1\n2\u202e3")
    assert cli("contacts") == 0
    assert "1 ↵ 23" in cli.out and "\u202e" not in cli.out


def test_one_contact_is_shown_with_note_and_trust(cli: Cli) -> None:
    meet(cli, "Bob")
    assert cli.json("contact", "note", "bob", "met at the lake")["note"] == "met at the lake"
    assert cli("contact", "show", "Bob") == 0
    for words in ("mobile  555-0000000", "confirmed by code", "met at the lake"):
        assert words in cli.out
    shown = cli.json("contact", "show", "Bob")
    assert shown["note"] == "met at the lake" and shown["sees"] == []


def test_an_ambiguous_name_lists_the_candidates(cli: Cli) -> None:
    meet(cli, "Bob Miller")
    meet(cli, "Bob Smith")
    said = cli.refused("contact", "show", "Bob")
    assert "Bob Miller" in said and "Bob Smith" in said


def test_visibility_in_json_has_the_documented_shape(cli: Cli) -> None:
    meet(cli, "Bob")
    (phone,) = cli.json("card", "set", "phone", "555-1234567")["fields"]
    assert cli.json("visibility")["contacts"] == [{"name": "Bob", "visible": []}]
    shown = cli.json("visibility", "allow", "phone", "Bob")
    assert shown["contacts"] == [{"name": "Bob", "visible": [phone["id"]]}]
    assert [field["id"] for field in shown["fields"]] == [phone["id"]]
    assert cli.json("visibility", "as", "Bob") == {"display_name": "Alice", "fields": [phone]}
    assert cli.json("visibility", "deny", "phone", "everyone")["contacts"] == [{"name": "Bob", "visible": []}]


def test_visibility_for_people(cli: Cli) -> None:
    for name in ("Bob", "Carol"):
        meet(cli, name)
    cli("card", "set", "phone", "555-1234567")
    cli("visibility", "allow", "phone", "Bob")
    assert cli.out == "phone: Bob\n"
    cli("visibility", "deny", "phone", "Carol")
    cli("visibility", "allow", "phone", "everyone")
    assert cli.out == "phone: everyone but Carol\n"


def test_status_in_json_has_the_documented_shape(cli: Cli) -> None:
    meet(cli, "Bob")
    status = cli.json("status")
    assert status["relay"] is None
    (bob,) = status["contacts"]
    assert bob.keys() == {"contact", "pending", "last_synced", "reason", "state", "devices"}
    assert (bob["contact"], bob["pending"]) == ("Bob", 0)
    assert "no relay" in bob["reason"]


def test_settings_are_listed_read_and_changed(cli: Cli) -> None:
    assert cli("settings", "relay", "relay.example.org") == 0
    assert cli.out == "wss://relay.example.org\n"
    assert cli.json("settings", "relay") == {"relay": "wss://relay.example.org"}
    assert cli.json("settings") == {
        "relay": "wss://relay.example.org",
        "lan": "on",
        "sound": "auto",
        "sound_input": "default",
        "sound_output": "default",
        "sound_level": "-12",
        "delay_receipts": "off",
        "notifications": "on",
    }
    assert cli.json("settings", "sound_level", "-18") == {"sound_level": "-18"}
    assert cli.json("settings", "notifications", "OFF") == {"notifications": "off"}
    assert "on or off" in cli.refused("settings", "notifications", "loud")
    assert "relay" in cli.refused("settings", "colour")


@pytest.mark.parametrize(
    "command", [["bogus"], ["card", "set", "phone"], ["contact"], ["exchange"], ["sync", "--once", "--watch"], ["--x"]]
)
def test_wrong_usage_is_exit_code_2(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(command) == 2
    assert "usage: vauchi" in capsys.readouterr().err


def test_options_that_stand_everywhere_work_before_and_after_the_command(
    cli: Cli, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments in (["--json", "card"], ["card", "--json"], ["card", "show", "--json"]):
        assert cli(*arguments) == 0
        assert cli.out.startswith("{")
    assert main(["card", "--profile", str(cli.profile)]) == 0
    assert capsys.readouterr().out.startswith("Alice")


def test_the_profile_may_come_from_the_environment(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAUCHI_PROFILE", str(cli.profile))
    assert main(["card"]) == 0


def test_the_app_needs_a_terminal(cli: Cli) -> None:
    assert "terminal" in cli.refused()


def test_a_missing_picture_is_told(cli: Cli, tmp_path: Path) -> None:
    assert "no file" in cli.refused("exchange", "scan", "--image", str(tmp_path / "none.png"))
