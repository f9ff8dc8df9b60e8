"""The menu: entries, screens and saving as values; keys, screen and terminal in tmux."""

import contextlib
import json
import os
import shlex
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from loop_support import PATIENCE_S, Loop, make_project

from autotrain.config import precedence, settings
from autotrain.display.canvas import text_of
from autotrain.errors import UsageError
from autotrain.menu import actions, config_file, screens
from autotrain.menu.entries import entries
from autotrain.menu.screens import Editing, Shown
from autotrain.run import state


def status(**changes: Any) -> dict[str, Any]:
    now = {**state.fresh("20260101-000000-abcd"), "alive": False, "next": {"round": 2, "stage": "train"}}
    return {**now, **changes}


def possible(now: dict[str, Any] | None) -> set[str]:
    return {entry.name for entry in entries(now) if entry.possible}


ALWAYS = {"configure", "exit", "ask", "doctor"}
LOOKS = {"dashboard", "report"}  # where there is a run; and export where it has made an adapter


def test_eight_entries_steer_by_numbers_and_four_use_what_was_made_by_letters_and_each_names_its_flag() -> None:
    listed = entries(None)
    names = "start resume stop pause continue configure dashboard exit ask export report doctor".split()
    assert [entry.name for entry in listed] == names
    assert [entry.key for entry in listed] == [*"12345678", *"aerd"]
    assert all(entry.flag.startswith("--") for entry in listed)


def test_what_is_possible_follows_the_run() -> None:
    assert possible(None) == ALWAYS | {"start"}
    assert possible(status(status="stopped")) == ALWAYS | LOOKS | {"start", "resume"}
    assert possible(status(status="completed", next=None)) == ALWAYS | LOOKS | {"start"}
    assert possible(status(best={"tag": "round_1"})) - possible(status()) == {"export"}
    assert possible(status(status="running", alive=True)) == ALWAYS | LOOKS | {"stop", "pause"}
    assert possible(status(status="paused", pause_requested=True, alive=True)) == ALWAYS | LOOKS | {
        "stop",
        "continue",
    }
    assert possible(status(status="stopping", stop_requested=True, alive=True)) == ALWAYS | LOOKS


def test_export_merges_the_best_adapter_into_the_base_that_it_was_trained_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UsageError, match="holds no best_adapter yet"):
        actions.outside("export", tmp_path)
    (tmp_path / "best_adapter").mkdir()
    config = {"base_model_name_or_path": "microsoft/phi-2", "revision": "abc"}
    (tmp_path / "best_adapter" / "adapter_config.json").write_text(json.dumps(config))
    ran: list[str] = []
    done = SimpleNamespace(returncode=0)
    monkeypatch.setattr(actions.subprocess, "run", lambda command, **_: ran.extend(map(str, command)) or done)
    actions.outside("export", tmp_path)
    given = dict(zip(ran[2::2], ran[3::2], strict=True))
    assert given["--adapter"] == str(tmp_path / "best_adapter") and given["--output"] == str(tmp_path / "exported")
    assert given["--base-model"] in ("phi-2", "microsoft/phi-2") and given["--base-revision"] == "abc"


def test_resume_says_where_it_would_go_on() -> None:
    hint = next(entry.hint for entry in entries(status(status="running")) if entry.name == "resume")
    assert "interrupted" in hint and "round 2 train" in hint


