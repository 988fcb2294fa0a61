"""What a message of another own device does to the link with it: one pure function (protocol page, section 4)."""

from dataclasses import dataclass, replace

from vauchi_tui.crypto.primitives import Rng
from vauchi_tui.errors import Malformed
from vauchi_tui.protocol.link import Link
from vauchi_tui.protocol.messages import Ack
from vauchi_tui.protocol.own_messages import OwnList, OwnUpdate, decode_own_message
from vauchi_tui.protocol.receive import UnknownSession
from vauchi_tui.protocol.session import UNNUMBERED, Inner


@dataclass(frozen=True, slots=True)
class OwnOutcome:
    """What to store after a message, in one transaction. `message`: what is new in it, None where it has been consumed.

    `acked`: (sid, upto) that the other device has acknowledged; `over`: sessions that ended with this message;
    `refused`: why the message, consumed, had no effect.
    """

    link: Link
    message: OwnUpdate | OwnList | None = None
    acked: tuple[bytes, int] | None = None
    over: tuple[bytes, ...] = ()
    refused: Malformed | None = None
    numbered: bool = True


def receive_own(link: Link, inner: Inner, rng: Rng) -> OwnOutcome:
    """The outcome of a message of the own device behind `link`.

    Records merge in any order, so none waits for another. Raises UnknownSession, and Undecryptable as `receive` does.
    """
    session = link.find(inner.sid)
    if session is None:
        raise UnknownSession("A message belongs to a session that is not known.")
    session, numbered = session.open(inner.body, link.ad_in, rng)
    link, over = link.heard_in(session)
    session, seq = link.find(inner.sid) or session, numbered.seq
    try:
        message = decode_own_message(numbered.content)
        if isinstance(message, Ack) is not (seq == UNNUMBERED):
            raise Malformed("A message lacks its number or has one too many.")
        if isinstance(message, Ack):
            if message.upto > session.sent:
                raise Malformed("A message acknowledges what was never sent.")
            return OwnOutcome(link, acked=(session.sid, message.upto), over=over, numbered=False)
    except Malformed as refused:
        if seq != UNNUMBERED:
            link = replace(link.with_session(session.consume(seq)), owes_ack=True)
        return OwnOutcome(link, over=over, refused=refused, numbered=seq != UNNUMBERED)
    new = not session.has_consumed(seq)
    link = replace(link.with_session(session.consume(seq)), owes_ack=True)
    return OwnOutcome(link, message if new else None, over=over)
