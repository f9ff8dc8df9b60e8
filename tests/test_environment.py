"""The environment check that decides whether .venv has to be made, mended or left alone."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autotrain import environment
from autotrain.config.settings import PROJECT_ROOT

SETUP = PROJECT_ROOT / "scripts" / "setup.sh"


def installed(tmp_path: Path, name: str, version: str, *, record: bool = True, source: bool = True) -> None:
    info = tmp_path / f"{name}-{version}.dist-info"
    info.mkdir()
    if record:
        (info / "RECORD").write_text(f"{name}/__init__.py,,\n{name}-{version}.dist-info/RECORD,,\n")
    if source:
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").touch()


@pytest.fixture
def requirements(tmp_path: Path) -> str:
    path = tmp_path / "requirements.txt"
    path.write_text("# a comment\nGood-Thing==1.0\nold==2.0 ; python_version < '3.0'\n")
    return str(path)


def test_what_is_whole_is_not_missing(tmp_path: Path, requirements: str) -> None:
    installed(tmp_path, "good_thing", "1.0+cpu")
    assert environment.missing(str(tmp_path), [requirements]) == []


@pytest.mark.parametrize(
    "damage",
    [
        {"version": "0.9"},
        {"version": "1.0", "record": False},  # pip was killed before it wrote the record
        {"version": "1.0", "source": False},  # the package's folder was removed
    ],
)
def test_another_version_and_half_an_installation_are_missing(tmp_path: Path, requirements: str, damage: dict) -> None:
    installed(tmp_path, "good_thing", **damage)
    assert environment.missing(str(tmp_path), [requirements]) == ["good_thing"]


def test_a_marker_that_does_not_apply_is_left_out(requirements: str) -> None:
    assert environment.pins(requirements) == [("good_thing", "1.0")]


def test_every_line_of_the_requirements_is_an_exact_pin() -> None:
    for path in ("requirements.txt", "tests/requirements.txt", "scripts/requirements-embedded.txt"):
        lines = [line for line in (PROJECT_ROOT / path).read_text().splitlines() if line and not line.startswith("#")]
        assert all("==" in line for line in lines), path


def test_an_unfit_interpreter_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 1, "final", 0))
    assert "3.10 to 3.13 is needed" in (environment.problem_of_interpreter() or "")


def test_a_missing_venv_module_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment.importlib.util, "find_spec", lambda name: None)
    major, minor = sys.version_info[:2]
    assert f"apt install python{major}.{minor}-venv" in (environment.problem_of_interpreter() or "")


def test_setting_up_again_does_nothing_and_says_nothing() -> None:
    done = subprocess.run([str(SETUP)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what setup.sh needs, and a `python` that finds nothing installed and says yes to all else."""
    for folder in ("scripts", "autotrain", ".venv/bin"):
        (tmp_path / folder).mkdir(parents=True)
    names = ("scripts/setup.sh", "scripts/requirements-embedded.txt", "autotrain/environment.py", "requirements.lock")
    for name in names:
        shutil.copy(PROJECT_ROOT / name, tmp_path / name)
    shutil.copy(PROJECT_ROOT / "requirements.txt", tmp_path / "requirements.txt")
    python = tmp_path / "python"
    python.write_text('#!/bin/sh\ncase "$*" in *requirements*.txt*requirements*) exit 1 ;; esac\n')
    python.chmod(0o755)
    (tmp_path / ".venv" / "precious").touch()
    return tmp_path


def set_up(project: Path) -> "subprocess.CompletedProcess[str]":
    environ = {**os.environ, "PYTHON": str(project / "python")}
    return subprocess.run(
        [str(project / "scripts" / "setup.sh")], capture_output=True, text=True, check=False, env=environ
    )


def test_an_environment_that_setup_did_not_make_is_never_cleared(project: Path) -> None:
    done = set_up(project)
    assert done.returncode == 2 and "was not made by this script" in done.stderr
    assert (project / ".venv" / "precious").exists()


@pytest.mark.parametrize("command", ["", "command = /usr/bin/python3 -m venv --clear {}"])
def test_an_environment_that_works_is_completed_and_not_made_again(project: Path, command: str) -> None:
    (project / ".venv" / "bin" / "python").symlink_to(project / "python")
    (project / ".venv" / "pyvenv.cfg").write_text(command.format(project / ".venv"))
    said = set_up(project).stderr
    assert "Installing the packages" in said and "Making" not in said
    assert (project / ".venv" / "precious").exists()


def test_a_broken_environment_of_an_earlier_setup_is_made_again(project: Path) -> None:
    cfg = project / ".venv" / "pyvenv.cfg"
    cfg.write_text(f"home = /gone\ncommand = /usr/bin/python3 -m venv --clear {project / '.venv'}\n")
    said = set_up(project).stderr
    assert "Making" in said and not cfg.exists()


def test_the_newest_libraries_stand_beside_the_other_pins() -> None:
    pinned, latest = (dict(environment.pins(str(PROJECT_ROOT / f"requirements{name}.txt"))) for name in ("", "-latest"))
    assert pinned.keys() == latest.keys()
    newer = {name for name in pinned if pinned[name] != latest[name]}
    assert newer == {"transformers", "peft", "trl", "accelerate", "tokenizers"}
