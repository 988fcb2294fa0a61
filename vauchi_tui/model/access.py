"""Rules and labels together: who may see which field, and for whom a change of either matters."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain

from vauchi_tui.model.labels import Labels
from vauchi_tui.model.visibility import EVERYONE, Rules, contact_audience, label_audience

_LABEL = label_audience("")


@dataclass(frozen=True, slots=True)
class Access:
    """Who sees what as it is decided at one moment."""

    rules: Rules = field(default_factory=Rules)
    labels: Labels = field(default_factory=Labels)

    def sees(self, field_id: str, identity: bytes) -> bool:
        """May the contact see the field, by whichever rule?"""
        return self.rules.decide(field_id, identity, self.labels.of(identity))[0]

    def granted(self, field_id: str, audience: str) -> bool:
        """Does a rule for exactly this audience grant the field?"""
        rule = self.rules.get(field_id, audience)
        return rule is not None and bool(rule.allowed)


def affected(
    before: Access, after: Access, fields: Collection[str], identities: Iterable[bytes]
) -> Mapping[bytes, bool]:
    """Of those contacts, who sees others of those fields than before, and whether something is taken back from him."""
    shared, own = _decided_anew(before.rules, after.rules)
    by_label = _fields_by_label(before.rules, after.rules)
    out = {}
    for identity in identities:
        doubtful = shared | own.get(contact_audience(identity), set())
        for label_id in set(before.labels.of(identity)) ^ set(after.labels.of(identity)):
            doubtful |= by_label.get(label_audience(label_id), set())
        seen = [(before.sees(one, identity), after.sees(one, identity)) for one in doubtful.intersection(fields)]
        if any(was != now for was, now in seen):
            out[identity] = any(was and not now for was, now in seen)
    return out


def _decided_anew(before: Rules, after: Rules) -> tuple[set[str], dict[str, set[str]]]:
    """Fields whose rules for everyone or a label changed; and, by a contact's audience, those of his own."""
    shared: set[str] = set()
    own: dict[str, set[str]] = {}
    for rule in chain(before, after):
        was, now = before.get(rule.field_id, rule.audience), after.get(rule.field_id, rule.audience)
        if was is now or (was.allowed if was else None) == (now.allowed if now else None):
            continue
        if rule.audience == EVERYONE or rule.audience.startswith(_LABEL):
            shared.add(rule.field_id)
        else:
            own.setdefault(rule.audience, set()).add(rule.field_id)
    return shared, own


def _fields_by_label(*several: Rules) -> dict[str, set[str]]:
    """A label's audience → the fields that rules for it are about."""
    out: dict[str, set[str]] = {}
    for rule in chain(*several):
        if rule.audience.startswith(_LABEL):
            out.setdefault(rule.audience, set()).add(rule.field_id)
    return out
