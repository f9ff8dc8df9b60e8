"""Making right code clumsy, without changing what it does: the input of refactoring tasks.

Each rewrite works on the syntax tree; the caller runs the result against the checks.
"""

import ast
import random
from collections.abc import Callable

Block = list[ast.stmt]


def make_clumsy(source: str, rng: random.Random, wanted: int) -> str:
    """The source after up to `wanted` rewrites; unchanged where none applies."""
    rewrites = list(_REWRITES)
    rng.shuffle(rewrites)
    tree = ast.parse(source)
    done = 0
    for rewrite in rewrites:
        if done == wanted:
            break
        before = ast.dump(tree)
        tree = ast.fix_missing_locations(rewrite().visit(tree))
        done += ast.dump(tree) != before
    return ast.unparse(tree) + "\n" if done else source


def _names(tree: ast.AST) -> set[str]:
    found = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return found | {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}


def _parse(code: str) -> Block:
    return ast.parse(code).body


class _Blocks(ast.NodeTransformer):
    """Rewrites statements: `statement` returns the statements that take one's place, or None to keep it."""

    def __init__(self) -> None:
        self.taken: set[str] = set()

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self.taken |= _names(node)
        return self.generic_visit(node)

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        for field in ("body", "orelse"):
            block = getattr(node, field, None)
            if isinstance(block, list) and block and isinstance(block[0], ast.stmt):
                setattr(node, field, self.block(block))
        return node

    def block(self, block: Block) -> Block:
        result: Block = []
        for statement in block:
            result += self.statement(statement) or [statement]
        return result

    def statement(self, statement: ast.stmt) -> Block | None:
        raise NotImplementedError

    def fresh(self, *options: str) -> str:
        name = next((option for option in options if option not in self.taken), f"{options[0]}_2")
        self.taken.add(name)
        return name


class _SpelledOutBool(_Blocks):
    """`return a < b` -> if, return True, else, return False."""

    def statement(self, statement: ast.stmt) -> Block | None:
        if not isinstance(statement, ast.Return) or not _is_condition(statement.value):
            return None
        test = ast.unparse(statement.value)  # type: ignore[arg-type]
        return _parse(f"if {test}:\n    return True\nelse:\n    return False")


def _is_condition(node: ast.expr | None) -> bool:
    if isinstance(node, ast.BoolOp):
        return all(_is_condition(value) for value in node.values)
    return isinstance(node, ast.Compare) or (isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not))


class _LongAssignment(_Blocks):
    """`x += 1` -> `x = x + 1`."""

    def statement(self, statement: ast.stmt) -> Block | None:
        if not isinstance(statement, ast.AugAssign) or not isinstance(statement.target, (ast.Name, ast.Subscript)):
            return None
        target = ast.unparse(statement.target)
        value = ast.BinOp(_parse(target)[0].value, statement.op, statement.value)  # type: ignore[attr-defined]
        return _parse(f"{target} = {ast.unparse(value)}")


class _IndexLoop(_Blocks):
    """`for x in xs` -> a loop over positions."""

    def statement(self, statement: ast.stmt) -> Block | None:
        if (
            not isinstance(statement, ast.For)
            or not isinstance(statement.iter, ast.Name)
            or not statement.iter.id.isidentifier()
        ):
            return None
        index = self.fresh("i", "idx", "pos")
        name = statement.iter.id
        loop = _parse(f"for {index} in range(0, len({name})):\n    {ast.unparse(statement.target)} = {name}[{index}]")[
            0
        ]
        loop.body += statement.body  # type: ignore[attr-defined]
        return [loop]


class _CountedEmptiness(ast.NodeTransformer):
    """`not xs` -> `len(xs) == 0` (names only)."""

    def visit_If(self, node: ast.If) -> ast.AST:
        self.generic_visit(node)
        test = node.test
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not) and isinstance(test.operand, ast.Name):
            node.test = _parse(f"len({test.operand.id}) == 0")[0].value  # type: ignore[attr-defined]
        return node


class _UnrolledComprehension(_Blocks):
    """A comprehension that is returned or assigned -> a loop that fills a list or a total."""

    def statement(self, statement: ast.stmt) -> Block | None:
        if not isinstance(statement, (ast.Return, ast.Assign)) or statement.value is None:
            return None
        value = statement.value
        comps = [node for node in ast.walk(value) if isinstance(node, (ast.ListComp, ast.GeneratorExp, ast.SetComp))]
        if len(comps) != 1 or any(isinstance(node, (ast.Lambda, ast.IfExp)) for node in ast.walk(value)):
            return None
        comp = comps[0]
        name = self.fresh("result", "temp", "collected", "tmp_list")
        fill = "add" if isinstance(comp, ast.SetComp) else "append"
        start = "set()" if isinstance(comp, ast.SetComp) else "[]"
        lines, depth = [f"{name} = {start}"], 0
        for part in comp.generators:
            lines.append("    " * depth + f"for {ast.unparse(part.target).strip('()')} in {ast.unparse(part.iter)}:")
            depth += 1
            for test in part.ifs:
                lines.append("    " * depth + f"if {ast.unparse(test)}:")
                depth += 1
        lines.append("    " * depth + f"{name}.{fill}({ast.unparse(comp.elt)})")
        outer = ast.unparse(statement)
        inner = ast.unparse(comp)
        if isinstance(comp, ast.GeneratorExp) and inner not in outer:
            inner = inner[1:-1]
        if outer.count(inner) != 1:
            return None
        final = outer.replace(inner, f"iter({name})" if "next(" in outer else name)
        try:
            return _parse("\n".join([*lines, final]))
        except SyntaxError:
            return None


