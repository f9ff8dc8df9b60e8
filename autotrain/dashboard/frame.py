"""A whole screen: header, tabs, the chosen view, footer. Pure; exactly `height` lines of `width` cells."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from autotrain.dashboard import evaluation_view, teacher_view, trainer_view, views
from autotrain.dashboard.snapshot import Snapshot
from autotrain.display.canvas import Line, Look, Span, fit, text_of, to_ascii, width_of
from autotrain.display.keys import HELP
from autotrain.display.values import DASH, count, duration, number, safe


class View(NamedTuple):
    """One view: its name, and what draws it; None for the events, which are paged."""

    name: str
    draw: Callable[[Snapshot, int, int, Look], list[Line]] | None
    watches_gpu: bool = False


VIEWS = (  # their keys are 1, 2, 3, ...
    View("Overview", views.overview),
    View("Teacher", teacher_view.teacher),
    View("Trainer", trainer_view.trainer, watches_gpu=True),
    View("Events", None),
    View("Evaluation", evaluation_view.evaluation),
)
EVENTS = 1 + [view.draw for view in VIEWS].index(None)
TABS_FROM = 12  # rows of the screen from which on the tabs have a line


@dataclass
class Screen:
    """What a person chose to see."""

    view: int = 1
    scroll: int = 0
    look: Look = field(default_factory=Look)
    help_open: bool = False
    prompt: str | None = None
    """A question or a line being typed, in place of the key hints."""
    notice: str = ""
    follow: bool = True
    level: str = ""
    text_filter: str = ""
    searching: bool = False
    opened: bool = False
    """Of the events, the lowest one is shown in full."""


def render(
    snapshot: Snapshot, screen: Screen, width: int, height: int, events: Sequence[dict[str, Any]] = ()
) -> list[Line]:
    """The screen's lines. `events` are the rows of their view, oldest first, already filtered and cut to its height."""
    width, height = max(width, 1), max(height, 1)
    tabs = [_tabs(screen, width)] if height >= TABS_FROM else []
    room = max(0, height - 2 - len(tabs))
    if screen.help_open:
        body, more = help_lines(width), False
    elif screen.view == EVENTS:
        body, more = _events(snapshot, screen, events, width, room), False
    else:
        body = _body(snapshot, screen, width, room)
        more = len(body) > room + screen.scroll
    start = min(screen.scroll, max(0, len(body) - room)) if screen.view != EVENTS or screen.help_open else 0
    shown = body[start : start + room]
    shown += [[]] * (room - len(shown))
    lines = [_header(snapshot, screen, width), *tabs, *shown, _footer(screen, width, more, start > 0)][:height]
    fitted = [fit(line, width) for line in lines]
    return [to_ascii(line) for line in fitted] if screen.look.ascii_only else fitted


def _body(snapshot: Snapshot, screen: Screen, width: int, height: int) -> list[Line]:
    draw = VIEWS[screen.view - 1].draw
    return draw(snapshot, width, height, screen.look) if draw else []


def plain_text(lines: Sequence[Line]) -> str:
    """The lines as text without any escape code, blank ones at the end left out."""
    return "\n".join(text_of(line).rstrip() for line in lines).rstrip() + "\n"


def once(snapshot: Snapshot, screen: Screen, width: int, events: Sequence[dict[str, Any]] = ()) -> list[Line]:
    """The chosen view from top to end, as long as it needs to be: for paper, pipes and logs."""
    if screen.view == EVENTS:
        body = [views.event_line(event, width) for event in events]
    else:
        body = _body(snapshot, screen, width, 22)
    lines = [fit(line, width) for line in [_header(snapshot, screen, width, plain=True), *body]]
    return [to_ascii(line) for line in lines] if screen.look.ascii_only else lines


def help_lines(width: int) -> list[Line]:
    lines: list[Line] = [[(" Keys", "title")]]
    return lines + [[(f"  {keys:<14}", "key"), (text, "")] for keys, text in HELP]


def events_height(height: int) -> int:
    """How many events their view shows on a screen of this height."""
    return max(0, height - 3 - (1 if height >= TABS_FROM else 0))


