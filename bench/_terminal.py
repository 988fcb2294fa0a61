"""How long a program takes from its start until a text stands on its terminal."""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence


def seconds_until(command: Sequence[str], environment: Mapping[str, str], text: str, limit: float = 30.0) -> float:
    """Run the command on a terminal of 80×24 and kill it as soon as it has written `text`."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    wanted, seen, start = text.encode(), b"", time.perf_counter()
    process = subprocess.Popen(
        command, stdin=slave, stdout=slave, stderr=slave, env={**environment, "TERM": "xterm-256color"}
    )
    os.close(slave)
    try:
        while wanted not in seen:
            left = start + limit - time.perf_counter()
            if left <= 0 or not select.select([master], [], [], left)[0]:
                raise RuntimeError(f"{command[0]} did not write {text!r} within {limit:g} s: {seen[-400:]!r}")
            seen += os.read(master, 1 << 16)
        return time.perf_counter() - start
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        os.close(master)
