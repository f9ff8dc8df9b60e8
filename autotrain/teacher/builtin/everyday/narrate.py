"""Telling what a call does, value by value: the text of explanations.

The function's body is stepped through statement by statement; each expression is said with the values
that its parts have: "`34 * 19` is 646, `646 // 100` is 6". Code that this cannot step through (try, with,
yield, nested functions) raises Unfit.
"""

import ast
import re
from contextlib import suppress
from typing import Any

from autotrain.teacher.builtin.everyday.values import Unfit, show

MAX_STEPS = 60
MAX_TURNS = 6
MAX_VALUE = 60
_OPERATORS = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**",
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=", ast.In: "in",
    ast.NotIn: "not in", ast.Is: "is", ast.IsNot: "is not", ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^",
}  # fmt: skip
_QUIET = (
    "range",
    "enumerate",
    "zip",
    "items",
    "keys",
    "values",
    "list",
    "iter",
)  # calls that need no step of their own
_CHANGING = re.compile(r"\b(?:pop|popleft|popitem|next|setdefault|send)\(|:=")  # a second look gives another value
_SCALAR = (int, float, bool, type(None))


class _Return(Exception):
    pass


class _Break(Exception):
    pass


class _Continue(Exception):
    pass


def narrate(source: str, name: str, arguments: tuple[Any, ...], result: Any) -> list[str]:
    """The sentences that follow a call of the function. Raises Unfit where it cannot be told shortly."""
    if _CHANGING.search(source):
        raise Unfit("an expression that cannot be looked at twice")
    tree = ast.parse(source)
    namespace: dict[str, Any] = {"__name__": "solution"}
    exec(compile(tree, "<solution>", "exec"), namespace)
    function = next((node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name), None)
    if function is None:
        raise Unfit("no plain function to explain")
    parameters = [argument.arg for argument in function.args.args]
    defaults = [eval(ast.unparse(default), dict(namespace)) for default in function.args.defaults]
    values = [*arguments, *defaults[len(defaults) - (len(parameters) - len(arguments)) :]]
    teller = _Teller(namespace, dict(zip(parameters, values, strict=True)))
    try:
        with suppress(_Return):
            teller.block(function.body)
    except Unfit:
        raise
    except Exception as error:  # a loop that is told turn by turn runs its statements apart, and may trip over that
        raise Unfit(f"the course of the call cannot be told: {error}") from None
    teller.flush()
    if teller.result != result:
        raise Unfit("a story that ends with another result")
    return teller.sentences


