"""What the menu shows: lines of text from values. Pure."""

from collections.abc import Sequence
from dataclasses import Field, dataclass
from typing import Any

from autotrain.config import precedence, settings
from autotrain.display.canvas import Line, wrap
from autotrain.evaluation import outcome
from autotrain.loop import requests
from autotrain.menu import config_file
from autotrain.menu.entries import Entry

VALUE_WIDTH = 27


@dataclass(frozen=True)
class Editing:
    """A setting whose value is being typed."""

    name: str
    text: str


@dataclass(frozen=True)
class Shown:
    """What stands around the list of settings: a value being typed, what happened last, what is searched for."""

    editing: Editing | None = None
    message: str = ""
    search: str = ""
    searching: bool = False


def menu_lines(
    entries: Sequence[Entry], chosen: int, message: str, out_dir: str, now: dict[str, Any] | None, width: int
) -> list[Line]:
    """The newest run in a line and its verdict, the entries, the chosen one marked; below them what happened last."""
    lines: list[Line] = [[("Heidi AutoTraining", "title"), (f"   {out_dir}", "dim")]]
    lines += [line for said in status_lines(now) for line in wrap(said, width, most=3, indent=0)] + [[]]
    for place, entry in enumerate(entries):
        style = ("accent" if entry.possible else "dim") if place == chosen else ("" if entry.possible else "dim")
        mark = ">" if place == chosen else " "
        lines.append([(f"{mark} {entry.key}  {entry.title:<18}", style), (f"  {entry.hint}", "dim")])
    lines += [[], *wrap(message, width, "warn" if message.startswith("error") else "good", most=3, indent=0), []]
    lines.append([("up down Enter, or the key before a name; q leaves, and a running loop goes on", "dim")])
    return lines


def status_lines(now: dict[str, Any] | None) -> list[str]:
    """Where the newest run stands, and its verdict where there is one."""
    if now is None:
        return ["no run yet"]
    where = f", round {now['current_round']} {now['current_stage']}" if now["current_stage"] else ""
    verdict = [outcome.sentence(now["best"])] if now["best"] else []
    return [f"run {now['run_id']}: {requests.word(now)}{where}", *verdict]


def plan_lines(plan: Sequence[str], width: int, height: int) -> list[Line]:
    """What would be started, and the question; of a plan that does not fit, the rest is left out and said so."""
    told = [line for said in plan for line in wrap(said, width, indent=2)]
    room = max(height - 4, 1)
    if len(told) > room:
        told = [*told[: room - 1], [("  … the rest is in --dry-run", "dim")]]
    return [[("Start a new run?", "title")], [], *told, [], [("Enter starts it, Esc goes back", "dim")]]


def found(search: str) -> list[Field[Any]]:
    """The settings whose name, group or meaning holds each word of the search, in the order of their groups."""
    words = search.lower().split()

    def text(row: Field[Any]) -> str:
        return f"{row.name} {settings.group_of(row)} {row.metadata['help']}".lower()

    return [row for row in settings.grouped() if all(word in text(row) for word in words)]


def settings_lines(
    resolved: precedence.Resolved, chosen: int, shown: Shown, size: tuple[int, int], rows: Sequence[Field[Any]]
) -> list[Line]:
    """The settings around the chosen one under their groups, what it means and allows, and what is being typed."""
    width, height = size
    count = f"{chosen + 1} of {len(rows)}" if rows else "none"
    if len(rows) < len(settings.fields()):
        count += f" found among {len(settings.fields())}"
    lines: list[Line] = [[("Configure", "title"), (f"   {count}", ""), ("   saved in config.yaml", "dim")]]
    below = _below(resolved, rows[chosen], shown, width) if rows else [[("no setting is like that", "warn")]]
    room = max(height - len(lines) - len(below) - 2, 1)
    listed, mark = _listed(resolved, chosen, rows)
    first = min(max(mark - room // 2, 0), max(len(listed) - room, 0))
    lines += [*listed[first : first + room], [], *below]
    return [*lines, _foot(shown)]


def _listed(resolved: precedence.Resolved, chosen: int, rows: Sequence[Field[Any]]) -> tuple[list[Line], int]:
    """Every row below the heading of its group, and the place of the chosen one."""
    lines: list[Line] = []
    mark, group = 0, ""
    for place, row in enumerate(rows):
        if settings.group_of(row) != group:
            group = settings.group_of(row)
            lines.append([(group, "title")])
        if place == chosen:
            mark = len(lines)
        value = settings.show(getattr(resolved.settings, row.name))
        value = value if len(value) <= VALUE_WIDTH else "…" + value[1 - VALUE_WIDTH :]  # a path's end says more
        sign, style = (">", "accent") if place == chosen else (" ", "")
        source = resolved.sources[row.name]
        lines.append(
            [(f"{sign} {settings.variable(row.name):<24} {value:<{VALUE_WIDTH}}", style), (f" {source}", "dim")]
        )
    return lines, mark


def _below(resolved: precedence.Resolved, row: Field[Any], shown: Shown, width: int) -> list[Line]:
    lines = wrap(str(row.metadata["help"]), width, most=3, indent=0)
    lines.append([("allowed: " + settings.describe_allowed(row), "dim")])
    if shown.editing is None:
        return [*lines, [(shown.message, "warn" if shown.message.startswith("error") else "good")]]
    wrong = config_file.problem(shown.editing.name, shown.editing.text)
    said = (f"   {wrong or 'ok'}", "bad" if wrong else "good")
    return [*lines, [(f"{settings.variable(row.name)} = {shown.editing.text}_", "key"), said]]


def _foot(shown: Shown) -> Line:
    if shown.editing is not None:
        return [("Enter saves, Esc leaves it as it was", "dim")]
    if shown.searching:
        return [(f"/{shown.search}_", "key"), ("   Enter keeps what is found, Esc shows all", "dim")]
    kept = f"/{shown.search}   " if shown.search else ""
    return [(kept, "key"), ("up down, Enter changes, / searches, Esc goes back", "dim")]


def overridden(resolved: precedence.Resolved, name: str) -> str | None:
    """What a value in config.yaml would not prevail against, or None."""
    source = resolved.sources[name]
    return source if source in ("environment", ".env") or source.startswith("flag") else None
