"""Keys from passphrases: Argon2id (RFC 9106, one lane) with bounded parameters."""

import unicodedata
from dataclasses import dataclass

import nacl.bindings as sodium
from nacl.exceptions import CryptoError

from vauchi_tui.crypto.primitives import KEY_SIZE
from vauchi_tui.errors import Malformed, VauchiError

SALT_SIZE = 16
OPSLIMIT_MAX = 10
MEMLIMIT_MIN = 8 * 1024
MEMLIMIT_MAX = 1024**3


@dataclass(frozen=True, slots=True)
class KdfParameters:
    """Passes over the memory, and the memory in bytes. Raises Malformed beyond what a stored file may ask of us."""

    opslimit: int
    memlimit: int

    def __post_init__(self) -> None:
        if not (1 <= self.opslimit <= OPSLIMIT_MAX and MEMLIMIT_MIN <= self.memlimit <= MEMLIMIT_MAX):
            raise Malformed(
                "A file asks for more work per passphrase than is allowed.",
                "It is damaged or was made to stop this program; use another copy of it.",
            )


DEFAULT = KdfParameters(opslimit=3, memlimit=256 * 1024**2)


def derive_key(passphrase: str, salt: bytes, parameters: KdfParameters = DEFAULT) -> bytes:
    """32 bytes from a passphrase and 16 bytes of salt; takes about a second with `DEFAULT`.

    The passphrase is normalised to NFC (as RFC 8265 section 4.2), so that every keyboard's way to write an “ü” opens
    the same vault. Raises VauchiError where the memory is not there.
    """
    if len(salt) != SALT_SIZE:
        raise ValueError("a salt of 16 bytes belongs here")
    secret = unicodedata.normalize("NFC", passphrase).encode("utf-8", "surrogatepass")
    try:
        return sodium.crypto_pwhash_alg(
            KEY_SIZE, secret, salt, parameters.opslimit, parameters.memlimit, sodium.crypto_pwhash_ALG_ARGON2ID13
        )
    except CryptoError as error:
        raise VauchiError(
            "There is not enough memory to check the passphrase.",
            f"Close other programs: {parameters.memlimit // 1024**2} MiB are needed for a moment.",
        ) from error
