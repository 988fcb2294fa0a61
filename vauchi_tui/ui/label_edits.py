"""Making, renaming and deleting a label, and who is in it: each asks, does it, and can be undone with `z`.

To be awaited in a worker: a question waits for its answer.
"""

from collections import Counter
from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING

from vauchi_tui.actions import contacts, labels
from vauchi_tui.actions.visibility import Toggle, apply_batch
from vauchi_tui.model.labels import SIGN, Label
from vauchi_tui.model.visibility import contact_audience, label_audience
from vauchi_tui.ui.widgets.mark_list import Mark
from vauchi_tui.ui.words import count, plain

if TYPE_CHECKING:
    from vauchi_tui.ui.app import VauchiApp

NAMING = "Only you see it. Who is in it sees what you show to it."


async def new(house: "VauchiApp") -> Label | None:
    """A label that has just been made, None after escape or where the name was refused."""
    from vauchi_tui.ui.screens.prompts import LinePrompt

    name = await house.push_screen_wait(LinePrompt("New label", hint="family, work …", words=NAMING))
    label = await house.act(labels.create, name) if name else None
    if label is not None:
        made = label.id
        house.can_undo(f"making {SIGN}{plain(label.name)}", lambda: house.store.run(labels.delete, made))
    return label


async def rename(house: "VauchiApp", label_id: str) -> None:
    """Ask for another name."""
    from vauchi_tui.ui.screens.prompts import LinePrompt

    label = await house.act(labels.find, label_id)
    if label is None:
        return
    name = await house.push_screen_wait(LinePrompt(f"Rename {SIGN}{plain(label.name)}", label.name, words=NAMING))
    if not name or await house.act(labels.rename, label_id, name) is None:
        return
    house.can_undo(f"renaming {SIGN}{plain(label.name)}", lambda: house.store.run(labels.rename, label_id, label.name))
    house.say(f"Renamed {SIGN}{plain(label.name)}. z undoes it.")


async def delete(house: "VauchiApp", label_id: str) -> None:
    """Delete it, after a question that says what that means."""
    from vauchi_tui.ui.screens.prompts import KeyQuestion

    label = await house.act(labels.find, label_id)
    if label is None:
        return
    title = f"{SIGN}{plain(label.name)}"
    words = "Its members stay your contacts. What only this label showed them is taken back."
    if await house.push_screen_wait(KeyQuestion(f"Delete {title}?", words, [("y", f"delete {title}")])) is None:
        return
    if await house.act(labels.delete, label_id) is not None:
        house.can_undo(f"deleting {title}", lambda: house.store.run(labels.restore, label_id))
        house.say(f"Deleted {title}. z undoes it.")


async def choose_members(house: "VauchiApp", label_id: str) -> None:
    """Tick who is in it; all that is changed is one change."""
    from vauchi_tui.ui.screens.marking import MarkDialog

    label = await house.act(labels.find, label_id)
    if label is None:
        return
    inside = next(one.members for one in await house.store.run(labels.show) if one.id == label_id)
    was = {identity for identity, _ in inside}
    title = f"{SIGN}{plain(label.name)}"
    words = f"They see what {title} shows, from the moment you keep it."
    dialog = MarkDialog(f"Who is in {title}?", await people(house), was, words)
    chosen: frozenset[Hashable] | None = await house.push_screen_wait(dialog)
    if chosen is None:
        return
    members = {identity: identity in chosen for identity in was ^ set(chosen) if isinstance(identity, bytes)}
    if members:
        await _assign(house, label_id, members, title)


async def _assign(house: "VauchiApp", label_id: str, members: Mapping[bytes, bool], title: str) -> None:
    undo = await house.act(labels.assign, label_id, members)
    if undo is not None:
        house.can_undo(f"the members of {title}", lambda: house.store.run(labels.assign, label_id, undo))
        house.say(f"Changed {count(len(undo), 'member')} of {title}. z undoes it.")


async def choose_labels(house: "VauchiApp", identity: bytes, name: str, was: tuple[str, ...]) -> None:
    """Tick the labels that a contact is in."""
    from vauchi_tui.ui.screens.marking import LabelsDialog

    chosen = await house.push_screen_wait(LabelsDialog(f"Labels of {name}", ticked=was))
    if chosen is None or chosen == frozenset(was):
        return
    before = await house.act(labels.set_labels, identity, [str(one) for one in chosen])
    if before is not None:
        house.can_undo(f"the labels of {name}", lambda: house.store.run(labels.set_labels, identity, before))
        house.say(f"Changed the labels of {name}. z undoes it.")


async def choose_audience(house: "VauchiApp", field_id: str, field_name: str, among: str) -> None:
    """Let some see a field: the members of `labels`, or `contacts`, that are ticked."""
    from vauchi_tui.ui.screens.marking import LabelsDialog, MarkDialog

    title = f"Who may see “{field_name}”?"
    dialog = LabelsDialog(title) if among == "labels" else MarkDialog(title, await people(house))
    chosen = await house.push_screen_wait(dialog)
    if not chosen:
        return
    audiences = [contact_audience(one) if isinstance(one, bytes) else label_audience(str(one)) for one in chosen]
    undo = await house.act(apply_batch, [Toggle(field_id, audience, True) for audience in sorted(audiences)])
    if undo is not None:
        house.can_undo(f"showing {field_name}", lambda: house.store.run(apply_batch, undo))


async def people(house: "VauchiApp") -> list[Mark]:
    """Everybody who can be ticked, by name; where two have one name, the fingerprint's start tells them apart."""
    everybody = [one for one in await house.store.run(contacts.list_contacts) if not one.blocked]
    often = Counter(one.name.casefold() for one in everybody)
    return [
        Mark(one.identity, one.name, one.fingerprint[:9] if often[one.name.casefold()] > 1 else "") for one in everybody
    ]