def test_saving_keeps_comments_order_and_other_settings(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("# mine\nROUNDS: 3  # few\n\n# the rate\nLR: 1e-4\nSEED: 7\n")
    config_file.save(path, {"rounds": "5", "batch_size": "2"})
    assert path.read_text() == "# mine\nROUNDS: 5  # few\n\n# the rate\nLR: 1e-4\nSEED: 7\nBATCH_SIZE: 2\n"


def test_saving_into_a_file_of_comments_alone_keeps_them(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("# only words\n")
    config_file.save(path, {"rounds": "5"})
    assert path.read_text() == "# only words\nROUNDS: 5\n"


@pytest.mark.parametrize("row", settings.fields(), ids=lambda row: row.name)
def test_every_setting_saved_is_read_back_the_same(tmp_path: Path, row: Any) -> None:
    path = tmp_path / "config.yaml"
    config_file.save(path, {row.name: settings.show_raw(row.default)})
    if row.name == "out_dir":
        return
    read = precedence.resolve({"out_dir": str(tmp_path)}, environ={}, env_file=tmp_path / ".env")
    assert getattr(read.settings, row.name) == row.default or row.name == "profile"
    assert read.sources[row.name] == str(path) or row.name == "profile"


def test_a_value_out_of_bounds_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="ROUNDS=0"):
        config_file.save(tmp_path / "config.yaml", {"rounds": "0"})
    assert not (tmp_path / "config.yaml").exists()


def test_a_value_is_judged_as_it_is_typed() -> None:
    assert config_file.problem("lr", "3e-") == "a number from 1e-08 to 1 is needed"
    assert config_file.problem("lr", "3e-4") is None


def resolved_defaults() -> precedence.Resolved:
    return precedence.resolve({}, environ={}, env_file=Path("/nonexistent"))


def settings_screen(chosen: int = 0, shown: Shown | None = None, size: tuple[int, int] = (80, 24)) -> list[str]:
    shown = shown or Shown()
    rows = screens.found(shown.search)
    return [text_of(line) for line in screens.settings_lines(resolved_defaults(), chosen, shown, size, rows)]


@pytest.mark.parametrize("height", [8, 12, 24, 100])
def test_the_chosen_setting_is_on_the_screen_whatever_its_height(height: int) -> None:
    rows = screens.found("")
    assert len(rows) == len(settings.fields())
    for place, row in enumerate(rows):
        text = settings_screen(place, size=(80, height))
        assert len(text) <= height
        assert any(line.startswith(f"> {settings.variable(row.name)}") for line in text)
        assert any(settings.describe_allowed(row) in line for line in text)
        assert f"{place + 1} of {len(rows)}" in text[0]


def test_settings_stand_under_the_heading_of_their_group() -> None:
    text = settings_screen(size=(80, 200))
    headings = [place for place, line in enumerate(text) if line in settings.GROUPS]
    assert [text[place] for place in headings] == list(settings.GROUPS)
    assert headings[4] < next(place for place, line in enumerate(text) if line.startswith("  LORA_R ")) < headings[5]


def test_a_search_finds_by_name_and_by_meaning_and_says_how_many() -> None:
    assert [row.name for row in screens.found("lora_r")][:1] == ["lora_r"]
    found = screens.found("rounds patience")
    assert "patience" in [row.name for row in found] and len(found) < 5
    text = settings_screen(shown=Shown(search="lora_r", searching=True))
    assert " found among " in text[0] and text[-1].startswith("/lora_r_")
    assert any("no setting is like that" in line for line in settings_screen(shown=Shown(search="zzzz")))


def test_while_typing_the_screen_says_what_is_allowed() -> None:
    lines = settings_screen(shown=Shown(editing=Editing("rounds", "x")))
    assert any("ROUNDS = x_" in line and "is needed" in line for line in lines)


def test_the_plan_asks_in_a_last_line_that_is_always_there() -> None:
    plan = ["takes about 20 minutes; costs nothing: no teacher is paid", *("word " * 40 for _ in range(20))]
    text = [text_of(line) for line in screens.plan_lines(plan, 80, 24)]
    assert len(text) == 24 and "Enter starts it" in text[-1] and "takes about 20 minutes" in text[2]
    assert all(len(line.rstrip()) <= 80 for line in text)


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_project(tmp_path_factory.mktemp("menu_project"))


@pytest.fixture
def loop(project: Path, tmp_path: Path) -> Iterator[Loop]:
    made = Loop(project, tmp_path / "out", FAKE_ROWS="8", FAKE_WAITS="generate", EVAL_SUITE="", FINAL_SUITES="")
    yield made
    with contextlib.suppress(Exception):
        made.run("--stop")


def menu(loop: Loop, *flags: str) -> subprocess.CompletedProcess[str]:
    command = [str(loop.project / ".venv/bin/python"), str(loop.project / "scripts/menu.py"), *flags]
    return subprocess.run(
        [*command, "--out-dir", str(loop.out_dir)],
        env=loop.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        cwd=loop.project,
    )


def test_without_a_terminal_the_flags_are_suggested(loop: Loop) -> None:
    result = menu(loop)
    assert (result.returncode, result.stdout) == (2, "")
    assert "needs a terminal" in result.stderr and "--start" in result.stderr


def test_a_loop_started_by_flag_outlives_the_menu_and_is_stopped_by_flag(loop: Loop) -> None:
    assert menu(loop, "--start").returncode == 0
    loop.wait_for(lambda: loop.rows("raw") > 0)
    assert "stops at its next safe point" in menu(loop, "--stop").stdout
    loop.wait_for(lambda: loop.state()["status"] == "stopped")


def test_a_loop_that_cannot_begin_says_its_own_last_words(loop: Loop) -> None:
    menu(loop, "--configure", "ROUNDS=1")
    (loop.out_dir / "config.yaml").write_text("ROUNDZ: 1\n")
    (loop.out_dir / "loop.log").write_text("words of a loop that runs\n")
    result = menu(loop, "--start")
    assert result.returncode == 2
    assert "ROUNDZ is not a setting" in result.stderr and "error: error" not in result.stderr
    assert (loop.out_dir / "loop.log").read_text().startswith("words of a loop that runs\n")


class Tmux:
    """A terminal of 100 by 30 with a shell in it, on a tmux server of its own."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._name = f"heidi-{os.getpid()}-{folder.name[-12:]}"
        self._environment = {**environment, "TERM": "xterm-256color", "LANG": "C.UTF-8"}
        self._tmux("-f", "/dev/null", "new-session", "-d", "-x", "100", "-y", "30", "sh")

    def _tmux(self, *arguments: str) -> str:
        command = ["tmux", "-L", self._name, *arguments]
        return subprocess.run(command, env=self._environment, capture_output=True, text=True, timeout=20).stdout

    def keys(self, *keys: str) -> None:
        self._tmux("send-keys", *keys)

    def type(self, text: str) -> None:
        self._tmux("send-keys", "-l", text)
        self.keys("Enter")

    def screen(self) -> str:
        return self._tmux("capture-pane", "-p")

    def wait_for(self, text: str, seconds: float = PATIENCE_S) -> str:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if text in (shown := self.screen()):
                return shown
            time.sleep(0.05)
        raise AssertionError(f"{text!r} did not appear; the screen holds:\n{self.screen()}")

    def close(self) -> None:
        self._tmux("kill-server")


@pytest.fixture
def tmux(loop: Loop, tmp_path: Path) -> Iterator[Tmux]:
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed: apt install tmux")
    made = Tmux(tmp_path, loop.environment)
    try:
        made.type("echo re''ady")
        made.wait_for("ready")
        yield made
    finally:
        made.close()


def start_menu(tmux: Tmux, loop: Loop) -> None:
    tmux.type(f"stty -a | md5sum > {shlex.quote(str(loop.project / 'before'))}; clear")
    python, script = loop.project / ".venv/bin/python", loop.project / "scripts/menu.py"
    tmux.type(
        f"{python} {script} --out-dir {loop.out_dir}; stty -a | md5sum > {loop.project / 'after'}; echo le''ft=$?"
    )


def terminal_is_as_before(tmux: Tmux, loop: Loop) -> None:
    tmux.wait_for("left=")
    assert (loop.project / "before").read_text() == (loop.project / "after").read_text()
    assert "Heidi AutoTraining" not in tmux.screen()


def test_arrows_and_numbers_move_and_leaving_puts_the_terminal_back(tmux: Tmux, loop: Loop) -> None:
    start_menu(tmux, loop)
    assert "> 1  Start" in tmux.wait_for("8  Exit")
    tmux.keys("Down", "Down")
    tmux.wait_for("> 3  Stop")
    tmux.keys("Up")
    tmux.wait_for("> 2  Resume last")
    tmux.keys("8")
    terminal_is_as_before(tmux, loop)


def test_ctrl_c_in_the_menu_puts_the_terminal_back(tmux: Tmux, loop: Loop) -> None:
    start_menu(tmux, loop)
    tmux.wait_for("8  Exit")
    tmux.keys("C-c")
    terminal_is_as_before(tmux, loop)


def test_a_setting_is_changed_validated_and_saved(tmux: Tmux, loop: Loop) -> None:
    loop.out_dir.mkdir()
    (loop.out_dir / "config.yaml").write_text("# keep me\nLR: 1e-4\n")
    start_menu(tmux, loop)
    tmux.wait_for("8  Exit")
    tmux.keys("6")
    tmux.wait_for("> ROUNDS")
    tmux.type("/samples_per")  # Enter keeps what is found
    tmux.wait_for("1 of 1 found")
    tmux.keys("Enter")
    tmux.wait_for("SAMPLES_PER_ROUND = ")
    tmux.keys("C-u", "0")
    tmux.wait_for("an integer from 1 to 1000000 is needed")
    tmux.keys("BSpace", "7", "Enter")
    tmux.wait_for("saved SAMPLES_PER_ROUND")
    assert (loop.out_dir / "config.yaml").read_text() == "# keep me\nLR: 1e-4\nSAMPLES_PER_ROUND: 7\n"
    tmux.keys("Escape")
    tmux.wait_for(f"1 of {len(settings.fields())} ")
    tmux.keys("Escape")
    tmux.wait_for("8  Exit")
    tmux.keys("q")
    terminal_is_as_before(tmux, loop)


def test_a_loop_started_in_the_menu_goes_on_when_the_terminal_closes(tmux: Tmux, loop: Loop) -> None:
    start_menu(tmux, loop)
    tmux.wait_for("8  Exit")
    tmux.keys("Enter")
    assert "costs nothing" in tmux.wait_for("Enter starts it")
    assert not (loop.out_dir / "runs").exists()
    tmux.keys("Escape")
    tmux.wait_for("not started")
    tmux.keys("1")
    tmux.wait_for("Enter starts it")
    tmux.keys("Enter")
    tmux.wait_for("works in the background")
    loop.wait_for(lambda: loop.rows("raw") == 3)
    tmux.close()
    loop.go.touch()
    loop.wait_for(lambda: loop.rows("raw") == 8 and loop.state()["stages"]["1"]["generate"]["status"] == "completed")


def in_tmux(tmux: Tmux, loop: Loop, *flags: str) -> None:
    tmux.type(f"stty -a | md5sum > {shlex.quote(str(loop.project / 'before'))}; clear")
    command = shlex.join(loop.command("--stop-stage", "generate", *flags))
    tmux.type(f"{command}; echo le''ft=$?; stty -a | md5sum > {loop.project / 'after'}")
    loop.wait_for(lambda: loop.rows("raw") > 0)


def test_ctrl_c_once_in_a_terminal_stops_gracefully(tmux: Tmux, loop: Loop) -> None:
    in_tmux(tmux, loop)
    tmux.keys("C-c")
    shown = tmux.wait_for("left=")
    assert "left=75" in shown
    assert "Stopping at the next safe point" in shown and "scripts/loop.sh --resume" in shown
    terminal_is_as_before(tmux, loop)


def test_ctrl_c_twice_in_a_terminal_ends_the_stage_now(tmux: Tmux, loop: Loop) -> None:
    busy = loop.project / "busy"
    command = shlex.join(loop.command("--stop-stage", "generate"))
    tmux.type(f"FAKE_ROW_S=200 FAKE_BUSY={shlex.quote(str(busy))} {command}; echo le''ft=$?")
    loop.wait_for(busy.is_file)
    tmux.keys("C-c")
    tmux.wait_for("Stopping at the next safe point")
    tmux.keys("C-c")
    assert "left=130" in tmux.wait_for("left=")
    assert loop.state()["status"] == "stopped"
