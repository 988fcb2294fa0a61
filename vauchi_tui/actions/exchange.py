"""Meeting somebody: showing a code or answering one. The run that follows is an ExchangeRun.

    run = exchange.show(ctx, proof=Method.CODE, grants=exchange.resolve_grants(ctx, ["all"]))
    async for event in run.events(): ...

Events, in order: CodeShown (showing side), then those of `protocol.events` (Scanned, EnterDigits, WrongDigits, Digits,
ShowScan, ScanBack, SecondAnswer, Completed: the keys are agreed, the cards are on their way) and Notice as they happen;
last is Complete or Failed. The sync worker must run beside (`sync.make_worker`), in this process or another.
"""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from pathlib import Path

from vauchi_tui.actions.context import Context
from vauchi_tui.actions.exchange_events import CodeShown, Complete, Failed, Notice
from vauchi_tui.model import edit
from vauchi_tui.model.contact import Method
from vauchi_tui.model.fields import Field
from vauchi_tui.model.visibility import EVERYONE
from vauchi_tui.protocol.events import Event as MachineEvent

Event = CodeShown | Notice | Complete | Failed | MachineEvent


@dataclass(frozen=True, slots=True)
class Offered:
    """A field of the own card before an exchange; `granted`: everyone sees it, so this person will too."""

    field: Field
    granted: bool


def offer(ctx: Context) -> list[Offered]:
    """What the other person will get without further grants, and what could be granted."""
    with ctx.vault.read() as tx:
        card, rules = tx.card.registers(), tx.rules.load()
    out = []
    for field_id in card.field_ids():
        rule = rules.get(field_id, EVERYONE)
        out.append(Offered(card.field(field_id), bool(rule and rule.allowed)))
    return out


def resolve_grants(ctx: Context, names: Iterable[str]) -> frozenset[str]:
    """Field ids of labels, ids, or `all`."""
    with ctx.vault.read() as tx:
        card = tx.card.registers()
    chosen: set[str] = set()
    for name in names:
        chosen |= set(card.field_ids()) if name.casefold() == "all" else {edit.find_field(card, name)}
    return frozenset(chosen)


class ExchangeRun:
    """One exchange from the first byte to the stored contact. Use it inside one running event loop."""

    def events(self) -> AsyncIterator[Event]:
        """What happens, until Complete or Failed. Leaving the loop early does not end the run; `cancel` does."""
        raise NotImplementedError

    async def enter_digits(self, text: str) -> None:
        """The six digits that the other screen shows (showing side, after EnterDigits)."""
        raise NotImplementedError

    async def scan_back(self, image: Path) -> None:
        """A picture of the other screen (showing side, after ScanBack). Raises VauchiError where no code is in it."""
        raise NotImplementedError

    async def cancel(self) -> None:
        """End the exchange and tell the other side. Does nothing once it is over."""
        raise NotImplementedError


def show(ctx: Context, *, proof: Method = Method.CODE, grants: Iterable[str] = ()) -> ExchangeRun:
    """Show a code. `grants`: ids of fields that this person will see beside those that everyone does."""
    raise NotImplementedError


def scan(ctx: Context, code_text: str, *, relay: str | None = None, grants: Iterable[str] = ()) -> ExchangeRun:
    """Answer a code that was read or pasted. Raises ExchangeRefused or Malformed at once for a code that is no good.

    `relay`: where the shower listens, for a code that does not carry it.
    """
    raise NotImplementedError


def read_image(image: Path) -> str:
    """The code in a picture; raises VauchiError where there is none or where the picture cannot be read."""
    raise NotImplementedError
