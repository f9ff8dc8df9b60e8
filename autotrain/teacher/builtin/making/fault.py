"""Task types around faults and behaviour: bug fixes, reviews, unit tests, explanations.

A maker returns the fields of a sample, or raises Unfit where the program does not suit it.
"""

import json
import textwrap

from autotrain.teacher.builtin.grammar.draw import Draw, Unfit, show
from autotrain.teacher.builtin.grammar.phrasing import description
from autotrain.teacher.builtin.grammar.program import Case, Program
from autotrain.teacher.builtin.grammar.wording import sentence
from autotrain.teacher.builtin.making.bugs import Bug, catching, find_bugs
from autotrain.teacher.builtin.making.code import Fields, asserts, fence
from autotrain.teacher.builtin.making.execution import Outcome
from autotrain.teacher.builtin.making.explain import explanation


def _found(d: Draw, program: Program, cases: list[Case], wanted: int = 1) -> list[Bug]:
    bugs = find_bugs(program, cases, d.rng, wanted)
    if not bugs:
        raise Unfit("no mutation that the checks catch")
    return bugs


def _symptom(d: Draw, case: Case, outcome: Outcome) -> str:
    call, right = case.expression, show(case.value)
    setup = f"After `{case.setup.strip()}`: ".replace("\n", "; ") if case.setup else ""
    if outcome.kind == "error":
        return setup + d.pick([
            f"`{call}` raises `{outcome.value}`; it should return {right}.",
            f"Calling `{call}` fails with {outcome.value}. Expected {right}.",
            f"{call}\nExpected: {right}\nGot: {outcome.value}",
        ])  # fmt: skip
    wrong = show(outcome.value)
    return setup + d.pick([
        f"`{call}` returns {wrong}, but {right} is expected.",
        f"Expected `{call}` to give {right}, got {wrong}.",
        f"{call}\nExpected: {right}\nGot: {wrong}",
        f"assert {call} == {right} fails: the call returns {wrong}.",
        f"For `{call}` I get {wrong} instead of {right}.",
    ])  # fmt: skip


def bug_fixing(d: Draw, program: Program, cases: list[Case]) -> Fields:
    """A planted bug and a failing example; the answer is the right program, as code or as JSON."""
    bug = _found(d, program, cases)[0]
    case, outcome = min(bug.caught, key=lambda pair: len(pair[0].expression) + len(show(pair[1].value)))
    if len(show(outcome.value)) > 120 or " at 0x" in str(outcome.value):
        raise Unfit("a symptom that is too long")
    symptom = _symptom(d, case, outcome)
    about = description(program, cases)
    style = d.pick("spec spec report short")
    if style == "spec":
        instruction = d.pick([
            f"Fix the bug in `{program.name}`. What it should do: {about}",
            f"`{program.name}` is meant to do this: {about}\nIt has a bug. Find and fix it.",
            f"The function below has a bug. Intended behaviour: {about}",
        ])  # fmt: skip
        instruction += f"\n\n{symptom}"
    elif style == "report":
        instruction = d.pick([
            f"Bug report for `{program.name}`:\n\n{symptom}\n\nIntended: {about}\nPlease fix it.",
            f"A user reports: {symptom}\n\n{about} Correct the function.",
            f"This test fails:\n\n{symptom}\n\nSpecification: {about} Repair the code.",
        ])  # fmt: skip
    else:
        instruction = (
            f"{d.pick(['Fix this function.', 'Please debug this.', 'Find the bug and correct it.'])} {symptom}"
        )
        instruction += f"\n\nIt should: {about}" if d.chance(0.5) else ""
    as_json = d.chance(0.4)
    if as_json:
        message = sentence(f"Line {bug.mutant.line}: {bug.mutant.message}" if d.chance(0.3) else bug.mutant.message)
        output = json.dumps({"bug": message, "fixed_code": program.source().rstrip() + "\n"}, ensure_ascii=False)
    else:
        output = fence(program.source())
        if d.chance(0.3):
            output = f"{sentence(bug.mutant.message)}\n\n{output}"
    return {
        "instruction": instruction,
        "input_text": fence(bug.mutant.source) if d.chance(0.7) else bug.mutant.source.rstrip(),
        "output": output,
        "tests": asserts(_with(cases, case)),
        "response_format": "json" if as_json else "code",
    }


def _with(cases: list[Case], case: Case) -> list[Case]:
    return cases if case in cases else [*cases, case]


