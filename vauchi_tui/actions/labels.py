"""Labels: groups that one makes of one's contacts. A change that shows or hides a field is sent as any other."""

import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from vauchi_tui.actions.context import Context
from vauchi_tui.actions.visibility import reached
from vauchi_tui.model import labels
from vauchi_tui.model.fields import Field
from vauchi_tui.model.labels import Label, Labels
from vauchi_tui.model.visibility import label_audience
from vauchi_tui.sync import fanout
from vauchi_tui.vault.tx import Tx


@dataclass(frozen=True, slots=True)
class LabelView:
    """One label: how to call it, the fields that its members see by it, and who they are, by name."""

    id: str
    title: str
    fields: tuple[Field, ...]
    members: tuple[tuple[bytes, str], ...]


def show(ctx: Context) -> list[LabelView]:
    """All labels by name."""
    with ctx.vault.read() as tx:
        card, now, contacts = tx.card.registers(), fanout.access(tx), tx.contacts.all()
    out = []
    for label_id, title in now.labels.titles().items():
        seen = [card.field(one) for one in card.field_ids() if now.granted(one, label_audience(label_id))]
        inside = now.labels.members(label_id)
        members = [(contact.identity, contact.name) for contact in contacts if contact.identity in inside]
        out.append(LabelView(label_id, title, tuple(seen), tuple(members)))
    return out


def titles(ctx: Context) -> Mapping[str, str]:
    """Label id → how to call it, in the order of the names."""
    with ctx.vault.read() as tx:
        return tx.labels.load().titles()


def find(ctx: Context, name: str) -> Label:
    """The label of that name, with or without @, or id. Raises NotFound or Ambiguous."""
    with ctx.vault.read() as tx:
        return tx.labels.load().find(name)


def create(ctx: Context, name: str) -> Label:
    """A new label without members, which shows nothing yet."""
    with ctx.vault.write() as tx:
        ticker = tx.clock.ticker(ctx.now_ms())
        label = labels.create(tx.labels.load(), name, ticker, lambda: secrets.token_hex(4))
        tx.labels.put([label])
        tx.clock.save(ticker)
        return label


def rename(ctx: Context, label: str, name: str) -> str:
    """Give a label (name or id) another name; the name that it had."""
    with ctx.vault.write() as tx:
        ticker, known = tx.clock.ticker(ctx.now_ms()), tx.labels.load()
        old = known.find(label)
        tx.labels.put([labels.rename(known, old.id, name, ticker)])
        tx.clock.save(ticker)
        return old.name


def delete(ctx: Context, label: str) -> Label:
    """Delete a label (name or id): its members stay contacts, and lose what only it showed them.

    `restore` with its id undoes that.
    """
    with ctx.vault.write() as tx:
        return _decide(ctx, tx, lambda known: known.find(label), labels.delete)


def restore(ctx: Context, label_id: str) -> Label:
    """Undo a deletion: members and fields are as they were."""
    with ctx.vault.write() as tx:
        return _decide(ctx, tx, lambda known: known.deleted(label_id) or known.get(label_id), labels.restore)


def assign(ctx: Context, label: str, members: Mapping[bytes, bool]) -> Mapping[bytes, bool]:
    """Let contacts (True) be in a label (name or id), or not be in it (False); the rest stays.

    As one change. Returns what undoes it.
    """
    with ctx.vault.write() as tx:
        before, ticker = fanout.access(tx), tx.clock.ticker(ctx.now_ms())
        new = labels.assign(before.labels, before.labels.find(label).id, members, ticker)
        tx.labels.put(memberships=new)
        tx.clock.save(ticker)
        fanout.decided(tx, ctx.now_ms(), before)
        return {one.identity: not one.member for one in new}


def add(ctx: Context, label: str, who: Iterable[str]) -> None:
    """Put contacts, by name or fingerprint, into a label; where one is unknown or blocked, nobody."""
    with ctx.vault.read() as tx:
        members = {reached(tx.contacts, name).identity: True for name in who}
    assign(ctx, label, members)


def remove(ctx: Context, label: str, who: Iterable[str]) -> None:
    """Take contacts out of a label: they lose what only it showed them."""
    with ctx.vault.read() as tx:
        members = {tx.contacts.resolve(name).identity: False for name in who}
    assign(ctx, label, members)


def set_labels(ctx: Context, identity: bytes, label_ids: Iterable[str]) -> tuple[str, ...]:
    """Let a contact be in exactly these labels, as one change. Returns the ids of those that he was in."""
    wanted = set(label_ids)
    with ctx.vault.write() as tx:
        before, ticker = fanout.access(tx), tx.clock.ticker(ctx.now_ms())
        was = reached(tx.contacts, identity).labels
        for label_id in sorted(wanted ^ set(was)):
            new = labels.assign(before.labels, label_id, {identity: label_id in wanted}, ticker)
            tx.labels.put(memberships=new)
        tx.clock.save(ticker)
        fanout.decided(tx, ctx.now_ms(), before)
        return was


def _decide(ctx: Context, tx: Tx, find_label: Callable[[Labels], Label], edit: Callable[..., Label]) -> Label:
    before, ticker = fanout.access(tx), tx.clock.ticker(ctx.now_ms())
    label = edit(before.labels, find_label(before.labels).id, ticker)
    tx.labels.put([label])
    tx.clock.save(ticker)
    fanout.decided(tx, ctx.now_ms(), before)
    return label
