"""What every stage script promises: help at once, one-line errors, the documented codes."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from autotrain import cli, doctor, errors
from autotrain.config import settings
from autotrain.config.settings import PROJECT_ROOT
from autotrain.loop import control

SCRIPTS = sorted((PROJECT_ROOT / "scripts").glob("0*.py"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_help_imports_nothing_heavy(script: Path) -> None:
    heavy = "import sys; sys.modules.update(dict.fromkeys(('torch', 'transformers', 'datasets', 'openai')));"
    start = f"import runpy; runpy.run_path(r'{script}', run_name='__main__')"
    code = f"{heavy} sys.argv = ['{script.name}', '--help']; {start}"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(script.parent)},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Stage 0") and f"usage: {script.name}" in done.stdout


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_an_unknown_flag_is_one_line_and_code_2(script: Path) -> None:
    done = subprocess.run([sys.executable, str(script), "--no-such-flag"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.UsageError("x"), 2),
        (errors.DataError("x"), 3),
        (errors.TeacherError("x"), 4),
        (errors.OutOfMemory("x"), 5),
        (MemoryError(), 5),
        (errors.SandboxUnavailable("x"), 6),
        (errors.Stopped("x"), 75),
        (KeyboardInterrupt(), 130),
        (errors.AutotrainError("x"), 1),
        (OSError(28, "No space left on device", "/some/file"), 1),
        (RuntimeError("a fault of ours"), 1),
    ],
)
def test_each_error_has_its_documented_code_and_one_last_line(error, code, capsys) -> None:
    def work(arguments, context):
        raise error

    parser = cli.stage_parser("A stage.", ())
    assert cli.main("demo", parser, work, []) == code
    last = capsys.readouterr().err.strip().splitlines()[-1]
    assert last.startswith("demo: ")


def test_the_summary_is_the_only_thing_on_stdout(capsys) -> None:
    def work(arguments, context):
        context.say("for people")
        return {"accepted": 3}

    assert cli.main("demo", cli.stage_parser("A stage.", ()), work, []) == 0
    assert capsys.readouterr().out == '{"accepted":3}\n'


def test_no_module_is_long_and_every_module_says_what_it_is_for() -> None:
    for path in [*PROJECT_ROOT.glob("autotrain/**/*.py"), *PROJECT_ROOT.glob("scripts/**/*.py")]:
        text = path.read_text(encoding="utf-8")
        is_catalogue = path.parent.name == "families"  # of tasks, one after another, each by itself
        assert is_catalogue or text.count("\n") <= 400, f"{path} is long"
        assert ast.get_docstring(ast.parse(text)), f"{path} has no docstring"


def test_no_file_that_is_read_or_written_already_is_written_over(tmp_path: Path) -> None:
    raw, link, other = tmp_path / "raw", tmp_path / "link", tmp_path / "other"
    raw.write_text("{}\n")
    link.symlink_to(raw)
    for read, written in (([raw], [other, raw]), ([raw], [link]), ([], [other, None, other])):
        with pytest.raises(errors.UsageError, match="is named twice"):
            cli.keep_apart(read, written)
    nowhere = Path(os.devnull)
    cli.keep_apart([raw, raw], [other, None, nowhere, nowhere])


@pytest.mark.parametrize(
    ("script", "flags"),
    [
        ("scripts/02_validate_clean.py", ["--input", "F", "--output", "F"]),
        ("scripts/02_validate_clean.py", ["--input", "F", "--output", "G", "--train", "F", "--val", "H"]),
        ("scripts/03_unit_test_gate.py", ["--input", "F", "--output", "F"]),
        ("scripts/05_eval.py", ["--base-only", "--data", "F", "--output", "F"]),
        (".local/ml/scripts/split_holdout.py", ["--input", "F", "--train", "F", "--eval", "G"]),
    ],
)
def test_a_stage_never_writes_over_what_it_reads(tmp_path: Path, script: str, flags: list[str]) -> None:
    (tmp_path / "F").write_text('{"a": 1}\n')
    command = [sys.executable, str(PROJECT_ROOT / script), *flags]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "F is named twice" in done.stderr
    assert (tmp_path / "F").read_text() == '{"a": 1}\n' and len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(("in_a_run", "words"), [(True, "loop.sh --resume"), (False, "the same command")])
def test_an_interrupted_stage_says_what_goes_on_with_it(tmp_path: Path, monkeypatch, capsys, in_a_run, words) -> None:
    if in_a_run:
        monkeypatch.setenv("HEIDI_RUN_DIR", str(tmp_path))
    assert cli.report_error("demo", KeyboardInterrupt()) == 130
    assert words in capsys.readouterr().err


def test_ctrl_c_at_a_question_is_one_line(monkeypatch, capsys) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(control.precedence, "resolve", interrupt)
    assert control.main(["begin", "--dry-run"]) == 130
    monkeypatch.undo()
    monkeypatch.setattr(doctor, "examine", interrupt)
    assert doctor.main(["--offline"]) == 130
    assert capsys.readouterr().err == "interrupted.\ndoctor: interrupted.\n"


@pytest.mark.parametrize("warmth", ["-1", "nan", "9"])
def test_a_temperature_out_of_bounds_is_refused(tmp_path: Path, warmth: str) -> None:
    script = PROJECT_ROOT / "scripts" / "05_eval.py"
    command = [sys.executable, str(script), "--base-only", "--suite", "heidi-core", "--output", str(tmp_path / "r")]
    done = subprocess.run([*command, "--temperature", warmth], capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "a number from 0 to 2 is needed" in done.stderr


# Programs of their own, run before anything is installed, as data alone, or inside the sandbox.
PRINTS = {
    "errors",
    "environment",
    "teacher/library/__main__",
    "teacher/builtin/everyday/__main__",
    "evaluation/heidi_core/__main__",
    "config/profiles",
    "training/models",
}


def test_one_place_prints_what_people_read() -> None:
    found = set()
    for folder in ("autotrain", "scripts"):
        for path in sorted((PROJECT_ROOT / folder).rglob("*.py")):
            if "runs" in path.relative_to(PROJECT_ROOT / folder).parts:
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Name) and node.id == "print":
                    found.add(str(path.relative_to(PROJECT_ROOT / folder).with_suffix("")))
    assert found <= PRINTS


def test_what_is_said_steers_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    named = "run \x1b]0;title\x07 \x9b2J \u202e \udc80 \r \x00 é 漢"
    errors.say(named)
    errors.say(named, answer=True)
    shown = capsys.readouterr()
    assert shown.out == shown.err == "run ·]0;title· ·2J · ·   · é 漢\n"


def test_a_summary_steers_no_terminal() -> None:
    from autotrain.jsonl import ascii_json

    value = {"path": "\x1b[2J \x9b2J é"}
    assert ascii_json(value).isascii() and "\x1b" not in ascii_json(value)
    assert json.loads(ascii_json(value)) == json.loads(ascii_json(value, indent=2)) == value


def test_an_unknown_flag_gets_a_suggestion(capsys) -> None:
    with pytest.raises(SystemExit):
        control.loop_parser().parse_args(["--sampels", "3"])
    assert "Did you mean --samples?" in capsys.readouterr().err


def test_help_begins_with_a_sentence_and_groups_the_settings() -> None:
    text = control.loop_parser().format_help()
    assert text.startswith("Train a coding agent")
    places = [text.index(f"\n{title}:") for title in settings.GROUPS]
    assert places == sorted(places) and text.index("--lora-r") > places[4] and "usage: loop.sh [flags]" in text
    parser = cli.Parser(prog="ask.py")
    parser.add_argument("text", nargs="*")
    assert "usage: ask.py [TEXT] [flags]" in parser.format_help()


def test_a_reader_that_has_gone_away_is_no_error(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "autotrain.loop.control", "begin", "--list", "--out-dir", str(tmp_path)]
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True, cwd=PROJECT_ROOT, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (control.ANSWERED, "")
