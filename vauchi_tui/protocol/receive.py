"""What a message does to a link and to the card of a contact: one pure function (protocol page, section 4).

The caller commits the outcome in one transaction, then tells the relay. Whatever is raised leaves no trace; a message
that decrypts but is refused is consumed all the same, and the outcome says why it was refused.
"""

from dataclasses import dataclass, replace

from vauchi_tui.crypto.primitives import Rng
from vauchi_tui.errors import Malformed, VauchiError
from vauchi_tui.model import limits
from vauchi_tui.model.registers import Registers
from vauchi_tui.protocol.devices import DeviceList, Outdated, supersedes
from vauchi_tui.protocol.exchange.machine import CheckList, accept_any_list
from vauchi_tui.protocol.link import WAITING_MAX, Link, Waiting
from vauchi_tui.protocol.messages import Ack, Message, NewDevices, Resync, decode_message
from vauchi_tui.protocol.session import UNNUMBERED, Inner, Session
from vauchi_tui.protocol.update import Update, UpdateType

_PATHS_MAX = 2_000


class UnknownSession(Malformed):
    """The message belongs to a session that is not known (yet): perhaps the exchange that makes it is under way."""


class _NotYet(Exception):
    """A message that has to wait for one before it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What to store after a message.

    `acked`: (sid, upto) that the peer has acknowledged; `applied`: the card changed or may have; `over`: sessions
    that ended with this message, to be forgotten; `refused`: why the message, consumed, had no effect; `numbered`: it
    was no ack; `devices`: the contact's devices from now on, where they have changed.
    """

    link: Link
    registers: Registers
    acked: tuple[bytes, int] | None = None
    applied: bool = False
    over: tuple[bytes, ...] = ()
    refused: VauchiError | None = None
    numbered: bool = True
    devices: DeviceList | None = None


def receive(
    link: Link,
    registers: Registers,
    devices: DeviceList,
    own_identity: bytes,
    inner: Inner,
    rng: Rng,
    check_list: CheckList = accept_any_list,
) -> Outcome:
    """The outcome of a message of the device behind `link`; `registers` is the contact's card so far.

    `devices` is the contact's list, `check_list` refuses a new one that contradicts what is known. Raises
    UnknownSession, and Undecryptable for whatever is not a new message of a session that is listened to; the caller has
    sorted out those that came before, by their hash.
    """
    session = link.find(inner.sid)
    if session is None:
        raise UnknownSession("A message belongs to a session that is not known.")
    session, numbered = session.open(inner.body, link.ad_in, rng)
    link, over = link.heard_in(session)
    session = link.find(inner.sid) or session
    seq = numbered.seq
    try:
        message = decode_message(numbered.content)
        if isinstance(message, Ack) is not (seq == UNNUMBERED):
            raise Malformed("A message lacks its number or has one too many.")
        if isinstance(message, Ack):
            if message.upto > session.sent:
                raise Malformed("A message acknowledges what was never sent.")
            return Outcome(link, registers, acked=(session.sid, message.upto), over=over, numbered=False)
    except Malformed as refused:
        if seq != UNNUMBERED:
            link = replace(_consumed(link, session, seq), wants_snapshot=True)
        return Outcome(link, registers, over=over, refused=refused, numbered=seq != UNNUMBERED)
    if session.has_consumed(seq):
        return Outcome(replace(link, owes_ack=True), registers, over=over)
    if isinstance(message, NewDevices):
        outcome = _take_list(link, registers, devices, session, seq, message, check_list)
    else:
        outcome = _take(link, registers, devices, own_identity, session, seq, message, numbered.content)
    return replace(_take_waiting(outcome, outcome.devices or devices, own_identity), over=over)


def _take_list(
    link: Link,
    registers: Registers,
    known: DeviceList,
    session: Session,
    seq: int,
    message: NewDevices,
    check_list: CheckList,
) -> Outcome:
    """Consume a list of devices: a newer one takes the place of the known one."""
    link, new = _consumed(link, session, seq), message.devices
    try:
        if new.identity != link.peer_identity:
            raise Malformed("A list of devices is somebody else's.")
        if not supersedes(known, new):
            return Outcome(link, registers)
        check_list(new)
    except Outdated:
        return Outcome(link, registers)  # several devices tell of one change, and some later than of the next
    except VauchiError as refused:
        return Outcome(link, registers, refused=refused)
    return Outcome(link, registers, devices=new)


