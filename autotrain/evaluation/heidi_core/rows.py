"""From a task as written to a row: instruction, input, reference answer, tests and wrong answers.

Pure: one function for each kind of task, each returning what is its own. A wrong answer that
every task of a kind must reject (the code as given, an approval, a test that tests nothing) is
made here, so that no author can forget it.
"""

import ast
from typing import Any

import orjson

from autotrain.errors import DataError
from autotrain.evaluation.heidi_core.notation import KINDS, Task, apply_edits
from autotrain.jsonl import Row

TIMESTAMP = "2025-01-01T00:00:00+00:00"  # the tasks are written, not generated; a fixed date keeps the hash

COMPLETE = "Complete the function. Give the whole function."
REVIEW = "Review this code. Lines are numbered. If a line is faulty, report that one line; if nothing is, approve."
TESTS = "Write assert statements, one a line, that test `{name}`. They must pass on this code and fail on faulty code."


def build_row(task: Task) -> Row:
    """The row of a task. Raises DataError, naming the task, where something is missing."""
    parts = _BUILDERS[task.kind](task)
    response_format = parts.pop("response_format", "code")
    answer, wrong = parts.pop("answer"), parts.pop("wrong")
    if len(wrong) < 2:
        raise DataError(f"{task.where}: task {task.name} has {len(wrong)} wrong answers; two are needed.")
    return {
        "id": f"heidi-core/{task.family}/{task.kind}/{task.name}",
        "instruction": parts["instruction"],
        "input": parts.get("input", ""),
        "output": answer,
        "metadata": {
            "task_type": KINDS[task.kind],
            "round": 0,
            "timestamp": TIMESTAMP,
            "teacher_model": "heidi-core",
            "response_format": response_format,
            "difficulty": task.difficulty,
            "family": task.family,
            "split": task.split,
        },
        "entry_point": task.name,
        "tests": parts["tests"],
        "wrong": wrong,
    }


def fenced(code: str) -> str:
    """Code as a model answers it."""
    return f"```python\n{code}\n```"


def _completion(task: Task) -> dict[str, Any]:
    parts = _algorithm(task)
    if "input" in task.sections:
        return parts
    text = parts["instruction"]
    quoted = text if "\n" not in text else text + "\n"
    head = _signature(task)
    return {**parts, "instruction": COMPLETE, "input": f'{head}\n    """{_indent(quoted)}"""'}


def _algorithm(task: Task) -> dict[str, Any]:
    code = task.one("answer")
    return {
        "instruction": task.text,
        "input": "\n".join(task.many("input")),
        "answer": fenced(code),
        "wrong": [fenced(wrong) for wrong in _variants(task, code)],
        "tests": _asserts(task),
    }


def _fix(task: Task) -> dict[str, Any]:
    code = task.one("answer")
    broken = apply_edits(code, task.one("bug"), task.where)
    shown = broken + "".join(f"\n\n# This fails:\nassert {line}" for line in task.many("failing"))
    wrong = [broken, *_variants(task, code)]
    parts: dict[str, Any] = {"instruction": task.text, "input": shown, "tests": _asserts(task)}
    if not task.as_json:
        return {**parts, "answer": fenced(code), "wrong": [fenced(text) for text in wrong]}
    note = task.one("note")
    answers = [orjson.dumps({"bug": note, "fixed_code": text}).decode() for text in [code, *wrong]]
    return {**parts, "response_format": "json", "answer": answers[0], "wrong": answers[1:]}


def _refactor(task: Task) -> dict[str, Any]:
    parts = _algorithm(task)
    return {**parts, "wrong": [fenced(task.one("input")), *parts["wrong"]]}


def _tests(task: Task) -> dict[str, Any]:
    code = task.one("input")
    answer = "\n".join(f"assert {line}" for line in task.one("answer").splitlines())
    mutants = [apply_edits(code, edits, task.where) for edits in task.many("mutant")]
    if len(mutants) < 2:
        raise DataError(f"{task.where}: task {task.name} has {len(mutants)} mutants; two are needed.")
    nothing = f"assert callable({task.name})"
    return {
        "instruction": task.text or TESTS.format(name=task.name),
        "input": code,
        "answer": fenced(answer),
        "wrong": [fenced(wrong) for wrong in [nothing, answer.splitlines()[0], *_variants(task, answer)]],
        "tests": {"kind": "mutants", "reference": code, "mutants": mutants},
    }


