"""A wheel runs on every processor: whatever needs AVX is in functions that are called only where there is AVX."""

import platform
import re
import shutil
import subprocess
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import dsp_self_check
import pytest

import vauchi_dsp

HERE = Path(vauchi_dsp.__file__).parent
ROOT = Path(__file__).parents[3]
KERNELS = {"goertzel", "modem", "modem_kernels", "ranging"}


def extensions(package: Path) -> dict[str, Path]:
    suffix = EXTENSION_SUFFIXES[0]
    return {file.name.removesuffix(suffix): file for file in package.glob(f"*{suffix}")}


def wide_functions(library: Path) -> set[str]:
    """The functions of a library for x86-64 that have an instruction of AVX or later: all of these begin with a v."""
    listing = subprocess.run(
        ["objdump", "-d", "--no-show-raw-insn", library], capture_output=True, text=True, check=True
    ).stdout
    found, function = set(), ""
    for line in listing.splitlines():
        if heading := re.fullmatch(r"[0-9a-f]+ <(.+)>:", line):
            function = heading[1]
        elif re.match(r"\s*[0-9a-f]+:\s+v", line):
            found.add(function)
    return found


def check_instructions(package: Path) -> None:
    libraries = extensions(package)
    assert set(libraries) == KERNELS
    wide = {name: wide_functions(library) for name, library in libraries.items()}
    assert all(re.search(r"_avx(2|512)\b", function) for functions in wide.values() for function in functions)
    if platform.machine() in ("x86_64", "AMD64"):
        assert any("gz_power_avx2" in function for function in wide["goertzel"])  # what is looked for can be seen
        assert any("gz_power_avx512" in function for function in wide["goertzel"])
    else:
        assert vauchi_dsp.instruction_sets() == ("baseline",)


@pytest.mark.parametrize("instructions", vauchi_dsp.instruction_sets())
def test_every_public_name_works_with_each_instruction_set(instructions: str) -> None:
    assert dsp_self_check.check(vauchi_dsp, instructions) == set(vauchi_dsp.__all__)


def test_the_baseline_is_always_there_and_the_best_is_first() -> None:
    sets = vauchi_dsp.instruction_sets()
    assert sets[-1] == "baseline" and list(sets) == sorted(sets, key=("avx512", "avx2", "baseline").index)
    assert vauchi_dsp.Receiver(48_000).instruction_set == sets[0]


def test_nothing_outside_the_chosen_kernels_needs_avx() -> None:
    check_instructions(HERE)


@pytest.mark.soak
def test_a_wheel_from_the_build_backend_runs_without_avx(tmp_path: Path) -> None:
    """Built in a tree without anything compiled, installed elsewhere, run with nothing of this environment."""
    source, wheels, target = tmp_path / "source", tmp_path / "wheels", tmp_path / "installed"
    for package in ("vauchi_dsp", "vauchi_tui"):
        ignored = shutil.ignore_patterns("*.so", "*.c", "__pycache__")
        shutil.copytree(ROOT / package, source / package, ignore=ignored)
    for file in ("pyproject.toml", "setup.py", "README.md"):
        shutil.copy(ROOT / file, source)
    pip = [sys.executable, "-m", "pip", "--quiet"]
    subprocess.run([*pip, "wheel", "--no-deps", "--wheel-dir", wheels, source], check=True)
    (wheel,) = wheels.glob("vauchi-*.whl")
    subprocess.run([*pip, "install", "--no-deps", "--target", target, wheel], check=True)
    assert not list((target / "vauchi_dsp").glob("*.c"))
    assert (target / "vauchi_dsp" / "py.typed").is_file()
    check_instructions(target / "vauchi_dsp")
    script = [sys.executable, "-I", "-S", dsp_self_check.__file__, target, "baseline"]
    done = subprocess.run(script, capture_output=True, text=True, cwd=tmp_path, check=True)
    assert Path(done.stdout.strip()) == target / "vauchi_dsp"
