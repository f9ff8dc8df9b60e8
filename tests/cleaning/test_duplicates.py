"""Near duplicates and contamination: edited copies are found, other functions are left alone."""

import ast
import random
import sysconfig
from pathlib import Path

import numpy as np
import pytest
from sample_rows import REVIEW, review_sample, sample

from autotrain.cleaning.contamination import TINY_TASK, Reference
from autotrain.cleaning.duplicates import Index, describe, similar
from autotrain.cleaning.tokens import CODE, coded
from autotrain.evaluation.suites import load_suite
from autotrain.jsonl import Row
from autotrain.tasks.answers import extract_code


def _code_row(code: str, **options: object) -> Row:
    return sample(f"```python\n{code.rstrip()}\n```", **options)  # type: ignore[arg-type]


def _same(left: str, right: str) -> bool:
    features = describe([_code_row(left), _code_row(right)])
    return similar(features.document(0), features.document(1))


ORIGINAL = '''def merge(intervals, gap=3):
    """Join intervals that lie close together."""
    merged = []
    for start, end in sorted(intervals):
        if merged and start - merged[-1][1] <= gap:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def describe(intervals):
    return ", ".join(f"{start}-{end}" for start, end in intervals)
'''

EDITS = {
    "names": ORIGINAL.replace("intervals", "spans").replace("merged", "result").replace("gap", "slack"),
    "constants": ORIGINAL.replace("gap=3", "gap=11").replace('", "', '" and "'),
    "comments": ORIGINAL.replace("    merged = []", "    # what was joined so far\n    merged = []  # a list"),
    "docstring": ORIGINAL.replace('    """Join intervals that lie close together."""\n', ""),
    "layout": ast.unparse(ast.parse(ORIGINAL)),
    "order": "\n\n".join(reversed(ORIGINAL.split("\n\n\n"))),
    "parentheses": ORIGINAL.replace("return merged", "return (merged)").replace("start, end in", "(start, end) in"),
}


@pytest.mark.parametrize("edit", sorted(EDITS))
def test_an_edited_copy_is_a_duplicate(edit: str):
    assert _same(ORIGINAL, EDITS[edit])


def test_functions_that_do_different_things_are_no_duplicates():
    assert not _same(ORIGINAL, "def total(rows):\n    return sum(row.price * row.count for row in rows if row.paid)")
    assert not _same("def area(w, h):\n    return w * h", "def area(w, h):\n    return w + h")


def test_small_functions_of_one_shape_need_names_or_strings_in_common():
    left = 'def greet(name):\n    return join("hello", name)'
    assert _same(left, 'def greet(name):\n    return join("goodbye", name)')
    assert not _same(left, 'def path_of(user):\n    return locate("/home", user)')


def test_small_functions_that_differ_in_their_name_and_their_number_are_two_tasks():
    left = "def plus_eight(x):\n    return x + 8"
    assert not _same(left, "def plus_ten(x):\n    return x + 10")
    assert _same(left, "def add_eight(value):\n    return value + 8")


def _library_functions(count: int) -> list[str]:
    root = Path(sysconfig.get_paths()["stdlib"])
    functions: dict[str, str] = {}
    for path in sorted(root.glob("*.py")):
        source = path.read_text(encoding="utf-8", errors="replace")
        try:
            tree = ast.parse(source)
        except SyntaxError:
            continue
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and 200 < len(text := ast.unparse(node)) < 2000:
                functions.setdefault(text, text)
    chosen = random.Random(1).sample(sorted(functions), min(count, len(functions)))
    return chosen


