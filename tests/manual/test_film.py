"""The film of the README's path: what is typed, what is measured of it, and the page."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from loop_support import make_project

from autotrain.config.settings import PROJECT_ROOT
from autotrain.manual import film

README = """# A project

```bash
git clone <this repository> && cd heidi-autotraining
./scripts/loop.sh --dry-run     # the plan
./scripts/loop.sh               # the whole loop
```

For a first look: `./scripts/loop.sh --rounds 1 --samples 7`.

```bash
.venv/bin/python -m autotrain.dashboard     # in a second terminal
.venv/bin/python scripts/menu.py
./scripts/loop.sh --status
./scripts/loop.sh --stop
./scripts/loop.sh --resume
```

```bash
echo the data of yours
```
"""


def test_the_readme_gives_the_path_and_what_is_typed_beside_the_loop() -> None:
    first, watching = film.commands((PROJECT_ROOT / "README.md").read_text(encoding="utf-8"))
    assert first[0].startswith("git clone <this repository>") and any(film.is_run(line) for line in first)
    assert [line.rpartition(" ")[2] for line in watching[-2:]] == ["--stop", "--resume"]
    assert film.SHORT.search((PROJECT_ROOT / "README.md").read_text(encoding="utf-8"))
    assert not film.is_run("./scripts/loop.sh --dry-run") and film.is_run("./scripts/loop.sh --rounds 1")


def test_a_word_across_the_edge_is_found_and_a_path_is_not() -> None:
    assert film.broken_words("a" * 9 + " wordish here", 12) == ["wordish"]
    assert film.broken_words("a" * 9 + "   wo rdish", 12) == []
    assert film.broken_words("see it /a/long/path/of/a/report.html", 12) == []
    assert film.broken_words(film.PROMPT + "some typed words", 12) == []


def test_a_loop_that_was_asked_to_stop_has_not_failed_and_a_wrong_command_has() -> None:
    assert not film.Scene("./scripts/loop.sh", 1, code=75).failed()
    assert film.Scene("./scripts/loop.sh --status", 1, code=75).failed()
    assert film.Scene("echo", 1, code=None).failed() and not film.Scene("echo", 1, code=0).failed()


@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed: apt install tmux")
def test_a_film_of_a_tiny_project_shows_each_command_with_its_code_and_hides_the_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make_project(tmp_path / "project")
    (project / "README.md").write_text(README)
    (project / ".env").write_text("EVAL_SUITE=\nFINAL_SUITES=\nROUNDS=1\n")
    for name, value in {"FAKE_WAITS": "generate", "FAKE_GO": str(tmp_path / "go")}.items():  # for --stop
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(film, "KEPT_VARIABLES", re.compile("PATH|FAKE_.*"))
    monkeypatch.setattr(film, "SHOWN_AT_S", (0.5, 2.0))
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    for words in (["init", "-q"], ["add", "-A", "-f"], [*identity, "commit", "-qm", "all"]):
        subprocess.run(["git", *words], cwd=project, check=True)
    output = tmp_path / "film.md"
    code = film.main(["--project", str(project), "--output", str(output), "--watch-after", "2", "--tick", "0.2"])
    shown = output.read_text()
    rows = re.findall(r"^\| `(.*?)` \| (\d) \| \d+ s \| (\d+)", shown, re.M)
    assert [(command.split()[-1], terminal, exit_code) for command, terminal, exit_code in rows] == [
        ("heidi-autotraining", "1", "0"),
        ("--dry-run", "1", "0"),
        ("autotrain.dashboard", "2", "0"),
        ("scripts/menu.py", "2", "0"),
        ("--status", "2", "0"),
        ("--stop", "2", "0"),
        ("./scripts/loop.sh", "1", "75"),
        ("--resume", "1", "0"),
        ("yours", "1", "0"),
    ]
    last = re.findall(r"\| ([^|]*) \|$", shown.partition("## ")[0], re.M)
    assert last[1:] == ["none"] * len(rows), "words are broken"
    assert code == 0 and "failed" not in shown.partition("## ")[0]
    assert "git clone <this repository> && cd" in shown and str(tmp_path) not in shown and os.sep + "tmp" not in shown
    assert "q quit" in shown and "1  Start" in shown and "Stopped. Go on with" in shown


@pytest.mark.skipif(not film.FILM.exists(), reason="no film has been made yet")
def test_the_film_holds_no_failed_command_no_blind_minute_and_no_broken_word() -> None:
    rows = re.findall(r"^\| `(.*?)` \| \d \| \d+ s \| (.*?) \| (\d+) s \| (.*?) \|$", film.FILM.read_text(), re.M)
    assert len(rows) > 8
    for command, code, silence, words in rows:
        assert "failed" not in code and int(silence) <= 10 and words == "none", command
