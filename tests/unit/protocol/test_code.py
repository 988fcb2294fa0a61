"""The exchange code as bytes and text, and the sentences for codes that cannot be used."""

import pytest
from exchange_people import seeded

from vauchi_tui.errors import ExchangeRefused
from vauchi_tui.protocol.code import ExchangeCode, check_code, parse_code, parse_scan_back, to_text

_RNG = seeded("code")
CODE = ExchangeCode(_RNG(32), _RNG(32), _RNG(32), 1_790_000_300)
NOW = 1_790_000_000


def with_magic(magic: bytes, version: int = 1) -> str:
    return to_text(magic + bytes([version]) + CODE.payload[5:])


def test_payload_is_laid_out_as_specified() -> None:
    payload = CODE.payload
    assert len(payload) == 109
    assert payload[:5] == b"WBEX\x01"
    assert payload[5:101] == CODE.ephemeral + CODE.token + CODE.audio_seed
    assert payload[101:] == (1_790_000_300).to_bytes(8, "big")


def test_text_is_175_characters_of_the_qr_alphanumeric_set() -> None:
    text = CODE.text()
    assert len(text) == 175 and text.isalnum() and text.upper() == text
    assert parse_code(text) == CODE


@pytest.mark.parametrize(
    ("relay", "suffix"),
    [
        ("wss://relay.example.org", "/RELAY.EXAMPLE.ORG"),
        ("wss://relay.example.org:8443", "/RELAY.EXAMPLE.ORG:8443"),
        ("ws://192.168.1.5:8787", "/192.168.1.5:8787"),
        ("wss://192.168.1.5", "/192.168.1.5"),
        ("ws://localhost:8787", "/LOCALHOST:8787"),
    ],
)
def test_relay_travels_behind_a_slash(relay: str, suffix: str) -> None:
    code = ExchangeCode(CODE.ephemeral, CODE.token, CODE.audio_seed, CODE.expiry, relay)
    assert code.text() == CODE.text() + suffix
    assert parse_code(code.text()) == code
    assert code.text(with_relay=False) == CODE.text()
    assert code.payload == CODE.payload


@pytest.mark.parametrize("relay", ["wss://[2001:db8::1]", "wss://example.org/relay", "wss://192.168.1.5:8443"])
def test_relay_that_does_not_fit_is_left_out(relay: str) -> None:
    code = ExchangeCode(CODE.ephemeral, CODE.token, CODE.audio_seed, CODE.expiry, relay)
    assert code.text() == CODE.text()


def test_case_and_white_space_do_not_matter() -> None:
    text = CODE.text() + "/RELAY.EXAMPLE.ORG"
    scattered = " \n\t" + "\n".join(text.lower()[i : i + 40] for i in range(0, len(text), 40)) + "\r\n"
    assert parse_code(scattered) == parse_code(text)


def test_token_is_in_no_repr_and_its_hash_is_not_the_token() -> None:
    assert repr(CODE.token)[2:-1] not in repr(CODE)
    assert CODE.token_hash != CODE.token and len(CODE.token_hash) == 32


SENTENCES = {
    "foreign": ["hello", "https://example.org/", "WIFI:S:home;;", "K5BEK", "ΑΒΓ", "A" * 5_000, to_text(b"X" * 109)],
    "damaged": [
        CODE.text()[:-1],
        CODE.text()[:100],
        CODE.text() + "A",
        CODE.text()[:50] + "1" + CODE.text()[51:],
        CODE.text()[:50] + "ı" + CODE.text()[51:],
        CODE.text()[:-1] + "B",  # bits beyond the last byte
        with_magic(b"WBEX", 0),
        to_text(CODE.payload[:101] + b"\xff" * 8),
        CODE.text() + "/",
        CODE.text() + "/A B/C",
        CODE.text() + "/EXAMPLE.ORG:99999",
        CODE.text() + "/224.0.0.1",
    ],
    "newer": [with_magic(b"WBEX", 2), to_text(b"WBEX\x07" + bytes(20))],
    "linking a device": [with_magic(b"WBDL")],
    "confirming an exchange": [with_magic(b"WBEY"), to_text(b"WBEY\x01" + bytes(32))],
}
WORDS = {"foreign": "not a Vauchi code", "damaged": "damaged", "newer": "newer version"}


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in SENTENCES.items() for text in texts])
def test_what_is_no_usable_code_is_refused_in_words(kind: str, text: str) -> None:
    with pytest.raises(ExchangeRefused, match=WORDS.get(kind, kind)) as caught:
        parse_code(text)
    assert caught.value.hint


def test_damaged_codes_longer_than_any_code_are_refused_before_decoding() -> None:
    with pytest.raises(ExchangeRefused):
        parse_code(CODE.text() + "A" * 2_000_000)


def test_five_sentences_for_five_causes() -> None:
    titles = set()
    for attempt in (
        lambda: parse_code("hello"),
        lambda: parse_code(CODE.text()[:-1]),
        lambda: check_code(CODE, NOW + 1_000),
        lambda: check_code(CODE, NOW, used=True),
        lambda: check_code(CODE, NOW, own=True),
    ):
        with pytest.raises(ExchangeRefused) as caught:
            attempt()
        assert caught.value.hint
        titles.add(caught.value.title)
    assert len(titles) == 5 and "QR code expired" in titles


@pytest.mark.parametrize("age", [-30, -29.9, 0, 299, 300, 330])
def test_a_code_within_the_tolerances_is_good(age: float) -> None:
    check_code(CODE, NOW + age)


def test_thirty_seconds_late_are_forgiven_and_no_more() -> None:
    with pytest.raises(ExchangeRefused, match=r"^QR code expired$"):
        check_code(CODE, NOW + 330.1)


def test_a_clock_too_far_ahead_is_named() -> None:
    with pytest.raises(ExchangeRefused, match="clock that is 60 min ahead") as caught:
        check_code(CODE, NOW - 3_600)
    assert "clock" in caught.value.hint
    with pytest.raises(ExchangeRefused, match="clock"):
        check_code(CODE, NOW - 30.1)


def test_scan_back_codes_are_read_and_told_apart() -> None:
    payload = b"WBEY\x01" + bytes(range(32))
    assert parse_scan_back(to_text(payload).lower()) == payload
    with pytest.raises(ExchangeRefused, match="beginning an exchange"):
        parse_scan_back(CODE.text())
    with pytest.raises(ExchangeRefused, match="damaged"):
        parse_scan_back(to_text(payload[:-1]))
    with pytest.raises(ExchangeRefused, match="damaged"):
        parse_scan_back(to_text(payload) + "/EXAMPLE.ORG")
    with pytest.raises(ExchangeRefused, match="not a Vauchi code"):
        parse_scan_back("hello")


@pytest.mark.parametrize("text", ["", " \n\t "])
def test_nothing_is_no_foreign_code(text: str) -> None:
    with pytest.raises(ExchangeRefused, match="No code was given"):
        parse_code(text)
