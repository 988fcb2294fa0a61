"""ML-KEM-768 (FIPS 203): the post-quantum half of the hybrid key agreement (protocol page, section 2)."""

from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey

from vauchi_tui.crypto.primitives import Rng, Undecryptable

SEED_SIZE = 64
PUBLIC_SIZE = 1184
CIPHERTEXT_SIZE = 1088
SECRET_SIZE = 32


@dataclass(frozen=True, slots=True)
class KemKeyPair:
    """A decapsulation key as its seed d || z (FIPS 203 section 7.1) and the encapsulation key for the peer."""

    seed: bytes = field(repr=False)
    public: bytes = field(init=False)

    def __post_init__(self) -> None:
        public = MLKEM768PrivateKey.from_seed_bytes(self.seed).public_key()
        object.__setattr__(self, "public", public.public_bytes_raw())


def generate_kem(rng: Rng) -> KemKeyPair:
    return KemKeyPair(rng(SEED_SIZE))


def encapsulate(public: bytes) -> tuple[bytes, bytes]:
    """A fresh secret (32 bytes) and the ciphertext that carries it (1088 bytes) to the holder of `public`.

    The library draws this randomness itself. Raises Undecryptable where `public` fails the checks of FIPS 203
    section 7.2 (length and reduced coefficients).
    """
    try:
        return MLKEM768PublicKey.from_public_bytes(public).encapsulate()
    except ValueError as error:
        raise Undecryptable("A key of the other device is not valid.") from error


def decapsulate(keypair: KemKeyPair, ciphertext: bytes) -> bytes:
    """The secret (32 bytes). Raises Undecryptable only for a wrong length.

    Implicit rejection (FIPS 203 section 6.3): a forged ciphertext gives a secret that nobody else has, so that what is
    derived from it does not open. The caller must bind the ciphertext in a transcript or use the secret in an AEAD.
    """
    if len(ciphertext) != CIPHERTEXT_SIZE:
        raise Undecryptable
    return MLKEM768PrivateKey.from_seed_bytes(keypair.seed).decapsulate(ciphertext)
