"""A relay that breaks the rules of the conversation itself: garbage, silence, refusals, false promises.

People are told in words, no worker dies, and with a relay that keeps to the rules everything goes on.
"""

import json
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hostile_room import Room, failures, hostile_room
from recording_relay import Goes, Passage
from relay_people import rest
from relay_process import RelayProcess

from vauchi_tui.protocol.frames import (
    NO_MID,
    SEQ_MAX,
    Acknowledge,
    Drain,
    End,
    Error,
    ErrorCode,
    FromClient,
    Hello,
    Message,
    Ok,
    Seen,
    Send,
    encode,
)
from vauchi_tui.sync import reader, relay_client
from vauchi_tui.sync.events import Failed, Offline, SyncEvent

HELLO = Hello(30, 1000, 4_194_304, 65_536, 1_790_000_000)
NO_FRAMES: dict[str, Callable[[bytes], bytes | str]] = {
    "text": lambda _: "hello",
    "nothing": lambda _: b"",
    "an unknown kind": lambda _: b"\xff" + bytes(40),
    "a client's frame": lambda box: encode(Send(bytes(16), box, b"x")),
    "a frame cut short": lambda _: b"\x03" + bytes(20),
    "an OK with something behind it": lambda _: encode(Ok(bytes(16))) + b"x",
    "a message without content": lambda box: b"\x03" + box + bytes(8),
    "a message that is too large": lambda box: b"\x03" + box + SEQ_MAX.to_bytes(8, "big") + bytes(65_537),
    "more than any frame": lambda _: bytes(1 << 20),
    "a message of a mailbox that nobody reads": lambda _: encode(Message(bytes(32), 1, bytes(1024))),
    "a number that does not grow": lambda box: encode(Message(box, 0, bytes(1024))),
    "an end that is not owed": lambda box: encode(End(box)),
    "a second hello": lambda _: encode(HELLO),
    "a hello of garbage": lambda _: b"\x09{]",
    "a hello of deep JSON": lambda _: b"\x09" + b"[" * 900,
    "an unknown refusal": lambda _: b"\x06" + bytes(16) + b"\x63\x00\x00no",
    "a refusal in control characters": lambda _: b"\x06" + bytes(16) + b"\x05\x00\x00\x1b[2J",
    "a refusal that is not UTF-8": lambda _: b"\x06" + bytes(16) + b"\x05\x00\x00\xff\xfe",
    "a refusal of everything": lambda _: encode(Error(NO_MID, ErrorCode.SUBSCRIPTIONS, 65_535, "no")),
}


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RelayProcess]:
    with RelayProcess(tmp_path_factory.mktemp("relay")) as process:
        yield process


@pytest.fixture
async def room(tmp_path: Path, relay: RelayProcess) -> AsyncIterator[Room]:
    async with hostile_room(tmp_path, relay) as made:
        yield made


def told_in_words(event: SyncEvent) -> str:
    """The words of an event that says that something does not work; they are ours, not the relay's."""
    assert isinstance(event, Offline | Failed)
    assert event.reason.endswith(".") and "Error" not in event.reason and "\x1b" not in event.reason, event
    return event.reason


async def test_what_no_relay_says_ends_the_connection_in_words_and_the_next_one_works(room: Room) -> None:
    alice, bob, between = room.alice, room.bob, room.between
    box = room.box(alice, bob)
    async with alice.live() as sender, bob.live() as recipient:
        for number, (what, make) in enumerate(NO_FRAMES.items()):
            await between.until(lambda: between.readers(box))
            (passage,) = between.readers(box)
            if what == "a number that does not grow":
                between.put(box, bytes(1024))
            bob.told.clear()
            passage.to_client(make(box))
            await bob.until(lambda: any(isinstance(event, Offline) for event in bob.told))
            (offline,) = (event for event in bob.told if isinstance(event, Offline))
            assert told_in_words(offline), what
            recipient.sync_now()
            room.edit(f"field {number}")
            sender.sync_now()
            await bob.until(lambda label=f"field {number}": label in bob.sees(alice))
    room.fine(*(f"field {number}" for number in range(len(NO_FRAMES))))


