"""What all devices of one person must come to agree on, comparable."""

from sync_people import Person


def own_state(person: Person, *, whole: bool = True) -> object:
    """All that own devices share.

    Not the `whole` of it where anything may have happened: a contact's card each of them has from him, and of somebody
    who was removed and came back one may still know how he was met before.
    """
    with person.vault.read() as tx:
        contacts = {
            contact.identity: (
                contact.confirmed,
                contact.note,
                contact.blocked,
                contact.labels,
                contact.trust,
                whole and (sorted(tx.contacts.keys(contact.identity)), tx.contacts.trusts(contact.identity)),
                whole and contact.registers,
                tx.contacts.devices(contact.identity),
                tx.contacts.view(contact.identity),
            )
            for contact in tx.contacts.all()
        }
        shared = {name: tx.shared.get(name) for name in tx.shared.names()}
        return tx.card.registers(), tx.rules.load(), tx.labels.load(), contacts, shared, tx.me.devices()
