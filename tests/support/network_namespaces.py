"""Machines with network interfaces of their own, joined by cables: network namespaces and veth pairs. Takes root."""

import os
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

_PLACE = Path("/run/netns")  # where `ip netns` keeps its handles


class Machines:
    """`with Machines("a", "b") as machines:` – each with loopback only; gone at the end of the block."""

    def __init__(self, *names: str) -> None:
        self._names = {name: f"vauchi-{os.getpid()}-{name}" for name in names}
        self._cables = 0
        self._was_mounted = False

    def inside(self, machine: str) -> list[str]:
        """What a command has to be run by to run on that machine."""
        return ["ip", "netns", "exec", self._names[machine]]

    def cable(self, one: str, one_address: str, other: str, other_address: str) -> None:
        """Join two machines; the addresses have a prefix length, as in 10.0.0.1/24."""
        self._cables += 1
        name, ends = f"v{self._cables}", (self._names[one], self._names[other])
        _ip("link", "add", name, "netns", ends[0], "type", "veth", "peer", "name", name, "netns", ends[1])
        for end, address in zip(ends, (one_address, other_address), strict=True):
            _ip("-n", end, "address", "add", address, "dev", name)
            _ip("-n", end, "link", "set", name, "up")

    def isolate(self, switch: str, address: str, **machines: str) -> None:
        """Join machines by a switch that lets each speak to the switch at its `address`, but not to one another."""
        place = self._names[switch]
        _ip("-n", place, "link", "add", "switch", "type", "bridge")
        _ip("-n", place, "address", "add", address, "dev", "switch")
        _ip("-n", place, "link", "set", "switch", "up")
        for machine, own in machines.items():
            end = self._names[machine]
            _ip("link", "add", "v0", "netns", end, "type", "veth", "peer", "name", machine, "netns", place)
            _ip("-n", place, "link", "set", machine, "master", "switch", "up")
            _ip("-n", place, "link", "set", machine, "type", "bridge_slave", "isolated", "on")
            _ip("-n", end, "address", "add", own, "dev", "v0")
            _ip("-n", end, "link", "set", "v0", "up")

    def route(self, machine: str, via: str) -> None:
        """Let everything that is not near go there."""
        _ip("-n", self._names[machine], "route", "add", "default", "via", via)

    def __enter__(self) -> Self:
        self._was_mounted = _is_mounted()
        for name in self._names.values():
            _ip("netns", "add", name)
            _ip("-n", name, "link", "set", "lo", "up")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name in self._names.values():
            _ip("netns", "del", name)
        if not self._was_mounted and _is_mounted():  # by `ip`, for good: whoever removes this root would stumble
            subprocess.run(["umount", str(_PLACE)], check=True)


def _is_mounted() -> bool:
    return any(line.split()[4] == str(_PLACE) for line in Path("/proc/self/mountinfo").read_text().splitlines())


def _ip(*arguments: str) -> None:
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True)
    assert done.returncode == 0, f"ip {' '.join(arguments)}: {done.stderr}"
