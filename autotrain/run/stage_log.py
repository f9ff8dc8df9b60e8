"""What a stage says: to the terminal as it comes, to pipeline.log as finished lines without secrets.

A progress bar redraws its line with carriage returns; the log keeps what stood there last.
"""

import codecs
import contextlib
import os
import re
from pathlib import Path
from typing import IO

from autotrain.display.values import fold
from autotrain.errors import plain
from autotrain.run.events import utc_now
from autotrain.secrets.scan import redact

# What a bar draws with: the return, colours, the line above, an emptied line, the cursor hidden and shown.
_DRAWING = re.compile(r"(\r|\x1b\[(?:[0-9;]{0,40}m|[0-9]{0,4}[AK]|\?25[hl]))")
_BEGUN = re.compile(r"\x1b(?:\[[0-9;?]{0,40})?\Z")
LONGEST_LINE = 1 << 20  # bytes; a longer one is logged in pieces


def show(text: str) -> None:
    """Write to the terminal; one that was closed meanwhile is no reason to stop.

    A stage repeats what servers, models and files say: of what a terminal obeys only what draws a bar is left.
    """
    parts = _DRAWING.split(text)
    parts[::2] = map(plain, parts[::2])
    data = "".join(parts).encode("utf-8", "replace")
    with contextlib.suppress(OSError):
        while data:
            data = data[os.write(2, data) :]


def _folded(block: str) -> str:
    """Whole lines of words as the terminal can show them without breaking a word; all else as it is."""
    if not os.isatty(2) or not block.endswith("\n") or "\x1b" in block or "\r" in block:
        return block
    with contextlib.suppress(OSError):
        columns = os.get_terminal_size(2).columns
        return fold(block, columns) if columns else block
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
        pending, begun = b"", ""
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        while block := os.read(stream.fileno(), 65536):
            text = begun + decoder.decode(block)
            begun = found.group() if (found := _BEGUN.search(text)) else ""
            show(_folded(text.removesuffix(begun)))
            *lines, pending = (pending + block).split(b"\n")
            for line in lines:
                self._log(line)
            # Of a bar that is still drawn only the present look is kept.
            pending = pending[max(pending.rfind(b"\r", 0, len(pending) - 1), 0) :]
            if len(pending) > LONGEST_LINE:
                self._log(pending)
                pending = b""
        show(begun)
        self._log(pending)

    def say(self, text: str) -> None:
        """One line of the runner's own, shown and logged."""
        show(text + "\n")
        self._log(text.encode("utf-8", "replace"))

    def last_error(self, stage: str) -> str:
        """The stage's own error line where it wrote one, else the last line it wrote."""
        return self._last_error or self._last or f"{stage}: error: it ended without a word."

    def _log(self, line: bytes) -> None:
        last = line.rstrip(b"\r").rsplit(b"\r", 1)[-1].decode("utf-8", "replace")
        drawn = "".join(_DRAWING.split(last)[::2])
        text = plain(redact(drawn)).rstrip()
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
