"""The generated parts of docs/dashboard.md: keys, views as text, and the schemas of state and events.

    python -m autotrain.manual.dashboard_docs    # rewrites them between their marks; the views show the run in docs/run

A mark is `<!-- dashboard: NAME -->`, its end `<!-- end of dashboard: NAME -->`.
"""

import argparse
import re
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import orjson

from autotrain.config import settings
from autotrain.dashboard import frame
from autotrain.display.keys import HELP
from autotrain.jsonl import atomic_writer
from autotrain.manual import picture
from autotrain.run import paths, stages, state
from autotrain.run.events import LEVELS, EventLog

PAGE = settings.PROJECT_ROOT / "docs" / "dashboard.md"
STATE_FIELDS = {
    "schema_version": "of this table",
    "run_id": "the run's name, which begins with its start",
    "status": "one of " + ", ".join(f"`{status}`" for status in state.STATUSES),
    "current_round": "the round at work; 0 while the base model is evaluated",
    "current_stage": "one of " + ", ".join(f"`{stage}`" for stage in stages.NAMES) + "; null between stages",
    "stages": "round → stage → `status`, `started`, `ended`, `seconds`, `counts`",
    "stop_requested": "somebody asked the run to stop at its next safe point",
    "pause_requested": "somebody asked the run to pause",
    "counters": "lines of each kind of data file, over all rounds",
    "usage": "what the teacher was asked: `rounds` by number, and their `total`",
    "training": "the newest step: `step`, `steps`, `loss`, `validation_loss`, `learning_rate`, …",
    "evaluation": "`final`: the headline in short; `early_stop`: after which round PATIENCE ended the run, and why",
    "best": "what `best.json` says",
    "pid": "the loop's process",
    "heartbeat": "renewed every 5 s while a stage runs",
    "created": "when the run began",
    "updated": "when this file was last written",
    "error": "what ended the run, where it failed",
}
EVENT_FIELDS = {
    "ts": "when, ISO 8601 in UTC with milliseconds",
    "run_id": "the run",
    "seq": "strictly increasing, over all processes that write",
    "level": "one of " + ", ".join(f"`{level}`" for level in LEVELS),
    "event": "what happened, a short name",
    "stage": "the stage it belongs to, or null",
    "round": "the round it belongs to, or null",
    "message": "for people; secrets masked",
    "data": "the figures",
}


def keys_table() -> str:
    return _table("| key | does |", HELP)


def state_table() -> str:
    """Raises KeyError where the state has a field that is not described above."""
    return _table("| field | what |", [(f"`{name}`", STATE_FIELDS[name]) for name in state.fresh("")])


def events_table() -> str:
    """The fields of a line that was really written. Raises KeyError for one that is not described."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.jsonl"
        EventLog(path, "").emit("example")
        names = list(orjson.loads(path.read_bytes()))
    return _table("| field | what |", [(f"`{name}`", EVENT_FIELDS[name]) for name in names])


def _table(header: str, rows: Sequence[tuple[str, str]]) -> str:
    return "\n".join([header, "|---|---|", *(f"| {first} | {second} |" for first, second in rows)])


def views_text(run: paths.RunPaths) -> dict[str, str]:
    """Each view of a run on a screen of 80 × 24, by the name of its mark."""
    snapshot, found = picture.seen(run), {}
    for number, view in enumerate(frame.VIEWS, start=1):
        events = snapshot.recent[-frame.events_height(24) :]
        lines = frame.render(snapshot, frame.Screen(view=number), 80, 24, events)
        found[view.name] = f"```text\n{frame.plain_text(lines)}```"
    return found


def filled(page: str) -> str:
    """The page with its generated parts made anew."""
    parts = {"keys": keys_table(), "state": state_table(), "events": events_table()}
    parts |= views_text(picture.kept_run())

    def part(match: re.Match[str]) -> str:
        made = parts.get(match["name"])
        return match[0] if made is None else f"{match['begin']}\n\n{made}\n\n{match['end']}"

    marks = r"(?P<begin><!-- dashboard: (?P<name>\w+) -->).*?(?P<end><!-- end of dashboard: (?P=name) -->)"
    return re.sub(marks, part, page, flags=re.DOTALL)


def main(argv: Sequence[str] | None = None) -> int:
    argparse.ArgumentParser(description="Rewrite the generated parts of docs/dashboard.md.").parse_args(argv)
    picture.in_utc()
    page = filled(PAGE.read_text(encoding="utf-8"))
    with atomic_writer(PAGE) as stream:
        stream.write(page.encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
