"""Limits of the protocol page, section 7. Every other module takes them from here."""

NAME_LENGTH = 100
FIELDS = 25
LABEL_LENGTH = 64
VALUE_LENGTH = 1_000
CARD_BYTES = 48 * 1024
LABELS = 50
CONTACTS = 10_000
DEVICES = 10
NOTE_LENGTH = 4_000
