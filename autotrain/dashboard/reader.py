"""Keeps a `Snapshot` of one run up to date: looks at what changed, reads only that.

Reads state.json, config.json, best.json, final.json, eval/report_*.json, events.jsonl and the newest samples;
survives each of them being missing, torn, damaged or replaced. Writes nothing.

    reader = RunReader(run); reader.refresh(); snapshot = reader.snapshot
"""

import os
import re
import time
from collections import Counter, deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

from autotrain.dashboard.snapshot import ACTIVE, LastAnswer, LastSample, RoundCurves, Snapshot
from autotrain.display.values import dig, listing, mapping, number
from autotrain.run import ownership, paths
from autotrain.run.event_log import STEP_MARK, Event, Follower, parse, read_at

RECENT_EVENTS = 200
REASON_EVENTS = {"generated": "generate", "cleaned": "clean", "gated": "gate"}
STEPS_BYTES = 16 << 20  # of a log, in which every training step is read
_COUNT_BYTES = 16 << 20  # of a growing file, read in one go at most


class RunReader:
    """The files of one run, read incrementally. `clock` gives seconds since the epoch."""

    def __init__(self, run: paths.RunPaths, clock: Callable[[], float] = time.time) -> None:
        self.run, self._clock = run, clock
        self.snapshot = Snapshot(run.root, clock())
        self.follower = Follower(run.events)
        self._stamps: dict[Path, tuple[int, ...] | None] = {}
        self._problems: dict[str, str] = {}
        self._recent: deque[Event] = deque(maxlen=RECENT_EVENTS)
        self._generation = 0
        self._growing: dict[Path, tuple[int, int, int]] = {}  # path -> inode, bytes, lines
        self._summaries: dict[tuple[str, Any], Counter[str]] = {}
        self._adapters: dict[str, int] = {}
        self._place = ownership.this_place()

    def refresh(self) -> bool:
        """Look at every file once; whether anything but the time is different now."""
        snapshot = self.snapshot
        snapshot.now = self._clock()
        before_alive, before_gone, before_health = snapshot.alive, snapshot.gone, snapshot.health()
        changed = False
        for name in ("state", "config", "best", "final"):
            path = getattr(self.run, name)
            changed |= self._document(name, path)
        changed |= self._reports()
        changed |= self._events()
        changed |= self._samples()
        changed |= self._checkpoints()
        snapshot.gone = not self.run.root.is_dir()
        snapshot.alive = self._alive()
        snapshot.problems = list(self._problems.values())
        return changed or (snapshot.alive, snapshot.gone, snapshot.health()) != (
            before_alive,
            before_gone,
            before_health,
        )

    def _stamp_changed(self, path: Path) -> bool:
        try:
            status = os.stat(path)
            stamp = (status.st_ino, status.st_size, status.st_mtime_ns)
        except OSError:
            stamp = None
        if path in self._stamps and self._stamps[path] == stamp:
            return False
        self._stamps[path] = stamp
        return True

    def _document(self, name: str, path: Path) -> bool:
        if not self._stamp_changed(path):
            return False
        self._problems.pop(name, None)
        try:
            value = orjson.loads(path.read_bytes())
        except OSError as error:
            if name == "state":
                self._problems[name] = f"state.json: {error.strerror}"
            return True
        except orjson.JSONDecodeError:
            self._problems[name] = f"{path.name} is damaged; what it said before is shown"
            return True
        if not isinstance(value, dict):
            self._problems[name] = f"{path.name} is no JSON object"
            return True
        setattr(self.snapshot, name, value)
        return True

    def _reports(self) -> bool:
        # A new report is a new name in the folder (files appear by rename), so its time tells.
        if not self._stamp_changed(self.run.eval):
            return False
        found = {0: self.run.base_report()}
        for path in self._names(self.run.eval):
            match = re.fullmatch(r"report_round_(\d{1,6})\.json", path)
            if match:
                found[int(match[1])] = self.run.eval / path
        for number_, path in found.items():
            if not self._stamp_changed(path):
                continue
            self.snapshot.reports.pop(number_, None)
            self._problems.pop(path.name, None)
            try:
                report = orjson.loads(path.read_bytes())
            except OSError:
                continue
            except orjson.JSONDecodeError:
                self._problems[path.name] = f"eval/{path.name} is damaged"
                continue
            if isinstance(report, dict):
                verdicts = listing(report.pop("tasks", None))
                self.snapshot.reports[number_] = report
                if verdicts and number_ == max(found):
                    self._answer(number_, mapping(verdicts[-1]))
        for number_ in set(self.snapshot.reports) - set(found):
            del self.snapshot.reports[number_]
        return True

    def _answer(self, round_number: int, verdict: dict[str, Any]) -> None:
        path = self.run.predictions(round_number) if round_number else self.run.base_predictions()
        row = _last_row(path)
        if row is not None and row.get("id") == verdict.get("id"):
            self.snapshot.last_answer = LastAnswer(round_number, row, verdict)

    @staticmethod
    def _names(folder: Path) -> list[str]:
        try:
            return sorted(os.listdir(folder))
        except OSError:
            return []

    def _events(self) -> bool:
        lines = self.follower.poll()
        if self.follower.generation != self._generation:
            self._generation = self.follower.generation
            self._recent.clear()
            self._summaries.clear()
            self.snapshot.curves.clear()
        if lines is None:
            return False
        for line in lines:
            event = parse(line)
            if event is not None:
                self._recent.append(event)
                self._note(event, older=False)
        self._publish()
        return True

    def read_older(self, budget_s: float = 0.02) -> bool:
        """Read further back into a long log for its curves, for about this long; whether there was any."""
        if self.follower.covered_from == 0:
            return False
        deadline = time.monotonic() + budget_s
        # A curve keeps some thousand points: of a very long log every n-th step is enough for it.
        stride = 1 + self.follower.end // STEPS_BYTES
        while self.follower.covered_from and time.monotonic() < deadline:
            for place, line in enumerate(reversed(self.follower.older())):
                step = STEP_MARK in line and (place % stride == 0 or b'"validation_loss"' in line)
                if step or b'"reasons"' in line or b'"rejected"' in line:
                    event = parse(line)
                    if event is not None:
                        self._note(event, older=True)
        self._publish()
        return True

    def _publish(self) -> None:
        snapshot = self.snapshot
        snapshot.recent = list(self._recent)
        snapshot.history_complete = self.follower.covered_from == 0
        snapshot.reasons = {}
        for (stage, _), counts in self._summaries.items():
            snapshot.reasons.setdefault(stage, Counter()).update(counts)

    def _note(self, event: Event, *, older: bool) -> None:
        data, round_number = mapping(event.get("data")), event.get("round")
        kind = event["event"]
        if kind == "train_step" and isinstance(round_number, int):
            step = number(data.get("step"))
            if step is None:
                return
            curves = self.snapshot.curves.setdefault(round_number, RoundCurves())
            for name in RoundCurves.NAMES:
                value = number(data.get(name))
                if value is not None:
                    curve = getattr(curves, name)
                    (curve.add_older if older else curve.add)(step, value)
        elif kind in REASON_EVENTS:
            key = (REASON_EVENTS[kind], round_number if isinstance(round_number, int) else None)
            if older and key in self._summaries:
                return  # the newest summary of a round is the whole of it
            self._summaries[key] = reject_counts(data)

    def _samples(self) -> bool:
        state = self.snapshot.state
        current = number(state.get("current_round")) or max(self._begun_rounds(), default=0)
        if current < 1:
            return False
        raw = self.run.round_file("raw", int(current))
        rejects = raw.with_suffix(".rejects.jsonl")
        changed = self._stamp_changed(raw)
        changed |= self._stamp_changed(rejects)
        if not changed:
            return False
        self.snapshot.raw_rows = self._grown(raw)
        newest = max((raw, rejects), key=lambda path: (self._stamps.get(path) or (0, 0, 0))[2])
        for path in (newest, raw):
            row = _last_row(path)
            if row is not None:
                self.snapshot.last_sample = LastSample(path == raw, row)
                break
        return True

    def _begun_rounds(self) -> list[int]:
        return [int(key) for key in mapping(self.snapshot.state.get("stages")) if re.fullmatch(r"\d{1,6}", str(key))]

    def _grown(self, path: Path) -> int | None:
        """Lines of an append-only file, counting only the bytes that are new."""
        stamp = self._stamps.get(path)
        if stamp is None:
            return None
        inode, done, lines = self._growing.get(path, (stamp[0], 0, 0))
        if inode != stamp[0] or stamp[1] < done:
            inode, done, lines = stamp[0], 0, 0
        block = read_at(path, done, min(stamp[1] - done, _COUNT_BYTES))
        done, lines = done + len(block), lines + block.count(b"\n")
        self._growing[path] = (inode, done, lines)
        if done < stamp[1]:
            self._stamps[path] = None  # more next time
        return lines

    def _checkpoints(self) -> bool:
        found: list[tuple[int, int]] = []
        changed = self._stamp_changed(self.run.root)
        for name in self._names(self.run.root) if changed else list(self._adapters):
            match = re.fullmatch(r"out_lora_round_(\d{1,6})", name)
            if match:
                self._adapters[name] = int(match[1])
                changed |= self._stamp_changed(self.run.root / name / "checkpoints")
        if not changed:
            return False
        for name, round_number in self._adapters.items():
            for entry in self._names(self.run.root / name / "checkpoints"):
                match = re.fullmatch(r"checkpoint-(\d{1,9})", entry)
                if match:
                    found.append((round_number, int(match[1])))
        different = sorted(found) != self.snapshot.checkpoints
        self.snapshot.checkpoints = sorted(found)
        return different

    def _alive(self) -> bool | None:
        state = self.snapshot.state
        pid = state.get("pid")
        if state.get("status") not in ACTIVE or isinstance(pid, bool) or not isinstance(pid, int) or pid <= 0:
            return None
        try:
            owner = ownership.recorded(self.run.out_dir)
        except OSError:
            owner = None
        if owner is None:
            return ownership.start_time(pid) is not None
        if owner.run_id != self.run.run_id:
            return False  # the OUT_DIR went on to another run
        if owner.place != self._place:
            return None  # on another machine or in another container: its heartbeat tells
        return owner.lives()


def reject_counts(data: dict[str, Any]) -> Counter[str]:
    """Reason -> count from a stage's summary: `reasons` or `rejected`, plain or with shares."""
    table = data.get("reasons") if isinstance(data.get("reasons"), dict) else data.get("rejected")
    counts: Counter[str] = Counter()
    for name, value in mapping(table).items():
        found = number(dig(value, "count") if isinstance(value, dict) else value)
        if found is not None:
            counts[str(name)] += int(found)
    return counts


def _last_row(path: Path) -> dict[str, Any] | None:
    try:
        size = os.stat(path).st_size
    except OSError:
        return None
    lines = read_at(path, size - min(size, 1 << 18), 1 << 18)
    complete = lines[: lines.rfind(b"\n") + 1].splitlines()
    for line in reversed(complete[-3:]):
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError:
            continue
        if isinstance(row, dict):
            return row
    return None
