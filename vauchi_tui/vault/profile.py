"""Where a profile lives, and that nobody else can read it."""

import os
import re
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from vauchi_tui.errors import ProfileError

DEFAULT = "default"
VARIABLE = "VAUCHI_PROFILE"
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}")


@dataclass(frozen=True, slots=True)
class Profile:
    """The places of one profile: `data` holds the database, `config` the key file and what the person configures."""

    name: str
    data: Path
    config: Path

    @property
    def database(self) -> Path:
        return self.data / "vault.db"

    @property
    def keyslots(self) -> Path:
        return self.data / "keyslots.json"

    @property
    def keyfile(self) -> Path:
        return self.config / "vault.key"

    @property
    def role_lock(self) -> Path:
        return self.data / "sync.lock"

    @property
    def relay_store(self) -> Path:
        """The store of a relay that the interface runs itself."""
        return self.data / "relay.db"

    def exists(self) -> bool:
        """Has the profile been created? An interrupted creation left none. ProfileError where one cannot look."""
        with self._in_words():
            return self.database.exists()

    def make(self) -> None:
        """Make the directories, 0700. Those that are there already have to pass `check_permissions`."""
        try:
            for directory in (self.data, self.config):
                for missing in reversed([path for path in (directory, *directory.parents) if not path.exists()]):
                    missing.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise ProfileError(
                f"The profile's directory cannot be made: {error.strerror or error}.",
                f"Check the path {error.filename or self.data} or choose another with --profile DIR.",
            ) from error
        self.check_permissions()

    def check_permissions(self) -> None:
        """Raise ProfileError, with the command that mends it, where others could read or replace a part."""
        with self._in_words():
            for path, status in self._guarded():
                mode = stat.S_IMODE(status.st_mode)
                if mode & 0o077:
                    raise ProfileError(
                        f"Others can read the profile “{self.name}”: {path} has mode {mode:03o}.",
                        f"Run: chmod {'700' if stat.S_ISDIR(status.st_mode) else '600'} {_quoted(path)}",
                    )
                if status.st_uid != os.geteuid():
                    raise ProfileError(
                        f"The profile “{self.name}” belongs to another user: {path}.",
                        f"Run vauchi as that user, or: sudo chown {os.geteuid()} {_quoted(path)}",
                    )

    def _guarded(self) -> Iterator[tuple[Path, os.stat_result]]:
        for directory in (self.data, self.config):
            if directory.exists():
                yield directory, directory.stat()
        files = sorted(self.data.iterdir()) if self.data.is_dir() else []
        for path in (*files, self.keyfile):
            with suppress(FileNotFoundError):  # other processes come and go, and with them -wal and -shm
                status = path.stat()
                if stat.S_ISREG(status.st_mode):
                    yield path, status

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise ProfileError(
                f"The profile “{self.name}” cannot be looked at: {error.strerror or error}.",
                f"Check the path {error.filename or self.data}, its owner and its mode.",
            ) from error


def resolve(name_or_dir: str | None, environ: Mapping[str, str]) -> Profile:
    """The profile meant by `--profile`, else by VAUCHI_PROFILE in `environ`, else `default`.

    With a `/` in it, it is a directory (data/ and config/ inside), otherwise a name below the platform's directories.
    """
    given = name_or_dir or environ.get(VARIABLE) or DEFAULT
    if "/" in given:
        directory = Path(given).expanduser().absolute()
        return Profile(directory.name or given, directory / "data", directory / "config")
    if not _NAME.fullmatch(given):
        raise ProfileError(
            f"“{given}” is not a name for a profile.",
            "Use letters, digits, - _ and . only, or a path with a / in it.",
        )
    return Profile(
        given,
        Path(platformdirs.user_data_dir("vauchi", False)) / given,
        Path(platformdirs.user_config_dir("vauchi", False)) / given,
    )


def _quoted(path: Path) -> str:
    text = str(path)
    if re.fullmatch(r"[\w@%+=:,./-]+", text):
        return text
    return "'" + text.replace("'", "'\"'\"'") + "'"
