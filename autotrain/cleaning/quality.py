# ruff: noqa: E501 (patterns)
"""Answers not worth learning from: empty, vague, refusing, cut off, placeholder, repeating, misformatted.

quality_problem(row, code) -> "refusal: as an ai" | None      a named reason, then detail
"""

import re
import zlib
from itertools import groupby
from operator import eq

from autotrain.cleaning.cut import begins_as_python, broken_off
from autotrain.cleaning.foreign_rows import ORIGINS
from autotrain.cleaning.placeholders import placeholder_problem, stands_in
from autotrain.jsonl import Row
from autotrain.tasks import answers, fences, languages, newer_python, python, thoughts
from autotrain.tasks.conversations import text_of

_OF_ITSELF = re.compile(
    r"\bas an? (?:\w+ )?(?:ai|artificial intelligence|large language model|language model)\b|"
    r"\bi(?:'m| am) (?:just |only )?an? (?:ai|(?:large )?language model)\b|\bmy (?:knowledge cutoff|programming (?:does not|doesn't))\b|"
    r"\bmy training data (?:only|goes|includes|does not|doesn't|ends|is limited)"
)
_CANNOT = (
    r"(?:\bi(?: am|'m)? (?:sorry,? )?(?:cannot|can't|can not|could not|couldn't|won't|will not|must decline|"
    r"(?:am |'m )?(?:un|not )able|(?:do not|don't) have (?:the (?:ability|capability|means|necessary)|access|enough|permission)|"
    r"(?:do not|don't) (?:feel comfortable|know how to (?:help|answer|do)|support|provide|create|write|assist)|"
    r"(?:have|need) to (?:decline|refuse)|decline\b|refuse to|(?:am|was) (?:not )?(?:programmed|designed|allowed|permitted)))"
)
_REFUSAL = re.compile(
    rf"{_CANNOT}\b.{{0,60}}\b(?:help|assist|provide|comply|fulfil|answer|do (?:that|this|so)|complete|write|generate|creat|"
    r"access|perform|execut|support|offer|share|produce|continue|engage|discuss|request|task|respond|able|for you|browse)|"
    rf"\b(?:sorry|apologi[sz]e|apologies|afraid|unfortunately|regret)\b.{{0,80}}(?:{_CANNOT}|\bnot (?:something|possible for me|appropriate)\b|"
    r"\bbeyond my\b|\bagainst my\b|\bunable to\b|\b(?:this|that|the|your) (?:request|question|task|topic)\b.{0,30}\b(?:not|n't|violat|goes|harmful)|"
    r"\bnot able to\b|\bno longer\b)|"
    r"\b(?:it is|it's|is) (?:against|outside) (?:my|the) (?:guidelines|programming|policy|policies|scope|capabilities)|"
    r"\b(?:this|that|your) request (?:violates|goes against|is against)|\bviolates? (?:my|our|the) (?:content )?(?:policy|policies|guidelines)",
    re.DOTALL,
)
_VAGUE_ANSWER = re.compile(
    r"(?:sure|okay|ok|yes|no|done|here (?:is|are|you go)[^.\n]{0,60}|i (?:will|'ll|can) [^.\n]{0,80}|"
    r"it depends|n/?a|none|"
    r"see (?:above|below)|same as (?:above|before)|let me know[^.\n]{0,60}|hope this helps)[\s.!:,]*",
    re.IGNORECASE,
)
_VAGUE_TASK = re.compile(
    r"(?:please )?(?:do (?:it|this|that|something)|help(?: me)?|fix(?: (?:it|this))?|write (?:some )?code|"
    r"code|continue|"
    r"solve(?: (?:it|this))?|improve(?: (?:it|this))?|explain|make it work|todo|test|hello|hi)[\s.!?]*",
    re.IGNORECASE,
)
_CUT_TEXT = re.compile(r"(?:[,(\[{]|\b(?:the|and|or|of|to|a|an|is|with|for|that|which|by|in))\s*$")
_CODE_MARK = re.compile(r"[={};<>\\|$]|\w\(|^\s*(?:#|//|--|/?\*)")
_MAYBE_REFUSAL = re.compile(
    r"sorry|afraid|apolog|unfortunately|regret|can.?t |cannot|can not|won.?t |unable|not able|\bai\b|language model|do(?: not|n.t) |declin|refus|my |guideline|violat|artificial"
)
_QUOTED = re.compile(
    r"\"[^\"\n]{0,300}\"|`[^`\n]{0,300}`|(?<!\w)'[^'\n]{0,300}'(?!\w)|^[ \t]*(?:#|//|>|\*|/\*).*$", re.MULTILINE
)
_CODE_LINE = re.compile(
    r"[;{}]\s*$|^\s*(?:#(?:include|ifn?def|define|pragma)\b|//|/\*|--|import \w|from [\w.]+ import|(?:export|const|let|var|using|"
    r"namespace|package|static|public|private|typedef|template) |def \w|class \w|@\w|\"\"\"|[\w.]+ = |[A-Z_]+=\S)|^</?\w"
)
_MAYBE_CODE_LINE = re.compile(r"^\s{2,}\S|^\s*[#*}\])]")
_TRIVIAL_LINE = re.compile(r"[\W\d_]*$")

