"""The command `heidi`: a word for each script, before anything is installed and after `pip install -e .`."""

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest
import setuptools
from loop_support import Loop, make_project

from autotrain import heidi
from autotrain.config.settings import PROJECT_ROOT

SCRIPT = PROJECT_ROOT / "scripts" / "heidi.py"


def said(*words: str) -> "subprocess.CompletedProcess[str]":
    # -S: without any package, as on a machine where nothing is installed yet.
    return subprocess.run([sys.executable, "-S", str(SCRIPT), *words], capture_output=True, text=True, check=False)


def test_help_needs_no_package_and_names_every_command() -> None:
    done = said("--help")
    assert done.returncode == 0 and all(f"  {name} " in done.stdout for name in heidi.COMMANDS)


def test_an_unknown_command_gets_a_suggestion_and_code_2() -> None:
    done = said("statsu")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "heidi: error: there is no command statsu. Did you mean heidi status?\n"
    assert said("xyzzy").stderr.endswith("See heidi --help.\n") and said().returncode == 2


@pytest.mark.parametrize("name", heidi.COMMANDS)
def test_each_command_is_a_script_or_a_module_of_the_project(name: str) -> None:
    first, *rest = heidi.COMMANDS[name].words
    place = rest[0].replace(".", "/") if first == "-m" else first
    assert any((PROJECT_ROOT / one).is_file() for one in (place, f"{place}.py", f"{place}/__main__.py"))


def test_a_command_is_the_script_with_its_flags_and_its_exit_code(tmp_path: Path) -> None:
    loop = Loop(make_project(tmp_path / "project"), tmp_path / "out")
    command = [sys.executable, str(loop.project / "scripts" / "heidi.py")]

    def run(*words: str) -> "subprocess.CompletedProcess[str]":
        where = ["--out-dir", str(loop.out_dir)]
        return subprocess.run(
            [*command, *words, *where], cwd=loop.project, env=loop.environment, capture_output=True, text=True
        )

    assert run("stop").returncode == 2  # no run yet: loop.sh's own answer
    assert run("run", "--rounds", "1", "--stage", "promote").returncode == 0
    assert "completed" in run("status").stdout and loop.root.name in run("list").stdout
    assert "./scripts/loop.sh" in run("pause").stderr + run("status").stdout
    assert "headline" in run("dashboard", "--json").stdout


def test_an_editable_installation_into_a_fresh_environment_gives_the_command(tmp_path: Path) -> None:
    project = make_project(tmp_path / "project")
    (project / ".venv").unlink()
    for name in ("pyproject.toml", "requirements.txt", "README.md", "LICENSE"):
        shutil.copy(PROJECT_ROOT / name, project / name)
    backend = tmp_path / "backend"  # what an isolated build would fetch
    backend.mkdir()
    site = Path(setuptools.__file__).parents[1]
    for path in (site / "setuptools", site / "_distutils_hack", *site.glob("setuptools-*.dist-info")):
        (backend / path.name).symlink_to(path)
    venv.create(tmp_path / "fresh", with_pip=True)
    environ = {name: value for name, value in os.environ.items() if not name.startswith("HEIDI")}
    environ |= {"PYTHONPATH": str(backend), "PIP_NO_INDEX": "1"}
    install = ["-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "-e", str(project)]
    done = subprocess.run(
        [str(tmp_path / "fresh/bin/python"), *install], env=environ, cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    command = [str(tmp_path / "fresh/bin/heidi"), "--help"]
    shown = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert shown.returncode == 0 and "heidi COMMAND" in shown.stdout, shown.stderr
    told = (next((tmp_path / "fresh").rglob("heidi_autotraining-*.dist-info")) / "METADATA").read_text()
    assert "Requires-Dist: transformers==" in told and "Requires-Python: <3.14,>=3.10" in told
