"""A run's directory for the tests of the dashboard and the report, and a small terminal to draw on.

The figures are made up for the tests; the shapes are those that the pipeline writes.
"""

import datetime
import json
import math
from pathlib import Path
from typing import Any

from autotrain.run.paths import RunPaths

RUN_ID = "20260301-090000-ab12"
BEGIN = datetime.datetime(2026, 3, 1, 9, 0, 0, tzinfo=datetime.timezone.utc)
NOW_S = 5400  # seconds after BEGIN at which the fixture stands still
TASK_TYPES = ("algorithm_implementation", "bug_fixing", "code_completion", "documentation")


def at(seconds: float) -> str:
    """The time so many seconds after the run began, as the pipeline writes it."""
    moment = BEGIN + datetime.timedelta(seconds=seconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def now() -> float:
    return BEGIN.timestamp() + NOW_S


def write_json(path: Path, value: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), encoding="utf-8")


def write_lines(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def done(start: float, seconds: float, **counts: Any) -> dict[str, Any]:
    return {
        "status": "completed",
        "started": at(start),
        "ended": at(start + seconds),
        "seconds": seconds,
        "counts": counts,
    }


def make_state(**changes: Any) -> dict[str, Any]:
    """Round 2 of 3, training."""
    generated = {"wanted": 50, "asked": 61, "answered": 60, "parsed": 58, "accepted": 50}
    usage = {
        "requests": 245, "answers": 240, "replayed": 0, "retries": 5, "rate_limited": 2, "server_errors": 1,
        "timeouts": 1, "broken": 0, "unreported": 0, "tokens_in": 181234, "tokens_cached": 4096, "tokens_out": 97120,
        "unsettled_tokens": 1200, "cost_usd": 0.085457, "unsettled_usd": 0.00072,
    }  # fmt: skip
    state = {
        "schema_version": 1,
        "run_id": RUN_ID,
        "status": "running",
        "current_round": 2,
        "current_stage": "train",
        "stages": {
            "0": {"evaluate": done(1600, 240)},
            "1": {
                "generate": done(1, 180, **generated),
                "clean": done(182, 1.5, read=50, accepted=47, rejected=3, redacted=0),
                "split": done(184, 0.2, train=42, val=5),
                "train": done(185, 1400, steps=500, peak_memory_bytes=6598295552, tokens_per_second=131.0),
                "evaluate": done(1840, 250),
                "promote": done(2100, 0.3, best_round=1, beats_base=True),
            },
            "2": {
                "generate": done(2110, 200, **generated),
                "clean": done(2311, 1.6, read=50, accepted=48, rejected=2, redacted=1),
                "split": done(2313, 0.3, train=85, val=9),
                "train": {"status": "running", "started": at(4000), "ended": None, "counts": {}},
            },
        },
        "stop_requested": False,
        "pause_requested": False,
        "counters": {"raw": 100, "clean": 95, "tested": 0, "rejects": 5, "train": 85, "val": 9},
        "usage": {"rounds": {"1": usage}, "total": usage},
        "training": {
            "step": 300, "steps": 500, "loss": 0.3121, "learning_rate": 8.1e-05, "grad_norm": 0.71, "tokens": 614400,
            "tokens_per_second": 129.4, "peak_memory_bytes": 6710886400, "eta_s": 930.0, "validation_loss": 0.4012,
        },
        "evaluation": {},
        "best": None,
        "pid": 4_000_000,
        "heartbeat": at(NOW_S - 3),
        "created": at(0),
        "updated": at(NOW_S - 3),
        "error": None,
    }  # fmt: skip
    return {**state, **changes}


def rate(passed: int, total: int) -> dict[str, Any]:
    share = passed / total
    spread = 1.96 * math.sqrt(max(share * (1 - share), 0.01) / total)
    interval = [max(0.0, share - spread), min(1.0, share + spread)]
    return {"value": share, "passed": passed, "n": total, "interval": interval, "interval_by_family": interval}


def verdicts(passed: int, total: int) -> list[dict[str, Any]]:
    return [
        {
            "set": "heidi-core:dev", "id": f"heidi-core/family_{n % 7}/task_{n}", "family": f"family_{n % 7}",
            "task_type": TASK_TYPES[n % 4], "difficulty": "easy" if n % 2 else "medium", "response_format": "code",
            "passed": n < passed, "weak": False, "judged": True, "reason": "" if n < passed else "assert f(1) == 2",
            "tests_passed": 3 if n < passed else 1, "tests_failed": 0 if n < passed else 2, "format_ok": True,
        }
        for n in range(total)
    ]  # fmt: skip


def make_report(round_number: int, passed: int, total: int = 60) -> dict[str, Any]:
    tasks = verdicts(passed, total)
    by_type = {kind: rate(sum(t["passed"] for t in tasks if t["task_type"] == kind), total // 4) for kind in TASK_TYPES}
    metrics = {
        "tasks": total,
        "pass@1": rate(passed, total),
        "format_compliance": {"value": 0.95, "n": total, "interval": [0.86, 0.98]},
        "truncation": {"value": 0.05, "n": total, "interval": [0.02, 0.14]},
        "by_task_type": by_type,
        "by_difficulty": {"easy": rate(passed // 2, total // 2)},
    }
    adapter = None if round_number == 0 else f"out_lora_round_{round_number}/final"
    return {
        "schema_version": 1,
        "kind": "evaluation",
        "created": at(1800),
        "model": {"base_model": "smollm2-135m", "revision": None, "quantization_bits": 4, "adapter": adapter},
        "decoding": {"max_new_tokens": 256, "temperature": 0.0, "seed": 42},
        "prompt_version": 1,
        "sandbox": "ns",
        "versions": {"python": "3.11.7", "torch": "2.13.0"},
        "timing": {"generation_s": 230.5, "grading_s": 1.2, "tokens_per_second": 48.0},
        "sets": {"heidi-core:dev": {"sha256": "d3" * 32, "tasks_in_set": 186, "metrics": metrics}},
        "tasks": tasks,
    }


def make_predictions(
    tasks: list[dict[str, Any]], answer: str = "```python\ndef f(x):\n    return x\n```"
) -> list[dict[str, Any]]:
    return [
        {
            "id": task["id"], "set": task["set"], "prediction": answer, "tokens": 20, "truncated": False,
            "task": {"id": task["id"], "instruction": "Write f.", "input": "", "output": "```python\nf = 1\n```"},
        }
        for task in tasks
    ]  # fmt: skip


def make_best() -> dict[str, Any]:
    decision = {
        "round": 1, "against": "base", "promoted": True, "verdict": "PROMOTE", "policy": "strict", "p_value": 0.002,
        "alpha": 0.0167, "delta": 0.15, "interval": [0.05, 0.25], "smallest_detectable": 0.12, "gained": 10, "lost": 1,
        "format_lower_bound": -0.01, "total": 60, "reason": "+15.0 points on 60 tasks (10 gained, 1 lost): p = 0.002",
    }  # fmt: skip
    scores = {
        "base": rate(6, 60), "best": rate(15, 60), "total": 60, "delta": 0.15, "interval": [0.05, 0.25], "gained": 10,
        "lost": 1, "p_improved": 0.002,
    }  # fmt: skip
    return {
        "champion": 1, "decisions": [decision], "deciding_set": "heidi-core:dev", "round": 1,
        "adapter": "out_lora_round_1/final", "beats_base": True, "sets": {"heidi-core:dev": scores},
    }  # fmt: skip


def make_config() -> dict[str, Any]:
    values = {
        "ROUNDS": (3, "flag --rounds"), "SAMPLES_PER_ROUND": (50, "default"),
        "BASE_MODEL": ("smollm2-135m", "profile cpu"),
        "TEACHER_MODEL": ("gpt-4o-mini", "default"), "TEACHER_CONCURRENCY": (32, "default"),
        "TEACHER_MAX_USD": (10.0, "default"), "TRAIN_STEPS": (500, "environment"), "RUN_UNIT_TESTS": (False, "default"),
        "EVAL_SUITE": ("heidi-core:dev", "default"), "SEED": (42, "default"),
    }  # fmt: skip
    settings = {name: {"value": value, "source": source} for name, (value, source) in values.items()}
    note = {"setting": "BASE_MODEL", "from": "microsoft/phi-2", "to": "smollm2-135m", "reason": "no CUDA GPU"}
    return {"schema_version": 1, "run_id": RUN_ID, "settings": settings, "substitutions": [note]}


def event(seq: int, second: float, name: str, **fields: Any) -> dict[str, Any]:
    known = {"level": "info", "stage": None, "round": None, "message": "", "data": {}}
    return {"ts": at(second), "run_id": RUN_ID, "seq": seq, "event": name, **known, **fields}


def make_events() -> list[dict[str, Any]]:
    rows = [event(1, 0, "run_created", message=f"run {RUN_ID}")]

    def add(second: float, name: str, **fields: Any) -> None:
        rows.append(event(len(rows) + 1, second, name, **fields))

    reasons = {"wrong schema": 2, "failed its own tests": 7}
    add(181, "generated", stage="generate", round=1, data={"accepted": 50, "rejected": reasons})
    cleaned = {"duplicate": {"count": 2, "share": 0.04}, "secret": {"count": 1, "share": 0.02}}
    add(183, "cleaned", stage="clean", round=1, message="47 of 50 samples kept", data={"reasons": cleaned})
    for round_number, steps, start in ((1, 500, 185), (2, 300, 4000)):
        for step in range(10, steps + 1, 10):
            data = {
                "step": step, "steps": 500, "loss": 0.3 + 1.2 * math.exp(-step / 90), "tokens_per_second": 129.4,
                "learning_rate": 2e-4 * (1 - step / 700), "grad_norm": 0.6 + 1 / step, "eta_s": (500 - step) * 4.65,
            }  # fmt: skip
            add(start + step * 2.8, "train_step", stage="train", round=round_number, data=data)
            if step % 100 == 0:
                loss = {"step": step, "validation_loss": 0.38 + math.exp(-step / 110)}
                add(start + step * 2.8 + 1, "train_step", stage="train", round=round_number, data=loss)
    add(4850, "warning", level="warning", stage="train", round=2, message="a slow step: 14 s")
    return rows


def make_run(out_dir: Path, run_id: str = RUN_ID, **state: Any) -> RunPaths:
    """A run in `out_dir`: training in round 2, unless `state` says otherwise."""
    run = RunPaths(out_dir / "runs" / run_id)
    write_json(run.state, make_state(run_id=run_id, **state))
    write_json(run.config, make_config())
    write_json(run.best, make_best())
    for round_number, passed in ((0, 6), (1, 15)):
        report = make_report(round_number, passed)
        write_json(run.base_report() if round_number == 0 else run.report(round_number), report)
        predictions = run.base_predictions() if round_number == 0 else run.predictions(round_number)
        write_lines(predictions, make_predictions(report["tasks"]))
    write_lines(run.events, make_events())
    for round_number in (1, 2):
        write_lines(run.round_file("raw", round_number), [make_sample(n, round_number) for n in range(50)])
        write_lines(run.round_file("clean", round_number), [make_sample(n, round_number) for n in range(47)])
        write_lines(run.round_file("train", round_number), [make_sample(n, round_number) for n in range(42)])
        write_lines(run.round_file("val", round_number), [make_sample(n, round_number) for n in range(5)])
        write_lines(
            run.round_file("rejects", round_number), [{"line": 1, "reason": "duplicate", "detail": "", "row": {}}]
        )
    for step in (250, 500):
        (run.adapter(1) / "checkpoints" / f"checkpoint-{step}").mkdir(parents=True)
    (run.adapter(2) / "checkpoints" / "checkpoint-250").mkdir(parents=True)
    return run


def make_sample(number: int, round_number: int) -> dict[str, Any]:
    return {
        "id": f"{number:016x}",
        "instruction": "Write `double(n)`, a function that returns twice its argument.",
        "input": "",
        "output": "```python\ndef double(n):\n    return 2 * n\n```",
        "metadata": {"task_type": "algorithm_implementation", "difficulty": "easy", "round": round_number},
    }


class FakeTerminal:
    """What a terminal shows after the bytes written to it, for the codes that the dashboard uses."""

    def __init__(self, columns: int, rows: int) -> None:
        self.alternate, self.cursor_shown, self.wraps = False, True, True
        self.colours = 0
        self._pending = b""
        self.resize(columns, rows)

    def resize(self, columns: int, rows: int) -> None:
        self.columns, self.rows = columns, rows
        self.cells = [[" "] * columns for _ in range(rows)]
        self.row = self.column = 0

    def feed(self, data: bytes) -> None:
        text = (self._pending + data).decode("utf-8", "ignore")
        place = 0
        self._pending = b""
        while place < len(text):
            if text[place] == "\x1b":
                end = place + 2
                while end < len(text) and not 0x40 <= ord(text[end]) <= 0x7E:
                    end += 1
                if end >= len(text):
                    self._pending = text[place:].encode()
                    return
                self._code(text[place + 2 : end], text[end])
                place = end + 1
                continue
            self._put(text[place])
            place += 1

    def _put(self, character: str) -> None:
        if character == "\r":
            self.column = 0
        elif character == "\n":
            self.row = min(self.row + 1, self.rows - 1)
        elif self.row < self.rows:
            self.cells[self.row][min(self.column, self.columns - 1)] = character
            self.column += 1

    def _code(self, arguments: str, final: str) -> None:
        if final == "H":
            row, _, column = arguments.partition(";")
            self.row, self.column = int(row or 1) - 1, int(column or 1) - 1
        elif final == "J":
            self.cells = [[" "] * self.columns for _ in range(self.rows)]
        elif final == "m":
            self.colours += arguments not in ("", "0")
        elif final in "hl":
            names = {"?1049": "alternate", "?25": "cursor_shown", "?7": "wraps"}
            if arguments in names:
                setattr(self, names[arguments], final == "h")

    def text(self) -> str:
        return "\n".join("".join(row).rstrip() for row in self.cells)
