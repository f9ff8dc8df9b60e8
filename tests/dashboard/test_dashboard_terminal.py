"""The live dashboard on a pseudo-terminal: every key, resizing, ending, and the terminal afterwards."""

import errno
import fcntl
import os
import select
import signal
import struct
import sys
import termios
import time
from pathlib import Path

import pytest
from dashboard_support import FakeTerminal, event, make_run, make_state, write_json

from autotrain.display.keys import HELP, decode
from autotrain.run import ownership

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 60.0  # for what takes a second where nothing else runs


class Live:
    """A dashboard in a pseudo-terminal, and what it shows."""

    def __init__(self, *arguments: str, columns: int = 100, rows: int = 30, **environ: str) -> None:
        self.screen = FakeTerminal(columns, rows)
        self.output = b""
        self.master, self.slave = os.openpty()
        self._set_size(columns, rows)
        self.before = termios.tcgetattr(self.slave)
        environment = {"TERM": "xterm-256color", "PATH": os.environ["PATH"], "TZ": "UTC", "HOME": "/", **environ}
        self.pid = os.fork()
        if self.pid == 0:
            os.setsid()
            fcntl.ioctl(self.slave, termios.TIOCSCTTY, 0)
            for number in range(3):
                os.dup2(self.slave, number)
            os.closerange(3, 64)
            os.chdir(ROOT)
            os.execve(sys.executable, [sys.executable, "-m", "autotrain.dashboard", *arguments], environment)

    def _set_size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self, wait_s: float = 0.05) -> bytes:
        if not select.select([self.master], [], [], wait_s)[0]:
            return b""
        try:
            data = os.read(self.master, 65536)
        except OSError as error:
            if error.errno == errno.EIO:
                return b""
            raise
        self.output += data
        self.screen.feed(data)
        return data

    def shows(self, text: str, timeout_s: float = PATIENCE_S) -> bool:
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            if text in self.screen.text():
                return True
            self.read()
        raise AssertionError(f"{text!r} is not on the screen:\n{self.screen.text()}")

    def lacks(self, text: str, timeout_s: float = PATIENCE_S) -> bool:
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            if text not in self.screen.text():
                return True
            self.read()
        raise AssertionError(f"{text!r} is still on the screen:\n{self.screen.text()}")

    def press(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    def resize(self, columns: int, rows: int) -> None:
        while self.read():
            pass
        self.screen.resize(columns, rows)
        self._set_size(columns, rows)
        os.kill(self.pid, signal.SIGWINCH)

    def quiet(self, seconds: float) -> bytes:
        """What is written in so many seconds."""
        deadline, data = time.monotonic() + seconds, b""
        while time.monotonic() < deadline:
            data += self.read()
        return data

    def ended(self, timeout_s: float = PATIENCE_S) -> int:
        """The exit code."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            self.read()
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.pid = 0
                while self.read():
                    pass
                return os.waitstatus_to_exitcode(status)
        raise AssertionError("the dashboard did not end:\n" + self.screen.text())

    def restored(self) -> bool:
        """Whether the terminal is as it was: settings, screen, cursor, wrapping."""
        screen = self.screen
        same = termios.tcgetattr(self.slave) == self.before
        return same and not screen.alternate and screen.cursor_shown and screen.wraps

    def close(self) -> None:
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.master)
        os.close(self.slave)


@pytest.fixture
def live():
    started: list[Live] = []

    def start(*arguments: str, **options) -> Live:
        started.append(Live(*arguments, **options))
        return started[-1]

    yield start
    for one in started:
        one.close()


@pytest.fixture
def run(tmp_path):
    """A finished run: nothing on the screen depends on the time."""
    return make_run(tmp_path, status="completed", current_stage=None, pid=None)


def own(run, **state) -> None:
    """Make this test's process the living loop of the run."""
    fields = {
        "status": "running",
        "pid": os.getpid(),
        "heartbeat": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime()),
    }
    write_json(run.state, make_state(**{**fields, **state}))
    owner = {"run_id": run.run_id, "pid": os.getpid(), "place": ownership.this_place()}
    write_json(run.out_dir / "pipeline.pid", {**owner, "started": ownership.start_time(os.getpid())})


