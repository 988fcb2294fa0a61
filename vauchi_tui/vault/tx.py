"""One transaction on the vault, by aggregate."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from vauchi_tui.vault.rows import Connection

if TYPE_CHECKING:
    from vauchi_tui.vault.announcements import AnnouncementsTable
    from vauchi_tui.vault.card import CardTable
    from vauchi_tui.vault.clock import ClockTable
    from vauchi_tui.vault.codes import CodesTable
    from vauchi_tui.vault.consumed import ConsumedTable
    from vauchi_tui.vault.contacts import ContactsTable
    from vauchi_tui.vault.devices import DevicesTable
    from vauchi_tui.vault.fanout import FanoutTable
    from vauchi_tui.vault.handshakes import HandshakesTable
    from vauchi_tui.vault.heard import HeardTable
    from vauchi_tui.vault.history import HistoryTable
    from vauchi_tui.vault.labels import LabelsTable
    from vauchi_tui.vault.links import LinksTable
    from vauchi_tui.vault.me import MeTable
    from vauchi_tui.vault.outbox import OutboxTable
    from vauchi_tui.vault.owed import OwedTable
    from vauchi_tui.vault.rules import RulesTable
    from vauchi_tui.vault.settings import SettingsTable
    from vauchi_tui.vault.shared import SharedTable
    from vauchi_tui.vault.takeovers import TakeoversTable


class Tx:
    """What can be read, and in a write transaction changed. Valid inside its `with` block only.

    The module of an aggregate is imported when it is first asked for: looking at the card needs no session.
    """

    me: "MeTable"
    clock: "ClockTable"
    card: "CardTable"
    rules: "RulesTable"
    labels: "LabelsTable"
    contacts: "ContactsTable"
    links: "LinksTable"
    outbox: "OutboxTable"
    fanout: "FanoutTable"
    consumed: "ConsumedTable"
    codes: "CodesTable"
    heard: "HeardTable"
    history: "HistoryTable"
    settings: "SettingsTable"
    devices: "DevicesTable"
    owed: "OwedTable"
    shared: "SharedTable"
    handshakes: "HandshakesTable"
    takeovers: "TakeoversTable"
    announcements: "AnnouncementsTable"

    __slots__ = (
        "_connection",
        "announcements",
        "card",
        "clock",
        "codes",
        "consumed",
        "contacts",
        "devices",
        "fanout",
        "handshakes",
        "heard",
        "history",
        "labels",
        "links",
        "me",
        "outbox",
        "owed",
        "rules",
        "settings",
        "shared",
        "takeovers",
    )

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def wipe(self) -> None:
        """Delete every row of every table; what is deleted is overwritten (`secure_delete`)."""
        tables = self._connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (name,) in tables:
            if not name.startswith("sqlite_"):
                self._connection.execute(f'DELETE FROM "{name}"')

    if not TYPE_CHECKING:  # or every misspelt name would be an aggregate to the type checker

        def __getattr__(self, name: str) -> Any:
            if name not in Tx.__slots__:
                raise AttributeError(name)
            module = import_module(f"vauchi_tui.vault.{name}")
            table = getattr(module, f"{name.capitalize()}Table")(self._connection)
            setattr(self, name, table)
            return table
