"""The person's own devices: which there are, how they are called, and that one is no more."""

import os
import re
from dataclasses import dataclass

from vauchi_tui.actions.context import Context
from vauchi_tui.errors import Ambiguous, InvalidValue, NotFound
from vauchi_tui.model import limits
from vauchi_tui.model.clock import Ticker
from vauchi_tui.model.fields import clean_label
from vauchi_tui.protocol.keys import device_added_key, device_name_key
from vauchi_tui.vault.tx import Tx

_UNIX = re.compile(r"[0-9]{1,11}")  # another device wrote it: no number that is no time
_PREFIX = 4  # characters of an id that may stand for it


@dataclass(frozen=True, slots=True)
class OwnDevice:
    """One of the person's devices. `primary` holds the identity; `this` is the one that the program runs on.

    `id`: 16 bytes. `added` and `last_seen` in unix seconds; None where that is not known, or not yet so.
    """

    id: bytes
    name: str
    primary: bool
    this: bool
    added: int | None
    last_seen: int | None


def default_name() -> str:
    """How this device is called unless the person says otherwise: the name of the computer."""
    try:
        return clean_label(os.uname().nodename.partition(".")[0])
    except InvalidValue:
        return "computer"


def introduce_oneself(tx: Tx, ticker: Ticker) -> None:
    """Give this device a name that others show, unless it has one; profiles of earlier versions have none."""
    key = device_name_key(tx.me.device().id)
    if tx.shared.get(key).value is None:
        tx.shared.set(key, default_name(), ticker.tick())


def free_name(tx: Tx, name: str) -> str:
    """The name, with a number behind it where another device has it: many computers are called alike."""
    taken = {device.name.casefold() for device in _all(tx, 0)}
    numbered = (f"{name[: limits.LABEL_LENGTH - 3]} {number}" for number in range(2, limits.DEVICES + 2))
    return next(one for one in (name, *numbered) if one.casefold() not in taken)


def list_devices(ctx: Context) -> tuple[OwnDevice, ...]:
    """All of them, the first device first, then in the order in which they were linked."""
    with ctx.vault.read() as tx:
        return _all(tx, ctx.now())


def rename(ctx: Context, who: str | bytes, name: str) -> OwnDevice:
    """Call a device by another name. `who`: a name, the beginning of an id in hex, or the id (bytes).

    Raises NotFound, naming the devices there are, and InvalidValue where the name is taken or no name.
    """
    name = clean_label(name)
    with ctx.vault.write() as tx:
        now = ctx.now()
        device = _find(tx, who, now)
        if any(other.name.casefold() == name.casefold() for other in _all(tx, now) if other.id != device.id):
            raise InvalidValue(f"Another device of yours is called “{name}” already.", "Choose another name.")
        ticker = tx.clock.ticker(ctx.now_ms())
        tx.shared.set(device_name_key(device.id), name, ticker.tick())
        tx.clock.save(ticker)
        return _find(tx, device.id, now)


def revoke(ctx: Context, who: str | bytes) -> OwnDevice:
    """A device is one's own no more: it wipes itself when it hears of it, and everybody stops sending to it.

    Only the first device can, and never itself. `who` as for `rename`. Raises NotFound and InvalidValue.
    """
    from vauchi_tui.sync import revoke as revoking

    with ctx.vault.write() as tx:
        device = _find(tx, who, ctx.now())
        revoking.revoke(tx, device.id, ctx.now(), ctx.rng)
        tx.history.add(ctx.now(), None, "devices", f"You revoked your device “{device.name}”.")
        return device


def find(ctx: Context, who: str | bytes) -> OwnDevice:
    """One device, as `rename` finds it. Raises NotFound."""
    with ctx.vault.read() as tx:
        return _find(tx, who, ctx.now())


def _all(tx: Tx, now: int) -> tuple[OwnDevice, ...]:
    own_id, others = tx.me.device().id, {device.id: device for device in tx.devices.others()}
    out = []
    for number, listed in enumerate(tx.me.devices().devices):
        known, this = others.get(listed.id), listed.id == own_id
        added = tx.shared.get(device_added_key(listed.id)).value or ""
        since = int(added) if _UNIX.fullmatch(added) else known.added_at if known else None
        seen = now if this else known.last_seen if known else None
        unnamed = default_name() if this else f"device {listed.id.hex()[:_PREFIX]}"
        name = tx.shared.get(device_name_key(listed.id)).value or unnamed
        # The list keeps its order, and begins with the device that has made the identity.
        out.append(OwnDevice(listed.id, name, number == 0, this, since, seen))
    return tuple(out)


def _find(tx: Tx, who: str | bytes, now: int) -> OwnDevice:
    devices = _all(tx, now)
    if isinstance(who, bytes):
        found = [device for device in devices if device.id == who]
    else:
        wanted = who.strip().casefold()
        found = [device for device in devices if device.name.casefold() == wanted]
        if not found and len(wanted) >= _PREFIX:
            found = [device for device in devices if device.id.hex().startswith(wanted)]
    if len(found) == 1:
        return found[0]
    there = ", ".join(f"{device.name} ({device.id.hex()[:8]})" for device in found or devices)
    if found:
        raise Ambiguous("Several devices of yours are called so.", f"Give the beginning of an id: {there}.")
    raise NotFound("You have no such device.", f"There are: {there}.")
