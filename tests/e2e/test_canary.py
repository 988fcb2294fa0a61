"""Property 1 of the protocol: nothing of what people tell each other can be read where the relay is.

Three people with unmistakable names, labels, values and notes meet, edit, hide, grant, remove and part through a relay
that keeps every byte. Then everything is searched: the wire both ways, the relay's files, its log, our own logging.
"""

import base64
import contextlib
import logging
import random
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from leak_search import search
from recording_relay import RecordingRelay
from relay_people import DAY_S, Actor, meet, rest
from relay_process import RelayProcess
from sync_people import NOW, Clock

from vauchi_tui.actions import card, contacts, labels, visibility
from vauchi_tui.model.contact import fingerprint
from vauchi_tui.protocol.code import parse_code
from vauchi_tui.protocol.link import Link
from vauchi_tui.protocol.mailbox import day_of

SMALL, NEXT = 1 << 10, 4 << 10  # the buckets that this story needs; NEXT for the long value, M1 and M2
CODECS = ("utf-8", "utf-16-le", "utf-16-be")
NAMES = ("Zeisig-Alice-Kanarie", "Zeisig-Bøb-Kanárie", "Zeisig-Çarol-金糸雀-Kanarie")
TEXTS = {
    "name after a change": "Zeisig-Alice-Umgetauft",
    "label": "kanarie-telefon",
    "label of the second field": "kanarie-briefpost",
    "label of the third field": "kanarie-netzpost",
    "label after a change": "kanarie-werktelefon",
    "label of a field nobody sees": "kanarie-tagebuch",
    "value": "+49 555 1928374655",
    "value after a change": "+49 555 5647382910",
    "value while hidden": "+49 555 1020304050",
    "second value": "Kanarienweg 17, 90210 Vogelhausen",
    "third value": "kanarie.zeisig@vogelhaus.example",
    "value nobody sees": "niemand sieht diesen Kanarienvogel",
    "note": "Notiz: pfeift wie ein Zeisig",
    "label for people": "kanarie-sippschaft",
    "label for people after a change": "kanarie-vogelfreunde",
}
LONG = "Kanarien und Zeisige, alle beisammen. " * 26  # a value that takes a message out of its smallest bucket


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[RelayProcess]:
    with RelayProcess(tmp_path / "relay") as process:
        yield process


@dataclass
class Seen:
    """What the relay had on its disk at several moments: file and moment → bytes, and the sizes of stored blobs."""

    files: dict[str, bytes] = field(default_factory=dict)
    stored_sizes: set[int] = field(default_factory=set)

    def look(self, relay: RelayProcess, when: str) -> None:
        self.files |= {f"{path.name} {when}": path.read_bytes() for path in relay.directory.iterdir()}
        with contextlib.closing(sqlite3.connect(f"file:{relay.store}?mode=ro", uri=True)) as store:
            self.stored_sizes |= {size for (size,) in store.execute("SELECT length(blob) FROM message")}


