"""The one tree of errors that reach a person.

Every error says what is wrong (`title`) and what to do about it (`hint`). Anything else that escapes is a bug.
"""


class VauchiError(Exception):
    """Something a person can read and act on. The command line prints `error: title` and `hint: hint`."""

    def __init__(self, title: str, hint: str = "") -> None:
        super().__init__(title)
        self.title = title
        self.hint = hint


class Malformed(VauchiError):
    """Input from outside that the strict decoder refused. The state before is the state after."""


class InvalidValue(VauchiError):
    """A value the person typed that breaks a rule of the card. The old value stays."""


class LimitExceeded(InvalidValue):
    """More than section 7 of the protocol page allows. The message names the limit."""


class NotFound(VauchiError):
    """No field, contact, label or profile of that name."""


class Ambiguous(VauchiError):
    """A name that fits several; the hint lists the candidates."""


class ProfileError(VauchiError):
    """The profile cannot be used: missing, already there, readable by others, damaged or newer than the program."""


class WrongPassphrase(VauchiError):
    """No key slot opens with what was given."""


class RelayUnavailable(VauchiError):
    """The relay could not be reached or refused; what waits stays in the outbox."""


class ExchangeRefused(VauchiError):
    """The exchange is over before it began: expired, used, own, damaged or foreign code."""