def code_review(d: Draw, program: Program, cases: list[Case]) -> Fields:
    """Code that is right or holds one planted bug; the answer is a review as JSON."""
    about = description(program, cases)
    if d.chance(0.3):
        source, line = program.source(), None
        summary = d.pick(["The code does what it should.", "Correct and clear.", "The code matches its description.",
                          "No problems found."])  # fmt: skip
        review: Fields = {"verdict": "approve", "issues": [], "summary": summary}
    else:
        bug = _found(d, program, cases)[0].mutant
        source, line = bug.source, bug.line
        issue = {"line": line, "severity": bug.severity, "message": sentence(bug.message)}
        call = min(catching(source, cases), key=lambda pair: len(pair[0].expression))[0]
        example = f"For example, {call.expression} does not give {show(call.value)}."
        summary = d.pick([
            f"One bug in line {line}.",
            "The result is wrong for some inputs.",
            "The code does not do what the description says." if call.setup else example,
        ])  # fmt: skip
        review = {"verdict": "request_changes", "issues": [issue], "summary": summary}
    instruction = d.pick([
        f"Review this function. It should do this: {about}",
        f"Code review: does `{program.name}` do what is asked? {about}",
        f"Please review the code below. Specification: {about}",
        f"Check this change before it is merged. Intended behaviour: {about}",
        f"You are the reviewer. Requirement: {about} Report faults with their line.",
    ])  # fmt: skip
    lines = source.rstrip().split("\n")
    style = d.pick("numbered numbered fenced fenced plain")
    if style == "numbered":
        mark = d.pick([": ", " | ", "  ", ". "])
        shown = "\n".join(f"{number}{mark}{text}" for number, text in enumerate(lines, start=1))
    else:
        shown = fence(source) if style == "fenced" else source.rstrip()
    return {
        "instruction": instruction,
        "input_text": shown,
        "output": json.dumps(review, ensure_ascii=False),
        "tests": {"kind": "review", "line": line},
        "response_format": "json",
    }


def unit_test_generation(d: Draw, program: Program, cases: list[Case]) -> Fields:
    """A program; the answer is assert statements that hold for it and fail for its mutants."""
    bugs = find_bugs(program, program.candidates_sound, d.rng, d.number(2, 4), tries=7)
    if len(bugs) < 2:
        raise Unfit("too few mutants")
    pool = sorted(cases, key=lambda case: len(case.assertion()))
    wanted, chosen = d.number(3, 5), pool[:2]
    alive = [bug for bug in bugs if not any(case in chosen for case, _ in bug.caught)]
    for bug in alive:
        if not any(case in chosen for case, _ in bug.caught):
            chosen.append(min((case for case, _ in bug.caught), key=lambda case: len(case.assertion())))
    for case in pool[2:]:
        if len(chosen) < wanted and case not in chosen:
            chosen.append(case)
    if len(chosen) > 6:
        raise Unfit("too many tests needed")
    chosen.sort(key=lambda case: (not case.empty, len(case.assertion())))
    instruction = d.pick([
        f"Write unit tests for `{program.name}` as plain assert statements.",
        f"Test this function with {len(chosen)} assert statements.",
        "Write assert statements that check the function below, edge cases included.",
        f"Give me tests (plain asserts, no framework) for `{program.name}`.",
        "Write tests that would catch mistakes in this function. Use assert statements.",
    ])  # fmt: skip
    lines = "\n".join(case.idiomatic() for case in chosen)
    if d.chance(0.2):
        name = f"test_{program.name.lower()}"
        instruction = d.pick([
            f"Write a pytest test function `{name}` for this code.",
            f"Write one test function, `{name}`, in pytest style. Cover edge cases.",
            f"Add `{name}()`, which tests the code below with assert statements.",
        ])  # fmt: skip
        lines = f"def {name}():\n{textwrap.indent(lines, '    ')}"
    if d.chance(0.3):
        instruction += f" {description(program, cases)}"
    return {
        "instruction": instruction,
        "input_text": fence(program.source()) if d.chance(0.7) else program.source().rstrip(),
        "output": fence(lines),
        "tests": {
            "kind": "mutants",
            "reference": program.source(),
            "mutants": [bug.mutant.source for bug in bugs],
        },
    }


def code_explanation(d: Draw, program: Program, cases: list[Case]) -> Fields:
    """A function and a call; the answer says what it does and what the call returns."""
    source = program.source()
    telling = [case for case in cases if case.plain and _tells(case, source)]
    if not telling:
        raise Unfit("no call whose result tells anything")
    case = min(telling, key=lambda case: (case.empty, len(case.assertion())))
    instruction = d.pick([
        f"Explain what this function does. What does `{case.expression}` return?",
        f"What does `{program.name}` do? Say also what `{case.expression}` gives.",
        f"Explain the code below step by step and give the result of `{case.expression}`.",
        f"Describe this function in a few sentences, with the value of `{case.expression}`.",
        f"I do not understand this code. What happens in `{case.expression}`?",
    ])  # fmt: skip
    return {
        "instruction": instruction,
        "input_text": fence(source) if d.chance(0.7) else source.rstrip(),
        "output": explanation(d, program, case),
        "tests": {"kind": "contains", "all": [show(case.value)]},
        "response_format": "text",
    }


def _tells(case: Case, source: str) -> bool:
    if isinstance(case.value, bool) or case.value is None:
        return False
    text = show(case.value)
    return len(text) >= 2 and text not in source and text not in case.expression
