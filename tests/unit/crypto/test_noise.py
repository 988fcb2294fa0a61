"""Noise against public vectors, against another implementation, and against damaged messages."""

import json
import os
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from noise.connection import Keypair, NoiseConnection

from vauchi_tui.crypto.noise import MESSAGE_MAX, CipherState, HandshakeState, PatternName, SymmetricState, export
from vauchi_tui.crypto.primitives import DhKeyPair, Undecryptable, dh_from_private, hmac_sha256, sha256

VECTORS: list[dict[str, Any]] = json.loads((Path(__file__).parents[2] / "vectors/noise_snow.json").read_text())[
    "vectors"
]
PATTERNS: list[PatternName] = ["XX", "KK"]
PROLOGUE = b"vauchi-exchange/1\0"
ROUNDS = {"XX": 3, "KK": 2}
STATIC = {side: dh_from_private(sha256(side.encode() + b" static")) for side in ("initiator", "responder")}
EPHEMERAL = {side: dh_from_private(sha256(side.encode() + b" ephemeral")) for side in ("initiator", "responder")}


def no_rng(count: int) -> bytes:
    raise AssertionError("nothing random belongs here")


def from_vector(vector: dict[str, Any], side: str) -> HandshakeState:
    def key(name: str) -> DhKeyPair:
        return dh_from_private(bytes.fromhex(vector[f"{side}_{name}"]))

    pattern: PatternName = "KK" if "_KK_" in vector["protocol_name"] else "XX"
    remote = vector.get(f"{side}_remote_static")
    return HandshakeState(
        pattern,
        side == "init",
        bytes.fromhex(vector[f"{side}_prologue"]),
        key("static"),
        no_rng,
        e=key("ephemeral"),
        rs=bytes.fromhex(remote) if remote else None,
    )


def test_the_vectors_are_there() -> None:
    assert [vector["protocol_name"] for vector in VECTORS] == [
        "Noise_XX_25519_ChaChaPoly_SHA256",
        "Noise_KK_25519_ChaChaPoly_SHA256",
    ]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["protocol_name"])
def test_snow_vector_byte_for_byte(vector: dict[str, Any]) -> None:
    sides = [from_vector(vector, "init"), from_vector(vector, "resp")]
    messages = [(bytes.fromhex(m["payload"]), bytes.fromhex(m["ciphertext"])) for m in vector["messages"]]
    turn = 0
    while not sides[0].finished:
        payload, ciphertext = messages[turn]
        writer, reader = sides[turn % 2], sides[(turn + 1) % 2]
        assert writer.write_message(payload) == ciphertext
        assert reader.read_message(ciphertext) == payload
        assert writer.h == reader.h
        turn += 1
    assert sides[1].finished
    assert sides[0].split() == sides[1].split()
    ciphers = list(sides[0].split())
    # snow goes on alternating; after XX's three messages the responder's turn comes first.
    assert len(messages) - turn >= 2
    for payload, ciphertext in messages[turn:]:
        ciphers[turn % 2], sealed = ciphers[turn % 2].encrypt_with_ad(b"", payload)
        assert sealed == ciphertext
        turn += 1


def pair_of(pattern: PatternName, prologue: bytes = PROLOGUE) -> list[HandshakeState]:
    """Initiator and responder with fixed keys."""

    def one(side: str, other: str) -> HandshakeState:
        rs = STATIC[other].public if pattern == "KK" else None
        return HandshakeState(pattern, side == "initiator", prologue, STATIC[side], no_rng, e=EPHEMERAL[side], rs=rs)

    return [one("initiator", "responder"), one("responder", "initiator")]


