from collections.abc import Iterable
from typing import NamedTuple

from typing_extensions import Buffer

class Arrivals(NamedTuple):
    times: tuple[int | None, ...]
    quality: tuple[float, ...]

def burst(code: bytes, sample_rate: int) -> memoryview[float]: ...
def find_bursts(recording: Buffer, codes: Iterable[bytes], sample_rate: int, own: bool = False) -> Arrivals: ...
