"""Where the files of packages lie, installed or editable."""

import sys
from pathlib import Path

import pytest

from autotrain.errors import UsageError
from autotrain.sandbox import Job, Sandbox
from autotrain.sandbox.packages import locate_packages


def install(site: Path, name: str, files: dict[str, str], **metadata: str) -> None:
    """What pip leaves of a package: its files, and a folder that lists them."""
    information = f"{name.replace('-', '_')}-1.0.dist-info"
    files = {**files, f"{information}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"}
    files |= {f"{information}/{key}.txt": text for key, text in metadata.items()}
    for path, text in files.items():
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_text(text)
    (site / information / "RECORD").write_text("".join(f"{path},,\n" for path in files))


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "site-packages"
    folder.mkdir()
    monkeypatch.setattr(sys, "path", [str(folder), *sys.path])
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A package's source, with what lies beside it."""
    source = tmp_path / "project" / "src" / "my_tool"
    source.mkdir(parents=True)
    (source / "__init__.py").write_text("VALUE = 5\n")
    (source.parent / "setup.py").write_text("")
    return source


def test_an_editable_package_that_names_a_folder_is_found(site: Path, project: Path) -> None:
    install(site, "my-tool", {"_my_tool.pth": f"{project.parent}\n"})
    assert locate_packages(("my-tool",)) == [("my_tool", str(project))]


def test_an_editable_package_says_itself_what_is_its_own(site: Path, project: Path) -> None:
    install(site, "other-name", {"__editable__.other.pth": f"{project.parent}\n"}, top_level="my_tool\n")
    assert locate_packages(("other-name",)) == [("my_tool", str(project))]


def test_an_editable_package_with_a_finder_is_found(site: Path, project: Path) -> None:
    single = project.parent / "single.py"
    single.write_text("VALUE = 6\n")
    table = {"my_tool": str(project), "single": str(single.with_suffix(""))}
    finder = f"MAPPING: dict[str, str] = {table!r}\nNAMESPACES: dict[str, list] = {{}}\n"
    files = {"__editable___t_finder.py": finder, "__editable__.t.pth": "import __editable___t_finder\n"}
    install(site, "t", files)
    assert locate_packages(("t",)) == [("my_tool", str(project)), ("single.py", str(single))]


def test_a_package_whose_modules_cannot_be_found_is_a_usage_error(site: Path) -> None:
    install(site, "nowhere", {"nowhere.pth": "/no/such/folder\n"})
    with pytest.raises(UsageError, match="cannot be told"):
        locate_packages(("nowhere",))


def test_a_program_imports_an_editable_package(site: Path, project: Path) -> None:
    install(site, "my-tool", {"_my_tool.pth": f"{project.parent}\n"})
    with Sandbox(workers=1, packages=("my-tool",)) as sandbox:
        assert sandbox.check(Job("import my_tool\nassert my_tool.VALUE == 5")).status == "passed"
