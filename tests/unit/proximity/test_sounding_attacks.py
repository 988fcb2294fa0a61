"""Attacks on the proof by sound: none is accepted, and a weaker design is shown to accept the same attack."""

from dataclasses import replace

import numpy as np
import pytest
from channel import SOUND
from ranging_air import Air
from sound_conversation import Conversation
from sounding_people import Exchange

import vauchi_tui.proximity.ranging as ranging
from vauchi_tui.crypto.primitives import generate_signing_key, hkdf
from vauchi_tui.proximity.events import Near
from vauchi_tui.proximity.evidence import Evidence
from vauchi_tui.proximity.keys import Binding, Side, air_keys
from vauchi_tui.proximity.refusals import Refusal
from vauchi_tui.proximity.scanner import ScannerSounding
from vauchi_tui.proximity.sounding import Message


def refused(talk: Conversation) -> bool:
    return talk.a.machine.finished and not talk.a.all(Near) and not talk.b.all(Near)


class TestOnlyThePhotographedCode:
    """Mallory stands in the room with an app of her own and knows what is in the code: the audio seed, not X1."""

    @staticmethod
    def from_the_code(binding: Binding) -> Binding:
        return replace(binding, secret=hkdf(binding.seed, b"guess"))

    def test_is_refused(self) -> None:
        exchange = Exchange(41)
        talk = Conversation(exchange.shower(), exchange.scanner(binding=self.from_the_code(exchange.binding)), 41)
        assert refused(talk.run())

    def test_is_refused_with_the_real_bobs_messages_on_the_pipe(self) -> None:
        exchange = Exchange(42)
        talk = Conversation(exchange.shower(), exchange.scanner(binding=self.from_the_code(exchange.binding)), 42)
        bob = exchange.scanner()
        bob.receive_samples(memoryview(np.zeros(480, np.float32)), 0, 0.0)
        (ready,) = bob.messages_to_send()
        talk.carry = lambda sender, message: [ready] if sender is talk.b.machine else [message]
        assert refused(talk.run())
        assert talk.a.refusals[0] is Refusal.NOT_HEARD

    def test_weak_variant_keys_from_the_code_alone_are_accepted(self) -> None:
        exchange = Exchange(43)
        weak = self.from_the_code(exchange.binding)
        talk = Conversation(exchange.shower(binding=weak), exchange.scanner(binding=weak), 43).run()
        assert talk.a.all(Near) and talk.b.all(Near)


class TestRecordingOfAnEarlierSession:
    """What Alice heard of Bob, and what he sent, comes again at the same moment; Bob is not there."""

    @staticmethod
    def replayed(earlier: Conversation, now: Exchange, seed: int) -> Conversation:
        talk = Conversation(now.shower(), Exchange(99).scanner(), seed)
        talk.b.muted_from = 0.0
        sound = np.concatenate([earlier.a.of_other, np.zeros(96_000)])
        talk.a.injected = lambda places: sound[np.minimum(places, len(sound) - 1)]
        messages = [(at, message) for at, sender, message in earlier.sent if sender is earlier.b.machine]
        while not talk.a.machine.finished and talk.now < 59:
            talk.step()
            while messages and messages[0][0] + talk.pipe <= talk.now:
                talk.a.machine.receive_message(messages.pop(0)[1], talk.now)
        talk.step()  # for the last events
        return talk

    @pytest.fixture
    def earlier(self) -> Conversation:
        exchange = Exchange(44)
        talk = Conversation(exchange.shower(), exchange.scanner(), 44).run()
        assert talk.a.all(Near)
        return talk

    def test_is_refused(self, earlier: Conversation) -> None:
        assert not self.replayed(earlier, Exchange(45), 45).a.all(Near)

    def test_is_refused_even_under_the_same_keys_for_the_challenge_is_fresh(self, earlier: Conversation) -> None:
        now = Exchange(44)
        now.rng = Exchange(46).rng
        talk = self.replayed(earlier, now, 46)
        assert not talk.a.all(Near)
        assert talk.a.refusals[0] is Refusal.FOREIGN

    def test_weak_variant_same_keys_and_same_challenge_are_accepted(self, earlier: Conversation) -> None:
        now, challenge = Exchange(44), earlier.a.machine.evidence.challenge[1:]  # type: ignore[attr-defined]
        now.rng = lambda count: challenge if count == 8 else bytes(count)
        assert self.replayed(earlier, now, 44).a.all(Near)


