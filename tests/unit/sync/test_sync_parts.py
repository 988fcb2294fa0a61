"""The small parts of the worker: back-off, held messages, the watch set and its decoys, relays, requests, upkeep."""

import json
import random
from pathlib import Path

import pytest
from sync_people import NOW, Clock, Person, Post, link, meet, settle

from vauchi_tui.model import edit
from vauchi_tui.model.registers import RELAY
from vauchi_tui.protocol.frames import Subscribe
from vauchi_tui.protocol.mailbox import DAY_SECONDS, SHOWER_TO_SCANNER, SLOT_DAY, Mailbox, day_of
from vauchi_tui.sync import relays, requests, watch
from vauchi_tui.sync.backoff import MOST_S, Backoff
from vauchi_tui.sync.held import HOLD_S, HeldBox
from vauchi_tui.sync.introduce import LastWord
from vauchi_tui.sync.sender import parcels
from vauchi_tui.sync.upkeep import CONSUMED_KEPT_S, upkeep
from vauchi_tui.sync.watch import DAYS_BACK, HELLO_DRAINED, Watched, fresh_watch_set
from vauchi_tui.vault.outbox import Kind, NewRow

OWN, OTHER, OLD = "wss://own.example.org", "wss://other.example.org", "wss://old.example.org"


@pytest.fixture
def friends(tmp_path: Path, clock: Clock) -> tuple[Person, Person, Post]:
    alice, bob, post = Person("Alice", tmp_path, clock, relay=OWN), Person("Bob", tmp_path, clock, relay=OTHER), Post()
    meet(alice, bob)
    settle(post, alice, bob)
    return alice, bob, post


def test_waits_double_up_to_five_minutes_and_differ_by_chance() -> None:
    backoff = Backoff(random.Random(1).randbytes)
    waits = [backoff.failed() for _ in range(12)]
    for wait, full in zip(waits, [2, 4, 8, 16, 32, 64, 128, 256, *[MOST_S] * 4], strict=True):
        assert 0.75 * full <= wait <= full
    assert len(set(waits)) == len(waits)
    assert backoff.failed(at_least=1_000) == 1_000
    backoff.succeeded()
    assert backoff.failed() <= 2


async def test_a_wait_ends_at_once_when_told_and_the_count_begins_anew() -> None:
    backoff = Backoff(random.Random(1).randbytes)
    for _ in range(8):
        wait = backoff.failed()
    backoff.now()
    await backoff.wait(wait)
    assert backoff.failed() <= 2


def test_nothing_after_a_held_message_is_deleted_at_the_relay() -> None:
    box = HeldBox()
    box.done = 4
    assert box.deletable() == 4
    assert box.hold(5, b"later", NOW)
    box.done = 9
    assert box.deletable() == 4
    assert box.expire(NOW + HOLD_S - 1) == 0
    assert box.expire(NOW + HOLD_S) == 1
    assert box.deletable() == 9


def test_what_is_held_is_bounded() -> None:
    box = HeldBox()
    held = [box.hold(seq, b"", NOW) for seq in range(100)]
    assert sum(held) == 64 and not held[-1]


def test_the_watch_goes_from_before_the_last_drain_to_tomorrow(
    friends: tuple[Person, Person, Post], clock: Clock
) -> None:
    alice, bob, _ = friends
    today = day_of(NOW)
    for drained, later, first in ((today, 0, -1), (today, 5, -6), (today, 90, -DAYS_BACK)):
        with alice.vault.write() as tx:
            (link,) = tx.links.all()
            tx.links.set_last_drain(link.peer_id, drained)
            tx.settings.set(HELLO_DRAINED, str(drained))
            watch = fresh_watch_set(tx, NOW + later * 86_400)
        for owner, shared in ((bob.me().device.id, False), (bob.identity, True)):
            read = [watched for watched in watch.mailboxes.values() if watched.shared is shared]
            assert sorted(watched.mailbox.day - today - later for watched in read) == list(range(first, 2))
            assert {watched.peer_id for watched in read} == {owner}
        assert watch.relays == (OWN,)