def _take(
    link: Link,
    registers: Registers,
    devices: DeviceList,
    own_identity: bytes,
    session: Session,
    seq: int,
    message: Message,
    content: bytes,
) -> Outcome:
    """Consume a numbered message: apply it, keep it for later, or refuse it."""
    if isinstance(message, Resync):
        return Outcome(_consumed(link, replace(session, owes=True), seq), registers)
    if not isinstance(message, Update):
        raise TypeError(message)
    try:
        after, session, new = _apply(link, registers, devices, own_identity, session, message)
    except _NotYet:
        waiting = (*link.waiting, Waiting(session.sid, content))
        link = _consumed(link, session, seq)
        if len(waiting) > WAITING_MAX:
            return Outcome(replace(link, wants_snapshot=True), registers)
        return Outcome(replace(link, waiting=waiting), registers)
    except Malformed as refused:
        return Outcome(replace(_consumed(link, session, seq), wants_snapshot=True), registers, refused=refused)
    snapshot = message.type is UpdateType.SNAPSHOT
    after = _consumed(after, session, seq, supersedes=snapshot)
    if snapshot:
        after = replace(after, wants_snapshot=False)
    return Outcome(after, new, applied=new != registers)


def _take_waiting(outcome: Outcome, devices: DeviceList, own_identity: bytes) -> Outcome:
    """Apply what has waited, as far as it can be applied now."""
    progress = True
    while progress:
        progress = False
        for waiting in outcome.link.waiting:
            session = outcome.link.find(waiting.sid)
            if session is None:
                continue
            link, registers = outcome.link, outcome.registers
            rest = tuple(other for other in link.waiting if other is not waiting)
            refused: VauchiError | None = outcome.refused
            try:
                message = decode_message(waiting.content)
                if not isinstance(message, Update):
                    raise Malformed("Something waits that never waits.")
                link, session, registers = _apply(link, registers, devices, own_identity, session, message)
                link = link.with_session(session)
            except _NotYet:
                continue
            except Malformed as error:
                refused, link = error, replace(link, wants_snapshot=True)
            applied = outcome.applied or registers != outcome.registers
            link = replace(link, waiting=rest)
            outcome = replace(outcome, link=link, registers=registers, applied=applied, refused=refused)
            progress = True
            break
    return outcome


def _apply(
    link: Link,
    registers: Registers,
    devices: DeviceList,
    own_identity: bytes,
    session: Session,
    update: Update,
) -> tuple[Link, Session, Registers]:
    """Link, session and card after an update. Raises _NotYet where it has to wait, Malformed where it is refused."""
    if update.sender != link.peer_identity or update.recipient != own_identity or update.device != link.peer_id:
        raise Malformed("An update is from somebody else or for somebody else.")
    if update.list_version > devices.version:
        raise _NotYet
    device = devices.find(update.device)
    if device is None:
        raise Malformed("An update is signed by a device that is not on the contact's list.")
    snapshot = update.type is UpdateType.SNAPSHOT
    update.verify(device, session.bind_in + own_identity if snapshot and session.bind_in else b"")
    if not session.greeted and not snapshot:
        raise _NotYet
    if session.greeted:
        if update.version <= link.version_in:
            return link, session, registers
        if not snapshot and update.version > link.version_in + 1:
            raise _NotYet
        if update.timestamp < link.timestamp_in:
            raise Malformed("An update was signed before one that is already here.")
    # A person's only device has the whole truth; of several, each knows only what has reached it.
    whole = snapshot and len(devices.devices) == 1
    before = registers.dated() if snapshot else registers  # what nobody has said since a device was revoked ends here
    new = (Registers() if whole else before).apply(update.changes)
    if len(new.field_ids()) > limits.FIELDS or len(new) > _PATHS_MAX:
        raise Malformed("A card has more fields than allowed.")
    link = replace(link, version_in=update.version, timestamp_in=update.timestamp)
    return link, replace(session, greeted=session.greeted or snapshot), new


def _consumed(link: Link, session: Session, seq: int, *, supersedes: bool = False) -> Link:
    """The link with `seq` consumed and an ack owed."""
    return replace(link.with_session(session.consume(seq, supersedes=supersedes)), owes_ack=True)
