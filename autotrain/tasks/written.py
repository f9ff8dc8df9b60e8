"""From a task as written (tasks/notation.py) to a row: instruction, input, right answer, tests, wrong answers.

Pure: one function for each kind of task, each returning what is its own. The suite's tasks, the
library's and those that the builtin teacher makes all pass through here, so a task of one looks
like a task of the other. A wrong answer that every task of a kind must reject (the code as given,
an approval, a test that tests nothing) is made here, so that no author can forget it.

    row = build_row(task, teacher_model="heidi-core", fewest_wrong=2)
"""

import ast
import re
import zlib
from typing import Any

import orjson

from autotrain.errors import DataError
from autotrain.tasks import samples
from autotrain.tasks.notation import KINDS, Task, apply_edits
from autotrain.tasks.python import definition, fenced, is_docstring
from autotrain.tasks.shapes import Sample

WRITTEN_ON = "2025-01-01T00:00:00+00:00"  # written, not generated: a fixed date keeps the hash

COMPLETE = "Complete the function. Give the whole function."
FIX = "This code does not do that. Find the bug and fix it; give the whole code."
REVIEW = (
    "Review this code; its lines are numbered as in its file. "
    "If a line is faulty, report that one line; if nothing is, approve."
)
TESTS = "Write assert statements, one a line, that test `{name}`. They must pass on this code and fail on faulty code."
DOCUMENT = (
    "Add a docstring to `{name}` and change nothing else: a summary line that says what it does, "
    "then at least two doctest examples (`>>>`) with their results. Give the whole code."
)
EXPLAIN = (
    "What does `{call}` return? Explain step by step, and end with a line `Answer: VALUE` that holds the Python value."
)
LONGEST_DOCSTRING_LINE = 110  # characters; a longer one is given a line for each sentence
_SENTENCE_END = re.compile(r"(?<=\.) (?=[A-Z`])")
_FRAMES = re.compile(
    "|".join(re.sub(r"\\{\w+\\}", ".*?", re.escape(text)) for text in (COMPLETE, FIX, REVIEW, TESTS, DOCUMENT, EXPLAIN))
)
FIRST_LINES = 800  # the first line of code under review has a number up to this


def build_row(task: Task, *, teacher_model: str, fewest_wrong: int = 0) -> Sample:
    """The row of a task. Raises DataError, naming the task, where something is missing.

    `wrong` holds what the tests must refuse; at least `fewest_wrong` of it.
    """
    parts = _BUILDERS[task.kind](task)
    answer, wrong = parts["answer"], parts["wrong"]
    if len(wrong) < fewest_wrong:
        raise DataError(f"{task.where}: task {task.name} has {len(wrong)} wrong answers; {fewest_wrong} are needed.")
    row = samples.make_sample(
        instruction=parts["instruction"],
        input_text=parts.get("input", ""),
        output=answer,
        task_type=KINDS[task.kind],
        response_format=parts.get("response_format", "code"),
        difficulty=samples.DIFFICULTY_OF_LEVEL[task.level],
        round_number=0,
        teacher_model=teacher_model,
        timestamp=WRITTEN_ON,
        family=task.family,
        entry_point=task.name,
        tests=parts["tests"],
    )
    row["metadata"]["level"] = task.level
    row["wrong"] = wrong
    return row


def without_frame(instruction: str) -> str:
    """An instruction without the sentences that every task of its kind has: what is left is the task's own."""
    return _FRAMES.sub("", instruction)


def _completion(task: Task) -> dict[str, Any]:
    parts = _algorithm(task)
    if "input" in task.sections:
        return parts
    code, text = task.one("answer"), parts["instruction"]
    if "\n" not in text and len(text) > LONGEST_DOCSTRING_LINE:
        text = _SENTENCE_END.sub("\n", text)  # at sentences, never inside of a text in quotes
    shown = f"{_signature(task)}\n{_quoted(text, '    ')}"
    # An answer keeps the docstring that it was given.
    return {
        **parts,
        "instruction": COMPLETE,
        "input": fenced(shown),
        "answer": fenced(_documented(code, task, text)),
        "wrong": [fenced(_documented(wrong, task, text)) for wrong in _variants(task, code)],
    }


def _algorithm(task: Task) -> dict[str, Any]:
    code = task.one("answer")
    given = "\n".join(task.many("input"))
    return {
        "instruction": task.text,
        "input": fenced(given) if given else "",
        "answer": fenced(code),
        "wrong": [fenced(wrong) for wrong in [*([given] if given else []), *_variants(task, code)]],
        "tests": _asserts(task),
    }


