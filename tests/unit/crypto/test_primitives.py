"""The primitives against the vectors of their RFCs, and what they refuse."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from nacl.secret import Aead

from vauchi_tui.crypto.primitives import (
    SigningKey,
    Undecryptable,
    aead_open,
    aead_seal,
    constant_time_equal,
    dh,
    dh_from_private,
    generate_dh,
    generate_signing_key,
    hkdf,
    hkdf_expand,
    hmac_sha256,
    sha256,
    verify,
)

unhex = bytes.fromhex

# RFC 5869 appendix A.1, A.2, A.3: ikm, salt, info, length, prk, okm
HKDF = [
    (
        b"\x0b" * 22,
        bytes(range(13)),
        bytes(range(0xF0, 0xFA)),
        42,
        "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
    ),
    (
        bytes(range(0x50)),
        bytes(range(0x60, 0xB0)),
        bytes(range(0xB0, 0x100)),
        82,
        "06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244",
        "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09"
        "b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87",
    ),
    (
        b"\x0b" * 22,
        b"",
        b"",
        42,
        "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04",
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
    ),
]

# RFC 7748 section 5.2 (two scalar multiplications) and 6.1 (Diffie-Hellman)
X25519 = [
    (
        "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
        "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
        "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
    ),
    (
        "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
        "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
        "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957",
    ),
]

# RFC 8032 section 7.1, tests 1 and 2: seed, public key, message, signature
ED25519 = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe"
        "24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302a"
        "eeb00d291612bb0c00",
    ),
]
ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493

# Points of low order on Curve25519 and its twist (RFC 7748 section 6.1, Bernstein's list), and non-canonical forms.
LOW_ORDER = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
]


def steady(count: int) -> bytes:
    return bytes(range(count))


def test_sha256_and_hmac_vectors() -> None:
    assert sha256(b"abc").hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    # RFC 4231 section 4.3
    mac = hmac_sha256(b"Jefe", b"what do ya want for nothing?").hex()
    assert mac == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"


@pytest.mark.parametrize(("ikm", "salt", "info", "length", "prk", "okm"), HKDF)
def test_hkdf_rfc_5869(ikm: bytes, salt: bytes, info: bytes, length: int, prk: str, okm: str) -> None:
    assert hkdf(ikm, info, length, salt).hex() == okm
    assert hkdf_expand(unhex(prk), info, length).hex() == okm


@pytest.mark.parametrize("length", [0, -1, 255 * 32 + 1])
def test_hkdf_refuses_impossible_lengths(length: int) -> None:
    with pytest.raises(ValueError, match="8160"):
        hkdf(b"ikm", b"info", length)


def test_hkdf_gives_its_longest_output() -> None:
    assert len({hkdf(b"ikm", b"info", 255 * 32)[i : i + 32] for i in range(0, 255 * 32, 32)}) == 255


@pytest.mark.parametrize(("scalar", "u", "product"), X25519)
def test_x25519_rfc_7748_section_5_2(scalar: str, u: str, product: str) -> None:
    assert dh(unhex(scalar), unhex(u)).hex() == product


def test_x25519_rfc_7748_thousand_iterations() -> None:
    k = u = b"\x09" + bytes(31)
    for _ in range(1000):
        k, u = dh(k, u), k
    assert k.hex() == "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51"


def test_x25519_rfc_7748_section_6_1() -> None:
    alice = dh_from_private(unhex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"))
    bob = dh_from_private(unhex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"))
    assert alice.public.hex() == "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"
    assert bob.public.hex() == "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"
    shared = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"
    assert dh(alice.private, bob.public).hex() == dh(bob.private, alice.public).hex() == shared


@pytest.mark.parametrize("point", LOW_ORDER)
@pytest.mark.parametrize("high_bit", [0, 0x80])
def test_dh_refuses_low_order_points(point: str, high_bit: int) -> None:
    public = bytearray(unhex(point))
    public[31] |= high_bit  # ignored by X25519 (RFC 7748 section 5), so no way around the check
    with pytest.raises(Undecryptable):
        dh(bytes(range(32)), bytes(public))


@pytest.mark.parametrize("length", [0, 31, 33])
def test_dh_refuses_wrong_lengths(length: int) -> None:
    with pytest.raises(Undecryptable):
        dh(bytes(range(32)), b"\x09" * length)
    with pytest.raises(ValueError, match="32 bytes"):
        dh(bytes(length), b"\x09" * 32)
    with pytest.raises(ValueError, match="32 bytes"):
        dh_from_private(bytes(length))
    with pytest.raises(ValueError, match="32 bytes"):
        SigningKey(bytes(length))


def test_keys_come_from_the_given_randomness() -> None:
    assert generate_dh(steady) == dh_from_private(bytes(range(32)))
    assert generate_signing_key(steady) == SigningKey(bytes(range(32)))


@pytest.mark.parametrize(("seed", "public", "message", "signature"), ED25519)
def test_ed25519_rfc_8032(seed: str, public: str, message: str, signature: str) -> None:
    key = SigningKey(unhex(seed))
    assert key.public.hex() == public
    assert key.sign(unhex(message)).hex() == signature
    verify(key.public, unhex(message), unhex(signature))


def test_ed25519_agrees_with_another_implementation() -> None:
    ours, theirs = SigningKey(bytes(range(32))), Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    assert ours.sign(b"message") == theirs.sign(b"message")
    theirs.public_key().verify(ours.sign(b"message"), b"message")


def test_verify_refuses_every_changed_byte() -> None:
    key, message = SigningKey(bytes(range(32))), b"the message"
    signature = key.sign(message)
    for i in range(64):
        forged = bytearray(signature)
        forged[i] ^= 1
        with pytest.raises(Undecryptable):
            verify(key.public, message, bytes(forged))
    for other in (b"the messagf", b"the message ", b""):
        with pytest.raises(Undecryptable):
            verify(key.public, other, signature)
    with pytest.raises(Undecryptable):
        verify(SigningKey(bytes(32)).public, message, signature)


def test_verify_refuses_the_second_form_of_a_signature() -> None:
    key = SigningKey(bytes(range(32)))
    signature = key.sign(b"message")
    s = int.from_bytes(signature[32:], "little") + ED25519_ORDER
    with pytest.raises(Undecryptable):
        verify(key.public, b"message", signature[:32] + s.to_bytes(32, "little"))


def test_verify_refuses_a_key_of_low_order_under_which_anything_would_verify() -> None:
    identity_point = b"\x01" + bytes(31)
    with pytest.raises(Undecryptable):
        verify(identity_point, b"any message", identity_point + bytes(32))


@pytest.mark.parametrize(("public", "signature"), [(31, 64), (33, 64), (0, 64), (32, 63), (32, 65), (32, 0)])
def test_verify_refuses_wrong_lengths(public: int, signature: int) -> None:
    with pytest.raises(Undecryptable):
        verify(bytes(public), b"message", bytes(signature))


def test_verify_refuses_a_good_signature_cut_elsewhere_or_a_key_with_something_after_it() -> None:
    key, message = SigningKey(bytes(range(32))), b"message"
    signature = key.sign(message)
    for public, text, cut in [
        (key.public + b"\0", message, signature),
        (key.public, message[1:], signature + message[:1]),
        (key.public, signature[-1:] + message, signature[:-1]),
    ]:
        with pytest.raises(Undecryptable):
            verify(public, text, cut)


def test_xchacha20_poly1305_vector() -> None:
    """draft-irtf-cfrg-xchacha-03, appendix A.3.1."""
    plaintext = (
        b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, "
        b"sunscreen would be it."
    )
    nonce, ad = bytes(range(0x40, 0x58)), unhex("50515253c0c1c2c3c4c5c6c7")
    sealed = aead_seal(bytes(range(0x80, 0xA0)), plaintext, ad, lambda count: nonce[:count])
    assert sealed[:24] == nonce
    assert sealed[24:].hex() == (
        "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c2"
        "16cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff921f9664c97637da9768812f615c6"
        "8b13b52e"
        "c0875924c1c7987947deafd8780acf49"
    )
    assert aead_open(bytes(range(0x80, 0xA0)), sealed, ad) == plaintext


def test_aead_refuses_every_changed_byte_other_keys_and_other_data() -> None:
    key, ad = bytes(range(32)), b"header"
    sealed = aead_seal(key, b"plaintext", ad, steady)
    assert aead_open(key, sealed, ad) == b"plaintext"
    for i in range(len(sealed)):
        forged = bytearray(sealed)
        forged[i] ^= 0x80
        with pytest.raises(Undecryptable):
            aead_open(key, bytes(forged), ad)
    for length in range(len(sealed)):
        with pytest.raises(Undecryptable):
            aead_open(key, sealed[:length], ad)
    for other in (b"", b"heades", b"header "):
        with pytest.raises(Undecryptable):
            aead_open(key, sealed, other)
    with pytest.raises(Undecryptable):
        aead_open(bytes(32), sealed, ad)


@pytest.mark.parametrize("length", [0, 31, 33])
def test_aead_with_a_key_of_another_length_is_a_bug(length: int) -> None:
    """Not Undecryptable: that would blame the sender."""
    with pytest.raises(ValueError, match="32 bytes"):
        aead_seal(bytes(length), b"plaintext", b"", steady)
    with pytest.raises(ValueError, match="32 bytes"):
        aead_open(bytes(length), bytes(60), b"")


def test_aead_takes_empty_texts() -> None:
    sealed = aead_seal(bytes(32), b"", b"", steady)
    assert len(sealed) == 40
    assert aead_open(bytes(32), sealed, b"") == b""
    assert Aead(bytes(32)).decrypt(sealed) == b""


def test_constant_time_equal() -> None:
    assert constant_time_equal(b"same", b"same")
    assert not constant_time_equal(b"same", b"sama")
    assert not constant_time_equal(b"same", b"sam")


def test_secrets_stay_out_of_reprs() -> None:
    secret = bytes(range(32))
    assert repr(secret)[2:10] not in repr(dh_from_private(secret)) + repr(SigningKey(secret))


def test_undecryptable_says_what_to_do() -> None:
    error = Undecryptable()
    assert error.title
    assert error.hint
