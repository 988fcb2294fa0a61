"""Settings: relay, sound, own devices, how the vault is locked, theme, this device."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Static

from vauchi_tui.actions import card, devices, lan, relay, relay_here, settings, sound
from vauchi_tui.ui import theme
from vauchi_tui.ui.screens import device_settings, sound_settings
from vauchi_tui.ui.screens.base import ViewScreen
from vauchi_tui.ui.widgets.table_list import Cell, Row, TableList, blank, heading
from vauchi_tui.ui.words import plain

if TYPE_CHECKING:
    from vauchi_tui.actions.context import Context

LOCKS = {
    "passphrase": "opens with your passphrase",
    "keyring": "opens with the keyring of this computer",
    "file": "opens with a key file: whoever reads your files reads it",
}


@dataclass(frozen=True, slots=True)
class SettingsView:
    """`locks` are the ways in which the vault opens; read at `now` (unix s, whole minutes)."""

    relay: str
    runs_here: bool
    lan: bool
    delays_receipts: bool
    sound: sound.Choices
    devices: tuple[devices.OwnDevice, ...]
    now: int
    fingerprint: str
    locks: tuple[str, ...]
    folder: str


class SettingsScreen(ViewScreen[SettingsView]):
    """Tab 6."""

    TAB = "Settings"
    AUTO_FOCUS = "#settings"
    HELP_TEXT = "⏎ changes the line under the cursor, or copies it where it cannot be changed."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "change", "Change", id="settings.change"),
        Binding("r", "relay", "Relay", id="settings.relay"),
        Binding("h", "here", "Run a relay here", id="settings.here"),
        Binding("l", "link", "Link a device", id="settings.link"),
        Binding("s", "sound_check", "Sound check", id="settings.sound_check"),
        Binding("t", "theme", "Theme", id="settings.theme"),
        Binding("y", "copy", "Copy", show=False, id="settings.copy"),
    ]

    def body(self) -> Iterable[Widget]:
        yield Static("")
        yield TableList(id="settings")

    @property
    def table(self) -> TableList:
        return self.query_one(TableList)

    def read(self, ctx: "Context") -> SettingsView:
        from vauchi_tui.actions.profile_locks import locks

        return SettingsView(
            settings.get(ctx, "relay").value,
            relay_here.runs_here(ctx),
            settings.get(ctx, lan.KEY).value == "on",
            settings.get(ctx, settings.RECEIPTS).value == "on",
            sound.choices(ctx),
            tuple(replace(one, last_seen=None) if one.this else one for one in devices.list_devices(ctx)),
            ctx.now() // 60 * 60 + 59,
            card.show(ctx).fingerprint,
            locks(ctx.profile),
            str(ctx.profile.data),
        )

    def show(self, view: SettingsView) -> None:
        live = self.house.live
        words = live.relay_words if live is not None else ""
        told = "within a day: hides when you are here" if view.delays_receipts else "at once: contacts see you are here"
        near = "on: people near you are met without a relay" if view.lan else "off: exchanges go over a relay only"
        here = words if view.runs_here else "off: h runs one for the people in your network"
        out = [
            heading("Relay"),
            Row(
                "relay",
                (Cell("Address", "strong"), Cell(plain(view.relay) or "none: changes wait until you choose one")),
            ),
            Row("here", (Cell("Relay here", "strong"), Cell(here))),
            Row("lan", (Cell("Network", "strong"), Cell(near))),
            Row("receipts", (Cell("Receipts", "strong"), Cell(told))),
            blank("1"),
            *sound_settings.rows(view.sound),
            blank("2"),
            *device_settings.rows(view.devices, view.now),
            blank("devices"),
            heading("This device"),
            Row("fingerprint", (Cell("Fingerprint", "strong"), Cell(view.fingerprint))),
            Row("folder", (Cell("Vault", "strong"), Cell(view.folder))),
            *(
                Row(("lock", lock), (Cell("", "strong"), Cell(LOCKS[lock], "warn" if lock == "file" else "")))
                for lock in view.locks
            ),
            blank("3"),
            heading("Looks"),
            Row("theme", (Cell("Theme", "strong"), Cell(theme.NAMES.get(self.app.theme, self.app.theme)))),
        ]
        self.table.set_rows(out)

    @on(TableList.Chosen)
    async def action_change(self) -> None:
        row = self.table.current
        match row.key if row is not None else None:
            case "relay":
                self.action_relay()
            case "here":
                await self.action_here()
            case "lan":
                await self._switch_lan()
            case "receipts":
                await self._switch_receipts()
            case ("device", bytes() as device_id):
                device_settings.change(self, device_id)
            case device_settings.LINK:
                self.action_link()
            case sound_settings.Line() as line:
                self.run_worker(sound_settings.change(self, line))
            case "theme":
                self.action_theme()
            case _:
                self.action_copy()

    def action_link(self) -> None:
        """Another device of one's own."""
        device_settings.link(self)

    def action_copy(self) -> None:
        if (row := self.table.current) is not None and len(row.columns) > 1:
            self.app.copy_to_clipboard(row.columns[1].text)
            self.house.say(f"Copied {row.columns[1].text}.")

    def action_relay(self) -> None:
        from vauchi_tui.ui.screens.prompts import LinePrompt

        words = "HOST, HOST:PORT, or a ws:// or wss:// address. All contacts are told of a change."
        current = self.view.relay if self.view is not None else ""

        def answered(address: str | None) -> None:
            if address:
                self.run_worker(self._move(address))

        self.app.push_screen(LinePrompt("Your relay", current, hint="relay.example.org", words=words), answered)

    async def _move(self, address: str) -> None:
        url = await self.house.act(settings.set_relay, address)
        if url is not None:
            self.house.say(f"Your contacts will send to {plain(url)}.")
            self.wake()

    async def action_here(self) -> None:
        """Start or stop the relay inside this window; with no address set, it becomes one's relay."""
        live = self.house.live
        if live is None or self.view is None:
            return
        if live.runs_relay:
            await live.stop_relay()
            await self.house.act(relay_here.set_runs_here, False)
            self.house.say("The relay here is off. Choose another address, or changes wait.")
        else:
            self.house.say(await live.start_relay())
            await self.house.act(relay_here.set_runs_here, True)
            if not self.view.relay:
                await self._move(f"{relay.local_address() or '127.0.0.1'}:{relay.PORT}")
        self.view = None
        self.wake()

    async def _switch_receipts(self) -> None:
        """Tell contacts at once, or within a day, that their messages have arrived."""
        if self.view is not None:
            value = "off" if self.view.delays_receipts else "on"
            await self.house.act(settings.set_value, settings.RECEIPTS, value)
            self.view = None
            self.wake()

    async def _switch_lan(self) -> None:
        """Whether an exchange looks for the other device in the local network."""
        if self.view is not None:
            await self.house.act(settings.set_value, lan.KEY, "off" if self.view.lan else "on")
            self.view = None
            self.wake()

    async def action_sound_check(self) -> None:
        await sound_settings.change(self, sound_settings.Line.CHECK)

    def action_theme(self) -> None:
        """The next of the looks."""
        names = list(theme.NAMES)
        place = names.index(self.app.theme) if self.app.theme in names else -1
        self.app.theme = names[(place + 1) % len(names)]
        self.run_worker(self.house.keep_theme())
        if self.view is not None:
            self.show(self.view)