async def test_garbage_instead_of_an_answer_leaves_the_message_waiting(room: Room) -> None:
    alice, bob, between = room.alice, room.bob, room.between
    for number, (what, make) in enumerate(NO_FRAMES.items()):
        box = room.box(alice, bob)
        answer = make(box)
        between.on_relay = lambda _, frame, answer=answer: [answer] if isinstance(frame, Ok) else [frame]
        room.edit(f"field {number}")
        result = await alice.once()
        assert result.waiting == 1 and not result.complete, what
        assert all(reason.endswith(".") for reason in result.reasons) and result.reasons
        between.honest()
        await rest(alice, bob)  # sent again with the same mid: the relay had it all the time
    room.fine(*(f"field {number}" for number in range(len(NO_FRAMES))))


async def test_a_number_beyond_all_others_costs_no_more_than_a_connection(room: Room) -> None:
    alice, bob, between = room.alice, room.bob, room.between
    box = room.box(alice, bob)
    async with alice.live() as sender, bob.live() as recipient:
        await between.until(lambda: between.readers(box))
        between.readers(box)[0].to_client(Message(box, 2**64 - 1, bytes(1024)), as_it_is=True)
        room.edit("mail")
        sender.sync_now()
        await bob.until(lambda: any(isinstance(event, Offline) for event in bob.told))
        recipient.sync_now()
        await bob.until(lambda: "mail" in bob.sees(alice))
    room.fine("mail")


async def test_a_message_in_a_decoys_mailbox_is_taken_like_any_that_cannot_be_read(room: Room) -> None:
    alice, bob, between = room.alice, room.bob, room.between
    box, answered = room.box(alice, bob), set[bytes]()

    def on_client(_: Passage, frame: FromClient) -> list[Goes]:
        if isinstance(frame, Acknowledge | Seen):
            answered.add(frame.address)
        return [frame]

    async with alice.live() as sender, bob.live():
        await between.until(lambda: between.readers(box))
        (passage,) = between.readers(box)
        between.on_client = on_client
        asked = sorted(passage.reads)
        for address in asked:
            between.put(address, bytes(1024))
        await between.until(lambda: answered >= set(asked))  # or the relay would know which are decoys
        room.edit("mail")
        sender.sync_now()
        await bob.until(lambda: "mail" in bob.sees(alice))
        assert passage in between.passages
    assert len(asked) >= 64
    room.fine("mail")


async def test_another_greeting_than_hello_is_no_relay(room: Room) -> None:
    await room.send("mail")
    greetings = [b"", b"\x09{}", b"\x09" + json.dumps({"ttl_days": 0}).encode(), encode(Drain(1)), "HTTP/1.1 200 OK"]
    for greeting in greetings:
        room.between.on_relay = lambda _, frame, said=greeting: [said] if isinstance(frame, Hello) else [frame]
        result = await room.bob.once()
        assert not result.drained and "is not a Vauchi relay" in result.reasons[0]
    small = replace(HELLO, mailbox_messages=1, mailbox_bytes=1, subscriptions=1, time=1)
    room.between.on_relay = lambda _, frame: [small] if isinstance(frame, Hello) else [frame]
    await rest(room.alice, room.bob)
    room.fine("mail")


@pytest.mark.parametrize("code", list(ErrorCode), ids=lambda code: code.name)
async def test_every_refusal_is_told_in_our_words_and_the_message_waits(room: Room, code: ErrorCode) -> None:
    def refuse(passage: Passage, frame: FromClient) -> Iterable[Goes]:
        if isinstance(frame, Send):
            passage.to_client(Error(frame.mid, code, 65_535, "the relay's own words"))
            return []
        return [frame]

    room.between.on_client = refuse
    room.edit("mail")
    result = await room.alice.once()
    assert result.waiting == 1 and result.reasons
    assert "own words" not in told_in_words(room.alice.told[-1]) + "".join(result.reasons)
    async with room.alice.live() as worker:
        await room.alice.until(lambda: len(failures(room.alice)) == 2)
        room.between.honest()
        worker.sync_now()  # although the relay asked for 18 hours
        await room.alice.until(lambda: not room.alice.waiting())
    await rest(room.alice, room.bob)
    room.fine("mail")


