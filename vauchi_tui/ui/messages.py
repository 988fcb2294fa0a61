"""What wakes the screens."""

from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from vauchi_tui.sync.events import SyncEvent


class VaultChanged(Message):
    """Some process has changed the vault; screens read again. Several in a row become one."""

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, VaultChanged)


class SyncHappened(Message):
    """What the sync worker of this process has told meanwhile, in order."""

    def __init__(self, *events: "SyncEvent") -> None:
        super().__init__()
        self.events = events
