"""A sound system that does not answer is told, and nothing waits for it."""

import subprocess
import sys
import threading

import pytest

from vauchi_tui.proximity.devices import SoundUnavailable
from vauchi_tui.proximity.patience import answered, asked


def test_an_answer_and_a_refusal_come_through() -> None:
    assert answered(lambda: 7) == 7
    assert asked(lambda: 8).result(10) == 8

    def refuse() -> None:
        raise SoundUnavailable("There is no microphone.")

    with pytest.raises(SoundUnavailable, match="no microphone"):
        answered(refuse)


def test_what_takes_too_long_is_told_with_a_remedy() -> None:
    never = threading.Event()
    with pytest.raises(SoundUnavailable, match="does not answer") as told:
        answered(never.wait, 0.01)
    assert "Start it again" in told.value.hint
    never.set()


def test_the_process_does_not_wait_for_it() -> None:
    program = """
import threading
from vauchi_tui.proximity.patience import asked
asked(threading.Event().wait)
print("left")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "left\n"
