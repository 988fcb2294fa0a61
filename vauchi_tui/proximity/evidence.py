"""What the shower puts into M2, and the verdict over both reports that both sides reach by themselves."""

from dataclasses import dataclass
from typing import Self

from vauchi_tui.protocol.decode import Reader
from vauchi_tui.proximity.keys import CHALLENGE_SIZE, Side
from vauchi_tui.proximity.ranging import Ground, Report, measure
from vauchi_tui.proximity.refusals import Refusal

_FRAME_SIZE = 1 + CHALLENGE_SIZE
_WORDS = {
    Ground.INTERRUPTED: Refusal.INTERRUPTED,
    Ground.UNHEARD: Refusal.UNCLEAR,
    Ground.UNCLEAR: Refusal.UNCLEAR,
    Ground.CLOCKS: Refusal.MOVING,
    Ground.TOO_FAR: Refusal.TOO_FAR,
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """The report of M2: the challenge frame attempt(1) || c(8), and what the shower measured."""

    challenge: bytes
    report: Report

    def encode(self) -> bytes:
        return self.challenge + self.report.encode()

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Raises Malformed."""
        reader = Reader(data)
        return cls(reader.take(_FRAME_SIZE), Report.decode(reader.rest()))


def judge(shower: Report, scanner: Report, here: Side) -> float | Refusal:
    """The distance in metres if the rules accept both reports, else the reason in the words for side `here`."""
    measurement = measure(shower, scanner)
    if measurement.refusal is None and measurement.distance is not None:
        return measurement.distance
    if measurement.refusal is Ground.OWN_UNHEARD:
        own = shower if here is Side.SHOWER else scanner
        part = own.times[:4] if here is Side.SHOWER else own.times[4:]
        return Refusal.OWN_SILENT if part.count(None) > 1 else Refusal.PEER_SILENT
    return _WORDS.get(measurement.refusal or Ground.UNCLEAR, Refusal.UNCLEAR)
