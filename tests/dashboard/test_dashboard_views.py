"""The dashboard's screens as pure functions of a snapshot.

The golden screens in tests/golden/dashboard are made anew with HEIDI_GOLDEN=write.
"""

import copy
import json
import os
import random
import re
import time
from pathlib import Path
from typing import Any

import pytest
from dashboard_support import NOW_S, at, make_events, make_run, make_sample, now, write_lines

from autotrain.dashboard import frame, views
from autotrain.dashboard.reader import RunReader
from autotrain.dashboard.shell import Shell
from autotrain.dashboard.snapshot import LastAnswer, LastSample, Machine, Snapshot, eta
from autotrain.display.canvas import Look, fit, text_of, to_ascii, width_of, wrap
from autotrain.display.curve import Curve, draw
from autotrain.display.values import compact, duration, safe

GOLDEN = Path(__file__).parent / "golden"
SIZES = ((40, 10), (80, 24), (200, 60))


@pytest.fixture(autouse=True)
def utc(monkeypatch):
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def snapshot(tmp_path) -> Snapshot:
    run = make_run(tmp_path)
    reader = RunReader(run, clock=now)
    reader.refresh()
    reader.snapshot.alive = True
    return reader.snapshot


def screen_text(snapshot: Snapshot, width: int, height: int, **choices: Any) -> str:
    lines = frame.render(snapshot, frame.Screen(**choices), width, height, snapshot.recent)
    assert len(lines) == height
    assert {width_of(line) for line in lines} == {width}
    return "\n".join(text_of(line).rstrip() for line in lines) + "\n"


def test_the_evaluation_shows_the_headline_once_the_run_has_one(snapshot):
    assert "Headline" not in screen_text(snapshot, 160, 60, view=5)
    score = {"value": 0.1, "interval": [0.04, 0.23]}
    row = {"set": "heidi-core:sealed", "what": "opened once", "opened_once": True, "base": score, "best": score}
    row |= {"total": 48, "tasks_in_set": 228, "delta": 0.083, "interval": [0.01, 0.2], "p_improved": 0.06}
    aa = {"n": 16, "differing": 0, "differing_from_report": 3}
    snapshot.final = {"round": 1, "headline": [row, {"damaged": 1}, 7], "aa": aa}
    snapshot.state["stages"]["0"]["final"] = {"status": "completed", "seconds": 90}
    found = screen_text(snapshot, 160, 60, view=5)
    assert "heidi-core:sealed: opened once" in found and "48/228" in found and "opened once" in found
    assert "of 16 tasks answered again, 0 answers differ in the same batches, 3 in others" in found
    assert " final" in screen_text(snapshot, 160, 60, view=1)


def test_the_smoothed_loss_is_drawn_over_each_steps_own(snapshot):
    lines = frame.render(snapshot, frame.Screen(view=3), 80, 24, [])
    styles = [style for line in lines for text, style in line if any("\u2800" < char < "\u2900" for char in text)]
    assert {"dim", "line0", "line1"} <= set(styles)
    assert "▪ smoothed" in screen_text(snapshot, 80, 24, view=3)


@pytest.mark.parametrize("view", range(1, 6))
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_view_looks_as_it_did(snapshot, view, width, height):
    snapshot.root = Path("/out/runs") / snapshot.run_id
    found = screen_text(snapshot, width, height, view=view)
    path = GOLDEN / f"view_{view}_{width}x{height}.txt"
    if os.environ.get("HEIDI_GOLDEN") == "write":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(found, encoding="utf-8")
    assert found == path.read_text(encoding="utf-8")


def test_every_size_is_filled_exactly(snapshot):
    for view in range(1, 6):
        for width in (*range(1, 30), 39, 59, 60, 79, 119, 120, 121, 300):
            for height in (1, 2, 3, 5, 7, 11, 12, 30):
                screen_text(snapshot, width, height, view=view)


def test_ascii_screens_are_ascii(snapshot):
    snapshot.last_sample = LastSample(True, {**make_sample(1, 2), "instruction": "Größe → 文字 ✓"})
    for view in range(1, 6):
        for width, height in SIZES:
            assert screen_text(snapshot, width, height, view=view, look=Look(ascii_only=True)).isascii()


