"""Rules and labels together: who may see which field, and for whom a change of either matters."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from itertools import chain

from vauchi_tui.model.labels import Labels
from vauchi_tui.model.visibility import EVERYONE, Rules, contact_of, label_of


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

    def viewers(self, field_id: str, identities: Collection[bytes]) -> set[bytes]:
        """Those of the contacts who may see the field: what `sees` says of each, for thousands at once."""
        own: dict[bytes, bool] = {}
        shared: set[bytes] = set()
        for rule in self.rules.of_field(field_id):
            identity, label_id = contact_of(rule.audience), label_of(rule.audience)
            if identity is not None and rule.allowed is not None:
                own[identity] = rule.allowed
            elif label_id is not None and rule.allowed:
                shared |= self.labels.members(label_id)
        seen = set(identities) if self.granted(field_id, EVERYONE) else shared.intersection(identities)
        seen.difference_update(identity for identity, allowed in own.items() if not allowed)
        return seen.union({identity for identity, allowed in own.items() if allowed}.intersection(identities))


def affected(
    before: Access, after: Access, fields: Collection[str], identities: Collection[bytes]
) -> Mapping[bytes, bool]:
    """Of those contacts, who sees others of those fields than before, and whether something is taken back from him."""
    robbed: set[bytes] = set()
    given: set[bytes] = set()
    for field_id in _doubtful(before, after).intersection(fields):
        was, now = before.viewers(field_id, identities), after.viewers(field_id, identities)
        robbed |= was - now
        given |= now - was
    return {identity: identity in robbed for identity in robbed | given}


def _doubtful(before: Access, after: Access) -> set[str]:
    """The fields with a rule that is another now, and, where labels or members changed, those with rules for labels."""
    regrouped = before.labels != after.labels
    fields: set[str] = set()
    for rule in chain(before.rules, after.rules):
        was, now = (one.rules.get(rule.field_id, rule.audience) for one in (before, after))
        decided_anew = (was.allowed if was else None) != (now.allowed if now else None)
        if decided_anew or (regrouped and label_of(rule.audience) is not None):
            fields.add(rule.field_id)
    return fields
