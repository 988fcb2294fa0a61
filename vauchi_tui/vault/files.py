"""Small private files that are whole or not there, whenever the process dies."""

import os
from pathlib import Path


def write_private(path: Path, content: bytes) -> None:
    """Replace a file in one step, 0600, on disk when this returns."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    create_private(draft)
    with draft.open("r+b") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)
    sync_directory(path.parent)


def create_private(path: Path) -> None:
    """An empty file, 0600, that was not there."""
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))


def sync_directory(directory: Path) -> None:
    """Make a rename in a directory survive a power cut."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