def test_a_run_of_which_nothing_is_known_shows_dashes(tmp_path):
    empty = Snapshot(tmp_path, now())
    for view in (1, 2, 3, 5):
        text = screen_text(empty, 80, 24, view=view)
        body = "\n".join(text.splitlines()[2:-1])
        assert "–" in body or view == 5
        assert "None" not in text and "nan" not in text
    assert "no round has begun" in screen_text(empty, 80, 24, view=1)
    assert "nothing has been evaluated" in screen_text(empty, 80, 24, view=5)


JUNK = (
    None,
    True,
    -1,
    0,
    10**30,
    1.5,
    float("nan"),
    float("inf"),
    "",
    "x" * 500,
    "\x1b[31m\u202e",
    [],
    [1],
    {},
    {"a": 1},
)


def _mutate(value: Any, generator: random.Random, share: float) -> Any:
    if generator.random() < share:
        return generator.choice(JUNK)
    if isinstance(value, dict):
        return {key: _mutate(item, generator, share) for key, item in value.items()}
    if isinstance(value, list):
        return [_mutate(item, generator, share) for item in value]
    return value


def test_damaged_values_never_raise(snapshot):
    generator = random.Random(11)
    for turn in range(150):
        broken = copy.copy(snapshot)
        for name in ("state", "config", "best", "reports", "recent"):
            found = _mutate(getattr(snapshot, name), generator, 0.03 + 0.1 * (turn % 3))
            setattr(
                broken,
                name,
                found if isinstance(found, type(getattr(snapshot, name))) else type(getattr(snapshot, name))(),
            )
        broken.recent = [row for row in broken.recent if isinstance(row, dict)]
        broken.reports = {n: row if isinstance(row, dict) else {} for n, row in broken.reports.items()}
        for view in range(1, 6):
            text = screen_text(broken, 80, 24, view=view)
            assert all(c.isprintable() or c == "\n" for c in text)
        frame.once(broken, frame.Screen(view=1 + turn % 5), 90, broken.recent)


def test_no_text_of_a_model_reaches_the_terminal_as_a_code(snapshot):
    hostile = "\x1b]0;title\x07\x1b[2J\u202eabc\u200b\x9b31m\r\n\x00<script>" + "w" * 3000
    snapshot.last_sample = LastSample(
        True, {"instruction": hostile, "output": hostile, "metadata": {"task_type": hostile}}
    )
    snapshot.recent = [{**row, "message": hostile, "event": hostile, "stage": hostile} for row in snapshot.recent]
    snapshot.state["error"] = hostile
    snapshot.config["settings"]["ROUNDS"] = {"value": hostile, "source": hostile}
    for view in range(1, 6):
        text = screen_text(snapshot, 80, 24, view=view)
        assert all(character.isprintable() or character == "\n" for character in text)


def test_a_run_without_heartbeat_for_half_a_minute_is_stalled(snapshot):
    assert snapshot.health() == "RUNNING"
    snapshot.state["heartbeat"] = at(NOW_S - 31)
    assert snapshot.health() == "STALLED"
    assert "STALLED: no heartbeat for 31 s" in screen_text(snapshot, 80, 24)
    snapshot.state["status"] = "paused"
    assert snapshot.health() == "PAUSED"


def test_a_run_whose_process_is_gone_is_dead_and_shows_its_last_error(snapshot):
    snapshot.alive = False
    snapshot.state["error"] = "train: out of memory"
    assert snapshot.health() == "DEAD"
    text = screen_text(snapshot, 80, 24)
    assert text.startswith(" DEAD ") and "train: out of memory" in text


def test_a_finished_run_is_neither_stalled_nor_dead(snapshot):
    snapshot.state.update(status="completed", heartbeat=at(0), pid=None)
    snapshot.alive = None
    assert snapshot.health() == "COMPLETED"


def test_the_eta_is_made_of_measured_times(snapshot):
    stage_left, run_left = eta(snapshot)
    told_at, told = 4000 + 300 * 2.8, (500 - 300) * 4.65
    snapshot_left = max(0.0, 930.0 - (NOW_S - told_at))
    assert told == pytest.approx(930.0) and stage_left == pytest.approx(snapshot_left)
    rest_of_round = 245 + 0.3  # evaluate: the mean of 240 and 250; promote
    next_round = 190 + 1.55 + 0.25 + 1400 + 245 + 0.3
    assert run_left == pytest.approx(snapshot_left + rest_of_round + next_round)


def test_an_eta_that_nothing_measured_supports_is_a_dash(snapshot):
    del snapshot.state["stages"]["1"]["promote"]
    assert eta(snapshot)[1] is None
    snapshot.curves.clear()
    assert eta(snapshot) == (None, None)
    assert "stage left  –" in screen_text(snapshot, 80, 24)


