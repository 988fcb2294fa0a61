"""Which mailboxes are read, and the decoys that hide how many (protocol page, section 5)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice

from vauchi_tui.crypto.primitives import hkdf
from vauchi_tui.protocol.hello import HelloMailbox
from vauchi_tui.protocol.link import Link
from vauchi_tui.protocol.mailbox import Mailbox, day_of
from vauchi_tui.sync import relays, roster
from vauchi_tui.vault.tx import Tx

DAYS_BACK = 30
MOST = 60_000
"""Mailboxes, decoys aside, beyond which hello mailboxes are left out: a relay reads no more for one connection."""
HELLO_DRAINED = "hello_drained"
"""The setting that says on which day (since the epoch, UTC) all hello mailboxes were last read."""
_LEAST = 64


@dataclass(frozen=True, slots=True)
class Watched:
    """One mailbox that is read: whose it is (a device id; of a hello mailbox an identity key), how it is opened."""

    peer_id: bytes
    mailbox: Mailbox | HelloMailbox
    token: bytes = field(repr=False)

    @property
    def shared(self) -> bool:
        """Do other devices read it too, so that nothing may be deleted there?"""
        return isinstance(self.mailbox, HelloMailbox)


@dataclass(frozen=True, slots=True)
class WatchSet:
    """All that is read: at these relays, each of these mailboxes, by address. `decoy` makes decoys for this day.

    `basis`: what it follows from beside the day.
    """

    relays: tuple[str, ...]
    mailboxes: Mapping[bytes, Watched]
    day: int
    peers: frozenset[bytes]
    decoy_secret: bytes = field(repr=False)
    basis: object = None

    def tokens(self, addresses: list[bytes], first_decoy: int = 0) -> list[bytes]:
        """The tokens for those addresses among decoys: a power of two, at least 64, in an order that tells nothing."""
        real = [self.mailboxes[address].token for address in addresses]
        total = max(_LEAST, 1 << max(0, len(real) - 1).bit_length())
        decoys = [self._decoy(first_decoy + index) for index in range(total - len(real))]
        return sorted(real + decoys)

    def _decoy(self, index: int) -> bytes:
        return hkdf(self.decoy_secret, b"vauchi/decoy/1" + self.day.to_bytes(4, "big") + index.to_bytes(4, "big"))


def fresh_watch_set(tx: Tx, now: float, known: WatchSet | None = None) -> WatchSet:
    """What is to be read now; `known` itself where that has not changed."""
    peers, today, urls = tx.links.peers(), day_of(now), relays.read_from(tx)
    basis = peers, tx.handshakes.peers(), tx.contacts.key_count()
    if known is not None and known.basis == basis and known.day == today:
        return known if known.relays == urls else replace(known, relays=urls)
    mailboxes = {watched.mailbox.address: watched for link in tx.links.all() for watched in _of_link(tx, link, today)}
    room = max(0, MOST - len(mailboxes))
    mailboxes |= {watched.mailbox.address: watched for watched in islice(_hellos(tx, today), room)}
    return WatchSet(urls, mailboxes, today, peers, tx.settings.local_secret(), basis)


def _of_link(tx: Tx, link: Link, today: int) -> Iterator[Watched]:
    """From the day before the last complete drain, at most 30 days back, to tomorrow."""
    if roster.is_over(tx, link):
        return
    drained = tx.links.last_drain(link.peer_id)
    if drained is not None and drained > today:
        drained = 0  # by a clock that was wrong
    first = max((day_of(link.created) if drained is None else drained) - 1, today - DAYS_BACK)
    for day in range(min(first, today), today + 2):
        mailbox = link.mailbox_in(day)
        yield Watched(link.peer_id, mailbox, mailbox.token)


def _hellos(tx: Tx, today: int) -> Iterator[Watched]:
    """Where contacts leave lists of their devices; those of days before the last complete drain have been read."""
    own, drained = tx.me.identity(), tx.settings.get(HELLO_DRAINED) or ""
    day = int(drained) if drained.isdecimal() else today
    first = max((day if day <= today else 0) - 1, today - DAYS_BACK)  # later than today: by a clock that was wrong
    keys = tx.contacts.all_keys()
    for day in range(today + 1, first - 1, -1):
        for identity, key in keys:
            mailbox = HelloMailbox(key, own, day)
            yield Watched(identity, mailbox, mailbox.token)


def drained(tx: Tx, today: int) -> None:
    """All hello mailboxes have been read to their end."""
    if tx.settings.get(HELLO_DRAINED) != str(today):
        tx.settings.set(HELLO_DRAINED, str(today))