def test_the_watch_is_made_anew_only_when_something_changed(
    friends: tuple[Person, Person, Post], tmp_path: Path
) -> None:
    alice, _, _ = friends
    with alice.vault.read() as tx:
        watch = fresh_watch_set(tx, NOW)
        assert fresh_watch_set(tx, NOW, watch) is watch
        assert fresh_watch_set(tx, NOW + 86_400, watch).day == watch.day + 1
    meet(alice, Person("Carol", tmp_path, alice.clock))
    with alice.vault.read() as tx:
        assert len(fresh_watch_set(tx, NOW, watch).peers) == 2


@pytest.mark.parametrize(("real", "total"), [(0, 64), (3, 64), (64, 64), (65, 128), (200, 256)])
def test_decoys_fill_to_a_power_of_two(friends: tuple[Person, Person, Post], real: int, total: int) -> None:
    alice, _, _ = friends
    with alice.vault.read() as tx:
        watch = fresh_watch_set(tx, NOW)
    address = next(iter(watch.mailboxes))
    tokens = watch.tokens([address] * real)
    assert len(tokens) == total and tokens == sorted(tokens)
    assert len(set(tokens)) == total - max(0, real - 1)
    assert set(watch.tokens([], 64)).isdisjoint(watch.tokens([], 0))


def test_mail_goes_where_the_card_says_then_where_the_exchange_said(friends: tuple[Person, Person, Post]) -> None:
    alice, bob, post = friends
    with alice.vault.read() as tx:
        (link,) = tx.links.all()
        assert relays.relay_of(tx, link) == OTHER
    with bob.vault.write() as tx:
        ticker = tx.clock.ticker(bob.clock.ms)
        bob._edited(tx, edit.set_relay(tx.card.registers(), "not a relay at all", ticker), ticker)
    settle(post, alice, bob)
    assert alice.contact(bob).registers.text(RELAY) == "not a relay at all"
    with alice.vault.read() as tx:
        assert relays.relay_of(tx, link) == OTHER, "an address that nobody can use counts as none"


def test_who_has_no_relay_reads_at_those_of_the_contacts(tmp_path: Path, clock: Clock) -> None:
    alice, bob = Person("Alice", tmp_path, clock), Person("Bob", tmp_path, clock, relay=OTHER)
    meet(alice, bob)
    with alice.vault.read() as tx:
        assert relays.read_from(tx) == (OTHER,)
    with bob.vault.read() as tx:
        (link,) = tx.links.all()
        assert relays.relay_of(tx, link) == OTHER


def test_a_message_sent_again_another_day_is_another_one_to_the_relay(friends: tuple[Person, Person, Post]) -> None:
    alice, bob, _ = friends
    alice.set("phone", "555 77 77")
    alice.allow("phone", bob)
    alice.flush()
    now = alice.clock.now
    with alice.vault.read() as tx:
        today, again, tomorrow = (parcels(tx, at)[0] for at in (now, now, now + DAY_SECONDS))
    assert today.row == tomorrow.row
    assert (today.mid, today.mailbox.address) == (again.mid, again.mailbox.address)
    assert today.mid != tomorrow.mid and today.mailbox.address != tomorrow.mailbox.address
    assert len(tomorrow.mid) == 16


def test_an_old_relay_is_read_for_30_days_and_until_all_have_heard(
    friends: tuple[Person, Person, Post], clock: Clock
) -> None:
    alice, bob, post = friends
    with alice.vault.write() as tx:
        tx.settings.set("old_relays", json.dumps([{"url": OLD, "since": int(NOW)}]))
    alice.set("phone", "555 11 11")
    alice.allow("phone", bob)
    alice.flush()
    for days, there in ((29, True), (31, True)):
        with alice.vault.write() as tx:
            assert not relays.retire(tx, int(NOW) + days * 86_400)
            assert (OLD in relays.read_from(tx)) is there
    settle(post, alice, bob)
    with alice.vault.write() as tx:
        assert relays.retire(tx, int(NOW) + 31 * 86_400)
        assert relays.read_from(tx) == (OWN,)


