"""Explanations: what a program does, how it is built, and what happens for one concrete input."""

import ast
import re
from typing import Any

from autotrain.teacher.builtin.grammar.draw import Draw, show
from autotrain.teacher.builtin.grammar.program import Case, Program
from autotrain.teacher.builtin.grammar.wording import join_and, lower_first, sentence, third_person

_MAX_TURNS = 5


def explanation(d: Draw, program: Program, case: Case) -> str:
    """The explanation of a function, ending with the traced result of `case`."""
    parts = [purpose(program), structure(program), *_third_person_rules(program), trace(program, case)]
    closing = d.pick([
        f"So `{case.expression}` returns `{show(case.value)}`.",
        f"The result of `{case.expression}` is `{show(case.value)}`.",
        f"Therefore `{case.expression}` gives `{show(case.value)}`.",
    ])  # fmt: skip
    return " ".join(part for part in (*parts, closing) if part)


def purpose(program: Program) -> str:
    """ "`f` returns the sum of …" or "`f` keeps only …, then returns their sum."."""
    if program.result:
        return sentence(f"`{program.name}` {program.verb} {program.result}")
    steps = [third_person(lower_first(step)) for step in program.steps]
    return sentence(f"`{program.name}` {', '.join(steps[:-1])}, and then {steps[-1]}" if steps[1:] else
                    f"`{program.name}` {steps[0]}")  # fmt: skip


def _third_person_rules(program: Program) -> list[str]:
    texts = []
    for rule in program.rules[:1]:
        texts.append(sentence(re.sub(r"(?<=, )return ", "it returns ", rule)))
    return texts


def structure(program: Program) -> str:
    """One sentence on how the body works, read off its syntax tree."""
    tree = ast.parse(program.source())
    function = next((node for node in tree.body if isinstance(node, ast.FunctionDef)), None)
    if function is None:
        return ""
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == program.name:
            return "It calls itself on a smaller input."
    for node in function.body:
        if isinstance(node, ast.For):
            return f"A loop goes over `{ast.unparse(node.iter)}`{_updated(node)}."
        if isinstance(node, ast.While):
            return f"A loop runs while `{ast.unparse(node.test)}` holds{_updated(node)}."
    for node in ast.walk(function):
        if isinstance(node, (ast.ListComp, ast.GeneratorExp, ast.SetComp, ast.DictComp)):
            names = {ast.ListComp: "A list comprehension", ast.GeneratorExp: "A generator expression",
                     ast.SetComp: "A set comprehension", ast.DictComp: "A dictionary comprehension"}  # fmt: skip
            source = ast.unparse(node.generators[0].iter)
            tests = [ast.unparse(test) for part in node.generators for test in part.ifs]
            condition = f" and lets through what satisfies `{' and '.join(tests)}`" if tests else ""
            return f"{names[type(node)]} goes over `{source}`{condition}."
    return ""


def _updated(loop: ast.For | ast.While) -> str:
    names: list[str] = []
    for node in ast.walk(loop):
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            names.append(node.target.id)
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
        ):
            names += [node.func.value.id] if node.func.attr in ("append", "add", "insert", "extend", "pop") else []
    unique = list(dict.fromkeys(names))
    return f" and updates {join_and([f'`{name}`' for name in unique])}" if unique else ""


def trace(program: Program, case: Case) -> str:
    """What the first comprehension gives, or how the loop's variables change, for this case; "" if too long."""
    recorder = _Recorder()
    tree = ast.parse(program.source())
    function = next(
        (node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == program.name), None
    )
    if function is None:
        return ""
    loop_at = next((n for n, node in enumerate(function.body) if isinstance(node, (ast.For, ast.While))), None)
    if loop_at is not None:
        loop = function.body[loop_at]
        assert isinstance(loop, (ast.For, ast.While))
        loop.body.insert(0, _call("_note", "dict(locals())"))
        function.body.insert(loop_at + 1, _call("_note", "dict(locals())"))
    else:
        tree = _Peek().visit(tree)
    namespace: dict[str, Any] = {"_note": recorder.note, "_peek": recorder.peek}
    try:
        exec(compile(ast.fix_missing_locations(tree), "<trace>", "exec"), namespace)
        eval(case.expression, namespace)
    except Exception:  # a case that only runs in the original form has no trace
        return ""
    if loop_at is not None:
        return _loop_story(function.body[loop_at], recorder.states, case)
    if len(recorder.lists) == 1 and len(recorder.lists[0]) <= 6:
        return f"For `{case.expression}` it produces {_listing(recorder.lists[0])}."
    return ""


def _loop_story(loop: ast.stmt, states: list[dict[str, Any]], case: Case) -> str:
    if not 2 <= len(states) <= _MAX_TURNS + 1:
        return ""
    watched = [
        name for name in states[0]
        if isinstance(states[0][name], (int, str, list, dict, type(None))) and any(
            state.get(name) != states[0][name] for state in states)
    ]  # fmt: skip
    targets = (
        {node.id for node in ast.walk(loop.target) if isinstance(node, ast.Name)}
        if isinstance(loop, ast.For)
        else set()
    )
    watched = [name for name in watched if name not in targets]
    if len(watched) != 1:
        return ""
    name = watched[0]
    values = [show(state[name]) for state in states[1:]]
    text = f"In `{case.expression}`, `{name}` starts as {show(states[0][name])} and becomes {', then '.join(values)}."
    return text if len(text) < 220 else ""


def _listing(values: list[Any]) -> str:
    if not values:
        return "no values"
    return join_and([show(value) for value in values])


class _Recorder:
    """Collects the states of a loop and the values of a comprehension while a program runs."""

    def __init__(self) -> None:
        self.states: list[dict[str, Any]] = []
        self.lists: list[list[Any]] = []

    def note(self, state: dict[str, Any]) -> None:
        if len(self.states) <= _MAX_TURNS + 2:
            self.states.append({name: _frozen(value) for name, value in state.items()})

    def peek(self, values: Any) -> Any:
        values = list(values)
        if len(self.lists) < 3:
            self.lists.append(list(values))
        return iter(values)


def _frozen(value: Any) -> Any:
    return list(value) if isinstance(value, list) else dict(value) if isinstance(value, dict) else value


class _Peek(ast.NodeTransformer):
    """Wraps generator expressions (and lists, where an iterator does as well) in `_peek`."""

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> ast.AST:
        return ast.Call(ast.Name("_peek", ast.Load()), [node], [])


def _call(name: str, argument: str) -> ast.stmt:
    return ast.parse(f"{name}({argument})").body[0]
