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
from vauchi_tui.protocol.linking import Linked
from vauchi_tui.sync import fanout, introduce, link_up, own_fanout
from vauchi_tui.sync.introduce import LastWord

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
            _measure(context, now, "one own device")
            _link(context, rng)
            _measure(context, now, "a second own device, which is told what each contact was sent")


def _measure(context: Context, now: list[float], words: str) -> None:
    while _flush(context):
        _acknowledge_all(context)
    marks, seals = [], []
    for number in range(ROUNDS):
        _acknowledge_all(context)
        now[0] += 60
        value = f"+1 555 {len(words):03} {number:04}"
        marks.append(_cpu(lambda value=value: card.set_value(context, "phone", value)))
        before = context.vault.data_version()
        seals.append(_cpu(lambda: _flush(context)))
        transactions = context.vault.data_version() - before
    with context.vault.read() as tx:
        rows, links = len(tx.outbox.waiting()), len(tx.links.all())
    print(f"{CONTACTS:,} contacts × {DEVICES} devices, {words}; {rows:,} messages; CPU, median of {ROUNDS}:")
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


def _link(context: Context, rng: Rng) -> None:
    """A second own device, as linking leaves it on the first."""
    signing, static, ratchet = generate_signing_key(rng), generate_dh(rng), generate_dh(rng)
    with context.vault.write() as tx:
        device = certify_device(signing, static.public, tx.me.identity())
        linked = Linked(device, "laptop", rng(32), rng(32), ratchet.public, sha256(rng(32)), context.now() + 300)
        link_up.admit(tx, linked, lambda _: LastWord(b"M5", (rng(32), b"A"), None), context.now(), rng)


def _flush(context: Context) -> int:
    """As the sync worker does it: own devices first, then contacts until nothing more is due; how many messages."""
    with context.vault.write() as tx:
        before = len(tx.outbox.waiting())
        own_fanout.flush(tx, context.now(), context.rng)
    sealed = True
    while sealed:
        with context.vault.write() as tx:
            sealed = bool(fanout.flush(tx, context.now_ms(), context.rng))
            own_fanout.flush(tx, context.now(), context.rng)
    with context.vault.read() as tx:
        return len(tx.outbox.waiting()) - before


def _acknowledge_all(context: Context) -> None:
    with context.vault.write() as tx:
        for row in tx.outbox.waiting():
            tx.outbox.delete(row.id)


def _cpu(call: Callable[[], object]) -> float:
    start = time.process_time()
    call()
    return time.process_time() - start
