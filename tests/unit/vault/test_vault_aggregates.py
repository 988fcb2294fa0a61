"""What each aggregate promises, on a real vault."""

from collections.abc import Callable

import pytest

from vauchi_tui.crypto.primitives import SigningKey, dh_from_private
from vauchi_tui.model.clock import ZERO, Hlc
from vauchi_tui.model.fields import FieldType
from vauchi_tui.model.registers import DISPLAY_NAME, Change, FieldValue, Op, Registers
from vauchi_tui.model.visibility import EVERYONE, Rule, Rules, contact_audience
from vauchi_tui.protocol.devices import DeviceList, certify_device, issue
from vauchi_tui.vault.database import Vault
from vauchi_tui.vault.outbox import Kind, NewRow, PendingCount

Rng = Callable[[int], bytes]
BOB, CAROL = b"B" * 32, b"C" * 32
DEVICE = b"d" * 16


@pytest.fixture
def me(vault: Vault, rng: Rng) -> DeviceList:
    """Oneself, created in the vault."""
    identity, signing, static = SigningKey(rng(32)), SigningKey(rng(32)), dh_from_private(rng(32))
    devices = issue(identity, 1, (certify_device(signing, static.public, identity.public),))
    with vault.write() as tx:
        tx.me.create(identity.seed, signing.seed, static.private, devices.raw)
    return devices


def test_oneself(vault: Vault, me: DeviceList) -> None:
    with vault.write() as tx:
        tx.card.apply([Change(Op.UPDATE, DISPLAY_NAME, Hlc(1, 0, DEVICE), "Alice")])
        tx.settings.set("relay", "wss://relay.example")
    with vault.read() as tx:
        person = tx.me.person()
        key = tx.me.identity_key()
        assert tx.me.exists() and tx.me.identity() == me.identity == person.device.identity
    assert (person.name, person.relay, person.devices) == ("Alice", "wss://relay.example", me)
    assert person.device.id == me.devices[0].id
    assert person.device.static.public == me.devices[0].static_public
    assert key is not None and key.public == me.identity


def test_the_own_device_list_is_replaced_by_one_of_the_same_identity_only(
    vault: Vault, me: DeviceList, new_device_list: Callable[..., DeviceList]
) -> None:
    with vault.write() as tx:
        key = tx.me.identity_key()
        newer = new_device_list(key, 2)
        tx.me.set_device_list(newer.raw)
        assert tx.me.devices() == newer
        with pytest.raises(ValueError, match="another identity"):
            tx.me.set_device_list(new_device_list().raw)


def test_a_linked_device_has_no_identity_key(vault: Vault, rng: Rng) -> None:
    identity, signing, static = SigningKey(rng(32)), SigningKey(rng(32)), dh_from_private(rng(32))
    devices = issue(identity, 1, (certify_device(signing, static.public, identity.public),))
    with vault.write() as tx:
        assert not tx.me.exists()
        with pytest.raises(ValueError, match="this device"):
            tx.me.create(None, rng(32), static.private, devices.raw)
        with pytest.raises(ValueError, match="another identity"):
            tx.me.create(rng(32), signing.seed, static.private, devices.raw)
        tx.me.create(None, signing.seed, static.private, devices.raw)
        assert tx.me.identity_key() is None


@pytest.mark.usefixtures("me")
def test_the_clock_goes_on_where_it_was_even_if_the_wall_clock_goes_back(vault: Vault) -> None:
    with vault.write() as tx:
        ticker = tx.clock.ticker(5_000)
        first = ticker.tick()
        tx.clock.save(ticker)
    with vault.read() as tx:
        second = tx.clock.ticker(10).tick()
    assert ZERO < first < second and first.device == second.device


