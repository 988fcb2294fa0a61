"""The ratchet in lockstep with the DoubleRatchet library (Syndace), over a channel that loses, reorders and repeats.

Both implementations play the same person with the same randomness: every message, every refusal and every secret must
be equal, on both sides, all the way.
"""

import random
from collections import deque
from contextlib import suppress
from typing import Any

import pytest
from doubleratchet import DoubleRatchet, EncryptedMessage, Header
from doubleratchet.aead import AEAD, AuthenticationFailedException
from doubleratchet.diffie_hellman_ratchet import DuplicateMessageException
from doubleratchet.recommended import HashFunction, diffie_hellman_ratchet_curve25519, kdf_hkdf, kdf_separate_hmacs
from nacl.exceptions import CryptoError
from nacl.secret import Aead

from vauchi_tui.crypto.primitives import Undecryptable, dh_from_private
from vauchi_tui.crypto.ratchet import (
    MAX_SKIPPED,
    RatchetState,
    ratchet_decrypt,
    ratchet_encrypt,
    start_initiator,
    start_responder,
)

ROOT = bytes(range(32))
AD = b"both ids"


class Draw:
    """The next key and nonce; whoever asks within one step gets the same."""

    key = nonce = b""

    @classmethod
    def turn(cls, schedule: random.Random) -> None:
        cls.key, cls.nonce = schedule.randbytes(32), schedule.randbytes(24)

    @classmethod
    def rng(cls, count: int) -> bytes:
        return {32: cls.key, 24: cls.nonce}[count]


class RootKdf(kdf_hkdf.KDF):
    @staticmethod
    def _get_hash_function() -> HashFunction:
        return HashFunction.SHA_256

    @staticmethod
    def _get_info() -> bytes:
        return b"vauchi/ratchet/1"


class ChainKdf(kdf_separate_hmacs.KDF):
    @staticmethod
    def _get_hash_function() -> HashFunction:
        return HashFunction.SHA_256


class Dh(diffie_hellman_ratchet_curve25519.DiffieHellmanRatchet):
    @staticmethod
    def _generate_priv() -> bytes:
        return Draw.key


class XChaCha(AEAD):
    @staticmethod
    async def encrypt(plaintext: bytes, key: bytes, associated_data: bytes) -> bytes:
        return bytes(Aead(key).encrypt(plaintext, associated_data, Draw.nonce))

    @staticmethod
    async def decrypt(ciphertext: bytes, key: bytes, associated_data: bytes) -> bytes:
        try:
            return Aead(key).decrypt(ciphertext, associated_data)
        except CryptoError as error:
            raise AuthenticationFailedException from error


def header_bytes(header: Header) -> bytes:
    counts = (header.previous_sending_chain_length, header.sending_chain_length)
    return header.ratchet_pub + b"".join(count.to_bytes(4, "big") for count in counts)


def parsed(message: bytes) -> EncryptedMessage:
    counts = (int.from_bytes(message[i : i + 4], "big") for i in (32, 36))
    return EncryptedMessage(Header(message[:32], *counts), message[40:])


class Oracle(DoubleRatchet):
    @staticmethod
    def _build_associated_data(associated_data: bytes, header: Header) -> bytes:
        return header_bytes(header) + associated_data


CONFIGURATION: dict[str, Any] = {
    "diffie_hellman_ratchet_class": Dh,
    "root_chain_kdf": RootKdf,
    "message_chain_kdf": ChainKdf,
    "message_chain_constant": b"\x02\x01",
    "dos_protection_threshold": MAX_SKIPPED,
    "max_num_skipped_message_keys": MAX_SKIPPED,
    "aead": XChaCha,
    "shared_secret": ROOT,
    "associated_data": AD,
}


