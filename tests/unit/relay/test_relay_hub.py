from typing import cast

from vauchi_tui.relay.hub import Hub
from vauchi_tui.relay.limits import Limits
from vauchi_tui.relay.store import Store


class Recorder:
    def __init__(self) -> None:
        self.woken: list[bytes] = []

    def wake(self, address: bytes) -> None:
        self.woken.append(address)


def hub() -> Hub:
    return Hub(cast(Store, None), Limits(), lambda: 0.0)


def test_only_readers_of_the_mailbox_are_woken() -> None:
    index, one, two, three = hub(), Recorder(), Recorder(), Recorder()
    for reader in (one, two, three):
        index.add(b"shared", reader)
    index.add(b"own", two)
    index.wake(b"own")
    index.wake(b"shared")
    index.wake(b"unknown")
    assert (one.woken, two.woken, three.woken) == ([b"shared"], [b"own", b"shared"], [b"shared"])


def test_who_leaves_is_forgotten_and_the_others_stay() -> None:
    index, readers = hub(), [Recorder() for _ in range(3)]
    for reader in readers:
        index.add(b"shared", reader)
    for gone in (1, 0, 2):
        index.remove([b"shared", b"never added"], readers[gone])
        index.wake(b"shared")
    assert [len(reader.woken) for reader in readers] == [1, 0, 2]