def oracles(pattern: PatternName) -> list[NoiseConnection]:
    """The same two by PyPI's noiseprotocol."""
    connections = []
    for side, other in (("initiator", "responder"), ("responder", "initiator")):
        connection = NoiseConnection.from_name(f"Noise_{pattern}_25519_ChaChaPoly_SHA256".encode())
        connection.set_prologue(PROLOGUE)
        connection.set_as_initiator() if side == "initiator" else connection.set_as_responder()
        connection.set_keypair_from_private_bytes(Keypair.STATIC, STATIC[side].private)
        connection.set_keypair_from_private_bytes(Keypair.EPHEMERAL, EPHEMERAL[side].private)
        if pattern == "KK":
            connection.set_keypair_from_public_bytes(Keypair.REMOTE_STATIC, STATIC[other].public)
        connection.start_handshake()
        connections.append(connection)
    return connections


def advance(sides: list[HandshakeState], rounds: int) -> None:
    for turn in range(rounds):
        sides[(turn + 1) % 2].read_message(sides[turn % 2].write_message(b"payload"))


def picture(side: HandshakeState) -> tuple[object, ...]:
    return side.h, side.ck, side.re, side.rs, side.e, side.finished


@pytest.mark.filterwarnings("ignore:One of ephemeral keypairs")
@pytest.mark.parametrize(
    "payloads",
    [[b"", b"", b""], [b"", b"b", b"c"], [b"a", b"", b"c" * 3000]],
    ids=["empty", "first empty", "long"],
)
@pytest.mark.parametrize("pattern", PATTERNS)
def test_agrees_with_another_implementation(pattern: PatternName, payloads: list[bytes]) -> None:
    """An empty first payload too, which the public vectors do not have."""
    sides, others = pair_of(pattern), oracles(pattern)
    for turn in range(ROUNDS[pattern]):
        message = sides[turn % 2].write_message(payloads[turn])
        assert message == bytes(others[turn % 2].write_message(payloads[turn]))
        assert others[(turn + 1) % 2].read_message(message) == payloads[turn]
        assert sides[(turn + 1) % 2].read_message(message) == payloads[turn]
    assert sides[0].finished
    assert sides[1].finished
    assert sides[0].h == sides[1].h == others[0].get_handshake_hash() == others[1].get_handshake_hash()
    assert sides[0].rs == STATIC["responder"].public
    assert sides[1].rs == STATIC["initiator"].public
    for cipher, writer, reader in zip(sides[0].split(), others, reversed(others), strict=True):
        next_cipher, sealed = cipher.encrypt_with_ad(b"", b"transport")
        assert reader.decrypt(sealed) == b"transport"
        assert sealed == writer.encrypt(b"transport")
        assert cipher.decrypt_with_ad(b"", sealed) == (next_cipher, b"transport")


def test_the_first_xx_message_without_payload_is_the_key_in_the_code() -> None:
    shower, scanner = pair_of("XX")
    start = shower.h
    assert shower.write_message() == EPHEMERAL["initiator"].public
    scanner.read_message(EPHEMERAL["initiator"].public)
    assert shower.h == scanner.h == sha256(sha256(start + EPHEMERAL["initiator"].public) + b"")


def test_hash_starts_from_name_and_prologue() -> None:
    """Section 5.2: a name of 32 bytes is the hash itself, a longer one is hashed, a shorter one padded."""
    assert pair_of("XX")[0].h == sha256(b"Noise_XX_25519_ChaChaPoly_SHA256" + PROLOGUE)
    assert SymmetricState.initialize(b"x" * 33).h == sha256(b"x" * 33)
    assert SymmetricState.initialize(b"x" * 31).h == b"x" * 31 + b"\0"


@pytest.mark.parametrize(("pattern", "turn"), [("XX", 1), ("XX", 2), ("KK", 0), ("KK", 1)])
def test_every_changed_byte_is_refused_and_changes_nothing(pattern: PatternName, turn: int) -> None:
    sides = pair_of(pattern)
    advance(sides, turn)
    message, reader = sides[turn % 2].write_message(b"payload"), sides[(turn + 1) % 2]
    before = picture(reader)
    for i in range(len(message)):
        for bit in (0x01, 0x80):
            with pytest.raises(Undecryptable):
                reader.read_message(message[:i] + bytes([message[i] ^ bit]) + message[i + 1 :])
    for junk in (*(message[:i] for i in range(len(message))), message + b"\0", bytes(MESSAGE_MAX + 1)):
        with pytest.raises(Undecryptable):
            reader.read_message(junk)
    assert picture(reader) == before
    assert reader.read_message(message) == b"payload"


