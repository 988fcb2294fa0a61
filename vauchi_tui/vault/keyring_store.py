"""The operating system's keyring, where a real one exists.

The keyring package is imported when it is needed only: looking for backends takes longer than opening the vault.
"""

from typing import TYPE_CHECKING

from vauchi_tui.errors import Malformed, ProfileError
from vauchi_tui.protocol.decode import b64, unb64

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE = "vauchi"
_NOT_REAL = ("keyring.backends.fail", "keyring.backends.null", "keyring.backends.chainer", "keyrings.alt")


def real_keyring() -> "KeyringBackend | None":
    """The backend that keeps secrets under the system's protection; None if there is none.

    Backends that keep nothing, or keep it in a file in the clear, do not count, nor does one that cannot be loaded.
    """
    import keyring
    from keyring.backends.chainer import ChainerBackend

    try:
        chosen = keyring.get_keyring()
    except Exception:  # whatever the person's keyring configuration names may raise anything when imported
        return None
    backends = list(chosen.backends) if isinstance(chosen, ChainerBackend) else [chosen]
    return next((backend for backend in backends if not type(backend).__module__.startswith(_NOT_REAL)), None)


def store(name: str, key: bytes) -> None:
    """Keep a key under a name. Raises ProfileError where the keyring does not."""
    backend = _backend()
    try:
        backend.set_password(SERVICE, name, b64(key))
    except Exception as error:  # backends raise what their platform raises
        raise _refused(error) from error
    if load(name) != key:
        raise ProfileError("The system keyring did not keep the key.", "Choose a passphrase instead.")


def load(name: str) -> bytes:
    """The key of 32 bytes kept under a name. Raises ProfileError where it cannot be had."""
    backend = _backend()
    try:
        text = backend.get_password(SERVICE, name)
    except Exception as error:
        raise _refused(error) from error
    if text is None:
        raise ProfileError(
            "The system keyring does not hold the key of this profile.",
            "Unlock the keyring in which the profile was made, or put a copy of that keyring back.",
        )
    try:
        return unb64(text, 32)
    except Malformed as error:
        raise _refused(error) from error


def delete(name: str) -> None:
    """Forget the key kept under a name, if it is there."""
    from keyring.errors import PasswordDeleteError

    backend = _backend()
    try:
        backend.delete_password(SERVICE, name)
    except PasswordDeleteError:
        return  # it was not there
    except Exception as error:
        raise _refused(error) from error


def _backend() -> "KeyringBackend":
    backend = real_keyring()
    if backend is None:
        raise ProfileError(
            "There is no system keyring here.",
            "Start a keyring service (GNOME Keyring, KWallet, KeePassXC), or use a passphrase.",
        )
    return backend


def _refused(error: Exception) -> ProfileError:
    return ProfileError(
        f"The system keyring refused: {str(error).strip() or type(error).__name__}.",
        "Unlock the keyring, then try again.",
    )
