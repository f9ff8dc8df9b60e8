# ruff: noqa: E501 (patterns)
"""Code that breaks off: a bracket, a string or a block that is never closed, at the end of a text without a fence.

No parser is asked, so nothing is said of a language's grammar: code is cut where something is left open
*and* its last line does not read as the end of a file. Python is read by Python.

    broken_off("function f() {\\n  return [1,", "javascript")      # "2 brackets are never closed"
"""

import ast
import re
import warnings

from autotrain.tasks import newer_python, python

_C_LIKE = frozenset(
    "javascript typescript java kotlin scala groovy c cpp csharp go rust swift objectivec dart php perl css solidity zig "
    "r shell powershell protobuf graphql terraform tcl json".split()
)
_HASH_COMMENTS = frozenset(("perl", "shell", "r", "php", "powershell", "graphql", "terraform", "tcl"))
_NO_SLASH_COMMENTS = frozenset(("perl", "shell", "r", "css", "powershell", "tcl"))
_WORDS = {
    # language: (what opens a block at the beginning of a line, what closes one)
    "shell": (r"^\s*(?:if|case|for|while|until|select)\b(?!.*;\s*(?:fi|done|esac)\b)", r"^\s*(?:fi|done|esac)\b"),
    "ruby": (
        r"^\s*(?:\w+ = )?(?:def|class|module|if|unless|case|while|until|begin|for)\b(?!.*\bend\b)|\bdo(?: \|[^|]*\|)?\s*$",
        r"^\s*end\b",
    ),
    "lua": (r"^\s*(?:local )?(?:function|if|for|while)\b(?!.*\bend\b)|\bfunction\s*\([^)]*\)\s*$", r"^\s*end\b"),
    "vim": (r"^\s*(?:fu|fun|func|function|if|for|while|try|augroup (?!END))\b!?(?!.*\| *end)", r"^\s*(?:end\w*|augroup END)\b"),
    "fortran": (r"(?i)^\s*(?:subroutine|module(?! procedure)|program|function|interface|do)\b", r"(?i)^\s*(?:end\b|enddo|endif|\d+ continue)"),
}  # fmt: skip
_TOKEN = re.compile(
    r"(?P<block>/\*.*?(?:\*/|\Z))|(?P<line>//[^\n]*)"
    r"|(?P<string>\"(?:\\.|[^\"\\\n])*\"|`(?:\\.|[^`\\])*`|'(?:\\.|[^'\\\n]){0,200}')|(?P<open>[{\[(])|(?P<close>[}\])])",
    re.DOTALL,
)
_HASH = re.compile(r"(?<![$\\\w{&'\"])#[^\n]*")
_HEREDOC = re.compile(r"<<-?\s*['\"]?(\w+)['\"]?.*?(?:^\s*\1\s*$|\Z)", re.DOTALL | re.MULTILINE)
_ENDS_WELL = re.compile(
    r"[ \t]{0,3}[})\]>;%][})\];,%\w \t]*(?:(?://|/\*|#|--).*)?$|\S.*(?:;|\}|\)|\*/|>|\]|,\s*\\)\s*$|(?:#|//|\*|--|\"|=cut|__END__|1;|end\b|exit\b|fi$|done$|esac$)"
)
_CUT_END = re.compile(r"(?:[,(\[{]|(?<![+*/<>-])(?:&&|\|\||=|\+|-|\*|->|\.|=>))$")
_SQL_CUT = re.compile(
    r"(?:[,(=<>]|\b(?:select|from|where|and|or|on|by|join|set|values|into|table|as|in|not|order|group|inner|left|having|"
    r"insert|update|create|when|then|else|case|between|like|union))$",
    re.IGNORECASE,
)
_COMMENT_SQL = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|\$(\w*)\$.*?\$\1\$", re.DOTALL)
_AT_THE_END = ("was never closed", "unterminated", "expected an indented block", "unexpected EOF", "expected 'except'")


