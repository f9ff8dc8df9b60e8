"""Which tests of a task tell its right code from slightly wrong copies, and what values they expect.

Expected values come from running the right code; a test with another value is dropped. The copies are the mutants of
the builtin teacher's curriculum. A copy that some input tells from the right code is killable; what the chosen tests
let pass of those is a survivor. All of it runs in one job of the sandbox, bounded in copies, inputs and loop turns.

    trial = tried(right, "total", tests, inputs, instruction, sandbox.check)     # None: the right code does not run
    trial.tests, trial.weakness
"""

import ast
import builtins
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from autotrain.tasks import python
from autotrain.tasks.written import raises_test
from autotrain.teacher import answer_code
from autotrain.teacher.builtin.everyday import running, strength

if TYPE_CHECKING:
    from autotrain.sandbox import Job, Verdict

MOST_SURVIVORS = 0.05  # of the killable copies, that the tests may let pass
MOST_TESTS = 20
MOST_INPUTS = 24  # of the teacher's, that are run
MOST_RUNS = 3  # jobs for one trial: a copy that hangs ends the first
MARK = "heidi-trial:"
WALL_S = 10.0


class Probe(NamedTuple):
    """Something to run on every copy. `test` is what stands in the tests; "" where its value comes from running."""

    test: str
    setup: str
    expression: str


class Survivor(NamedTuple):
    """A killable copy that passes the tests: what is wrong in it, and a call that tells."""

    what: str
    told_by: str


@dataclass
class Trial:
    """The tests that were chosen, and what they let pass."""

    tests: list[str]
    killable: int = 0
    survivors: list[Survivor] = field(default_factory=list)
    untaken: list[str] = field(default_factory=list)
    """Calls that take a branch of the right code that no test takes."""

    @property
    def weakness(self) -> str:
        """What the tests lack, as a phrase; "" where they are strong enough."""
        if len(self.survivors) > MOST_SURVIVORS * self.killable:
            one = self.survivors[0]
            count = f"{len(self.survivors)} of {self.killable} faulty copies pass the tests"
            return f"{count} (one has {one.what}, and {one.told_by} would tell)"
        return f"no test takes the branch that {self.untaken[0]} takes" if self.untaken else ""


def tried(
    right: str,
    name: str,
    tests: Sequence[str],
    inputs: Sequence[str],
    said: str,
    check: "Callable[[Job], Verdict]",
    *,
    near: bool = False,
) -> Trial | None:
    """The trial of the tests and inputs for `right`; None where that does not run.

    Tests that it fails are left out; inputs become tests where they tell a copy or take a branch that nothing before
    them does. An error is an expected one where `said` (the instruction) or a test names it. `near` lets inputs near
    the tests' become tests too; otherwise they only show what could be told.
    """
    copies = _copies(right)
    probes = [Probe(test, test, "None") for test in tests]
    own = [probe for text in inputs[:MOST_INPUTS] if (probe := _probe(text, name)) is not None]
    around = islice(answer_code.near_inputs("\n".join(tests), name), answer_code.MOST_INPUTS)
    others = [Probe("", "", f"{name}({', '.join(map(repr, arguments))})") for arguments in around]
    probes += [*own, *others]
    found = _run(right, [source for _, source in copies], probes, check)
    if found is None:
        return None
    outcomes, kills = found
    names_of_errors = said + "".join(tests)
    texts = [_test(*pair, names_of_errors) for pair in zip(probes, outcomes, strict=True)]
    usable = {at for at, text in enumerate(texts) if text}
    goals = {f"copy {at}": killed & usable for at, killed in enumerate(kills) if killed is not None and killed & usable}
    killable = len(goals)
    for mark in sorted({mark for at in usable for mark in outcomes[at][3]}):
        goals[f"branch {mark}"] = {at for at in usable if mark in outcomes[at][3]}
    given = {at for at in usable if at < len(tests)}
    chosen = sorted(given)
    spare = usable - given - (set() if near else set(range(len(tests) + len(own), len(probes))))
    reached = set(chosen)
    while len(chosen) < MOST_TESTS and spare:
        missed = [at_which for at_which in goals.values() if not at_which & reached]
        best = min(spare, key=lambda at: (-sum(at in goal for goal in missed), len(texts[at]), at))
        if not any(best in goal for goal in missed):
            break
        chosen.append(best)
        reached.add(best)
        spare.discard(best)
    trial = Trial([texts[at] for at in dict.fromkeys(chosen)], killable)
    for goal, at_which in goals.items():
        if not at_which & reached:
            told_by = _shown(probes[min(at_which, key=lambda at: (len(probes[at].expression), at))])
            number = int(goal.split()[1])
            if goal.startswith("copy"):
                trial.survivors.append(Survivor(copies[number][0], told_by))
            else:
                trial.untaken.append(told_by)
    return trial


def disputed(answers: tuple[str, str], name: str, tests: Sequence[str], check: "Callable[[Job], Verdict]") -> list[str]:
    """The tests that both answers fail with one and the same other result. The answers know nothing of each other."""
    known = [(test, probe) for test in tests if (probe := _asked(test, name)) is not None]
    probes = [Probe(test, test, "None") for test, _ in known] + [probe for _, probe in known]
    found = _run(answers[0], [answers[1]], probes, check) if known else None
    away = found[1][0] if found is not None else None
    if found is None or away is None:
        return []
    outcomes = found[0]
    sure = [outcome[0] in ("value", "error") for outcome in outcomes[len(known) :]]
    return [
        test
        for at, (test, _) in enumerate(known)
        if outcomes[at][0] == "error" and sure[at] and at + len(known) not in away
    ]


