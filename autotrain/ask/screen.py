"""How answers look: streamed as they come, code coloured, two models side by side; plain text where nobody watches.

Writes to stdout (answers) and stderr (words about them).
"""

import time
from collections.abc import Generator, Sequence
from typing import Any

from autotrain.errors import plain, say

Pieces = Generator[str, None, bool]
REFRESH_S = 0.08


class Answered:
    """One model's answer: its text, whether it was cut at the limit, seconds to its first piece."""

    def __init__(self, title: str) -> None:
        self.title, self.text, self.cut, self.over = title, "", False, False
        self.first_s: float | None = None


class Screen:
    """Shows answers on a terminal, or writes them to whatever stdout is."""

    def __init__(self, console: Any = None) -> None:
        from rich.console import Console

        self._console = console or Console(highlight=False)
        self.watched = self._console.is_terminal

    def say(self, text: str) -> None:
        """A line about the answers, on stderr."""
        say(text)

    def show(self, speaking: Sequence[tuple[str, Pieces]]) -> list[Answered]:
        """Show answers while they come, a piece of each in turn. Ctrl-C ends them with what was said."""
        found = [Answered(title) for title, _ in speaking]
        show = self._show_live if self.watched else self._show_plain
        show(found, [pieces for _, pieces in speaking])
        for answer in found:
            who = f"{answer.title}: " if len(found) > 1 else ""
            if answer.cut:
                self.say(f"{who}cut off at the limit: raise --max-new-tokens.")
            if not answer.text.strip():
                self.say(f"{who}the answer is empty.")
        return found

    def _show_plain(self, found: list[Answered], streams: list[Pieces]) -> None:
        for answer, pieces in zip(found, streams, strict=True):
            if len(found) > 1:
                self._write(f"== {answer.title} ==\n")
            while not answer.over:
                self._write(_take(answer, pieces))
            self._write("\n")

    def _write(self, text: str) -> None:
        self._console.file.write(plain(text))
        self._console.file.flush()

    def _show_live(self, found: list[Answered], streams: list[Pieces]) -> None:
        from rich.live import Live

        started, shown = time.monotonic(), 0.0
        with Live(console=self._console, auto_refresh=False, transient=True, vertical_overflow="crop") as live:
            try:
                while not all(answer.over for answer in found):
                    for answer, pieces in zip(found, streams, strict=True):
                        if not answer.over and _take(answer, pieces) and answer.first_s is None:
                            answer.first_s = time.monotonic() - started
                    if time.monotonic() - shown >= REFRESH_S:
                        shown = time.monotonic()
                        live.update(self._drawn(found, last_lines=True), refresh=True)
            except KeyboardInterrupt:
                for pieces in streams:
                    pieces.close()
        self._console.print(self._drawn(found))

    def _drawn(self, found: list[Answered], *, last_lines: bool = False) -> Any:
        """Answers as Markdown, side by side where there are two; while they come, the lines that fit."""
        from rich.markdown import Markdown
        from rich.table import Table
        from rich.text import Text

        room = max(4, self._console.height - 3)
        texts = [
            _open_block_closed("\n".join(plain(a.text).split("\n")[-room:] if last_lines else [plain(a.text)]))
            for a in found
        ]
        drawn = [Markdown(text, code_theme="ansi_dark") for text in texts]
        if len(found) == 1:
            return drawn[0]
        table = Table(expand=True, show_lines=False)
        for answer in found:
            table.add_column(Text(plain(answer.title)), ratio=1)
        table.add_row(*drawn)
        return table


def _take(answer: Answered, pieces: Pieces) -> str:
    try:
        piece = next(pieces)
    except StopIteration as end:
        answer.over, answer.cut = True, bool(end.value)
        return ""
    answer.text += piece
    return piece


def _open_block_closed(text: str) -> str:
    # Only the last lines are drawn: a block whose head has left the screen still is one.
    fences = [line for line in text.split("\n") if line.startswith("```")]
    if len(fences) % 2 and fences[0].strip() == "```":
        return "```python\n" + text
    return text
