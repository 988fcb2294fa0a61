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
    """The sync worker of this process tells something."""

    def __init__(self, event: "SyncEvent") -> None:
        super().__init__()
        self.event = event
