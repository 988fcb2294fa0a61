"""What works on this machine, what is missing, and how to get it. Nothing is believed: every part is tried."""

import asyncio
import math
import os
import shutil
import sys
import tempfile
import time
from array import array
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Self

from vauchi_tui.errors import RelayUnavailable, VauchiError
from vauchi_tui.vault.profile import Profile

_RATE, _TONE, _AMPLITUDE = 48_000, 19_000, 0.5
_CODE = "LJBEKWABQ7" * 17 + "ABCDE"  # as long as an exchange code
_RELAY_PATIENCE = 5.0  # seconds


@dataclass(frozen=True, slots=True)
class Check:
    """One part: whether it works, in words, and the remedy if not. The rest works without a part not `needed`."""

    name: str
    ok: bool
    words: str
    remedy: str = ""
    needed: bool = True


@dataclass(frozen=True, slots=True)
class Terminal:
    """Where a code would be drawn; `there` is false where the output goes to a file or another program."""

    columns: int
    rows: int
    utf8: bool
    there: bool

    @classmethod
    def here(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """The terminal of this process."""
        from vauchi_tui.actions.code_drawing import shows_utf8

        size = shutil.get_terminal_size()
        return cls(size.columns, size.lines, shows_utf8(environ), sys.stdout.isatty())


class _Broken(VauchiError):
    """A part that is there and does not do what it should."""


def run_checks(profile: Profile, passphrase: str | None = None, terminal: Terminal | None = None) -> list[Check]:
    """Try every part. Takes a second, more if the relay does not answer; blocks, so an event loop gives it a thread.

    The relay is known only if the profile opens: by keyring, key file or `passphrase`. Raises nothing.
    """
    here = terminal or Terminal.here()
    return [
        _tried("signal processing", _signal_processing),
        _tried("terminal", partial(_terminal, here)),
        _tried("code reader ZXing", _zxing),
        _tried("code reader ZBar", _zbar, needed=False),
        _tried("encrypted storage", _storage),
        _tried("system keyring", _keyring, needed=False),
        _tried("profile", partial(_profile, profile)),
        _tried("local network", _local_network, needed=False),
        _tried("sound", partial(_sound, profile, passphrase), needed=False),
        _tried("relay", partial(_relay, profile, passphrase)),
    ]


def _tried(name: str, check: Callable[[], str], *, needed: bool = True) -> Check:
    """`check` returns what works in words or raises."""
    try:
        return Check(name, True, check(), needed=needed)
    except VauchiError as error:
        return Check(name, False, error.title, error.hint, needed)
    except ImportError as error:
        return Check(name, False, f"It cannot be loaded: {error}.", "Install vauchi again.", needed)
    except OSError as error:
        return Check(name, False, f"The system refused: {error.strerror or error}.", "Check disk and rights.", needed)


def _signal_processing() -> str:
    """A tone is generated and has to be found: in its place, at its strength, and nowhere else."""
    from vauchi_dsp import GoertzelBank

    frequencies = range(18_000, 20_001, 50)
    bank = GoertzelBank(frequencies, _RATE, _RATE // 50)
    tone = (_AMPLITUDE * math.sin(2 * math.pi * _TONE / _RATE * n) for n in range(bank.block))
    heard = bank.power(array("f", tone))
    power = [heard[0, place] for place in range(len(frequencies))]
    best = max(range(len(power)), key=power.__getitem__)
    elsewhere = sum(power) - power[best]
    if frequencies[best] != _TONE or abs(power[best] / _AMPLITUDE**2 - 1) > 0.01 or elsewhere > 1e-4:
        raise _Broken(
            f"A tone of {_TONE} Hz was heard at {frequencies[best]} Hz: the kernel “{bank.instruction_set}” is wrong.",
            "Build again with “make clean run”; if it stays, please report the processor and the compiler.",
        )
    return f"a tone of {_TONE / 1000:g} kHz is found among {len(frequencies)} (kernel {bank.instruction_set})"


def _terminal(here: Terminal) -> str:
    from vauchi_tui.optics.qr_draw import TooSmall, plan

    found = plan(_CODE, here.columns, here.rows - 1, utf8=here.utf8)  # a line for the countdown
    if not here.there:
        return "the output is not a terminal; a code can be had as text or as a PNG file"
    if isinstance(found, TooSmall):
        raise VauchiError(found.words, found.hint)
    return f"{here.columns}×{here.rows}, UTF-8: codes are drawn with error correction {found.error}"


def _zxing() -> str:
    from vauchi_tui.optics.qr_read import read_with_zxing

    return _round_trip(read_with_zxing)


def _zbar() -> str:
    from vauchi_tui.optics.qr_read import read_with_zbar

    return _round_trip(read_with_zbar)


def _round_trip(read: Callable[[Path], list[str]]) -> str:
    """A code written as a file has to be read from it."""
    from vauchi_tui.optics.qr_picture import write_png

    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "code.png"
        write_png(_CODE, path)
        if read(path) != [_CODE]:
            raise _Broken("It does not read a code that this program has just drawn.", "Install vauchi again.")
    return "reads a code that this program has just drawn"


def _storage() -> str:
    """A database is written, is not legible on the disk, and does not open with another key."""
    from vauchi_tui.vault.connection import connect

    secret = "legible"
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "vault.db"
        path.touch(0o600)
        with closing(connect(path, bytes(32))) as database:
            database.execute("CREATE TABLE words (word)")
            database.execute("INSERT INTO words VALUES (?)", (secret,))
            version = database.execute("PRAGMA cipher_version").fetchone()
        if version is None or _opens(path, bytes([1]) * 32) or secret.encode() in path.read_bytes():
            raise _Broken("The database does not encrypt.", "Install vauchi again: sqlcipher3 is not the right one.")
    return f"SQLCipher {version[0]}"


def _opens(path: Path, key: bytes) -> bool:
    from vauchi_tui.vault.connection import DatabaseError, connect

    try:
        with closing(connect(path, key)) as database:
            return bool(database.execute("SELECT word FROM words").fetchall())
    except DatabaseError:
        return False


def _keyring() -> str:
    from vauchi_tui.vault.keyring_store import real_keyring

    backend = real_keyring()
    if backend is None:
        raise VauchiError(
            "There is none, so a profile is protected by a passphrase or by a key file.",
            "Start GNOME Keyring, KWallet or KeePassXC if it shall open by itself.",
        )
    return str(backend.name)


def _local_network() -> str:
    from vauchi_tui.actions.doctor_lan import local_network

    return local_network()


def _sound(profile: Profile, passphrase: str | None) -> str:
    from vauchi_tui.actions.doctor_sound import sound

    return sound(profile, passphrase)


def _profile(profile: Profile) -> str:
    if not profile.exists():
        return f"“{profile.name}” does not exist yet; make it with: vauchi init YOUR-NAME"
    profile.check_permissions()
    return f"“{profile.name}” in {profile.data}, private to you"


def _relay(profile: Profile, passphrase: str | None) -> str:
    from vauchi_tui.actions.profile import PassphraseNeeded, open_profile

    if not profile.exists():
        return "not asked: there is no profile yet"
    try:
        with open_profile(profile, passphrase) as context, context.vault.read() as tx:
            url = tx.settings.get("relay")
    except PassphraseNeeded:
        return "not asked: the profile is locked"
    if url is None:
        raise RelayUnavailable("None is chosen, so changes wait.", "Choose one: vauchi settings relay URL")
    from vauchi_tui.sync import clock

    seconds, ahead = asyncio.run(_answer(url))
    if abs(ahead) > clock.OFF_S:
        raise VauchiError(f"{url} answers. {clock.words(ahead)}", clock.HINT)
    return f"{url} answers in {seconds * 1000:.0f} ms"


async def _answer(url: str) -> tuple[float, int]:
    """How long it took, and by how many seconds this machine's clock is ahead of the relay's."""
    from vauchi_tui.sync.relay_client import RelayConnection

    start = time.perf_counter()
    connection = await RelayConnection.open(url, open_timeout=_RELAY_PATIENCE)
    seconds, ahead = time.perf_counter() - start, int(time.time()) - connection.hello.time
    await connection.close()
    return seconds, ahead
