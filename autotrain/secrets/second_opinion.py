"""SECRET_SCANNER: a scanner of others, asked about the samples that ours lets through.

It is a program on PATH that a person installed. It gets the samples as a text, never reaches
the network (validation and updates are off), and looks past comments that ask to be ignored.
Whatever goes wrong with it counts as a finding: the samples that it was asked about are dropped.

    require("kingfisher")                                 # UsageError where it is not installed
    opinions("kingfisher", ["x = 1", "token = 'ghp_…'"])   # [None, "kingfisher github-pat"]
"""

import os
import re
import shutil
import subprocess
import tempfile
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from autotrain.errors import UsageError

TIMEOUT_S = 300
_FOUND = 7  # the exit status that betterleaks is asked for: its own is that of an error
# Characters that one program or another takes for the end of a line, or for a sign of a binary file.
_BREAKS = re.compile("[\x00\x0b\x0c\r\x1c-\x1e\x85\u2028\u2029]")

Hits = Iterator[tuple[int, str]]  # line from 1, rule


class _Scanner(NamedTuple):
    """How a program is called on a file, its exit statuses for nothing and something found, and how it reports."""

    command: tuple[str, ...]
    statuses: tuple[int, int]
    report: Callable[[list[Any]], Hits]


def _kingfisher(lines: list[Any]) -> Hits:
    for line in lines:
        if "finding" in line:
            yield line["finding"]["line"], line["rule"]["name"]


def _betterleaks(lines: list[Any]) -> Hits:
    if lines[-1]["scan"]["state"] != "complete":
        raise ValueError("the scan is not complete")
    for line in lines[:-1]:
        yield line["finding"]["location"]["start_line"], line["finding"]["rule_id"]


def _betterleaks_1(lines: list[Any]) -> Hits:
    (findings,) = lines
    for finding in findings or ():
        yield finding["StartLine"], finding["RuleID"]


_EXIT = f"--exit-code={_FOUND}"
_SCANNERS = {
    "kingfisher": _Scanner(
        ("scan", "{file}", "--no-validate", "--no-update-check", "--no-ignore", "--no-dedup", "--format=jsonl", "-q"),
        (0, 200),
        _kingfisher,
    ),
    "betterleaks": _Scanner(
        ("stdin", "--jsonl", "--no-banner", "--no-allow-signatures", _EXIT), (0, _FOUND), _betterleaks
    ),
    "betterleaks 1": _Scanner(
        ("stdin", "--report-format=json", "--report-path=-", "--no-banner", "--ignore-gitleaks-allow", _EXIT),
        (0, _FOUND),
        _betterleaks_1,
    ),
}


def require(name: str) -> None:
    """Raise UsageError where a scanner is named that is not there."""
    if name != "none" and shutil.which(name) is None:
        raise UsageError(f"SECRET_SCANNER={name}: no such program is on PATH; install it, or set SECRET_SCANNER=none.")


def opinions(name: str, texts: Sequence[str]) -> list[str | None]:
    """For each text what the scanner calls what it found there, or None. Raises nothing: a failure is a finding."""
    if not texts:
        return []
    pieces = [_BREAKS.sub(" ", text) + "\n" for text in texts]
    starts = list(accumulate((piece.count("\n") for piece in pieces), initial=1))
    found: list[str | None] = [None] * len(texts)
    try:
        for line, rule in _run(name, "".join(pieces).encode("utf-8", "replace")):
            found[min(bisect_right(starts, line), len(texts)) - 1] = f"{name} {rule}"
    except Exception as error:  # fail-closed: what it may have found is not known
        return [f"{name} failed ({error if isinstance(error, _Failed) else type(error).__name__})"] * len(texts)
    return found


class _Failed(Exception):
    pass


def _run(name: str, data: bytes) -> list[tuple[int, str]]:
    scanner = _SCANNERS[_version(name)]
    # A folder of its own: no configuration and no list of exceptions lies beside what is scanned.
    with tempfile.TemporaryDirectory(prefix="scan.") as folder:
        path = Path(folder) / "samples.txt"
        path.write_bytes(data)
        done = subprocess.run(
            [name, *(part.format(file=path.name) for part in scanner.command)],
            input=data,
            capture_output=True,
            cwd=folder,
            env=_environment(),
            timeout=TIMEOUT_S,
            check=False,
        )
    if done.returncode not in scanner.statuses:
        raise _Failed(f"exit status {done.returncode}")
    reported = done.stdout.strip()
    lines = [orjson.loads(line) for line in reported.split(b"\n")] if scanner.report is not _betterleaks_1 else []
    hits = list(scanner.report(lines or [orjson.loads(reported or b"[]")]))
    if bool(hits) != (done.returncode == scanner.statuses[1]):
        raise _Failed("its report does not fit its exit status")
    return hits


@cache
def _version(name: str) -> str:
    if name != "betterleaks":
        return name
    said = subprocess.run([name, "version"], capture_output=True, text=True, env=_environment(), timeout=60, check=True)
    number = re.search(r"(\d+)\.\d", said.stdout)
    return "betterleaks 1" if number and int(number[1]) < 2 else name


def _environment() -> dict[str, str]:
    # Nothing that would configure it, and no credential; a home for the cache of its compiled rules.
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