def _review(task: Task) -> dict[str, Any]:
    lines = task.one("input").splitlines()
    marked = task.many("line")
    note = task.one("note")
    number = lines.index(marked[0]) + 1 if marked else None
    if marked and lines.count(marked[0]) != 1:
        raise DataError(f"{task.where}: the faulty line must stand in the code once.")

    def review(faulty: int | None, message: str) -> str:
        issues = [] if faulty is None else [{"line": faulty, "severity": "high", "message": message}]
        verdict = "approve" if faulty is None else "request_changes"
        return orjson.dumps({"verdict": verdict, "issues": issues, "summary": message}).decode()

    others = [line for line in (1, len(lines)) if number is None or abs(line - number) > 1]
    wrong = [review(line, "This line is faulty.") for line in others]
    if number is not None:
        wrong.append(review(None, "The code is right."))
        wrong.append(review(number, note).replace('"request_changes"', '"approve"'))
    return {
        "instruction": f"{task.text}\n{REVIEW}" if task.text else REVIEW,
        "input": "\n".join(f"{position}: {line}" for position, line in enumerate(lines, start=1)),
        "response_format": "json",
        "answer": review(number, note),
        "wrong": wrong,
        "tests": {"kind": "review", "line": number},
    }


def _text(task: Task) -> dict[str, Any]:
    answer = task.one("answer")
    required = [line for text in task.many("all") for line in text.splitlines()]
    if not required:
        raise DataError(f"{task.where}: task {task.name} has no :all.")
    tests: dict[str, Any] = {"kind": "contains", "all": [line.replace("\\n", "\n") for line in required]}
    forbidden = [line for text in task.many("none") for line in text.splitlines()]
    if forbidden:
        tests["none"] = forbidden
    return {
        "instruction": task.text,
        "input": "\n".join(task.many("input")),
        "response_format": "text",
        "answer": answer,
        "wrong": _variants(task, answer),
        "tests": tests,
    }


_BUILDERS = {
    "completion": _completion,
    "algorithm": _algorithm,
    "fix": _fix,
    "refactor": _refactor,
    "tests": _tests,
    "review": _review,
    "document": _text,
    "explain": _text,
}


def _variants(task: Task, text: str) -> list[str]:
    """The wrong answers of a task: edits of the right one, or whole answers."""
    return [
        apply_edits(text, wrong, task.where) if "\n" not in wrong and " =>" in wrong else wrong
        for wrong in task.many("wrong")
    ]


def _asserts(task: Task) -> dict[str, Any]:
    """`call == value`, `raises Error: call`, or `| statement` as it stands."""
    lines: list[str] = []
    count = 0
    for line in task.one("tests").splitlines():
        if line.startswith("| "):
            lines.append(line[2:])
            continue
        count += 1
        if line.startswith("raises "):
            error, _, call = line.removeprefix("raises ").partition(": ")
            lines += ["try:", f"    {call}", f"except {error}:", "    pass", "else:"]
            lines.append(f"    assert False, {f'{call} raises no {error}'!r}")
        else:
            lines.append(f"assert {line}")
    code = "\n".join(lines)
    try:
        ast.parse(code)
    except SyntaxError as error:
        raise DataError(f"{task.where}: tests of {task.name}: {error.msg} in {error.text!r}.") from None
    return {"kind": "asserts", "code": code, "n": count}


def _signature(task: Task) -> str:
    code = task.one("answer")
    for line in code.splitlines():
        if line.startswith(f"def {task.name}("):
            return line
    raise DataError(f"{task.where}: the answer defines no function {task.name}.")


def _indent(text: str) -> str:
    return text.replace("\n", "\n    ")
