"""Whether a contact is here, blocked or removed: decided on one own device, carried out on all."""

from dataclasses import replace
from enum import StrEnum

from vauchi_tui.crypto.primitives import Rng
from vauchi_tui.model.clock import Ticker
from vauchi_tui.model.contact import Contact
from vauchi_tui.protocol.keys import standing_key
from vauchi_tui.vault.tx import Tx


class Standing(StrEnum):
    """As it is shared; the last decision wins. Whoever was never decided about is here."""

    HERE = "here"
    BLOCKED = "blocked"
    REMOVED = "removed"


def say(tx: Tx, identity: bytes, standing: Standing, ticker: Ticker) -> None:
    """Decided on this device: own devices hear of it. The caller has carried it out here."""
    tx.shared.set(standing_key(identity), str(standing), ticker.tick())


def of(tx: Tx, identity: bytes) -> Standing:
    """The last decision."""
    value = tx.shared.get(standing_key(identity)).value
    return Standing(value) if value in tuple(Standing) else Standing.HERE


def apply(tx: Tx, contact: Contact, now_ms: int, rng: Rng) -> None:
    """Carry out here what was decided on another own device."""
    from vauchi_tui.sync import agree, farewell, roster

    decided, now = of(tx, contact.identity), now_ms // 1000
    if decided is Standing.HERE:
        if contact.blocked:
            tx.contacts.put(replace(contact, blocked=False))
            devices = agree.devices_of(tx, contact.identity)
            if devices is not None:
                roster.follow(tx, devices, now, rng)
        return
    if decided is Standing.BLOCKED and contact.blocked:
        return
    farewell.part(tx, contact.identity, now_ms, rng, decided_here=False)
    if decided is Standing.BLOCKED:
        tx.contacts.put(replace(contact, blocked=True))
        tx.history.add(now, contact.identity, "block", f"You blocked {contact.name} on another device.")
    else:
        tx.contacts.remove(contact.identity)
        tx.history.add(now, None, "remove", f"You removed {contact.name} on another device.")