def test_the_card_keeps_its_registers(vault: Vault) -> None:
    changes = [
        Change(Op.UPDATE, DISPLAY_NAME, Hlc(1, 0, DEVICE), "Ålice 🦊"),
        Change(Op.ADD, "/fields/a", Hlc(2, 0, DEVICE), FieldValue(FieldType.TEXT, "l", 'two\nlines "\\', 0)),
        Change(Op.ADD, "/fields/b", Hlc(3, 0, DEVICE), FieldValue(FieldType.PHONE, "phone", "+1 555 1234", 1)),
        Change(Op.REMOVE, "/fields/b", Hlc(4, 0, DEVICE)),
    ]
    with vault.write() as tx:
        assert tx.card.registers() == Registers()
        assert tx.card.apply(changes[:2]) == Registers().apply(changes[:2])
        tx.card.apply(changes[2:])
    with vault.read() as tx:
        assert tx.card.registers() == Registers().apply(changes)


def test_rules_keep_the_greatest_clock(vault: Vault) -> None:
    rules = [
        Rule("phone", EVERYONE, True, Hlc(5, 0, DEVICE)),
        Rule("phone", EVERYONE, False, Hlc(4, 9, DEVICE)),
        Rule("phone", contact_audience(BOB), None, Hlc(6, 0, DEVICE)),
        Rule("email", contact_audience(BOB), False, Hlc(1, 0, DEVICE)),
    ]
    with vault.write() as tx:
        tx.rules.add(rules[:1])
        tx.rules.add(rules[1:])
        tx.rules.add([Rule("email", contact_audience(BOB), True, Hlc(0x1_0000_0000, 0, DEVICE))])
    with vault.read() as tx:
        loaded = tx.rules.load()
    assert loaded == Rules([*rules, Rule("email", contact_audience(BOB), True, Hlc(0x1_0000_0000, 0, DEVICE))])
    assert loaded.decide("phone", BOB) == (True, Hlc(6, 0, DEVICE))


def row(mid: int, kind: Kind = Kind.UPDATE, **more: object) -> NewRow:
    content: dict[str, object] = {"mid": bytes([mid]) * 16, "inner": b"sealed", "created_at": 100 + mid} | more
    return NewRow(kind=kind, **content)  # type: ignore[arg-type]


def test_the_outbox_keeps_the_order_and_every_column(vault: Vault) -> None:
    new = [
        row(1, identity=BOB, peer_id=DEVICE, sid=b"s" * 8, seq=1),
        row(2, Kind.SLOT, slot=(b"t" * 32, b"\x41"), relay="wss://r", expires_at=400),
        row(3, Kind.ACK, identity=CAROL),
    ]
    with vault.write() as tx:
        ids = [tx.outbox.add(one) for one in new]
        assert not tx.outbox.is_empty()
    with vault.read() as tx:
        rows = tx.outbox.waiting()
        assert tx.outbox.get(ids[1]) == rows[1] and tx.outbox.get(99) is None
        assert tx.outbox.for_contact(BOB) == rows[:1]
    assert [one.id for one in rows] == ids == sorted(ids)
    names = NewRow.__dataclass_fields__
    assert [{name: getattr(one, name) for name in names} for one in rows] == [
        {name: getattr(one, name) for name in names} for one in new
    ]
    assert all(one.stored_at is None for one in rows)


def test_an_ack_frees_what_it_covers_in_its_session_only(vault: Vault) -> None:
    ours, other = b"s" * 8, b"o" * 8
    with vault.write() as tx:
        for seq in (1, 2, 3):
            tx.outbox.add(row(seq, identity=BOB, sid=ours, seq=seq))
        kept = [tx.outbox.add(row(4, sid=other, seq=1)), tx.outbox.add(row(5, Kind.ACK, sid=ours))]
        assert tx.outbox.acknowledge(ours, 2) == 2
        assert tx.outbox.acknowledge(ours, 2) == 0
        assert [one.seq for one in tx.outbox.for_contact(BOB)] == [3]
        assert tx.outbox.drop_session(ours) == 2
        assert [one.id for one in tx.outbox.waiting()] == kept[:1]
        tx.outbox.delete(kept[0])
        assert tx.outbox.is_empty() and tx.outbox.waiting() == []


