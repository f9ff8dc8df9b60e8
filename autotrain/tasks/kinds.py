"""The kinds of tests: how an answer of each is judged. One class a kind, `KINDS` has them by name.

    asserts    run the answer's code, then `tests.code` (assert statements on `entry_point`); the code must
               also have the shape that each line of `tests.demand` asks for (tasks/demands.py)
    mutants    the answer is test code: it must pass on `tests.reference` and fail on each of `tests.mutants`
    review     the answer is a JSON review: it must report line `tests.line` and no other (null: approve)
    docstring  the answer is `tests.reference` with a docstring and nothing else changed: its summary says one
               of each list of `tests.words`, its doctest examples are true of the code and false of a stub
    answer     the last line of the answer is `Answer: VALUE`, and VALUE equals `tests.value`
    contains   the answer is text: it holds each string of `tests.all` and none of `tests.none`. Whoever
               repeats what is prescribed passes, so a pass is weak

A weak task (`is_weak`) counts in no headline, since it can be passed without doing it: a sound program under
review is one, because an approval costs nothing. Nor does a weak pass (Grade.weak): it could be forged.
"""

import ast
import doctest
import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from autotrain.sandbox import Job, Limits, Verdict
from autotrain.tasks import answers, demands, languages, python, thoughts
from autotrain.tasks.grade import FAILED, PASSED, Grade, from_verdict, plain
from autotrain.tasks.shapes import Sample, Tests
from autotrain.tasks.types import TYPES

FEWEST_WORDS = 2  # of a docstring's summary, beside its name and what every summary can say
_SAYS_NOTHING = {
    "the",
    "a",
    "an",
    "this",
    "function",
    "method",
    "class",
    "code",
    "def",
    "that",
    "of",
    "and",
    "is",
    "it",
}
FEWEST_EXAMPLES = 2  # in the docstring that a documentation task asks for


class TestKind:
    """What every kind of test can say. `tests` is the field of a row."""

    def problem(self, tests: Tests) -> str | None:
        """What is wrong with the field as written, as a short phrase, or None."""
        raise NotImplementedError

    def is_empty(self, tests: Tests) -> bool:
        """Whether sound tests hold nothing to judge by."""
        return False

    def is_weak(self, tests: Tests) -> bool:
        """Whether the task can be passed without doing it."""
        return False

    def jobs(self, row: Sample, answer: str, limits: Limits) -> list[Job]:
        """What the sandbox has to run to judge the answer; nothing where none can help."""
        return []

    def judge(self, row: Sample, answer: str, verdicts: Sequence[Verdict]) -> Grade:
        """The grade, from the verdicts of `jobs`, in their order."""
        raise NotImplementedError

    def empty_answer(self, row: Sample) -> str | None:
        """An answer in the right form that does nothing: tests that pass on it test nothing."""
        language = languages.taught(row)
        return language.fenced(language.stub(row.get("entry_point")))


def code_of(row: Sample, answer: str) -> str | None:
    """The code in an answer to this task, or None."""
    metadata = row["metadata"]
    language = languages.of_row(row)
    return answers.extract_code(
        answer, metadata["response_format"], metadata["task_type"], row.get("entry_point"), language
    )