class Person:
    """One person twice: by our ratchet and by the library."""

    def __init__(self, state: RatchetState, peer_public: bytes) -> None:
        self.state = state
        self._peer_public = peer_public
        self._oracle: Oracle | None = None

    async def encrypt(self, plaintext: bytes) -> bytes:
        self.state, message = ratchet_encrypt(self.state, plaintext, AD, Draw.rng)
        if self._oracle is None:
            Draw.key = self.state.own.private  # drawn when the state was made; the library draws it here
            self._oracle, theirs = await Oracle.encrypt_initial_message(
                recipient_ratchet_pub=self._peer_public, message=plaintext, **CONFIGURATION
            )
        else:
            theirs = await self._oracle.encrypt_message(plaintext, AD)
        assert message == header_bytes(theirs.header) + theirs.ciphertext
        return message

    async def decrypt(self, message: bytes) -> bytes | None:
        """The plaintext, or None where both refuse."""
        plaintext: bytes | None = None
        theirs: bytes | None = None
        own_private = self.state.own.private
        with suppress(Undecryptable):
            self.state, plaintext = ratchet_decrypt(self.state, message, AD, Draw.rng)
        with suppress(AuthenticationFailedException, DuplicateMessageException):
            if self._oracle is None:
                self._oracle, theirs = await Oracle.decrypt_initial_message(
                    own_ratchet_priv=own_private, message=parsed(message), **CONFIGURATION
                )
            else:
                theirs = await self._oracle.decrypt_message(parsed(message), AD)
        assert plaintext == theirs
        return plaintext

    def assert_same_secrets(self) -> None:
        assert self._oracle is not None
        model = self._oracle.model
        ratchet = model.diffie_hellman_ratchet
        chains = ratchet.symmetric_key_ratchet
        ours, (sending, receiving) = self.state, (chains.sending_chain, chains.receiving_chain)
        assert ours.root == ratchet.root_chain.key
        assert (ours.own.private, ours.peer) == (ratchet.own_ratchet_priv, ratchet.other_ratchet_pub)
        assert sending is not None
        assert (ours.sending, ours.sent) == (sending.key, sending.length)
        assert (ours.receiving, ours.received) == ((receiving.key, receiving.length) if receiving else (None, 0))
        assert ours.previous == (chains.previous_sending_chain_length or 0)
        skipped = [((key.ratchet_pub, key.index), key.message_key) for key in model.skipped_message_keys]
        assert list(ours.skipped.items()) == skipped


async def converse(seed: int, messages: int) -> dict[str, int]:
    """`messages` messages both ways; a count of what happened to them, and the most keys ever set aside."""
    schedule = random.Random(seed)
    Draw.turn(schedule)
    first = dh_from_private(schedule.randbytes(32))
    people = [
        Person(start_initiator(ROOT, first.public, Draw.rng), first.public),
        Person(start_responder(ROOT, first), b""),
    ]
    flying: list[list[tuple[bytes, bytes]]] = [[], []]  # to each person
    opened: list[deque[bytes]] = [deque(maxlen=50), deque(maxlen=50)]
    count = {"sent": 0, "lost": 0, "opened": 0, "refused": 0, "skipped": 0}

    async def deliver(to: int) -> None:
        message, plaintext = flying[to].pop(0)
        Draw.turn(schedule)
        assert await people[to].decrypt(message) == plaintext
        opened[to].append(message)
        count["opened"] += 1
        count["skipped"] = max(count["skipped"], len(people[to].state.skipped))

    while count["sent"] < messages:
        sender = schedule.randrange(2) if people[1].state.sending else 0
        for _ in range(schedule.choice((1, 1, 1, 2, 5, 20))):
            Draw.turn(schedule)
            plaintext = schedule.randbytes(schedule.choice((0, 1, 50)))
            message = await people[sender].encrypt(plaintext)
            count["sent"] += 1
            if schedule.random() < 0.1:
                count["lost"] += 1
            else:
                waiting = flying[1 - sender]
                waiting.insert(max(0, len(waiting) - schedule.choice((0, 0, 0, 1, 10))), (message, plaintext))
        for _ in range(schedule.choice((0, 1, 10, 30))):
            receiver = schedule.randrange(2)
            if flying[receiver]:
                await deliver(receiver)
        receiver = schedule.randrange(2)
        if opened[receiver]:
            message = schedule.choice(opened[receiver])
            if schedule.random() < 0.5:
                message = message[:-1] + bytes([message[-1] ^ 1])
            Draw.turn(schedule)
            assert await people[receiver].decrypt(message) is None
            count["refused"] += 1
        if schedule.random() < 0.1 and people[1].state.sending:
            for each in people:
                each.assert_same_secrets()
    for person, waiting in enumerate(flying):
        while waiting:
            await deliver(person)
        people[person].assert_same_secrets()
    assert count["opened"] == count["sent"] - count["lost"]
    return count


@pytest.mark.parametrize("seed", [1, 2])
async def test_agrees_with_the_library_over_2000_messages(seed: int) -> None:
    count = await converse(seed, 2000)
    assert count["lost"] > 100
    assert count["refused"] > 100
    assert count["skipped"] > 50


@pytest.mark.soak
@pytest.mark.timeout(1800)
async def test_agrees_with_the_library_over_100_000_messages() -> None:
    count = await converse(3, 100_000)
    assert count["lost"] > 5 * MAX_SKIPPED
    assert count["skipped"] == MAX_SKIPPED  # so the oldest keys have made room on the way
