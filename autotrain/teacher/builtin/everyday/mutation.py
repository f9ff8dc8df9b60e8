"""Planting bugs: small source edits of the kind people make, each with its line and a message.

Edits are made on the text, at the positions of syntax nodes, so that the rest of the
source keeps its layout.
"""

import ast
import random
from collections.abc import Iterator
from typing import NamedTuple


class Mutant(NamedTuple):
    """A changed source: its line (1-based), what is wrong in words, and how bad it is."""

    source: str
    line: int
    message: str
    severity: str


_COMPARE = {
    ast.Lt: ("<", ["<=", ">"]),
    ast.LtE: ("<=", ["<", ">="]),
    ast.Gt: (">", [">=", "<"]),
    ast.GtE: (">=", [">", "<="]),
    ast.Eq: ("==", ["!="]),
    ast.NotEq: ("!=", ["=="]),
    ast.In: ("in", ["not in"]),
    ast.NotIn: ("not in", ["in"]),
}
_ARITHMETIC = {
    ast.Add: ("+", ["-"]),
    ast.Sub: ("-", ["+"]),
    ast.Mult: ("*", ["+"]),
    ast.FloorDiv: ("//", ["%", "/"]),
    ast.Mod: ("%", ["//"]),
    ast.Pow: ("**", ["*"]),
}
_NAMES = {
    "min": "max", "max": "min", "any": "all", "all": "any", "sum": "len", "isdigit": "isalpha", "isalpha": "isdigit",
    "startswith": "endswith", "endswith": "startswith", "upper": "lower", "lower": "upper", "append": "extend",
    "isupper": "islower", "islower": "isupper", "keys": "values", "values": "keys", "lstrip": "rstrip",
    "rstrip": "lstrip", "find": "rfind", "rfind": "find", "add": "discard",
}  # fmt: skip


