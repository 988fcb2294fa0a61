"""The doctor: on this machine everything needed works, and each broken part is told from a working one."""

import os
import sys
import threading
from array import array
from collections.abc import Iterator
from pathlib import Path

import keyring
import keyring.backend
import keyring.backends.fail
import pytest
from neighbourhood import Lonely
from relay_process import RelayProcess
from sound_cards import LAPTOP, PortAudio

from vauchi_tui.actions import profile as profiles
from vauchi_tui.actions import settings
from vauchi_tui.actions.doctor import Check, Terminal, run_checks
from vauchi_tui.actions.profile import Protection
from vauchi_tui.crypto.password import KdfParameters
from vauchi_tui.vault.profile import Profile

WIDE = Terminal(120, 40, utf8=True, there=True)
CHEAP = KdfParameters(1, 8 * 1024 * 1024)


@pytest.fixture(autouse=True)
def no_keyring() -> Iterator[None]:
    before = keyring.get_keyring()
    keyring.set_keyring(keyring.backends.fail.Keyring())
    yield
    keyring.set_keyring(before)


@pytest.fixture
def place(tmp_path: Path) -> Profile:
    return profiles.find(f"{tmp_path}/alice", {})


@pytest.fixture(autouse=True)
def with_sound(portaudio: PortAudio) -> PortAudio:
    return portaudio


def examine(place: Profile, terminal: Terminal = WIDE, passphrase: str | None = None) -> dict[str, Check]:
    checks = run_checks(place, passphrase, terminal)
    for check in checks:
        assert check.words
        assert check.ok or check.remedy, check
    return {check.name: check for check in checks}


def test_everything_that_is_needed_works_here(place: Profile) -> None:
    found = examine(place)
    assert [name for name, check in found.items() if not check.ok] == ["system keyring"]
    assert not found["system keyring"].needed
    assert "19 kHz" in found["signal processing"].words
    assert "SQLCipher 4" in found["encrypted storage"].words
    assert "vauchi init" in found["profile"].words
    assert "error correction Q" in found["terminal"].words


class Deaf:
    """A kernel that hears the tone elsewhere."""

    instruction_set, block = "deaf", 960

    def __init__(self, frequencies: range, rate: int, block: int) -> None:
        self.count = len(frequencies)

    def power(self, samples: "array[float]") -> memoryview:
        return memoryview(array("f", [0.25] + [0.0] * (self.count - 1))).cast("B").cast("f", (1, self.count))


class Weak(Deaf):
    """A kernel that hears it in its place and half as loud."""

    def power(self, samples: "array[float]") -> memoryview:
        values = [0.0] * self.count
        values[20] = 0.125
        return memoryview(array("f", values)).cast("B").cast("f", (1, self.count))


class Echoing(Deaf):
    """A kernel that hears it everywhere."""

    def power(self, samples: "array[float]") -> memoryview:
        values = [0.01] * self.count
        values[20] = 0.25
        return memoryview(array("f", values)).cast("B").cast("f", (1, self.count))


