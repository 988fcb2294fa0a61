"""How the sync stands: relay, role, per contact what is on its way and why, and what a relay can see."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Static

from vauchi_tui.actions import sync
from vauchi_tui.actions.delivery import SEVERITY, State
from vauchi_tui.actions.sync import ContactStatus
from vauchi_tui.ui.screens.base import ViewScreen
from vauchi_tui.ui.widgets.table_list import Cell, Row, TableList, blank, heading
from vauchi_tui.ui.words import ago, count, plain

if TYPE_CHECKING:
    from vauchi_tui.actions.context import Context
    from vauchi_tui.ui.live import Live

SEES = (
    ("sees", "your IP address, and when you are connected"),
    ("sees", "that a message is of about 1, 4, 16 or 64 KiB"),
    ("sees", "which mailboxes one connection reads (among decoys)"),
    ("never", "names, values, labels, keys"),
)


@dataclass(frozen=True, slots=True)
class SyncView:
    """The status, read at `now` (unix seconds)."""

    status: sync.Status
    now: int


def sign(state: State, waiting: int, pending: int) -> Cell:
    """Sign and words for one contact or device: `waiting` of the `pending` messages have not left this machine."""
    match state:
        case State.FAILED:
            return Cell(f"✗ {pending} refused", "bad")
        case State.EXPIRED:
            return Cell(f"! {pending} expired", "bad")
        case State.QUEUED:
            return Cell(f"↑ {waiting} to send" if waiting else "↑ to come", "warn")
        case State.STORED:
            return Cell(f"⋯ {pending} on the way", "accent")
        case State.DELIVERED:
            return Cell("✓ delivered", "good")


def contact_rows(contact: ContactStatus, now: int) -> Iterable[Row]:
    """A contact, and where he has several devices, each."""
    words = contact.reason or f"last heard {ago(contact.last_synced, now)}"
    cells = (sign(contact.state, contact.waiting, contact.pending), Cell(f"{plain(contact.name)} · {plain(words)}"))
    yield Row(contact.identity, cells)
    if len(contact.devices) > 1:
        for number, device in enumerate(contact.devices, 1):
            words = device.reason or f"last heard {ago(device.heard, now)}"
            text = f"  device {number} of {len(contact.devices)} · {plain(words)}"
            yield Row(
                ("contact", contact.identity, device.id), (sign(device.state, device.count, device.count), Cell(text))
            )


def relay_rows(view: SyncView, live: "Live | None") -> list[Row]:
    """The relay, whether it can be reached, and who syncs."""
    relay = view.status.relay
    out = [heading("Relay")]
    if relay is None:
        out.append(Row("relay", (Cell("– none", "warn"), Cell("Choose one in the settings (6); changes wait here."))))
    elif live is not None and (offline := live.offline.get(relay)) is not None:
        words = f"{plain(relay)}: {offline.reason} Next try in {round(offline.retry_in)} s."
        out.append(Row("relay", (Cell("✗ offline", "bad"), Cell(words))))
    elif live is not None and live.connecting(relay):
        out.append(Row("relay", (Cell("… connecting", "dim"), Cell(plain(relay)))))
    else:
        out.append(Row("relay", (Cell("✓ in use", "good"), Cell(plain(relay)))))
    if view.status.clock:
        out.append(Row("clock", (Cell("! clock", "bad"), Cell(view.status.clock))))
    if live is not None and live.catching:
        words = " ".join(event.words for event in live.catching.values())
        out.append(Row("catching", (Cell("↓ coming", "accent"), Cell(words))))
    others = [] if live is None else [other for other in live.offline.values() if other.relay != relay]
    for other in others:
        out += [Row(("relay", other.relay), (Cell("✗ offline", "bad"), Cell(f"{plain(other.relay)}: {other.reason}")))]
    if live is not None and live.relay_words:
        state_cell = Cell("✓ runs here", "good") if live.runs_relay else Cell("✗ not here", "warn")
        out.append(Row("here", (state_cell, Cell(live.relay_words))))
    if live is not None and live.stopped:
        out.append(Row("role", (Cell("✗ stopped", "bad"), Cell(live.stopped))))
    else:
        out.append(role_row(view.status.holder, live))
    return out


def role_row(holder: int | None, live: "Live | None") -> Row:
    """Who syncs the profile. `holder`: the process that has the role; what the worker was told counts more."""
    if live is not None and live.holder is not None:
        holder = live.holder
    elif holder == os.getpid():
        return Row("role", (Cell("✓ syncs", "good"), Cell("This window sends and receives for the profile.")))
    elif holder is None:
        return Row("role", (Cell("· starts", "dim"), Cell("This window is about to send and receive.")))
    who = f"Process {holder}" if holder else "Another process"
    return Row("role", (Cell("· waits", "dim"), Cell(f"{who} sends and receives; this window shows what comes.")))


def rows(view: SyncView, live: "Live | None") -> list[Row]:
    """All lines of the screen."""
    out = relay_rows(view, live)
    out += [blank("1"), heading(f"Contacts ({len(view.status.contacts)})")]
    for contact in sorted(view.status.contacts, key=lambda one: SEVERITY.index(one.state)):
        out += contact_rows(contact, view.now)
    if not view.status.contacts:
        out.append(Row("nobody", (Cell("–", "dim"), Cell("You have no contacts yet.", "dim"))))
    if view.status.devices:
        out += [blank("devices"), heading("Your other devices")]
    if live is not None and live.own_left:
        out.append(Row("left", (Cell("↓ coming", "accent"), Cell(f"{count(live.own_left, 'thing')} still to come"))))
    for device in view.status.devices:
        words = "not heard yet" if device.last_seen is None else f"last heard {ago(device.last_seen, view.now)}"
        how = State.QUEUED if device.waiting else State.STORED if device.stored else State.DELIVERED
        cell = sign(how, device.waiting, device.waiting + device.stored)
        out.append(Row(("device", device.id), (cell, Cell(f"{plain(device.name)} · {words}"))))
    out += [blank("2"), heading("What a relay can see")]
    out += [Row(("sees", text), (Cell(kind, "warn" if kind == "sees" else "good"), Cell(text))) for kind, text in SEES]
    return out


class SyncScreen(ViewScreen[SyncView]):
    """Tab 5."""

    TAB = "Sync"
    AUTO_FOCUS = "#status"
    HELP_TEXT = (
        "↑ has not left this machine · ⋯ lies at the contact's relay · ✓ his device has acknowledged it · ! nobody has "
        "fetched it for 30 days · ✗ his relay has refused it. r sends what is under the cursor again. "
        "Nothing is lost while you are offline: it is sent when the relay can be reached."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "app.sync_now", "Sync now", id="sync.now"),
        Binding("r", "resend", "Send again", id="sync.resend"),
        Binding("enter", "open", "Contact", id="sync.open"),
    ]

    def body(self) -> Iterable[Widget]:
        yield Static("", classes="title", id="summary", markup=False)
        yield Static("")
        yield TableList(id="status")

    def wake(self) -> None:
        self.view = None  # what the worker tells is drawn beside the view, and may be all that has changed
        super().wake()

    def read(self, ctx: "Context") -> SyncView:
        return SyncView(sync.status(ctx), ctx.now())

    def show(self, view: SyncView) -> None:
        pending = sum(contact.pending for contact in view.status.contacts)
        summary = f"{count(pending, 'message')} not delivered yet" if pending else "Everything is delivered"
        self.query_one("#summary", Static).update(summary)
        self.query_one(TableList).set_rows(rows(view, self.house.live))

    @on(TableList.Chosen)
    def action_open(self) -> None:
        """The contact under the cursor."""
        from vauchi_tui.ui.screens.contact import ContactScreen

        identity = self._contact
        if identity is not None:
            self.app.push_screen(ContactScreen(identity))

    @property
    def _contact(self) -> bytes | None:
        """Whom the line under the cursor is about."""
        row = self.query_one(TableList).current
        match row.key if row is not None else None:
            case bytes() as identity:
                return identity
            case ("contact", bytes() as identity, _):
                return identity
            case _:
                return None

    async def action_resend(self) -> None:
        """What the contact under the cursor has not acknowledged leaves again; without one, what nobody has."""
        number = await self.house.act(sync.resend, self._contact)
        if number is None:
            return
        self.house.say(
            f"{count(number, 'message')} will be sent again." if number else "There is nothing to send again."
        )
        self.house.action_sync_now()
