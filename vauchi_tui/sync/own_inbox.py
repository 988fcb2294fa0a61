"""A message of another own device, into the vault: in the transaction of whoever reads the mailbox."""

from vauchi_tui.crypto.primitives import Rng
from vauchi_tui.errors import VauchiError
from vauchi_tui.protocol.devices import DeviceList, Outdated, supersedes
from vauchi_tui.protocol.link import Link
from vauchi_tui.protocol.own_messages import OwnList, OwnUpdate
from vauchi_tui.protocol.own_receive import OwnOutcome, receive_own
from vauchi_tui.protocol.session import Inner
from vauchi_tui.sync import fanout, own_state, revoke, roster
from vauchi_tui.sync.events import Failed, OwnUpdated, SyncEvent
from vauchi_tui.vault.tx import Tx

AHEAD_MS = 3_600_000
"""How far another own device's clock may be ahead before the person is told."""


def receive(tx: Tx, link: Link, inner: Inner, now_ms: int, rng: Rng) -> tuple[OwnOutcome, list[SyncEvent]]:
    """Consume a message of the device behind `link`. Raises what `receive_own` raises, with nothing changed."""
    outcome = receive_own(link, inner, rng)
    now = now_ms // 1000
    tx.links.put(outcome.link)
    tx.devices.seen(link.peer_id, now)
    for sid in outcome.over:
        tx.links.forget(sid, now)
        tx.outbox.drop_session(sid)
    if outcome.acked is not None:
        tx.outbox.acknowledge(*outcome.acked)
    events: list[SyncEvent] = []
    match outcome.message:
        case OwnUpdate(records, left):
            before, card, ticker = fanout.access(tx), tx.card.registers(), tx.clock.ticker(now_ms)
            last = ticker.last.ms
            visible = own_state.merge(tx, records, ticker, now_ms, rng)
            tx.clock.save(ticker)
            if last <= now_ms + AHEAD_MS < ticker.last.ms:
                events.append(_ahead(tx, ticker.last.ms - now_ms, now))
            if visible:
                fanout.taken_over(tx, now_ms, before, card)
            events.append(OwnUpdated(len(records), left))
        case OwnList(devices):
            events += _take_list(tx, devices, now, rng)
    if outcome.refused is not None:
        events.append(Failed("A message from another device of yours was refused.", outcome.refused.title))
    return outcome, events


def _ahead(tx: Tx, ms: int, now: int) -> SyncEvent:
    """Said once: from here on this device's own clock goes on from there, so that what is edited here wins."""
    hours = ms / 3_600_000
    far = f"{hours:.0f} hours" if hours < 48 else f"{hours / 24:,.0f} days"
    title = f"The clock of another device of yours is about {far} ahead of this one’s."
    hint = "Set the clocks right. Nothing is lost, and what you edit from now on still wins."
    tx.history.add(now, None, "clock", f"{title} {hint}")
    return Failed(title, hint)


def _take_list(tx: Tx, devices: DeviceList, now: int, rng: Rng) -> list[SyncEvent]:
    try:
        if devices.identity != tx.me.identity() or not supersedes(tx.me.devices(), devices):
            return []
    except Outdated:
        return []
    except VauchiError as error:
        tx.history.add(now, None, "devices", f"{error.title} {error.hint}")
        return [Failed(error.title, error.hint)]
    if devices.find(tx.me.device_id()) is None:
        return revoke.wipe(tx, now)
    roster.adopt_own(tx, devices, now, rng)
    return []
