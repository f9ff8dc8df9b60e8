# ruff: noqa: E501 (patterns)
"""What an answer of other people's data is: code of a language, one JSON object, or text, and its text in the plain form.

    of("```js\\nlet a = 1\\n```")       # the same text, "code", "javascript"

The language is told from the fence, then from the row's fields, then from the code. A whole program
without a fence gets one; line ends and fences are put into the form that every stage reads.
"""

import ast

from autotrain.cleaning.cut import broken_off
from autotrain.tasks import answers, fences, languages, newer_python, python, thoughts

MAX_LOOKED_AT = 200_000  # characters of an answer; a longer one is taken for text: megabytes take minutes to parse
_PROGRAM = (
    *(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom),
    *(ast.For, ast.While, ast.With, ast.Try, ast.If),
)


def of(text: str, field: str = "") -> tuple[str, str, str]:
    """The answer's text in the plain form, its response format and its language ("" where it is text).

    `field`: the language that the row's fields name.
    """
    if len(text) > MAX_LOOKED_AT:
        return text, "text", field
    if answers.parse_json_answer(text) is not None:
        return text, "json", field
    text = fences.plain(text)
    if "```" in text or "~~~" in text:
        found = [block for block in fences.fences(thoughts.spoken(text)) if block.closed]
        if found:
            return text, *_of_blocks(text, found, field)
    if field in ("", python.NAME) and _is_program(text):
        return _fenced(text, python.NAME), "code", python.NAME
    if not fences.fences(text) and languages.is_code(text):
        language = languages.told_by_content(text)
        if language == python.NAME and field in ("", language) and not broken_off(text, python.NAME):
            return text, "text", language
        if language:
            language = field or language
            return _fenced(text, language), "code", language
    return text, "text", field


def _of_blocks(text: str, blocks: list[fences.Fence], field: str) -> tuple[str, str]:
    shown: dict[str, list[str]] = {}
    for block in blocks:
        mark = block.language.lower()
        language = languages.named(mark) if mark else _of_body(block.body, field)
        if language and block.body.strip():
            shown.setdefault(language, []).append(block.body)
    if not shown:
        return "text", field
    language = max(shown, key=lambda name: sum(map(len, shown[name])))
    code = sum(len(body) for bodies in shown.values() for body in bodies)
    prose = len(text) - code
    if prose > max(code, answers.MAX_PROSE_CHARACTERS):
        return "text", language
    if language == python.NAME and prose > code and not any(map(newer_python.is_python, shown[language])):
        return "text", language  # fragments in an explanation
    return "code", language


def _of_body(body: str, field: str) -> str:
    if field:
        return field
    if _is_program(body):
        return python.NAME
    return languages.told_by_content(body)


def _fenced(text: str, language: str) -> str:
    code = text.strip("\n")
    return f"```{language}\n{code}\n```"


def _is_program(text: str) -> bool:
    # Prose can parse ("Yes", "Answer: 5"), so a statement or a call that only programs have is asked for.
    if fences.fences(text) or not newer_python.is_python(text):
        return False
    tree = newer_python.tree(text)
    return tree is not None and any(isinstance(node, _PROGRAM) or _calls(node, len(tree.body)) for node in tree.body)


def _calls(node: ast.stmt, statements: int) -> bool:
    call = node.value if isinstance(node, ast.Expr) else None
    if not isinstance(call, ast.Call):
        return False
    return statements > 1 or isinstance(call.func, ast.Attribute) or getattr(call.func, "id", "") == "print"