class _Teller:
    def __init__(self, namespace: dict[str, Any], local: dict[str, Any]) -> None:
        self.namespace = namespace
        self.local = local
        self.sentences: list[str] = []
        self._clauses: list[str] = []
        self._steps = 0
        self.result: Any = None

    # -- saying ------------------------------------------------------------------------------
    def say(self, clause: str) -> None:
        if not self._clauses or self._clauses[-1] != clause:
            self._clauses.append(clause)

    def flush(self, head: str = "") -> None:
        """End the sentence."""
        if self._clauses:
            text = head + ", ".join(self._clauses)
            self.sentences.append(text[0].upper() + text[1:] + ".")
        self._clauses = []

    # -- statements ----------------------------------------------------------------------------
    def block(self, statements: list[ast.stmt], in_loop: bool = False) -> None:
        for statement in statements:
            self._steps += 1
            if self._steps > MAX_STEPS:
                raise Unfit("too many steps to explain")
            self.statement(statement)
            if not in_loop:
                self.flush()

    def statement(self, node: ast.stmt) -> None:
        if isinstance(node, ast.Return):
            if node.value is not None:
                self.tell(node.value)
                value = self.result = self.eval(node.value)
                if not self._clauses or not self._clauses[-1].endswith(f" is {_short(value)}"):
                    self.say(f"so {_short(value)} is returned")
                else:
                    self.say("which is returned")
            raise _Return
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            self._assign(node, targets[0], node.value)
        elif isinstance(node, ast.AugAssign):
            self.tell(node.value)
            self.run(node)
            self._now(node.target)
        elif isinstance(node, ast.Expr):
            if isinstance(node.value, ast.Constant):
                return
            call = node.value
            if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)):
                raise Unfit("a statement that cannot be told")
            for argument in call.args:
                self.tell(argument)
            self.run(node)
            self._now(call.func.value)
        elif isinstance(node, ast.If):
            self.condition(node.test)
            self.block(node.body if self.eval(node.test) else node.orelse, in_loop=True)
        elif isinstance(node, ast.For):
            self._loop(node)
        elif isinstance(node, ast.While):
            self._while(node)
        elif isinstance(node, ast.Continue):
            raise _Continue
        elif isinstance(node, ast.Break):
            self.say("and the loop ends")
            raise _Break
        else:
            raise Unfit(f"a {type(node).__name__} statement cannot be told")

    def _assign(self, node: ast.stmt, target: ast.expr, value: ast.expr) -> None:
        fresh = isinstance(target, ast.Name) and target.id not in self.local
        trivial = isinstance(value, (ast.Constant, ast.List, ast.Dict)) or not _computed(value)
        self.tell(value, outer=not isinstance(target, ast.Name))
        self.run(node)
        if isinstance(target, ast.Name):
            verb = "starts as" if trivial and fresh else "is" if fresh else "is now"
            self.say(f"`{target.id}` {verb} {_short(self.local[target.id])}")
        elif isinstance(target, ast.Tuple) and all(isinstance(part, ast.Name) for part in target.elts):
            names = [part.id for part in target.elts if isinstance(part, ast.Name)]
            self.say(" and ".join(f"`{name}` is {_short(self.local[name])}" for name in names if name != "_"))
        else:
            self._now(target)

    def _now(self, target: ast.expr) -> None:
        """What a variable holds after it changed."""
        while isinstance(target, (ast.Subscript, ast.Attribute, ast.Call)):
            target = target.func if isinstance(target, ast.Call) else target.value
        if not isinstance(target, ast.Name) or target.id not in self.local:
            raise Unfit("a change that cannot be told")
        self.say(f"`{target.id}` is now {_short(self.local[target.id])}")

    def _loop(self, node: ast.For) -> None:
        items = list(self.eval(node.iter))
        if len(items) > MAX_TURNS:
            raise Unfit("too many turns to explain")
        self.flush()
        if not items:
            self.sentences.append(f"There is nothing to loop over in `{ast.unparse(node.iter)}`.")
        for item in items:
            self.bind(node.target, item)
            head = f"for {_binding(node.target, item)}: "
            try:
                self.block(node.body, in_loop=True)
            except _Continue:
                self.say("so this one is skipped")
            except (_Break, _Return) as end:
                self.flush(head)
                if isinstance(end, _Return):
                    raise
                return
            self.flush(head)
        self.block(node.orelse)

    def _while(self, node: ast.While) -> None:
        self.flush()
        for _ in range(MAX_TURNS):
            self.condition(node.test)
            if not self.eval(node.test):
                self.say("so the loop ends")
                self.flush()
                return
            try:
                self.block(node.body, in_loop=True)
            except _Continue:
                pass
            except (_Break, _Return) as end:
                self.flush()
                if isinstance(end, _Return):
                    raise
                return
            self.flush()
        raise Unfit("too many turns to explain")

    # -- expressions ---------------------------------------------------------------------------
    def scope(self) -> dict[str, Any]:
        return {**self.namespace, **self.local}

    def eval(self, node: ast.expr) -> Any:
        return eval(compile(ast.Expression(node), "<part>", "eval"), self.scope())

    def run(self, node: ast.stmt) -> None:
        scope = self.scope()
        exec(compile(ast.Module([node], []), "<step>", "exec"), scope)
        self.local.update({name: value for name, value in scope.items()
                           if name in self.local or name not in self.namespace and name != "__builtins__"})  # fmt: skip

    def bind(self, target: ast.expr, value: Any) -> None:
        scope = {**self.scope(), "__item": value}
        exec(f"{ast.unparse(target)} = __item", scope)
        for part in ast.walk(target):
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
                self.local[part.id] = scope[part.id]

    def condition(self, node: ast.expr) -> None:
        """Say whether a test holds, part by part until it is decided."""
        if isinstance(node, ast.BoolOp):
            for value in node.values:
                self.condition(value)
                if bool(self.eval(value)) == isinstance(node.op, ast.Or):
                    return
            return
        negated = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)
        inner = node.operand if isinstance(node, ast.UnaryOp) and negated else node
        if isinstance(inner, ast.Name) and isinstance(full := self.eval(inner), (str, list, dict, set, tuple)):
            self.say(f"`{inner.id}` is {'not ' * bool(full)}empty")
            return
        text, value = self.tell(node, outer=False), self.eval(node)
        self.say(f"`{text}` {'holds' if value else 'does not hold'}")

    def tell(self, node: ast.expr, outer: bool = True) -> str:
        """Say the steps of an expression and return it as text, its computed parts replaced by their values.

        `outer`: whether the last step, the expression itself, is said too.
        """
        if isinstance(node, ast.Constant):
            return show(node.value)
        if isinstance(node, ast.Name):
            value = self.eval(node)
            short = isinstance(value, _SCALAR) or isinstance(value, str) and len(value) <= 24
            return show(value) if short else node.id
        if isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)):
            return self._comprehension(node)
        if isinstance(node, ast.IfExp):
            self.condition(node.test)
            return self.tell(node.body if self.eval(node.test) else node.orelse, outer)
        if isinstance(node, ast.BinOp):
            text = f"{self._inner(node.left)} {_OPERATORS.get(type(node.op), '?')} {self._inner(node.right)}"
        elif isinstance(node, ast.Compare):
            text = self._inner(node.left)
            for operator, right in zip(node.ops, node.comparators, strict=True):
                text += f" {_OPERATORS[type(operator)]} {self._inner(right)}"
        elif isinstance(node, ast.Call):
            text, quiet = self._call(node)
            if quiet:
                return text
        elif isinstance(node, ast.Subscript):
            text = ast.unparse(node) if isinstance(node.slice, ast.Slice) else (
                f"{self._receiver(node.value)}[{self._inner(node.slice)}]")  # fmt: skip
        elif isinstance(node, ast.UnaryOp):
            text = f"{'not ' if isinstance(node.op, ast.Not) else '-'}{self._inner(node.operand)}"
        else:
            text = ast.unparse(node).replace("'", '"')
        if outer and not isinstance(node, (ast.JoinedStr, ast.Tuple, ast.List, ast.Dict, ast.Lambda, ast.Attribute)):
            self.say(f"`{text}` is {_short(self.eval(node))}")
        return text

    def _inner(self, node: ast.expr) -> str:
        """A part of an expression: its steps said, and its value as text."""
        if isinstance(node, ast.Lambda):
            raise Unfit("a lambda, whose calls cannot be followed")
        if isinstance(node, (ast.Starred, ast.Slice)):
            return ast.unparse(node).replace("'", '"')
        text = self.tell(node)
        if isinstance(node, (ast.Name, ast.Constant)) or text.startswith(_QUIET):
            return text
        value = self.eval(node)
        return _short(value) if not hasattr(value, "__next__") else text

    def _receiver(self, node: ast.expr) -> str:
        if isinstance(node, ast.Name):
            value = self.eval(node)
            return show(value) if isinstance(value, str) and len(value) <= 24 else node.id
        return self._inner(node)

    def _call(self, node: ast.Call) -> tuple[str, bool]:
        if isinstance(node.func, ast.Name):
            name, head = node.func.id, node.func.id
        elif isinstance(node.func, ast.Attribute):
            name = node.func.attr
            root = node.func.value
            known = isinstance(root, ast.Name) and root.id not in self.local
            head = f"{ast.unparse(root) if known else self._receiver(root)}.{name}"
        else:
            return ast.unparse(node), False
        arguments = [self._inner(argument) for argument in node.args]
        arguments += [f"{keyword.arg}={self._inner(keyword.value)}" for keyword in node.keywords]
        return f"{head}({', '.join(arguments)})", name in _QUIET

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> str:
        value = self.eval(node)
        whole = list(value) if isinstance(node, ast.GeneratorExp) else value
        if len(node.generators) == 1:
            part = node.generators[0]
            items = list(self.eval(part.iter))
            if len(items) > MAX_TURNS:
                raise Unfit("too many turns to explain")
            saved, before, turns = dict(self.local), self._clauses, []
            for item in items:
                self._clauses = []
                self.bind(part.target, item)
                for test in part.ifs:
                    self.condition(test)
                if all(self.eval(test) for test in part.ifs):
                    self._element(node)
                elif self._clauses:
                    self.say("so it is left out")
                if self._clauses:
                    turns.append(f"for {_binding(part.target, item)}: {', '.join(self._clauses)}")
            self.local, self._clauses = saved, before
            if turns:
                self.say("; ".join(turns))
                self.flush()
            if not items:
                self.say(f"`{ast.unparse(part.iter)}` holds nothing")
        return _short(whole)

    def _element(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> None:
        if isinstance(node, ast.DictComp):
            self.tell(node.key)
            self.tell(node.value)
        elif isinstance(node.elt, (ast.Name, ast.Constant)):
            if self._clauses:
                self.say(f"so {self.tell(node.elt)} is taken")
        else:
            self.tell(node.elt)
            if not self._clauses:
                self.say(f"comes {_short(self.eval(node.elt))}")


def _computed(node: ast.expr) -> bool:
    return any(isinstance(part, (ast.Call, ast.BinOp, ast.Subscript, ast.comprehension)) for part in ast.walk(node))


def _binding(target: ast.expr, item: Any) -> str:
    if isinstance(target, ast.Tuple) and isinstance(item, tuple) and len(target.elts) == len(item):
        return " and ".join(_binding(part, value) for part, value in zip(target.elts, item, strict=True)
                            if not (isinstance(part, ast.Name) and part.id == "_"))  # fmt: skip
    return f"`{ast.unparse(target)}` = {_short(item)}"


def _short(value: Any) -> str:
    try:
        text = show(value)
    except TypeError:
        text = repr(value)
    if len(text) > MAX_VALUE or " at 0x" in text:
        raise Unfit("a value that is too long to explain")
    return text
