"""Bugs that people make, planted in a problem's reference, each with its line and what is wrong with it in words.

A family's own slips come first; then general ones: boundaries, operators, forgotten updates and cases, early
returns, a start value inside the loop, the wrong variable. A bug counts where the tests detect it, where it
does not fail on everything with an exception, and where it ends.
"""

import ast
import random
import re
from collections.abc import Iterator
from typing import NamedTuple

from autotrain.teacher.builtin.everyday.mutation import Mutant, mutants
from autotrain.teacher.builtin.everyday.running import Outcome
from autotrain.teacher.builtin.everyday.strength import Checked, is_shallow
from autotrain.teacher.builtin.everyday.values import Unfit, show

MAX_TRIES = 14
OWN_SHARE = 0.6  # of the bugs, a family's own come first


class Bug(NamedTuple):
    """A faulty source, the line that is faulty (as in the faulty source), what is wrong, and what it makes of calls."""

    source: str
    line: str
    note: str
    failed: list[int]
    outcomes: list[Outcome]

    @property
    def only_raises(self) -> bool:
        """Whether every failing test ends with an exception."""
        return all(self.outcomes[at].kind == "error" for at in self.failed)

    @property
    def shown(self) -> int:
        """The failing test to show: rather a wrong value than an exception, rather short."""
        return min(self.failed, key=lambda at: (self.outcomes[at].kind != "value", len(repr(self.outcomes[at]))))


def bugs(checked: Checked, source: str, wanted: int, plain: bool = False) -> list[Bug]:
    """Up to `wanted` different bugs of a source. Raises Unfit where there is none.

    `plain`: with such that nobody makes, as mutants for tests to detect.
    """
    rng = checked.problem.rng
    own = list(_own(checked, source))
    rng.shuffle(own)
    general = [*_general(source, rng), *(mutant for mutant in mutants(source, rng) if plain or _human(mutant))]
    rng.shuffle(general)
    candidates = [*own, *general] if rng.random() < OWN_SHARE else [*general, *own]
    if plain:
        candidates += _mechanical(source)
    found: list[Bug] = []
    for mutant in candidates[:MAX_TRIES]:
        bug = _proved(checked, source, mutant)
        if bug is not None and not plain and mutant not in own and bug.only_raises:
            continue  # a bug that shows by an exception only is the first that anybody would see
        if bug is not None and all(bug.source != other.source for other in found):
            found.append(bug)
            if len(found) == wanted:
                break
    if not found:
        raise Unfit("no bug that the tests detect")
    return found


def _proved(checked: Checked, source: str, mutant: Mutant) -> Bug | None:
    results = checked.compiled.run(mutant.source)
    if results is None or any(outcome.kind == "endless" for outcome in results.outcomes):
        return None
    failed = checked.failed(results)
    if not failed or all(outcome.kind == "error" for outcome in results.outcomes):
        return None
    if not all(is_shallow(outcome.value) for outcome in results.outcomes):
        return None
    lines = mutant.source.split("\n")
    line = lines[min(mutant.line, len(lines)) - 1]
    return Bug(mutant.source, line, _reworded(mutant.message), failed, results.outcomes)


_WORDINGS = (
    (re.compile(r"(?:calls|uses) `?([^`]+?)`? where `?([^`]+?)`? is needed"), r"`\1` should be `\2`"),
    (re.compile(r"the comparison uses `(.+)` where `(.+)` is needed"), r"The comparison is wrong: `\1` should be `\2`"),
    (
        re.compile(r"joins the conditions with `(.+)` instead of `(.+)`"),
        r"`\1` joins the conditions where `\2` belongs",
    ),
    (re.compile(r"does not sort"), "The result is not sorted"),
    (re.compile(r"takes the first"), "It takes the first"),
    (re.compile(r"sorts in"), "It sorts in"),
    (re.compile(r"returns inside"), "It returns inside"),
    (re.compile(r"overwrites"), "It overwrites"),
)


def _reworded(message: str) -> str:
    """What a mutation says of itself, as a reviewer says it."""
    for pattern, wording in _WORDINGS:
        if pattern.match(message):
            return pattern.sub(wording, message, count=1)
    return message


def effect(checked: Checked, bug: Bug) -> str:
    """What a bug does, with a value: "for `f([3, 3])` it returns 1 instead of 2"."""
    at = bug.shown
    call, right, wrong = checked.compiled.calls[at], checked.outcomes[at], bug.outcomes[at]
    before = f"after `{'; '.join(call.setup.splitlines())}`, " if call.setup else ""
    if len(call.setup) > 120 or wrong.kind == "value" and len(show(wrong.value)) > 100:
        raise Unfit("an effect that is too long")
    verb = "gives" if call.expression.endswith(")") else "is"
    should = f"raising {right.error}" if right.kind == "error" else show(right.value)
    did = f"raises {wrong.error}" if wrong.kind == "error" else f"{verb} {show(wrong.value)}"
    if right.kind == "value" and wrong.kind == "error":
        should = f"giving {should}"
    return f"{before}`{call.expression}` {did} instead of {should}"


def _own(checked: Checked, source: str) -> Iterator[Mutant]:
    for old, new, note in checked.problem.slips:
        if source.count(old):
            changed = "\n".join(text.rstrip() for text in source.replace(old, new, 1).split("\n"))
            line = source[: source.index(old)].count("\n") + 1
            first = next((n for n, (a, b) in enumerate(zip(source.split("\n"), changed.split("\n"), strict=False), 1)
                          if a != b), line)  # fmt: skip
            yield Mutant(changed, first, note.rstrip("."), "high")


