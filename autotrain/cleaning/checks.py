"""The checks of one row, in order, over a batch of lines: what a worker process does.

    batch = check_batch([(1, b'{"id": ...}')], Options())
    batch.outcomes      # for each line: rejected with a record, or accepted with its bytes

A reason is one of REASONS. Rejected rows are written redacted: no credential reaches the
rejects file, whatever the row was rejected for.
"""

import hashlib
import re
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import orjson
from numpy.typing import NDArray

from autotrain.cleaning import foreign_rows, urls
from autotrain.cleaning.contamination import Reference
from autotrain.cleaning.duplicates import Features, answer_code, describe
from autotrain.cleaning.quality import quality_problem
from autotrain.jsonl import Row, dumps
from autotrain.secrets import second_opinion
from autotrain.secrets.scan import Finding, findings_in_texts, redact, redact_value, texts_of
from autotrain.tasks import conversations
from autotrain.tasks.python import parses
from autotrain.tasks.samples import schema_problem

CHECKS = ("json", "schema", "length", "encoding", "secrets", "urls", "quality", "duplicates", "contamination")
VALIDATION = {"passed": True, "checks": list(CHECKS)}
PREVIEW_CHARACTERS = 1000  # of a line that is no row, in the rejects file


@dataclass(frozen=True)
class Options:
    """What a person may set about the checks; defaults are those of the settings table."""

    min_input_length: int = 10
    max_input_length: int = 20_000
    min_output_length: int = 10
    max_output_length: int = 20_000
    url_policy: str = "drop"
    secret_action: str = "drop"
    secret_scanner: str = "none"


Hits = list[tuple[str, str] | None]


class Outcome(NamedTuple):
    """One line: `reason` is "" where it passed; `data` is its row, or its reject record, as JSON."""

    line: int
    reason: str
    data: bytes


class Batch(NamedTuple):
    """What a batch came to; features, ranks, hits and ids (hashes) have one entry for each line that passed."""

    outcomes: list[Outcome]
    redacted: int
    features: Features
    ranks: NDArray[np.int64]
    hits: Hits
    ids: NDArray[np.int64]
    shapes: Counter[str]  # rows in each foreign format
    spoken: Counter[str]  # what their conversations hold


class _Why(NamedTuple):
    """Why a line is rejected; `scanned`: no credential was found in the row before."""

    reason: str
    detail: str = ""
    scanned: bool = False
    more: Row = {}


class _Rejected(Exception):
    """Ends the checks of a line."""

    def __init__(self, reason: str, detail: str = "", scanned: bool = False, **more: Any) -> None:
        self.why = _Why(reason, detail, scanned, more)


@dataclass(slots=True)
class _Line:
    """A line on its way through the checks."""

    number: int
    data: bytes
    row: Any = None
    shape: str = ""  # the foreign format that the row came in
    redacted: bool = False
    code: str | None = None  # of the answer
    outcome: Outcome | None = None  # where it is rejected


def check_batch(lines: Sequence[tuple[int, bytes]], options: Options, reference: Reference | None = None) -> Batch:
    """Check each line, then describe those that passed for the search for duplicates."""
    every = [_Line(number, data) for number, data in lines]
    passed = every
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # invalid escapes in the samples' code are theirs, not ours
        # One check over all lines, then the next: for the processor that is quicker than one line after the other.
        for check in (_check_form, _check_safety, _take_code, _check_quality):
            for line in passed:
                try:
                    check(line, options)
                except _Rejected as rejected:
                    _reject(line, rejected.why)
            passed = [line for line in passed if line.outcome is None]
        if options.secret_scanner != "none":
            passed = _second_opinion(options.secret_scanner, passed)
        rows = [line.row for line in passed]
        features = describe(rows, [line.code for line in passed])
    hits: Hits = reference.hits(rows, features) if reference else [None] * len(rows)
    return Batch(
        outcomes=[line.outcome or Outcome(line.number, "", dumps(line.row)) for line in every],
        redacted=sum(line.redacted for line in passed),
        features=features._replace(code=None),
        ranks=np.array([_rank(row, hit is not None) for row, hit in zip(rows, hits, strict=True)], dtype=np.int64),
        hits=hits,
        ids=np.array([_hash(row["id"]) for row in rows], dtype=np.int64),
        shapes=Counter(line.shape for line in passed if line.shape),
        spoken=sum((conversations.counts(row) for row in rows if "messages" in row), Counter()),
    )


