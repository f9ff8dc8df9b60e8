"""Which calls make good tests: those that together kill the mutants of the reference and take every branch.

Mutants are made in place on the syntax tree and undone, so that each costs one compilation.
"""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from autotrain.teacher.builtin.everyday.problem import Call, Problem
from autotrain.teacher.builtin.everyday.running import Compiled, Outcome, Results, instrument
from autotrain.teacher.builtin.everyday.values import Unfit, show

MAX_MUTANTS = 24
MIN_TESTS, MAX_TESTS = 4, 8
MAX_CALL_CHARACTERS = 280
_COMPARE = {
    ast.Lt: (ast.LtE, ast.Gt), ast.LtE: (ast.Lt,), ast.Gt: (ast.GtE, ast.Lt), ast.GtE: (ast.Gt,),
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.In: (ast.NotIn,), ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,),
}  # fmt: skip
_BINARY = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
           ast.Mod: ast.FloorDiv, ast.Pow: ast.Mult}  # fmt: skip


@dataclass
class Checked:
    """A problem whose reference was run: sound calls, their outcomes, the chosen tests and the survivors."""

    problem: Problem
    compiled: Compiled
    outcomes: list[Outcome]
    tests: list[int]  # positions of the chosen calls
    mutants: int
    survivors: list[str]

    def line(self, at: int) -> str:
        """The test of a call, as a line of the notation."""
        return test_line(self.compiled.calls[at], self.outcomes[at])

    def test_lines(self) -> list[str]:
        """The chosen tests; statements that prepare stand as `| statement` lines."""
        lines: list[str] = []
        for at in self.tests:
            lines += [f"| {line}" for line in self.compiled.calls[at].setup.splitlines()]
            lines.append(self.line(at))
        return lines

    def agrees(self, results: Results | None) -> bool:
        """Whether these results are the reference's, for every call."""
        return results is not None and all(map(same, results.outcomes, self.outcomes))

    def failed(self, results: Results | None) -> list[int]:
        """The chosen tests that these results fail."""
        if results is None:
            return list(self.tests)
        return [at for at in self.tests if not same(results.outcomes[at], self.outcomes[at])]


def test_line(call: Call, outcome: Outcome) -> str:
    """`f(2) == 3`, or `raises ValueError: f(-1)`."""
    if outcome.kind == "error":
        return f"raises {outcome.error}: {call.expression}"
    return f"{closed(call.expression)} == {show(outcome.value)}"


def closed(expression: str) -> str:
    """The expression in brackets where a comparison after it would not compare all of it."""
    node = ast.parse(expression, mode="eval").body
    loose = isinstance(node, (ast.Compare, ast.BoolOp, ast.IfExp, ast.Lambda, ast.UnaryOp))
    return f"({expression})" if loose else expression


def same(left: Outcome, right: Outcome) -> bool:
    """Whether a test that expects one outcome takes the other."""
    if left.kind != right.kind:
        return False
    return left.error == right.error if left.kind == "error" else bool(left.value == right.value)


def assess(problem: Problem) -> Checked:
    """Run the reference, its mutants and its other ways, and choose the tests. Raises Unfit for an unsound draw."""
    compiled = Compiled(problem.calls)
    tree = ast.parse(problem.ways[0])
    sites_of = list(sites(tree))  # before the tree is instrumented
    instrument(tree)
    reference = compiled.run(tree)
    if reference is None:
        raise Unfit("the reference does not run")
    for call, outcome in zip(compiled.calls, reference.outcomes, strict=True):
        _check(problem, call, outcome)
    step = max(1.0, len(sites_of) / MAX_MUTANTS)
    chosen = [sites_of[int(number * step)] for number in range(min(MAX_MUTANTS, len(sites_of)))]
    kills: list[frozenset[int]] = []
    survivors: list[str] = []
    for line, change, near, apply in chosen:
        undo = apply()
        results = compiled.run(tree)
        undo()
        killed = frozenset(
            at for at, outcome in enumerate(reference.outcomes)
            if results is None or not same(results.outcomes[at], outcome)
        )  # fmt: skip
        kills.append(killed) if killed else survivors.append(f"line {line}: {change} in {said(near)}")
    branches = frozenset().union(*reference.marks)
    reached = [frozenset(at for at, marks in enumerate(reference.marks) if mark in marks) for mark in branches]
    tests = _choose(problem, compiled.calls, reference.outcomes, kills + reached)
    return Checked(problem, compiled, reference.outcomes, tests, len(chosen), survivors)


