"""For all tests: nobody's own keyring is asked, and no other device is looked for, whatever machine they run on."""

import os

os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
os.environ["VAUCHI_LAN"] = "off"  # they would find those of other tests
