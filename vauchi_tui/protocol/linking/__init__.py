"""Linking: the handshake of an exchange between a person's primary device and a new one (protocol page, section 4)."""

from vauchi_tui.protocol.linking.joining import Joining
from vauchi_tui.protocol.linking.linked import Joined, Linked
from vauchi_tui.protocol.linking.offering import Offering

__all__ = ["Joined", "Joining", "Linked", "Offering"]
