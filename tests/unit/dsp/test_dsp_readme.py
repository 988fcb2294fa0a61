"""The examples on the package's page, run as they stand there, one after the other."""

import re
from pathlib import Path

import pytest

import vauchi_dsp

PAGE = (Path(__file__).parents[3] / "vauchi_dsp" / "README.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def test_the_examples_run() -> None:
    scope: dict[str, object] = {}
    for number, example in enumerate(EXAMPLES):
        exec(compile(example, f"example {number}", "exec"), scope)
    assert len(EXAMPLES) >= 4


@pytest.mark.parametrize("name", vauchi_dsp.__all__)
def test_every_public_name_is_told_of(name: str) -> None:
    assert name in PAGE


def test_the_durations_are_those_of_the_modem() -> None:
    rows = re.findall(r"^\| `(fast|robust)` \| ([\d.]+) s \| ([\d.]+) s \| ([\d.]+) s \|", PAGE, re.MULTILINE)
    assert [profile for profile, *_ in rows] == ["fast", "robust"]
    for profile, *seconds in rows:
        modem = vauchi_dsp.Modem(48_000, profile)
        assert seconds == [f"{modem.duration(length):.3f}" for length in (16, 32, 100)]


def test_the_plot_that_it_shows_is_there() -> None:
    for place in re.findall(r"!\[.*?\]\((.*?)\)", PAGE):
        assert (Path(__file__).parents[3] / "vauchi_dsp" / place).is_file()
