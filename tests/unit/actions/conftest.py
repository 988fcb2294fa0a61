"""A real profile without a passphrase, and people to put into it."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sound_cards import PortAudio, plugged_in

from vauchi_tui.actions import profile
from vauchi_tui.actions.context import Context
from vauchi_tui.actions.profile import Protection
from vauchi_tui.model.clock import Hlc
from vauchi_tui.model.contact import Contact, Method, Trust
from vauchi_tui.model.fields import FieldType
from vauchi_tui.model.registers import DISPLAY_NAME, Change, FieldValue, Op, Registers, field_path

NOW = 1_790_000_000.0


@pytest.fixture
def ctx(tmp_path: Path) -> Iterator[Context]:
    place = profile.find(f"{tmp_path}/alice", {})
    with profile.create(
        place, "Alice", protection=Protection.FILE, clock=lambda: NOW, rng=random.Random(1).randbytes
    ) as context:
        yield context


@pytest.fixture
def meet(ctx: Context) -> Callable[..., Contact]:
    """Store somebody as if met, with a phone number on his card."""

    def store(name: str, phone: str = "555-0000000") -> Contact:
        clock = Hlc(int(NOW * 1000), 0, bytes(16))
        changes = [
            Change(Op.UPDATE, DISPLAY_NAME, clock, name),
            Change(Op.ADD, field_path("p1"), clock, FieldValue(FieldType.PHONE, "mobile", phone, 0)),
        ]
        identity = random.Random(name).randbytes(32)
        trust = Trust(Method.CODE, None, int(NOW))
        contact = Contact(identity, Registers().apply(changes), trust, confirmed=True, added_at=int(NOW))
        with ctx.vault.write() as tx:
            tx.contacts.put(contact)
        return contact

    return store


@pytest.fixture
def portaudio(monkeypatch: pytest.MonkeyPatch) -> PortAudio:
    return plugged_in(monkeypatch)
