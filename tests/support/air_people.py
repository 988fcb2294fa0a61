"""Alice and Bob at simulated sound cards, each run by `Live` in a thread, over a pipe between them."""

import threading
from dataclasses import dataclass, field

from sounding_people import Exchange

from vauchi_tui.demo.air import Air
from vauchi_tui.demo.card import Seat
from vauchi_tui.demo.pace import Lockstep
from vauchi_tui.demo.room import Laptop, Room
from vauchi_tui.proximity.events import AttemptFailed, Near, NotProven, SoundEvent
from vauchi_tui.proximity.live import Live
from vauchi_tui.proximity.refusals import Refusal
from vauchi_tui.proximity.scanner import ScannerSounding
from vauchi_tui.proximity.shower import ShowerSounding

LAPTOPS = (Laptop(48_000, 60.0, 0.08, 0.02), Laptop(44_100, -40.0, 0.02, 0.11))
_PATIENCE = 60.0  # s: a thread that has not ended by then never will


@dataclass
class AirPerson:
    """One of the two; `events` as they came, with the seconds of the air."""

    machine: ShowerSounding | ScannerSounding
    live: Live = field(init=False)
    events: list[tuple[float, SoundEvent]] = field(default_factory=list)

    @property
    def near(self) -> Near | None:
        return next((event for _, event in self.events if isinstance(event, Near)), None)

    @property
    def refusals(self) -> list[Refusal]:
        return [event.refusal for _, event in self.events if isinstance(event, AttemptFailed)]

    @property
    def not_proven(self) -> Refusal | None:
        return next((event.refusal for _, event in self.events if isinstance(event, NotProven)), None)


class AirMeeting:
    """Run it, and both have come to their end. Several may be in one `air`, whose pace knows how many."""

    def __init__(
        self, room: Room | None = None, laptops: tuple[Laptop, Laptop] = LAPTOPS, seed: int = 1, air: Air | None = None
    ) -> None:
        self.air = air or Air(room, seed=seed, pace=Lockstep(2))
        exchange = Exchange(seed)
        self.alice = AirPerson(exchange.shower(laptops[0].rate))
        self.bob = AirPerson(exchange.scanner(laptops[1].rate))
        for person, other, laptop in ((self.alice, self.bob, laptops[0]), (self.bob, self.alice, laptops[1])):
            person.live = self._live(person, other, Seat(self.air, laptop))

    def _live(self, person: AirPerson, other: AirPerson, seat: Seat) -> Live:
        def happened(event: SoundEvent) -> None:
            person.events.append((self.air.pace.now(), event))

        return Live(
            person.machine,
            seat.pair,
            send=lambda message: other.live.deliver(message),
            on_event=happened,
            clock=self.air.pace.now,
            card=seat.card,
        )

    def run(self) -> "AirMeeting":
        run_all(self)
        return self


def run_all(*meetings: AirMeeting) -> None:
    """At the same time, until all have ended."""
    people = [person for meeting in meetings for person in (meeting.alice, meeting.bob)]
    threads = [threading.Thread(target=person.live.run, daemon=True) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(_PATIENCE)
    assert not any(thread.is_alive() for thread in threads)
