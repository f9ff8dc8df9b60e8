"""Public benchmarks' rows turned into ours: HumanEval, HumanEval+, MBPP, BigCodeBench.

Pure: one record in, one row out, told apart by their fields. The reference answer is kept, so
that a suite can prove itself before it judges a model. `tests.prelude` is what a published
prompt defines before the function (imports, helpers): the grader puts it before an answer's code,
as these benchmarks' own harnesses do.
"""

import ast
import importlib.util
from typing import Any, cast

import orjson

from autotrain.errors import DataError
from autotrain.tasks import python
from autotrain.tasks.shapes import Sample, Tests

COMPLETE = "Complete this function. Give the whole function, with its imports."
SOLVE = "Solve this task. Give the whole program, with its imports."


def convert(record: dict[str, Any], where: str, skipped: dict[str, str]) -> Sample | None:
    """The record as a row; None where it was skipped, with the reason put into `skipped`.

    Raises DataError, naming the place, for a record of no known shape.
    """
    if "instruction" in record and "metadata" in record:
        return cast(Sample, record)
    if "task_id" in record and {"prompt", "entry_point", "canonical_solution"} <= record.keys():
        return _human_eval(record, where)
    if "task_id" in record and "code" in record and "test_list" in record:
        return _mbpp(record, where)
    if "task_id" in record and {"complete_prompt", "test", "libs"} <= record.keys():
        return _big_code_bench(record, where, skipped)
    raise DataError(
        f"{where}: the fields {', '.join(sorted(record)[:8]) or '(none)'} are those of no known suite "
        "(HumanEval, HumanEval+, MBPP, BigCodeBench, or rows with instruction and metadata)."
    )


def _human_eval(record: dict[str, Any], where: str) -> Sample:
    prompt, entry_point = _text(record, "prompt", where), _text(record, "entry_point", where)
    solution = prompt + _text(record, "canonical_solution", where)
    if "test" in record:
        code = _text(record, "test", where)  # defines check(candidate), which the sandbox calls
    elif "base_input" in record:
        code = _input_tests(record, solution, entry_point)
    else:
        raise DataError(f"{where} ({record['task_id']}): it has no tests.")
    return _row(
        record["task_id"],
        family="",
        instruction=COMPLETE,
        input_text=prompt.rstrip(),
        output=solution,
        task_type="code_completion",
        entry_point=entry_point,
        tests={"kind": "asserts", "code": code, "n": 1, "prelude": _before(prompt, entry_point)},
    )


def _input_tests(record: dict[str, Any], solution: str, entry_point: str) -> str:
    """HumanEval+ as published gives inputs only: what is right is what its own solution returns."""
    inputs = [*record["base_input"], *(record.get("plus_input") or [])]
    tolerance = float(record.get("atol") or 0)
    return f"""
import copy, json, math

def _expected():
    space = {{}}
    exec({solution!r}, space)
    return space[{entry_point!r}]

def _same(value, wanted):
    if isinstance(wanted, float) and isinstance(value, (int, float)):
        return value == wanted or math.isclose(value, wanted, rel_tol=1e-7, abs_tol={tolerance!r})
    if isinstance(wanted, (list, tuple)) and isinstance(value, (list, tuple)):
        return len(value) == len(wanted) and all(map(_same, value, wanted))
    return value == wanted

_reference = _expected()
for _arguments in json.loads({orjson.dumps(inputs).decode()!r}):
    assert _same({entry_point}(*copy.deepcopy(_arguments)), _reference(*copy.deepcopy(_arguments)))
"""


def _mbpp(record: dict[str, Any], where: str) -> Sample:
    code, tests = _text(record, "code", where).replace("\r\n", "\n"), record["test_list"]
    if not isinstance(tests, list) or not tests:
        raise DataError(f"{where} ({record['task_id']}): it has no tests.")
    task = record.get("text") or record.get("prompt")
    if not isinstance(task, str):
        raise DataError(f"{where} ({record['task_id']}): text or prompt is needed.")
    setup = [record.get("test_setup_code") or "", *(record.get("test_imports") or [])]
    return _row(
        f"MBPP/{record['task_id']}",
        family="",
        instruction=f"{task.strip()} The code must pass these tests.",
        input_text="\n".join(tests),
        output=code,
        task_type="algorithm_implementation",
        entry_point=_called_function(code, tests),
        tests={"kind": "asserts", "code": "\n".join([*filter(None, setup), *tests]) + "\n", "n": len(tests)},
    )


def _big_code_bench(record: dict[str, Any], where: str, skipped: dict[str, str]) -> Sample | None:
    prompt = _text(record, "complete_prompt", where)
    try:
        libraries = ast.literal_eval(record["libs"]) if isinstance(record["libs"], str) else list(record["libs"])
    except (ValueError, SyntaxError):
        raise DataError(f"{where} ({record['task_id']}): libs is no list of names.") from None
    missing = sorted(name for name in libraries if importlib.util.find_spec(str(name).split(".")[0]) is None)
    if missing:
        skipped[str(record["task_id"])] = f"needs {', '.join(missing)}"
        return None
    return _row(
        record["task_id"],
        family="",
        instruction=SOLVE,
        input_text=prompt.rstrip(),
        output=prompt + _text(record, "canonical_solution", where),
        task_type="code_completion",
        entry_point=record.get("entry_point") or "task_func",
        tests={"kind": "asserts", "code": _text(record, "test", where), "n": record["test"].count("def test")},
    )


def _row(
    task_id: Any,
    *,
    family: str,
    instruction: str,
    input_text: str,
    output: str,
    task_type: str,
    entry_point: str,
    tests: Tests,
) -> Sample:
    return {
        "id": str(task_id),
        "instruction": instruction,
        "input": input_text,
        "output": python.fenced(output.strip()),
        "metadata": {
            "task_type": task_type,
            "round": 0,
            "timestamp": "",
            "teacher_model": "",
            "response_format": "code",
            "difficulty": "medium",
            "family": family,
        },
        "entry_point": entry_point,
        "tests": tests,
    }


def _before(prompt: str, entry_point: str) -> str:
    """What stands in a prompt before the function to be completed."""
    lines = prompt.split("\n")
    starts = [position for position, line in enumerate(lines) if line.startswith(f"def {entry_point}(")]
    return "\n".join(lines[: starts[-1]]).strip() if starts else ""


def _called_function(code: str, tests: list[str]) -> str:
    """The function of the reference that the tests call; the last one defined where none is."""
    try:
        defined = [node.name for node in ast.parse(code).body if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
    except SyntaxError:
        return ""
    called = [name for name in defined if any(f"{name}(" in test for test in tests)]
    return (called or defined or [""])[-1]


def _text(record: dict[str, Any], name: str, where: str) -> str:
    value = record[name]
    if not isinstance(value, str):
        raise DataError(f"{where}: {name} is no text.")
    return value