def test_every_view_help_filter_and_scrolling(live, run):
    ui = live("--out-dir", str(run.out_dir))
    assert ui.shows("Progress") and ui.shows("COMPLETED")
    assert ui.screen.alternate and not ui.screen.cursor_shown and ui.screen.colours > 5
    for key, text in (
        ("2", "Teacher · gpt-4o-mini"),
        ("3", "Learning rate"),
        ("4", "following"),
        ("5", "pass@1 on"),
        ("1", "Best so far"),
    ):
        ui.press(key)
        assert ui.shows(text)
    ui.press("?")
    for keys, text in HELP:
        assert ui.shows(f"{keys:<14}{text}"[:90])
    ui.press("x")
    assert ui.lacks("any key closes this")
    ui.press("y")
    assert ui.shows("log scale")
    ui.press("y")
    assert ui.lacks("log scale")
    ui.press("4\x1b[A")
    assert ui.shows("scrolled back")
    ui.press("\x1b[H")
    assert ui.shows("run_created")
    ui.press("\x1b[6~\x1b[B")
    assert ui.lacks("run_created")
    ui.press("f")
    assert ui.shows("following")
    ui.press("\x1b[5~")
    assert ui.shows("scrolled back")
    ui.press("\x1b[F")
    assert ui.shows("following")
    ui.press("/slow")
    assert ui.shows("filter: slow_")
    ui.press("\x7f\x7f\x7f\x7fa slow\r")
    assert ui.shows('filter "a slow"') and ui.shows("a slow step: 14 s") and ui.lacks("train_step")
    ui.press("/\x15\r")
    assert ui.shows("train_step")
    ui.press("/zzz\x1b")
    assert ui.lacks("filter:") and ui.shows("train_step")
    ui.press("lll")
    assert ui.shows("level error and above") and ui.shows("no such event")
    ui.press("l")
    assert ui.shows("train_step")
    ui.press("r")
    assert ui.shows("train_step")
    ui.press("q")
    assert ui.ended() == 0 and ui.restored()


def test_brackets_go_to_other_runs(live, run, tmp_path):
    make_run(tmp_path, "20260302-090000-cd34", status="failed", error="train: it broke", pid=None)
    ui = live("--out-dir", str(run.out_dir))
    assert ui.shows("20260302-090000-cd34") and ui.shows("FAILED: train: it broke")
    ui.press("]")
    assert ui.shows("this is the newest run")
    ui.press("[")
    assert ui.shows(run.run_id) and ui.shows("COMPLETED")
    ui.press("[")
    assert ui.shows("this is the oldest run")


def test_a_finished_run_takes_no_pause_and_no_stop(live, run):
    ui = live("--out-dir", str(run.out_dir))
    ui.shows("Progress")
    ui.press("s")
    assert ui.shows("this run is not running: it is completed")
    ui.press("p")
    assert ui.shows("this run is not running: it is completed")


def test_stop_asks_first_and_goes_through_control(live, run):
    own(run)
    ui = live("--out-dir", str(run.out_dir))
    assert ui.shows("RUNNING")
    ui.press("s")
    assert ui.shows(f"Stop run {run.run_id}? y / n")
    ui.press("n")
    assert ui.shows("nothing was asked of the run")
    assert '"stop_requested": false' in run.state.read_text()
    ui.press("s")
    ui.shows("y / n")
    ui.press("y")
    assert ui.shows("stops at its next safe point")
    assert '"stop_requested": true' in run.state.read_text()


def test_pause_and_continue_ask_first_and_go_through_control(live, run):
    own(run)
    ui = live("--out-dir", str(run.out_dir))
    assert ui.shows("RUNNING")
    ui.press("p")
    assert ui.shows(f"Pause run {run.run_id}? y / n")
    ui.press("y")
    assert ui.shows("pauses at its next safe point")
    assert '"pause_requested": true' in run.state.read_text()
    ui.press("p")
    assert ui.shows(f"Continue run {run.run_id}? y / n")
    ui.press("y")
    assert ui.shows("goes on")
    assert '"pause_requested": false' in run.state.read_text()


def test_nothing_is_written_when_nothing_changed(live, run):
    ui = live("--out-dir", str(run.out_dir))
    ui.shows("Progress")
    ui.quiet(0.5)
    assert ui.quiet(1.5) == b""


def test_a_new_event_redraws_only_the_lines_that_differ(live, run):
    ui = live("--out-dir", str(run.out_dir), "--view", "4")
    ui.shows("a slow step")
    ui.quiet(0.5)
    import json

    with open(run.events, "ab") as stream:
        stream.write(json.dumps(event(9999, 5000, "promotion", message="brand new")).encode() + b"\n")
    assert ui.shows("brand new")
    assert b"\x1b[2J" not in ui.output.split(b"a slow step")[-1]


def test_every_size_is_drawn_right_after_a_resize(live, run):
    ui = live("--out-dir", str(run.out_dir), columns=80, rows=24)
    ui.shows("Progress")
    for columns, rows in ((40, 10), (200, 60), (20, 4), (80, 24)):
        ui.resize(columns, rows)
        assert ui.shows("COMPLETED")
        assert ui.shows("Progress" if rows >= 10 else "quit")
        assert "Traceback" not in ui.screen.text()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 129)])