def _fix(task: Task) -> dict[str, Any]:
    code = task.one("answer")
    broken = apply_edits(code, task.one("bug"), task.where)
    shown = broken + "".join(f"\n\n# This fails:\nassert {line}" for line in task.many("failing"))
    wrong = [broken, *_variants(task, code)]
    said = "bug" in task.text.lower() or "fix" in task.text.lower()
    instruction = task.text if said else f"{task.text}\n\n{FIX}"
    parts: dict[str, Any] = {"instruction": instruction, "input": fenced(shown), "tests": _asserts(task)}
    if not task.as_json:
        return {**parts, "answer": fenced(code), "wrong": [fenced(text) for text in wrong]}
    note = task.one("note")
    answers = [orjson.dumps({"bug": note, "fixed_code": text}).decode() for text in [code, *wrong]]
    return {**parts, "response_format": "json", "answer": answers[0], "wrong": answers[1:]}


def _refactor(task: Task) -> dict[str, Any]:
    parts = _algorithm(task)
    demand = [line.strip() for text in task.many("demand") for line in text.splitlines() if line.strip()]
    return {**parts, "tests": {**parts["tests"], "demand": demand}}


def _tests(task: Task) -> dict[str, Any]:
    code = task.one("input")
    answer = "\n".join(f"assert {line}" for line in task.one("answer").splitlines() if line.strip())
    mutants = [apply_edits(code, edits, task.where) for edits in task.many("mutant")]
    if len(mutants) < 2:
        raise DataError(f"{task.where}: task {task.name} has {len(mutants)} mutants; two are needed.")
    nothing = f"assert callable({task.name})"
    return {
        "instruction": "\n\n".join(part for part in (task.text, TESTS.format(name=task.name)) if part),
        "input": fenced(code),
        "answer": fenced(answer),
        "wrong": [fenced(wrong) for wrong in [nothing, answer.splitlines()[0], *_variants(task, answer)]],
        "tests": {"kind": "mutants", "reference": code, "mutants": mutants},
    }


def _review(task: Task) -> dict[str, Any]:
    lines = task.one("input").splitlines()
    marked, note = task.many("line"), task.one("note")
    if marked and lines.count(marked[0]) != 1:
        raise DataError(f"{task.where}: the faulty line must stand in the code once.")
    # Numbered as in a file, from a line of its own for each task: no guess of a number suits many tasks.
    first = 1 + zlib.crc32(f"{task.family}/{task.name}".encode()) % FIRST_LINES
    number = first + lines.index(marked[0]) if marked else None

    def review(faulty: int | None, message: str) -> str:
        issues = [] if faulty is None else [{"line": faulty, "severity": "high", "message": message}]
        verdict = "approve" if faulty is None else "request_changes"
        return orjson.dumps({"verdict": verdict, "issues": issues, "summary": message}).decode()

    last = first + len(lines) - 1
    others = [line for line in (first, last) if number is None or abs(line - number) > 1]
    wrong = [review(line, "This line is faulty.") for line in others]
    if number is not None:
        wrong.append(review(None, "The code is right."))
        wrong.append(review(number, note).replace('"request_changes"', '"approve"'))
    return {
        "instruction": f"{task.text}\n\n{REVIEW}" if task.text else REVIEW,
        "input": numbered(lines, first),
        "response_format": "json",
        "answer": review(number, note),
        "wrong": wrong,
        "tests": {"kind": "review", "line": number, **({"edge": True} if number in (first, last) else {})},
    }


def _document(task: Task) -> dict[str, Any]:
    code, text = task.one("input"), task.one("doc")
    words = [
        [word.strip().lower() for word in line.split("|") if word.strip()]
        for line in task.one("words").splitlines()
        if line.strip()
    ]
    summary = text.split("\n\n")[0]
    right = _with_docstring(code, task.name, text, task.where)
    examples = text.partition("\n\n")[2]
    return {
        "instruction": "\n\n".join(part for part in (task.text, DOCUMENT.format(name=task.name)) if part),
        "input": fenced(code),
        "answer": fenced(right),
        "wrong": [
            fenced(code),
            fenced(_with_docstring(code, task.name, summary, task.where)),
            fenced(_with_docstring(code, task.name, f"{task.name}.\n\n{examples}", task.where)),
        ],
        "tests": {"kind": "docstring", "reference": code, "words": words},
    }


