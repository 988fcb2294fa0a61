"""The payloads of M1 and M2: what their signatures cover, and that nothing else fits in."""

import pytest
from exchange_people import ALICE, BOB, MALLORY, seeded

from vauchi_tui.crypto.primitives import sha256
from vauchi_tui.errors import Malformed
from vauchi_tui.protocol.exchange.payloads import ScannerPayload, ShowerPayload

RNG = seeded("payloads")
HEAD, CODE, H1 = RNG(80), RNG(109), RNG(32)
ANSWER = ScannerPayload(BOB.devices, "wss://relay.example.org", b"", BOB.device.static.public, RNG(1184))
INTRODUCTION = ShowerPayload(ALICE.devices, None, "Alice", RNG(1088), 1)
BOBS, ALICES = BOB.device.static.public, ALICE.device.static.public


def test_answer_is_laid_out_as_documented() -> None:
    raw = BOB.devices.raw
    relay = b"wss://relay.example.org"
    body = BOB.devices.identity + len(raw).to_bytes(2, "big") + raw + len(relay).to_bytes(2, "big") + relay
    body += b"\0" + ANSWER.ratchet + ANSWER.kem
    signature = BOB.device.signing.sign(b"vauchi/exchange/B" + sha256(HEAD) + CODE + body)
    assert ANSWER.encode(BOB.device.signing, HEAD, CODE) == body + signature


def test_introduction_is_laid_out_as_documented() -> None:
    raw = ALICE.devices.raw
    body = ALICE.devices.identity + len(raw).to_bytes(2, "big") + raw + b"\0\0" + b"\0\x05Alice"
    body += INTRODUCTION.kem_ciphertext + b"\1" + b"\0\0"
    assert INTRODUCTION.encode(ALICE.device.signing, H1) == (
        body + ALICE.device.signing.sign(b"vauchi/exchange/A" + H1 + body)
    )


def test_signatures_cover_the_code_the_head_and_the_transcript() -> None:
    data = ANSWER.encode(BOB.device.signing, HEAD, CODE)
    assert ScannerPayload.decode(data, BOBS, HEAD, CODE) == (ANSWER, BOB.devices.devices[0])
    for head, code in ((HEAD, RNG(109)), (RNG(80), CODE)):
        with pytest.raises(Malformed):
            ScannerPayload.decode(data, BOBS, head, code)
    data = INTRODUCTION.encode(ALICE.device.signing, H1)
    assert ShowerPayload.decode(data, ALICES, H1) == (INTRODUCTION, ALICE.devices.devices[0])
    with pytest.raises(Malformed):
        ShowerPayload.decode(data, ALICES, RNG(32))


def test_another_static_key_than_the_signers_is_refused() -> None:
    with pytest.raises(Malformed, match="not in its owner"):
        ScannerPayload.decode(ANSWER.encode(BOB.device.signing, HEAD, CODE), MALLORY.device.static.public, HEAD, CODE)
    with pytest.raises(Malformed, match="not in its owner"):
        ShowerPayload.decode(INTRODUCTION.encode(ALICE.device.signing, H1), BOBS, H1)


def test_signed_surplus_is_refused() -> None:
    body = ANSWER.encode(BOB.device.signing, HEAD, CODE)[:-64] + b"\0"
    data = body + BOB.device.signing.sign(b"vauchi/exchange/B" + sha256(HEAD) + CODE + body)
    with pytest.raises(Malformed, match="longer"):
        ScannerPayload.decode(data, BOBS, HEAD, CODE)
    body = INTRODUCTION.encode(ALICE.device.signing, H1)[:-64] + b"\0"
    with pytest.raises(Malformed, match="longer"):
        ShowerPayload.decode(body + ALICE.device.signing.sign(b"vauchi/exchange/A" + H1 + body), ALICES, H1)


@pytest.mark.parametrize("cut", [0, 1, 32, 63, 64, 100, 500, 1_500])
def test_truncations_are_refused(cut: int) -> None:
    with pytest.raises(Malformed):
        ScannerPayload.decode(ANSWER.encode(BOB.device.signing, HEAD, CODE)[:cut], BOBS, HEAD, CODE)
    with pytest.raises(Malformed):
        ShowerPayload.decode(INTRODUCTION.encode(ALICE.device.signing, H1)[:cut], ALICES, H1)
