# ruff: noqa: E501 (patterns)
"""Error rates of stage 02's checks on real code: false rejections, and bad rows that are missed.

Real rows are made at run time from files of packages that are installed on this machine (the standard
library, site-packages, and what lies under --roots): functions and whole files in as many languages as are
there, without a fence, in a fence, and with a sentence around them. Nothing is copied into the repository;
the licence is that of each package. Bad rows are made from real ones: cut off, refused, with a placeholder
in place of a body, with lines said again and again. A row whose text holds an address of a live host is left
out (URL_POLICY decides on those, not a check of quality), as is one that holds a credential.

    python tests/benchmarks/bench_quality.py [--rows 200] [--roots /usr/share /usr/lib] [--show 5]
"""

import argparse
import ast
import random
import re
import sys
import sysconfig
import time
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT)]

import orjson  # noqa: E402

from autotrain.cleaning.checks import Options, check_batch  # noqa: E402

SUFFIXES = {
    ".py": "python", ".js": "javascript", ".mjs": "javascript", ".ts": "typescript", ".c": "c", ".h": "c", ".cpp": "cpp",
    ".hpp": "cpp", ".cuh": "cpp", ".cc": "cpp", ".pm": "perl", ".pl": "perl", ".php": "php", ".sql": "sql", ".sh": "shell",
    ".css": "css", ".html": "html", ".rb": "ruby", ".go": "go", ".rs": "rust", ".java": "java", ".lua": "lua", ".tcl": "tcl",
    ".vim": "vim", ".f90": "fortran", ".xml": "xml",
}  # fmt: skip
FEWEST, MOST = 200, 6000  # characters of a row's code
NOT_REASONS_OF_QUALITY = ("url", "secret", "encoding")
REFUSALS = (
    "I'm sorry, but I can't help with that request.",
    "As an AI language model, I am not able to write this kind of program for you.",
    "I cannot assist with writing that code, since it goes against my guidelines.",
    "Sorry, I'm unable to provide an implementation for this.",
    "I apologize, but I cannot fulfill this request as it may be misused.",
    "Unfortunately, I do not have the ability to access your files, so I can't complete this task.",
    "I\u2019m sorry, but I won\u2019t be able to generate that code.",
    "I must decline to answer this question.",
)
PLACEHOLDERS = ("your code here", "TODO: implement this", "implementation goes here", "... rest of the code", "add your logic here",
                "existing code remains unchanged", "rest of the function stays the same")  # fmt: skip
COMMENT = {"python": "#", "shell": "#", "perl": "#", "ruby": "#", "tcl": "#", "sql": "--", "lua": "--", "html": "<!--", "xml": "<!--",
           "css": "/*", "vim": '"', "fortran": "!"}  # fmt: skip


def sources(roots: list[Path], rng: random.Random, most: int) -> dict[str, list[str]]:
    """Texts of code by language: functions of Python, whole files of the rest."""
    paths: dict[str, list[Path]] = defaultdict(list)
    for root in roots:
        for path in sorted(root.rglob("*")):
            language = SUFFIXES.get(path.suffix)
            if language and path.is_file() and FEWEST <= path.stat().st_size <= 200_000:
                paths[language].append(path)
    found: dict[str, list[str]] = {}
    for language, listed in sorted(paths.items()):
        rng.shuffle(listed)
        texts: dict[str, None] = {}
        for path in listed:
            try:
                text = path.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError):
                continue
            for piece in pieces(text, language, rng):
                if FEWEST <= len(piece) <= MOST and len(max(piece.split("\n"), key=len)) < 400:
                    texts[piece] = None
            if len(texts) >= most * 3:
                break
        found[language] = rng.sample(sorted(texts), min(most, len(texts)))
    return {language: texts for language, texts in found.items() if len(texts) >= 5}


def pieces(text: str, language: str, rng: random.Random) -> Iterator[str]:
    yield text.strip("\n")
    if language != "python":
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            nodes = ast.parse(text).body
        except (SyntaxError, ValueError):
            return
    for node in rng.sample(nodes, min(3, len(nodes))):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and (node.end_lineno or 0) - node.lineno > 4:
            yield ast.get_source_segment(text, node) or ""


def good(code: str, language: str, form: int) -> str:
    """The code as an answer: bare, in a fence, or with prose around a fence."""
    if form == 0 or "```" in code or "~~~" in code:
        return code
    fence = f"```{language}\n{code}\n```"
    return fence if form == 1 else f"Here is the file that you asked for:\n\n{fence}\n\nIt does what the task says."


