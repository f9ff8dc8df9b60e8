"""How many planted near duplicates and held tasks stage 02 finds, and how many distinct functions it takes for such.

Functions of the standard library are copied with changed names, constants, comments, layout and
order; tasks of heidi-core are hidden the same way in other samples, or only their wording is.

    python tests/benchmarks/bench_duplicates.py [--functions 8000] [--planted 4000]
"""

import argparse
import ast
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support"), str(Path(__file__).parent)]

from bench_cleaning import functions  # noqa: E402
from sample_rows import sample  # noqa: E402

from autotrain.cleaning.contamination import Reference  # noqa: E402
from autotrain.cleaning.duplicates import Index, describe  # noqa: E402
from autotrain.evaluation.suites import load_suite  # noqa: E402
from autotrain.jsonl import Row  # noqa: E402
from autotrain.tasks.samples import extract_code  # noqa: E402

WORDS = "alpha beta gamma item amount data result temporary node current left right width buffer entry spec".split()


class _Renamed(ast.NodeTransformer):
    """Other names for everything that the code binds itself."""

    def __init__(self, tree: ast.AST, rng: random.Random) -> None:
        bound: set[str] = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.arg):
                bound.add(node.arg)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                bound.add(node.id)
            elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                bound.add(node.name)
        self._new = {
            name: f"{rng.choice(WORDS)}_{number}" for number, name in enumerate(sorted(bound - {"self", "cls"}))
        }

    def visit_Name(self, node: ast.Name) -> ast.AST:
        node.id = self._new.get(node.id, node.id)
        return node

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.arg = self._new.get(node.arg, node.arg)
        return self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.name = self._new.get(node.name, node.name)
        return self.generic_visit(node)

    visit_AsyncFunctionDef = visit_FunctionDef  # pyright: ignore[reportAssignmentType]


class _Constants(ast.NodeTransformer):
    """Other numbers and texts; docstrings and format strings as they are."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if type(node.value) is int:
            node.value += self._rng.randrange(1, 50)
        elif type(node.value) is str:
            node.value += self._rng.choice([" more", "!", "_2"])
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        return node


def _renamed(code: str, rng: random.Random) -> str:
    tree = ast.parse(code)
    return ast.unparse(ast.fix_missing_locations(_Renamed(tree, rng).visit(tree)))


def _other_constants(code: str, rng: random.Random) -> str:
    return ast.unparse(ast.fix_missing_locations(_Constants(rng).visit(ast.parse(code))))


def _commented(code: str, rng: random.Random) -> str:
    lines = [
        f"{line}  # {rng.choice(WORDS)}" if line.endswith((":", ")")) and rng.random() < 0.4 else line
        for line in code.splitlines()
    ]
    return "\n".join(lines)


def _laid_out(code: str, rng: random.Random) -> str:
    return ast.unparse(ast.parse(code)).replace("    ", "  ")


EDITS: dict[str, tuple[Callable[[str, random.Random], str], ...]] = {
    "names": (_renamed,),
    "constants": (_other_constants,),
    "comments": (_commented,),
    "layout": (_laid_out,),
    "names, layout": (_renamed, _laid_out),
    "names, constants": (_renamed, _other_constants),
    "names, comments": (_renamed, _commented),
}


def _edited(code: str, edits: tuple[Callable[[str, random.Random], str], ...], rng: random.Random) -> str | None:
    for edit in edits:
        code = edit(code, rng)
    try:
        ast.parse(code)
    except SyntaxError:
        return None
    return code


def _row(code: str, instruction: str = "Write the function that is described in the chapter before.") -> Row:
    return sample(f"```python\n{code.rstrip()}\n```", instruction=instruction)


def _distinct_functions(count: int) -> Iterator[str]:
    chosen = [text for text in functions() if 80 <= len(text) <= 3000]
    random.Random(5).shuffle(chosen)
    seen: set[str] = set()
    for text in chosen:
        try:
            shape = ast.dump(ast.parse(text))
        except SyntaxError:
            continue
        if shape not in seen and len(seen) < count:
            seen.add(shape)
            yield text


def _gone(rows: list[Row], references: int) -> dict[int, tuple[int, str]]:
    with Index() as index:
        for start in range(0, len(rows), 512):
            index.add(describe(rows[start : start + 512]))
        return index.resolve(np.zeros(len(rows), np.int64), references)


def near_duplicates(base: list[str], count: int) -> None:
    rng = random.Random(6)
    planted: list[tuple[str, str]] = []
    for number in range(count):
        name = list(EDITS)[number % len(EDITS)]
        text = _edited(rng.choice(base), EDITS[name], rng)
        if text is not None:
            planted.append((name, text))
    pairs = [rng.sample(base, 2) for _ in range(count // 8)]
    swapped = [("order", f"{right}\n\n\n{left}") for left, right in pairs]
    rows = [_row(text) for text in base] + [_row(f"{left}\n\n\n{right}") for left, right in pairs]
    copies = planted + swapped
    gone = _gone(rows + [_row(text) for _, text in copies], len(rows))
    total, found = Counter(name for name, _ in copies), Counter[str]()
    found.update(name for place, (name, _) in enumerate(copies, len(rows)) if place in gone)
    print(f"near duplicates found   {found.total() / total.total():.4f} of {total.total()}")
    for name in total:
        print(f"    {name:<19} {found[name] / total[name]:.4f} of {total[name]}")
    print(f"distinct merged         {len(_gone([_row(text) for text in base], 0)) / len(base):.4f} of {len(base)}")


def contamination(base: list[str]) -> None:
    rng = random.Random(7)
    suite = load_suite("heidi-core").rows
    reference = Reference(suite)
    rows: list[Row] = []
    for number, task in enumerate(suite):
        metadata = task["metadata"]
        code = extract_code(task["output"], metadata["response_format"], metadata["task_type"])
        for edits in EDITS.values() if code else ():
            text = _edited(code or "", edits, rng)
            if text is not None:
                rows.append(_row(text if number % 2 else f"{rng.choice(base)}\n\n\n{text}"))
    hits = reference.hits(rows)
    print(f"tasks found by code     {sum(map(bool, hits)) / len(rows):.4f} of {len(rows)}")
    rows = [
        {**_row("def other():\n    return 1", f"Please help. {task['instruction']} Thank you."), "input": task["input"]}
        for task in suite
    ]
    print(f"tasks found by wording  {sum(map(bool, reference.hits(rows))) / len(rows):.4f} of {len(rows)}")
    rows = [_row(text) for text in base]
    print(f"false alarms, library   {sum(map(bool, reference.hits(rows))) / len(rows):.4f} of {len(rows)}")
    from autotrain.teacher.builtin import generate

    rows = [row for _, row in zip(range(1000), generate(seed=3, round_number=1, timestamp=""), strict=False)]
    print(f"false alarms, builtin   {sum(map(bool, reference.hits(rows))) / len(rows):.4f} of {len(rows)}")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--functions", type=int, default=8000)
    parser.add_argument("--planted", type=int, default=4000)
    arguments = parser.parse_args()
    base = list(_distinct_functions(arguments.functions))
    near_duplicates(base, arguments.planted)
    contamination(base)
    return 0


if __name__ == "__main__":
    sys.exit(main())
