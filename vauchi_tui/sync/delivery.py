"""What one own device has sealed for a contact and nobody has acknowledged: after a day another one sends it too.

The sealing device says so before the message leaves. Whoever finds it a day later takes it over with a snapshot, which
holds whatever was in there, and says that it has.
"""

from dataclasses import replace

from vauchi_tui.model.clock import Ticker
from vauchi_tui.protocol.keys import UNSENT, read_unsent_key, unsent_key
from vauchi_tui.sync.fanout import TAKEOVER_MS
from vauchi_tui.vault.outbox import CONTENT
from vauchi_tui.vault.tx import Tx

_UNSENT = "1"


def begun(tx: Tx, identity: bytes, ticker: Ticker) -> None:
    """Something has been sealed for a contact; other own devices, if there are any, are to know."""
    if tx.owed.wanted():
        key = unsent_key(tx.me.device_id(), identity)
        if tx.shared.get(key).value is None:
            tx.shared.set(key, _UNSENT, ticker.tick())


def upkeep(tx: Tx, now_ms: int) -> None:
    """Say of which contacts all has been acknowledged, and take over what others have left lying for a day."""
    own, ticker = tx.me.device_id(), tx.clock.ticker(now_ms)
    for key in tx.shared.names(UNSENT):
        text, named = tx.shared.get(key), read_unsent_key(key)
        if text.value is None or named is None:
            continue
        device, identity = named
        if device == own:
            if not any(row.kind in CONTENT for row in tx.outbox.for_contact(identity)):
                tx.shared.set(key, None, ticker.tick())
        elif not 0 <= now_ms - text.hlc.ms < TAKEOVER_MS:
            tx.shared.set(key, None, ticker.tick())
            _take_over(tx, identity, now_ms)
    tx.clock.save(ticker)


def _take_over(tx: Tx, identity: bytes, now_ms: int) -> None:
    for link in tx.links.of(identity):
        for session in link.sessions:
            link = link.with_session(replace(session, owes=True))
        tx.links.put(link)
    tx.fanout.mark(identity, now_ms)