class TestLiveRelay:
    """Bob is elsewhere; both rooms hear each other over something that takes 5 or 10 ms each way, as if far away."""

    @pytest.mark.parametrize("delay", [0.005, 0.010])
    @pytest.mark.parametrize("snr_db", [25.0, 10.0])
    def test_is_refused(self, delay: float, snr_db: float) -> None:
        exchange = Exchange(47)
        air = Air(distance=0.3 + delay * SOUND, snr_db=snr_db)
        assert refused(Conversation(exchange.shower(), exchange.scanner(), 47, air=air).run())

    def test_the_person_is_told_that_sound_may_be_passed_on(self) -> None:
        exchange = Exchange(48)
        talk = Conversation(exchange.shower(), exchange.scanner(), 48, air=Air(distance=0.3 + 0.005 * SOUND)).run()
        assert talk.a.not_proven is Refusal.TOO_FAR and "passing the sound on" in Refusal.TOO_FAR.hint

    def test_weak_variant_without_a_limit_of_distance_is_accepted(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(ranging, "FARTHEST", 100.0)
        exchange = Exchange(48)
        talk = Conversation(exchange.shower(), exchange.scanner(), 48, air=Air(distance=0.3 + 0.005 * SOUND)).run()
        assert talk.a.all(Near)


class TestWrongKeys:
    def test_a_device_of_another_session_is_not_even_played_to(self) -> None:
        exchange = Exchange(49)
        talk = Conversation(exchange.shower(), exchange.scanner(binding=Exchange(50).binding), 49).run()
        assert refused(talk) and not talk.a.played.any()

    def test_a_signature_by_another_device_than_that_of_m1_is_refused(self) -> None:
        exchange = Exchange(51)
        other = generate_signing_key(exchange.rng)
        talk = Conversation(exchange.shower(), exchange.scanner(key=other), 51).run()
        assert refused(talk) and talk.a.refusals == [Refusal.FOREIGN] * 3

    def test_an_answer_that_does_not_commit_to_the_signature_is_refused(self) -> None:
        """Somebody in the room answers with the right keys, and another's signature comes over the pipe."""

        class Fickle(ScannerSounding):
            def _play(self, codes: tuple[bytes, ...], frame: bytes | None):  # type: ignore[no-untyped-def]
                if frame is not None and len(frame) == 8:
                    frame = bytes(8)
                return super()._play(codes, frame)

        exchange = Exchange(52)
        scanner = Fickle(exchange.binding, 48_000, exchange.rng, 0.0, sign=exchange.key.sign, name="Bob")
        talk = Conversation(exchange.shower(), scanner, 52).run()
        assert refused(talk) and Refusal.FOREIGN in talk.a.refusals

    def test_an_answer_that_comes_too_late_is_refused(self) -> None:
        class Slow(ScannerSounding):
            def sound_to_play(self):  # type: ignore[no-untyped-def]
                return [replace(play, position=play.position + 60_000) for play in super().sound_to_play()]

        exchange = Exchange(53)
        scanner = Slow(exchange.binding, 48_000, exchange.rng, 0.0, sign=exchange.key.sign, name="Bob")
        talk = Conversation(exchange.shower(), scanner, 53).run()
        assert refused(talk) and talk.a.refusals[0] is Refusal.TOO_LATE


class TestEvidence:
    """What comes as a message and again in M2 must fit what Bob heard and measured."""

    @pytest.fixture
    def talk(self) -> Conversation:
        exchange = Exchange(54)
        talk = Conversation(exchange.shower(), exchange.scanner(), 54, judge=False)
        while not talk.a.all(Near):
            talk.step()
        return talk

    @staticmethod
    def evidence(talk: Conversation) -> Evidence:
        evidence = talk.a.machine.evidence  # type: ignore[attr-defined]
        assert Evidence.decode(evidence.encode()) == evidence
        return evidence  # type: ignore[no-any-return]

    def test_it_comes_by_itself_as_soon_as_alice_has_accepted(self, talk: Conversation) -> None:
        while not talk.b.machine.finished:
            talk.step()
        assert talk.b.near is not None and talk.b.near.distance_m == talk.a.near.distance_m  # type: ignore[union-attr]
        assert talk.b.machine.evidence == self.evidence(talk)  # type: ignore[attr-defined]

    def test_as_it_is_sent_proves(self, talk: Conversation) -> None:
        assert talk.b.machine.check(self.evidence(talk))  # type: ignore[attr-defined]
        (event,) = [event for event in talk.b.machine.events_received() if isinstance(event, Near)]
        assert event.distance_m == talk.a.near.distance_m  # type: ignore[union-attr]

    def test_with_another_challenge_is_refused(self, talk: Conversation) -> None:
        evidence = self.evidence(talk)
        forged = replace(evidence, challenge=evidence.challenge[:1] + bytes(8))
        assert not talk.b.machine.check(forged)  # type: ignore[attr-defined]
        assert talk.b.machine.finished

    def test_with_other_times_is_refused(self, talk: Conversation) -> None:
        evidence = self.evidence(talk)
        times = [time if index < 4 else time + 256 * 500 for index, time in enumerate(evidence.report.times)]  # type: ignore[operator]
        forged = replace(evidence, report=replace(evidence.report, times=tuple(times)))
        assert not talk.b.machine.check(forged)  # type: ignore[attr-defined]

    def test_before_anything_was_heard_is_refused(self) -> None:
        exchange = Exchange(55)
        talk = Conversation(exchange.shower(), exchange.scanner(), 55, judge=False)
        while not talk.a.all(Near):
            talk.step()
        assert not exchange.scanner().check(self.evidence(talk))


@pytest.mark.parametrize("name", ["", " Bob", "Bob\n", "B\x1b[2Job", "B" * 101, "B\u202eob"], ids=ascii)
def test_a_report_with_a_name_that_is_none_is_refused_and_ends_nothing(name: str) -> None:
    exchange = Exchange(44)
    shower, keys, block = exchange.shower(), air_keys(exchange.binding, 1), np.zeros(4_800, np.float32)
    shower.receive_samples(memoryview(block), 0, 0.0)
    assert shower.receive_message(keys.seal(Side.SCANNER, bytes([Message.READY]), exchange.rng), 0.0)
    shower.receive_samples(memoryview(block), len(block), 0.1)
    assert shower.sound_to_play()
    text = name.encode()
    body = bytes([Message.REPORT]) + bytes(64) + len(text).to_bytes(2, "big") + text + bytes(69)
    assert not shower.receive_message(keys.seal(Side.SCANNER, body, exchange.rng), 0.2)
    assert not shower.finished