def broken_off(code: str, language: str) -> str | None:
    """How code of a language breaks off, as a short phrase, or None where it does not, or where nothing tells."""
    text = code.rstrip()
    if not text:
        return None
    if language == python.NAME:
        return _python(text)
    last = text[text.rfind("\n") + 1 :]
    if language == "sql":
        return _sql(text)
    if language in ("html", "xml"):
        return _markup(text)
    if language in _C_LIKE or language in _WORDS:
        left = _open_brackets(text, language)
        indented = last[:1] in " \t"
        if left and not _ENDS_WELL.match(last) and (indented or not left.startswith("a block")):
            return left
    if language in _C_LIKE and _CUT_END.search(last) and not re.match(r"\s*(?:#|//|\*|/\*|--|\")", last):
        return f"it ends with {last.strip()[-3:]}"
    if language in ("c", "cpp") and re.match(r"#[ \t]*(?:include[ \t]+<[^>]*|error[ \t]+\"[^\"]*)$|#$", last):
        return "its last line is cut off"
    return None


def _python(code: str) -> str | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ast.parse(code + "\n")
            return None
        except SyntaxError as error:
            message, line = error.msg or "", error.lineno or 0
        except python.UNREADABLE:
            return None
    if newer_python.older(code) is not None:
        return None
    if line >= code.count("\n") + 1 or any(text in message for text in _AT_THE_END):
        return f"line {line}: {message}"
    return None


def _open_brackets(code: str, language: str) -> str | None:
    if language in ("c", "cpp", "objectivec"):
        code = _one_branch(code)
    if language in _HASH_COMMENTS:
        code = _HASH.sub("", _HEREDOC.sub("", code))
    depth = 0
    for token in _TOKEN.finditer(code):
        kind = token.lastgroup
        if kind == "open":
            depth += 1
        elif kind == "close":
            depth = max(depth - 1, 0)
        elif kind == "block" and not token[0].endswith("*/") and language not in _NO_SLASH_COMMENTS - {"css"}:
            return "a comment is never closed"
    if depth:
        return f"{depth} bracket{'s are' if depth > 1 else ' is'} never closed"
    if language in _WORDS:
        opening, closing = (re.compile(pattern, re.MULTILINE) for pattern in _WORDS[language])
        if len(opening.findall(code)) > len(closing.findall(code)):
            return "a block is never closed"
    return None


def _one_branch(code: str) -> str:
    # Of `#if … #else … #endif` the first part alone counts: each branch may open the same block.
    kept, skipping = [], []
    for line in code.split("\n"):
        word = re.match(r"\s*#\s*(if\w*|el\w+|endif|define)?", line)
        if word and word[1]:
            if word[1].startswith("if"):
                skipping.append(False)
            elif word[1].startswith("el") and skipping:
                skipping[-1] = True
            elif word[1] == "endif" and skipping:
                skipping.pop()
            continue
        if not any(skipping):
            kept.append(line)
    return "\n".join(kept)


def _sql(code: str) -> str | None:
    bare = _COMMENT_SQL.sub("x", code).rstrip()
    if bare.endswith((";", "/", "go", "GO")):
        return None
    if bare.count("(") > bare.count(")"):
        return "a bracket is never closed"
    if _SQL_CUT.search(bare):
        return f"it ends with {bare.split()[-1][-12:]}"
    if ";" in bare and not bare.split("\n")[-1].startswith("x"):
        return "the last statement has no end"
    return None


def _markup(code: str) -> str | None:
    if re.search(r"<[A-Za-z/][^<>]*$", code) and "%>" not in code[-40:]:
        return "the last tag is not closed"
    root = re.search(
        r"<([A-Za-z][\w:.-]*)\b[^<>]*(?<!/)>", re.sub(r"<!--.*?-->|<[?!][^>]*>", "", code, flags=re.DOTALL)
    )
    if root and re.match(r"(?i)html$|body$|div$|svg$", root[1]) and f"</{root[1].lower()}" not in code.lower():
        return f"<{root[1]}> is never closed"
    if root and code.lstrip().startswith("<?xml") and f"</{root[1]}" not in code:
        return f"<{root[1]}> is never closed"
    return None
