"""What all devices of one person must come to agree on, comparable."""

from sync_people import Person


def own_state(person: Person) -> object:
    """All that own devices share.

    A contact's card each of them has from him. Of somebody who was removed and came back one may still know how he was
    met before.
    """
    with person.vault.read() as tx:
        contacts = {
            contact.identity: (
                contact.confirmed,
                contact.note,
                contact.blocked,
                contact.labels,
                contact.trust,
                tx.contacts.devices(contact.identity),
                tx.contacts.view(contact.identity),
            )
            for contact in tx.contacts.all()
        }
        shared = {name: tx.shared.get(name) for name in tx.shared.names()}
        return tx.card.registers(), tx.rules.load(), tx.labels.load(), contacts, shared, tx.me.devices()
