"""Keys of an attempt: by label, by attempt, by exchange; and the recording that is wiped."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from sounding_people import Exchange

from vauchi_tui.crypto.primitives import Undecryptable, hkdf, hkdf_expand, hmac_sha256
from vauchi_tui.proximity.keys import Side, air_keys
from vauchi_tui.proximity.recording import Recording
from vauchi_tui.proximity.refusals import Refusal


def test_keys_are_those_of_the_protocol_page() -> None:
    binding = Exchange(1).binding
    air = hkdf(binding.secret, b"vauchi/air/1\x02", salt=binding.seed)
    keys = air_keys(binding, 2)
    assert keys.bursts[Side.SHOWER][0] == hkdf_expand(air, b"burst\x41\x01", 16)
    assert keys.bursts[Side.SCANNER][3] == hkdf_expand(air, b"burst\x42\x04", 16)
    frame = keys.challenge(lambda count: b"c" * count)
    assert frame == b"\x02cccccccc"
    assert keys.to_sign(frame) == b"vauchi/proximity\x02cccccccc" + binding.h1
    assert keys.response(frame, b"s" * 64) == hmac_sha256(hkdf_expand(air, b"mac"), b"r" + frame + b"s" * 64)[:8]


def test_every_key_of_every_attempt_and_exchange_is_another() -> None:
    binding, other = Exchange(1).binding, Exchange(2).binding
    bindings = [binding, replace(binding, secret=other.secret), replace(binding, seed=other.seed)]
    every: list[bytes] = []
    for one in bindings:
        for attempt in (1, 2, 3):
            keys = air_keys(one, attempt)
            every += [keys.mac, keys.aead, *keys.bursts[Side.SHOWER], *keys.bursts[Side.SCANNER]]
    assert len(set(every)) == len(every) == 3 * 3 * 10


def test_a_sealed_message_opens_for_its_attempt_sender_and_exchange_only() -> None:
    exchange = Exchange(3)
    keys = air_keys(exchange.binding, 1)
    sealed = keys.seal(Side.SCANNER, b"report", exchange.rng)
    assert keys.open(Side.SCANNER, sealed) == b"report"
    wrong = [air_keys(exchange.binding, 2), air_keys(Exchange(4).binding, 1), replace(keys, h1=bytes(32))]
    for other in wrong:
        with pytest.raises(Undecryptable):
            other.open(Side.SCANNER, sealed)
    with pytest.raises(Undecryptable):
        keys.open(Side.SHOWER, sealed)


def test_secrets_are_not_in_the_representation() -> None:
    exchange = Exchange(5)
    keys = air_keys(exchange.binding, 1)
    text = repr(keys) + repr(exchange.binding)
    for secret in (keys.mac, keys.aead, exchange.binding.secret, keys.bursts[Side.SHOWER][0]):
        assert repr(secret) not in text


def test_refusals_have_words_and_bytes_of_their_own() -> None:
    for one, other in combinations(Refusal, 2):
        assert one.wire != other.wire and one.title != other.title
    for one in Refusal:
        assert Refusal.from_wire(one.wire) is one
        assert one.title.endswith(".") and one.hint.endswith(".")
        assert one.seen_from_the_other_side.seen_from_the_other_side is one
    assert Refusal.from_wire(0) is None


def block(values: range) -> memoryview:
    return memoryview(np.array(values, np.float32))


def test_a_recording_keeps_the_last_samples_by_their_place() -> None:
    recording = Recording(100)
    for start in range(1_000, 1_500, 50):
        recording.append(block(range(start, start + 50)), start)
    assert recording.end == 1_500 and recording.start <= 1_400
    assert list(recording.part(1_450, 1_460)) == list(range(1_450, 1_460))
    assert list(recording.part(0, recording.start + 2)) == [recording.start, recording.start + 1]
    recording.keep_from(1_490)
    assert recording.start == 1_490 and list(recording.part(0, 9_999)) == list(range(1_490, 1_500))


def test_a_recording_refuses_a_gap_and_a_block_beyond_its_size() -> None:
    recording = Recording(100)
    recording.append(block(range(10)), 0)
    with pytest.raises(ValueError, match="ended"):
        recording.append(block(range(10)), 11)
    with pytest.raises(ValueError, match="longer"):
        recording.append(block(range(101)), 10)


def test_a_wiped_recording_holds_nothing() -> None:
    recording = Recording(100)
    recording.append(block(range(1, 91)), 5)
    recording.append(block(range(1, 91)), 95)
    recording.keep_from(100)
    recording.wipe()
    assert not np.asarray(recording._samples).any() and not len(recording.part(0, 1_000))
    recording.append(block(range(3)), 7)
    assert recording.start == 7
