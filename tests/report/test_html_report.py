"""report.html: its figures are those of the run's files, and nothing in it is alive."""

import json
import re
import shutil
from pathlib import Path

import pytest
from dashboard_support import TASK_TYPES, make_predictions, make_report, make_run, write_json, write_lines
from html_support import BROWSERS, CHROMIUM, Page, browse, check_figures, printed_pages
from sample_rows import sample

from autotrain.display import curve
from autotrain.report import facts, samples, svg, tables, verdict
from autotrain.report.escape import block, text
from autotrain.report.write import main, write_report
from autotrain.run.paths import RunPaths

HOSTILE = (
    "</style></title><script>alert(1)</script><img src=x onerror=alert(2)>\"'&amp;"
    "\x1b[31m\x00\u202eabc\u2066\u200b" + "long" * 3000 + "]]>--><!--"
)


@pytest.fixture
def run(tmp_path) -> RunPaths:
    return make_run(tmp_path, status="completed", current_stage=None, pid=None)


def read(run: RunPaths) -> Page:
    return Page(write_report(run).read_text(encoding="utf-8"))


def headline_row(name: str, what: str, **changes) -> dict:
    score = {"value": 0.125, "passed": 5, "n": 40, "interval": [0.05, 0.26]}
    row = {"set": name, "what": what, "opened_once": True, "base": {**score, "value": 0.025}, "best": score}
    row |= {"total": 40, "tasks_in_set": 228, "delta": 0.1, "interval": [0.01, 0.2], "interval_by_family": [0.0, 0.2]}
    row |= {"gained": 4, "lost": 0, "p_improved": 0.0625, "format": {"base": score, "best": score}}
    return {**row, **changes}


def test_the_headline_shows_each_set_for_what_it_is(run: RunPaths) -> None:
    assert "have not been opened" in read(run).text
    rows = [headline_row("heidi-core:sealed", "opened once, at the end"), headline_row("humaneval", "<b>public</b>")]
    aa = {"n": 16, "differing": 0, "differing_from_report": 3}
    write_json(run.final, {"round": 1, "headline": rows, "aa": aa})
    page = read(run)
    assert page.figures["headline|heidi-core:sealed|best"] == ("0.125", "12.5%")
    assert page.figures["headline|humaneval|base"] == ("0.025", "2.5%")
    assert "opened once, at the end" in page.text and "<b>public</b>" in page.text
    assert "answered 16 tasks again: in the same batches 0 answers differed, in other batches 3." in page.text


def test_every_figure_equals_the_one_in_eval(run):
    assert check_figures(read(run), run) >= 10


def test_the_comparison_with_the_base_is_paired_task_by_task(run):
    found = facts.gather(run).comparisons[1, "heidi-core:dev"]
    assert (len(found.gained), len(found.lost), found.total) == (9, 0, 60)
    assert found.delta == pytest.approx(9 / 60)


def test_the_verdict_comes_first_and_says_what_best_json_says(run):
    page = read(run)
    body = page.text[page.text.index("Heidi AutoTraining") :]
    assert body.index("It got better: of 60 new tasks the trained model solves 15") < body.index(
        "Rounds against the base model"
    )
    assert "10.0% of 60 tasks, the best adapter (round 1) 25.0%: +15.0 points (10 tasks gained, 1 lost)" in body
    assert "+5.0 to +25.0 points" in body and "probability 0.002" in body


def test_a_run_that_beat_nothing_says_so(run):
    best = json.loads(run.best.read_text())
    best["beats_base"] = False
    write_json(run.best, best)
    found = verdict.judge(facts.gather(run))
    assert found.tone == "warn" and found.headline.startswith("Not proven better: of 60 new tasks")


def test_a_run_without_evaluation_has_no_verdict(run):
    shutil.rmtree(run.eval)
    run.best.unlink()
    page = read(run)
    assert "Not judged: no round has been compared" in page.text and "Nothing has been evaluated." in page.text


def test_what_there_is_nothing_of_has_no_section(run):
    before = [attrs["id"] for tag, attrs in read(run).tags if tag == "section"]
    assert {"loss", "data", "passed", "failed", "again"} <= set(before)
    for path in (run.events, run.config):
        path.unlink()
    write_json(run.report(1), {**json.loads(run.report(1).read_text()), "tasks": []})
    after = [attrs["id"] for tag, attrs in read(run).tags if tag == "section"]
    assert {"loss", "passed", "failed", "again"} & set(after) == set() and after[:3] == ["next", "headline", "rounds"]


def test_the_smoothed_loss_stands_beside_each_steps_own(run):
    page = read(run)
    assert "round 1, smoothed" in page.text and "round 1, each step" in page.text
    flat = [(float(x), 2.0) for x in range(50)]
    assert curve.smoothed(flat) == [(x, pytest.approx(2.0)) for x, _ in flat]
    zigzag = [(float(x), float(x % 2)) for x in range(100)]
    assert all(0.35 < y < 0.65 for _, y in curve.smoothed(zigzag)[20:])


