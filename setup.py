"""The compiled part of the build; everything else is in pyproject.toml."""

import os

from Cython.Build import cythonize
from setuptools import Extension, setup

MODEM = [
    *("receiver.h", "search.h", "symbols.h", "equaliser.h", "demap.h", "model.h", "phase.h", "code.h"),
    *("frame.h", "baseband.h", "listen.h", "listen_tile.h", "fourier_tile.h", "spectrum.h"),
]
KERNELS = {
    "goertzel": ["goertzel.h", "goertzel_tile.h"],
    "modem": MODEM,
    "modem_kernels": MODEM,
    "ranging": ["ranging.h", "first_path.h", "burst.h", "spectrum.h"],
}

# Debian's Python adds -g, which makes a wheel three times as large; whoever wants it says so.
DEBUG = [] if "-g" in os.environ.get("CFLAGS", "").split() else ["-g0"]

# No -march: the kernels pick their instruction set at run time, so that one wheel runs everywhere.
extensions = [
    Extension(
        f"vauchi_dsp.{name}",
        [f"vauchi_dsp/{name}.pyx"],
        include_dirs=["vauchi_dsp"],
        depends=[f"vauchi_dsp/native/{header}" for header in headers],
        extra_compile_args=["-O3", "-ffp-contract=fast", "-fno-math-errno", *DEBUG],
    )
    for name, headers in KERNELS.items()
]

setup(ext_modules=cythonize(extensions))