def said(node: ast.AST) -> str:
    """A mutated place as source."""
    return ast.unparse(node.test if isinstance(node, (ast.If, ast.IfExp)) else node)


def unreached(problem: Problem) -> int:
    """How many branches of the reference no call goes through."""
    tree = ast.parse(problem.ways[0])
    count = instrument(tree)
    results = Compiled(problem.calls).run(tree)
    return count - len(frozenset().union(*results.marks)) if results else count


def _check(problem: Problem, call: Call, outcome: Outcome) -> None:
    if outcome.kind == "endless":
        raise Unfit(f"{call.expression} never ends")
    if outcome.kind == "error" and outcome.error not in problem.raises:
        raise Unfit(f"{call.expression} raises {outcome.error}: {outcome.value}")
    if outcome.kind == "value" and not is_plain(outcome.value):
        raise Unfit(f"{call.expression} gives {outcome.value!r}, which cannot be shown exactly")


def is_plain(value: Any, depth: int = 6) -> bool:
    """Whether a value is made of builtin types, not nested too deep, and has an exact, short form."""
    kind = type(value)
    if kind in (bool, int, str, bytes, type(None)):
        return True
    if kind is float:
        return abs(value) < 1e9 and len(repr(value).partition(".")[2]) <= 4
    if kind in (list, tuple, set, frozenset):
        return depth > 0 and all(is_plain(item, depth - 1) for item in value)
    if kind is dict:
        return depth > 0 and all(is_plain(key, depth - 1) and is_plain(item, depth - 1) for key, item in value.items())
    return False


def is_shallow(value: Any, depth: int = 6) -> bool:
    """Whether a value (of a bug: perhaps a list within itself) can be shown at all."""
    if isinstance(value, dict):
        return depth > 0 and all(is_shallow(item, depth - 1) for item in value.values())
    if isinstance(value, (list, tuple)):
        return depth > 0 and all(is_shallow(item, depth - 1) for item in value)
    return type(value) in (bool, int, float, str, bytes, type(None), set, frozenset)


def _choose(problem: Problem, calls: list[Call], outcomes: list[Outcome], goals: list[frozenset[int]]) -> list[int]:
    size = [len(test_line(call, outcome)) + len(call.setup) for call, outcome in zip(calls, outcomes, strict=True)]
    order = sorted((at for at in range(len(calls)) if size[at] <= MAX_CALL_CHARACTERS), key=lambda at: size[at])
    chosen: list[int] = []
    open_goals = [goal for goal in goals if goal]
    while open_goals and len(chosen) < MAX_TESTS:
        best = max(order, key=lambda at: sum(at in goal for goal in open_goals), default=None)
        if best is None or not any(best in goal for goal in open_goals):
            break
        chosen.append(best)
        open_goals = [goal for goal in open_goals if best not in goal]
    if open_goals:
        raise Unfit("the calls that kill the mutants are too long or too many")
    wanted = problem.rng.randint(MIN_TESTS, MIN_TESTS + 1 + (problem.level > 1))
    values = {_key(outcomes[at]) for at in chosen}
    for at in [*order, *order]:  # first those with new values
        if at not in chosen and len(chosen) < wanted and (_key(outcomes[at]) not in values or len(values) > 1):
            chosen.append(at)
            values.add(_key(outcomes[at]))
    if _hands_back(calls, outcomes, chosen):
        chosen += [at for at in order if not _hands_back(calls, outcomes, [*chosen, at])][:1]
    if len(chosen) < MIN_TESTS:
        raise Unfit("too few tests")
    if len(values) == 1 or _hands_back(calls, outcomes, chosen):
        raise Unfit("a constant or an argument handed back passes")
    return sorted(chosen)


