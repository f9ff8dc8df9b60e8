"""The command `python -m autotrain.report`."""

import sys

from autotrain.report.write import main

if __name__ == "__main__":
    sys.exit(main())
