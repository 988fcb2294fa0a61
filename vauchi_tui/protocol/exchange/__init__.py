"""The exchange in person: two sans-I/O machines, `Showing` and `Scanning` (protocol page, section 2)."""

from vauchi_tui.protocol.exchange.established import Established, Role
from vauchi_tui.protocol.exchange.scanning import Scanning
from vauchi_tui.protocol.exchange.showing import Showing

__all__ = ["Established", "Role", "Scanning", "Showing"]
