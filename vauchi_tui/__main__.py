"""`python -m vauchi_tui` is `vauchi`."""

import sys

from vauchi_tui.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
