"""Asking a sound system that may never answer: below PortAudio, a server that hangs is waited for without end."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Final, TypeVar

from vauchi_tui.proximity.devices import SoundUnavailable

PATIENCE_S: Final = 3.0
"""It takes a tenth of a second where it works."""

T = TypeVar("T")


def asked(question: Callable[[], T]) -> "Future[T]":
    """Ask in a thread that nothing waits for, not even the end of the process. Cancelling does not end it."""
    answer: Future[T] = Future()
    answer.set_running_or_notify_cancel()

    def ask() -> None:
        try:
            answer.set_result(question())
        except BaseException as error:
            answer.set_exception(error)

    threading.Thread(target=ask, name="sound system", daemon=True).start()
    return answer


def answered(question: Callable[[], T], patience: float = PATIENCE_S) -> T:
    """Ask and wait. Raises SoundUnavailable after that many seconds, and what the question raises."""
    try:
        return asked(question).result(patience)
    except TimeoutError:
        raise not_answering() from None


def not_answering() -> SoundUnavailable:
    """What is said of a sound system that takes too long."""
    return SoundUnavailable(
        "The sound system of this machine does not answer.", "Start it again, or go on without sound."
    )