class _Rename(ast.NodeTransformer):
    """Every local name of a function gets another, as a lazy copyist would do it."""

    def __init__(self, tree: ast.AST) -> None:
        names = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
        names |= {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        self.new = {name: f"renamed_{number}" for number, name in enumerate(sorted(names - {"self", "cls"}))}

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.copy_location(ast.Name(self.new.get(node.id, node.id), node.ctx), node)

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.arg = self.new.get(node.arg, node.arg)
        return node


def _edited(code: str, number: int) -> str:
    tree = ast.parse(code)
    if number % 3 == 0:
        tree = _Rename(tree).visit(tree)
    elif number % 3 == 1:
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and type(node.value) is int:
                node.value += 7
    text = ast.unparse(tree)
    return text.replace(":\n", ":  # as before\n", 1) if number % 3 == 2 else text


def test_planted_duplicates_are_found_and_few_distinct_functions_are_merged():
    base = _library_functions(600)
    planted = [_edited(code, number) for number, code in enumerate(base)]
    rows = [_code_row(code) for code in base + planted]
    with Index() as index:
        index.add(describe(rows))
        ranks = np.zeros(len(rows), np.int64)
        gone = index.resolve(ranks)
    merged = sum(row in gone for row in range(len(base)))
    found = sum(row in gone for row in range(len(base), len(rows)))
    assert found >= 0.97 * len(planted)
    assert merged <= 0.05 * len(base)


def test_the_row_of_lower_rank_stays_and_is_named():
    rows = [_code_row(ORIGINAL), _code_row(EDITS["names"]), _code_row(EDITS["layout"])]
    with Index() as index:
        index.add(describe(rows))
        assert index.resolve(np.array([2, 1, 3])) == {0: (1, "near"), 2: (1, "near")}


def test_references_stay_whatever_their_rank():
    rows = [_code_row(ORIGINAL), _code_row(EDITS["names"])]
    with Index() as index:
        index.add(describe(rows))
        assert index.resolve(np.array([9, 1]), references=1) == {1: (0, "near")}


def test_one_review_of_two_programs_is_no_duplicate():
    left, right = review_sample(), review_sample()
    right["input"] = "1 def join(parts, mark):\n2     text = mark.join(parts)\n3     return text.strip().lower()"
    features = describe([left, right])
    assert left["output"] == right["output"] == REVIEW
    assert not similar(features.document(0), features.document(1))


def test_the_same_code_for_another_kind_of_task_is_kept():
    rows = [_code_row(ORIGINAL), _code_row(ORIGINAL, task_type="refactoring", input_text=ORIGINAL)]
    with Index() as index:
        index.add(describe(rows))
        assert index.resolve(np.zeros(2, np.int64)) == {}


def _suite() -> list[Row]:
    return load_suite("heidi-core").rows


def test_a_task_of_the_suite_is_recognised_by_its_code_even_renamed_and_inside_more_code():
    # Shorter code is the language's vocabulary: it is recognised by the task's own names, or by its wording.
    tasks = [
        (task, code)
        for task in _suite()
        if (code := extract_code(task["output"], task["metadata"]["response_format"], task["metadata"]["task_type"]))
        and np.count_nonzero(coded([code], CODE).codes)
        >= CODE.gram + 2 * TINY_TASK  # distinct n-grams count, which are fewer
    ]
    rows = [
        _code_row(f"{ORIGINAL}\n\n{ast.unparse(_Rename(tree).visit(tree))}", instruction="Something else entirely.")
        for _, code in tasks
        for tree in (ast.parse(code),)
    ]
    assert len(tasks) >= 0.25 * sum(row["metadata"]["response_format"] == "code" for row in _suite())
    hits = Reference([task for task, _ in tasks]).hits(rows)
    assert sum(hit is not None for hit in hits) >= 0.99 * len(rows)


def test_a_one_liner_is_a_task_only_with_the_tasks_own_names():
    task = {**_code_row("def hottest(degrees):\n    return max(degrees)"), "id": "suite/hottest"}
    same = _code_row(f"{ORIGINAL}\n\ndef hottest(degrees):\n    return max(degrees)", instruction="Another thing.")
    other = _code_row("def dearest(prices):\n    return max(prices)", instruction="Another thing.")
    held, free = Reference([task]).hits([same, other])
    assert held is not None and free is None


def test_a_task_of_the_suite_is_recognised_by_its_wording_and_named():
    task = max((row for row in _suite() if not row["input"]), key=lambda row: len(row["instruction"]))
    row = _code_row("def other():\n    return 1", instruction=f"Please: {task['instruction']} Thank you.")
    (hit,) = Reference(_suite()).hits([row])
    assert hit is not None
    assert hit[0] == task["id"]


def test_other_functions_do_not_count_as_contamination():
    rows = [_code_row(code, instruction="Write this function.") for code in _library_functions(400)]
    hits = Reference(_suite()).hits(rows)
    assert sum(hit is not None for hit in hits) <= 0.02 * len(rows)


def test_a_short_task_is_recognised_by_its_text_whatever_its_names():
    task = {**_code_row('def greeting(name):\n    return f"Good day, {name}!"'), "id": "suite/greeting"}
    held = _code_row(f"{ORIGINAL}\n\ndef say(who):\n    return f'Good day, {{who}}!'", instruction="Another thing.")
    other = _code_row('def say(who):\n    return f"Good night, {who}!"', instruction="Another thing.")
    assert Reference([task]).hits([held, other]) == [("suite/greeting", "holds the task's code"), None]


def test_tests_of_another_function_are_no_contamination():
    asserts = 'assert {0}("{1}") == {2}\nassert {0}("{3}") == {4}\nassert {0}("{5}") == {6}'
    task = {**_code_row(asserts.format("units", ".", 1, "-", 3, "..", 3)), "id": "suite/units"}
    held = _code_row(asserts.format("units", "a", 1, "b", 3, "c", 3), instruction="Another thing.")
    other = _code_row(asserts.format("total", "7", 9, "1-2", 3, "x", 5), instruction="Another thing.")
    found, nothing = Reference([task]).hits([held, other])
    assert found is not None
    assert nothing is None


def test_near_duplicates_with_new_names_and_new_texts_are_told_by_what_they_call():
    left = 'def load(path):\n    return parse(read_text(path.strip(), "utf-8"))'
    assert _same(left, 'def fetch(place):\n    return parse(read_text(place.strip(), "latin-1"))')
    assert not _same(left, 'def fetch(place):\n    return build(make_wall(place.strip(), "latin-1"))')
