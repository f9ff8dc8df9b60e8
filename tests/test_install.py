"""How it is installed: the lock, uv or pip, the container files, the notebook."""

import ast
import json
import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from loop_support import Loop, make_project
from test_environment import project, set_up  # noqa: F401

from autotrain import environment, heidi
from autotrain.config.settings import PROJECT_ROOT

LOCK = PROJECT_ROOT / "requirements.lock"
NOTEBOOK = PROJECT_ROOT / "docs" / "rented_gpu.ipynb"
NOT_LOCKED = {"torch"}  # its build is the machine's


def test_every_pin_but_pytorch_is_locked_at_its_version_and_everything_locked_has_a_hash() -> None:
    wanted = dict(environment.pins(str(PROJECT_ROOT / "requirements.txt")))
    locked = set(environment.pins(str(LOCK)))
    gone = [name for name, version in wanted.items() if (name, version) not in locked and name not in NOT_LOCKED]
    assert gone == [], "run ./scripts/lock.sh"
    entries = re.split(r"\n(?=[a-z])", LOCK.read_text().partition("\n")[2])
    assert len(entries) > len(wanted) and all("--hash=sha256:" in entry for entry in entries)
    assert not NOT_LOCKED & {name for name, _ in locked}


def calls_of(folder: Path, name: str) -> list[str]:
    """Put a program of this name into the folder that writes down how it is called."""
    tool = folder / name
    tool.write_text(f'#!/bin/sh\necho "$*" >>{shlex.quote(str(folder / name))}.calls\n')
    tool.chmod(0o755)
    return [f"{folder}:{os.environ['PATH']}"]


def test_uv_installs_where_it_is_there_from_the_lock_first(
    project: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (project / ".venv" / "bin" / "python").symlink_to(project / "python")
    (project / "tools").mkdir()
    [path] = calls_of(project / "tools", "uv")
    monkeypatch.setenv("PATH", path)
    assert "with uv" in set_up(project).stderr
    calls = (project / "tools" / "uv.calls").read_text().splitlines()
    python = project / ".venv" / "bin" / "python"
    assert all(call.startswith(f"pip install --quiet --python {python}") for call in calls)
    assert [call.split(" -r ")[1].rpartition("/")[2] for call in calls] == [
        "requirements.lock",
        "requirements.txt",
        "requirements-embedded.txt",
    ]
    assert "--require-hashes --no-deps" in calls[0] and "--no-deps" in calls[2]


def test_set_up_makes_the_command_heidi(project: Path) -> None:  # noqa: F811
    python = project / ".venv" / "bin" / "python"
    python.write_text("#!/bin/sh\n")  # says yes to all: everything is installed
    python.chmod(0o755)
    (project / "scripts" / "heidi.py").symlink_to(PROJECT_ROOT / "scripts" / "heidi.py")
    assert set_up(project).returncode == 0
    made = project / ".venv" / "bin" / "heidi"
    shown = subprocess.run([str(made), "--help"], capture_output=True, text=True, check=False)
    assert "heidi COMMAND" in shown.stdout and os.readlink(made) == "../../scripts/heidi.py"


def test_a_package_with_another_hash_is_not_installed(project: Path) -> None:  # noqa: F811
    (project / ".venv" / "bin" / "python").symlink_to(project / "python")
    (project / "python").write_text(
        '#!/bin/sh\ncase "$*" in *.lock*) exit 1 ;; *requirements*.txt*requirements*) exit 1 ;; esac\n'
    )
    done = set_up(project)
    assert done.returncode == 1 and "requirements.lock" in done.stderr and "run ./scripts/setup.sh again" in done.stderr


def test_the_container_copies_what_is_there_and_begins_with_a_command_that_exists() -> None:
    lines = (PROJECT_ROOT / "Dockerfile").read_text().splitlines()
    words = [line.split() for line in lines if line and not line.startswith("#")]
    version = next(line[1] for line in words if line[0] == "FROM").removeprefix("python:").split("-")[0]
    assert environment.OLDEST <= tuple(map(int, version.split("."))) <= environment.NEWEST
    copied = [name for line in words if line[0] == "COPY" for name in line[1:-1]]
    assert copied and all((PROJECT_ROOT / name).exists() for name in copied)
    before = lines[: next(place for place, line in enumerate(lines) if line.startswith("RUN"))]
    needed = {"requirements.txt", "requirements.lock", "scripts", "autotrain/environment.py"}  # of setup.sh
    assert needed <= {name for line in before if line.startswith("COPY") for name in line.split()[1:-1]}
    begins = ast.literal_eval(next(line for line in lines if line.startswith("ENTRYPOINT")).partition(" ")[2])
    asked = ast.literal_eval(next(line for line in lines if line.startswith("CMD")).partition(" ")[2])
    assert begins == ["/heidi/.venv/bin/heidi"] and asked[0] in heidi.COMMANDS
    ignored = (PROJECT_ROOT / ".dockerignore").read_text().splitlines()
    assert {".venv", ".env", "autotrain/runs"} <= set(ignored) and not set(copied) & set(ignored)


def test_the_dev_container_sets_up_and_shows_the_doctor() -> None:
    read = json.loads((PROJECT_ROOT / ".devcontainer" / "devcontainer.json").read_text())
    setup, doctor = shlex.split(read["postCreateCommand"]), shlex.split(read["postAttachCommand"])
    assert all(os.access(PROJECT_ROOT / words[0], os.X_OK) for words in (setup, doctor))
    assert setup[1:] == ["--test"] and doctor[1] == "doctor"


def cells() -> list[str]:
    return ["".join(cell["source"]) for cell in json.loads(NOTEBOOK.read_text())["cells"]]


def shell_lines() -> list[str]:
    return [line[1:] for cell in cells() for line in cell.splitlines() if line.startswith("!")]


def test_the_notebook_has_three_cells_of_commands_that_exist() -> None:
    assert len(cells()) == 3
    for cell in cells():
        ast.parse("\n".join("" if line.startswith("!") else line for line in cell.splitlines()))
    for line in shell_lines():
        assert subprocess.run(["bash", "-n", "-c", line], check=False).returncode == 0
        words = shlex.split(line)
        if words[0].startswith("./"):
            assert os.access(PROJECT_ROOT / words[0], os.X_OK)
        if words[0].endswith("heidi.py"):
            assert words[1] in heidi.COMMANDS


def test_the_run_of_the_notebook_is_understood(tmp_path: Path) -> None:
    loop = Loop(make_project(tmp_path / "project"), tmp_path / "out", EVAL_SUITE="", FINAL_SUITES="")
    runs = [shlex.split(line) for line in shell_lines() if "heidi.py run" in line]
    assert runs
    for words in runs:
        flags = [word for word in words[2:] if word != "--dry-run"]
        command = [*words[:2], *flags, "--dry-run", "--out-dir", str(loop.out_dir)]
        done = subprocess.run(command, cwd=loop.project, env=loop.environment, capture_output=True, text=True)
        assert done.returncode == 0 and flags[-1] in done.stdout, done.stderr