def _reject(line: _Line, why: _Why) -> None:
    line.outcome = Outcome(line.number, why.reason, _record(line.number, line.data, line.row, why))
    line.row = None  # what is rejected may be large


def _check_form(line: _Line, options: Options) -> None:
    line.row = _parsed(line.data)
    line.row, line.shape = _as_sample(line.row)
    problem = schema_problem(line.row)
    if problem:
        raise _Rejected("schema" if isinstance(line.row, dict) else "not_an_object", problem)
    _check_lengths(line.row, options)


def _check_safety(line: _Line, options: Options) -> None:
    line.row, line.redacted = _safe(line.row, options)


def _take_code(line: _Line, _: Options) -> None:
    line.code = answer_code(line.row)
    if line.code is not None:
        parses(line.code)  # remembered until its quality is asked for


def _check_quality(line: _Line, _: Options) -> None:
    problem = quality_problem(line.row, line.code)
    if problem:
        raise _Rejected(*problem.split(": ", 1), scanned=True)
    line.row.pop("validation", None)


def _second_opinion(scanner: str, lines: list[_Line]) -> list[_Line]:
    # What it finds is dropped under every SECRET_ACTION, and not shown: we would not know what to mask.
    said = second_opinion.opinions(scanner, [texts_of(line.row)[0] for line in lines])
    for line, opinion in zip(lines, said, strict=True):
        if opinion:
            _reject(line, _Why("secret", opinion, more={"text": _digest(dumps(line.row))}))
    return [line for line in lines if line.outcome is None]