def test_a_signal_ends_it_and_restores_the_terminal(live, run, number, code):
    ui = live("--out-dir", str(run.out_dir))
    ui.shows("Progress")
    os.kill(ui.pid, number)
    assert ui.ended() == code and ui.restored()


def test_ctrl_c_ends_it_and_restores_the_terminal(live, run):
    ui = live("--out-dir", str(run.out_dir))
    ui.shows("Progress")
    ui.press("\x03")
    assert ui.ended() == 130 and ui.restored()


def test_an_exception_restores_the_terminal_and_is_shown(live, run, tmp_path):
    broken = tmp_path / "site"
    broken.mkdir()
    (broken / "sitecustomize.py").write_text(
        "import autotrain.dashboard.shell as shell\n"
        "def press(self, key, height): raise RuntimeError('planted fault')\n"
        "shell.Shell.press = press\n"
    )
    ui = live("--out-dir", str(run.out_dir), PYTHONPATH=f"{broken}:{ROOT}")
    ui.shows("Progress")
    ui.press("1")
    assert ui.ended() == 1 and ui.restored()
    assert b"planted fault" in ui.output.split(b"\x1b[?1049l")[-1]


def test_ctrl_z_gives_the_terminal_back_and_fg_takes_it_again(live, run):
    ui = live("--out-dir", str(run.out_dir))
    ui.shows("Progress")
    os.kill(ui.pid, signal.SIGTSTP)
    deadline = time.monotonic() + 10
    while not ui.restored() and time.monotonic() < deadline:
        ui.read()
    assert ui.restored()
    os.waitpid(ui.pid, os.WUNTRACED)
    os.kill(ui.pid, signal.SIGCONT)
    while not ui.screen.alternate and time.monotonic() < deadline:
        ui.read()
    assert ui.shows("Progress")
    ui.press("q")
    assert ui.ended() == 0 and ui.restored()


def test_it_waits_politely_for_the_first_run(live, tmp_path):
    ui = live("--out-dir", str(tmp_path / "later"))
    assert ui.shows("No run yet.") and ui.shows("./scripts/loop.sh")
    make_run(tmp_path / "later", status="completed", current_stage=None, pid=None)
    assert ui.shows("COMPLETED") and ui.shows("Progress")


def test_two_terminals_watch_the_same_run(live, run):
    first, second = live("--out-dir", str(run.out_dir)), live("--out-dir", str(run.out_dir))
    assert first.shows("Progress") and second.shows("Progress")
    second.press("2")
    assert second.shows("Teacher ·") and "Progress" in first.screen.text()


def test_a_run_that_vanishes_is_shown_as_gone(live, run, tmp_path):
    ui = live("--out-dir", str(run.out_dir))
    ui.shows("Progress")
    os.rename(run.root, tmp_path / "away")
    assert ui.shows("GONE")
    ui.press("12345")
    ui.press("q")
    assert ui.ended() == 0 and ui.restored()


def test_a_terminal_that_does_not_know_its_size_is_80_by_24(live, run):
    ui = live("--out-dir", str(run.out_dir), columns=0, rows=0)
    ui.screen.resize(80, 24)
    assert ui.shows("Progress")
    ui.press("q")
    assert ui.ended() == 0 and ui.restored()


def test_a_dead_loop_is_shown_as_dead(live, run):
    write_json(run.state, make_state(pid=2**22 + 1, error="train: it broke"))
    ui = live("--out-dir", str(run.out_dir))
    assert ui.shows("DEAD: process") and ui.shows("train: it broke")


def test_no_color_writes_no_escape_code_on_a_terminal(live, run):
    ui = live("--out-dir", str(run.out_dir), NO_COLOR="1")
    assert ui.ended() == 0
    assert b"\x1b" not in ui.output and b"COMPLETED" in ui.output


def test_ascii_draws_only_ascii(live, run):
    ui = live("--out-dir", str(run.out_dir), "--ascii")
    ui.shows("Progress")
    ui.press("2345?")
    ui.shows("Keys")
    assert ui.output.isascii()


def test_keys_are_decoded_whole_or_kept_for_later():
    assert decode(b"q\x1b[A\x1bOB\x1b[5~\xc3\xa9\r") == (["q", "up", "down", "page-up", "é", "enter"], b"")
    assert decode(b"\x1b[") == ([], b"\x1b[")
    assert decode(b"\x1b") == ([], b"\x1b")
    assert decode(b"\x1b", final=True) == (["escape"], b"")
    assert decode(b"\xc3") == ([], b"\xc3")
    assert decode(b"\x1b[200~x\x1b[<0;1;1M1") == (["x", "1"], b"")
