# ruff: noqa: E501 (patterns)
"""Code that breaks off: something is left open, or the last statement has no end, in a text without a fence.

Python is read by Python. Of other languages what closes is counted: brackets, comments, blocks of words, `#if`,
tags, here-documents; and a last line that no other line of the text ends like tells. Nothing is said of grammar.

    broken_off("function f() {\\n  return [1,", "javascript")      # "2 brackets are never closed"
    broken_off("#include <map>\\nusing std::", "")                # of no known language
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
    r"(?P<regex>(?<=[(,=:\[!&|?{};])[ \t]*/(?![/*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n\[])+/)"
    r"|(?P<block>/\*.*?(?:\*/|\Z))|(?P<line>//[^\n]*)"
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
_ENDED = frozenset("c cpp java csharp php dart objectivec css solidity perl".split())
_COMMENT_C = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_COMMENT_LINES = re.compile(r"\A(?:[ \t]*#[^\n]*\n|[ \t]*\n)+")
_PYTHON_HEAD = re.compile(
    r"(?:from [\w.]+ import |import [\w.]+(?: as \w+)?\s*$|(?:async )?def \w+\(|class \w+.*:\s*$|@[\w.]+(?:\(.*\))?\s*$|\"\"\")",
    re.MULTILINE,
)
_IF, _ENDIF = (
    re.compile(pattern, re.MULTILINE) for pattern in (r"^[ \t]*#(?:[ \t]*ifn?def\b|if\b)", r"^[ \t]*#[ \t]*endif")
)
_POD = re.compile(r"^(?:=[a-z]\w*.*?(?:^=cut\b[^\n]*|\Z)|__(?:END|DATA)__.*)", re.DOTALL | re.MULTILINE)
_UNIT = re.compile(r"(?i)^\s*(?:subroutine|module|program|(?:\w+ )?function)\s+\w+", re.MULTILINE)
_HERE = re.compile(r"(?<=[\s=(,])<<[-~]?[\"']?([A-Z_]{2,})[\"']?(?=[;)\s])[^\n]*\n")
_SHELL_TOKEN = re.compile(r"\\.|(?<![\w${\"'&(])#[^\n]*|'[^']*'|\"(?:\\.|[^\"\\])*\"|([\"'])", re.DOTALL)
_VIM_GUARD = re.compile(r"^\s*if\s+exists\(\s*['\"]((?:[bg]:)?current_(?:syntax|compiler))['\"]", re.MULTILINE)
_PERL_PACKAGE = re.compile(r"package\s+[\w:]+(?:\s+v?[\d._]+)?\s*;")
_PERL_BETWEEN = re.compile(r"\}$|(?:use|our|my)\s.*;$|#")  # a last line that ends no module
_POD_CUT = re.compile(r"^(?!=)\S.*\s[a-z]+$")  # of a manual: no heading, no example, no stop
_SCRIPT = re.compile(r"<script\b.*?</script>", re.DOTALL)
_CLOSED_TAGS = ("div", "table", "form", "select", "script", "style", "ul", "ol", "svg", "textarea", "title")
_AT_THE_END = ("was never closed", "unterminated", "expected an indented block", "unexpected EOF", "expected 'except'")


def broken_off(code: str, language: str) -> str | None:
    """How code of a language ("": one that is not known) breaks off, as a short phrase; None where nothing tells."""
    text = code.rstrip()
    if not text:
        return None
    if language == python.NAME:
        return _python(text)
    if _is_comment(text, language):
        return "there is nothing but a comment"
    if language == "sql":
        return _sql(text)
    if language in ("html", "xml"):
        return _markup(text, language)
    if not language and begins_as_python(text):
        return _python(text)
    if language == "perl" and (said := _perl(text)):
        return said
    return _left_open(text, language) or _without_end(text, language)


def begins_as_python(text: str) -> bool:
    """Whether the first line that is no comment is one of Python: what parses no more may have been Python."""
    return bool(_PYTHON_HEAD.match(_COMMENT_LINES.sub("", text).lstrip()))


def _is_comment(text: str, language: str) -> bool:
    """Whether all of a text is a comment whose last sentence has no end: a whole one may be what was asked for."""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    if not re.search(r"[\w,'\"-]$", lines[-1]):
        return False
    for mark, least in (("//", 2), ("--", 2), ("#", 3), *((('"', 3),) if language == "vim" else ())):
        if len(lines) >= least and all(line.startswith(mark) for line in lines):
            return not (
                mark == "#" and any(re.match(r"#\s*(?:include|if|define|pragma|end|else)", line) for line in lines)
            )
    return text.startswith("/*") and not _COMMENT_C.sub("", text).strip() and len(lines) > 1


def _left_open(text: str, language: str) -> str | None:
    text = _POD.sub("", text).rstrip() if language == "perl" else text
    last = text[text.rfind("\n") + 1 :]
    is_c = language in ("c", "cpp", "objectivec") or not language and re.search(r"^#(?:include|define)\b", text, re.M)
    if is_c and len(_IF.findall(text)) > len(_ENDIF.findall(text)):
        return "an #if is never ended"
    if language in ("perl", "shell", "php", "ruby", "") and any(
        not re.search(rf"^\s*{word}\b", text[end:], re.MULTILINE) for word, end in _here_documents(text)
    ):
        return "a here-document is never closed"
    if language == "shell" and _open_quote(text) and not re.search(r"^\"", text, re.MULTILINE):
        return "a string is never closed"
    if language == "vim" and (said := _vim(text)):
        return said
    if language == "fortran" and _UNIT.search(text) and not re.match(r"(?i)\s*(?:\d+\s+)?(?:end|!|#)|c\b", last):
        return "a unit has no end"
    if language in _C_LIKE or language in _WORDS or not language:
        left = _open_brackets(text, language)
        indented = last[:1] in " \t"
        if left and not _ENDS_WELL.match(last) and (indented or not left.startswith("a block")):
            return left
    if language in _C_LIKE and _CUT_END.search(last) and not re.match(r"\s*(?:#|//|\*|/\*|--|\")", last):
        return f"it ends with {last.strip()[-3:]}"
    if language in ("c", "cpp") and re.match(r"#[ \t]*(?:include[ \t]+<[^>]*|error[ \t]+\"[^\"]*)$|#$", last):
        return "its last line is cut off"
    return None


def _vim(text: str) -> str | None:
    if re.search(r"\bset cpo(?:ptions)?&vim", text) and not re.search(r"let &(?:l:)?cpo", text):
        return "what is set is never set back"
    # A file of syntax or a compiler asks whether one was loaded, and says that it was.
    for variable in _VIM_GUARD.findall(text):
        behind = text[max(text.rfind(f"unlet! {variable}"), text.rfind(f"unlet {variable}"), 0) :]
        if not re.search(rf"\blet {variable}\b|\bruntime\b(?!.*\n\s*unlet)", behind):
            return f"{variable} is asked for and never set"
    return None


def _perl(text: str) -> str | None:
    code = _POD.sub("", text).rstrip()
    manual = text[text.rfind("\n=") + 1 :] if "\n=" in text else ""
    if manual and not manual.startswith("=cut") and _POD_CUT.search(manual[manual.rfind("\n") + 1 :]):
        return "its manual ends within a sentence"
    # A module has to return a true value; only what begins with its package is one.
    if not _PERL_PACKAGE.match(_COMMENT_LINES.sub("", text)) or not _PERL_BETWEEN.match(code[code.rfind("\n") + 1 :]):
        return None
    if re.search(
        r"^__(?:END|DATA)__|^\s*package main;|^\s*(?:return )?(?:1|'[^'\n]+'|\"[^\"\n]+\"|\d+|__PACKAGE__.*);|\b1;",
        text,
        re.MULTILINE,
    ):
        return None
    return "a module has no true value at its end"


def _without_end(text: str, language: str) -> str | None:
    """Whether the last statement lacks the mark that all others end with."""
    if language not in _ENDED and language not in ("javascript", "typescript", ""):
        return None
    if language == "php" and text.rfind("?>") > text.rfind("<?php"):
        return None
    text = _POD.sub("", text) if language == "perl" else text
    comments = ("block",) if language in ("perl", "css") else ("block", "line")
    text = _TOKEN.sub(lambda token: "" if token.lastgroup in comments else token[0], text)
    if language in ("perl", "php"):
        text = _HASH.sub("", text)
    lines = [line.rstrip() for line in text.split("\n") if line.strip() and not line.lstrip().startswith(("#", "@"))]
    if len(lines) < 3 or not re.search(r"[\w.:\"'-]$", lines[-1]) or re.fullmatch(r"\d+", lines[-1].strip()):
        return None
    others = lines[:-1]
    ended = sum(line.endswith(";") for line in others)
    loose = sum(line[-1] not in ";{}(),[]:>\\" for line in others)
    if language == "css":
        return "its last rule has no end" if text.count("}") and loose * 10 <= len(others) else None
    if ended >= 2 and loose * 10 <= len(others):
        return "its last statement has no end"
    return None


def _here_documents(text: str) -> list[tuple[str, int]]:
    # `<<` before a word in capitals is a shift in other places, and those have spaces.
    return [(match[1], match.end()) for match in _HERE.finditer(text)]


def _open_quote(text: str) -> bool:
    return any(match[1] for match in _SHELL_TOKEN.finditer(_HEREDOC.sub("", text)))


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
    if language == "vim":
        return _open_block(code, language)
    if language in ("c", "cpp", "objectivec", ""):
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
            before = code[code.rfind("\n", 0, token.start()) + 1 : token.start()]
            if language or not before.strip():  # a text may name files as `src/*`
                return "a comment is never closed"
    if depth:
        return f"{depth} bracket{'s are' if depth > 1 else ' is'} never closed"
    return _open_block(code, language) if language in _WORDS else None


def _open_block(code: str, language: str) -> str | None:
    opening, closing = (re.compile(pattern, re.MULTILINE) for pattern in _WORDS[language])
    return "a block is never closed" if len(opening.findall(code)) > len(closing.findall(code)) else None


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
    if not re.sub(r"[x\s]", "", bare):
        return "there is nothing but a comment" if re.search(r"[\w,]$", code) else None
    if bare.count("(") > bare.count(")"):
        return "a bracket is never closed"
    if _SQL_CUT.search(bare):
        return f"it ends with {bare.split()[-1][-12:]}"
    last = bare[bare.rfind("\n") + 1 :]
    if last.startswith("\\") and last.count('"') % 2:
        return "a string is never closed"
    if (";" in bare or "\n\\echo" in bare) and not last.startswith(("x", "\\")):
        return "the last statement has no end"
    return (
        "it ends in the middle of a statement" if re.fullmatch(r"(?i)\s*(?:alter|create|drop)(?: \w+)?", last) else None
    )


def _markup(code: str, language: str) -> str | None:
    if re.search(r"<[A-Za-z/][^<>]*$", code) and "%>" not in code[-40:]:
        return "the last tag is not closed"
    bare = re.sub(r"<!--.*?-->|<[?!][^>]*>", "", code, flags=re.DOTALL)
    if "<!--" in bare:
        return "a comment is never closed"
    root = re.search(r"<([A-Za-z][\w:.-]*)\b[^<>]*(?<!/)>", bare)
    if language == "xml" and root and root.start() == len(bare) - len(bare.lstrip()) and f"</{root[1]}" not in code:
        return f"<{root[1]}> is never closed"
    if root and re.match(r"(?i)(?:html|body)$", root[1]) and f"</{root[1].lower()}" not in code.lower():
        return f"<{root[1]}> is never closed"
    lowered = _SCRIPT.sub("<script></script>", bare.lower())
    for tag in _CLOSED_TAGS if language == "html" else ():
        if len(re.findall(rf"<{tag}\b(?![^<>]*/>)", lowered)) > lowered.count(f"</{tag}"):
            return f"<{tag}> is never closed"
    for word in ("block", "for", "if"):
        opened, ended = (len(re.findall(rf"\{{%-?\s*{mark}\b", code)) for mark in (word, f"end{word}"))
        if opened > ended:
            return f"a {word} of the template is never ended"
    return None
