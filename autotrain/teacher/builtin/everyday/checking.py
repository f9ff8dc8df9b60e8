"""Checking families: draw problems, make every kind of task, and say what is wrong.

    python -m autotrain.teacher.builtin.everyday check [name...] [--draws N] [--show]

A name is a family ("money.gross_price"), a topic ("money") or nothing for all. A fault ends with exit code 1.
"""

import ast
import io
import random
import re
import tokenize
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from autotrain.tasks.demands import unmet
from autotrain.tasks.notation import Task, apply_edits, parse_tasks, task_as_text
from autotrain.tasks.written import build_row
from autotrain.teacher.builtin.everyday import phrasing
from autotrain.teacher.builtin.everyday.making import MAKERS
from autotrain.teacher.builtin.everyday.problem import Problem, draw_problem
from autotrain.teacher.builtin.everyday.running import Outcome
from autotrain.teacher.builtin.everyday.strength import Checked, assess, same, unreached
from autotrain.teacher.builtin.everyday.values import Unfit

MIN_PHRASINGS = 6
MIN_ASKS = 2
MIN_DISTINCT = 5  # different problems (source and name) among the draws
MAX_SURVIVORS = 0.05
MAX_UNFIT = 0.2
STUB_VALUES = ("None", "True", "False", "0", "1", '""', "[]", "{}", "a[0] if a else None", "a[-1] if a else None")
_SMALL = (0, 1, -1, 2)


@dataclass
class Findings:
    """What the check of one family found."""

    family: str
    draws: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    survivors: Counter[str] = field(default_factory=Counter)
    mutants: int = 0
    unfit: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    distinct: set[str] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)


