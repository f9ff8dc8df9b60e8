#!/usr/bin/env python3
"""The command `heidi`: every script and module under one word; setup.sh links it as .venv/bin/heidi.

./scripts/heidi.py run --rounds 1
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from autotrain.heidi import main

if __name__ == "__main__":
    sys.exit(main())
