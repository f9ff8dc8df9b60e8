"""The menu's entries: what each is called and what it would do now. Pure.

The eight that steer have numbers, the four that use what was made have letters.
"""

from dataclasses import dataclass
from typing import Any

from autotrain.loop import requests


@dataclass(frozen=True)
class Entry:
    """One line of the menu; `hint` says what it would do, or why it can do nothing now."""

    key: str
    name: str
    title: str
    flag: str
    hint: str
    possible: bool = True


def entries(now: dict[str, Any] | None) -> list[Entry]:
    """The entries, for the newest run (`requests.status`) or for none."""
    alive = bool(now and now["alive"])
    said = requests.word(now) if now else "no run yet"
    where = ""
    if now and now["current_stage"]:
        where = f", round {now['current_round']} {now['current_stage']}"
    waiting = bool(now and (now["pause_requested"] or now["status"] == "paused"))
    stopping = bool(now and now["stop_requested"])
    stops = _if(alive and not stopping, f"at its next safe point: {said}{where}", said)
    reports = "write the newest run's report.html" if now else said
    return [
        Entry("1", "start", "Start", "--start", "a new run" if not alive else f"{said}: stop it first", not alive),
        _resume(now, alive, said),
        Entry("3", "stop", "Stop", "--stop", *stops),
        Entry("4", "pause", "Pause", "--pause", *_if(alive and not waiting and not stopping, f"{said}{where}", said)),
        Entry("5", "continue", "Resume from pause", "--continue", *_if(alive and waiting, said, f"{said}; no pause")),
        Entry("6", "configure", "Configure", "--configure NAME=VALUE", "every setting, kept in config.yaml"),
        Entry("7", "dashboard", "Dashboard", "--dashboard", f"{said}{where}" if now else said, now is not None),
        Entry("8", "exit", "Exit", "--exit", "a running loop goes on"),
        Entry("a", "ask", "Ask", "--ask", "talk to the best adapter, the base model beside it"),
        Entry("e", "export", "Export", "--export", *_export(now)),
        Entry("r", "report", "Report", "--report", reports, now is not None),
        Entry("d", "doctor", "Doctor", "--doctor", "what this machine has and lacks"),
    ]


def _resume(now: dict[str, Any] | None, alive: bool, said: str) -> Entry:
    title, flag = "Resume last", "--resume"
    if now is None:
        return Entry("2", "resume", title, flag, said, False)
    if alive:
        return Entry("2", "resume", title, flag, f"{said} already", False)
    if now["next"] is None:
        return Entry("2", "resume", title, flag, f"{said}; every stage is done", False)
    return Entry(
        "2", "resume", title, flag, f"{said}; goes on with round {now['next']['round']} {now['next']['stage']}"
    )


def _export(now: dict[str, Any] | None) -> tuple[str, bool]:
    return _if(bool(now and now["best"]), "the best adapter as a merged model, in OUT_DIR/exported", "no adapter yet")


def _if(possible: bool, then: str, otherwise: str) -> tuple[str, bool]:
    return (then, True) if possible else (otherwise, False)