async def test_a_canary_sings_nowhere_at_the_relay(
    tmp_path: Path, relay: RelayProcess, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    seen, clock = Seen(), Clock(NOW)
    async with RecordingRelay(relay.url) as between:
        people = [Actor(tmp_path / f"p{number}", name, between.url, clock) for number, name in enumerate(NAMES)]
        codes = await _live(people, relay, seen, clock)
        inside = _inside(between, [link for person in people for link in person.links()], day_of(clock.now))
        await _part(people)
        secrets = {f"name {name}": name for name in NAMES} | TEXTS | _keys(people, codes)
        for person in people:
            person.close()
    seen.look(relay, "before the end")
    assert relay.terminate() == 0
    seen.look(relay, "after the end")
    moments = {f"mailboxes.sqlite3{end} before the end" for end in ("", "-wal", "-shm")} | {"relay.log after the end"}
    assert moments <= seen.files.keys() and b"listening on" in seen.files["relay.log after the end"]

    wire = _wire(between)
    logged = {"our logging": "\n".join(record.getMessage() for record in caplog.records).encode()}
    vaults = _vaults(tmp_path)
    haystacks = wire | seen.files | logged | vaults
    assert sum(map(len, wire.values())) > 100_000 and len(vaults) >= 3

    assert search(haystacks, secrets) == []
    _negative_control(haystacks, secrets)
    _blobs_tell_nothing(between, seen, haystacks, inside)


async def _live(people: list[Actor], relay: RelayProcess, seen: Seen, clock: Clock) -> list[str]:
    """Everything that people do, and that it has worked; the texts of the codes that were shown."""
    alice, bob, carol = people
    alice.set(TEXTS["label"], TEXTS["value"])
    alice.set(TEXTS["label of the second field"], TEXTS["second value"])
    alice.set(TEXTS["label of a field nobody sees"], TEXTS["value nobody sees"])
    bob.set(TEXTS["label of the third field"], TEXTS["third value"])
    flock = TEXTS["label for people"]
    labels.create(alice.ctx, flock)
    visibility.allow(alice.ctx, TEXTS["label"], [f"@{flock}"])
    codes = [await meet(alice, bob, [f"@{flock}"], [TEXTS["label of the third field"]]), await meet(carol, alice)]
    assert bob.sees(alice) == {TEXTS["label"]: TEXTS["value"]} and carol.sees(alice) == {}
    assert alice.sees(bob) == {TEXTS["label of the third field"]: TEXTS["third value"]}
    contacts.note(alice.ctx, bob.identity, TEXTS["note"])

    async def told(when: str) -> None:
        """Alice sends, the mail lies there, the others fetch it."""
        await alice.once()
        seen.look(relay, when)
        await rest(alice, bob, carol)
        for person in (bob, carol):
            assert person.sees(alice) == alice.shows(person)
        clock.now += 3_600

    labels.rename(alice.ctx, flock, TEXTS["label for people after a change"])
    alice.set(TEXTS["label"], TEXTS["value after a change"])
    visibility.allow(alice.ctx, TEXTS["label of the second field"], [bob.name, carol.name])
    await told("after an edit and a grant")
    visibility.deny(alice.ctx, TEXTS["label"], [bob.name])
    alice.set(TEXTS["label"], TEXTS["value while hidden"])
    card.set_name(alice.ctx, TEXTS["name after a change"])
    await told("after hiding")
    assert TEXTS["label"] not in bob.sees(alice) and bob.contact(alice).name == TEXTS["name after a change"]
    visibility.allow(alice.ctx, TEXTS["label"], ["everyone", bob.name])
    card.rename_field(alice.ctx, TEXTS["label"], TEXTS["label after a change"])
    alice.set("roman", LONG)
    visibility.allow(alice.ctx, "roman", ["everyone"])
    await told("after granting to everyone")
    assert carol.sees(alice)[TEXTS["label after a change"]] == TEXTS["value while hidden"]
    card.remove_field(alice.ctx, TEXTS["label of the second field"])
    await told("after a removal")
    clock.now += 2 * DAY_S
    alice.set(TEXTS["label after a change"], TEXTS["value"])
    await told("two days later")
    return codes


async def _part(people: list[Actor]) -> None:
    alice, bob, carol = people
    contacts.remove(alice.ctx, bob.identity)
    contacts.block(carol.ctx, alice.identity)
    for person in (alice, carol, bob, alice):
        await person.once()
    assert bob.sees(alice) == {} and contacts.list_contacts(alice.ctx, "zeisig-bøb") == []


def _keys(people: list[Actor], codes: list[str]) -> dict[str, str | bytes]:
    """What tells who somebody is, and what a code keeps between two people."""
    found: dict[str, str | bytes] = {}
    for person in people:
        with person.ctx.vault.read() as tx:
            own = tx.me.person().device
        found |= {
            f"identity key of {person.name}": own.identity,
            f"fingerprint of {person.name}": fingerprint(own.identity),
            f"fingerprint of {person.name} without spaces": fingerprint(own.identity).replace(" ", ""),
            f"signing key of {person.name}": own.signing.public,
            f"static key of {person.name}": own.static.public,
            f"device id of {person.name}": own.id,
        }
    for number, text in enumerate(codes):
        code = parse_code(text)
        found |= {f"token {number}": code.token, f"seed {number}": code.audio_seed, f"e_A {number}": code.ephemeral}
    return found


def _wire(between: RecordingRelay) -> dict[str, bytes]:
    """Everything that was said, per connection and direction."""
    said: defaultdict[str, bytearray] = defaultdict(bytearray)
    for crossed in between.crossed:
        said[f"connection {crossed.passage}, {crossed.towards.value}"] += crossed.data
    return {place: bytes(data) for place, data in said.items()}


def _vaults(directory: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in directory.glob("p*/data/vault.db*")}


def _negative_control(haystacks: Mapping[str, bytes], secrets: Mapping[str, str | bytes]) -> None:
    """The same search finds every secret in every encoding, planted in the middle of what was really recorded."""
    before, after = random.Random(1).choice(list(haystacks.values()))[:2_000], bytes(range(256))
    for name, secret in secrets.items():
        plain = [secret] if isinstance(secret, bytes) else [secret.encode(codec) for codec in CODECS]
        for planted in (encoded for one in plain for encoded in _encodings(one)):
            assert search({"a place": before + planted + after}, {name: secret}), (name, planted)
    assert search({"a place": before + after}, secrets) == []


def _encodings(secret: bytes) -> Iterator[bytes]:
    """The secret as somebody else would have encoded it, among other things."""
    yield secret
    for start in range(3):
        among = b"\xfb\xff\xfe"[:start] + secret + b"\xff\xfb"
        yield base64.b64encode(among)
        yield base64.urlsafe_b64encode(among).rstrip(b"=")
        yield among.hex().encode()
        yield among.hex().upper().encode()


def _blobs_tell_nothing(
    between: RecordingRelay, seen: "Seen", haystacks: Mapping[str, bytes], inside: list[bytes]
) -> None:
    """Only bucket sizes, each blob unlike all others, and nothing of what a message begins with inside."""
    blobs = between.blobs()
    assert {len(blob) for blob in blobs} == seen.stored_sizes == {SMALL, NEXT}
    assert len(set(blobs)) == len({blob[:24] for blob in blobs}) == len(blobs)
    keys = {content[9:41] for content in inside}
    assert len(keys) > 10
    assert search(haystacks, {f"ratchet key {key.hex()[:8]}": key for key in keys}) == []
    for content in inside:  # sid(8) || ratchet key(32) || pn, n: in whole and in its parts
        assert not any(content[1:9] in data or content[33:49] in data for data in haystacks.values())


def _inside(between: RecordingRelay, links: Iterable[Link], last_day: int) -> list[bytes]:
    """What is inside the wrapping of every message between two devices that went over the wire."""
    boxes = {}
    for link in links:
        for day in range(last_day - 5, last_day + 1):
            boxes[link.mailbox_out(day).address] = link.mailbox_out(day)
    return [boxes[address].unwrap(blob) for address, sent in between.sent.items() if address in boxes for blob in sent]