# --- silence


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes half a minute takes a quarter of a second."""
    monkeypatch.setattr(relay_client, "ANSWER_S", 0.25)
    monkeypatch.setattr(reader, "SETTLE_S", 0.25)


@pytest.mark.usefixtures("impatient")
async def test_a_relay_that_never_says_ok_is_given_up_and_tried_again(room: Room) -> None:
    room.between.on_relay = lambda _, frame: [] if isinstance(frame, Ok) else [frame]
    room.edit("mail")
    result = await room.alice.once()
    assert result.waiting == 1 and "does not answer" in result.reasons[0]
    async with room.alice.live() as worker:
        await room.alice.until(lambda: [event for event in room.alice.told if isinstance(event, Offline)][1:])
        room.between.honest()
        worker.sync_now()
        await room.alice.until(lambda: not room.alice.waiting())
    await rest(room.alice, room.bob)
    room.fine("mail")


@pytest.mark.usefixtures("impatient")
async def test_a_relay_that_never_ends_a_drain_keeps_nobody_from_sending(room: Room) -> None:
    await room.send("mail")
    box = room.box(room.alice, room.bob)
    room.between.on_relay = lambda _, frame: [] if frame == End(box) else [frame]
    room.edit("office", by=room.bob)
    result = await room.bob.once()
    assert not result.drained and result.waiting == 0 and "does not answer" in result.reasons[0]
    room.between.honest()
    await rest(room.alice, room.bob)
    room.fine("mail")
    room.fine("office", of=room.bob, at=room.alice)


@pytest.mark.usefixtures("impatient")
async def test_a_relay_with_no_end_of_junk_keeps_nobody_from_sending(room: Room) -> None:
    box = room.box(room.alice, room.bob)

    def more(passage: Passage, frame: FromClient) -> Iterable[Goes]:
        if isinstance(frame, Acknowledge) and frame.address == box:
            passage.to_client(Message(box, 0, bytes(1024)))
        return [frame]

    room.between.on_client = more
    room.between.on_relay = lambda _, frame: [Message(box, 0, bytes(1024))] if frame == End(box) else [frame]
    room.edit("office", by=room.bob)
    result = await room.bob.once()
    assert not result.drained and result.waiting == 0 and "not handed over everything" in result.reasons[0]
    room.between.honest()
    await rest(room.alice, room.bob)
    room.fine("office", of=room.bob, at=room.alice)


async def test_a_relay_that_is_always_going_down_keeps_nobody_from_sending(room: Room) -> None:
    box = room.box(room.alice, room.bob)
    room.between.on_relay = lambda _, frame: [Drain(65_535)] if frame == End(box) else [frame]
    room.edit("office", by=room.bob)
    result = await room.bob.once()
    assert not result.drained and result.waiting == 0 and "is going down" in result.reasons[0]
    (offline,) = (event for event in room.bob.told if isinstance(event, Offline))
    assert told_in_words(offline) and offline.retry_in <= 300
    room.between.honest()
    await rest(room.alice, room.bob)
    room.fine("office", of=room.bob, at=room.alice)


async def test_ok_for_what_was_never_sent_or_twice_is_harmless(room: Room) -> None:
    def hook(passage: Passage, frame: FromClient) -> Iterable[Goes]:
        if isinstance(frame, Send):
            for mid in (NO_MID, frame.mid[::-1], frame.mid, frame.mid):
                passage.to_client(Ok(mid))
        return [frame]

    room.between.on_client = hook
    await room.send("mail", "home")
    await rest(room.alice, room.bob)
    room.fine("mail", "home")
