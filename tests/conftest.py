"""For all tests: nobody's own keyring is asked, whatever machine they run on."""

import os

os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
