"""One process at a time syncs."""

import os
import signal
import subprocess
import sys

from vauchi_tui.vault.profile import Profile
from vauchi_tui.vault.role import SyncRole

HOLD = """
import sys
from vauchi_tui.vault.profile import resolve
from vauchi_tui.vault.role import SyncRole
role = SyncRole(resolve(sys.argv[1], {}))
print(role.try_acquire(), flush=True)
sys.stdin.read()
"""


def hold(profile: Profile) -> subprocess.Popen[str]:
    """Another process that has the role."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(profile.data.parent)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "True\n"
    return process


def test_nobody_then_one_then_nobody(profile: Profile) -> None:
    mine, other = SyncRole(profile), SyncRole(profile)
    assert mine.holder() is None
    assert mine.try_acquire() and mine.try_acquire() and mine.held
    assert mine.holder() == other.holder() == os.getpid()
    assert not other.try_acquire() and not other.held
    mine.release()
    mine.release()
    assert other.holder() is None
    assert other.try_acquire()
    other.release()
    assert profile.role_lock.stat().st_mode & 0o777 == 0o600


def test_the_role_of_another_process_names_its_pid_and_ends_with_it(profile: Profile) -> None:
    role = SyncRole(profile)
    with hold(profile) as process:
        assert role.holder() == process.pid
        assert not role.try_acquire()
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert role.holder() is None
        assert role.try_acquire() and role.holder() == os.getpid()
        role.release()
