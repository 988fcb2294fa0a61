"""Parting from a contact: what he was shown is taken back, then the sessions are gone (protocol page, section 4)."""

from dataclasses import replace

from vauchi_tui.crypto.primitives import Rng
from vauchi_tui.model import labels
from vauchi_tui.model.visibility import Rule, Rules, contact_audience, difference, project
from vauchi_tui.sync import relays
from vauchi_tui.sync.outgoing import Sealer
from vauchi_tui.vault.outbox import Kind
from vauchi_tui.vault.tx import Tx


def part(tx: Tx, identity: bytes, now_ms: int, rng: Rng, *, forget: bool = False, decided_here: bool = True) -> None:
    """Queue one last snapshot without any field for each of his devices, then delete the sessions with them.

    What was granted to him by name or by a label is granted no more, also if he comes back; `forget`: nor is anything
    denied him by name. What was granted is taken back on the device where it was decided (`decided_here`): own devices
    have that from there. The links stay, without a session, until the last snapshot has been stored; nobody will
    acknowledge it.
    """
    sealer = Sealer(tx, now_ms, rng)
    if decided_here:
        _revoke(tx, sealer, identity, forget)
    removes = difference(project(tx.card.registers(), Rules(), identity), tx.contacts.view(identity), sealer.ticker)
    view = tx.contacts.view(identity).apply(removes)
    tx.contacts.set_view(identity, view)
    last: list[int] = []
    for link in tx.links.of(identity):
        known = {row.id for row in tx.outbox.for_contact(identity)}
        speaking = link.speaking
        if speaking is not None and view.removed_ids():
            link = sealer.snapshot(link, speaking)
        new = [row.id for row in tx.outbox.for_contact(identity) if row.id not in known and row.kind is Kind.SNAPSHOT]
        last += new
        for session in link.sessions:
            tx.links.forget(session.sid, sealer.now)
        tx.handshakes.delete(link.peer_id)
        if new:
            tx.links.put(replace(link, sessions=(), relay=relays.relay_of(tx, link)))
        else:
            tx.links.delete(link.peer_id)
    for row in tx.outbox.for_contact(identity):
        if row.id not in last:
            tx.outbox.delete(row.id)
    tx.fanout.clear(identity)
    sealer.save()


def _revoke(tx: Tx, sealer: Sealer, identity: bytes, forget: bool) -> None:
    audience, known = contact_audience(identity), tx.labels.load()
    own = [rule for rule in tx.rules.load() if rule.audience == audience and rule.allowed is not None]
    ended = [rule for rule in own if rule.allowed or forget]
    tx.rules.add([Rule(rule.field_id, audience, None, sealer.ticker.tick()) for rule in ended])
    for label_id in known.of(identity):
        tx.labels.put(memberships=labels.assign(known, label_id, {identity: False}, sealer.ticker))
