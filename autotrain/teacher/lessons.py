"""What each task type asks of a teacher: how its draft is finished, and what its answer must teach beyond its tests.

One class a type, `LESSONS` has them by name; a type without one asks for nothing more. A renamed variable is no
refactoring, a table of the tests' results no algorithm, praise no explanation, "this line is wrong" no review; and dead
code is none of them. What has to be run comes back as claims (accept.check_claims). Documentation is judged by its kind
of tests (tasks/kinds.py), a refactoring's shape by its demand. Pure: rows in, reasons out.

    draft = draft_from(blueprint, task)         # raises BadTask with a reason
    problem = of(task_type).problem(row, draft) ; claims = of(task_type).claims(row, draft)
"""

import ast
import itertools
import random
import re
from typing import Any

from autotrain.jsonl import Row
from autotrain.tasks import answers, demands, python
from autotrain.tasks.kinds import code_of
from autotrain.tasks.shapes import Sample
from autotrain.tasks.types import FAULTY, RIGHT, TYPES
from autotrain.tasks.written import numbered
from autotrain.teacher import answer_code, second_look
from autotrain.teacher.drafts import BadTask, Claim, Draft, check_tests, plain_code, words_of
from autotrain.teacher.plan import Blueprint

FEWEST_WORDS = 20  # of an explanation
FEWEST_MESSAGE_WORDS = 4  # of a review's message, of a bug's description
MOST_NAMED = 3  # names of the code that an explanation has to speak of, at most
DEEP = 2  # levels of nesting that a refactoring can lessen
MOST_CALLS = 3  # that an explanation has to tell the results of
DOCTESTS = "The docstring says in one sentence what the code does, and shows two calls with their results as doctests."
TELLING_CHARACTERS = 3  # a result shorter than this stands in most texts by chance


class Lesson:
    """What any type asks: that its answer's code holds no table of the tests and nothing idle."""

    def finish(self, blueprint: Blueprint, task: Row, draft: Draft) -> None:
        """Complete a draft from the teacher's task. Raises BadTask."""

    def problem(self, row: Sample, draft: Draft) -> str | None:
        """What the answer lacks beyond its tests, as `reason: detail`, or None."""
        code = code_of(row, row["output"])
        tree = answer_code.parsed(code) if code is not None else None
        if tree is None:
            return "format: no code in the answer"
        return self.of_code(row, draft, tree, answer_code.parsed(draft.given_code))

    def of_code(self, row: Sample, draft: Draft, tree: ast.Module, given: ast.Module | None) -> str | None:
        """The same, of an answer that is code, beside the code that was given."""
        return answer_code.table_of_tests(row, tree) or answer_code.new_dead_code(tree, given, row.get("entry_point"))

    def claims(self, row: Sample, draft: Draft) -> list[Claim]:
        """What must hold of the answer's code beyond the row's own tests."""
        return []

    def look(self, row: Sample, draft: Draft, rng: random.Random) -> second_look.Look | None:
        """The question that a second call judges the answer by; None where there is none."""
        return None


class Completion(Lesson):
    def finish(self, blueprint: Blueprint, task: Row, draft: Draft) -> None:
        if not draft.given_code.strip():
            raise BadTask("task: no code to complete")
        if draft.entry_point in python.defined_names(draft.given_code):
            draft.claims.append(Claim(draft.given_code, draft.tests["code"], False, "the given code"))

    def of_code(self, row: Sample, draft: Draft, tree: ast.Module, given: ast.Module | None) -> str | None:
        begun = given or answer_code.parsed(f"{draft.given_code.rstrip()}\n    pass\n")
        before, after = (answer_code.parameters(one, draft.entry_point) for one in (begun, tree))
        if before is not None and before != after:
            return "changed: the signature is not the one that was given"
        return super().of_code(row, draft, tree, given)


class BugFixing(Lesson):
    def of_code(self, row: Sample, draft: Draft, tree: ast.Module, given: ast.Module | None) -> str | None:
        if given is not None and ast.dump(answer_code.bare(given)) == ast.dump(answer_code.bare(tree)):
            return "unchanged: the answer repeats the given code"
        report = answers.parse_json_answer(row["output"]) if row["metadata"]["response_format"] == "json" else None
        found = _says_nothing(report["bug"], draft.says, "the bug's description") if report is not None else None
        return found or super().of_code(row, draft, tree, given)


