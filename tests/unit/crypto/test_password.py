"""Argon2id: the same key on every machine, bounded work."""

import unicodedata

import pytest
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from nacl.exceptions import CryptoError

from vauchi_tui.crypto.password import DEFAULT, KdfParameters, derive_key
from vauchi_tui.errors import Malformed, VauchiError

SMALL = KdfParameters(opslimit=2, memlimit=64 * 1024)
SALT = bytes(range(16))


def test_default_is_256_mib_and_three_passes() -> None:
    assert KdfParameters(3, 256 * 1024 * 1024) == DEFAULT


@pytest.mark.parametrize("parameters", [SMALL, KdfParameters(1, 8192), KdfParameters(3, 1024**2)])
@pytest.mark.parametrize("passphrase", ["", "correct horse", "Grüße, 世界"])
def test_agrees_with_another_implementation(passphrase: str, parameters: KdfParameters) -> None:
    other = Argon2id(
        salt=SALT, length=32, iterations=parameters.opslimit, lanes=1, memory_cost=parameters.memlimit // 1024
    )
    assert derive_key(passphrase, SALT, parameters) == other.derive(passphrase.encode())


def test_every_input_counts() -> None:
    keys = {
        derive_key("a", SALT, SMALL),
        derive_key("b", SALT, SMALL),
        derive_key("a ", SALT, SMALL),
        derive_key("a", bytes(16), SMALL),
        derive_key("a", SALT, KdfParameters(3, SMALL.memlimit)),
        derive_key("a", SALT, KdfParameters(2, 2 * SMALL.memlimit)),
    }
    assert len(keys) == 6


def test_two_ways_to_write_a_letter_give_one_key() -> None:
    composed, decomposed = (unicodedata.normalize(form, "schlüssel") for form in ("NFC", "NFD"))
    assert composed != decomposed
    assert derive_key(composed, SALT, SMALL) == derive_key(decomposed, SALT, SMALL)


def test_bytes_that_are_no_text_are_a_passphrase_too() -> None:
    assert len(derive_key(b"\xff\xfe".decode("utf-8", "surrogateescape"), SALT, SMALL)) == 32


@pytest.mark.parametrize(
    ("opslimit", "memlimit"), [(0, 8192), (11, 8192), (-1, 8192), (1, 8191), (1, 1024**3 + 1), (1, -1), (1, 0)]
)
def test_parameters_out_of_bounds_are_refused(opslimit: int, memlimit: int) -> None:
    with pytest.raises(Malformed) as caught:
        KdfParameters(opslimit, memlimit)
    assert caught.value.hint


def test_the_bounds_themselves_are_allowed() -> None:
    KdfParameters(10, 1024**3)
    KdfParameters(1, 8192)


@pytest.mark.parametrize("length", [0, 15, 17])
def test_a_salt_of_another_length_is_a_bug(length: int) -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        derive_key("a", bytes(length), SMALL)


def test_missing_memory_is_said_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(*_: object) -> bytes:
        raise CryptoError("Unexpected failure in key derivation")

    monkeypatch.setattr("nacl.bindings.crypto_pwhash_alg", exhausted)
    with pytest.raises(VauchiError) as caught:
        derive_key("a", SALT, DEFAULT)
    assert "memory" in caught.value.title
    assert "256 MiB" in caught.value.hint
