"""Processes on one machine find each other by real multicast DNS, with no relay; what they say there tells nothing."""

import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from cli_people import person
from cli_process import meet
from fault_people import card_of, values

from vauchi_tui.protocol.code import parse_code
from vauchi_tui.protocol.lan import instance_name


@pytest.fixture(autouse=True)
def lan(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here other devices are looked for."""
    monkeypatch.setenv("VAUCHI_LAN", "on")


def test_two_people_meet_without_a_relay(tmp_path: Path) -> None:
    alice, bob = person(tmp_path, "Alice", None), person(tmp_path, "Bob", None)
    meet(alice, bob, "all", back="all")
    assert values(alice) == card_of(bob) and values(bob) == card_of(alice)


def test_two_pairs_in_one_room_do_not_disturb_each_other(tmp_path: Path) -> None:
    alice, bob, carol, dave = (person(tmp_path, name, None) for name in ("Alice", "Bob", "Carol", "Dave"))
    with alice.start("exchange", "show") as first, carol.start("exchange", "show") as second:
        codes = [process.wait_for("code")["text"] for process in (first, second)]
        with bob.start("exchange", "scan", codes[0]) as third, dave.start("exchange", "scan", codes[1]) as fourth:
            for showing, scanning in ((first, third), (second, fourth)):
                showing.wait_for("enter_digits")
                showing.write(scanning.wait_for("digits")["digits"])
            met = [process.wait_for("complete")["contact"] for process in (first, second, third, fourth)]
    assert met == ["Bob", "Dave", "Alice", "Carol"]


def test_neither_host_nor_person_is_announced(tmp_path: Path) -> None:
    """What `_vauchi._tcp` answers while a code is shown: a name that only who has the code can tell, and no other."""
    alice = person(tmp_path, "Alice", None)
    with alice.start("exchange", "show") as showing:
        code = showing.wait_for("code")["text"]
        listener = subprocess.run(
            [sys.executable, "-c", LISTEN, instance_name(parse_code(code).token)],
            capture_output=True,
            text=True,
            timeout=30,
        )
    assert listener.returncode == 0, listener.stderr
    assert re.fullmatch(r"[0-9a-f]{32}\.local\. \{\}\n", listener.stdout), listener.stdout
    assert socket.gethostname() not in listener.stdout and "alice" not in listener.stdout.casefold()


LISTEN = """
import sys
from vauchi_tui.sync.lan_discovery import own_addresses
from zeroconf import Zeroconf
multicast = Zeroconf(interfaces=own_addresses())
info = multicast.get_service_info("_vauchi._tcp.local.", sys.argv[1] + "._vauchi._tcp.local.")
print(info.server, info.properties)
multicast.close()
"""


def test_switched_off_and_without_a_relay_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alice = person(tmp_path, "Alice", None)
    monkeypatch.delenv("VAUCHI_LAN")
    alice.ok("settings", "lan", "off")
    done = alice.run("exchange", "show")
    assert done.returncode == 1 and "switched off" in done.stderr and "\nhint: Choose a relay" in done.stderr