def test_curves_are_drawn_where_the_values_are():
    line = [(float(x), float(x)) for x in range(10)]
    drawing = draw([line], 20, 5, log=False, ascii_only=True)
    assert drawing is not None and (drawing.low, drawing.high, drawing.first, drawing.last) == (0, 9, 0, 9)
    rows = ["".join(text for text, _ in runs) for runs in drawing.rows]
    assert rows[0].rstrip().endswith("*") and rows[-1].startswith("*")
    assert [row.find("*") for row in rows] == sorted((row.find("*") for row in rows), reverse=True)


def test_a_steep_curve_has_no_gaps():
    drawing = draw([[(0.0, 0.0), (1.0, 100.0), (2.0, 0.0)]], 30, 10, log=False, ascii_only=True)
    assert drawing is not None
    columns = zip(*("".join(text for text, _ in runs) for runs in drawing.rows), strict=True)
    assert all("*" in column for column in columns)


def test_the_log_scale_leaves_out_what_has_no_logarithm():
    points = [(0.0, 100.0), (1.0, 0.0), (2.0, -1.0), (3.0, 1.0)]
    drawing = draw([points], 20, 5, log=True, ascii_only=False)
    assert drawing is not None
    assert (drawing.low, drawing.high) == pytest.approx((1.0, 100.0))


def test_a_curve_keeps_its_first_and_newest_point_in_bounded_memory():
    curve = Curve(limit=100)
    for step in range(100_000):
        curve.add(step, step * 2.0)
    points = curve.points()
    assert len(points) <= 100
    assert points[0] == (0, 0.0) and points[-1] == (99_999, 199_998.0)


def test_wide_characters_are_cut_and_padded_by_cells():
    for width in range(1, 12):
        assert width_of(fit([("文字文字", ""), ("ab", "")], width)) == width
        assert width_of(to_ascii(fit([("文字é✓", "")], width))) == width
    for line in wrap("文字 " * 20, 15):
        assert width_of(line) == 15


def test_wrapping_keeps_every_word():
    words = " ".join(f"word{n}" for n in range(40))
    for width in (8, 13, 40, 200):
        assert " ".join(text_of(line).strip() for line in wrap(words, width)).split() == words.split()


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0.5, "0.5 s"), (42, "42 s"), (725, "12:05"), (11045, "3:04:05"), (184000, "2 d 03:06"), (None, "–"), (-1, "–")],
)
def test_durations_are_short(seconds, shown):
    assert duration(seconds) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.5256224, "0.5256"), (7.3e-05, "7.3e-05"), (12345, "12.3k"), (0, "0"), (1e300, "1.00e+300"), (True, "–")],
)
def test_numbers_are_compact(value, shown):
    assert compact(value) == shown


def test_safe_text_is_one_printable_line():
    assert safe("a\x1b[0m\r\nb\u202e\x00\tc\ud800") == "a·[0m⏎b·· c·"
    assert all(character.isprintable() for character in safe("".join(map(chr, range(0x300))) + "\u2028\ue000\ud800"))


def test_a_narrow_event_line_keeps_time_and_name():
    line = views.event_line(make_events()[0], 30)
    assert width_of(line) == 30 and "run_created" in text_of(line)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("paused", "./scripts/loop.sh --continue --out-dir"),
        ("stopped", "./scripts/loop.sh --resume 20260301-090000-ab12 --out-dir"),
        ("failed", "after mending it: ./scripts/loop.sh --resume"),
    ],
)
@pytest.mark.parametrize("view", [1, 2, 3, 5])
def test_a_run_that_waits_for_a_person_names_the_command(snapshot, monkeypatch, status, said, view):
    monkeypatch.delenv("HEIDI_LOOP", raising=False)
    assert said not in screen_text(snapshot, 160, 40, view=view)
    snapshot.state["status"] = status
    assert said in screen_text(snapshot, 160, 40, view=view)


def test_the_overview_says_when_it_ends_what_it_costs_and_what_the_machine_does(snapshot):
    snapshot.machine = Machine(87.4, 3 << 30, 16 << 30)
    found = screen_text(snapshot, 100, 30)
    (ends,) = re.findall(r"ends at +(\d\d:\d\d)", found)
    left = eta(snapshot)[1]
    assert left is not None and ends == time.strftime("%H:%M", time.gmtime(snapshot.now + left))
    assert re.search(r"processor +87%", found) and re.search(r"memory +3.0 GiB of 16.0 GiB", found)
    assert re.search(r"cost +\$0.0855", found) and re.search(r"tokens/s +\d", found)
    snapshot.state["status"] = "completed"
    assert "ended at" in (after := screen_text(snapshot, 100, 30)) and "run left" not in after


