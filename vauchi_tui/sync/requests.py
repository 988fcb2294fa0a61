"""How a process without the sync role asks the one that has it for a round: two counters in the settings."""

from vauchi_tui.vault.tx import Tx

_REQUEST, _DONE = "sync_request", "sync_done"


def request(tx: Tx) -> int:
    """Ask for a round; the number to wait for."""
    number = max(_number(tx, _REQUEST), done(tx)) + 1
    tx.settings.set(_REQUEST, str(number))
    return number


def wanted(tx: Tx) -> int:
    """The newest round that was asked for and not made, 0 where there is none."""
    number = _number(tx, _REQUEST)
    return number if number > done(tx) else 0


def done(tx: Tx) -> int:
    """The newest round that was made."""
    return _number(tx, _DONE)


def answered(tx: Tx, number: int) -> None:
    """The round was made."""
    tx.settings.set(_DONE, str(number))


def _number(tx: Tx, key: str) -> int:
    text = tx.settings.get(key) or ""
    return int(text) if text.isdecimal() else 0
