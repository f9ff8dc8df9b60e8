"""Programming languages of other people's answers: their marks on a fence, their names, what they look like.

Tasks of our own are in a language of TAUGHT, today Python alone (tasks/python.py). A row that people bring may be in
any of LANGUAGES; its language is kept as `metadata.language`, and the prompt of its answer follows it.

    named("js")                               # "javascript"
    told_by_content("SELECT a\\nFROM b;")      # "sql"
    is_code("def f(x):\\n    return x")        # True
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from autotrain.tasks import python

if TYPE_CHECKING:
    from autotrain.sandbox import Job, Limits

LANGUAGES: dict[str, str] = {
    # name: (how people write it; marks of a fence and values of a field, in lower case)
    python.NAME: "Python: py python3 python2 ipython pycon py3 cython sage",
    "javascript": "JavaScript: js jsx node nodejs mjs ecmascript react",
    "typescript": "TypeScript: ts tsx",
    "java": "Java: java8 java17",
    "kotlin": "Kotlin: kt kts",
    "scala": "Scala: sc",
    "groovy": "Groovy: gradle",
    "c": "C: h c99 c11 ansi-c",
    "cpp": "C++: c++ cc cxx hpp c++11 c++14 c++17 c++20 cuda cu arduino",
    "csharp": "C#: c# cs dotnet",
    "fsharp": "F#: f# fs",
    "vbnet": "Visual Basic: vb visual-basic vba",
    "go": "Go: golang",
    "rust": "Rust: rs",
    "swift": "Swift: swift5",
    "objectivec": "Objective-C: objective-c objc obj-c",
    "dart": "Dart: flutter",
    "php": "PHP: php7 php8",
    "ruby": "Ruby: rb rails",
    "perl": "Perl: pl pm",
    "lua": "Lua: luau",
    "r": "R: rlang rscript",
    "julia": "Julia: jl",
    "haskell": "Haskell: hs",
    "elixir": "Elixir: ex exs",
    "erlang": "Erlang: erl",
    "clojure": "Clojure: clj",
    "lisp": "Lisp: common-lisp elisp scheme racket",
    "ocaml": "OCaml: ml",
    "matlab": "MATLAB: octave m",
    "fortran": "Fortran: f90 f95",
    "assembly": "assembly: asm nasm x86asm",
    "verilog": "Verilog: systemverilog sv",
    "vhdl": "VHDL:",
    "solidity": "Solidity: sol",
    "zig": "Zig:",
    "nim": "Nim:",
    "pascal": "Pascal: delphi",
    "tcl": "Tcl:",
    "vim": "Vim script: viml vimscript",
    "shell": "shell: sh bash zsh ksh fish shell-script unix",
    "powershell": "PowerShell: ps1 pwsh ps",
    "batch": "batch: bat cmd",
    "sql": "SQL: mysql postgresql postgres sqlite plsql tsql t-sql pgsql psql",
    "html": "HTML: htm xhtml html5 vue svelte",
    "css": "CSS: css3 scss sass less",
    "xml": "XML: xsl xslt svg xsd",
    "yaml": "YAML: yml",
    "toml": "TOML:",
    "dockerfile": "Dockerfile: docker",
    "makefile": "make: make mk",
    "cmake": "CMake:",
    "graphql": "GraphQL: gql",
    "terraform": "Terraform: tf hcl",
    "protobuf": "Protocol Buffers: proto",
}
TITLES = {name: text.partition(":")[0] for name, text in LANGUAGES.items()}
FIELDS = ("programming_language", "language", "lang", "code_language", "prog_lang", "language_name")
"""Fields of a row that name its language; the value may be a natural language, which is none."""
_MARKS = {
    mark: name
    for name, text in LANGUAGES.items()
    for mark in (name, text.partition(":")[0].lower(), *text.partition(":")[2].split())
}


class Language(Protocol):
    """What can be asked of a language whose answers are run; a module with these names is one."""

    NAME: str
    FENCE: str
    MARKS: tuple[str, ...]
    SYSTEM: str

    def parses(self, code: str) -> bool: ...
    def defined_names(self, code: str) -> set[str]: ...
    def fenced(self, code: str) -> str: ...
    def stub(self, name: str | None) -> str: ...
    def stub_of(self, code: str, returned: str = ...) -> str | None: ...
    def job(
        self, code: str, tests: str, entry_point: str | None, limits: "Limits | None" = ..., group: str = ...
    ) -> "Job": ...


TAUGHT: dict[str, Language] = {python.NAME: python}


def named(mark: str) -> str:
    """The language of a mark on a fence or of a field's value; "" where it is none."""
    return _MARKS.get(mark.strip().lower(), "")


