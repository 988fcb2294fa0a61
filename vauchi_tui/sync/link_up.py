"""From a linking that has succeeded to what both devices store: one transaction each, all or nothing."""

from collections.abc import Callable
from dataclasses import replace

from vauchi_tui.crypto.primitives import Rng
from vauchi_tui.errors import InvalidValue, LimitExceeded
from vauchi_tui.model import limits
from vauchi_tui.protocol import devices as lists
from vauchi_tui.protocol.devices import DeviceList
from vauchi_tui.protocol.keys import device_added_key, device_name_key
from vauchi_tui.protocol.linking import Joined, Linked
from vauchi_tui.sync import hello, roster
from vauchi_tui.sync.introduce import REMEMBER_CODE_S, LastWord
from vauchi_tui.vault.outbox import Kind, NewRow
from vauchi_tui.vault.tx import Tx

Seal = Callable[[DeviceList], LastWord]
"""Makes M5 of the new list, as it goes into the slot."""


def check_room(tx: Tx) -> None:
    """May this device link another one? Raises a VauchiError that says why not; asked before a code is shown."""
    if tx.me.identity_key() is None:
        raise InvalidValue("Only your first device can link another one.", "Show the code there.")
    if len(tx.me.devices().devices) >= limits.DEVICES:
        raise LimitExceeded(f"You have {limits.DEVICES} devices, the most there can be.", "Revoke one first.")


def admit(tx: Tx, linked: Linked, seal: Seal, now: int, rng: Rng) -> DeviceList:
    """On the primary: the new device is on the list, M5 and its session are stored, and everybody is to hear of it.

    Raises what `check_room` raises. The caller sends M5, or the sync worker does.
    """
    check_room(tx)
    key, old, own = tx.me.identity_key(), tx.me.devices(), tx.me.device()
    assert key is not None
    new = lists.issue(key, max(old.version + 1, now), (*old.devices, linked.device))
    link = linked.link(own, now, rng)
    (session,) = link.sessions
    tx.links.put(link.with_session(replace(session, list_version=new.version)))
    roster.adopt_own(tx, new, now, rng)
    tx.codes.remember(linked.token_hash, linked.expiry + REMEMBER_CODE_S)
    ticker = tx.clock.ticker(now * 1000)
    tx.shared.set(device_name_key(linked.device.id), linked.name, ticker.tick())
    tx.shared.set(device_added_key(linked.device.id), str(now), ticker.tick())
    tx.clock.save(ticker)
    word = seal(new)
    tx.outbox.add(
        NewRow(
            kind=Kind.SLOT,
            mid=rng(16),
            inner=word.content,
            created_at=now,
            identity=old.identity,
            slot=word.slot,
            relay=word.relay,
            expires_at=linked.expiry + REMEMBER_CODE_S,
        )
    )
    hello.announce(tx, now, rng, at_once=True)
    return new


def settle_in(tx: Tx, joined: Joined, now: int, rng: Rng) -> None:
    """On the new device, as the first content of its vault: its keys, the list, and the session with the primary.

    The person's state comes in that session; sessions with the other own devices are begun.
    """
    own = joined.own
    tx.me.create(None, own.signing.seed, own.static.private, joined.devices.raw)
    link = joined.link(now)
    (session,) = link.sessions
    # It has nothing to tell that the primary has not told it.
    tx.links.put(link.with_session(replace(session, owes=False, list_version=joined.devices.version)))
    for device in joined.devices.devices:
        if device.id != own.id:
            tx.devices.add(device.id, now)
    tx.codes.remember(joined.token_hash, joined.expiry + REMEMBER_CODE_S)
    if joined.relay is not None:
        tx.settings.set("relay", joined.relay)
    roster.follow(tx, joined.devices, now, rng)
