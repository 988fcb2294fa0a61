"""A PulseAudio server of one's own whose null sinks are the air: what is played to one is heard at its monitor.

Nothing of the machine is touched: the server has folders, a socket and sinks of its own, and neither D-Bus nor a
display; several run side by side, as root too. PortAudio gets there through ALSA and its plugin for PulseAudio.
"""

import json
import os
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

RATE = 48_000
WAIT = 30.0  # s
_LEFT_OUT = ("PULSE_", "DBUS_", "DISPLAY", "WAYLAND_", "SSH_", "ALSA_", "JACK_", "XDG_")
_ALSA = "".join(f"{kind}.!default {{ type pulse }}\n" for kind in ("pcm", "ctl"))
_STEREO = ("--raw", "--format=float32le", f"--rate={RATE}", "--channels=2")


class Room:
    """The server. Everything that is started in it ends with it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        socket = folder / "native"
        asound = folder / "asound.conf"
        asound.write_text(_ALSA)
        self._without = [name for name in os.environ if name.startswith(_LEFT_OUT)]
        self._with = {
            "LC_ALL": "C.UTF-8",
            "HOME": str(folder),
            "XDG_RUNTIME_DIR": str(folder),
            "XDG_CONFIG_HOME": str(folder),
            "PULSE_SERVER": f"unix:{socket}",
            "ALSA_CONFIG_PATH": str(asound),  # instead of the machine's
        }
        self.environment = {name: os.environ[name] for name in os.environ.keys() - self._without} | self._with
        self._airs: dict[str, str] = {}  # and the number of the module that makes it
        self._log: list[str] = []
        self._started = threading.Event()
        options = (
            *("-n", "--exit-idle-time=300", "--daemonize=no", "--use-pid-file=no", "--disable-shm=yes"),
            *("--realtime=no", "--high-priority=no", "--no-cpu-limit=yes", "--log-target=stderr", "--log-level=info"),
        )
        self._server = subprocess.Popen(
            ["pulseaudio", *options, "-L", f"module-native-protocol-unix auth-anonymous=1 socket={socket}"],
            env=self.environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        hurry(self._server.pid)
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def __enter__(self) -> Self:
        self._started.wait(WAIT)
        if self._server.poll() is not None:
            self.__exit__(None, None, None)
            raise RuntimeError("".join(self._log))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.break_down()
        self._reader.join(WAIT)
        assert self._server.stderr is not None
        self._server.stderr.close()

    def at(self, air: str, speaker: str | None = None) -> dict[str, str]:
        """The environment of a process that hears that air and plays into it, or into another."""
        return self.environment | _devices(air, speaker)

    def inside(self, air: str, speaker: str | None = None) -> list[str]:
        """What a command is run by to be there; and sound is not switched off, as it is elsewhere in the tests."""
        changed = self._with | _devices(air, speaker) | {"VAUCHI_SOUND": "auto"}
        left_out = [word for name in self._without for word in ("-u", name)]
        return ["env", *left_out, *(f"{name}={value}" for name, value in changed.items())]

    def break_down(self, *, frozen: bool = False) -> None:
        """End the server, as a crash would; or leave it there, doing nothing."""
        if frozen:
            self._server.send_signal(signal.SIGSTOP)
            return
        self._server.kill()
        self._server.wait(WAIT)

    def control(self, *words: str) -> str:
        """`pactl` with these words."""
        done = subprocess.run(
            ["pactl", *words], env=self.environment, capture_output=True, text=True, timeout=WAIT, check=False
        )
        assert done.returncode == 0, done.stderr + "".join(self._log[-20:])
        return done.stdout

    def air(self, name: str, rate: int = RATE) -> str:
        """More air. A null sink that can rewind would play again, or never, what was written to it in time."""
        arguments = (f"sink_name={name}", f"rate={rate}", "norewinds=1")
        self._airs[name] = self.control("load-module", "module-null-sink", *arguments).strip()
        return name

    def unplug(self, air: str) -> None:
        """Take it away, as a device that is pulled out."""
        self.control("unload-module", self._airs[air])

    @contextmanager
    def relay(self, source: str, sink: str, milliseconds: int, decibels: float) -> Iterator[None]:
        """Carry sound from one air into another, that much later and that much louder or softer."""
        arguments = (f"source={source}.monitor", f"sink={sink}", f"latency_msec={milliseconds}", "adjust_time=0")
        module = self.control("load-module", "module-loopback", *arguments).strip()
        (carrier,) = (one["index"] for one in self._playing() if str(one["owner_module"]) == module)
        self.control("set-sink-input-volume", str(carrier), f"{decibels}dB")
        try:
            yield
        finally:
            self.control("unload-module", module)

    def mute(self, pid: int) -> None:
        """Mute what that process plays."""
        (player,) = (one["index"] for one in self._playing() if _process(one) == str(pid))
        self.control("set-sink-input-mute", str(player), "1")

    @contextmanager
    def playing(self, stereo: bytes, air: str) -> Iterator[None]:
        """Samples like those of `recording`, as long as the block or they last."""
        with tempfile.NamedTemporaryFile(dir=self.folder) as file:
            file.write(stereo)
            file.flush()
            with self._running("pacat", "--playback", *_STEREO, f"--device={air}", file.name):
                yield

    @contextmanager
    def recording(self, air: str) -> Iterator[Path]:
        """A file that takes what sounds there: interleaved float32 of two channels at `RATE`."""
        file = self.folder / f"{air}.raw"
        with self._running("pacat", "--record", *_STEREO, f"--device={air}.monitor", str(file)):
            yield file

    @contextmanager
    def _running(self, *command: str) -> Iterator[None]:
        with subprocess.Popen(command, env=self.environment) as process:
            try:
                yield
            finally:
                process.terminate()

    def _playing(self) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = json.loads(self.control("-f", "json", "list", "sink-inputs"))
        return found

    def _read(self) -> None:
        assert self._server.stderr is not None
        for line in self._server.stderr:
            self._log.append(line)
            if "Daemon startup complete" in line:
                self._started.set()
        self._started.set()


def hurry(pid: int) -> None:
    """Let a process that plays or records go first, where one may: other work on the machine is not the test's."""
    with suppress(PermissionError, ProcessLookupError):
        os.setpriority(os.PRIO_PROCESS, pid, -11)


def _devices(air: str, speaker: str | None) -> dict[str, str]:
    return {"PULSE_SOURCE": f"{air}.monitor", "PULSE_SINK": speaker or air}


def _process(playing: Mapping[str, Any]) -> str | None:
    name: str | None = playing["properties"].get("application.process.id")
    return name


@contextmanager
def pulse_room() -> Iterator[Room]:
    """A room in a folder of its own, with a name short enough for a socket."""
    with tempfile.TemporaryDirectory(prefix="room") as folder, Room(Path(folder)) as room:
        yield room
