"""One edit to 1,000 contacts with two devices each: marked, then sealed and stored (goal ≤ 1.5 s CPU, one transaction).

Everything is the product's own: a vault on the disk, a session per device as an exchange leaves it, `actions.card` for
the edit, `sync.fanout.flush` for the messages. Every contact sees the field. What was sealed counts as acknowledged
before the next round.
"""

import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator

from vauchi_tui.actions import card, profile, visibility
from vauchi_tui.actions.context import Context
from vauchi_tui.actions.profile import Protection
from vauchi_tui.crypto.primitives import Rng, generate_dh, generate_signing_key, sha256
from vauchi_tui.model.contact import Method
from vauchi_tui.protocol.devices import certify_device, issue
from vauchi_tui.protocol.exchange.established import Established, Role
from vauchi_tui.sync import fanout, introduce

CONTACTS, DEVICES, ROUNDS = 1_000, 2, 5
NOW = 1_790_000_000.0


def main() -> None:
    rng = random.Random(1).randbytes
    with tempfile.TemporaryDirectory() as folder:
        place = profile.find(f"{folder}/alice/", {})
        now = [NOW]
        with profile.create(place, "Alice", protection=Protection.FILE, clock=lambda: now[0], rng=rng) as context:
            card.set_field(context, "phone", "+1 555 000 0000")
            visibility.allow(context, "phone", ["everyone"])
            with context.vault.write() as tx:
                own = tx.me.person()
                for _ in range(CONTACTS):
                    for established in _exchanges(rng):
                        introduce.store_contact(tx, own, established, (), NOW, rng)
            marks, seals = [], []
            for number in range(ROUNDS):
                _acknowledge_all(context)
                now[0] += 60
                marks.append(
                    _cpu(lambda number=number: card.set_value(context, "phone", f"+1 555 000 {number + 1:04}"))
                )
                before = context.vault.data_version()
                seals.append(_cpu(lambda: _flush(context)))
                transactions = context.vault.data_version() - before
            with context.vault.read() as tx:
                rows, links = len(tx.outbox.waiting()), len(tx.links.all())
    print(f"{CONTACTS:,} contacts × {DEVICES} devices, {links:,} links, {rows:,} messages; CPU, median of {ROUNDS}:")
    mark, seal = statistics.median(marks), statistics.median(seals)
    print(f"  the edit, with everybody marked: {mark * 1e3:.0f} ms")
    print(f"  sealed and stored in {transactions} transaction(s): {seal:.2f} s, {seal / links * 1e6:.0f} µs per link")
    print(f"  together: {mark + seal:.2f} s (goal ≤ 1.5)")


def _exchanges(rng: Rng) -> Iterator[Established]:
    """What exchanges with each device of a new person leave on the side that shows the code."""
    identity = generate_signing_key(rng)
    keys = [(generate_signing_key(rng), generate_dh(rng)) for _ in range(DEVICES)]
    devices = issue(identity, 1, tuple(certify_device(one, static.public, identity.public) for one, static in keys))
    for device in devices.devices:
        yield Established(
            role=Role.SHOWER,
            peer_identity=identity.public,
            peer_devices=devices,
            peer_device=device,
            peer_relay="wss://relay.example.org",
            peer_name="",
            session_root=rng(32),
            transcript=rng(32),
            contact_key=rng(32),
            own_ratchet=None,
            peer_ratchet=generate_dh(rng).public,
            method=Method.CODE,
            token_hash=sha256(rng(32)),
            expiry=int(NOW) + 300,
        )


def _flush(context: Context) -> None:
    """As the sync worker does it: until nothing more is due."""
    sealed = True
    while sealed:
        with context.vault.write() as tx:
            sealed = bool(fanout.flush(tx, context.now_ms(), context.rng))


def _acknowledge_all(context: Context) -> None:
    with context.vault.write() as tx:
        for row in tx.outbox.waiting():
            tx.outbox.delete(row.id)


def _cpu(call: Callable[[], object]) -> float:
    start = time.process_time()
    call()
    return time.process_time() - start
