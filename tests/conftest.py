"""For all tests, on whatever machine: nobody's own keyring is asked, no other device is looked for or listened to."""

import os

os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
os.environ["VAUCHI_LAN"] = "off"  # they would find those of other tests
os.environ["VAUCHI_SOUND"] = "off"  # somebody may be talking
