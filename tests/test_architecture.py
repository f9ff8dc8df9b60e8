"""The drawing of the imports: read from the code with ast, held to the order of rooms in docs/architecture.md."""

import ast
import re
import subprocess
import sys

import pytest

from autotrain.config.settings import PROJECT_ROOT

MOST_ROOMS = 26
PAGE = (PROJECT_ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
ROOMS = re.findall(r"^\| `(\w+)/?` \|", PAGE.split("## Every module")[0], re.M)
MODULES = {
    ".".join(path.relative_to(PROJECT_ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in (PROJECT_ROOT / "autotrain").rglob("*.py")
    if not {"runs", "__pycache__"} & set(path.parts[len(PROJECT_ROOT.parts) :])
}


def imports_of(module: str) -> set[str]:
    """The modules of ours that a module imports, also inside functions and for types alone."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            inner = {f"{node.module}.{name.name}" for name in node.names}
            found |= {name if name in MODULES else node.module for name in inner}
    return found & MODULES.keys() - {module}


ARROWS = {module: imports_of(module) for module in MODULES}


def room(module: str) -> str:
    return module.split(".")[1] if "." in module else module


def circles(arrows: dict[str, set[str]]) -> list[str]:
    """What remains when everything that imports nothing of the rest is taken away, again and again."""
    left = dict(arrows)
    while free := [name for name, found in left.items() if not found & left.keys()]:
        for name in free:
            del left[name]
    return sorted(left)


def test_no_circle_between_files() -> None:
    assert len(MODULES) > 150
    assert circles(ARROWS) == []


def test_a_circle_would_be_found() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": set()}) == ["a", "b", "c"]


def test_a_room_imports_only_from_rooms_above_it_in_the_page() -> None:
    order = {name: place for place, name in enumerate(ROOMS)}
    wrong = [
        (module, target)
        for module, found in ARROWS.items()
        for target in found
        if room(module) != room(target) and order[room(module)] < order[room(target)]
    ]
    assert wrong == []


def test_the_page_names_every_room_and_no_other_and_they_are_few() -> None:
    assert sorted(ROOMS) == sorted({room(module) for module in MODULES} - {"autotrain"})
    assert len(ROOMS) <= MOST_ROOMS


def test_the_page_names_every_module() -> None:
    named = set(re.findall(r"^\| `([\w/]+)` \|", PAGE.split("## Every module")[1], re.M))
    own = {"/".join(module.split(".")[1:]) for module, path in MODULES.items() if path.name != "__init__.py"}
    assert named == own


@pytest.mark.parametrize(
    "module", ["loop.control", "heidi", "menu.app", "dashboard.__main__", "report.write", "doctor"]
)
def test_commands_that_only_ask_or_look_answer_without_the_heavy_libraries(module: str) -> None:
    heavy = "{'torch', 'transformers', 'datasets'} & set(sys.modules)"
    code = f"import sys, autotrain.{module}; sys.exit(' '.join({heavy}) or 0)"
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT_ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