class Refactoring(Lesson):
    def finish(self, blueprint: Blueprint, task: Row, draft: Draft) -> None:
        # What the result must be less of, or handing the code back would do.
        name, tree = draft.entry_point, ast.parse(draft.given_code)
        nesting, statements = (demands.measured(what, tree, name) for what in ("nesting", "statements"))
        if nesting >= DEEP:
            wanted, said = f"at most {nesting - 1} nesting", f"nests its blocks at most {nesting - 1} deep"
        elif statements > 1:
            wanted, said = f"at most {statements - 1} statements", f"has at most {statements - 1} statements"
        else:
            raise BadTask("task: the code is too short to be made clearer")
        draft.instruction += f"\n\nAfterwards `{name}` does the same, and {said}."
        draft.tests["demand"] = [f"{wanted} in {name}"]

    def of_code(self, row: Sample, draft: Draft, tree: ast.Module, given: ast.Module | None) -> str | None:
        if given is not None:
            before, after = answer_code.bare(given), answer_code.bare(tree)
            if ast.dump(before) == ast.dump(after):
                return "unchanged: the answer repeats the given code"
            if answer_code.without_names(before) == answer_code.without_names(after):
                return "unchanged: only names are changed"
        return super().of_code(row, draft, tree, given)

    def claims(self, row: Sample, draft: Draft) -> list[Claim]:
        code, name = code_of(row, row["output"]), draft.entry_point
        if code is None or answer_code.parameters(answer_code.parsed(draft.given_code), name) is None:
            return []  # no function: what a class makes is compared by its tests alone
        near = answer_code.near_inputs(draft.tests.get("code", ""), name)
        inputs = list(itertools.islice(near, answer_code.MOST_INPUTS))
        same = answer_code.same_behaviour(draft.given_code, name, inputs)
        return [Claim(code, same, True, "behaviour", "changed")] if inputs else []


class TestWriting(Lesson):
    def finish(self, blueprint: Blueprint, task: Row, draft: Draft) -> None:
        tests = draft.tests["code"]
        faulty = [plain_code(code) for code in task["faulty"]]
        mutants = [
            code
            for code in dict.fromkeys(faulty)
            if code.strip() != draft.given_code.strip() and draft.entry_point in python.defined_names(code)
        ]
        if not mutants:
            raise BadTask("task: no faulty copy")
        for number, code in enumerate(mutants, start=1):
            draft.claims.append(Claim(code, tests, False, f"faulty copy {number}"))
        draft.tests = {"kind": "mutants", "reference": draft.given_code, "mutants": mutants}

    def of_code(self, row: Sample, draft: Draft, tree: ast.Module, given: ast.Module | None) -> str | None:
        asserts = [ast.dump(node) for node in ast.walk(tree) if isinstance(node, ast.Assert)]
        return "repeated: the answer holds a test twice" if len(set(asserts)) < len(asserts) else None


class Review(Lesson):
    def finish(self, blueprint: Blueprint, task: Row, draft: Draft) -> None:
        faulty = plain_code(task["faulty_code"]).strip("\n")
        lines = draft.given_code.strip("\n").split("\n")
        changed = faulty.split("\n")
        different = [number for number, pair in enumerate(zip(lines, changed), start=1) if pair[0] != pair[1]]  # noqa: B905
        if len(lines) != len(changed) or len(different) != 1:
            raise BadTask(f"task: the faulty code differs in {len(different)} lines, not in one")
        if draft.entry_point not in python.defined_names(faulty):
            raise BadTask(f"task: the faulty code does not define {draft.entry_point}")
        draft.claims.append(Claim(faulty, draft.tests["code"], False, "the faulty code"))
        first = max(1, blueprint.line + 1 - different[0])
        shown = lines if blueprint.sound_code else changed
        draft.input_text = numbered(shown, first)
        draft.tests = {"kind": "review", "line": None if blueprint.sound_code else first + different[0] - 1}
        if not blueprint.sound_code and different[0] in (1, len(lines)):
            draft.tests["edge"] = True

    def problem(self, row: Sample, draft: Draft) -> str | None:
        review = answers.parse_json_answer(row["output"])
        if review is None:
            return None
        messages = [issue["message"] for issue in review["issues"]]
        return next((found for text in messages if (found := _says_nothing(text, draft.says, "the message"))), None)

    def look(self, row: Sample, draft: Draft, rng: random.Random) -> second_look.Look | None:
        return second_look.at_review(row, draft)


class Documentation(Lesson):
    def finish(self, blueprint: Blueprint, task: Row, draft: Draft) -> None:
        if not draft.says:
            raise BadTask("task: no words that a true summary says")
        if "doctest" not in draft.instruction.lower():
            draft.instruction += f"\n\n{DOCTESTS}"
        draft.summary, draft.lie = (_sentence(task.get(name)) for name in ("summary", "lie"))
        words = [word.lower() for word in draft.says]
        draft.tests = {"kind": "docstring", "reference": draft.given_code, "words": [words]}

    def of_code(self, row: Sample, draft: Draft, tree: ast.Module, given: ast.Module | None) -> str | None:
        return None  # the code is the given one

    def look(self, row: Sample, draft: Draft, rng: random.Random) -> second_look.Look | None:
        return second_look.at_summary(row, draft, rng)


