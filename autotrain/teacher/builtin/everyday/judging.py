"""From a checked problem to tasks about given code: fix, review, tests and explain."""

import copy
import random

from autotrain.tasks.notation import Task
from autotrain.teacher.builtin.everyday import phrasing
from autotrain.teacher.builtin.everyday.edits import edit_between
from autotrain.teacher.builtin.everyday.narrate import narrate
from autotrain.teacher.builtin.everyday.slips import Bug, bugs, effect
from autotrain.teacher.builtin.everyday.strength import Checked, same
from autotrain.teacher.builtin.everyday.values import Unfit, show
from autotrain.teacher.builtin.everyday.wording import lower_first, third_person
from autotrain.teacher.builtin.everyday.writing import capital, task_of

MAX_EXPLANATION = 700
MIN_MUTANTS, MAX_MUTANTS = 3, 5


def fix(checked: Checked) -> Task:
    """The reference with a planted bug, what the code should do, and often a failing example."""
    problem, rng = checked.problem, checked.problem.rng
    source = rng.choice((problem.ways, problem.bare_ways))[0]
    bug = bugs(checked, source, 1)[0]
    task = task_of(checked, "fix", phrasing.specification(problem, rng), rng.random() < 0.3)
    task.sections |= {"answer": [source.rstrip()], "bug": [edit_between(source, bug.source)]}
    shown = checked.compiled.calls[bug.shown]
    if shown.plain and checked.outcomes[bug.shown].kind == "value" and rng.random() < 0.7:
        task.sections["failing"] = [checked.line(bug.shown)]
    if task.as_json:
        task.sections["note"] = [f"{capital(bug.note)}: {effect(checked, bug)}."]
    task.sections["tests"] = ["\n".join(checked.test_lines())]
    return task


def review(checked: Checked) -> Task:
    """Code that is sound or has one faulty line, as often the one as the other; the note names fault and effect."""
    problem, rng = checked.problem, checked.problem.rng
    source = rng.choice((problem.ways, problem.bare_ways))[0]
    task = task_of(checked, "review", phrasing.specification(problem, rng))
    lines = ["\n".join(checked.test_lines())]
    one_line = [bug for bug in bugs(checked, source, 3) if _is_one_line(source, bug)]
    if not one_line:  # so that what is drawn sound and what is drawn faulty come from the same problems
        raise Unfit("no bug of one line")
    if rng.random() < 0.5:
        task.sections |= {"input": [source.rstrip()], "tests": lines, "note": [_sound(checked, rng)]}
        return task
    bug = one_line[0]
    note = f"{capital(bug.note)}: {effect(checked, bug)}."
    task.sections |= {"input": [bug.source.rstrip()], "line": [bug.line], "fix": [edit_between(bug.source, source)]}
    task.sections |= {"tests": lines, "note": [note]}
    return task


def _is_one_line(source: str, bug: Bug) -> bool:
    lines, faulty = source.split("\n"), bug.source.split("\n")
    if len(lines) != len(faulty) or faulty.count(bug.line) != 1:
        return False
    return [new for old, new in zip(lines, faulty, strict=True) if old != new] == [bug.line]


def _sound(checked: Checked, rng: random.Random) -> str:
    """Why code is sound: what it gives for two telling inputs."""
    plain = [at for at in checked.tests if len(checked.line(at)) <= 90 and checked.compiled.calls[at].plain]
    chosen = sorted(rng.sample(plain, min(2, len(plain))))
    said = []
    for at in chosen:
        call, outcome = checked.compiled.calls[at].expression, checked.outcomes[at]
        said.append(
            f"`{call}` {f'raises {outcome.error}' if outcome.kind == 'error' else f'gives {show(outcome.value)}'}"
        )
    start = rng.choice(["Sound", "The code is sound", "It does what is asked"])
    return f"{start}: {' and '.join(said)}, as it should." if said else f"{start}, in all cases that the text names."