class Asserts(TestKind):
    def problem(self, tests: Tests) -> str | None:
        if not isinstance(tests.get("code"), str):
            return "tests.code: a string is needed"
        wanted = tests.get("demand", [])
        if not isinstance(wanted, list) or not all(isinstance(line, str) for line in wanted):
            return "tests.demand: a list of lines is needed"
        return next((f"tests.demand: {found}" for line in wanted if (found := demands.problem(line))), None)

    def is_empty(self, tests: Tests) -> bool:
        return not tests["code"].strip()

    def jobs(self, row: Sample, answer: str, limits: Limits) -> list[Job]:
        code, tests = code_of(row, answer), row["tests"]
        if code is None:
            return []
        # A published prompt may give imports that an answer need not repeat.
        program = f"{tests['prelude']}\n{code}" if tests.get("prelude") else code
        return [languages.taught(row).job(program, tests["code"], row.get("entry_point"), limits)]

    def judge(self, row: Sample, answer: str, verdicts: Sequence[Verdict]) -> Grade:
        if not verdicts:
            return plain(False, "no code in the answer", 1)
        grade = from_verdict(verdicts[0])
        code = code_of(row, answer) or ""
        for line in row["tests"].get("demand", []) if grade.passed else []:
            if found := demands.unmet(line, code):
                return Grade(
                    FAILED,
                    f"the shape: {found}",
                    grade.tests_passed,
                    1,
                    grade.seconds,
                    grade.weak,
                    grade.sandbox_status,
                )
        return grade

    def empty_answer(self, row: Sample) -> str | None:
        if row["metadata"]["response_format"] == "json":
            kind = TYPES[row["metadata"]["task_type"]]
            texts = dict.fromkeys((kind.json_schema or {}).get("properties", ()), "")
            return _json({**texts, kind.json_code: languages.taught(row).stub(row.get("entry_point"))})
        return super().empty_answer(row)


class Mutants(TestKind):
    def problem(self, tests: Tests) -> str | None:
        sound = isinstance(tests.get("reference"), str) and isinstance(tests.get("mutants"), list)
        return None if sound else "tests: a reference and a list of mutants are needed"

    def is_empty(self, tests: Tests) -> bool:
        return not tests["mutants"]

    def jobs(self, row: Sample, answer: str, limits: Limits) -> list[Job]:
        code, tests = code_of(row, answer), row["tests"]
        if code is None:
            return []
        return _group(row, tests["mutants"], code, limits)

    def judge(self, row: Sample, answer: str, verdicts: Sequence[Verdict]) -> Grade:
        if not verdicts:
            return plain(False, "no code in the answer", 1)
        reference, *mutants, again = verdicts
        seconds = sum(verdict.seconds for verdict in verdicts)
        weak = any(verdict.weak for verdict in verdicts)
        for verdict in (reference, again):
            if verdict.status != "passed":
                right = "the tests fail on right code"
                if "does not load: ModuleNotFoundError" in verdict.message:
                    right = "the reference imports what is not there (SANDBOX_PACKAGES)"
                return Grade(FAILED, f"{right}: {verdict.message}", 0, 1, seconds, weak, verdict.status)
        survivors = [number for number, verdict in enumerate(mutants, start=1) if verdict.status == "passed"]
        killed = len(mutants) - len(survivors)
        reason = f"mutant {survivors[0]} survives the tests" if survivors else ""
        status = FAILED if survivors else PASSED
        return Grade(status, reason, killed + 1, len(survivors), seconds, weak, reference.status)

    def empty_answer(self, row: Sample) -> str | None:
        return languages.taught(row).fenced("pass")


class Review(TestKind):
    def problem(self, tests: Tests) -> str | None:
        return None if isinstance(tests.get("line"), (int, type(None))) else "tests.line: an integer or null is needed"

    def is_empty(self, tests: Tests) -> bool:
        return "line" not in tests

    def is_weak(self, tests: Tests) -> bool:
        # An approval passes sound code; the first or last line is a guess that needs no reading.
        return tests["line"] is None or bool(tests.get("edge"))

    def judge(self, row: Sample, answer: str, verdicts: Sequence[Verdict]) -> Grade:
        review = answers.parse_json_answer(answer)
        if review is None:
            return plain(False, "not one JSON object", 1)
        problem = answers.json_problem(review, "code_review")
        if problem:
            return plain(False, problem, 1)
        line = row["tests"]["line"]
        if line is None:
            clean = review["verdict"] == "approve" and not review["issues"]
            return plain(clean, "" if clean else "reports a fault in sound code", 1, weak=True)
        # One line and no other: a review that names several would pass by naming many.
        right = {issue["line"] for issue in review["issues"]} == {line} and review["verdict"] == "request_changes"
        return plain(
            right, "" if right else f"does not report line {line} and nothing else", 1, self.is_weak(row["tests"])
        )

    def empty_answer(self, row: Sample) -> str | None:
        if row["tests"]["line"] is not None:
            return _json({"verdict": "approve", "issues": [], "summary": ""})
        issue = {"line": 1_000_000, "severity": "low", "message": ""}
        return _json({"verdict": "request_changes", "issues": [issue], "summary": ""})


