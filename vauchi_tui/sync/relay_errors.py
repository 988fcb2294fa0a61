"""Words for everything that can go wrong between this device and a relay."""

import socket
import ssl

from websockets.exceptions import (
    ConnectionClosed,
    InvalidHandshake,
    InvalidProxy,
    InvalidStatus,
    InvalidURI,
    NegotiationError,
    ProxyError,
)

from vauchi_tui.errors import RelayUnavailable
from vauchi_tui.protocol.frames import ErrorCode

_LATER = "What waits is kept and will be sent later."

_REFUSALS = {
    ErrorCode.MALFORMED: ("did not understand this version of vauchi", "Update vauchi here, or the relay there."),
    ErrorCode.TOO_LARGE: (
        "refused a message as too large",
        "Update the relay: every message fits its limit of 64 KiB.",
    ),
    ErrorCode.QUOTA: ("has no room left in that mailbox", f"{_LATER} Room comes when the other side connects."),
    ErrorCode.NOT_SUBSCRIBED: ("lost track of what this device reads", "Sync again; nothing is lost."),
    ErrorCode.BUSY: ("is busy", _LATER),
    ErrorCode.RATE: ("asks for fewer messages at a time", _LATER),
    ErrorCode.SUBSCRIPTIONS: ("refuses to watch so many mailboxes at once", "Ask its operator to raise the limit."),
}


class RelayRefused(RelayUnavailable):
    """The relay answered, and said no. `retry_after` in seconds, 0 where the relay gave none; `code` says why."""

    def __init__(self, url: str, code: ErrorCode, retry_after: int, text: str) -> None:
        """`text`: the relay's own words, kept for a log; the person gets ours."""
        words, hint = _REFUSALS[code]
        super().__init__(f"The relay {_name(url)} {words}.", hint)
        self.code = code
        self.retry_after = retry_after
        self.text = text


def explain_open(url: str, error: Exception) -> RelayUnavailable:
    """What kept the connection from opening, with the remedy."""
    name = _name(url)
    match error:
        case TimeoutError():
            return RelayUnavailable(
                f"The relay {name} does not answer.", f"Check the network and the address. {_LATER}"
            )
        case InvalidURI():
            return RelayUnavailable(f"{name} is not the address of a relay.", "Use wss://HOST or HOST:PORT.")
        case InvalidProxy() | ProxyError():
            return RelayUnavailable(
                f"The proxy on the way to the relay {name} does not work.", "Check the proxy settings of this machine."
            )
        case ssl.SSLCertVerificationError():
            return RelayUnavailable(
                f"The relay {name} shows a certificate that cannot be trusted.",
                "Check the address and the clock of this machine, or ask the relay's operator.",
            )
        case ssl.SSLError():
            return RelayUnavailable(f"The relay {name} does not speak TLS.", "Check the port in the address.")
        case ConnectionResetError() if url.startswith("wss:"):
            return RelayUnavailable(
                f"The relay {name} cannot be reached with TLS.", f"Check the network and the port. {_LATER}"
            )
        case socket.gaierror():
            return RelayUnavailable(
                f"There is no host of the name {name}.", f"Check the network and the name. {_LATER}"
            )
        case ConnectionRefusedError():
            return RelayUnavailable(
                f"No relay is running at {name}.", f"Check the address, or start the relay. {_LATER}"
            )
        case InvalidStatus() if error.response.status_code in (429, 502, 503, 504):
            return RelayUnavailable(f"The relay {name} is not available right now.", _LATER)
        case NegotiationError():
            return RelayUnavailable(
                f"The server at {name} speaks another version of the relay protocol.", "Update vauchi or the relay."
            )
        case InvalidHandshake():
            return not_a_relay(url)
        case OSError() | ConnectionClosed():
            return RelayUnavailable(f"The relay {name} cannot be reached.", f"Check the network. {_LATER}")
        case _:
            return RelayUnavailable(
                f"The relay {name} cannot be reached ({type(error).__name__}).", f"Check the address. {_LATER}"
            )


def explain_close(url: str, error: ConnectionClosed) -> RelayUnavailable:
    """Why an open connection ended."""
    code = error.rcvd.code if error.rcvd else None
    words = {1001: "is going down", 1012: "is restarting", 1009: "refused a message as too large"}.get(code or 0)
    return RelayUnavailable(f"The relay {_name(url)} {words or 'closed the connection'}.", _LATER)


def no_answer(url: str) -> RelayUnavailable:
    """The connection stands, but the relay does not say what it owes."""
    return RelayUnavailable(f"The relay {_name(url)} does not answer.", _LATER)


def slow(url: str) -> RelayUnavailable:
    """It answers, but there is no end of what lies in the mailboxes."""
    return RelayUnavailable(
        f"The relay {_name(url)} has not handed over everything yet.", "The rest follows; sending goes on meanwhile."
    )


def going_down(url: str) -> RelayUnavailable:
    """The relay has said that it will be back."""
    return RelayUnavailable(f"The relay {_name(url)} is going down.", _LATER)


def not_a_relay(url: str) -> RelayUnavailable:
    """Something answers at the address, but it is no relay."""
    return RelayUnavailable(f"What answers at {_name(url)} is not a Vauchi relay.", "Check the address and the port.")


def _name(url: str) -> str:
    return url.partition("://")[2] or url