class _Source:
    """A source with its tree and the offsets of its lines."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tree = ast.parse(text)
        self._starts = [0]
        for line in text.split("\n"):
            self._starts.append(self._starts[-1] + len(line) + 1)
        self._ascii = text.isascii()
        self._lines = text.split("\n")

    def offset(self, line: int, column: int) -> int:
        if not self._ascii:  # syntax trees count columns in UTF-8 bytes
            column = len(self._lines[line - 1].encode()[:column].decode(errors="ignore"))
        return self._starts[line - 1] + column

    def start(self, node: ast.expr | ast.stmt) -> int:
        return self.offset(node.lineno, node.col_offset)

    def end(self, node: ast.expr | ast.stmt) -> int:
        return self.offset(node.end_lineno or node.lineno, node.end_col_offset or 0)

    def of(self, node: ast.expr | ast.stmt) -> str:
        return self.text[self.start(node) : self.end(node)]

    def replaced(self, start: int, end: int, new: str) -> str:
        return f"{self.text[:start]}{new}{self.text[end:]}"


def mutants(source: str, rng: random.Random) -> list[Mutant]:
    """All single mutations of a source, in random order, each source once."""
    parsed = _Source(source)
    found: dict[str, Mutant] = {}
    inside_f = {
        id(part) for node in ast.walk(parsed.tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)
    }
    for node in ast.walk(parsed.tree):
        if id(node) in inside_f and not isinstance(node, ast.JoinedStr):
            continue  # Python before 3.12 gives no true positions inside f-strings
        for mutant in _of_node(parsed, node):
            found.setdefault(mutant.source, mutant)
    for mutant in _of_blocks(parsed):
        found.setdefault(mutant.source, mutant)
    found.pop(source, None)
    result = list(found.values())
    rng.shuffle(result)
    return result


def _between(parsed: _Source, left: ast.expr, right: ast.expr, old: str) -> tuple[int, int] | None:
    start, end = parsed.end(left), parsed.start(right)
    at = parsed.text.find(old, start, end)
    return (at, at + len(old)) if at >= 0 else None


def _of_node(parsed: _Source, node: ast.AST) -> Iterator[Mutant]:
    if isinstance(node, ast.Compare):
        left = node.left
        for operator, right in zip(node.ops, node.comparators, strict=True):
            if type(operator) in _COMPARE:
                old, options = _COMPARE[type(operator)]
                spot = _between(parsed, left, right, old)
                for new in options if spot else []:
                    yield _edit(parsed, spot, old, new, node.lineno, _compare_message(old, new))
            left = right
    elif isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC:
        old, options = _ARITHMETIC[type(node.op)]
        spot = _between(parsed, node.left, node.right, old)
        text_parts = any(
            isinstance(side, (ast.JoinedStr, ast.List))
            or (isinstance(side, ast.Constant) and isinstance(side.value, str))
            for side in (node.left, node.right)
        )
        for new in options if spot and not text_parts else []:
            yield _edit(parsed, spot, old, new, node.lineno, f"uses `{new}` where `{old}` is needed")
    elif isinstance(node, ast.AugAssign) and type(node.op) in (ast.Add, ast.Sub, ast.Mult):
        old = {ast.Add: "+=", ast.Sub: "-=", ast.Mult: "*="}[type(node.op)]
        new = "-=" if old == "+=" else "+="
        spot = _between(parsed, node.target, node.value, old)
        if spot:
            yield _edit(parsed, spot, old, new, node.lineno, f"uses `{new}` where `{old}` is needed")
            yield _edit(
                parsed, spot, old, "=", node.lineno, f"overwrites `{parsed.of(node.target)}` instead of using `{old}`"
            )
    elif isinstance(node, ast.BoolOp):
        old, new = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
        spot = _between(parsed, node.values[0], node.values[1], old)
        if spot:
            yield _edit(parsed, spot, old, new, node.lineno, f"joins the conditions with `{new}` instead of `{old}`")
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        start = parsed.start(node)
        yield _edit(parsed, (start, parsed.start(node.operand)), "not", "", node.lineno, "the condition lacks a `not`")
    elif isinstance(node, ast.Constant):
        yield from _of_constant(parsed, node)
    elif isinstance(node, ast.Call):
        yield from _of_call(parsed, node)
    elif isinstance(node, ast.Subscript):
        yield from _of_subscript(parsed, node)


def _edit(parsed: _Source, spot: tuple[int, int] | None, old: str, new: str, line: int, message: str,
          severity: str = "high") -> Mutant:  # fmt: skip
    assert spot is not None
    return Mutant(parsed.replaced(spot[0], spot[1], new), line, message, severity)


def _compare_message(old: str, new: str) -> str:
    if {old, new} in ({"<", "<="}, {">", ">="}):
        verb = "excludes" if len(new) < len(old) else "includes"
        return f"`{new}` wrongly {verb} the boundary; it should be `{old}`"
    return f"the comparison uses `{new}` where `{old}` is needed"


def _of_constant(parsed: _Source, node: ast.Constant) -> Iterator[Mutant]:
    spot = (parsed.start(node), parsed.end(node))
    if node.value is True or node.value is False:
        new = str(not node.value)
        yield _edit(parsed, spot, "", new, node.lineno, f"uses `{new}` where `{node.value}` is needed")
    elif isinstance(node.value, int):
        for new in (node.value + 1, node.value - 1):
            if new >= 0 and parsed.text[spot[0] - 7 : spot[0]] != f" % {new} == ":  # never true: too plain a bug
                message = f"uses {new} where {node.value} is needed"
                yield _edit(parsed, spot, "", str(new), node.lineno, message, "medium")
    elif isinstance(node.value, str) and node.value and node.value.isascii() and len(node.value) < 3:
        yield _edit(parsed, spot, "", '""' if len(node.value) == 2 else '" "' if node.value != " " else '""',
                    node.lineno, f'uses the wrong string; it should be "{node.value}"', "medium")  # fmt: skip


def _of_call(parsed: _Source, node: ast.Call) -> Iterator[Mutant]:
    name = (
        node.func.id
        if isinstance(node.func, ast.Name)
        else node.func.attr
        if isinstance(node.func, ast.Attribute)
        else ""
    )
    end = parsed.end(node.func)
    new = _NAMES.get(name)
    if new and new not in ("extend",):
        spot = (end - len(name), end)
        yield _edit(parsed, spot, name, new, node.lineno, f"calls `{new}` where `{name}` is needed")
    for keyword in node.keywords:
        if keyword.arg == "reverse" and len(node.args) + len(node.keywords) > 1:
            start = parsed.text.rfind(",", 0, parsed.start(keyword.value))
            yield _edit(parsed, (start, parsed.end(keyword.value)), "", "", node.lineno,
                        "sorts in ascending order; `reverse=True` is missing")  # fmt: skip
    if name == "range" and len(node.args) in (1, 2):
        last = node.args[-1]
        text = parsed.of(last)
        spot = (parsed.start(last), parsed.end(last))
        if text.endswith(" + 1"):
            yield _edit(parsed, spot, "", text[:-4], node.lineno, "the range stops one too early")
        elif not isinstance(last, ast.Constant):
            yield _edit(parsed, spot, "", f"{text} - 1", node.lineno, "the range stops one too early")
    if name in ("strip", "lower", "upper", "sorted") and (name == "sorted" or isinstance(node.func, ast.Attribute)):
        inner = node.args[0] if name == "sorted" and node.args else getattr(node.func, "value", None)
        if inner is not None and not isinstance(inner, ast.GeneratorExp) and not node.keywords:
            what = "does not sort" if name == "sorted" else f"`.{name}()` is missing"
            yield _edit(parsed, (parsed.start(node), parsed.end(node)), "", parsed.of(inner), node.lineno, what)


def _of_subscript(parsed: _Source, node: ast.Subscript) -> Iterator[Mutant]:
    if isinstance(node.slice, ast.UnaryOp) and parsed.of(node.slice) == "-1":
        spot = (parsed.start(node.slice), parsed.end(node.slice))
        yield _edit(parsed, spot, "-1", "0", node.lineno, "takes the first element instead of the last")


def _of_blocks(parsed: _Source) -> Iterator[Mutant]:
    """A final return pulled into the loop before it; an update that was forgotten."""
    lines = parsed.text.split("\n")
    for node in ast.walk(parsed.tree):
        body = getattr(node, "body", None)
        if not isinstance(body, list):
            continue
        for before, after in zip(body, body[1:], strict=False):
            if (
                isinstance(before, (ast.For, ast.While))
                and isinstance(after, ast.Return)
                and after.end_lineno == after.lineno
            ):
                changed = list(lines)
                changed[after.lineno - 1] = "    " + changed[after.lineno - 1]
                message = "returns inside the loop, after the first turn"
                yield Mutant("\n".join(changed), after.lineno, message, "high")
        for statement in body:
            forgotten = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)
            guard = isinstance(statement, ast.If) and not statement.orelse and len(statement.body) == 1
            if forgotten and len(body) > 1 and statement.lineno == statement.end_lineno:
                changed = lines[: statement.lineno - 1] + lines[statement.lineno :]
                what = lines[statement.lineno - 1].strip()
                line = min(statement.lineno, len([text for text in changed if text]))
                yield Mutant("\n".join(changed), line, f"`{what}` is missing here", "high")
            elif guard and isinstance(statement, ast.If) and isinstance(statement.body[0], (ast.Continue, ast.Return)):
                changed = lines[: statement.lineno - 1] + lines[statement.end_lineno or statement.lineno :]
                what = ast.unparse(statement.test)
                line = min(statement.lineno, len([text for text in changed if text]))
                yield Mutant("\n".join(changed), line, f"the case `{what}` is not handled", "high")