def test_stored_rows_wait_again_after_their_time(vault: Vault) -> None:
    with vault.write() as tx:
        early, late, ack = (
            tx.outbox.add(row(mid, kind, identity=BOB))
            for mid, kind in ((1, Kind.UPDATE), (2, Kind.SNAPSHOT), (3, Kind.ACK))
        )
        tx.outbox.stored(early, 1_000)
        tx.outbox.stored(late, 2_000)
        tx.outbox.stored(ack, 1_000)
        assert tx.outbox.waiting() == [] and tx.outbox.is_empty()
        assert tx.outbox.resend_outside(2_000, 10_000) == 1
        assert [one.id for one in tx.outbox.waiting()] == [early]


def test_pending_counts_by_contact(vault: Vault) -> None:
    with vault.write() as tx:
        first = tx.outbox.add(row(1, identity=BOB))
        tx.outbox.add(row(2, identity=BOB))
        tx.outbox.add(row(3, Kind.ACK, identity=CAROL))
        tx.outbox.add(row(4, Kind.SLOT))
        tx.outbox.stored(first, 500)
        assert tx.outbox.pending() == {BOB: PendingCount(waiting=1, stored=1, oldest=101)}


def test_ids_of_the_outbox_are_never_used_again(vault: Vault) -> None:
    with vault.write() as tx:
        first = tx.outbox.add(row(1))
        tx.outbox.delete(first)
        assert tx.outbox.add(row(2)) > first


def test_fanout_coalesces_to_the_earliest_time(vault: Vault) -> None:
    with vault.write() as tx:
        assert tx.fanout.next_due() is None
        tx.fanout.mark(BOB, 500)
        tx.fanout.mark(BOB, 900)
        tx.fanout.mark(CAROL, 400)
        assert tx.fanout.due(399) == []
        assert tx.fanout.due(500) == [CAROL, BOB] == tx.fanout.all()
        assert tx.fanout.next_due() == 400
        tx.fanout.set_last_sent(CAROL, 450)
        tx.fanout.clear(CAROL)
        assert tx.fanout.all() == [BOB] and tx.fanout.next_due() == 500
        assert (tx.fanout.last_sent(CAROL), tx.fanout.last_sent(BOB)) == (450, None)
        tx.fanout.mark(CAROL, 10_450)
        assert tx.fanout.next_due() == 500 and tx.fanout.last_sent(CAROL) == 450


def test_consumed_hashes_and_used_codes(vault: Vault) -> None:
    with vault.write() as tx:
        tx.consumed.add(b"h" * 32, 100)
        tx.consumed.add(b"h" * 32, 200)
        assert tx.consumed.has(b"h" * 32) and not tx.consumed.has(b"i" * 32)
        assert tx.consumed.sweep(200) == 0 and tx.consumed.sweep(201) == 1
        assert not tx.consumed.has(b"h" * 32)
        tx.codes.remember(b"t" * 32, 500)
        tx.codes.remember(b"t" * 32, 400)
        assert tx.codes.used(b"t" * 32) and not tx.codes.used(b"u" * 32)
        assert tx.codes.sweep(500) == 0 and tx.codes.used(b"t" * 32)
        assert tx.codes.sweep(501) == 1 and not tx.codes.used(b"t" * 32)


def test_history_is_newest_first(vault: Vault) -> None:
    with vault.write() as tx:
        for number in range(5):
            tx.history.add(number, BOB if number % 2 else None, "updated", f"line {number}")
        assert [line.text for line in tx.history.recent()] == [f"line {number}" for number in (4, 3, 2, 1, 0)]
        assert [(line.at, line.identity, line.kind) for line in tx.history.recent(BOB)] == [
            (3, BOB, "updated"),
            (1, BOB, "updated"),
        ]
        assert len(tx.history.recent(limit=2)) == 2


def test_settings(vault: Vault) -> None:
    with vault.write() as tx:
        assert tx.settings.get("theme") is None
        tx.settings.set("theme", "dark")
        tx.settings.set("theme", "light")
        tx.settings.set("a", "")
        assert tx.settings.get("theme") == "light" and tx.settings.all() == {"a": "", "theme": "light"}
        tx.settings.set("theme", None)
        tx.settings.set("never there", None)
        assert tx.settings.all() == {"a": ""}
