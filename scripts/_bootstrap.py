"""Lets `python scripts/<stage>.py` find the package and its environment from anywhere.

Every stage script imports this first. Called with a Python that lacks our packages, it
starts the script again with the project's .venv, or says how to make one.
"""

import importlib.util
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

NEEDED = ("orjson", "yaml", "dotenv", "rich", "json5", "rensa")  # found, not imported
if any(importlib.util.find_spec(name) is None for name in NEEDED):
    python = ROOT / ".venv" / "bin" / "python"
    if not python.exists() or Path(sys.prefix) == ROOT / ".venv":
        sys.exit("The Python packages are missing: run ./scripts/setup.sh, then try again.")
    os.execv(python, [str(python), *sys.argv])