MIN_REPETITION_CHARACTERS = 400
MAX_COMPRESSION = 0.12  # of an answer's bytes under zlib: code sits near .4, tables of tests near .2, loops below .1


def quality_problem(row: Row, code: str | None) -> str | None:
    """Why an answer is not worth training on (`reason: detail`), or None; `code` is the answer's Python."""
    output, metadata = row["output"], row["metadata"]
    answer = output.strip()
    if not answer:
        return "empty: the answer is empty"
    instruction = row["instruction"].strip() or row["input"].strip()
    if not instruction:
        return "empty: the instruction is empty"
    if _VAGUE_TASK.fullmatch(instruction) and not row["input"].strip():
        return "vague: the instruction says nothing"
    response_format, task_type = metadata["response_format"], metadata["task_type"]
    if response_format != "json" and len(answer) < 160 and _VAGUE_ANSWER.fullmatch(answer):
        return "vague: the answer says nothing"
    if not answer.startswith(("```", "{")) and _refuses(answer):
        return "refusal: the answer declines"
    ticks = "```" in answer or "~~~" in answer
    if ticks and not (code is not None and code == thoughts.spoken(output)) and _breaks_off(answer, output):
        return "truncated: an unclosed code block"
    repeating = _repeats(answer)
    if repeating:
        return f"repetition: {repeating}"
    language = languages.of_row(row)
    if response_format == "code" and (row.get("origin") in ORIGINS or language != python.NAME):
        return _foreign_problem(row, language)
    problem = answers.format_problem(output, response_format, task_type)
    if problem == "an unclosed code block":
        problem = None  # asked above, of fences only
    if problem and not (problem == "code that does not parse" and code and newer_python.is_python(code)):
        return f"{_format_reason(answer, response_format, problem)}: {problem}"
    if response_format == "text":
        if row.get("origin") in ORIGINS and not ticks and stands_in(answer):
            return "placeholder: a comment stands in for code"
        calls = any(turn.get("tool_calls") for turn in row.get("messages", ()))
        if row.get("origin") in ORIGINS and not ticks and not calls and _is_mostly_code(answer):
            found = broken_off(answer, "")
            if found:
                return f"truncated: {found}"
        return _cut_text(answer)
    if code is None:
        return None
    if response_format == "json" and not newer_python.is_python(code):
        return "unparsable_code: fixed_code does not parse"
    return placeholder_problem(code, row.get("entry_point"), instruction)


def _breaks_off(answer: str, output: str) -> bool:
    # Two marks that make one block, as most answers have them, were found before, and are remembered.
    if answer.count("```") == 2 and "~~~" not in answer and answers.fenced_blocks(thoughts.spoken(output)):
        return False
    return fences.is_unclosed(answer)


def _foreign_problem(row: Row, language: str) -> str | None:
    """The faults of code in a row that was not written for our prompts: any number of blocks, any language."""
    blocks = [block for block in fences.fences(thoughts.spoken(row["output"])) if block.body.strip()]
    codes = [block.body for block in blocks if languages.named(block.language) in ("", language)] or [row["output"]]
    if language == python.NAME:
        parsing = [code for code in codes if newer_python.is_python(code)]
        if not parsing:
            found = broken_off(max(codes, key=len), language)
            return f"truncated: {found}" if found else "unparsable_code: code that does not parse"
        codes = parsing
    task, name = f"{row['instruction']}\n{row['input']}", row.get("entry_point")
    whole = max(codes, key=len)
    if language != python.NAME and _came_bare(row, whole):  # an answer that closes its own fence is not cut off
        found = broken_off(whole, language)
        if found:
            return f"truncated: {found}"
    return placeholder_problem(whole, name, task, language)


