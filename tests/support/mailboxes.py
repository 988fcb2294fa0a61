"""What lies at a relay for somebody, who can tell his mailboxes from all others."""

import sqlite3
import time

from cli_process import Person
from fault_people import opened
from relay_process import RelayProcess

from vauchi_tui.sync.watch import fresh_watch_set


def letters(who: Person, relay: RelayProcess) -> set[bytes]:
    """The message ids of all that is stored in any mailbox that this device reads, hello mailboxes among them."""
    with opened(who) as ctx, ctx.vault.read() as tx:
        addresses = fresh_watch_set(tx, time.time()).mailboxes.keys()
    with sqlite3.connect(f"file:{relay.store}?mode=ro", uri=True) as database:
        return {mid for address, mid in database.execute("SELECT addr, mid FROM message") if address in addresses}
