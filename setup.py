"""The compiled part of the build; everything else is in pyproject.toml."""

import os
import re
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup

PACKAGE = Path("vauchi_dsp")
KERNELS = ("goertzel", "modem", "modem_kernels", "ranging")

# Debian's Python adds -g, which makes a wheel three times as large; whoever wants it says so.
DEBUG = [] if "-g" in os.environ.get("CFLAGS", "").split() else ["-g0"]


def headers(source: Path) -> set[str]:
    """The package's headers that a file includes, and those that they do: when one changes, it is compiled anew."""
    names = re.findall(r'(?:#include|cdef extern from) "(?:native/)?(\w+\.h)"', source.read_text(encoding="utf-8"))
    own = {PACKAGE / "native" / name for name in names if (PACKAGE / "native" / name).exists()}
    return {str(path) for path in own}.union(*(headers(path) for path in own))


# No -march: the kernels pick their instruction set at run time, so that one wheel runs everywhere.
extensions = [
    Extension(
        f"vauchi_dsp.{name}",
        [f"vauchi_dsp/{name}.pyx"],
        include_dirs=["vauchi_dsp"],
        depends=sorted(headers(PACKAGE / f"{name}.pyx")),
        extra_compile_args=["-O3", "-ffp-contract=fast", "-fno-math-errno", *DEBUG],
    )
    for name in KERNELS
]

setup(ext_modules=cythonize(extensions))
