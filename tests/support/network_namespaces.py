"""Machines with network interfaces of their own, joined by cables: network namespaces and veth pairs. Takes root.

Each lives as long as a process that sleeps in it: nothing is mounted, so it works in a chroot and leaves nothing.
"""

import subprocess
from types import TracebackType
from typing import Self


class Machines:
    """`with Machines("a", "b") as machines:` – each with loopback only; gone at the end of the block."""

    def __init__(self, *names: str) -> None:
        self._names = names
        self._sleepers: dict[str, subprocess.Popen[str]] = {}
        self._cables = 0

    def inside(self, machine: str) -> list[str]:
        """What a command has to be run by to run on that machine."""
        return ["nsenter", "--net", "--target", self._pid(machine)]

    def cable(self, one: str, one_address: str, other: str, other_address: str) -> None:
        """Join two machines; the addresses have a prefix length, as in 10.0.0.1/24."""
        self._cables += 1
        name = f"v{self._cables}"
        peer = ("peer", "name", name, "netns", self._pid(other))
        _run("ip", "link", "add", name, "netns", self._pid(one), "type", "veth", *peer)
        for machine, address in ((one, one_address), (other, other_address)):
            self._ip(machine, "address", "add", address, "dev", name)
            self._ip(machine, "link", "set", name, "up")

    def isolate(self, switch: str, address: str, **machines: str) -> None:
        """Join machines by a switch that lets each speak to the switch at its `address`, but not to one another."""
        self._ip(switch, "link", "add", "switch", "type", "bridge")
        self._ip(switch, "address", "add", address, "dev", "switch")
        self._ip(switch, "link", "set", "switch", "up")
        for machine, own in machines.items():
            peer = ("peer", "name", machine, "netns", self._pid(switch))
            _run("ip", "link", "add", "v0", "netns", self._pid(machine), "type", "veth", *peer)
            self._ip(switch, "link", "set", machine, "master", "switch", "up")
            self._ip(switch, "link", "set", machine, "type", "bridge_slave", "isolated", "on")
            self._ip(machine, "address", "add", own, "dev", "v0")
            self._ip(machine, "link", "set", "v0", "up")

    def route(self, machine: str, via: str) -> None:
        """Let everything that is not near go there."""
        self._ip(machine, "route", "add", "default", "via", via)

    def __enter__(self) -> Self:
        for name in self._names:
            command = ["unshare", "--net", "sh", "-c", "echo there; exec sleep infinity"]
            sleeper = self._sleepers[name] = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
            assert sleeper.stdout is not None
            assert sleeper.stdout.readline() == "there\n"
            self._ip(name, "link", "set", "lo", "up")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        for sleeper in self._sleepers.values():
            with sleeper:
                sleeper.kill()

    def _pid(self, machine: str) -> str:
        return str(self._sleepers[machine].pid)

    def _ip(self, machine: str, *arguments: str) -> None:
        _run(*self.inside(machine), "ip", *arguments)


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
