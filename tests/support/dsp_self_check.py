"""Every public name of `vauchi_dsp` does its work, with nothing but Python.

As a script for an installed wheel: given the directory that it was installed into and an instruction set, it prints
from where `vauchi_dsp` was imported.
"""

import sys
from array import array
from math import pi, sin
from pathlib import Path
from random import Random
from types import ModuleType

RATES = (44_100, 48_000, 96_000)


def check(dsp: ModuleType, instructions: str) -> set[str]:
    """Raises AssertionError where something is wrong. Returns the public names that were used."""
    assert instructions in dsp.instruction_sets()
    for rate in RATES:
        tones(dsp, rate, instructions)
        frames(dsp, rate, instructions)
        arrivals(dsp, rate)
    return {"Arrivals", "Frame", "GoertzelBank", "Modem", "Receiver", "burst", "find_bursts", "instruction_sets"}


def tones(dsp: ModuleType, rate: int, instructions: str) -> None:
    """A tone of amplitude 0.25 reads 0.0625 in its bin and nothing in the others."""
    block = rate // 100
    tone = array("f", [0.25 * sin(2 * pi * 19_000 * n / rate) for n in range(5 * block)])
    bank = dsp.GoertzelBank([18_000 + 100 * k for k in range(21)], rate, block, instructions)
    assert bank.instruction_set == instructions
    power = bank.power(tone).tolist()
    assert len(power) == 5
    for row in power:
        assert abs(row[10] - 0.0625) < 1e-5 and max(row[:10] + row[11:]) < 1e-6


def frames(dsp: ModuleType, rate: int, instructions: str) -> None:
    """Both profiles are read, in noise, from where they begin."""
    random = Random(rate)
    for profile in ("fast", "robust"):
        payload = random.randbytes(32)
        modem = dsp.Modem(rate, profile)
        frame = modem.modulate(payload)
        assert abs(len(frame) / rate - modem.duration(32)) < 0.001
        before = rate // 10
        heard = array("f", [random.gauss(0, 0.02) for _ in range(before + len(frame) + rate // 2)])
        for n, sample in enumerate(frame):
            heard[before + n] += 0.2 * sample
        receiver = dsp.Receiver(rate, profile, instructions)
        assert receiver.instruction_set == instructions
        (found,) = [one for start in range(0, len(heard), 1_000) for one in receiver.feed(heard[start : start + 1_000])]
        assert isinstance(found, dsp.Frame)
        assert found.payload == payload and abs(found.start - before) < 0.0005 * rate and found.snr_db > 10


def arrivals(dsp: ModuleType, rate: int) -> None:
    """Four bursts are found where they begin; codes that nobody plays are not."""
    random = Random(rate)
    codes = [random.randbytes(16) for _ in range(4)]
    heard = array("f", [random.gauss(0, 0.01) for _ in range(rate)])
    begins = [rate // 10 + round(0.15 * rate) * number for number in range(4)]
    for begin, code in zip(begins, codes, strict=True):
        for n, sample in enumerate(dsp.burst(code, rate)):
            heard[begin + n] += 0.1 * sample
    for own in (False, True):
        found = dsp.find_bursts(heard, codes, rate, own)
        assert isinstance(found, dsp.Arrivals)
        assert all(abs(time / 256 - begin) < 0.5 for time, begin in zip(found.times, begins, strict=True))
        assert min(found.quality) > 20
    assert dsp.find_bursts(heard, [random.randbytes(16) for _ in range(4)], rate).times == (None,) * 4


if __name__ == "__main__":
    sys.path.insert(0, sys.argv[1])
    import vauchi_dsp

    assert check(vauchi_dsp, sys.argv[2]) == set(vauchi_dsp.__all__)
    print(Path(vauchi_dsp.__file__).parent)