def _hash(identity: str) -> int:
    digest = hashlib.blake2b(identity.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def _rank(row: Row, contaminated: bool) -> int:
    # The lower of two duplicates stays: clean before contaminated, passing tests, longer tests.
    gate, tests = row.get("gate"), row.get("tests")
    passed = isinstance(gate, dict) and gate.get("passed") is True
    code = tests.get("code") if isinstance(tests, dict) else None
    length = min(len(code), 2**31) if isinstance(code, str) else 0
    return (contaminated << 62) | ((not passed) << 61) | (2**32 - length)


def _parsed(line: bytes) -> Any:
    if line.endswith(b"\0"):
        raise _Rejected("line_too_long", "the line is longer than any sample")
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise _Rejected("not_json", str(error)) from None
    except RecursionError:
        raise _Rejected("not_json", "nested too deeply") from None


def _as_sample(row: Any) -> tuple[Any, str]:
    if not isinstance(row, dict):
        return row, ""
    try:
        return foreign_rows.as_sample(row)
    except foreign_rows.Foreign as error:
        raise _Rejected(error.reason, str(error)) from None


def _safe(row: Row, options: Options) -> tuple[Row, bool]:
    # The row without what its policies take out, and whether anything was.
    try:
        text, pairs = texts_of(row)
    except Exception as error:  # fail-closed: what cannot be scanned is dropped
        raise _Rejected("secret", f"unscannable ({type(error).__name__})") from None
    if not text.isascii() or text.encode("ascii").translate(None, _ORDINARY):
        _check_encoding(row)
    redacted = cut = False
    first = _first_secret(text, pairs)
    if first is not None:
        row, redacted = _without_secrets(row, first, options), True
    if options.url_policy != "keep" and ("://" in text or "www." in text.lower()):
        row, cut = _without_urls(row, options, scanned=not redacted)  # the record has the row as it was
    return row, redacted or cut


_ORDINARY = bytes(range(32, 127)) + b"\t\n\r\f"


def _check_encoding(row: Row) -> None:
    for name in ("instruction", "input", "output"):
        broken = _BROKEN.search(row[name])
        if broken:
            what = _BROKEN_NAMES.get(broken.group(), "text decoded in the wrong encoding")
            raise _Rejected("encoding", f"{name}: {what}")


_BROKEN = re.compile("[\x00-\x08\x0b\x0e-\x1f\ufffd]|\u00e2\u20ac|\u00c3[\u0080-\u00bf\u00a9\u00b1]")
_BROKEN_NAMES = {"\ufffd": "a replacement character", "\0": "a NUL character"}


def _check_lengths(row: Row, options: Options) -> None:
    asked = len(row["instruction"]) + len(row["input"])
    answer = len(row["output"])
    for reason, length, low, high in (
        ("input", asked, options.min_input_length, options.max_input_length),
        ("output", answer, options.min_output_length, options.max_output_length),
    ):
        if length < low:
            raise _Rejected(f"{reason}_too_short", f"{length} characters, at least {low} are needed")
        if length > high and "messages" not in row:
            raise _Rejected(f"{reason}_too_long", f"{length} characters, at most {high} are allowed")
    for place, turn in enumerate(row.get("messages", ()), 1):  # of a conversation each turn counts for itself
        length = len(conversations.told(turn))
        high = options.max_output_length if turn["role"] == "assistant" else options.max_input_length
        if length > high:
            raise _Rejected("turn_too_long", f"turn {place}: {length} characters, at most {high} are allowed")


def _first_secret(text: str, pairs: list[str]) -> tuple[str, Finding] | None:
    try:
        return next(findings_in_texts(text, pairs), None)
    except Exception as error:  # fail-closed again
        return "", Finding(f"unscannable ({type(error).__name__})", 0, 0)


def _without_secrets(row: Row, first: tuple[str, Finding], options: Options) -> Row:
    text, finding = first
    if options.secret_action == "redact" and finding.kind != "url-credentials":
        try:
            clean = redact_value(row)
        except Exception:  # what cannot be redacted is dropped
            clean = row
        if schema_problem(clean) is None and _first_secret(*texts_of(clean)) is None:
            return clean
    raise _Rejected("secret", finding.kind, secret=describe_secret(text, finding))


def describe_secret(text: str, finding: Finding) -> Row:
    """A secret as the rejects file may know it: kind, hash, length and at most four first characters."""
    value = text[finding.start : finding.end]
    return {
        "kind": finding.kind,
        "sha256": hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()[:16],
        "preview": value[: min(4, len(value) // 8)] + "…",
        "length": len(value),
    }


def _without_urls(row: Row, options: Options, scanned: bool) -> tuple[Row, bool]:
    for text in urls.strings(row):
        found = urls.foreign_urls(text)
        if found and options.url_policy == "drop":
            raise _Rejected("url", urls.host_of(text[slice(*found[0])]), scanned)
        if found:
            return urls.mapped(row, urls.redact_urls), True
    return row, False


def _record(number: int, line: bytes, row: Any, why: _Why) -> bytes:
    record: Row = {"line": number, "reason": why.reason, "detail": _redacted(why.detail), **why.more}
    if "text" in why.more:
        return dumps(record)
    try:
        if isinstance(row, dict):
            record["row"] = row if why.scanned else redact_value(row)
        else:
            text = line[: PREVIEW_CHARACTERS * 8].decode("utf-8", "replace")
            record["text"] = redact(text)[:PREVIEW_CHARACTERS]
        return dumps(record)
    except Exception:  # a row that cannot be written safely is known by its hash alone
        record.pop("row", None)
        return dumps({**record, "text": _digest(line)})


def _digest(data: bytes) -> str:
    return f"sha256 {hashlib.sha256(data).hexdigest()}"


def _redacted(text: str) -> str:
    try:
        return redact(text)
    except Exception:
        return ""