@pytest.mark.parametrize("text", ["", "{", "[1]", '[{"url":1}]', '{"url":"x"}', '[{"url":"x","since":"y"}]'])
def test_a_setting_nobody_can_read_stops_nothing(friends: tuple[Person, Person, Post], text: str) -> None:
    alice, _, _ = friends
    with alice.vault.write() as tx:
        tx.settings.set("old_relays", text)
        assert relays.read_from(tx)[0] == OWN


def test_rounds_are_counted(friends: tuple[Person, Person, Post]) -> None:
    alice, _, _ = friends
    with alice.vault.write() as tx:
        assert requests.wanted(tx) == 0
        first, second = requests.request(tx), requests.request(tx)
        assert (first, second, requests.wanted(tx)) == (1, 2, 2)
        requests.answered(tx, second)
        assert requests.done(tx) == 2 and requests.wanted(tx) == 0
        tx.settings.set("sync_request", "many")
        assert requests.wanted(tx) == 0


def test_upkeep_forgets_what_nobody_can_send_again(friends: tuple[Person, Person, Post], clock: Clock) -> None:
    alice, _, _ = friends
    with alice.vault.write() as tx:
        tx.consumed.add(b"h" * 32, int(NOW))
        tx.codes.remember(b"c" * 32, int(NOW) + 600)
    clock.now += 86_400
    with alice.vault.write() as tx:
        upkeep(tx, clock.ms, alice.rng)
        assert tx.consumed.has(b"h" * 32) and not tx.codes.used(b"c" * 32)
    clock.now += CONSUMED_KEPT_S
    with alice.vault.write() as tx:
        upkeep(tx, clock.ms, alice.rng)
        assert not tx.consumed.has(b"h" * 32)


def test_no_key_to_a_mailbox_stands_in_a_repr() -> None:
    token = random.Random(3).randbytes(32)
    where = Mailbox(token, SHOWER_TO_SCANNER, SLOT_DAY)
    row = NewRow(kind=Kind.SLOT, mid=bytes(16), inner=b"", created_at=0, slot=(token, SHOWER_TO_SCANNER))
    values = (row, LastWord(b"", (token, b"A"), None), Watched(bytes(16), where, token), Subscribe((token,)), where)
    assert not [value for value in values if repr(token)[2:-1] in repr(value)]


def test_hello_mailboxes_do_not_crowd_out_those_of_devices(
    friends: tuple[Person, Person, Post], monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, _, _ = friends
    with alice.vault.read() as tx:
        everything = fresh_watch_set(tx, NOW).mailboxes.values()
        assert sum(watched.shared for watched in everything) == 3
        own = sum(not watched.shared for watched in everything)
        monkeypatch.setattr(watch, "MOST", own + 1)
        some = fresh_watch_set(tx, NOW).mailboxes.values()
        assert [watched.mailbox.day - day_of(NOW) for watched in some if watched.shared] == [1]
        monkeypatch.setattr(watch, "MOST", 0)
        least = fresh_watch_set(tx, NOW).mailboxes.values()
        assert sum(not watched.shared for watched in least) == own and len(least) == own


def test_what_is_for_own_devices_leaves_first(friends: tuple[Person, Person, Post], clock: Clock) -> None:
    alice, bob, _ = friends
    link(alice, "laptop")
    alice.set("phone", "555 22 22")
    alice.flush()
    with alice.vault.read() as tx:
        waiting = [parcel.row.identity for parcel in parcels(tx, clock.now)]
    first = waiting.index(bob.identity)
    assert first > 0 and set(waiting[:first]) == {alice.identity} and set(waiting[first:]) == {bob.identity}
