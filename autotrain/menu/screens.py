"""What the menu shows: lines of text from values. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from autotrain.config import precedence, settings
from autotrain.display.canvas import Line
from autotrain.evaluation import outcome
from autotrain.loop import requests
from autotrain.menu import config_file
from autotrain.menu.entries import Entry


@dataclass(frozen=True)
class Editing:
    """A setting whose value is being typed."""

    name: str
    text: str


def menu_lines(
    entries: Sequence[Entry], chosen: int, message: str, out_dir: str, now: dict[str, Any] | None = None
) -> list[Line]:
    """The newest run in a line and its verdict, the entries, the chosen one marked; below them what happened last."""
    lines: list[Line] = [[("Heidi AutoTraining", "title"), (f"   {out_dir}", "dim")]]
    lines += [[(said.strip(), "")] for said in status_lines(now)] + [[]]
    for place, entry in enumerate(entries):
        style = ("accent" if entry.possible else "dim") if place == chosen else ("" if entry.possible else "dim")
        mark = ">" if place == chosen else " "
        lines.append([(f"{mark} {place + 1:<2} {entry.title:<18}", style), (f"  {entry.hint}", "dim")])
    lines += [[], [(message, "warn" if message.startswith("error") else "good")], []]
    lines.append([("up down Enter, or 1 to 9; q leaves, and a running loop goes on", "dim")])
    return lines


def status_lines(now: dict[str, Any] | None) -> list[str]:
    """Where the newest run stands, and its verdict where there is one."""
    if now is None:
        return ["no run yet"]
    where = f", round {now['current_round']} {now['current_stage']}" if now["current_stage"] else ""
    verdict = [outcome.sentence(now["best"])] if now["best"] else []
    return [f"run {now['run_id']}: {requests.word(now)}{where}", *verdict]


def settings_lines(
    resolved: precedence.Resolved, chosen: int, editing: Editing | None, message: str, height: int
) -> list[Line]:
    """The settings around the chosen one, what it means and allows, and the value being typed."""
    rows = settings.fields()
    room = max(height - 9, 1)
    first = min(max(chosen - room // 2, 0), max(len(rows) - room, 0))
    lines: list[Line] = [[("Configure", "title"), ("   saved in config.yaml", "dim")], []]
    for place in range(first, min(first + room, len(rows))):
        row = rows[place]
        value = settings.show(getattr(resolved.settings, row.name))
        mark, style = (">", "accent") if place == chosen else (" ", "")
        source = resolved.sources[row.name]
        lines.append([(f"{mark} {settings.variable(row.name):<24} {value:<22}", style), (f" {source}", "dim")])
    row = rows[chosen]
    lines += [[], [(str(row.metadata["help"]), "")], [("allowed: " + settings.describe_allowed(row), "dim")]]
    if editing is not None:
        wrong = config_file.problem(editing.name, editing.text)
        lines.append(
            [(f"{settings.variable(row.name)} = {editing.text}_", "key"), (f"   {wrong or 'ok'}", _tone(wrong))]
        )
        lines.append([("Enter saves, Esc leaves it as it was", "dim")])
    else:
        lines.append([(message, "warn" if message.startswith("error") else "good")])
        lines.append([("up down, Enter changes, Esc goes back", "dim")])
    return lines


def _tone(wrong: str | None) -> str:
    return "bad" if wrong else "good"


def overridden(resolved: precedence.Resolved, name: str) -> str | None:
    """What a value in config.yaml would not prevail against, or None."""
    source = resolved.sources[name]
    return source if source in ("environment", ".env") or source.startswith("flag") else None