def check(family: str, draws: int) -> Findings:
    """Draw problems of a family and make every kind of each."""
    found = Findings(family, draws)
    for number in range(draws):
        rng = random.Random(f"check {family} {number}")
        try:
            problem = draw_problem(family, rng)
            checked = assess(problem)
        except Unfit as reason:
            found.unfit[str(reason)] += 1
            continue
        except Exception as error:  # whatever a family's own code raises is a fault to print
            found.faults[f"{type(error).__name__}: {error}"] += 1
            continue
        found.distinct.add(problem.ways[0] + problem.summary)
        found.mutants += checked.mutants
        found.survivors.update(checked.survivors)
        found.faults.update(_faults(checked))
        for kind in MAKERS:
            try:
                task = MAKERS[kind](checked)
            except Unfit as reason:
                found.unfit[f"{kind}: {reason}"] += 0
                continue
            except Exception as error:
                found.faults[f"{kind}: {type(error).__name__}: {error}"] += 1
                continue
            found.kinds[kind] += 1
            found.texts.add(task_as_text(task))
            found.faults.update(f"{kind}: {fault}" for fault in task_faults(task, checked))
    refused = sum(found.unfit.values())
    if refused > MAX_UNFIT * draws:
        found.faults[f"{refused} of {draws} draws are refused: {found.unfit.most_common(2)}"] += 1
    if len(found.distinct) < min(MIN_DISTINCT, draws // 4):
        found.faults[f"only {len(found.distinct)} different problems in {draws} draws"] += 1
    for kind in ("algorithm", "fix"):
        if found.kinds[kind] < draws * (1 - MAX_UNFIT) / 2:
            reasons = [reason for reason in found.unfit if reason.startswith(kind)]
            found.faults[f"only {found.kinds[kind]} of {draws} draws make a task of kind {kind}: {reasons[:3]}"] += 1
    if sum(found.survivors.values()) > MAX_SURVIVORS * max(1, found.mutants):
        found.faults[f"{sum(found.survivors.values())} of {found.mutants} mutants survive"] += 1
    return found


def _faults(checked: Checked) -> Iterator[str]:
    problem = checked.problem
    for kind, sources in (("way", problem.ways), ("bare way", problem.bare_ways), ("clumsy way", problem.clumsy)):
        for number, source in enumerate(sources, start=1):
            results = checked.compiled.run(source)
            if results is None:
                yield f"{kind} {number} does not run"
            elif not checked.agrees(results):
                yield f"{kind} {number} gives something else for {_difference(checked, results.outcomes)}"
            yield from (f"{kind} {number}: {fault}" for fault in _style(source))
    if problem.ways[1:] == ():
        yield "one way only"
    if problem.given and not checked.failed(checked.compiled.run(problem.given)):
        yield "the given code passes the tests"
    for value in STUB_VALUES:
        stub = f"def {problem.name}(*a, **k):\n    return {value}\n"
        if not checked.failed(checked.compiled.run(stub)):
            yield f"a stub that returns {value} passes"
    if any(re.search(rf"^ +{problem.name} = ", source, re.MULTILINE) for source in problem.ways):
        yield "a variable has the name of the function"
    for slip in problem.slips:
        if not any(slip.old in source for source in (problem.ways[0], problem.bare_ways[0])):
            yield f"the slip {slip.old!r} does not occur in the first way"
    if missing := unreached(problem):
        yield f"{missing} branches of the reference are never taken"
    texts = set(phrasing.bare(problem, problem.signature(False)))
    if len(texts) < MIN_PHRASINGS or len(problem.asks) < MIN_ASKS:
        yield f"{len(texts)} phrasings and {len(problem.asks)} asks; {MIN_PHRASINGS} and {MIN_ASKS} are needed"
    docstring = " ".join([problem.asks[0] if problem.is_class else problem.summary, *problem.rules])
    yield from dict.fromkeys(fault for text in (*texts, docstring) for fault in _ambiguities(problem, checked, text))
    for text in (*texts, docstring, *problem.settings):
        yield from _wording(text)
    if not problem.summary.endswith("."):
        yield "the summary does not end with a full stop"


def _difference(checked: Checked, outcomes: list[Outcome]) -> str:
    at = next(at for at, outcome in enumerate(outcomes) if not same(outcome, checked.outcomes[at]))
    call = checked.compiled.calls[at]
    return f"{call.setup} {call.expression}: {outcomes[at]} and not {checked.outcomes[at]}"


def _ambiguities(problem: Problem, checked: Checked, text: str) -> Iterator[str]:
    """Constants, None and exceptions that matter and that a text does not mention."""
    said = text.lower()
    where = " (in every phrasing: gives, asks, or summary, or as a rule)"
    for value in dict.fromkeys(_constants(problem.ways[0])):
        if str(value) in problem.known or value in _SMALL:
            continue
        if isinstance(value, int) and not re.search(rf"(?<!\d){abs(value)}(?!\d)", said):
            if not re.search(_KNOWN.get(value, r"$^"), said):
                yield f"the code has {value} and a phrasing does not mention it{where}"
        elif isinstance(value, str) and re.search(r"[^\W_]", value) and value.strip().lower() not in said:
            yield f"the code has {value!r} and a phrasing does not mention it{where}"
    results = [checked.outcomes[at] for at in checked.tests]
    missing = [outcome.kind == "value" and outcome.value is None for outcome in results]
    if any(missing) and not all(missing) and "none" not in said:
        yield f"None is returned and a phrasing does not mention it{where}"
    for outcome in results:
        if outcome.kind == "error" and outcome.error.lower() not in said:
            yield f"{outcome.error} is raised and a phrasing does not mention it{where}"


# Numbers that a text need not name where it speaks of these things.
_KNOWN = {100: "%|percent|cent", 60: "minute|hour|second", 3600: "hour|second", 24: "hour|day|clock", 12: "month|dozen",
          7: "week", 1000: "kilo|gram|met|milli|litre", 1024: "byte|kib|mib", 365: "year", 30: "month"}  # fmt: skip


_PATTERN = re.compile(r"\\|%[A-Za-z]")  # a regular expression or a format, which no text quotes


def _constants(source: str) -> Iterator[object]:
    tree = ast.parse(source)
    hidden: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):  # a docstring
            hidden.add(id(node.value))
        if isinstance(node, (ast.Raise, ast.Slice)):
            hidden.update(id(part) for part in ast.walk(node))
        if isinstance(node, ast.FormattedValue) and node.format_spec:
            hidden.update(id(part) for part in ast.walk(node.format_spec))
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or id(node) in hidden:
            continue
        if type(node.value) is int or isinstance(node.value, str) and not _PATTERN.search(node.value):
            yield node.value


def _style(source: str) -> Iterator[str]:
    if any(len(line) > 100 for line in source.split("\n")):
        yield "a line of more than 100 characters"
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.STRING and token.string.lstrip("rfbu").startswith("'") and '"' not in token.string:
            yield f"a string in single quotes: {token.string}"
    for line in source.split("\n"):
        if line.startswith(("==", "--", ":")):
            yield f"a line that the notation cannot hold: {line}"


