"""How far something has come: one bar (rich) on a terminal, elsewhere a plain line at most every ten seconds.

A line names what works, how far it is, a word of the work's own, the pace and the time left:
`train 31/120  loss 0.48  1.6 s/step  2:20 left`. While nothing is finished it says the tokens a second.

    with Bar("train", 120, unit="step", live=True) as bar:
        bar(1)
"""

import sys
import time
from collections.abc import Callable
from typing import Any

from autotrain.display.values import fold
from autotrain.errors import plain

LIVE_S, PLAIN_S = 0.25, 10.0  # seconds between two looks
LEAST_BAR, LEAST_LABEL = 6, 8  # columns


class Bar:
    """One bar; call it with the number of things that are finished. A context manager."""

    def __init__(
        self,
        label: str,
        total: int,
        done: int = 0,
        *,
        unit: str = "",
        live: bool = False,
        quiet: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`done` of `total` are finished already; `live`: a person watches a terminal; `quiet`: say nothing."""
        self.label, self.total, self.count, self.note = label, total, done, ""
        self.pace_s: float | None = None  # seconds for one, where the work knows better than the clock
        self._first, self._tokens = done, 0
        self._unit, self._quiet, self._clock = unit, quiet, clock
        self._started = self._looked = clock()
        self._said: int | None = None
        self._live = _live_bar() if live and not quiet else None
        self._task = self._live.add_task("", total=total or None, said="") if self._live else None

    def __enter__(self) -> "Bar":
        if self._live:
            self._live.start()
            self._draw()
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if self._live:
            self._draw()
            self._live.stop()
            return
        worked = kind is None and self.count > self._first
        if worked and not self._quiet and (self._said is None or self._due(PLAIN_S)):
            self._say_plainly()

    def __call__(self, steps: int = 1) -> None:
        """So many more are finished."""
        self.count += steps
        self._look()

    def tokens(self, count: int) -> None:
        """So many more tokens are written."""
        self._tokens += count
        self._look()

    def print(self, text: str) -> None:
        """A line for the person, above the bar."""
        if self._quiet:
            return
        if self._live:
            folded = fold(text, self._live.console.width)
            self._live.console.print(folded, markup=False, highlight=False, soft_wrap=True)
        else:
            print(text, file=sys.stderr, flush=True)

    def _due(self, seconds: float) -> bool:
        return self._clock() - self._looked >= seconds

    def _look(self) -> None:
        if self._quiet or not self._due(LIVE_S if self._live else PLAIN_S):
            return
        self._looked = self._clock()
        if self._live:
            self._draw()
        else:
            self._say_plainly()

    def _say_plainly(self) -> None:
        self._said = self.count
        left = ", ".join(part for part in self._parts() if part)
        print(plain(f"{self.label} {self._done()}{', ' if left else ''}{left}"), file=sys.stderr, flush=True)

    def _draw(self) -> None:
        assert self._live is not None  # only a live bar is drawn
        known = [part for part in self._parts() if part]
        room, said = 0, ""
        while room < LEAST_LABEL and (known or not said):  # on a narrow terminal the time left is told alone
            said = "  ".join(known) or " "
            room = self._live.console.width - len(self._done()) - len(said) - LEAST_BAR - 4
            known = known[1:]
        label = self.label if len(self.label) <= room else self.label[: max(room, LEAST_LABEL) - 1] + "…"
        told = {"description": f"{label} {self._done()}", "total": self.total or None, "completed": self.count}
        self._live.update(self._task, said=said, **told)
        self._live.refresh()

    def _done(self) -> str:
        return f"{self.count}/{self.total}" if self.total else f"{self.count}"

    def _parts(self) -> list[str]:
        return parts(
            finished=self.count - self._first,
            left=self.total - self.count,
            seconds=self._clock() - self._started,
            note=self.note,
            unit=self._unit,
            pace_s=self.pace_s,
            tokens=self._tokens,
        )


def parts(
    *, finished: int, left: int, seconds: float, note: str, unit: str, pace_s: float | None, tokens: int
) -> list[str]:
    """The words behind a bar: the note, the pace, the time left. Only what is known."""
    if finished <= 0:
        return [note, f"{tokens / seconds:.0f} tokens/s" if tokens and seconds > 0 else ""]
    pace_s = seconds / finished if pace_s is None else pace_s
    pace = ""
    if pace_s > 0:
        pace = f"{pace_s:.1f} s" if pace_s >= 1 else f"{1 / pace_s:.3g}/s"
        pace += f"/{unit}" if unit and pace_s >= 1 else ""
    return [note, pace, f"{clock_time(pace_s * left)} left" if left > 0 else f"in {clock_time(seconds)}"]


def clock_time(seconds: float) -> str:
    """Seconds as `2:20`, from an hour on as `1:02:20`."""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def _live_bar() -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn
    from rich.table import Column

    class Plain(Console):
        def show_cursor(self, show: bool = True) -> bool:
            return False  # a stage that is killed could not show it again

    whole = Column(no_wrap=True, overflow="ellipsis")
    return Progress(
        TextColumn("{task.description}", markup=False, table_column=whole),
        BarColumn(bar_width=None, table_column=Column(ratio=1, min_width=LEAST_BAR)),
        TextColumn("{task.fields[said]}", markup=False, table_column=Column(no_wrap=True, overflow="ellipsis")),
        console=Plain(file=sys.stderr, force_terminal=True),
        auto_refresh=False,  # no thread: stages fork
        expand=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )
