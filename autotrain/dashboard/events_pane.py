"""View 4's place in the log: following or scrolled back, through a level and a text filter."""

import bisect
import re
from collections.abc import Callable

from autotrain.display.values import mapping
from autotrain.run.event_log import Event, Follower, Pager
from autotrain.run.events import LEVELS

FILTER_LEVELS = ("", *LEVELS[1:])  # "": all


class EventsPane:
    """Which rows of a log view 4 shows. `follower` tells where the log ends and whether it was replaced."""

    def __init__(self, follower: Follower) -> None:
        self._follower, self._generation = follower, follower.generation
        self.level, self.text, self.follow = "", "", True
        self._bottom = 0  # rows before this one are shown, the last of them at the foot
        self._pager = self._new_pager()
        self._started = False

    def _new_pager(self) -> Pager:
        words = self.text.casefold()
        level = LEVELS.index(self.level) if self.level else 0

        def accepts(event: Event) -> bool:
            found = event.get("level")
            if level and (found not in LEVELS or LEVELS.index(found) < level):
                return False
            return not words or words in searchable(event)

        # A plain ASCII word must be in the raw line too, which rules most lines out unparsed.
        needle = words.encode() if re.fullmatch(r"[a-z0-9_]*", words) else b""
        return Pager(self._follower.path, accepts, needle)

    def set_filter(self, *, level: str | None = None, text: str | None = None) -> None:
        self.level = self.level if level is None else level
        self.text = self.text if text is None else text
        self._restart()

    def _restart(self, *, at_start: bool = False) -> None:
        self._pager = self._new_pager()
        self._pager.start_at(0 if at_start else self._follower.end)
        self._bottom, self._started = 0, True
        self.follow = not at_start

    def tick(self, height: int) -> bool:
        """Take in new events and fill the screen; whether more is still being searched for."""
        if not self._started or self._generation != self._follower.generation:
            self._generation = self._follower.generation
            self._restart()
        pager = self._pager
        if self.follow:
            pager.extend_forward(self._follower.end, Pager.MAX_ROWS)
            self._bottom = len(pager.rows)
        if self._bottom < height and pager.low > 0:
            self._back(height - self._bottom)
            if self.follow or self._bottom == 0:
                self._bottom = len(pager.rows)
        if not self.follow and self._bottom < height:
            self._forward(height - self._bottom)
            self._bottom = min(height, len(pager.rows))
        return self._bottom < height and (pager.low > 0 or pager.high < self._follower.end)

    def rows(self, height: int) -> list[Event]:
        start = max(0, self._bottom - height)
        return [event for _, event in self._pager.rows[start : self._bottom]]

    def scroll(self, lines: int, height: int) -> None:
        """Move by so many lines: below 0 into the past."""
        if lines < 0:
            self.follow = False
            missing = height - lines - self._bottom
            if missing > 0:
                self._back(missing)
            self._bottom = max(min(height, len(self._pager.rows)), self._bottom + lines)
            return
        missing = self._bottom + lines - len(self._pager.rows)
        if missing > 0:
            self._forward(missing)
        self._bottom = min(len(self._pager.rows), self._bottom + lines)
        self.follow = self._bottom == len(self._pager.rows) and self._pager.high >= self._follower.end

    def _back(self, wanted: int) -> None:
        self._kept(lambda: self._pager.extend_back(wanted))

    def _forward(self, wanted: int) -> None:
        self._kept(lambda: self._pager.extend_forward(self._follower.end, wanted))

    def _kept(self, extend: Callable[[], None]) -> None:
        # The window may lose rows at its other end: the row at the foot is found again by its place in the file.
        rows = self._pager.rows
        foot = rows[self._bottom - 1][0] if 0 < self._bottom <= len(rows) else None
        extend()
        rows = self._pager.rows
        if foot is None:
            self._bottom = min(self._bottom, len(rows))
        else:
            self._bottom = bisect.bisect_right([end for end, _ in rows], foot)

    def home(self, height: int) -> None:
        self._restart(at_start=True)
        self._forward(height)
        self._bottom = min(height, len(self._pager.rows))

    def end(self) -> None:
        self._restart()


def searchable(event: Event) -> str:
    """What a text filter looks through: name, message, stage and the values of the data."""
    data = " ".join(f"{key} {value}" for key, value in mapping(event.get("data")).items())
    parts = (event.get("event"), event.get("message"), event.get("stage"), event.get("level"), data)
    return " ".join(str(part) for part in parts if part).casefold()
