"""The terminal itself: raw keys in, changed lines out, and everything put back whatever happens.

with Terminal() as terminal:
    terminal.show(lines)
    keys = terminal.wait(0.1)
"""

import contextlib
import os
import select
import signal
import sys
import termios
from collections.abc import Sequence
from types import FrameType
from typing import Any

from rich.color import ColorSystem
from rich.console import Console
from rich.style import Style

from autotrain.display.canvas import STYLES, Line
from autotrain.display.keys import decode
from autotrain.errors import plain

# Alternate screen, no cursor, no wrapping at the right edge; and back.
_ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J"
_LEAVE = "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l"
_SYNC = ("\x1b[?2026h", "\x1b[?2026l")  # terminals that know it show a frame at once
ESCAPE_WAIT_S = 0.05


class Painter:
    """Turns styled lines into text with the escape codes that this terminal's colours need."""

    def __init__(self, color_system: str | None) -> None:
        chosen = {"standard": ColorSystem.STANDARD, "256": ColorSystem.EIGHT_BIT, "truecolor": ColorSystem.TRUECOLOR}
        system = chosen.get(color_system or "")
        self._codes: dict[str, tuple[str, str]] = {}
        for name, definition in STYLES.items():
            rendered = Style.parse(definition).render("\0", color_system=system) if system and definition else "\0"
            before, after = rendered.split("\0")
            self._codes[name] = (before, after)

    def paint(self, line: Line) -> str:
        codes = self._codes
        return "".join(codes[style][0] + plain(text) + codes[style][1] for text, style in line if text)


class Terminal:
    """The screen and keyboard of a person; a context manager that leaves them as it found them."""

    def __init__(self) -> None:
        self._out = sys.stdout.fileno()
        self._in = sys.stdin.fileno() if sys.stdin.isatty() else os.open("/dev/tty", os.O_RDONLY | os.O_CLOEXEC)
        self.painter = Painter(Console(file=sys.stdout).color_system)
        self._pending = b""
        self._shown: list[Line] = []
        self._size = (0, 0)
        self.resized = False

    def __enter__(self) -> "Terminal":
        self._attributes = termios.tcgetattr(self._in)
        self._wake_read, self._wake_write = os.pipe()
        for end in (self._wake_read, self._wake_write):
            os.set_blocking(end, False)
        self._old_wakeup = signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        handlers = {
            signal.SIGWINCH: lambda *_: None,  # the wake-up alone is what counts
            signal.SIGTERM: self._end,
            signal.SIGHUP: self._end,
            signal.SIGTSTP: self._suspend,
        }
        self._old_handlers = {number: signal.signal(number, handler) for number, handler in handlers.items()}
        self._begin()
        return self

    def __exit__(self, *_: object) -> None:
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)  # nothing may interrupt the putting back
        self._restore()
        signal.set_wakeup_fd(self._old_wakeup)
        for number, handler in self._old_handlers.items():
            signal.signal(number, handler)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.close(self._wake_read)
        os.close(self._wake_write)

    def _begin(self) -> None:
        raw = termios.tcgetattr(self._in)
        raw[3] &= ~(termios.ICANON | termios.ECHO)
        raw[6][termios.VMIN], raw[6][termios.VTIME] = 1, 0
        termios.tcsetattr(self._in, termios.TCSADRAIN, raw)
        self._write(_ENTER)
        self._shown = []

    def _restore(self) -> None:
        with contextlib.suppress(OSError, termios.error):  # a terminal that hung up has nothing to put back
            self._write(_LEAVE)
            termios.tcsetattr(self._in, termios.TCSAFLUSH, self._attributes)

    def _end(self, number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    def _suspend(self, number: int, frame: FrameType | None) -> None:
        self._restore()
        os.kill(os.getpid(), signal.SIGSTOP)
        self._begin()  # goes on here after SIGCONT
        self.resized = True

    def size(self) -> tuple[int, int]:
        """Columns and rows now."""
        try:
            found = os.get_terminal_size(self._out)
        except OSError:
            return 80, 24
        return found.columns or 80, found.lines or 24  # a serial line or a bare pty says 0

    def show(self, lines: Sequence[Line], size: tuple[int, int]) -> None:
        """Write the lines that differ from what is on the screen; nothing where none does."""
        parts: list[str] = []
        if size != self._size or not self._shown:
            self._size, self._shown = size, []
            parts.append("\x1b[0m\x1b[2J")
        for row, line in enumerate(lines):
            if row >= len(self._shown) or self._shown[row] != line:
                parts.append(f"\x1b[{row + 1};1H{self.painter.paint(line)}")
        self._shown = [list(line) for line in lines]
        if parts:
            self._write(_SYNC[0] + "".join(parts) + _SYNC[1])

    def forget(self) -> None:
        """Redraw everything next time: something else may have written to the screen."""
        self._shown = []

    def wait(self, timeout_s: float) -> list[str]:
        """Keys pressed, as soon as there are any, else none after `timeout_s`."""
        ready = self._select(ESCAPE_WAIT_S if self._pending else timeout_s)
        if self._wake_read in ready:
            self._drain()
        if self._in not in ready:
            keys, self._pending = decode(self._pending, final=True) if not ready else ([], self._pending)
            return keys
        block = os.read(self._in, 4096)
        if not block:
            raise SystemExit(128 + signal.SIGHUP)  # the terminal is gone
        keys, self._pending = decode(self._pending + block)
        return keys

    def _select(self, timeout_s: float) -> list[Any]:
        return select.select([self._in, self._wake_read], [], [], timeout_s)[0]

    def _drain(self) -> None:
        with contextlib.suppress(BlockingIOError):
            woken = os.read(self._wake_read, 4096)
            self.resized |= bytes([signal.SIGWINCH]) in woken

    def _write(self, text: str) -> None:
        data = memoryview(text.encode("utf-8", "replace"))
        while data:
            data = data[os.write(self._out, data) :]