def of_fields(row: Mapping[str, Any]) -> str:
    """The language that a row's own fields name; "" where none does."""
    metadata = row.get("metadata")
    for values in (row, metadata if isinstance(metadata, dict) else {}):
        for field in FIELDS:
            value = values.get(field)
            value = value[0] if isinstance(value, list) and len(value) == 1 else value
            if isinstance(value, str) and (found := named(value)):
                return found
    return ""


def of_row(row: Mapping[str, Any]) -> str:
    """The language of a sample's code: `metadata.language`, Python where it says nothing."""
    language = row["metadata"].get("language")
    return isinstance(language, str) and named(language) or python.NAME


def taught(row: Mapping[str, Any]) -> Language:
    """The language in which a sample's answer is judged: its own, Python where that is not taught."""
    return TAUGHT.get(of_row(row), python)


def _title(language: str) -> str:
    return TITLES.get(language, language)


def answer_form(language: str) -> str:
    """What a model is told about an answer in this language."""
    return f"Answer with one {_title(language)} code block."


def system_line(language: str) -> str:
    """The system line of a row of ours in this language."""
    return TAUGHT[language].SYSTEM if language in TAUGHT else f"You are a careful {_title(language)} programmer."


def _signs() -> dict[str, list[tuple[float, re.Pattern[str]]]]:
    signs: dict[str, list[tuple[float, re.Pattern[str]]]] = {}
    for line in (Path(__file__).parent / "languages.txt").read_text(encoding="utf-8").splitlines():
        name, tab, pattern = line.partition("\t")
        if tab:
            weight = 3.0 if name.endswith("!") else 1.0
            signs.setdefault(name.removesuffix("!"), []).append((weight, re.compile(pattern, re.MULTILINE)))
    return signs


_signs_once = lru_cache(maxsize=1)(_signs)
_LOOKED_AT = 20_000  # characters of a text whose language is looked for


def told_by_content(text: str) -> str:
    """The language that a text of code shows; "" where it shows none."""
    text = text[:_LOOKED_AT]
    best, most = "", 1.0
    for name, signs in _signs_once().items():
        score = sum(weight for weight, sign in signs if sign.search(text))
        if score > most:
            best, most = name, score
    return best


_PROSE = re.compile(r"(?:[-*•>] |\d+[.)] )?[\"'(`*_]{0,3}[A-Z][^={}<>;|\\$@#]*$|[a-z][^={}<>;|\\$@#()\[\]]*[.:]$")
_FUNCTION_WORDS = re.compile(r"\b(?:the|is|are|this|that|to|of|a|an|and|you|it|for|with|in|will|we|by|be|on|as|here)\b")
_BULLET = re.compile(r"\s*(?:#{1,6} \w|\*\*\w|\d+\. [A-Z])")


def is_prose(line: str) -> bool:
    """Whether a line that is not indented reads as a sentence of English."""
    return bool(
        line[:1] not in " \t#/*-"
        and _PROSE.match(line)
        and line.count(" ") >= 3
        and len(_FUNCTION_WORDS.findall(line.lower())) >= 2
    ) or bool(_BULLET.match(line) and line.startswith(("**", "1. ", "## ", "### ")))


def is_code(text: str) -> bool:
    """Whether a text without a fence is code from its first line to its last paragraph."""
    lines = [line.rstrip() for line in text[:_LOOKED_AT].strip("\n").split("\n")]
    shown = [line for line in lines if line]
    if not shown or is_prose(shown[0]):
        return False
    last = len(lines) - 1 - next((place for place, line in enumerate(reversed(lines)) if not line), len(lines))
    end = [line for line in lines[last + 1 :] if line]
    if len(end) < len(shown) and end and all(map(is_prose, end)) and len(text) <= _LOOKED_AT:
        return False
    return sum(map(is_prose, shown)) * 2 < len(shown)
