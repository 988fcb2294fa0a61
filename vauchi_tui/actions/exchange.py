"""Meeting somebody: showing a code or answering one. What follows is an ExchangeRun.

    run = exchange.show(ctx, wanted=Wanted.AUTO, sound=pair, grants=exchange.resolve_grants(ctx, ["all"]))
    async for event in run.events(): ...

Events (`exchange_events.Event`): CodeShown first (showing side), then those of `protocol.events` and Notice as they
happen; `Completed` means that the keys are agreed and the cards are on their way; last is Complete or Failed.
The sync worker must run beside (`sync.running`), in this process or another.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from vauchi_tui.actions.context import Context
from vauchi_tui.actions.exchange_events import CodeShown, Event
from vauchi_tui.actions.exchange_run import ExchangeRun
from vauchi_tui.actions.exchange_ways import NOBODY_HERE, Ways, ways
from vauchi_tui.actions.exchange_ways import discovery as found_here
from vauchi_tui.actions.sound import Pair
from vauchi_tui.crypto.primitives import sha256
from vauchi_tui.errors import ExchangeRefused, VauchiError
from vauchi_tui.model import edit
from vauchi_tui.model.fields import Field
from vauchi_tui.model.labels import SIGN
from vauchi_tui.model.visibility import EVERYONE, label_audience
from vauchi_tui.protocol import relay_address
from vauchi_tui.protocol.code import REMEMBERED_AFTER_EXPIRY, ExchangeCode, parse_code, to_text
from vauchi_tui.protocol.devices import DeviceList, OwnPerson
from vauchi_tui.protocol.exchange import Scanning, Showing
from vauchi_tui.protocol.proof import Wanted
from vauchi_tui.proximity.live import OpenCard
from vauchi_tui.proximity.soundcard import SoundCard
from vauchi_tui.sync import fanout, introduce
from vauchi_tui.sync.lan_discovery import Discovery


@dataclass(frozen=True, slots=True)
class Offered:
    """A field of the own card before an exchange. `granted`: everyone sees it, so this person will too.

    `labels`: audiences of the labels whose members see it.
    """

    field: Field
    granted: bool
    labels: frozenset[str] = frozenset()

    def given(self, grants: Iterable[str]) -> bool:
        """Will this person get it with those grants?"""
        return self.granted or any(one == self.field.id or one in self.labels for one in grants)


def offer(ctx: Context) -> list[Offered]:
    """What the other person will get without further grants, and what could be granted."""
    with ctx.vault.read() as tx:
        card, now = tx.card.registers(), fanout.access(tx)
    who = [EVERYONE, *(label_audience(label.id) for label in now.labels.living())]
    out = []
    for field_id in card.field_ids():
        granted = {audience for audience in who if now.granted(field_id, audience)}
        out.append(Offered(card.field(field_id), EVERYONE in granted, frozenset(granted - {EVERYONE})))
    return out


def offered_labels(ctx: Context) -> dict[str, str]:
    """Audience of a label that this person could join → how it is called, by name."""
    with ctx.vault.read() as tx:
        return {label_audience(label_id): title for label_id, title in tx.labels.load().titles().items()}


def resolve_grants(ctx: Context, names: Iterable[str]) -> frozenset[str]:
    """The grants that a person means: ids of fields by label, id, or `all`; for `@label` that label's audience.

    Raises NotFound, naming the labels there are.
    """
    with ctx.vault.read() as tx:
        card, labels = tx.card.registers(), tx.labels.load()
    chosen: set[str] = set()
    for name in names:
        if name.startswith(SIGN):
            chosen.add(label_audience(labels.find(name).id))
        else:
            chosen |= set(card.field_ids()) if name.casefold() == "all" else {edit.find_field(card, name)}
    return frozenset(chosen)


def show(
    ctx: Context,
    *,
    wanted: Wanted = Wanted.AUTO,
    grants: Iterable[str] = (),
    discovery: Discovery | None = None,
    sound: Pair | None = None,
    card: OpenCard = SoundCard,
) -> ExchangeRun:
    """Show a code. `wanted`: how the other person is to prove that it is theirs; `sound`: see `sound.find_pair`;
    `card` opens it.

    `grants`: as `resolve_grants` gives them, beside what everyone sees. The local network is used as `lan.discovery`
    has it, or with the `discovery` given. Raises ExchangeRefused where the other side could answer neither there nor
    over a relay, and where sound is wanted without a `sound` to make it.
    """
    if wanted is Wanted.SOUND and sound is None:
        raise ExchangeRefused(
            "Sound was asked for, and this device has none to prove with.", "`vauchi doctor --sound` says why."
        )
    with ctx.vault.read() as tx:
        own = tx.me.person()
    discovery = discovery or found_here(ctx, own.relay)
    machine = Showing(
        own,
        wanted=wanted,
        now=ctx.clock(),
        monotonic=time.monotonic(),
        rng=ctx.rng,
        relay=own.relay,
        sound=sound is not None,
        check_list=_list_check(ctx),
    )
    code = machine.code
    with ctx.vault.write() as tx:  # so that this profile knows its own code when it meets it
        tx.codes.sweep(ctx.now())
        tx.codes.remember(_own_mark(code), code.expiry + REMEMBERED_AFTER_EXPIRY)
    apart = own.relay is not None and "/" not in code.text()
    shown = CodeShown(code.text(), code.text(with_relay=False), code.expiry, own.relay, apart)
    return _run(ctx, own, machine, _ways(ctx, machine, own.relay, discovery), grants, [shown], sound, card)


def scan(
    ctx: Context,
    code_text: str,
    *,
    relay: str | None = None,
    grants: Iterable[str] = (),
    discovery: Discovery | None = None,
    sound: Pair | None = None,
    card: OpenCard = SoundCard,
) -> ExchangeRun:
    """Answer a code that was read or pasted. Raises ExchangeRefused at once for one that may not be answered.

    `relay`: where the shower listens, for a code that does not carry it. `discovery`, `sound`, `card`: as for `show`;
    without `sound` the shower is told that there is none here.
    """
    code = parse_code(code_text)
    with ctx.vault.read() as tx:
        own = tx.me.person()
        used, own_code = tx.codes.used(code.token_hash), tx.codes.used(_own_mark(code))
    machine = Scanning(
        own,
        code,
        now=ctx.clock(),
        monotonic=time.monotonic(),
        rng=ctx.rng,
        used=used,
        own_code=own_code,
        sound=sound is not None,
        check_list=_list_check(ctx),
    )
    where, words = relay_address.normalise(relay) if relay else code.relay, ""
    if where is None:
        where = own.relay
        words = NOBODY_HERE if where is None else f"The code names no relay, so yours is used: {where}"
    ways = _ways(ctx, machine, where, discovery or found_here(ctx, where), words)
    return _run(ctx, own, machine, ways, grants, [], sound, card)


def read_image(image: Path) -> str:
    """The code in a picture. Raises VauchiError where there is none or where the picture cannot be read."""
    from vauchi_tui.optics.qr_read import read_codes

    texts = read_codes(image)
    if not texts:
        raise VauchiError(f"There is no code in {image.name}.", "Take the picture again: the whole code, sharp.")
    if len(texts) > 1:
        raise VauchiError(f"There are several codes in {image.name}.", "Take a picture of the one code only.")
    return texts[0]


def scan_text(payload: bytes) -> str:
    """What the scanning side draws as a QR code after ShowScan."""
    return to_text(payload)


def _run(
    ctx: Context,
    own: OwnPerson,
    machine: Showing | Scanning,
    ways: Ways,
    grants: Iterable[str],
    opening: list[Event],
    sound: Pair | None,
    card: OpenCard,
) -> ExchangeRun:
    return ExchangeRun(ctx, own, machine, ways, grants, opening, read_image, sound, card)


def _ways(
    ctx: Context, machine: Showing | Scanning, relay: str | None, discovery: Discovery | None, without_lan: str = ""
) -> Ways:
    with ctx.vault.read() as tx:
        secret = tx.settings.local_secret()
    return ways(
        machine.code,
        relay,
        discovery,
        showing=isinstance(machine, Showing),
        decoy_secret=secret,
        now=ctx.now(),
        rng=ctx.rng,
        without_lan=without_lan,
    )


def _own_mark(code: ExchangeCode) -> bytes:
    return sha256(b"vauchi/own-code/1" + code.token)


def _list_check(ctx: Context) -> Callable[[DeviceList], None]:
    def check(devices: DeviceList) -> None:
        with ctx.vault.read() as tx:
            introduce.check_devices(tx, devices)

    return check
