"""One side of the proof by sound at a real sound card: `pulse_process.py shower|scanner SEED`.

Says {"message": hex} and {"event": kind, …} on stdout, one a line, and takes the first on stdin.
"""

import json
import sys
import threading
import time
from dataclasses import asdict
from typing import Any

from sounding_people import Exchange

from vauchi_tui.proximity.devices import choose
from vauchi_tui.proximity.events import SoundEvent
from vauchi_tui.proximity.live import Live
from vauchi_tui.proximity.refusals import Refusal


def say(**said: Any) -> None:
    print(json.dumps(said), flush=True)


def tell(event: SoundEvent) -> None:
    plain = {
        name: value.name if isinstance(value, Refusal) else value
        for name, value in asdict(event).items()  # a refusal is copied whole
    }
    say(event=type(event).__name__, **plain)


def take_in(live: Live) -> None:
    for line in sys.stdin:
        live.deliver(bytes.fromhex(json.loads(line)["message"]))


def main() -> None:
    side, seed = sys.argv[1], int(sys.argv[2])
    pair = choose()
    exchange = Exchange(seed)
    machine = exchange.shower(pair.rate) if side == "shower" else exchange.scanner(pair.rate)
    start = time.monotonic()
    live = Live(
        machine,
        pair,
        send=lambda message: say(message=message.hex()),
        on_event=tell,
        clock=lambda: time.monotonic() - start,
    )
    threading.Thread(target=take_in, args=(live,), daemon=True).start()
    live.run()


if __name__ == "__main__":
    main()