@pytest.mark.parametrize("kernel", [Deaf, Weak, Echoing])
def test_a_wrong_kernel_is_found(kernel: type, place: Profile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vauchi_dsp.GoertzelBank", kernel)
    check = examine(place)["signal processing"]
    assert not check.ok
    assert "deaf" in check.words
    assert check.needed


def test_an_extension_that_was_not_built_is_said(place: Profile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vauchi_dsp", None)
    check = examine(place)["signal processing"]
    assert not check.ok
    assert "cannot be loaded" in check.words


@pytest.mark.parametrize("reader", ["zxing", "zbar"])
def test_a_reader_that_reads_nothing_is_found(reader: str, place: Profile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"vauchi_tui.optics.qr_read._{reader}", lambda image: [])
    found = examine(place)
    assert [name for name, check in found.items() if not check.ok and name.lower().endswith(reader)]


def test_a_missing_zbar_is_named_with_the_package_and_is_not_needed(
    place: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyzbar.pyzbar", None)
    check = examine(place)["code reader ZBar"]
    assert (check.ok, check.needed) == (False, False)
    assert "libzbar0" in check.remedy


def test_a_database_that_does_not_encrypt_is_found(place: Profile, monkeypatch: pytest.MonkeyPatch) -> None:
    import sqlite3

    monkeypatch.setattr("vauchi_tui.vault.connection.sqlcipher3.connect", sqlite3.connect)
    check = examine(place)["encrypted storage"]
    assert not check.ok
    assert "does not encrypt" in check.words


@pytest.mark.parametrize(
    ("terminal", "ok", "words"),
    [
        (Terminal(80, 24, utf8=True, there=True), True, "error correction L"),
        (Terminal(80, 23, utf8=True, there=True), False, "45×23"),
        (Terminal(40, 24, utf8=True, there=True), False, "45×23"),
        (Terminal(120, 40, utf8=False, there=True), False, "UTF-8"),
        (Terminal(80, 24, utf8=True, there=False), True, "not a terminal"),
    ],
)
def test_the_terminal_is_judged_by_what_it_can_draw(terminal: Terminal, ok: bool, words: str, place: Profile) -> None:
    check = examine(place, terminal)["terminal"]
    assert check.ok is ok
    assert words in check.words


def test_this_terminal_is_taken_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "61")
    monkeypatch.setenv("LINES", "32")
    here = Terminal.here({"LANG": "C"} | {"LC_ALL": "en_US.ISO-8859-1"})
    assert (here.columns, here.rows, here.utf8) == (61, 32, False)


def test_a_real_keyring_is_named(place: Profile) -> None:
    class Wallet(keyring.backend.KeyringBackend):
        priority = 1  # type: ignore[assignment]
        name = "Wallet of the test"

        def get_password(self, service: str, username: str) -> str | None:
            return None

        def set_password(self, service: str, username: str, password: str) -> None:
            raise AssertionError("the doctor stores nothing")

        def delete_password(self, service: str, username: str) -> None:
            raise AssertionError("the doctor deletes nothing")

    keyring.set_keyring(Wallet())
    check = examine(place)["system keyring"]
    assert check.ok
    assert check.words == "Wallet of the test"


def test_a_profile_that_others_can_read_comes_with_the_command_that_mends_it(place: Profile) -> None:
    profiles.create(place, "Alice", protection=Protection.FILE).close()
    assert examine(place)["profile"].ok
    os.chmod(place.data, 0o755)  # noqa: PTH101
    check = examine(place)["profile"]
    assert not check.ok
    assert check.remedy.startswith("Run: chmod 700 ")


def test_a_relay_that_answers_and_one_that_does_not(place: Profile, tmp_path: Path) -> None:
    with RelayProcess(tmp_path / "relay") as relay:
        profiles.create(place, "Alice", protection=Protection.FILE, relay=relay.url).close()
        check = examine(place)["relay"]
        assert check.ok
        assert relay.url in check.words
        assert "answers in" in check.words
    check = examine(place)["relay"]
    assert not check.ok


def test_no_relay_chosen_is_said_with_the_command(place: Profile) -> None:
    profiles.create(place, "Alice", protection=Protection.FILE).close()
    check = examine(place)["relay"]
    assert not check.ok
    assert "vauchi settings relay" in check.remedy


def test_a_locked_profile_is_not_asked_for_its_relay_unless_opened(place: Profile) -> None:
    profiles.create(place, "Alice", passphrase="correct horse", relay="127.0.0.1:9", parameters=CHEAP).close()
    assert "locked" in examine(place)["relay"].words
    check = examine(place, passphrase="correct horse")["relay"]
    assert not check.ok
    assert "locked" not in check.words


def test_the_local_network_is_tried_and_a_missing_library_is_no_obstacle(
    place: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = examine(place)["local network"]
    assert check.ok and not check.needed
    assert "are found, from" in check.words
    monkeypatch.setitem(sys.modules, "zeroconf.asyncio", None)
    check = examine(place)["local network"]
    assert (check.ok, check.needed) == (False, False)
    assert "python-zeroconf is missing" in check.words and "pip install zeroconf" in check.remedy


def test_a_machine_in_no_network_and_one_without_multicast_are_told(
    place: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vauchi_tui.actions.doctor_lan._PATIENCE_S", 0.3)
    monkeypatch.setattr("vauchi_tui.actions.doctor_lan.zeroconf_here", Lonely)
    check = examine(place)["local network"]
    assert not check.ok and "5353" in check.remedy
    monkeypatch.undo()
    monkeypatch.setattr("ifaddr.get_adapters", list)
    assert "no private network" in examine(place)["local network"].words


def test_sound_is_looked_for_and_nothing_is_played(place: Profile, portaudio: PortAudio) -> None:
    check = examine(place)["sound"]
    assert check.ok and not check.needed
    assert "hears with “Built-in”" in check.words and "48,000 Hz" in check.words
    assert portaudio.streams == []
    portaudio.plugged = []
    check = examine(place)["sound"]
    assert not check.ok and "no sound device" in check.words


def test_sound_is_that_of_the_profile_and_the_systems_where_it_is_locked(place: Profile, portaudio: PortAudio) -> None:
    portaudio.plugged = [LAPTOP, LAPTOP | {"name": "Desk"}]
    with profiles.create(place, "Alice", passphrase="correct horse", parameters=CHEAP) as ctx:
        settings.set_value(ctx, "sound_input", "Desk")
    assert "hears with “Built-in”" in examine(place)["sound"].words
    assert "hears with “Desk”" in examine(place, passphrase="correct horse")["sound"].words


def test_a_sound_system_that_hangs_does_not_hold_the_doctor_up(
    place: Profile, portaudio: PortAudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    never = threading.Event()
    monkeypatch.setattr("vauchi_tui.actions.doctor_sound.open_pair", lambda chosen: never.wait())
    monkeypatch.setattr("vauchi_tui.actions.doctor_sound.PATIENCE_S", 0.01)
    check = examine(place)["sound"]
    assert not check.ok and "does not answer" in check.words
    never.set()
