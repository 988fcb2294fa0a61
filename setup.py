"""The compiled part of the build; everything else is in pyproject.toml."""

from Cython.Build import cythonize
from setuptools import Extension, setup

# No -march: the kernels pick their instruction set at run time, so that one wheel runs everywhere.
goertzel = Extension(
    "vauchi_dsp.goertzel",
    ["vauchi_dsp/goertzel.pyx"],
    include_dirs=["vauchi_dsp"],
    depends=["vauchi_dsp/native/goertzel.h", "vauchi_dsp/native/goertzel_tile.h"],
    extra_compile_args=["-O3", "-ffp-contract=fast", "-fno-math-errno"],
)

setup(ext_modules=cythonize([goertzel]))
