"""Every error message that the program can print, read from its source, for docs/troubleshooting.md.

Looks at each place that raises one of autotrain.errors (or an argparse error), at `sys.exit("…")`,
and in the bash scripts at `die` and at `say` before `exit`. What a message puts in stands as <name>.
The groups, with their causes and cures, are in error_groups.py, by where a message comes from.

    python -m autotrain.manual.doc_tables      # writes the page's tables
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from autotrain import errors
from autotrain.config.settings import PROJECT_ROOT
from autotrain.manual.error_groups import GROUPS, Group

CODES = {kind.__name__: kind.exit_code for kind in (errors.AutotrainError, *errors.AutotrainError.__subclasses__())}
CODES["ArgumentTypeError"] = errors.UsageError.exit_code
SHORTEST_PHRASE = 20  # characters of a string that is taken for a message inside a function that makes one


class Message(NamedTuple):
    """One message, the exit code it comes with, and the file it comes from."""

    text: str
    code: int
    path: str


def messages() -> list[Message]:
    """Every message of the program, sorted by file and text, each once a file."""
    found: set[Message] = set()
    for folder in ("autotrain", "scripts", ".local/ml/scripts"):
        for path in sorted((PROJECT_ROOT / folder).rglob("*")):
            name = str(path.relative_to(PROJECT_ROOT))
            if path.suffix == ".py" and "/runs/" not in name:
                found.update(_of_python(path, name))
            elif path.suffix == ".sh":
                found.update(_of_bash(path, name))
    found = {message for message in found if not re.fullmatch(r"<\w+>", message.text)}  # words of a library
    return sorted(found, key=lambda message: (message.path, message.text))


def group_of(message: Message) -> Group:
    """The group of a message. Raises KeyError where there is none: add its file to error_groups.py."""
    kind = next(name for name, code in CODES.items() if code == message.code)
    for group in GROUPS:
        if f"{message.path} {kind}" in group.paths:
            return group
    for group in GROUPS:
        if any(message.path.startswith(path) for path in group.paths):
            return group
    raise KeyError(f"autotrain/manual/error_groups.py has no place for messages of {message.path}")


@cache
def tables() -> str:
    """The groups with cause, cure and messages, as Markdown."""
    parts = []
    grouped: dict[str, dict[str, int]] = {group.title: {} for group in GROUPS}
    for message in messages():
        grouped[group_of(message).title].setdefault(message.text, message.code)
    for group in GROUPS:
        rows = [f"| {_cell(text)} | {code} |" for text, code in sorted(grouped[group.title].items(), key=_by_text)]
        parts += [f"### {group.title}", "", f"**Cause.** {group.cause}", "", f"**Cure.** {group.cure}", ""]
        parts += ["| message | exit code |", "|---|---|", *rows, ""]
    return "\n".join(parts).rstrip()


def _by_text(entry: tuple[str, int]) -> str:
    return re.sub(r"\W", "", entry[0]).lower()


def _cell(text: str) -> str:
    flat = " ".join(text.split())
    return "`` " + flat.replace("|", "\\|") + " ``" if "`" in flat else "`" + flat.replace("|", "\\|") + "`"


def _of_python(path: Path, name: str) -> Iterator[Message]:
    for node in ast.walk(_tree(path)):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        kind = _last_name(node.func)
        if kind in CODES:
            yield from (Message(text, CODES[kind], name) for text in _texts(node.args[0]))
        elif kind == "exit" and isinstance(node.args[0], (ast.Constant, ast.JoinedStr)):
            first = node.args[0]
            if not isinstance(first, ast.Constant) or isinstance(first.value, str):
                yield from (Message(text, 1, name) for text in _texts(first))
    if name == "autotrain/environment.py":
        yield from (Message(text, 2, name) for text in _phrases("problem_of_interpreter"))


def _of_bash(path: Path, name: str) -> Iterator[Message]:
    lines = path.read_text(encoding="utf-8").splitlines()
    for place, line in enumerate(lines):
        match = re.search(r'\b(say|die (?:\w+|"\$1")) "((?:[^"\\]|\\.)*)"', line)
        following = line + (lines[place + 1] if place + 1 < len(lines) else "")
        code = re.search(r"\bexit ([1-9])", following)
        if match and (code or match[1] != "say"):
            text = re.sub(r"\$\{(\w+)[^}]*\}|\$(\w+)", r"<\1\2>", match[2])
            if not text.startswith("<1>"):  # the line in which `die` itself speaks
                yield Message(text, int(code[1]) if match[1] == "say" and code else 2, name)


def _texts(node: ast.expr) -> list[str]:
    """What an argument may say: both sides of a condition, the phrases of a function that makes the message."""
    if isinstance(node, ast.IfExp):
        return _texts(node.body) + _texts(node.orelse)
    if isinstance(node, ast.Call) and _phrases(_last_name(node.func)):
        return _phrases(_last_name(node.func))
    return [_text(node)]


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        return _text(node.value)
    if isinstance(node, (ast.Name, ast.Attribute)) and _last_name(node) in _constants():
        return _constants()[_last_name(node)]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _text(node.left) + _text(node.right)
    names = [_last_name(part) for part in ast.walk(node) if isinstance(part, (ast.Name, ast.Attribute))]
    return f"<{next((name for name in names if name not in ('str', 'len', 'join', 'min', 'sorted')), '…')}>"


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _statements() -> Iterator[ast.stmt]:
    for folder in ("autotrain", "scripts"):
        for path in sorted((PROJECT_ROOT / folder).rglob("*.py")):
            if "/runs/" not in str(path.relative_to(PROJECT_ROOT)):
                yield from _tree(path).body


@cache
def _functions() -> dict[str, list[ast.FunctionDef]]:
    found: dict[str, list[ast.FunctionDef]] = {}
    for node in _statements():
        if isinstance(node, ast.FunctionDef):
            found.setdefault(node.name, []).append(node)
    return found


@cache
def _constants() -> dict[str, str]:
    """Names in capitals with the string that each stands for, where no other file gives it another."""
    found: dict[str, set[str]] = {}
    for node in _statements():
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id.isupper():
            value = node.value.value if isinstance(node.value, ast.Constant) else None
            found.setdefault(node.targets[0].id, set()).add(value if isinstance(value, str) else "")
    return {name: values.copy().pop() for name, values in found.items() if len(values) == 1 and "" not in values}


@cache
def _phrases(function: str) -> list[str]:
    """The strings that a function of the project makes, long enough to be messages."""
    made: list[str] = []
    for definition in _functions().get(function, []):
        inside: set[ast.AST] = set()
        for node in ast.walk(ast.Module(definition.body, [])):
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                inside.add(node.value)  # a docstring
            elif node not in inside and isinstance(node, (ast.JoinedStr, ast.Constant)):
                inside.update(ast.walk(node))
                text = _text(node)
                made += [text] if len(text) >= SHORTEST_PHRASE and " " in text else []
            elif isinstance(node, ast.Call) and _last_name(node.func).startswith("_") and not node.args:
                made += _phrases(_last_name(node.func))
    return made
