"""Settings by key, and moving to another relay."""

import json
from dataclasses import dataclass

from vauchi_tui.actions.context import Context
from vauchi_tui.errors import NotFound
from vauchi_tui.model import edit
from vauchi_tui.protocol import relay_address
from vauchi_tui.sync import fanout


@dataclass(frozen=True, slots=True)
class Setting:
    """`words` say what it does; an empty `value` means not set."""

    key: str
    value: str
    words: str


WORDS = {"relay": "Where contacts send to you: HOST, HOST:PORT or a ws:// or wss:// address."}


def list_settings(ctx: Context) -> list[Setting]:
    """Every setting with its value."""
    with ctx.vault.read() as tx:
        return [Setting(key, tx.settings.get(key) or "", words) for key, words in WORDS.items()]


def get(ctx: Context, key: str) -> Setting:
    """One setting. Raises NotFound, naming the keys there are."""
    _known(key)
    with ctx.vault.read() as tx:
        return Setting(key, tx.settings.get(key) or "", WORDS[key])


def set_value(ctx: Context, key: str, value: str) -> Setting:
    """Set a setting. For `relay` see `set_relay`."""
    _known(key)
    set_relay(ctx, value)
    return get(ctx, key)


def set_relay(ctx: Context, address: str) -> str:
    """Move to another relay and tell all contacts. Returns the address as it will be used.

    The old one is read until everybody has acknowledged the move, at least 30 days.
    """
    url = relay_address.normalise(address)
    with ctx.vault.write() as tx:
        old = tx.settings.get("relay")
        if old == url:
            return url
        if old is not None:
            kept = [row for row in json.loads(tx.settings.get("old_relays") or "[]") if row["url"] not in (old, url)]
            tx.settings.set("old_relays", json.dumps([*kept, {"url": old, "since": ctx.now()}]))
        tx.settings.set("relay", url)
        ticker = tx.clock.ticker(ctx.now_ms())
        tx.card.apply(edit.set_relay(tx.card.registers(), url, ticker))
        tx.clock.save(ticker)
        fanout.request(tx, ctx.now_ms())
    return url


def _known(key: str) -> None:
    if key not in WORDS:
        raise NotFound(f"There is no setting “{key}”.", f"There is: {', '.join(WORDS)}.")