def cut(code: str, rng: random.Random) -> str:
    return code[: rng.randrange(len(code) * 3 // 10, len(code) * 9 // 10)]


def is_whole(text: str, language: str) -> bool:
    # Python that is cut between two statements is a shorter program, and no fault.
    if language != "python":
        return text.rstrip().endswith(("}", ";")) and text.count("{") <= text.count("}")
    try:
        ast.parse(text)
    except (SyntaxError, ValueError):
        return False
    return True


def with_placeholder(code: str, language: str, rng: random.Random) -> str:
    mark = COMMENT.get(language, "//")
    end = {"<!--": " -->", "/*": " */"}.get(mark, "")
    lines = code.split("\n")
    middle = len(lines) // 2
    indent = re.match(r"\s*", lines[middle])
    line = f"{indent[0] if indent else ''}{mark} {rng.choice(PLACEHOLDERS)}{end}"
    if language == "python":
        return f"def solve(value):\n    {line.strip()}\n    pass\n"
    return "\n".join([*lines[:middle], line, *([lines[-1]] if lines[-1].strip() in ("}", "};", "end") else [])])


def repeated(code: str, rng: random.Random) -> str:
    lines = [line for line in code.split("\n") if len(line.strip()) > 14] or [code]
    some = rng.randrange(len(lines))
    loop = lines[some : some + rng.choice((1, 2, 3, 5))]
    return "\n".join([*lines[: len(lines) // 2], *(loop * (40 // len(loop) + len(lines) // len(loop)))])


def judge(answers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """(reason or "", detail) of each (language, answer)."""
    lines = [
        (number, orjson.dumps({"instruction": f"Write file {number} of the package.", "output": answer}))
        for number, (_, answer) in enumerate(answers, start=1)
    ]
    outcomes = []
    for start in range(0, len(lines), 256):
        batch = check_batch(lines[start : start + 256], Options(max_output_length=10**6))
        outcomes += [(one.reason, orjson.loads(one.data)) for one in batch.outcomes]
    return [(reason, row.get("detail") or row.get("metadata", {}).get("language", "")) for reason, row in outcomes]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=120, help="of each language, at most")
    parser.add_argument("--roots", type=Path, nargs="*", default=[Path("/usr/share"), Path("/usr/lib")])
    parser.add_argument("--show", type=int, default=0, help="wrong verdicts of each kind to print")
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    rng = random.Random(given.seed)
    paths = sysconfig.get_paths()
    texts = sources([Path(paths["stdlib"]), Path(paths["purelib"]), *given.roots], rng, given.rows)
    rows = [(language, code) for language, listed in texts.items() for code in listed]
    answers = [(language, good(code, language, place % 3)) for place, (language, code) in enumerate(rows)]
    start = time.process_time()
    verdicts = judge(answers)
    seconds = time.process_time() - start
    kept = [place for place, (reason, _) in enumerate(verdicts) if reason not in NOT_REASONS_OF_QUALITY]
    wrong = [place for place in kept if verdicts[place][0]]
    told = [place for place in kept if not verdicts[place][0]]
    right = sum(verdicts[place][1] == answers[place][0] for place in told)
    print(
        f"real rows: {len(kept)} in {len(texts)} languages ({len(verdicts) - len(kept)} more hold addresses or secrets)"
    )
    print(
        "  " + ", ".join(f"{name} {count}" for name, count in sorted(Counter(rows[place][0] for place in kept).items()))
    )
    print(f"falsely rejected: {len(wrong)} of {len(kept)}, {len(wrong) / len(kept):.2%} "
          f"{dict(Counter(verdicts[place][0] for place in wrong))}; {seconds / len(rows) * 1e3:.2f} ms a row")  # fmt: skip
    print(f"language told: {right} of {len(told)}, {right / len(told):.1%}")
    for place in wrong[: given.show]:
        print("  ", answers[place][0], verdicts[place], repr(answers[place][1][-300:]))
    sound = [rows[place] for place in told]
    bad: dict[str, list[tuple[str, str]]] = {
        "cut, bare": [(name, text) for name, code in sound if not is_whole(text := cut(code, rng), name)],
        "cut, in a fence": [(name, f"```{name}\n{cut(code, rng)}") for name, code in sound if "```" not in code],
        "refusals": [("", f"{text} {more}".strip()) for text in REFUSALS for more in ("", "Please ask something else.")],
        "placeholders": [(name, with_placeholder(code, name, rng)) for name, code in sound],
        "placeholders, in a fence": [(name, f"```{name}\n{with_placeholder(code, name, rng)}\n```") for name, code in sound
                                     if "```" not in code],
        "repetitions": [(name, repeated(code, rng)) for name, code in sound],
    }  # fmt: skip
    missed_in_all = 0
    for kind, listed in bad.items():
        verdicts = judge(listed)
        missed = [place for place, (reason, _) in enumerate(verdicts) if not reason]
        missed_in_all += len(missed)
        names = dict(Counter(listed[place][0] for place in missed).most_common(6))
        print(f"missed of {kind}: {len(missed)} of {len(listed)}, {len(missed) / len(listed):.2%} {names}")
        for place in missed[: given.show]:
            print("  ", listed[place][0], verdicts[place][1], repr(listed[place][1][-200:]))
    total = sum(map(len, bad.values()))
    print(f"missed in all: {missed_in_all} of {total}, {missed_in_all / total:.2%}")


if __name__ == "__main__":
    main()