class _NamedResult(_Blocks):
    """`return expression` -> a variable for it, then return the variable."""

    def statement(self, statement: ast.stmt) -> Block | None:
        if not isinstance(statement, ast.Return) or statement.value is None:
            return None
        if isinstance(statement.value, (ast.Name, ast.Constant)):
            return None
        name = self.fresh("final_result", "answer_value", "ret", "res")
        self.taken.discard(name)
        return _parse(f"{name} = {ast.unparse(statement.value)}\nreturn {name}")


class _NestedIf(_Blocks):
    """`if a and b` without else -> two nested ifs."""

    def statement(self, statement: ast.stmt) -> Block | None:
        if not isinstance(statement, ast.If) or statement.orelse or not isinstance(statement.test, ast.BoolOp):
            return None
        if not isinstance(statement.test.op, ast.And):
            return None
        body: Block = statement.body
        for value in reversed(statement.test.values):
            body = [ast.If(value, body, [])]
        return body


class _ElseAfterReturn(_Blocks):
    """Code after a guard that returns -> the guard's else branch."""

    def block(self, block: Block) -> Block:
        for number, statement in enumerate(block[:-1]):
            leaves = isinstance(statement, ast.If) and isinstance(statement.body[-1], ast.Return)
            if leaves and isinstance(statement, ast.If) and not statement.orelse:
                return [*block[:number], ast.If(statement.test, statement.body, self.block(block[number + 1 :]))]
        return block

    def statement(self, statement: ast.stmt) -> Block | None:
        return None


class _SplitChoice(_Blocks):
    """`return a if c else b` -> an if statement with two returns."""

    def statement(self, statement: ast.stmt) -> Block | None:
        if not isinstance(statement, ast.Return) or not isinstance(statement.value, ast.IfExp):
            return None
        choice = statement.value
        return [ast.If(choice.test, [ast.Return(choice.body)], [ast.Return(choice.orelse)])]


class _DoubleNegation(ast.NodeTransformer):
    """`a == b` in an if -> `not a != b`."""

    _INVERSE = {
        ast.Eq: ast.NotEq,
        ast.NotEq: ast.Eq,
        ast.Lt: ast.GtE,
        ast.Gt: ast.LtE,
        ast.LtE: ast.Gt,
        ast.GtE: ast.Lt,
    }

    def visit_If(self, node: ast.If) -> ast.AST:
        self.generic_visit(node)
        test = node.test
        if isinstance(test, ast.Compare) and len(test.ops) == 1 and type(test.ops[0]) in self._INVERSE:
            inverse = self._INVERSE[type(test.ops[0])]()
            node.test = ast.UnaryOp(ast.Not(), ast.Compare(test.left, [inverse], test.comparators))
        return node


class _ConcatenatedText(ast.NodeTransformer):
    """An f-string without format codes -> `str(…) + "…"`."""

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        parts: list[str] = []
        for value in node.values:
            if isinstance(value, ast.FormattedValue):
                if value.format_spec is not None or value.conversion != -1:
                    return node
                parts.append(f"str({ast.unparse(value.value)})")
            elif isinstance(value, ast.Constant):
                parts.append(repr(value.value))
        return _parse(f"({' + '.join(parts)})")[0].value if parts else node  # type: ignore[attr-defined]


class _UselessContinue(_Blocks):
    """An if at the end of a loop gets an `else: continue`."""

    def statement(self, statement: ast.stmt) -> Block | None:
        if not isinstance(statement, (ast.For, ast.While)) or not isinstance(statement.body[-1], ast.If):
            return None
        last = statement.body[-1]
        if last.orelse or isinstance(last.body[-1], (ast.Continue, ast.Return, ast.Break)):
            return None
        last.orelse = [ast.Continue()]
        return [statement]


class _WordyGet(_Blocks):
    """`d[k] = d.get(k, x) + v` -> an if with both cases."""

    def statement(self, statement: ast.stmt) -> Block | None:
        if not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Subscript):
            return None
        target = ast.unparse(statement.targets[0])
        table, key = ast.unparse(statement.targets[0].value), ast.unparse(statement.targets[0].slice)
        value = ast.unparse(statement.value)
        head = f"{table}.get({key}, "
        if not value.startswith(head):
            return None
        default, _, rest = value[len(head) :].partition(")")
        return _parse(
            f"if {key} in {table}.keys():\n    {target} = {target}{rest}\nelse:\n    {target} = {default}{rest}"
        )


_REWRITES: tuple[Callable[[], ast.NodeTransformer], ...] = (
    _SpelledOutBool,
    _LongAssignment,
    _IndexLoop,
    _CountedEmptiness,
    _UnrolledComprehension,
    _NamedResult,
    _NestedIf,
    _ElseAfterReturn,
    _SplitChoice,
    _DoubleNegation,
    _ConcatenatedText,
    _UselessContinue,
    _WordyGet,
)
