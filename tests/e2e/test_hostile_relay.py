"""A relay that is the enemy of people who sync: it replays, doubles, reorders, drops, swaps, forges and forgets.

Whatever it does, nothing wrong is stored and nothing is applied twice; and once messages come through again, all of
them have arrived.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hostile_room import LATER, Room, at_the_end, failures, forget, hostile_room, throw_away
from recording_relay import Goes, Passage
from relay_people import meet, rest
from relay_process import RelayProcess

from vauchi_tui.actions import card, contacts, visibility
from vauchi_tui.protocol.frames import Acknowledge, End, FromClient, FromServer, Message, Ok, Send
from vauchi_tui.sync.events import Applied


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RelayProcess]:
    with RelayProcess(tmp_path_factory.mktemp("relay")) as process:
        yield process


@pytest.fixture
async def room(tmp_path: Path, relay: RelayProcess) -> AsyncIterator[Room]:
    async with hostile_room(tmp_path, relay) as made:
        yield made


def replay(room: Room, order: Callable[[list[bytes]], Iterable[bytes]] = list) -> None:
    """From now on, all that was ever sent to a mailbox comes again at every drain."""

    def hook(_: Passage, frame: FromServer) -> Iterable[Goes]:
        if isinstance(frame, End):
            yield from (
                Message(frame.address, 0, blob) for blob in order(list(room.between.sent.get(frame.address, [])))
            )
        yield frame

    room.between.on_relay = hook


# --- again


@pytest.mark.parametrize("order", [list, lambda blobs: blobs[::-1]], ids=["in order", "backwards"])
async def test_all_that_was_ever_said_is_said_again(room: Room, order: Callable[[list[bytes]], list[bytes]]) -> None:
    await room.send("phone", "mail", "home")
    await room.send("office", by=room.bob)
    await rest(room.alice, room.bob)
    cards = room.alice.contact(room.bob), room.bob.contact(room.alice)
    replay(room, order)
    for _ in range(2):
        assert (await room.bob.once()).complete and (await room.alice.once()).complete
    assert (room.alice.contact(room.bob), room.bob.contact(room.alice)) == cards
    assert failures(room.alice, room.bob) == []
    await room.send("fax")
    assert (await room.bob.once()).complete
    room.fine("phone", "mail", "home", "fax")
    room.fine("office", of=room.bob, at=room.alice)
    room.between.honest()
    await rest(room.alice, room.bob)


async def test_what_came_comes_again_while_no_acknowledgement_arrives_anywhere(room: Room) -> None:
    def hook(passage: Passage, frame: FromClient) -> Iterable[Goes]:
        if isinstance(frame, Acknowledge):
            return []  # the real relay has it all again for the next connection
        if isinstance(frame, Send) and frame.address in room.boxes(room.bob, room.alice):
            return forget(passage, frame)
        return [frame]

    room.between.on_client = hook
    await room.send("phone", "mail")
    for _ in range(3):
        assert (await room.bob.once()).complete
    room.fine("phone", "mail")
    assert room.alice.pending() == 2
    room.clock.now += LATER
    await room.alice.once()  # the same messages, again, at another address
    await room.bob.once()
    room.fine("phone", "mail")
    await room.later()
    room.fine("phone", "mail")
    assert failures(room.alice, room.bob) == []


async def test_every_message_comes_twice_and_is_stored_twice(room: Room) -> None:
    def on_client(_: Passage, frame: FromClient) -> Iterable[Goes]:
        return [frame, replace(frame, mid=bytes(16))] if isinstance(frame, Send) else [frame]

    def on_relay(_: Passage, frame: FromServer) -> Iterable[Goes]:
        return [frame, replace(frame, seq=0)] if isinstance(frame, Message) else [frame]

    room.between.on_client, room.between.on_relay = on_client, on_relay
    await room.send("phone", "mail", "home")
    await rest(room.alice, room.bob)
    room.fine("phone", "mail", "home")
    assert failures(room.alice, room.bob) == []


async def test_a_message_that_was_held_back_comes_after_it_was_sent_again(room: Room) -> None:
    late: list[bytes] = []

    def hook(passage: Passage, frame: FromServer) -> Iterable[Goes]:
        if isinstance(frame, Message):
            throw_away(passage, frame)
            late.append(frame.blob)
            return []
        return [frame]

    room.between.on_relay = hook
    await room.send("phone", "mail")
    day = room.box(room.alice, room.bob)
    assert (await room.bob.once()).complete and len(late) == 2
    await room.later()
    room.fine("phone", "mail")
    room.between.on_relay = lambda _, frame: (
        [*(Message(day, 0, blob) for blob in late), frame] if frame == End(day) else [frame]
    )
    await room.bob.once()
    room.fine("phone", "mail")
    assert failures(room.bob) == []


async def test_the_mail_of_an_exchange_before_the_last_comes_again(room: Room) -> None:
    await room.send("phone", "mail")
    await rest(room.alice, room.bob)
    room.clock.now += 3_600
    await meet(room.bob, room.alice)
    await rest(room.alice, room.bob)
    await room.send("mail")
    await rest(room.alice, room.bob)
    replay(room)
    for _ in range(2):
        assert (await room.bob.once()).complete and (await room.alice.once()).complete
    assert room.bob.sees(room.alice) == room.alice.shows(room.bob)
    assert room.bob.updates_of(room.alice) == {"phone": 1, "mail": 2}
    assert failures(room.alice, room.bob) == []
    await room.later()
    await room.send("phone")
    await rest(room.alice, room.bob)
    assert room.bob.updates_of(room.alice) == {"phone": 2, "mail": 2}


# --- in another order


async def test_a_mailbox_comes_backwards(room: Room) -> None:
    await room.send("phone", "mail", "home", "office", "phone")
    room.between.on_relay = at_the_end(lambda messages: messages[::-1])
    assert (await room.bob.once()).complete
    assert room.bob.sees(room.alice) == room.alice.shows(room.bob)
    assert room.bob.updates_of(room.alice).keys() == {"phone", "mail", "home", "office"}
    assert set(room.bob.updates_of(room.alice).values()) == {1}
    await rest(room.alice, room.bob)
    assert failures(room.alice, room.bob) == []


@pytest.mark.parametrize("seed", range(3))
async def test_the_mailboxes_of_several_people_come_in_any_order(room: Room, seed: int) -> None:
    carol = room.newcomer("Carol")
    carol.set("desk", "555 3000000")
    await meet(carol, room.bob, ["desk"])
    await rest(room.alice, room.bob, carol)
    await room.send("phone", "mail", "home")
    await room.send("desk", "car", "boat", by=carol)
    boxes = {room.box(room.alice, room.bob), room.box(carol, room.bob)}
    held: list[FromServer] = []

    def hook(_: Passage, frame: FromServer) -> Iterable[Goes]:
        if not isinstance(frame, Message | End) or frame.address not in boxes:
            return [frame]
        held.append(frame)
        ends = [frame for frame in held if isinstance(frame, End)]
        if len(ends) < len(boxes):
            return []
        messages = [frame for frame in held if isinstance(frame, Message)]
        held.clear()
        return [*random.Random(seed).sample(messages, len(messages)), *ends]

    room.between.on_relay = hook
    assert (await room.bob.once()).complete
    room.fine("phone", "mail", "home")
    room.fine("desk", "car", "boat", of=carol)
    room.between.honest()
    await rest(room.alice, room.bob, carol)
    assert failures(room.alice, room.bob, carol) == []


# --- elsewhere, or something else


@pytest.mark.parametrize("where", ["from another person", "back to the sender", "of another day"])
async def test_a_blob_in_a_mailbox_where_it_does_not_belong_is_nothing(room: Room, where: str) -> None:
    carol = room.newcomer("Carol")
    await meet(carol, room.bob)
    await rest(room.alice, room.bob, carol)
    mail, place = (
        room.box(room.alice, room.bob),
        {
            "from another person": room.box(carol, room.bob),
            "back to the sender": room.box(room.bob, room.alice),
            "of another day": room.box(room.alice, room.bob, 1),
        }[where],
    )
    await room.send("phone")
    (blob,) = room.between.sent[mail][-1:]
    before = [(person.links(), person.state()) for person in (room.alice, room.bob)]
    room.between.on_relay = lambda _, frame: (
        [Message(place, 0, blob), frame] if frame == End(place) else [] if isinstance(frame, Message) else [frame]
    )
    await room.bob.once()
    await room.alice.once()
    assert [(person.links(), person.state()) for person in (room.alice, room.bob)] == before
    room.between.honest()
    await rest(room.alice, room.bob)
    room.fine("phone")


async def test_two_peoples_mail_is_exchanged_and_arrives_all_the_same(room: Room) -> None:
    carol = room.newcomer("Carol")
    await meet(carol, room.bob)
    await rest(room.alice, room.bob, carol)
    one, other = room.box(room.alice, room.bob), room.box(carol, room.bob)
    swapped = {one: other, other: one}

    def hook(_: Passage, frame: FromClient) -> Iterable[Goes]:
        return (
            [replace(frame, address=swapped.get(frame.address, frame.address))] if isinstance(frame, Send) else [frame]
        )

    room.between.on_client = hook
    await room.send("phone", "mail")
    await room.send("desk", by=carol)
    assert (await room.bob.once()).complete
    assert room.bob.updates_of(room.alice) == room.bob.updates_of(carol) == {}
    await room.later(room.alice, room.bob, carol)
    room.fine("phone", "mail")
    room.fine("desk", of=carol)


@pytest.mark.parametrize("seed", range(2))
async def test_a_changed_byte_anywhere_is_noticed_and_the_message_comes_again(room: Room, seed: int) -> None:
    chance = random.Random(seed)

    def change(blob: bytes) -> bytes:
        place = chance.choice([chance.randrange(len(blob)), chance.randrange(64)])
        return blob[:place] + bytes([blob[place] ^ 1 << chance.randrange(8)]) + blob[place + 1 :]

    def hook(_: Passage, frame: FromServer) -> Iterable[Goes]:
        if not isinstance(frame, Message):
            return [frame]
        wrong = [change(frame.blob) for _ in range(20)] + [frame.blob[:-1], frame.blob + b"\0", b"\0", bytes(1024)]
        return [*(Message(frame.address, 0, blob) for blob in wrong), replace(frame, blob=change(frame.blob))]

    room.between.on_relay = hook
    await room.send("phone", "mail", "home")
    before = room.bob.state()
    assert (await room.bob.once()).complete
    assert room.bob.state() == before
    await room.later()
    room.fine("phone", "mail", "home")


# --- nowhere


@pytest.mark.parametrize("lost", [{0}, {1}, {2}, {0, 1}, {0, 2}, {1, 2}, {0, 1, 2}], ids=str)
async def test_what_is_dropped_arrives_in_the_end(room: Room, lost: set[int]) -> None:
    count = iter(range(100))

    def hook(passage: Passage, frame: FromClient) -> Iterable[Goes]:
        if isinstance(frame, Send) and frame.address == room.box(room.alice, room.bob) and next(count) in lost:
            return forget(passage, frame)
        return [frame]

    room.between.on_client = hook
    await room.send("phone", "mail", "home")
    assert (await room.bob.once()).complete
    if 2 not in lost:  # Bob sees that something before it is missing, and asks
        await rest(room.alice, room.bob)
        room.fine("phone", "mail", "home")
    await room.later()
    room.fine("phone", "mail", "home")
    assert failures(room.alice, room.bob) == []


async def test_a_relay_that_says_ok_and_forgets_loses_nothing(room: Room) -> None:
    room.between.on_client = forget
    await room.send("phone", "mail")
    await room.send("office", by=room.bob)
    visibility.deny(room.alice.ctx, "phone", ["everyone"])
    card.rename_field(room.alice.ctx, "mail", "post")
    for person in (room.alice, room.bob):
        assert (await person.once()).complete  # as far as anybody can see
    assert (room.alice.pending(), room.bob.pending()) == (1, 1)  # hiding put one snapshot in the place of both edits
    room.clock.now += LATER
    for _ in range(3):  # it goes on forgetting
        for person in (room.alice, room.bob):
            assert (await person.once()).complete
        room.clock.now += LATER
    assert room.bob.updates_of(room.alice) == room.alice.updates_of(room.bob) == {}
    await room.later()
    assert room.bob.sees(room.alice) == room.alice.shows(room.bob) and "post" in room.bob.sees(room.alice)
    assert room.bob.updates_of(room.alice) == {"phone": 1, "post": 1}  # the edit of what was hidden since never left
    room.fine("office", of=room.bob, at=room.alice)


async def test_a_relay_that_loses_its_disk_loses_nothing(room: Room) -> None:
    await room.send("office", by=room.bob)
    await room.send("phone", "mail")  # she has fetched his by now
    room.relay.kill()
    for path in room.relay.directory.glob("mailboxes*"):
        path.unlink()
    room.relay.start()
    assert (await room.bob.once()).complete
    assert room.bob.updates_of(room.alice) == {} and room.alice.pending() == 2
    await room.later()
    room.fine("phone", "mail")
    room.fine("office", of=room.bob, at=room.alice)


async def test_lost_acknowledgements_delay_nothing_and_repeat_nothing(room: Room) -> None:
    room.between.on_client = lambda passage, frame: (
        forget(passage, frame)
        if isinstance(frame, Send) and frame.address in room.boxes(room.bob, room.alice)
        else [frame]
    )
    for label in ("phone", "mail", "home"):
        await room.send(label)
        assert (await room.bob.once()).complete
        assert room.bob.sees(room.alice) == room.alice.shows(room.bob)
        room.clock.now += LATER
    assert room.alice.pending() >= 3
    await room.later()
    room.fine("phone", "mail", "home")


# --- all of it


@pytest.mark.parametrize("seed", range(3))
async def test_everything_at_once_ends_with_the_right_cards(room: Room, seed: int) -> None:
    chance, carol = random.Random(seed), room.newcomer("Carol")
    carol.set("desk", "555 3000000")
    await meet(carol, room.bob, ["desk"])
    await meet(room.alice, carol, ["phone"])
    people = (room.alice, room.bob, carol)
    await rest(*people)

    def on_client(passage: Passage, frame: FromClient) -> Iterable[Goes]:
        if isinstance(frame, Acknowledge):
            return [frame] if chance.random() < 0.7 else []
        if not isinstance(frame, Send):
            return [frame]
        other = Send(chance.randbytes(16), chance.choice(list(room.between.sent)), chance.choice(room.between.blobs()))
        return {
            0: lambda: forget(passage, frame),
            1: lambda: [replace(frame, mid=chance.randbytes(16)), frame],
            2: lambda: [other, frame],
            3: lambda: [replace(frame, address=other.address)],
        }.get(chance.randrange(8), lambda: [frame])()

    def on_relay(passage: Passage, frame: FromServer) -> Iterable[Goes]:
        if isinstance(frame, Ok) or not isinstance(frame, Message | End):
            return [frame]
        old = [Message(frame.address, 0, blob) for blob in room.between.sent.get(frame.address, [])]
        if isinstance(frame, End):
            return [*chance.sample(old, min(len(old), 3)), frame]
        wrong = replace(frame, blob=chance.randbytes(len(frame.blob)))
        return chance.choice(
            [[frame], [frame], [frame, replace(frame, seq=0)], [wrong], [*old[-1:], frame], [wrong, frame]]
        )

    made: dict[str, list[str]] = {person.name: [] for person in people}
    room.between.on_client, room.between.on_relay = on_client, on_relay
    for step in range(12):
        who = chance.choice(people)
        made[who.name].append(f"field {step}")
        await room.send(f"field {step}", by=who)
        for person in chance.sample(people, 2):
            assert (await person.once()).drained
        room.clock.now += chance.choice([60, 3_600, LATER])
    await room.later(*people)
    await room.later(*people)
    for sender in people:
        for recipient in people:
            if sender is not recipient:
                room.fine(*made[sender.name], of=sender, at=recipient)


async def test_an_exchange_in_which_all_is_doubled_and_mixed_with_junk_completes_once(room: Room) -> None:
    carol = room.newcomer("Carol")
    carol.set("desk", "555 3000000")
    chance = random.Random(1)

    def hook(_: Passage, frame: FromServer) -> Iterable[Goes]:
        if not isinstance(frame, Message):
            return [frame]
        junk = replace(frame, blob=chance.randbytes(len(frame.blob)))
        foreign = Message(frame.address, 0, chance.choice(room.between.blobs()))
        return [junk, foreign, frame, replace(frame, seq=0)]

    room.between.on_relay = hook
    await meet(carol, room.alice, ["desk"], ["phone"])
    await rest(room.alice, carol)
    assert carol.sees(room.alice) == room.alice.shows(carol) and room.alice.sees(carol).keys() == {"desk"}
    for one, other in ((room.alice, carol), (carol, room.alice)):
        assert [row.kind for row in contacts.history(one.ctx, other.identity)] == ["exchange"]
    assert failures(room.alice, carol) == []


async def test_live_updates_arrive_once_among_replays(room: Room) -> None:
    def seen(label: str) -> bool:
        return label in room.bob.sees(room.alice)

    async with room.alice.live() as worker, room.bob.live():
        box = room.box(room.alice, room.bob)
        await room.between.until(lambda: room.between.readers(box))
        for label in ("mail", "home", "office"):
            room.edit(label)
            worker.sync_now()
            await room.bob.until(lambda label=label: seen(label))
            for blob in room.between.sent[box]:
                assert room.between.put(box, blob) == 1
        room.edit("fax")
        worker.sync_now()
        await room.bob.until(lambda: seen("fax"))
        await asyncio.gather(room.alice.until(lambda: not room.alice.pending()))
    room.fine("mail", "home", "office", "fax")
    assert sum(isinstance(event, Applied) and not event.first for event in room.bob.told) == 4
    assert failures(room.alice, room.bob) == []