class Explanation(Lesson):
    def finish(self, blueprint: Blueprint, task: Row, draft: Draft) -> None:
        call, result = task["call"].strip(), task["result"].strip()
        try:
            tree = ast.parse(call, mode="eval").body
            value = ast.literal_eval(result)
        except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
            raise BadTask("task: the call or its result is no Python expression") from None
        if not (isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.func.id == draft.entry_point):
            raise BadTask(f"task: the call does not call {draft.entry_point}")
        shown = repr(value)
        if len(shown) < TELLING_CHARACTERS:
            raise BadTask("task: the result is too short to be recognised in an explanation")
        results = {call: shown}
        for other, told in python.calls_with_results(draft.tests["code"], draft.entry_point):
            if len(results) < MOST_CALLS and len(told) >= TELLING_CHARACTERS and told not in results.values():
                results[other] = told
        draft.calls = list(results)
        shows = "".join(f"assert repr({asked}) == {told!r}\n" for asked, told in results.items())
        draft.claims.append(Claim(draft.given_code, shows, True, "the calls' results"))
        for asked in draft.calls:
            if asked not in draft.instruction:
                draft.instruction += f"\n\nSay what `{asked}` returns."
        draft.tests = {"kind": "contains", "all": list(results.values())}

    def problem(self, row: Sample, draft: Draft) -> str | None:
        words = row["output"].split()
        if len(words) < FEWEST_WORDS:
            return f"short: fewer than {FEWEST_WORDS} words explain nothing"
        tree = answer_code.parsed(draft.given_code)
        names = _names_inside(tree, draft.entry_point) if tree else set()
        prose = re.sub(r"\b\w+\([^()]*\)", lambda call: call[0] if call[0] not in draft.calls else " ", row["output"])
        named = {name for name in names if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", prose)}
        if len(named) < min(MOST_NAMED if draft.says else 1, len(names)):
            return (
                f"filler: the explanation speaks of {len(named)} of the code's names ({', '.join(sorted(names)[:5])})"
            )
        return _missing_words(row["output"], draft.says, "the explanation")


LESSONS: dict[str, Lesson] = {
    "code_completion": Completion(),
    "bug_fixing": BugFixing(),
    "refactoring": Refactoring(),
    "unit_test_generation": TestWriting(),
    "code_review": Review(),
    "documentation": Documentation(),
    "code_explanation": Explanation(),
}
_PLAIN = Lesson()


def of(task_type: str) -> Lesson:
    """What a task type asks."""
    return LESSONS.get(task_type, _PLAIN)


def draft_from(blueprint: Blueprint, task: Row) -> Draft:
    """A sample without its answer from a task as `briefs.task_schema` asks for it. Raises BadTask.

    Its claims must hold before an answer is worth paying for: right code passes the tests, faulty code and a stub fail.
    """
    kind = TYPES[blueprint.task_type]
    entry_point, instruction = task["entry_point"].strip(), task["instruction"].strip()
    if not entry_point.isidentifier():
        raise BadTask(f"task: entry_point {entry_point[:60]!r} is no name")
    if len(instruction) < 20:
        raise BadTask("task: the instruction is too short")
    each = check_tests(task["tests"], entry_point)
    tests = "\n".join(each) + "\n"
    given = plain_code(task.get("code", ""))
    draft = Draft(instruction, given.strip("\n"), entry_point, {"kind": "asserts", "code": tests}, given_code=given)
    draft.each_test = each
    if "reference" in kind.helps:
        draft.reference = _reference(task.get("reference"), entry_point)
    draft.says = words_of(task.get("says"))
    if "inputs" in kind.helps:
        draft.inputs = [text for text in task.get("inputs") or [] if isinstance(text, str)]
    stub = python.stub(entry_point)
    draft.claims.append(Claim(stub, tests, False, "a stub"))
    if entry_point not in instruction and entry_point not in given:
        raise BadTask(f"task: neither instruction nor code names {entry_point}")
    if kind.gives in (RIGHT, FAULTY):
        if entry_point not in python.defined_names(given):
            raise BadTask(f"task: the code does not define {entry_point}")
        draft.claims.append(Claim(given, tests, kind.gives == RIGHT, "the given code"))
    of(kind.name).finish(blueprint, task, draft)
    return draft


def _reference(told: Any, entry_point: str) -> str:
    code = plain_code(told) if isinstance(told, str) else ""
    return code if entry_point in python.defined_names(code) else ""


def _sentence(told: Any) -> str:
    return " ".join(told.split()) if isinstance(told, str) else ""


def _says_nothing(text: str, says: list[str], what: str) -> str | None:
    """Why a remark about code is none, by the words that a true one needs; None where whoever asked knows none."""
    if says and len(re.findall(r"\w+", text)) < FEWEST_MESSAGE_WORDS:
        return f"filler: {what} is shorter than {FEWEST_MESSAGE_WORDS} words"
    return _missing_words(text, says, what)


def _missing_words(text: str, says: list[str], what: str) -> str | None:
    said = text.lower()
    wanted = [word.lower().strip() for word in says if word.strip()]
    if not wanted or any(re.search(rf"(?<!\w){re.escape(word)}", said) for word in wanted):
        return None
    return f"wrong: {what} says none of what a true one says ({', '.join(wanted[:6])})"


def _names_inside(tree: ast.Module, entry_point: str) -> set[str]:
    """Parameters, variables and called functions."""
    found = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    found |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    found |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return found - {entry_point, "self", "_"}