class Docstring(TestKind):
    def problem(self, tests: Tests) -> str | None:
        words = tests.get("words")
        if not isinstance(tests.get("reference"), str) or not isinstance(words, list):
            return "tests: a reference and a list of words are needed"
        lists = all(isinstance(group, list) and all(isinstance(word, str) for word in group) for group in words)
        return None if lists else "tests.words: lists of strings are needed"

    def is_empty(self, tests: Tests) -> bool:
        return not tests["words"]

    def jobs(self, row: Sample, answer: str, limits: Limits) -> list[Job]:
        text, problem = self._docstring(row, answer)
        if problem:
            return []
        reference = row["tests"]["reference"]
        whole = _doctest_asserts(text)
        # Whoever passes nonsense gets an error: only an example with a result tells the code from a stub.
        results = _doctest_asserts(text, with_errors=False)
        empty = languages.taught(row).stub_of(reference) or "pass"
        right, stub, again = _group(row, [empty], whole, limits)
        return [right, replace(stub, tests=results), again]

    def judge(self, row: Sample, answer: str, verdicts: Sequence[Verdict]) -> Grade:
        text, problem = self._docstring(row, answer)
        if problem or not verdicts:
            return plain(False, problem or "no docstring", 1)
        right, stub, again = verdicts
        seconds = sum(verdict.seconds for verdict in verdicts)
        right = again if right.status == "passed" else right
        if right.status != "passed":
            return Grade(FAILED, f"an example is not true: {right.message}", 0, 1, seconds, right.weak, right.status)
        if stub.status == "passed":
            return Grade(
                FAILED, "the examples are true of an empty stub as well", 0, 1, seconds, right.weak, right.status
            )
        return Grade(PASSED, "", right.tests_passed, 0, seconds, right.weak, right.status)

    def _docstring(self, row: Sample, answer: str) -> tuple[str, str]:
        """The docstring, and what is wrong with it without running anything ('' where nothing is)."""
        code, tests, name = code_of(row, answer), row["tests"], row.get("entry_point") or ""
        if code is None or not python.parses(code):
            return "", "no code in the answer"
        if python.without_docstrings(code) != python.without_docstrings(tests["reference"]):
            return "", "more than documentation is changed"
        node = python.definition(code, name)
        text = ast.get_docstring(node) if node is not None else None
        if not text:
            return "", f"{name} has no docstring"
        examples = _examples(text)
        calls = {example.source for example in examples if name in example.source}
        if len(calls) < FEWEST_EXAMPLES:
            return text, f"{len(calls)} doctest examples that call {name}; {FEWEST_EXAMPLES} are needed"
        told = re.sub(r"(?ms)^[ \t]*>>>.*?(?=^[ \t]*$|\Z)", "", text).lower()
        summary, of_name = (set(re.findall(r"[a-z]+", part)) for part in (told.split("\n\n")[0], name.lower()))
        if len(summary - of_name - _SAYS_NOTHING) < FEWEST_WORDS:
            return text, f"the summary says nothing but the name of {name}"
        prose = " ".join(told.split())
        for group in tests["words"]:
            if not any(word in prose for word in group):
                return text, f"the summary says none of: {', '.join(group)}"
        return text, ""


