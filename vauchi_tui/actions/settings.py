"""Settings by key, and moving to another relay."""

from collections.abc import Callable
from dataclasses import dataclass

from vauchi_tui.actions import lan, sound
from vauchi_tui.actions.context import Context
from vauchi_tui.errors import InvalidValue, NotFound
from vauchi_tui.model import edit
from vauchi_tui.protocol import relay_address
from vauchi_tui.sync import fanout

RELAY, NOTIFICATIONS, RECEIPTS = "relay", "notifications", "delay_receipts"


@dataclass(frozen=True, slots=True)
class Setting:
    """`words` say what it does; an empty `value` means not set."""

    key: str
    value: str
    words: str


def list_settings(ctx: Context) -> list[Setting]:
    """Every setting with its value."""
    return [get(ctx, key) for key in _KINDS]


def get(ctx: Context, key: str) -> Setting:
    """One setting. Raises NotFound, naming the keys there are."""
    kind = _kind(key)
    with ctx.vault.read() as tx:
        return Setting(key, tx.settings.get(key) or kind.default, kind.words)


def set_value(ctx: Context, key: str, value: str) -> Setting:
    """Set a setting. Raises InvalidValue, and the old value stays. For `relay` see `set_relay`."""
    _kind(key).store(ctx, value.strip())
    return get(ctx, key)


def set_relay(ctx: Context, address: str) -> str:
    """Move to another relay and tell all contacts. Returns the address as it will be used.

    The old one is read until everybody has acknowledged the move, at least 30 days.
    """
    from vauchi_tui.sync import relays

    url = relay_address.normalise(address)
    with ctx.vault.write() as tx:
        if tx.settings.get(RELAY) == url:
            return url
        relays.move(tx, url, ctx.now())
        ticker = tx.clock.ticker(ctx.now_ms())
        changes = edit.set_relay(tx.card.registers(), url, ticker)
        tx.card.apply(changes)
        tx.clock.save(ticker)
        fanout.edited(tx, ctx.now_ms(), changes)
    return url


def notifies(ctx: Context) -> bool:
    """Does the person want to hear on the desktop what `sync --watch` receives?"""
    return get(ctx, NOTIFICATIONS).value == "on"


def _switch(key: str, title: str) -> Callable[[Context, str], None]:
    def store(ctx: Context, value: str) -> None:
        if value.casefold() not in ("on", "off"):
            raise InvalidValue(title, f"`vauchi settings {key} off`")
        with ctx.vault.write() as tx:
            tx.settings.set(key, value.casefold())

    return store


@dataclass(frozen=True, slots=True)
class _Kind:
    words: str
    default: str
    store: Callable[[Context, str], object]


_KINDS = {
    RELAY: _Kind("Where contacts send to you: HOST, HOST:PORT or a ws:// or wss:// address.", "", set_relay),
    lan.KEY: _Kind(
        "Meet people in the same network without a relay: on or off.",
        "on",
        _switch(lan.KEY, "The local network is on or off."),
    ),
    sound.WANTED: _Kind("Prove by sound that two people are together: auto or off.", sound.AUTO, sound.set_wanted),
    sound.INPUT: _Kind(
        "The microphone: its name or a part of it; default is the system’s.", sound.SYSTEM, sound.set_microphone
    ),
    sound.OUTPUT: _Kind(
        "The speaker: its name or a part of it; default is the system’s.", sound.SYSTEM, sound.set_speaker
    ),
    sound.LEVEL: _Kind("How loud it plays, in dBFS: −40 to 0.", f"{sound.DEFAULT_LEVEL:g}", sound.set_level),
    RECEIPTS: _Kind(
        "Tell contacts only at some time within 24 hours that their messages have arrived, so that they cannot see "
        "when you are at this machine: on or off.",
        "off",
        _switch(RECEIPTS, "Delayed receipts are on or off."),
    ),
    NOTIFICATIONS: _Kind(
        "Say on the desktop what `sync --watch` receives: on or off.",
        "on",
        _switch(NOTIFICATIONS, "Notifications are on or off."),
    ),
}


def _kind(key: str) -> _Kind:
    if key not in _KINDS:
        raise NotFound(f"There is no setting “{key}”.", f"There is: {', '.join(_KINDS)}.")
    return _KINDS[key]