_DOUBLED = re.compile(r"\b(the|a|an|of|to|and|in|is|are|that|with|for) \1\b", re.IGNORECASE)
_ARTICLE = re.compile(r"\b[Aa] (?=[aeio])(?!one\b|once\b|euro)\w+|\b[Aa]n (?=[bcdfgjklmnpqrstvwxyz])\w+")


def _wording(text: str) -> Iterator[str]:
    prose = re.sub(r"`[^`]*`|\"[^\"]*\"", "`x`", text)
    if (
        found := _DOUBLED.search(prose)
        or _ARTICLE.search(prose)
        or re.search(r"\w  +\w| [.,;](?!\w)|\.\.(?!\.)", prose)
    ):
        yield f"wording: {found[0]!r} in {text[:80]!r}"
    if re.search(r"[.!?] [a-z](?!\.)", re.sub(r"e\.g\.|i\.e\.", "", prose)):
        yield f"wording: a sentence begins in lower case: {text[:80]!r}"


# -- tasks -------------------------------------------------------------------------------------


def task_faults(task: Task, checked: Checked) -> Iterator[str]:
    """What is wrong with a task, proved from its sections."""
    sections = task.sections
    if task.kind == "algorithm" and f"`{task.name}" not in task.text:
        yield "the text does not name the function"
    read = parse_tasks(task_as_text(task), "task")
    if len(read) != 1 or (read[0].text, read[0].sections) != (task.text, task.sections):
        yield "the notation cannot hold it"
    row = build_row(task, teacher_model="check")
    if task.kind in ("algorithm", "completion", "fix", "refactor"):
        try:
            exec(f"{sections['answer'][0]}\n{row['tests']['code']}", {"__name__": "solution"})
        except Exception as error:
            yield f"the tests as written fail on the answer: {type(error).__name__} {error}"
    if task.kind in ("algorithm", "completion", "fix", "refactor") and checked.failed(
        checked.compiled.run(sections["answer"][0])
    ):
        yield "the answer fails its tests"
    if task.kind == "fix" and not checked.failed(checked.compiled.run(_edited(task, "answer", "bug"))):
        yield "the bug passes the tests"
    if task.kind == "refactor":
        demands = sections["demand"][0].split("\n")
        if any(unmet(demand, sections["answer"][0]) for demand in demands):
            yield "the answer misses a demand"
        if not any(unmet(demand, sections["input"][0]) for demand in demands):
            yield "the input meets all demands"
    if task.kind == "review":
        if bool(checked.failed(checked.compiled.run(sections["input"][0]))) != ("line" in sections):
            yield "the verdict does not agree with the tests"
        if "line" in sections and checked.failed(checked.compiled.run(_edited(task, "input", "fix"))):
            yield "the repaired code fails"
    if task.kind == "tests":
        for edit in sections["mutant"]:
            if checked.agrees(checked.compiled.run(apply_edits(sections["input"][0], edit, "mutant"))):
                yield f"a mutant that no test detects: {edit}"
    if task.kind == "explain" and not sections["answer"][0].split("\n")[-1].startswith("Answer: "):
        yield "no answer at the end"


def _edited(task: Task, section: str, edit: str) -> str:
    return apply_edits(task.sections[section][0], task.sections[edit][0], edit)


def report(found: Findings, show_survivors: bool = True) -> str:
    """The findings of one family as lines to print."""
    lines = [f"{found.family}: {sum(found.faults.values())} faults, {len(found.distinct)} problems, "
             f"{sum(found.survivors.values())}/{found.mutants} survivors, kinds "
             + " ".join(f"{kind}:{found.kinds[kind]}" for kind in MAKERS)]  # fmt: skip
    lines += [f"  FAULT ({count}x) {fault}" for fault, count in found.faults.most_common(12)]
    if show_survivors:
        lines += [f"  survivor ({count}x) {label}" for label, count in found.survivors.most_common(5)]
    missing = [kind for kind in MAKERS if not found.kinds[kind]]
    for kind in missing:
        reasons = [reason for reason in found.unfit if reason.startswith(f"{kind}:")]
        lines.append(f"  no {kind}: {'; '.join(reasons[:2])}")
    return "\n".join(lines)