class Result(TestKind):
    def problem(self, tests: Tests) -> str | None:
        if not isinstance(tests.get("value"), str):
            return "tests.value: a string is needed"
        try:
            ast.literal_eval(tests["value"])
        except python.UNREADABLE:
            return "tests.value: a Python value is needed"
        return None

    def judge(self, row: Sample, answer: str, verdicts: Sequence[Verdict]) -> Grade:
        wanted = ast.literal_eval(row["tests"]["value"])
        try:
            given = answers.stated_result(answer)
        except ValueError as error:
            return plain(False, str(error), 1)
        right = type(given) is type(wanted) and given == wanted
        return plain(right, "" if right else f"the answer is not {row['tests']['value'][:80]}", 1)

    def empty_answer(self, row: Sample) -> str | None:
        return "Answer: None"


class Contains(TestKind):
    def problem(self, tests: Tests) -> str | None:
        if not isinstance(tests.get("all"), list):
            return "tests.all: a list is needed"
        return None if isinstance(tests.get("none", []), list) else "tests.none: a list is needed"

    def is_empty(self, tests: Tests) -> bool:
        return not tests["all"]

    def is_weak(self, tests: Tests) -> bool:
        return True

    def judge(self, row: Sample, answer: str, verdicts: Sequence[Verdict]) -> Grade:
        tests, text = row["tests"], thoughts.spoken(answer)
        faults = [f"does not say {wanted!r}" for wanted in tests["all"] if wanted not in text]
        faults += [f"says {unwanted!r}" for unwanted in tests.get("none", []) if unwanted in text]
        return plain(not faults, faults[0] if faults else "", len(tests["all"]), weak=True)

    def empty_answer(self, row: Sample) -> str | None:
        return " "


KINDS: dict[str, TestKind] = {
    "asserts": Asserts(),
    "mutants": Mutants(),
    "review": Review(),
    "docstring": Docstring(),
    "answer": Result(),
    "contains": Contains(),
}


def kind_of(tests: Tests) -> TestKind:
    """The kind of a row's tests. Raises KeyError for an unknown one."""
    return KINDS[tests.get("kind", "asserts")]


def is_weak(row: Sample) -> bool:
    """Whether a task counts in no headline: its kind says so (a sound review, `contains`), or `metadata.weak`."""
    tests = row.get("tests")
    return bool(row["metadata"].get("weak")) or (bool(tests) and kind_of(tests).is_weak(tests))


def _group(row: Sample, others: Sequence[str], tests: str, limits: Limits) -> list[Job]:
    """Tests that an answer wrote, on right code and on others; run in random order, each in a slot of its own.

    The right program comes twice: who can tell the runs apart by their number must pass the last one, too.
    """
    reference, language = row["tests"]["reference"], languages.taught(row)
    programs = [reference, *others, reference]
    group = hashlib.sha256("\0".join([*programs, tests]).encode("utf-8", "surrogatepass")).hexdigest()
    return [language.job(program, tests, row.get("entry_point"), limits, group) for program in programs]


def _examples(text: str) -> list[doctest.Example]:
    try:
        return doctest.DocTestParser().get_examples(text)
    except ValueError:  # a prompt without a space, a wrong indentation
        return []


def _doctest_asserts(text: str, with_errors: bool = True) -> str:
    """The examples of a docstring as asserts, so that they run as any tests do, in a process of their own."""
    lines: list[str] = []
    for example in _examples(text):
        source, want = example.source.strip(), example.want.strip()
        if example.exc_msg is not None:
            if not with_errors:
                continue
            error = example.exc_msg.split(":")[0].strip().rpartition(".")[2]
            body = "".join(f"    {line}\n" for line in source.splitlines())
            lines.append(f"try:\n{body}except {error}:\n    pass\nelse:\n    assert False, {f'no {error}'!r}")
        elif want:
            lines.append(f"assert repr({source}) == {want!r}")
        else:
            lines.append(source)
    return "\n".join(lines) + "\n"


def _json(value: dict[str, Any]) -> str:
    from autotrain.jsonl import dumps

    return dumps(value).decode()