def _came_bare(row: Row, code: str) -> bool:
    """Whether an answer was code without a fence: then it stands as it was in `original` or in a turn."""
    original = row.get("original")
    said = [*(original.values() if isinstance(original, dict) else ()), *map(text_of, row.get("messages", ()))]
    return any(isinstance(text, str) and text.replace("\r\n", "\n").strip("\n") == code.strip("\n") for text in said)


def _refuses(answer: str) -> bool:
    """Whether the prose of an answer declines. An apology does not, nor does a sentence inside code."""
    lowered = answer[:400].lower()
    if "i" not in lowered or not _MAYBE_REFUSAL.search(lowered):
        return False
    has_code = "```" in answer or "~~~" in answer
    prose = fences.without_fences(answer)[:400] if has_code else answer[:400]
    prose = _QUOTED.sub(" ", prose).lower().replace("\u2019", "'")
    if _OF_ITSELF.search(prose):
        return has_code or not (languages.is_code(answer) and languages.told_by_content(answer))
    return not has_code and bool(_REFUSAL.search(prose))


def _cut_text(answer: str) -> str | None:
    # Only a last line of prose tells: a line of code may end in any word.
    last = answer[answer.rfind("\n") + 1 :]
    if len(answer) <= 80 or not _CUT_TEXT.search(last[-20:]):
        return None
    return "truncated: the last sentence is cut off" if last.count(" ") >= 3 and not _CODE_MARK.search(last) else None


def _is_mostly_code(answer: str) -> bool:
    """Whether a text whose language is not told is code all the same: most of its lines are written as no prose is."""
    lines = [line for line in answer[:20_000].split("\n") if line.strip()]
    sure = sum(map(bool, map(_CODE_LINE.search, lines)))
    maybe = sum(map(bool, map(_MAYBE_CODE_LINE.match, lines)))
    found = sure * 4 >= len(lines) and (sure + maybe) * 2 >= len(lines)
    return len(lines) >= 2 and (found or begins_as_python(answer)) and languages.is_code(answer)


def _ends_in_a_loop(lines: list[str]) -> bool:
    """Whether an answer ends with the same few lines, four times or more, over a third of its length."""
    lines = [line for line in lines if line]
    last = len(lines) - 2  # the very last one may be cut off
    if lines.count(lines[last]) < 4:  # it would come once in each round
        return False
    for period in range(2, min(last // 4, 40) + 1):
        if lines[last] != lines[last - period]:
            continue
        place = last
        while place >= period and lines[place] == lines[place - period]:
            place -= 1
        length = last - place + period
        words = {line for line in lines[place + 1 : last + 1] if not _TRIVIAL_LINE.match(line) and len(line) >= 8}
        if length >= 4 * period and length * 3 >= len(lines) and words:
            return True
    return False


def _format_reason(answer: str, response_format: str, problem: str) -> str:
    if response_format == "json":
        if problem == "not one JSON object":
            return "truncated" if answer.startswith("{") and not answer.endswith("}") else "wrong_format"
        return "json_schema"
    if problem.startswith("0 code blocks"):
        return "no_code"
    return "unparsable_code" if problem == "code that does not parse" else "wrong_format"


def _repeats(answer: str) -> str | None:
    lines = list(map(str.strip, answer.split("\n")))
    if any(map(eq, lines, lines[3:])):
        shown = sum(map(bool, lines))
        for line, run in groupby(lines):
            if len(line) >= 12 and not _TRIVIAL_LINE.match(line):
                length = sum(1 for _ in run)
                if length >= 4 and (length * 4 >= shown or length >= 12):
                    return "one line again and again"
    if len(lines) > 12 and _ends_in_a_loop(lines):
        return "the last lines again and again"
    if len(answer) < MIN_REPETITION_CHARACTERS:
        return None
    words = answer.split()
    if len(set(words)) * 2 < len(words):
        data = answer.encode("utf-8", "surrogatepass")
        if len(zlib.compress(data, 1)) < MAX_COMPRESSION * len(data):
            return "the answer goes round in circles"
    return None