def max_scroll(snapshot: Snapshot, screen: Screen, width: int, height: int) -> int:
    """How far the chosen view can be scrolled down."""
    room = max(0, height - 2 - (1 if height >= TABS_FROM else 0))
    body = help_lines(width) if screen.help_open else _body(snapshot, screen, width, room)
    return max(0, len(body) - room)


def _header(snapshot: Snapshot, screen: Screen, width: int, plain: bool = False) -> Line:
    health = snapshot.health()
    good, bad = ("RUNNING", "COMPLETED"), ("DEAD", "STALLED", "FAILED", "GONE")
    style = "bar-good" if health in good else "bar-bad" if health in bad else "bar-warn"
    pieces: list[tuple[int, Span]] = [(0, (f" {health} ", style))]
    current, stage = number(snapshot.state.get("current_round")), snapshot.state.get("current_stage")
    if isinstance(stage, str):
        place = "base" if current == 0 else f"round {count(current)} of {count(snapshot.rounds())}"
        pieces += [(1, (f" {safe(stage, 20)} ", "title")), (3, (f" {place} ", ""))]
    elif current is not None:
        pieces.append((3, (f" rounds {count(snapshot.rounds())} ", "")))
    pieces.append((2, (f" {duration(snapshot.elapsed())} ", "dim")))
    pieces.append((4, (f" run {safe(snapshot.run_id, 60)} ", "dim")))
    position, total = snapshot.position
    if total > 1 and not plain:
        pieces.append((5, (f" [{position}/{total}] ", "dim")))
    pieces.append((6, (" Heidi AutoTraining ", "dim")))
    while len(pieces) > 1 and width_of([span for _, span in pieces]) > width:
        pieces.remove(max(pieces, key=lambda piece: piece[0]))
    return fit([span for _, span in pieces], width)


def _tabs(screen: Screen, width: int) -> Line:
    names = [view.name if width >= 66 else view.name[:4] for view in VIEWS]
    line: Line = []
    for place, name in enumerate(names, start=1):
        chosen = place == screen.view and not screen.help_open
        line.append((f" {place} {name} ", "bar" if chosen else "dim"))
    return fit(line, width)


def _footer(screen: Screen, width: int, more: bool, scrolled: bool) -> Line:
    if screen.prompt is not None:
        return fit([(f" {screen.prompt}", "bar-warn")], width)
    if screen.notice:
        return fit([(f" {safe(screen.notice)}", "warn")], width)
    if screen.help_open:
        return fit([(" any key closes this", "dim")], width)
    arrows = ("▲" if scrolled else "") + ("▼" if more else "")
    if screen.view == EVENTS and screen.opened:
        return fit([(" Enter", "key"), (" closes it  ", "dim"), ("up down", "key"), (" the next one", "dim")], width)
    hints = [
        ("q", "quit"),
        ("?", "help"),
        (f"1-{len(VIEWS)}", "views"),
        ("/", "filter"),
        ("p", "pause"),
        ("s", "stop"),
        ("y", "log"),
    ]
    line: Line = [(f" {arrows} ", "accent")] if arrows else [(" ", "")]
    for key, text in hints:
        line += [(key, "key"), (f" {text}  ", "dim")]
    return fit(line, width)


def _events(snapshot: Snapshot, screen: Screen, events: Sequence[dict[str, Any]], width: int, room: int) -> list[Line]:
    state = ["following" if screen.follow else "scrolled back (f follows)"]
    if screen.level:
        state.append(f"level {screen.level} and above")
    if screen.text_filter:
        state.append(f'filter "{safe(screen.text_filter, 40)}"')
    if screen.searching:
        state.append("searching…")
    if screen.opened and events:
        return views.event_in_full(events[-1], width, room)
    line = fit([(" " + " · ".join(state), "warn" if screen.level or screen.text_filter else "dim")], width)
    lines = [views.event_line(event, width) for event in events[-max(0, room - 1) :]] if room > 1 else []
    return [line, *lines] if lines else [line, [(f" {DASH} no such event", "dim")]]
