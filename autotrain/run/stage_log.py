"""What a stage says: to the terminal as it comes, to pipeline.log as finished lines without secrets.

A progress bar redraws its line with carriage returns; the log keeps what stood there last.
"""

import contextlib
import os
import re
from pathlib import Path
from typing import IO

from autotrain.display.values import fold
from autotrain.run.events import utc_now
from autotrain.secrets.scan import redact

_CONTROLS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")  # colours and cursor movements of a bar
LONGEST_LINE = 1 << 20  # bytes; a longer one is logged in pieces


def show(text: str | bytes) -> None:
    """Write to the terminal; one that was closed meanwhile is no reason to stop."""
    data = text.encode("utf-8", "replace") if isinstance(text, str) else text
    with contextlib.suppress(OSError):
        while data:
            data = data[os.write(2, data) :]


def _folded(block: bytes) -> bytes:
    """Whole lines of words as the terminal can show them without breaking a word; all else as it is."""
    if not os.isatty(2) or not block.endswith(b"\n") or b"\x1b" in block or b"\r" in block:
        return block
    with contextlib.suppress(OSError, UnicodeDecodeError):
        columns = os.get_terminal_size(2).columns
        return fold(block.decode(), columns).encode() if columns else block
    return block


class StageLog:
    """The log of one stage: everything in pipeline.log, the last lines for messages."""

    def __init__(self, path: Path, title: str) -> None:
        self._path = path
        self._last = self._last_error = ""
        self._unwritable = False
        self._write(f"== {utc_now()} {title}")

    def relay(self, stream: IO[bytes]) -> None:
        """Show and log a stage's stderr until it is closed."""
        pending = b""
        while block := os.read(stream.fileno(), 65536):
            show(_folded(block))
            *lines, pending = (pending + block).split(b"\n")
            for line in lines:
                self._log(line)
            # Of a bar that is still drawn only the present look is kept.
            pending = pending[max(pending.rfind(b"\r", 0, len(pending) - 1), 0) :]
            if len(pending) > LONGEST_LINE:
                self._log(pending)
                pending = b""
        self._log(pending)

    def say(self, text: str) -> None:
        """One line of the runner's own, shown and logged."""
        show(text + "\n")
        self._log(text.encode("utf-8", "replace"))

    def last_error(self, stage: str) -> str:
        """The stage's own error line where it wrote one, else the last line it wrote."""
        return self._last_error or self._last or f"{stage}: error: it ended without a word."

    def _log(self, line: bytes) -> None:
        drawn = _CONTROLS.sub("", line.decode("utf-8", "replace"))
        text = redact(drawn.rstrip("\r").rsplit("\r", 1)[-1]).rstrip()
        if not text:
            return
        self._last = text
        if ": error: " in text[:40]:
            self._last_error = text
        self._write(text)

    def _write(self, text: str) -> None:
        # Opened each time: a full disk or a removed file costs log lines, never the stage.
        try:
            with open(self._path, "ab", buffering=0) as stream:
                stream.write(text.encode("utf-8", "replace") + b"\n")
        except OSError as error:
            if not self._unwritable:
                self._unwritable = True
                show(f"warning: {self._path}: {error.strerror}; it will lack lines.\n")
