"""For all tests, on whatever machine: nobody's own keyring is asked, no other device is looked for or listened to."""

import os
from pathlib import Path

import pytest

os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
os.environ["VAUCHI_LAN"] = "off"  # they would find those of other tests
os.environ["VAUCHI_SOUND"] = "off"  # somebody may be talking

_HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where tests run side by side: those of real processes one after the other, of the others each file together."""
    for item in items:
        place = item.path.relative_to(_HERE)
        item.add_marker(pytest.mark.xdist_group("processes" if place.parts[0] == "e2e" else str(place)))
