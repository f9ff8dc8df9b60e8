"""The next commands as a person must type them: with the loop as it was called, and the OUT_DIR where it is needed.

>>> from autotrain.run import commands
>>> commands.loop("--stop", out_dir=commands.DEFAULT)
'./scripts/loop.sh --stop'
"""

import os
import shlex
from pathlib import Path

from autotrain.config import settings

CALLED_VARIABLE = "HEIDI_LOOP"  # how loop.sh was called: from another folder, or through a link
DEFAULT = settings.out_path(settings.Settings.out_dir)


def loop(*flags: str, out_dir: Path) -> str:
    """The loop with these flags on this OUT_DIR."""
    called = os.environ.get(CALLED_VARIABLE) or "./scripts/loop.sh"
    on = [] if out_dir == DEFAULT else ["--out-dir", near(out_dir)]
    return shlex.join([called, *flags, *on])


def script(name: str, *words: str, out_dir: Path) -> str:
    """A script of the project (`scripts/ask.py`) on this OUT_DIR, from where the person stands."""
    on = [] if out_dir == DEFAULT else ["--out-dir", near(out_dir)]
    program = [near(settings.PROJECT_ROOT / part) for part in (".venv/bin/python", name)]
    return shlex.join([*program, *words, *on])


def near(path: Path) -> str:
    """A path as it is shortest from here."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") or len(relative) > len(str(path)) else relative