def tests(checked: Checked) -> Task:
    """A function; the answer is assert statements that hold for it and that its mutants fail."""
    problem, rng = checked.problem, checked.problem.rng
    usable = [at for at in checked.tests
              if checked.compiled.calls[at].plain and checked.outcomes[at].kind == "value"]  # fmt: skip
    if len(usable) < 3:
        raise Unfit("too few calls that are one expression")
    source = rng.choice((problem.ways, problem.bare_ways))[0]
    found = [bug for bug in bugs(checked, source, MAX_MUTANTS, plain=True)
             if any(not same(bug.outcomes[at], checked.outcomes[at]) for at in usable)]  # fmt: skip
    if len(found) < MIN_MUTANTS:
        raise Unfit("too few mutants")
    weak = [at for at in usable if any(same(bug.outcomes[at], checked.outcomes[at]) for bug in found)]
    if not weak:
        raise Unfit("one test alone detects every mutant")
    usable = [weak[0], *(at for at in usable if at != weak[0])]  # the first line alone must not be enough
    text = rng.choice(_TESTS).replace("$n", problem.name)
    if rng.random() < 0.6:
        text = f"{text} {phrasing.specification(problem, rng)}"
    task = task_of(checked, "tests", text)
    answer = "\n".join(_asserted(checked, at) for at in usable)
    task.sections |= {
        "input": [source.rstrip()],
        "answer": [answer],
        "mutant": [edit_between(source, bug.source) for bug in found],
    }
    return task


_TESTS = (
    "Write assert statements for `$n`, edge cases included.",
    "Test this function with a few assert statements.",
    "Write unit tests for `$n` as plain asserts.",
    "Which asserts would catch mistakes in `$n`? Write them down.",
)


def _asserted(checked: Checked, at: int) -> str:
    """The test as a person writes it: `not f(1)` for False, `is None` for None."""
    call, value = checked.compiled.calls[at].expression, checked.outcomes[at].value
    if value is True or value is False or value is None:
        return f"{call} is {value}"
    return f"{call} == {show(value)}"


def explain(checked: Checked) -> Task:
    """A function and a call; the answer follows the values and ends with the result."""
    problem, rng = checked.problem, checked.problem.rng
    fit = [at for at, call in enumerate(checked.compiled.calls)
           if call.arguments is not None and checked.outcomes[at].kind == "value"
           and not is_guessable(checked.outcomes[at].value) and checked.outcomes[at].value not in call.arguments
           and len(checked.line(at)) <= 160]  # fmt: skip
    if not fit or problem.is_class:
        raise Unfit("no call whose result cannot be guessed")
    rng.shuffle(fit)
    source = rng.choice(rng.choice((problem.ways, problem.bare_ways)))
    for at in fit[:3]:
        call, value = checked.compiled.calls[at], checked.outcomes[at].value
        try:
            sentences = narrate(source, problem.name, copy.deepcopy(call.arguments or ()), value)
        except Unfit:
            continue
        said = f"returns {rng.choice(problem.gives)}" if problem.gives else third_person(lower_first(problem.summary))
        head = f"`{problem.name}` {said.rstrip('.')}."
        text = "\n".join([head, *sentences, f"Answer: {show(value)}"])
        if sentences and len(text) <= MAX_EXPLANATION:
            task = task_of(checked, "explain", rng.choice(_EXPLAIN).replace("$n", problem.name))
            task.sections |= {"input": [source.rstrip()], "call": [call.expression], "answer": [text]}
            return task
    raise Unfit("no call that can be told shortly")


_EXPLAIN = (  # the question itself, with the call, follows (tasks/written.py)
    "",
    "I do not understand this code.",
    "I have to change `$n` and first want to know how it works.",
    "This is from our code base.",
)


def is_guessable(value: object) -> bool:
    """Whether a result says little about having followed the code."""
    if value is None or isinstance(value, bool) or value in ("", [], {}, (), set()):
        return True
    return isinstance(value, (int, float)) and -1 <= value <= 20