def test_twenty_answers_that_passed_and_twenty_that_failed_are_shown(run):
    write_json(run.report(1), make_report(1, 30))
    round_number, passed, failed = samples.choose(facts.gather(run))
    assert (round_number, len(passed), len(failed)) == (1, 20, 20)
    for kind, answers in ((True, passed), (False, failed)):
        assert all(answer.verdict["passed"] is kind for answer in answers)
        assert {answer.verdict["task_type"] for answer in answers} == set(TASK_TYPES)
    page = read(run)
    articles = [attrs["class"] for tag, attrs in page.tags if tag == "article"]
    assert articles == ["passed"] * 20 + ["failed"] * 20
    assert "return x" in page.text and "f = 1" in page.text


def test_a_weak_pass_is_not_shown_as_passed(run):
    report = make_report(1, 5)
    for task in report["tasks"]:
        task["weak"] = True
    write_json(run.report(1), report)
    assert samples.choose(facts.gather(run))[1] == []


def make_hostile(run: RunPaths) -> None:
    report = make_report(1, 15)
    for task in report["tasks"]:
        task["reason"] = HOSTILE
    write_json(run.report(1), report)
    rows = make_predictions(report["tasks"], HOSTILE)
    for row in rows:
        row["task"].update(instruction=HOSTILE, input=HOSTILE, output=HOSTILE)
    write_lines(run.predictions(1), rows)
    config = json.loads(run.config.read_text())
    config["settings"]["BASE_MODEL"] = {"value": HOSTILE, "source": HOSTILE}
    write_json(run.config, config)
    write_lines(run.round_file("rejects", 1), [{"reason": HOSTILE, "detail": HOSTILE}])
    state = json.loads(run.state.read_text())
    write_json(run.state, {**state, "error": HOSTILE})


def test_a_hostile_sample_stays_text(run):
    make_hostile(run)
    path = write_report(run)
    page = Page(path.read_text(encoding="utf-8"))
    assert {tag for tag, _ in page.tags} & {"script", "img", "iframe", "object", "link", "form", "base"} == set()
    assert not any(name.startswith("on") or name in ("src", "action") for _, attrs in page.tags for name in attrs)
    assert "<script>alert(1)</script>" in page.text
    assert not re.search(
        "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]", path.read_text("utf-8")
    )
    assert path.stat().st_size < 2_000_000


def test_the_page_is_one_file_without_scripts_or_addresses_outside(run):
    page = read(run)
    for tag, attrs in page.tags:
        assert tag not in ("script", "link", "img", "iframe", "object", "embed")
        assert all(not str(attrs.get(name, "#")).startswith(("http", "//", "javascript")) for name in ("href", "src"))
    policy = next(attrs for tag, attrs in page.tags if attrs.get("http-equiv") == "Content-Security-Policy")
    assert "default-src 'none'" in policy["content"]


def test_a_large_run_stays_under_two_megabytes(run):
    state = json.loads(run.state.read_text())
    for n in range(2, 60):
        write_json(run.report(n), make_report(n, 20))
        state["stages"][str(n)] = state["stages"]["1"]
    write_json(run.state, state)
    events = [
        {"event": "train_step", "round": n, "data": {"step": step, "loss": 1.0 / step, "validation_loss": 1.1 / step}}
        for n in range(1, 30)
        for step in range(1, 900)
    ]
    write_lines(run.events, events)
    make_hostile(run)
    assert write_report(run).stat().st_size < 2_000_000


@pytest.mark.parametrize("name", ["state.json", "config.json", "best.json", "events.jsonl", "eval/report_base.json"])
@pytest.mark.parametrize("content", [None, b"", b"{", b"[1]", b"\xff\x00", b'{"sets": 3, "settings": [], "stages": 4}'])
def test_a_missing_or_damaged_file_is_named_and_the_rest_is_shown(run, name, content):
    if content is None:
        (run.root / name).unlink()
    else:
        (run.root / name).write_bytes(content)
    page = read(run)
    assert "Lineage" in page.text
    if content == b"{" and name != "events.jsonl":
        assert f"{Path(name).name} is damaged" in page.text


def test_the_data_table_counts_the_lines_of_the_files(run):
    page = read(run)
    for kind, lines in (("raw", 50), ("clean", 47), ("train", 42), ("val", 5)):
        assert page.figures[f"data|1|{kind}"][0] == str(lines)
    assert page.figures["data|1|tested"][1] == "–"
    assert "duplicate" in page.text


def test_the_lineage_names_every_file_with_its_hash(run):
    import hashlib

    page = read(run)
    digest = hashlib.sha256(run.round_file("train", 1).read_bytes()).hexdigest()
    assert "data/train_round_1.jsonl" in page.text and digest in page.text


