"""ML-KEM-768: the secret is shared with the holder of the seed and nobody else."""

import hashlib
import os

import pytest

from vauchi_tui.crypto.kem import CIPHERTEXT_SIZE, PUBLIC_SIZE, KemKeyPair, decapsulate, encapsulate, generate_kem
from vauchi_tui.crypto.primitives import Undecryptable


def test_round_trip() -> None:
    pair = generate_kem(os.urandom)
    secret, ciphertext = encapsulate(pair.public)
    assert (len(pair.public), len(ciphertext), len(secret)) == (PUBLIC_SIZE, CIPHERTEXT_SIZE, 32) == (1184, 1088, 32)
    assert decapsulate(pair, ciphertext) == secret


def test_the_seed_is_the_whole_key() -> None:
    pair = generate_kem(lambda count: bytes(range(count)))
    assert pair == KemKeyPair(bytes(range(64)))
    secret, ciphertext = encapsulate(pair.public)
    assert decapsulate(KemKeyPair(pair.seed), ciphertext) == secret


def test_the_seed_is_used_as_fips_203_says() -> None:
    """d makes the matrix seed ρ (algorithm 13), z the secret of an implicitly rejected ciphertext (algorithm 18)."""
    pair = KemKeyPair(bytes(range(64)))
    d, z = pair.seed[:32], pair.seed[32:]
    assert pair.public[-32:] == hashlib.sha3_512(d + b"\x03").digest()[:32]
    junk = bytes(range(256)) * 4 + bytes(64)
    assert decapsulate(pair, junk) == hashlib.shake_256(z + junk).digest(32)


def test_every_encapsulation_is_fresh() -> None:
    pair = generate_kem(os.urandom)
    assert encapsulate(pair.public) != encapsulate(pair.public)


def test_a_forged_ciphertext_gives_another_secret() -> None:
    pair = generate_kem(os.urandom)
    secret, ciphertext = encapsulate(pair.public)
    forged = bytes([ciphertext[0] ^ 1]) + ciphertext[1:]
    rejected = decapsulate(pair, forged)
    assert rejected != secret
    assert rejected == decapsulate(pair, forged)  # implicit rejection: the same again, so nothing is learned from it
    assert decapsulate(generate_kem(os.urandom), ciphertext) != secret


@pytest.mark.parametrize("length", [0, 1087, 1089])
def test_a_ciphertext_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(Undecryptable):
        decapsulate(KemKeyPair(bytes(64)), bytes(length))


@pytest.mark.parametrize(
    "public",
    [b"", bytes(1183), bytes(1185), b"\xff" * 1184],
    ids=["empty", "short", "long", "coefficients not reduced"],
)
def test_a_key_that_is_none_is_refused(public: bytes) -> None:
    with pytest.raises(Undecryptable):
        encapsulate(public)


def test_the_seed_stays_out_of_the_repr() -> None:
    assert "seed" not in repr(KemKeyPair(bytes(64)))