def _explain(task: Task) -> dict[str, Any]:
    answer = task.one("answer")
    prose, _, last = answer.rpartition("\n")
    value = last.removeprefix("Answer: ")
    call = task.one("call")
    try:
        ast.literal_eval(value)
    except (SyntaxError, ValueError):
        raise DataError(f"{task.where}: the last line of the answer must be `Answer: VALUE`.") from None
    question = EXPLAIN.format(call=call)
    return {
        "instruction": f"{task.text}\n\n{question}" if task.text else question,
        "input": fenced(task.one("input")),
        "response_format": "text",
        "answer": answer,
        "wrong": [prose, f"{prose}\nAnswer: None", f"{prose}\nAnswer: [{value}]"],
        "tests": {"kind": "answer", "value": value},
    }


_BUILDERS = {
    "completion": _completion,
    "algorithm": _algorithm,
    "fix": _fix,
    "refactor": _refactor,
    "tests": _tests,
    "review": _review,
    "document": _document,
    "explain": _explain,
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
        if not line.strip():
            continue
        if line.startswith("| "):
            lines.append(line[2:])
            continue
        count += 1
        if line.startswith("raises "):
            error, _, call = line.removeprefix("raises ").partition(": ")
            lines.append(raises_test(error, call))
        else:
            lines.append(f"assert {line}")
    code = "\n".join(lines)
    try:
        ast.parse(code)
    except SyntaxError as error:
        raise DataError(f"{task.where}: tests of {task.name}: {error.msg} in {error.text!r}.") from None
    return {"kind": "asserts", "code": code, "n": count}


def numbered(lines: list[str], first: int) -> str:
    """Code under review, each line with its number in its file."""
    listing = "\n".join(f"{position}: {line}" for position, line in enumerate(lines, start=first))
    return f"```\n{listing}\n```"


def raises_test(error: str, statements: str) -> str:
    """A test that the statements raise an error of this name."""
    told = f"{statements.splitlines()[-1]} raises no {error}"
    body = "".join(f"    {line}\n" for line in statements.splitlines())
    return f"try:\n{body}except {error}:\n    pass\nelse:\n    assert False, {told!r}"


def _signature(task: Task) -> str:
    """The first lines of the answer, up to the end of the signature of what is to be completed."""
    code = task.one("answer")
    tree = ast.parse(code)
    for node in tree.body:
        if getattr(node, "name", None) == task.name and isinstance(
            node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        ):
            imports = [ast.unparse(other) for other in tree.body if isinstance(other, (ast.Import, ast.ImportFrom))]
            lines = code.splitlines()
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)]) - 1
            head = lines[first : node.body[0].lineno - 1] or [lines[first].partition(":")[0] + ":"]
            while len(head) > 1 and not head[-1].rstrip().endswith(":"):
                head.pop()
            return "\n".join([*imports, "", "", *head] if imports else head)
    raise DataError(f"{task.where}: the answer defines no {task.name}.")


def _with_docstring(code: str, name: str, text: str, where: str) -> str:
    """The code with a docstring in `name` (a function or a class)."""
    for node in ast.walk(ast.parse(code)):
        if getattr(node, "name", None) == name and isinstance(
            node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        ):
            first = node.body[0]
            lines = code.splitlines()
            if first.lineno == node.lineno:
                raise DataError(f"{where}: the body of {name} must begin on a line of its own.")
            start = min([first.lineno, *(item.lineno for item in getattr(first, "decorator_list", []))])
            indent = " " * first.col_offset
            return "\n".join([*lines[: start - 1], _quoted(text, indent), *lines[start - 1 :]])
    raise DataError(f"{where}: the code defines no {name}.")


def _quoted(text: str, indent: str) -> str:
    """A text as a docstring's lines."""
    escaped = text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    whole = "\n" not in text and not text.endswith('"')
    quoted = f'"""{escaped}"""' if whole else f'"""{escaped}\n"""'
    return "\n".join(f"{indent}{line}" if line else "" for line in quoted.splitlines())


def _documented(code: str, task: Task, text: str) -> str:
    """The code with the text as docstring of what is to be completed, unless it has one or cannot take one."""
    try:
        node = definition(code, task.name)
        if node is None or is_docstring(node.body) or node.body[0].lineno == node.lineno:
            return code
        return _with_docstring(code, task.name, text, task.where)
    except SyntaxError:
        return code