def _key(outcome: Outcome) -> str:
    return outcome.error or repr(outcome.value)


def _hands_back(calls: list[Call], outcomes: list[Outcome], chosen: list[int]) -> bool:
    lists = [calls[at].arguments for at in chosen]
    if any(arguments is None for arguments in lists):
        return False
    width = min(len(arguments or ()) for arguments in lists)
    return any(
        all(outcomes[at].kind == "value" and outcomes[at].value == (calls[at].arguments or ())[place] for at in chosen)
        for place in range(width)
    )


# -- mutants in place -----------------------------------------------------------------------

Apply = Callable[[], Callable[[], None]]


def sites(tree: ast.Module) -> Iterator[tuple[int, str, ast.AST, Apply]]:
    """Every place to mutate: its line, the change in words, where, and a function that mutates and can undo."""
    skipped = {id(part) for node in ast.walk(tree) for part in _unexecuted(node)}
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        for change, name, new in _changes(node):
            yield getattr(node, "lineno", 0), change, node, _setter(node, name, new)


def _changes(node: ast.AST) -> Iterator[tuple[str, str, Any]]:
    """The mutations of one node: in words, the attribute to set, and its value."""
    if isinstance(node, ast.Compare) and type(node.ops[0]) in _COMPARE:
        for new in _COMPARE[type(node.ops[0])]:
            yield new.__name__, "ops", [new(), *node.ops[1:]]
    elif isinstance(node, (ast.BinOp, ast.AugAssign)) and type(node.op) in _BINARY:
        new = _BINARY[type(node.op)]
        yield new.__name__, "op", new()
    elif isinstance(node, ast.BoolOp):
        yield "and/or", "op", ast.Or() if isinstance(node.op, ast.And) else ast.And()
    elif isinstance(node, ast.Constant) and type(node.value) in (int, bool, str) and node.value != "":
        value = node.value
        other = not value if isinstance(value, bool) else value + 1 if isinstance(value, int) else f"{value}x"
        yield f"{other!r}", "value", other
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield "no not", "operand", ast.copy_location(ast.UnaryOp(ast.Not(), node.operand), node)
    elif isinstance(node, ast.Return) and node.value is not None:
        if not (isinstance(node.value, ast.Constant) and node.value.value is None):
            yield "return None", "value", _constant(None, node)
    elif isinstance(node, (ast.If, ast.IfExp)):
        for value in (True, False):
            yield f"if {value}", "test", _constant(value, node)


def _unexecuted(node: ast.AST) -> Iterator[ast.AST]:
    """Docstrings, annotations and the texts of exceptions: changing them changes nothing that a test sees."""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.Module)):
        head = node.body[0] if node.body else None
        if isinstance(head, ast.Expr) and isinstance(head.value, ast.Constant):
            yield head.value
    if isinstance(node, ast.arg) and node.annotation:
        yield from ast.walk(node.annotation)
    if isinstance(node, ast.FunctionDef) and node.returns:
        yield from ast.walk(node.returns)
    if isinstance(node, ast.AnnAssign):
        yield from ast.walk(node.annotation)
    if isinstance(node, ast.Raise) and node.exc:
        yield from ast.walk(node.exc)


def _constant(value: Any, near: ast.AST) -> ast.Constant:
    return ast.copy_location(ast.Constant(value), near)


def _setter(node: ast.AST, name: str, new: Any) -> Apply:
    def apply() -> Callable[[], None]:
        old = getattr(node, name)
        setattr(node, name, new)
        return lambda: setattr(node, name, old)

    return apply
