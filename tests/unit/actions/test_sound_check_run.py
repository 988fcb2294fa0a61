"""The sound check of a machine: what it says of equipment that works, that does not, and that never answers."""

import threading
from collections.abc import Callable

import pytest
from sound_cards import HEADSET, Air, PortAudio

from vauchi_tui.actions import sound_check
from vauchi_tui.actions.sound import Choices, SoundUnavailable
from vauchi_tui.actions.sound_check import Outcome, Progress, SoundCheckRun, share

HERE: dict[str, str] = {}
PATIENCE = 10.0


def followed(run: SoundCheckRun) -> tuple[Outcome, list[float]]:
    """The outcome, and the levels that a meter has shown."""
    levels: list[float] = []
    while True:
        progress = run.look()
        levels += [] if progress.level_db is None else [progress.level_db]
        if progress.outcome is not None:
            return progress.outcome, levels
        run.wait(0.005)


def test_a_device_that_hears_itself_is_full(portaudio: PortAudio) -> None:
    portaudio.air = Air()
    outcome, levels = followed(SoundCheckRun(Choices(), environ=HERE))
    assert outcome.full and outcome.snr_db is not None and outcome.snr_db > 20
    assert (outcome.microphone, outcome.speaker, outcome.rate) == ("Built-in", "Built-in", 48_000)
    assert outcome.hint == ""
    assert min(levels) < -60 and max(levels) == pytest.approx(-12 - 20, abs=1.5)  # first the noise, then the sweep
    assert all(stream.closed for stream in portaudio.streams)


def test_the_level_of_the_settings_is_what_is_played(portaudio: PortAudio) -> None:
    portaudio.air = Air(echo=1.0, noise=1e-5)
    _, levels = followed(SoundCheckRun(Choices(level=-30), environ=HERE))
    assert max(levels) == pytest.approx(-30, abs=1.5)


def test_a_faint_speaker_is_full_with_a_remedy(portaudio: PortAudio) -> None:
    portaudio.air = Air(echo=0.1, noise=0.03)
    outcome, _ = followed(SoundCheckRun(Choices(), environ=HERE))
    assert outcome.full and outcome.snr_db is not None and outcome.snr_db < 10
    assert "volume" in outcome.hint


@pytest.mark.parametrize(
    ("air", "ability", "remedy"),
    [(Air(echo=0.0), "hears only", "volume"), (Air(echo=0.0, noise=0.0), "speaks only", "noise suppression")],
)
def test_what_does_not_work_comes_with_its_remedy(portaudio: PortAudio, air: Air, ability: str, remedy: str) -> None:
    portaudio.air = air
    outcome, _ = followed(SoundCheckRun(Choices(), environ=HERE))
    assert (outcome.ability, outcome.full, outcome.snr_db) == (ability, False, None)
    assert remedy in outcome.hint
    assert outcome.microphone == "Built-in"


def no_device(portaudio: PortAudio) -> None:
    portaudio.plugged = []


def headset(portaudio: PortAudio) -> None:
    portaudio.plugged = [HEADSET]


def in_use(portaudio: PortAudio) -> None:
    portaudio.fails = "open"


@pytest.mark.parametrize(
    ("spoil", "words"), [(no_device, "no sound device"), (headset, "Bluetooth"), (in_use, "could not be opened")]
)
def test_without_a_device_there_is_none(portaudio: PortAudio, spoil: Callable[[PortAudio], None], words: str) -> None:
    spoil(portaudio)
    outcome, levels = followed(SoundCheckRun(Choices(), environ=HERE))
    assert (outcome.ability, outcome.snr_db, outcome.rate, levels) == ("none", None, None, [])
    assert words in outcome.title and outcome.hint


def test_off_and_ssh_are_none(portaudio: PortAudio) -> None:
    portaudio.air = Air()
    assert "switched off" in followed(SoundCheckRun(Choices(off=True), environ=HERE))[0].title
    assert "SSH" in followed(SoundCheckRun(Choices(), environ={"SSH_TTY": "x"}))[0].title
    assert portaudio.streams == []


def test_what_is_stopped_ends_at_once_without_an_outcome(portaudio: PortAudio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vauchi_tui.proximity.live.STALLED_SECONDS", 60.0)  # nothing else ends it
    portaudio.air = Air(held=60)
    run = SoundCheckRun(Choices(), environ=HERE)
    while run.look().level_db is None:
        run.wait(0.005)
    run.stop()
    run.wait(PATIENCE)
    (stream,) = portaudio.streams
    assert stream.closed
    assert run.look().outcome is None


def test_a_card_that_falls_silent_is_told(portaudio: PortAudio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vauchi_tui.proximity.live.STALLED_SECONDS", 0.05)
    portaudio.air = Air(held=60)
    outcome, _ = followed(SoundCheckRun(Choices(), environ=HERE))
    assert (outcome.ability, outcome.title) == ("none", "The sound device stopped.")


def test_a_sound_system_that_hangs_is_told_after_a_while(portaudio: PortAudio, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, ended = threading.Event(), threading.Event()

    def hang(*_: object) -> None:
        asked.set()
        ended.wait()
        raise SoundUnavailable("It came back.")

    monkeypatch.setattr(sound_check, "open_pair", hang)
    now = 0.0
    run = SoundCheckRun(Choices(), environ=HERE, clock=lambda: now)
    assert asked.wait(PATIENCE)
    assert run.look() == Progress()
    now = sound_check.PATIENCE_S + 0.1
    outcome = run.look().outcome
    assert outcome is not None and outcome.ability == "none" and "does not answer" in outcome.title
    ended.set()
    run.wait(PATIENCE)
    assert run.look().outcome == outcome


def test_the_meter_is_empty_in_silence_and_full_at_full_scale() -> None:
    assert (share(-140.0), share(-100.0), share(-50.0), share(0.0), share(3.0)) == (0.0, 0.0, 0.5, 1.0, 1.0)
