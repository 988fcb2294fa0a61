"""The shell around PortAudio: what it opens, what its callback copies, what it refuses. The test plays PortAudio."""

import atexit
from dataclasses import dataclass, field
from threading import Event
from typing import Any

import numpy as np
import pytest
from sound_cards import HEADSET, HIFI, LAPTOP, SLOW, PortAudio, Stream

from vauchi_tui.proximity import devices, soundcard
from vauchi_tui.proximity.devices import Device, Pair, SoundUnavailable, choose, listed
from vauchi_tui.proximity.soundcard import SoundCard


@pytest.fixture
def portaudio(monkeypatch: pytest.MonkeyPatch) -> PortAudio:
    fake = PortAudio([LAPTOP])
    monkeypatch.setattr(devices, "portaudio", lambda: fake)
    monkeypatch.setattr(soundcard, "portaudio", lambda: fake)
    monkeypatch.setattr(soundcard, "SETTLE_SECONDS", 0.01)
    return fake


def stereo(left: range) -> np.ndarray:
    return np.stack([np.array(left), np.full(len(left), -1.0)], axis=1)


def test_the_devices_own_rate_is_taken(portaudio: PortAudio) -> None:
    assert choose().rate == 48_000
    portaudio.found = [HIFI]
    assert choose().rate == 44_100
    portaudio.api = "ALSA"  # which names 44,100 for everything
    assert choose().rate == 48_000


def test_a_device_is_chosen_by_its_name(portaudio: PortAudio) -> None:
    portaudio.found = [LAPTOP, HIFI, SLOW]
    assert choose(None, "hi-fi").output.name == "Hi-Fi"
    assert [device.name for device in listed()] == ["Built-in", "Hi-Fi", "Old Microphone"]
    with pytest.raises(SoundUnavailable, match="no speaker named “Old Microphone”"):
        choose(None, "Old Microphone")


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ([], "no sound device"),
        ([LAPTOP | {"max_input_channels": 0}], "no microphone"),
        ([LAPTOP | {"max_output_channels": 0}], "no speaker"),
        ([HEADSET], "Bluetooth"),
        ([LAPTOP | {"default_samplerate": 16e3}], "sample rate"),
    ],
)
def test_what_cannot_carry_the_band_is_refused_with_a_remedy(
    portaudio: PortAudio, found: list[dict[str, Any]], words: str
) -> None:
    portaudio.found = found
    with pytest.raises(SoundUnavailable, match=words) as refused:
        choose()
    assert refused.value.hint.endswith(".")


def test_a_card_without_a_rate_is_refused(portaudio: PortAudio) -> None:
    portaudio.rates = (16_000,)
    with pytest.raises(SoundUnavailable, match="sample rate"):
        choose()


@pytest.mark.parametrize("fails", ["open", "start", "end"])
def test_a_card_that_is_in_use_is_refused_with_a_remedy(portaudio: PortAudio, fails: str) -> None:
    portaudio.fails = fails
    with pytest.raises(SoundUnavailable) as refused, SoundCard(choose()):
        pass
    assert refused.value.hint


def test_one_channel_is_captured_in_order_and_counted(portaudio: PortAudio) -> None:
    with SoundCard(choose()) as card:
        (stream,) = portaudio.streams
        assert stream.options["channels"] == (2, 2)
        stream.turn(stereo(range(480)))
        stream.turn(stereo(range(480, 960)))
        captured = card.read()
        assert captured is not None and (captured.position, captured.flawed) == (0, False)
        assert list(captured.samples) == list(range(960))
        assert card.read() is None
        stream.turn(stereo(range(10)))
        again = card.read()
        assert again is not None and again.position == 960 and list(again.samples) == list(range(10))


def test_the_ring_goes_round_and_keeps_nothing_that_was_read(portaudio: PortAudio) -> None:
    with SoundCard(choose()) as card:
        (stream,) = portaudio.streams
        place = 0
        while place < 2.5 * 4 * 48_000:
            stream.turn(stereo(range(place, place + 1_000)))
            captured = card.read()
            assert captured is not None and captured.position == place
            assert list(captured.samples) == list(range(place, place + 1_000))
            place += 1_000
        assert not np.asarray(card._duplex._ring).any()


@pytest.mark.parametrize("flag", ["input_overflow", "input_underflow", "output_underflow", "output_overflow"])
def test_an_over_or_underflow_is_told_once(portaudio: PortAudio, flag: str) -> None:
    with SoundCard(choose()) as card:
        (stream,) = portaudio.streams
        told = []
        for flags in ({}, {flag: True}, {}):
            stream.turn(stereo(range(480)), **flags)
            captured = card.read()
            assert captured is not None
            told.append(captured.flawed)
        assert told == [False, True, False]


def test_a_reader_that_is_too_slow_is_told(portaudio: PortAudio) -> None:
    with SoundCard(choose()) as card:
        (stream,) = portaudio.streams
        for _ in range(5):
            stream.turn(stereo(range(48_000)))
        assert card.read() is None
        stream.turn(stereo(range(480)))
        captured = card.read()
        assert captured is not None and captured.flawed and captured.position == 5 * 48_000


def test_one_channel_is_played_at_its_place(portaudio: PortAudio) -> None:
    with SoundCard(choose()) as card:
        (stream,) = portaudio.streams
        card.play(memoryview(np.arange(1, 1_001, dtype=np.float32)), 700)
        given = np.concatenate([stream.turn(stereo(range(480))) for _ in range(5)])
        assert not given[:, 1].any()  # two speakers would be two arrivals
        assert not given[:700, 0].any() and not given[1_700:, 0].any()
        assert list(given[700:1_700, 0]) == list(range(1, 1_001))


