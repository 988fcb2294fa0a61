"""The sound check tells apart what works, and names the remedy."""

import numpy as np
import pytest

from vauchi_tui.proximity.soundcheck import Ability, Checked, Meter, SoundCheck, sweep


def check(
    own: float, noise: float, *, rate: int = 48_000, latency: float = 0.1, cut: bool = False, block: int = 480
) -> Checked:
    """`own`: how much of what is played comes back; `noise`: standard deviation; `cut`: the band is filtered away."""
    heard = noise * np.random.default_rng(7).standard_normal(int(3 * rate))
    if cut:
        spectrum = np.fft.rfft(heard)
        spectrum[np.fft.rfftfreq(len(heard), 1 / rate) > 15_000] *= 1e-4
        heard = np.fft.irfft(spectrum, len(heard))
    soundcheck, place = SoundCheck(rate), 0
    while soundcheck.result is None:
        soundcheck.receive_samples(memoryview(heard[place : place + block].astype(np.float32)), place)
        place += block
        for play in soundcheck.sound_to_play():
            at = play.position + int(latency * rate)
            heard[at : at + len(play.samples)] += own * np.asarray(play.samples)
    assert place < 2.5 * rate
    return soundcheck.result


@pytest.mark.parametrize("rate", [44_100, 48_000])
@pytest.mark.parametrize("latency", [0.02, 0.6])
def test_a_device_that_hears_itself_is_full(rate: int, latency: float) -> None:
    result = check(0.1, 1e-3, rate=rate, latency=latency)
    assert result.ability is Ability.FULL and result.snr_db is not None


def test_the_figure_follows_the_level() -> None:
    loud, soft = check(0.1, 1e-3).snr_db, check(0.01, 1e-3).snr_db
    assert loud is not None and soft is not None and loud - soft == pytest.approx(20, abs=2)


@pytest.mark.parametrize("snr", [10.0, 20.0, 30.0])
def test_the_figure_is_the_ratio_of_the_powers_in_the_band(snr: float) -> None:
    power = (0.1 * 0.25) ** 2 / 2  # of the sweep as it comes back
    noise = np.sqrt(power / 10 ** (snr / 10) * (48_000 / 2) / 2_000)  # of which the band has a twelfth
    assert check(0.1, noise).snr_db == pytest.approx(snr, abs=1.0)


@pytest.mark.parametrize("noise", [1e-4, 1e-2, 0.1])
def test_a_muted_speaker_leaves_hearing(noise: float) -> None:
    assert check(0.0, noise) == Checked(Ability.HEARS, None)


@pytest.mark.parametrize(("noise", "cut"), [(0.0, False), (1e-3, True)])
def test_a_muted_microphone_or_noise_suppression_leaves_speaking(noise: float, cut: bool) -> None:
    assert check(0.0, noise, cut=cut) == Checked(Ability.SPEAKS, None)


def test_block_sizes_do_not_matter() -> None:
    assert {check(0.1, 1e-3, block=block).ability for block in (64, 1_024, 4_800)} == {Ability.FULL}


def test_every_result_but_full_names_a_remedy() -> None:
    assert all(ability.hint or ability is Ability.FULL for ability in Ability)


def test_the_meter_reads_decibels_of_full_scale() -> None:
    tone = 0.1 * np.sin(2 * np.pi * 19_000 / 48_000 * np.arange(4_800))
    assert Meter(48_000).level(memoryview(tone.astype(np.float32))) == pytest.approx(-20, abs=0.1)
    assert Meter(48_000).level(memoryview(np.zeros(4_800, np.float32))) == pytest.approx(-140)


def test_the_sweep_stays_in_the_band() -> None:
    samples = np.asarray(sweep(48_000, 0.25))
    power = np.abs(np.fft.rfft(samples)) ** 2
    inside = (np.fft.rfftfreq(len(samples), 1 / 48_000) > 17_500) & (np.fft.rfftfreq(len(samples), 1 / 48_000) < 20_500)
    assert power[inside].sum() > 0.999 * power.sum() and np.abs(samples).max() <= 0.25
