"""Which relay a message goes to, and which ones are read."""

import json
from functools import lru_cache

from vauchi_tui.errors import InvalidValue, Malformed
from vauchi_tui.model.registers import RELAY
from vauchi_tui.protocol import relay_address
from vauchi_tui.protocol.decode import strict_json
from vauchi_tui.protocol.link import Link
from vauchi_tui.vault.tx import Tx

KEPT_S = 30 * 86_400
_SETTING_BYTES = 64 * 1024


def read_from(tx: Tx) -> tuple[str, ...]:
    """Where own mail may lie: the own relay first, then those moved away from.

    Without any, the relays of the contacts: whoever has no relay is written to at the sender's.
    """
    own = tx.settings.get("relay")
    relays = ([own] if own else []) + [url for url, _ in moved_from(tx)]
    if not relays:
        relays = sorted({url for link in tx.links.all() if (url := relay_of(tx, link))})
    return tuple(dict.fromkeys(relays))


def relay_of(tx: Tx, link: Link) -> str | None:
    """Where the device behind `link` reads; None where nobody has a relay. An address nobody can use counts as none."""
    return _told(tx, link.peer_identity) or _usable(link.relay or "") or tx.settings.get("relay")


def relay_of_contact(tx: Tx, identity: bytes) -> str | None:
    """Where the devices of a contact read."""
    links = [link.relay or "" for link in tx.links.of(identity)]
    return _told(tx, identity) or next((url for url in map(_usable, links) if url), None) or tx.settings.get("relay")


def _told(tx: Tx, identity: bytes) -> str | None:
    contact = tx.contacts.get(identity)
    return _usable(contact.registers.text(RELAY)) if contact else None


def moved_from(tx: Tx) -> list[tuple[str, int]]:
    """Relays that are read because contacts may not know the new one yet, and since when (unix s)."""
    try:
        rows = strict_json((tx.settings.get("old_relays") or "[]").encode(), _SETTING_BYTES)
        return [(str(row["url"]), int(row["since"])) for row in rows]
    except (Malformed, TypeError, KeyError, ValueError):
        return []


def move(tx: Tx, url: str, now: int) -> None:
    """Read at another relay from now on, and for a while where one read so far. `url` is normalised, `now` unix s."""
    old = tx.settings.get("relay")
    if old == url:
        return
    kept = [(known, since) for known, since in moved_from(tx) if known not in (old, url)]
    if old is not None:
        kept.append((old, now))
    _keep_reading(tx, kept)
    tx.settings.set("relay", url)


def _keep_reading(tx: Tx, rows: list[tuple[str, int]]) -> None:
    tx.settings.set("old_relays", json.dumps([{"url": url, "since": since} for url, since in rows]) if rows else None)


def retire(tx: Tx, now: int) -> bool:
    """Stop reading relays left more than 30 days ago, once nobody lacks a message from before that. True: changed."""
    rows = moved_from(tx)
    oldest = min((count.oldest for count in tx.outbox.pending().values()), default=now)
    owed = bool(tx.fanout.all())
    kept = [(url, since) for url, since in rows if now < since + KEPT_S or owed or oldest <= since + 60]
    if kept == rows:
        return False
    _keep_reading(tx, kept)
    return True


@lru_cache(maxsize=1024)
def _usable(text: str) -> str | None:
    try:
        return relay_address.normalise(text) if text else None
    except InvalidValue:
        return None
