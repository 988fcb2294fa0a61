"""Everything a vault holds, in plain words, to be compared with what a fixture of an older version must show."""

from typing import Any

from vauchi_tui.vault.tx import Tx


def contents(tx: Tx) -> dict[str, Any]:
    """All aggregates as JSON values. Sessions appear by id and counters; whether they work is tried by using them."""
    person = tx.me.person()
    key = tx.me.identity_key()
    names = tx.labels.load().titles()
    return {
        "me": {
            "identity": person.device.identity.hex(),
            "identity_seed": key.seed.hex() if key else None,
            "device": person.device.id.hex(),
            "static": person.device.static.public.hex(),
            "devices": person.devices.raw.hex(),
            "name": person.name,
            "relay": person.relay,
        },
        "clock": str(tx.clock.ticker(0).last),
        "card": tx.card.registers().to_json(),
        "rules": sorted([rule.field_id, rule.audience, rule.allowed, str(rule.hlc)] for rule in tx.rules.load()),
        "contacts": [
            {
                "identity": contact.identity.hex(),
                "registers": contact.registers.to_json(),
                "name": contact.name,
                "values": [field.value for field in contact.card.fields],
                "trusts": [
                    [trust.method, trust.distance_m, trust.at] for trust in tx.contacts.trusts(contact.identity)
                ],
                "confirmed": contact.confirmed,
                "added_at": contact.added_at,
                "updated_at": contact.updated_at,
                "note": contact.note,
                "blocked": contact.blocked,
                "labels": [names[label_id] for label_id in contact.labels],
                "keys": [key.hex() for key in tx.contacts.keys(contact.identity)],
                "devices": devices.raw.hex() if (devices := tx.contacts.devices(contact.identity)) else None,
                "view": tx.contacts.view(contact.identity).to_json(),
                "last_sent": tx.fanout.last_sent(contact.identity),
                "history": [[line.at, line.kind, line.text] for line in tx.history.recent(contact.identity)],
            }
            for contact in tx.contacts.all()
        ],
        "links": [
            {
                "peer": link.peer_id.hex(),
                "identity": link.peer_identity.hex(),
                "versions": [link.version_out, link.version_in],
                "relay": link.relay,
                "last_drain": tx.links.last_drain(link.peer_id),
            }
            for link in tx.links.all()
        ],
        "outbox": [
            {
                "kind": row.kind,
                "mid": row.mid.hex(),
                "inner": row.inner.hex(),
                "identity": row.identity.hex() if row.identity else None,
                "peer": row.peer_id.hex() if row.peer_id else None,
                "sid": row.sid.hex() if row.sid else None,
                "seq": row.seq,
                "slot": [part.hex() for part in row.slot] if row.slot else None,
                "relay": row.relay,
                "times": [row.created_at, row.stored_at, row.expires_at],
            }
            for row in tx.outbox.waiting()
        ],
        "pending": {
            identity.hex(): [count.waiting, count.stored, count.oldest]
            for identity, count in tx.outbox.pending().items()
        },
        "fanout": [identity.hex() for identity in tx.fanout.all()],
        "settings": tx.settings.all(),
        "local_secret": tx.settings.local_secret().hex(),
    }
