"""Labels in real processes: what people get who were put into them, at the exchange and later."""

from pathlib import Path

from cli_people import person
from cli_process import meet
from relay_process import RelayProcess


def test_each_gets_what_his_labels_show_and_hears_of_nothing_else(tmp_path: Path) -> None:
    with RelayProcess(tmp_path / "relay") as relay:
        alice, bob, carol, dave = (person(tmp_path, name, relay.url) for name in ("Alice", "Bob", "Carol", "Dave"))
        others = {"Bob": bob, "Carol": carol, "Dave": dave}

        def pending() -> dict[str, int]:
            return {row["contact"]: row["pending"] for row in alice.json("status")["contacts"]}

        def everybody_syncs() -> None:
            for one in (alice, *others.values(), alice):
                one.ok("sync", "--once")

        for label, fields in (("close", ("phone", "email")), ("work", ("email",))):
            alice.ok("label", "new", label)
            for field in fields:
                alice.ok("visibility", "allow", field, f"@{label}")
        meet(alice, bob, "@close")
        meet(alice, carol, "@work")
        meet(alice, dave)
        everybody_syncs()
        mail = {"email": "alice@example.com"}
        seen = {name: other.values()["Alice"] for name, other in others.items()}
        assert seen == {"Bob": {"phone": "555-1111111", **mail}, "Carol": mail, "Dave": {}}

        alice.ok("card", "set", "phone", "555-2222222")
        assert pending() == {"Bob": 1, "Carol": 0, "Dave": 0}
        everybody_syncs()
        assert bob.values()["Alice"]["phone"] == "555-2222222" and carol.values()["Alice"] == mail

        alice.ok("label", "add", "close", "Dave")
        alice.ok("visibility", "deny", "email", "Dave")
        assert pending() == {"Bob": 0, "Carol": 0, "Dave": 1}, "two changes for him, one message"
        alice.ok("label", "delete", "work")
        assert pending() == {"Bob": 0, "Carol": 1, "Dave": 1}, "what Bob has by the other label stays"
        everybody_syncs()
        seen = {name: other.values()["Alice"] for name, other in others.items()}
        assert seen == {"Bob": {"phone": "555-2222222", **mail}, "Carol": {}, "Dave": {"phone": "555-2222222"}}
        assert set(pending().values()) == {0}
        assert [label["members"] for label in alice.json("label", "list")] == [["Bob", "Dave"]]