def test_the_command_repeats_what_was_chosen_and_quotes_it(run):
    config = json.loads(run.config.read_text())
    config["settings"]["TEACHER_MODEL"] = {"value": "a model; rm -rf /", "source": "flag --teacher"}
    write_json(run.config, config)
    command = tables.command(facts.gather(run))
    assert command == (
        "./scripts/loop.sh --rounds 3 --base-model smollm2-135m --teacher 'a model; rm -rf /' --train-steps 500"
    )


def test_what_is_not_known_is_a_dash(run):
    assert "energy– (not measured)" in read(run).text


def test_text_is_escaped_also_inside_attributes():
    assert text("<a href=\"x\" b='y'>&") == "&lt;a href=&quot;x&quot; b=&#x27;y&#x27;&gt;&amp;"
    assert text("a\u202eb\x07") == "a⟦U+202E⟧b⟦U+0007⟧"
    assert text(None) == "–"
    assert "1,000 more characters" in block("x" * 5000)


@pytest.mark.parametrize(("low", "high"), [(0, 1), (0.31, 1.4), (1, 5), (0, 37000), (2, 2)])
def test_ticks_are_round_and_inside(low, high):
    found = svg.ticks(low, high)
    assert 1 <= len(found) <= 11 and all(low <= tick <= high for tick in found)


def test_the_command_prints_where_the_report_is(run, capsys):
    assert main([run.run_id[:8], "--out-dir", str(run.out_dir)]) == 0
    assert capsys.readouterr().out.strip() == str(run.html_report)


def test_an_unknown_run_is_one_clear_error(run, capsys):
    assert main(["nope", "--out-dir", str(run.out_dir)]) == 2
    assert main([str(run.eval)]) == 2
    assert capsys.readouterr().err.count("\n") == 2


@pytest.mark.skipif(CHROMIUM is None, reason=f"none of {', '.join(BROWSERS)} is on PATH")
def test_a_browser_opens_it_without_console_errors_or_requests(run, tmp_path):
    make_hostile(run)
    empty, planted = tmp_path / "empty.html", tmp_path / "planted.html"
    empty.write_text("<!doctype html><p>nothing")
    planted.write_text("<!doctype html><img src=http://outside.example/x.png><script>console.error('planted')</script>")
    own = browse(empty, tmp_path)[2]  # what this browser asks for by itself
    _, console, hosts = browse(planted, tmp_path)
    assert console and "outside.example" in hosts - own, "the check itself must see a fault"
    dom, console, hosts = browse(write_report(run), tmp_path)
    assert console == []
    assert hosts - own == set()
    assert check_figures(Page(dom), run) >= 10
    assert "<script>alert(1)</script>" in Page(dom).text


@pytest.mark.skipif(CHROMIUM is None, reason=f"none of {', '.join(BROWSERS)} is on PATH")
def test_on_paper_it_has_at_most_eight_pages(run, tmp_path):
    assert 1 <= printed_pages(write_report(run), tmp_path) <= 8


def test_every_cell_of_a_wide_table_stands_under_its_own_column_and_names_it(run):
    report = json.loads(run.base_report().read_text())
    name = next(iter(report["sets"]))
    report["sets"][name]["metrics"]["code_only"] = {"value": 0.5}
    report["model"] = {**report.get("model", {}), "quantization_bits": 16}
    write_json(run.eval / "report_base_4bit.json", report | {"model": {"quantization_bits": 4}})
    write_json(run.base_report(), report)
    found = facts.gather(run)
    assert found.forms
    written = tables.rounds_section(found)
    assert re.search(r'data-label="code only"[^>]*>50.0%', written.partition("base (4 bits)")[2])
    for body in re.findall(r'<table class="wide">(.*?)</table>', written):
        heads = re.findall(r"<th(?: [^>]*)?>([^<]*)", body)
        for line in re.findall(r"<tr[^>]*>(<td.*?)</tr>", body):
            assert re.findall(r'<td data-label="([^"]*)"', line) == heads


def test_the_page_says_what_to_do_next_with_its_cost(run):
    assert "scripts/export.py --adapter" in read(run).text
    best = json.loads(run.best.read_text())
    write_json(run.best, {**best, "beats_base": False})
    body = read(run).text
    assert body.index("What next") < body.index("Rounds against") and "--train-steps 1000" in body


def test_one_row_of_each_kind_is_shown_and_what_is_trained_on_is_marked(run):
    turns = [{"role": "user", "content": "Ask."}, {"role": "assistant", "content": HOSTILE}]
    turns += [{"role": "user", "content": "Again."}, {"role": "assistant", "content": "No loss.", "weight": 0}]
    row = {**sample(), "origin": "messages", "messages": turns}
    write_lines(run.round_file("train", 2), [row, row, {"broken": 1}])
    written = write_report(run).read_text(encoding="utf-8")
    section = written[written.index('<section id="trained">') :].partition("</section>")[0]
    assert section.count("<article") == 1 and "messages, conversation, code" in section
    assert re.findall(r'class="turn( trained)?"', section) == ["", " trained", "", ""]
    assert "<script>" not in section