def _asked(test: str, name: str) -> Probe | None:
    """What a test asks for, without what it expects; None where that cannot be told."""
    body = ast.parse(test).body
    if isinstance(body[-1], ast.Try):
        return _probe("\n".join(map(ast.unparse, body[-1].body)), name)
    last = body[-1].test if isinstance(body[-1], ast.Assert) else None
    if not isinstance(last, ast.Compare) or len(last.ops) != 1 or not isinstance(last.ops[0], (ast.Eq, ast.Is)):
        return None
    return _probe("\n".join([*map(ast.unparse, body[:-1]), ast.unparse(last.left)]), name)


def _copies(right: str) -> list[tuple[str, str]]:
    """What was changed, in words, and the changed source, of at most strength.MAX_MUTANTS places spread over it."""
    tree = ast.parse(right)
    sites = list(strength.sites(tree))
    step = max(1.0, len(sites) / strength.MAX_MUTANTS)
    copies: dict[str, str] = {}
    for number in range(min(strength.MAX_MUTANTS, len(sites))):
        line, change, near, apply = sites[int(number * step)]
        place = strength.said(near)
        undo = apply()
        copies.setdefault(ast.unparse(tree), f"`{change}` in line {line}, `{place[:60]}`")
        undo()
    return [(what, source) for source, what in copies.items()]


def _probe(text: str, name: str) -> Probe | None:
    """An input of the teacher: statements, the last an expression (or an assert, whose value is not believed)."""
    try:
        body = ast.parse(text.strip()).body
    except python.UNREADABLE:
        return None
    last = body[-1] if body else None
    value = last.value if isinstance(last, ast.Expr) else None
    if isinstance(last, ast.Assert) and isinstance(last.test, ast.Compare) and isinstance(last.test.ops[0], ast.Eq):
        value = last.test.left
    names = {node.id for part in body for node in ast.walk(part) if isinstance(node, ast.Name)}
    if value is None or name not in names:
        return None
    return Probe("", "\n".join(map(ast.unparse, body[:-1])), ast.unparse(value))


def _test(probe: Probe, outcome: list[Any], said: str) -> str:
    """The probe as a test of what the right code did; "" where nobody should expect that."""
    kind, value, error, _ = outcome
    if probe.test:
        return probe.test if kind == "value" else ""
    before = f"{probe.setup}\n" if probe.setup else ""
    if kind == "error" and error in said and isinstance(getattr(builtins, error, None), type):
        return raises_test(error, f"{before}{probe.expression}")
    if kind != "value" or value is None:
        return ""
    try:
        plain = strength.is_plain(ast.literal_eval(value))
    except python.UNREADABLE:
        return ""
    if not plain:
        return ""
    equals = "is" if value in ("None", "True", "False") else "=="
    return f"{before}assert {strength.closed(probe.expression)} {equals} {value}"


def _shown(probe: Probe) -> str:
    lines = (probe.test or f"{probe.setup}\n{probe.expression}").strip().splitlines()
    return f"`{'; '.join(lines)[:120]}`"


@lru_cache(maxsize=1)
def _inside() -> str:
    """The program that tries sources in the sandbox, without the data that it is given."""
    paths = (running.__file__, str(Path(__file__).with_name("trial_inside.py")))
    return "\n\n".join(Path(path).read_text(encoding="utf-8") for path in paths if path)


def _run(
    right: str, copies: list[str], probes: list[Probe], check: "Callable[[Job], Verdict]"
) -> tuple[list[list[Any]], list[set[int] | None]] | None:
    """What the right code did at each probe, and for each copy the probes at which it did something else.

    None for a copy that ended the job (it hung where no loop turn is counted), and for those behind the last run.
    """
    from autotrain.sandbox import Job, Limits

    asked = [[probe.setup, probe.expression] for probe in probes]
    outcomes: list[list[Any]] | None = None
    kills: list[set[int] | None] = []
    for _ in range(MOST_RUNS):
        data = json.dumps({"sources": [right, *copies[len(kills) :]], "probes": asked})
        program = f"{_inside()}\n\ntry_all(json.loads({data!r}), {MARK!r})\n"
        verdict = check(Job(program, "", None, Limits(wall_s=WALL_S, cpu_s=WALL_S)))
        told = _told(verdict.stdout, len(probes))
        if not told:
            break
        outcomes = told[0]
        kills += [set(away) for away in told[1 : 1 + len(copies) - len(kills)]]
        if len(kills) == len(copies):
            break
        kills.append(None)
        if len(kills) == len(copies):
            break
    if outcomes is None or all(error == "does not load" for _, _, error, _ in outcomes):
        return None
    return outcomes, kills + [None] * (len(copies) - len(kills))


def _told(stdout: str, probes: int) -> list[Any]:
    """What trial_inside.py wrote, up to the first line that it cannot have written (cut off, or by the code tried)."""
    told: list[Any] = []
    for line in stdout.splitlines():
        if not line.startswith(MARK):
            continue
        try:
            value = json.loads(line[len(MARK) :])
        except ValueError:
            break
        if told:
            fits = isinstance(value, list) and all(isinstance(at, int) and 0 <= at < probes for at in value)
        else:
            fits = isinstance(value, list) and len(value) == probes and all(map(_is_outcome, value))
        if not fits:
            break
        told.append(value)
    return told


def _is_outcome(value: Any) -> bool:
    shape = (str, (str, type(None)), str, list)
    return isinstance(value, list) and len(value) == len(shape) and all(map(isinstance, value, shape))