def test_what_is_late_is_played_whole_and_at_once(portaudio: PortAudio) -> None:
    with SoundCard(choose()) as card:
        (stream,) = portaudio.streams
        stream.turn(stereo(range(480)))
        card.play(memoryview(np.ones(100, np.float32)), 100)
        card.play(memoryview(np.full(100, 2, np.float32)), 110)
        given = np.concatenate([stream.turn(stereo(range(480))) for _ in range(2)])[:, 0]
        assert list(given[:100]) == [1.0] * 100
        assert (given == 2).sum() == 100
        assert not stream.turn(stereo(range(480))).any()


def test_a_device_with_one_channel_is_opened_with_one(portaudio: PortAudio) -> None:
    portaudio.found = [LAPTOP | {"max_input_channels": 1, "max_output_channels": 1}]
    with SoundCard(choose()) as card:
        (stream,) = portaudio.streams
        assert stream.options["channels"] == (1, 1)
        card.play(memoryview(np.ones(10, np.float32)), 0)
        assert stream.turn(np.ones((480, 1))).sum() == 10
        captured = card.read()
        assert captured is not None and list(captured.samples) == [1.0] * 480


def test_a_closed_card_is_closed_and_wiped(portaudio: PortAudio) -> None:
    with SoundCard(choose()) as card:
        (stream,) = portaudio.streams
        stream.turn(stereo(range(480)))
        assert card.running
    assert stream.closed and not card.running and not np.asarray(card._duplex._ring).any()


def test_a_bluetooth_name_is_known_in_any_case() -> None:
    names = ("AirPods Pro", "bluez_sink.00_11", "Headset (Hands-Free AG Audio)")
    assert all(Device(0, name, "", 1, 1, 48e3).wireless for name in names)
    assert not Device(0, "HDA Intel PCH: ALC257 Analog (hw:0,0)", "ALSA", 2, 2, 44.1e3).wireless
    assert Pair(*(Device(0, "x", "", 1, 1, 48e3) for _ in range(2)), 48_000).rate == 48_000


def test_a_stream_that_breaks_off_is_opened_again_and_what_it_lost_is_told(
    portaudio: PortAudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    with SoundCard(choose()) as card:
        (first,) = portaudio.streams
        again, start = Event(), Stream.start

        def begin(stream: Stream) -> None:
            start(stream)
            again.set()

        monkeypatch.setattr(Stream, "start", begin)
        first.turn(stereo(range(480)))
        card.play(memoryview(np.ones(480, np.float32)), 480)
        first.active = False
        assert again.wait(30) and first.closed and card.running
        given = portaudio.streams[1].turn(stereo(range(480, 960)))
        assert not given.any()  # nobody waits for it any more
        captured = card.read()
        assert captured is not None and (captured.position, captured.flawed) == (0, True)
        assert list(captured.samples) == list(range(960))


def test_a_device_that_is_pulled_out_is_gone(portaudio: PortAudio) -> None:
    with SoundCard(choose()) as card:
        portaudio.fails = "open"
        portaudio.streams[0].active = False
        card._keeper.join(30)
        assert not card.running and card.read() is None


@dataclass
class Hanging:
    """A sound system that does not come back from one call until it is `released`."""

    call: str
    released: Event = field(default_factory=Event)
    closed: Event = field(default_factory=Event)
    at_exit: list[object] = field(default_factory=list)

    def into(self, portaudio: PortAudio, monkeypatch: pytest.MonkeyPatch) -> None:
        hang, stream_call = self, getattr(Stream, self.call)

        def hanging(stream: Stream) -> None:
            hang.released.wait(30)
            stream_call(stream)

        def close(stream: Stream) -> None:
            original(stream)
            hang.closed.set()

        monkeypatch.setattr(Stream, self.call, hanging)
        original = Stream.close
        monkeypatch.setattr(Stream, "close", close)
        monkeypatch.setattr(soundcard, "START_SECONDS", 0.05)
        monkeypatch.setattr(soundcard, "CLOSE_SECONDS", 0.05)
        monkeypatch.setattr(atexit, "unregister", self.at_exit.append)
        portaudio._exit_handler = self.into  # type: ignore[attr-defined]


def test_a_sound_system_that_does_not_open_the_card_is_given_up_and_the_card_closed_should_it_open_after_all(
    portaudio: PortAudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    hanging = Hanging("start")
    hanging.into(portaudio, monkeypatch)
    with pytest.raises(SoundUnavailable, match="does not answer") as refused, SoundCard(choose()):
        pass
    assert refused.value.hint and hanging.at_exit == [hanging.into]
    hanging.released.set()
    assert hanging.closed.wait(30)


def test_a_sound_system_that_does_not_close_the_card_holds_nothing_up_and_hears_nothing_more(
    portaudio: PortAudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    hanging = Hanging("close")
    hanging.into(portaudio, monkeypatch)
    with SoundCard(choose()) as card:
        (stream,) = portaudio.streams
        card.play(memoryview(np.ones(480, np.float32)), 0)
    assert hanging.at_exit == [hanging.into]
    assert not stream.turn(stereo(range(480))).any()
    assert not np.asarray(card._duplex._ring).any()
    assert devices._streams == 1  # PortAudio is not started again under it
    hanging.released.set()
    assert hanging.closed.wait(30)
    card._keeper.join(30)
    assert devices._streams == 0
