"""The bar: one line that fits, says what is known, and a plain line at most every ten seconds elsewhere."""

import re

import pytest

from autotrain.display import progress
from autotrain.display.progress import Bar, clock_time, parts
from autotrain.display.values import fold


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def words(**known) -> str:
    given = {"finished": 0, "left": 1, "seconds": 1.0, "note": "", "unit": "", "pace_s": None, "tokens": 0, **known}
    return "  ".join(part for part in parts(**given) if part)


def test_a_line_says_note_pace_and_time_left() -> None:
    assert words(finished=31, left=89, seconds=49.6, note="loss 0.48", unit="step") == (
        "loss 0.48  1.6 s/step  2:22 left"
    )
    assert words(finished=100, left=50, seconds=10.0) == "10/s  0:05 left"


def test_while_nothing_is_finished_the_tokens_a_second_are_told() -> None:
    assert words(tokens=300, seconds=10.0) == "30 tokens/s"
    assert words() == ""


@pytest.mark.parametrize(("seconds", "said"), [(0, "0:00"), (59.6, "1:00"), (3740, "1:02:20")])
def test_times_are_written_as_on_a_clock(seconds: float, said: str) -> None:
    assert clock_time(seconds) == said


def test_elsewhere_a_plain_line_comes_at_most_every_ten_seconds_and_one_at_the_end(capsys) -> None:
    clock = Clock()
    with Bar("gate", 25, unit="sample", clock=clock) as bar:
        for _ in range(25):
            clock.now += 1
            bar(1)
    lines = capsys.readouterr().err.splitlines()
    assert lines == ["gate 10/25, 1.0 s/sample, 0:15 left", "gate 20/25, 1.0 s/sample, 0:05 left"]
    with Bar("gate", 3, clock=clock) as bar:
        bar(3)
    assert capsys.readouterr().err == "gate 3/3, in 0:00\n"


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_on_a_terminal_the_bar_is_drawn_at_0_and_never_wider_than_a_line(capsys, monkeypatch, columns: int) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    clock = Clock()
    with Bar("adapter (4 bits) on heidi-core:dev and exam", 120, unit="answer", live=True, clock=clock) as bar:
        assert "0/120" in capsys.readouterr().err
        for _ in range(31):
            clock.now += 1.6
            bar.note = "loss 0.48"
            bar(1)
        bar.print("a line between")
    drawn = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", capsys.readouterr().err)
    assert "a line between" in drawn and "31/120" in drawn and "2:22 left" in drawn
    assert max(len(line.rstrip()) for line in re.split(r"[\r\n]", drawn)) <= columns


def test_a_bar_that_is_interrupted_leaves_the_cursor_and_a_line_of_its_own(capsys, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(KeyboardInterrupt), Bar("train", 3, live=True) as bar:
        bar(1)
        raise KeyboardInterrupt
    drawn = capsys.readouterr().err
    assert "\x1b[?25l" not in drawn and drawn.endswith("\n")


def test_a_quiet_bar_says_nothing(capsys) -> None:
    with Bar("train", 3, live=True, quiet=True) as bar:
        bar(3)
        bar.print("words")
    assert capsys.readouterr().err == "" and progress.PLAIN_S == 10.0


def test_lines_are_folded_between_words_and_a_command_stays_whole() -> None:
    said = "TEACHER_MODEL: builtin in place of gpt-4o-mini, because no key is set.\n  short"
    folded = fold(said, 30).split("\n")
    assert max(map(len, folded)) <= 30 and folded[-1] == "  short" and folded[1].startswith("  ")
    assert " ".join(" ".join(folded).split()) == " ".join(said.split())
    command = "Go on with: ./scripts/loop.sh --resume 20260101-000000-abcd --out-dir /a/long/folder"
    assert fold(command, 30) == command
    assert fold("see /a/path/that/is/longer/than/the/line/may/be here", 20).split("\n")[0] == "see"