_CONSTANT = re.compile(r"uses \d+ where (\d+) is needed")


def _human(mutant: Mutant) -> bool:
    """Whether people make this mistake: nobody writes 18 for 19."""
    found = _CONSTANT.fullmatch(mutant.message)
    return found is None or int(found[1]) <= 2


def _general(source: str, rng: random.Random) -> Iterator[Mutant]:
    tree = ast.parse(source)
    lines = source.split("\n")
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef):
            continue
        yield from _start_in_loop(function, lines)
        yield from _wrong_variable(function, lines, rng)
        yield from _elif_as_if(function, lines)
        yield from _swapped(function, lines)


def _swapped(function: ast.FunctionDef, lines: list[str]) -> Iterator[Mutant]:
    """The first two placeholders of an f-string, or the two arguments of a call, in each other's place."""
    for node in ast.walk(function):
        if not isinstance(node, (ast.JoinedStr, ast.Call)) or node.lineno != node.end_lineno:
            continue
        line = lines[node.lineno - 1]
        text = line[node.col_offset : node.end_col_offset]
        if isinstance(node, ast.JoinedStr):
            found = re.match(r'(f"[^{]*)\{(\w+)\}([^{]+)\{(\w+)\}(.*)$', text)
            message = "The two values stand in each other's place"
            pattern = r"\1{\4}\3{\2}\5"
        else:
            found = re.match(r"([\w.]+\()([\w.\[\]]+)(, )([\w.\[\]]+)(\))$", text)
            message = "The two arguments stand in each other's place"
            pattern = r"\1\4\3\2\5"
        if found and line.isascii():
            changed = line[: node.col_offset] + found.expand(pattern) + line[node.end_col_offset :]
            yield Mutant("\n".join([*lines[: node.lineno - 1], changed, *lines[node.lineno :]]), node.lineno, message,
                         "high")  # fmt: skip


def _mechanical(source: str) -> Iterator[Mutant]:
    """Returns that lose their value, and texts that gain a letter."""
    lines = source.split("\n")
    tree = ast.parse(source)
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
    for node in ast.walk(tree):
        if not isinstance(node, (ast.Return, ast.Constant)) or node.lineno != node.end_lineno or id(node) in inside:
            continue
        line, end = lines[node.lineno - 1], node.end_col_offset or 0
        if not line.isascii():
            continue
        if isinstance(node, ast.Return):
            changed = line[: node.col_offset] + "return None" + line[end:]
        elif isinstance(node.value, str) and line[end - 1] == '"':
            changed = line[: end - 1] + "x" + line[end - 1 :]
        else:
            continue
        yield Mutant("\n".join([*lines[: node.lineno - 1], changed, *lines[node.lineno :]]), node.lineno, "", "low")


def _start_in_loop(function: ast.FunctionDef, lines: list[str]) -> Iterator[Mutant]:
    """`total = 0` moved into the loop after it."""
    for before, loop in zip(function.body, function.body[1:], strict=False):
        if (
            isinstance(before, ast.Assign)
            and isinstance(loop, (ast.For, ast.While))
            and (before.lineno == before.end_lineno and isinstance(before.value, (ast.Constant, ast.List, ast.Dict)))
        ):
            text = lines[before.lineno - 1].strip()
            indent = " " * loop.body[0].col_offset
            changed = [*lines[: before.lineno - 1], lines[loop.lineno - 1], f"{indent}{text}", *lines[loop.lineno :]]
            if loop.lineno == before.lineno + 1:
                message = f"`{text}` stands inside the loop, so every turn starts again from there"
                yield Mutant("\n".join(changed), before.lineno + 1, message, "high")


def _wrong_variable(function: ast.FunctionDef, lines: list[str], rng: random.Random) -> Iterator[Mutant]:
    """Another variable of the function in a place where one is read."""
    names = list(dict.fromkeys(node.id for node in ast.walk(function)
                               if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)))  # fmt: skip
    names += [arg.arg for arg in function.args.args if arg.arg != "self"]
    inside = {id(part) for node in ast.walk(function) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
    for statement in ast.walk(function):
        if not isinstance(statement, (ast.Return, ast.Assign, ast.AugAssign, ast.If, ast.Expr)):
            continue
        for node in ast.walk(statement.test if isinstance(statement, ast.If) else statement):
            if not isinstance(node, ast.Name) or not isinstance(node.ctx, ast.Load) or node.id not in names:
                continue
            others = [name for name in names if name != node.id]
            if id(node) in inside or not others or not lines[node.lineno - 1].isascii():
                continue
            other = rng.choice(others)
            line = lines[node.lineno - 1]
            changed = line[: node.col_offset] + other + line[node.end_col_offset :]
            message = f"`{other}` is used where `{node.id}` is meant"
            yield Mutant("\n".join([*lines[: node.lineno - 1], changed, *lines[node.lineno :]]), node.lineno, message,
                         "high")  # fmt: skip


def _elif_as_if(function: ast.FunctionDef, lines: list[str]) -> Iterator[Mutant]:
    """`elif` written as `if`, so that two branches may run."""
    for node in ast.walk(function):
        if isinstance(node, ast.If) and lines[node.lineno - 1].strip().startswith("elif "):
            changed = lines[node.lineno - 1].replace("elif", "if", 1)
            message = "`if` stands where `elif` is needed, so a case that was handled is looked at again"
            yield Mutant("\n".join([*lines[: node.lineno - 1], changed, *lines[node.lineno :]]), node.lineno, message,
                         "high")  # fmt: skip