@pytest.mark.parametrize("position", range(32))
def test_a_changed_first_xx_message_is_found_with_the_second(position: int) -> None:
    shower, scanner = pair_of("XX")
    message = bytearray(shower.write_message())
    message[position] ^= 0x80
    scanner.read_message(bytes(message))
    with pytest.raises(Undecryptable):
        shower.read_message(scanner.write_message())


@pytest.mark.parametrize("length", [0, 31])
def test_a_short_first_message_is_refused(length: int) -> None:
    scanner = pair_of("XX")[1]
    before = picture(scanner)
    with pytest.raises(Undecryptable):
        scanner.read_message(bytes(length))
    assert picture(scanner) == before


@pytest.mark.parametrize("low_order", [bytes(32), b"\x01" + bytes(31), b"\xec" + b"\xff" * 30 + b"\x7f"])
def test_low_order_keys_are_refused(low_order: bytes) -> None:
    scanner = pair_of("XX")[1]
    scanner.read_message(low_order)
    before = picture(scanner)
    with pytest.raises(Undecryptable):
        scanner.write_message(b"identity")
    assert picture(scanner) == before

    shower = pair_of("XX")[0]
    shower.write_message()
    with pytest.raises(Undecryptable):
        shower.read_message(low_order + bytes(64))

    with pytest.raises(Undecryptable):
        HandshakeState(
            "KK", True, b"", STATIC["initiator"], bytes, e=EPHEMERAL["initiator"], rs=low_order
        ).write_message()


@pytest.mark.parametrize("pattern", PATTERNS)
def test_another_prologue_is_another_handshake(pattern: PatternName) -> None:
    sides = [pair_of(pattern)[0], pair_of(pattern, PROLOGUE + b"x")[1]]
    with pytest.raises(Undecryptable):
        advance(sides, 2)


def test_kk_refuses_another_static_key() -> None:
    stranger = HandshakeState(
        "KK", True, PROLOGUE, EPHEMERAL["responder"], no_rng, e=EPHEMERAL["initiator"], rs=STATIC["responder"].public
    )
    with pytest.raises(Undecryptable):
        pair_of("KK")[1].read_message(stranger.write_message())


@pytest.mark.parametrize("pattern", PATTERNS)
def test_reflection_is_refused(pattern: PatternName) -> None:
    """A message handed back to its author."""
    initiator = pair_of(pattern)[0]
    message = initiator.write_message()
    with pytest.raises(Undecryptable):
        initiator.read_message(message)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_turns_are_kept(pattern: PatternName) -> None:
    initiator, responder = pair_of(pattern)
    with pytest.raises(ValueError, match="turn"):
        responder.write_message()
    with pytest.raises(ValueError, match="turn"):
        initiator.read_message(bytes(32))
    with pytest.raises(ValueError, match="not finished"):
        initiator.split()
    advance([initiator, responder], ROUNDS[pattern])
    for side in (initiator, responder):
        with pytest.raises(ValueError, match="turn"):
            side.write_message()
        with pytest.raises(ValueError, match="turn"):
            side.read_message(bytes(64))


def test_statics_belong_to_the_pattern() -> None:
    with pytest.raises(ValueError, match="KK"):
        HandshakeState("KK", True, b"", STATIC["initiator"], no_rng)
    with pytest.raises(ValueError, match="KK"):
        HandshakeState("XX", True, b"", STATIC["initiator"], no_rng, rs=STATIC["responder"].public)


