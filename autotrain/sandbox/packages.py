"""Which files the packages named in SANDBOX_PACKAGES (and TEACHER_LIBRARIES) bring, installed or editable."""

import ast
import importlib.metadata
import re
from collections.abc import Iterator
from pathlib import Path

from autotrain.errors import UsageError


def locate_packages(names: tuple[str, ...]) -> list[tuple[str, str]]:
    """`(name, path)` of every top-level module that these installed packages and what they require bring."""
    found: dict[str, str] = {}
    waiting, seen = list(names), set()
    while waiting:
        name = waiting.pop()
        if name.lower() in seen:
            continue
        seen.add(name.lower())
        try:
            distribution = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            if name in names:
                raise UsageError(
                    f"SANDBOX_PACKAGES or TEACHER_LIBRARIES: {name} is not installed in this environment."
                ) from None
            continue
        for requirement in distribution.requires or []:
            if "extra ==" not in requirement:
                waiting.append(re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0])
        modules = dict(_modules(distribution))
        if not modules and name in names:
            raise UsageError(f"SANDBOX_PACKAGES: {name} is installed, but where its modules lie cannot be told.")
        found |= modules
    return sorted(found.items())


def _modules(distribution: importlib.metadata.Distribution) -> Iterator[tuple[str, str]]:
    for file in distribution.files or []:
        top = file.parts[0]
        path = Path(str(distribution.locate_file(top))).resolve()
        if len(file.parts) == 1 and top.endswith(".pth"):
            yield from _listed_in(path, distribution)
        elif len(file.parts) == 1 and top.startswith("__editable__") and top.endswith("_finder.py"):
            yield from _mapped_in(path)
        elif top not in ("..", "__pycache__") and not top.endswith(".dist-info"):
            yield top, str(path)


def _listed_in(pth: Path, distribution: importlib.metadata.Distribution) -> Iterator[tuple[str, str]]:
    """The modules of an editable install that names folders: those that the package says are its own, or all."""
    own = set((distribution.read_text("top_level.txt") or "").split())
    own = own or {re.sub(r"[-_.]+", "_", distribution.metadata["Name"]).lower()}
    for line in pth.read_text(encoding="utf-8").splitlines():
        folder = Path(line.strip())
        if line.startswith(("import ", "#")) or not line.strip() or not folder.is_dir():
            continue
        entries = [path for path in folder.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()]
        chosen = [path for path in entries if path.stem in own]
        for path in chosen or entries:
            yield path.name, str(path.resolve())


def _mapped_in(finder: Path) -> Iterator[tuple[str, str]]:
    """The modules of an editable install by setuptools, which writes a finder with a table of them."""
    for node in ast.parse(finder.read_text(encoding="utf-8")).body:
        if not isinstance(node, (ast.Assign, ast.AnnAssign)) or node.value is None:
            continue
        target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
        if isinstance(target, ast.Name) and target.id == "MAPPING":
            for name, place in ast.literal_eval(node.value).items():
                path = Path(place)
                path = path if path.is_dir() else path.with_suffix(".py")
                if "." not in name and path.exists():
                    yield path.name, str(path.resolve())
