"""`vauchi_dsp` on its own: what it imports, and what its type stubs promise."""

import inspect
import subprocess
import sys
from importlib.resources import files

import vauchi_dsp


def test_it_needs_neither_numpy_nor_the_rest_of_vauchi() -> None:
    code = (
        "import sys, array, vauchi_dsp; "
        "vauchi_dsp.GoertzelBank([19000], 48000, 48).power(array.array('f', [0.5] * 480)); "
        "vauchi_dsp.Receiver(48000).feed(vauchi_dsp.Modem(48000).modulate(b'hello')); "
        "vauchi_dsp.find_bursts(vauchi_dsp.burst(bytes(16), 48000), [bytes(16)], 48000); "
        "print(sorted({name.partition('.')[0] for name in sys.modules} & {'numpy', 'vauchi_tui', 'asyncio'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_it_is_typed_and_every_public_name_is_described() -> None:
    assert files(vauchi_dsp).joinpath("py.typed").is_file()
    stub = "".join(file.read_text() for file in files(vauchi_dsp).iterdir() if file.name.endswith(".pyi"))
    for name in vauchi_dsp.__all__:
        assert inspect.getdoc(getattr(vauchi_dsp, name))
        assert name in stub