def test_a_copy_goes_its_own_way() -> None:
    shower, scanner = pair_of("XX")
    scanner.read_message(shower.write_message())
    candidate = shower.copy()
    assert picture(candidate) == picture(shower)
    before = picture(shower)
    candidate.read_message(scanner.write_message(b"identity"))
    assert picture(shower) == before
    assert picture(candidate) != before


def test_an_ephemeral_is_drawn_where_none_was_given() -> None:
    shower = HandshakeState("XX", True, b"", STATIC["initiator"], lambda count: bytes(range(count)))
    assert shower.write_message() == dh_from_private(bytes(range(32))).public


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_handshake_with_drawn_ephemerals_finishes(pattern: PatternName) -> None:
    def one(side: str, other: str) -> HandshakeState:
        rs = STATIC[other].public if pattern == "KK" else None
        return HandshakeState(pattern, side == "initiator", PROLOGUE, STATIC[side], os.urandom, rs=rs)

    sides = [one("initiator", "responder"), one("responder", "initiator")]
    advance(sides, ROUNDS[pattern])
    assert sides[0].h == sides[1].h
    assert sides[0].split() == sides[1].split()
    assert sides[0].e is not None
    assert sides[0].e.public == sides[1].re
    assert sides[0].e != sides[1].e


def test_a_first_message_beyond_the_largest_size_is_refused() -> None:
    """It is not encrypted, so nothing but its size speaks against it."""
    scanner = pair_of("XX")[1]
    before = picture(scanner)
    with pytest.raises(Undecryptable):
        scanner.read_message(EPHEMERAL["initiator"].public + bytes(MESSAGE_MAX - 31))
    assert picture(scanner) == before


def test_messages_have_a_largest_size() -> None:
    shower, scanner = pair_of("XX")
    before = picture(shower)
    with pytest.raises(ValueError, match="65535"):
        shower.write_message(bytes(MESSAGE_MAX - 31))
    assert picture(shower) == before
    message = shower.write_message(bytes(MESSAGE_MAX - 32))
    assert len(message) == MESSAGE_MAX
    assert scanner.read_message(message) == bytes(MESSAGE_MAX - 32)


def test_a_cipher_counts_and_stops_before_its_last_nonce() -> None:
    cipher = CipherState(bytes(32))
    cipher, first = cipher.encrypt_with_ad(b"", b"x")
    cipher, second = cipher.encrypt_with_ad(b"", b"x")
    assert (cipher.n, first != second) == (2, True)
    with pytest.raises(Undecryptable):
        CipherState(bytes(32)).decrypt_with_ad(b"", second)
    with pytest.raises(ValueError, match="too often"):
        CipherState(bytes(32), 2**64 - 1).encrypt_with_ad(b"", b"x")


def test_the_chaining_key_moves_with_every_dh() -> None:
    sides = pair_of("XX")
    keys = [sides[0].ck]
    for turn in range(3):
        sides[(turn + 1) % 2].read_message(sides[turn % 2].write_message())
        assert sides[0].ck == sides[1].ck
        keys.append(sides[0].ck)
    assert keys[0] == keys[1]
    assert all(a != b for a, b in pairwise(keys[1:]))


def test_export() -> None:
    ck, h = bytes(32), b"\x01" * 32
    prk = hmac_sha256(ck, b"vauchi/export/1")
    assert export(ck, h, "sas", b"nonce", 8) == HKDFExpand(SHA256(), 8, b"sas" + h + b"nonce").derive(prk)
    assert export(ck, h, "sas") == export(ck, h, b"sas") == HKDFExpand(SHA256(), 32, b"sas" + h).derive(prk)
    others = [export(h, h, "sas"), export(ck, ck, "sas"), export(ck, h, "sat"), export(ck, h, "sas", b"x")]
    assert len({export(ck, h, "sas"), *others}) == 5


def test_secrets_stay_out_of_reprs() -> None:
    state = SymmetricState.initialize(b"name").mix_key(b"secret")
    assert repr(state.ck)[2:12] not in repr(state)
    assert repr(state.cipher.k)[2:12] not in repr(state)
