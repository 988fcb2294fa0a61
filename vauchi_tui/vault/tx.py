"""One transaction on the vault, by aggregate."""

from vauchi_tui.vault.card import CardTable
from vauchi_tui.vault.clock import ClockTable
from vauchi_tui.vault.codes import CodesTable
from vauchi_tui.vault.consumed import ConsumedTable
from vauchi_tui.vault.contacts import ContactsTable
from vauchi_tui.vault.fanout import FanoutTable
from vauchi_tui.vault.history import HistoryTable
from vauchi_tui.vault.links import LinksTable
from vauchi_tui.vault.me import MeTable
from vauchi_tui.vault.outbox import OutboxTable
from vauchi_tui.vault.rows import Connection
from vauchi_tui.vault.rules import RulesTable
from vauchi_tui.vault.settings import SettingsTable


class Tx:
    """What can be read, and in a write transaction changed. Valid inside its `with` block only."""

    __slots__ = (
        "card",
        "clock",
        "codes",
        "consumed",
        "contacts",
        "fanout",
        "history",
        "links",
        "me",
        "outbox",
        "rules",
        "settings",
    )

    def __init__(self, connection: Connection) -> None:
        self.me = MeTable(connection)
        self.clock = ClockTable(connection)
        self.card = CardTable(connection)
        self.rules = RulesTable(connection)
        self.contacts = ContactsTable(connection)
        self.links = LinksTable(connection)
        self.outbox = OutboxTable(connection)
        self.fanout = FanoutTable(connection)
        self.consumed = ConsumedTable(connection)
        self.codes = CodesTable(connection)
        self.history = HistoryTable(connection)
        self.settings = SettingsTable(connection)