def test_a_wide_screen_has_the_newest_answer_with_its_verdict_and_the_newest_events(snapshot):
    verdict = {"id": "a", "passed": False, "reason": "assert f(1) == 2", "set": "exam", "task_type": "bug_fixing"}
    row = {"id": "a", "prediction": "```python\ndef f(n):\n    return n\n```", "task": {"instruction": "Mend f."}}
    snapshot.last_answer = LastAnswer(1, row, verdict)
    wide = screen_text(snapshot, 200, 60)
    for part in (
        "Newest answer",
        "✗ failed round 1, exam, bug_fixing",
        "assert f(1) == 2",
        "return n",
        "Newest events",
    ):
        assert part in wide
    assert "Newest answer" not in screen_text(snapshot, 80, 24)
    assert "Mend f." in screen_text(snapshot, 80, 100, view=5)


def test_the_newest_answer_is_read_with_the_verdict_of_its_own_task(tmp_path):
    run = make_run(tmp_path)

    def read() -> LastAnswer | None:
        reader = RunReader(run, clock=now)
        reader.refresh()
        newest = max(reader.snapshot.reports)
        write_lines(run.predictions(newest), [{"id": ids.pop(0), "prediction": "mine"}])
        fresh = RunReader(run, clock=now)
        fresh.refresh()
        return fresh.snapshot.last_answer

    newest = max(int(path.stem.rpartition("_")[2]) for path in run.eval.glob("report_round_*.json"))
    last = json.loads(run.report(newest).read_text())["tasks"][-1]["id"]
    ids = ["another", last]
    assert read() is None
    answer = read()
    assert answer and (answer.row["prediction"], answer.verdict["id"]) == ("mine", last)


def test_calibration_and_the_final_stage_have_a_place(snapshot):
    snapshot.state["stages"]["0"] |= {
        "calibrate": {"status": "completed", "seconds": 81.7},
        "final": {"status": "running", "started": at(NOW_S - 5)},
    }
    found = screen_text(snapshot, 80, 24).splitlines()
    assert any(line.startswith(" calibrate ✓ 1:2") for line in found)
    assert any(line.startswith(" final") and "▶" in line for line in found)


def test_the_trainer_shows_what_its_own_stage_predicted(snapshot):
    snapshot.state["training"]["predicted_memory_bytes"] = 5 << 30
    assert re.search(r"predicted +5.0 GiB", screen_text(snapshot, 80, 24, view=3))


def test_a_teacher_that_is_no_api_has_no_table_of_dashes(snapshot):
    snapshot.config["settings"]["TEACHER_MODEL"] = {"value": "builtin", "source": "default"}
    snapshot.state["usage"] = {}
    found = screen_text(snapshot, 80, 24, view=2)
    assert "no request, no token and no money" in found and "retries" not in found and "Last sample" in found


def test_a_narrow_event_line_says_the_words_and_enter_opens_the_lowest_row(snapshot):
    assert "train_step 140 of 500  loss 0.5533" in screen_text(snapshot, 80, 24, view=4)
    long = "a message " * 12
    snapshot.recent[-1] = {**snapshot.recent[-1], "message": long, "data": {"reason": "because " * 20, "n": 3}}
    opened = screen_text(snapshot, 80, 24, view=4, opened=True)
    assert " ".join(long.split()) in " ".join(opened.split()) and "n: 3" in opened and "closes it" in opened


def test_enter_opens_an_event_and_closes_it_and_a_number_leaves_it(snapshot, tmp_path):
    run = make_run(tmp_path / "keys")
    shell = Shell(run.out_dir, run, Look(), 4)
    shell.press("enter", 24)
    assert "closes it" in text_of(shell.draw(80, 24)[-1])
    shell.press("up", 24)
    assert "closes it" in text_of(shell.draw(80, 24)[-1])
    shell.press("enter", 24)
    assert "closes it" not in text_of(shell.draw(80, 24)[-1])
    shell.press("enter", 24)
    shell.press("1", 24)
    shell.press("4", 24)
    assert "closes it" not in text_of(shell.draw(80, 24)[-1])
