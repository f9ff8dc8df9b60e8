"""What runs in the sandbox when tests are tried on a program and on slightly wrong copies of it (trials.py).

Its text is sent there behind that of builtin/everyday/running.py, whose names it uses; standard library only. It
writes a JSON object a line: first what the program did at each probe, then for each other program the probes at
which it did something else.

    try_all({"sources": [right, wrong, …], "probes": [[setup, expression], …]}, MARK)
"""

import ast
import contextlib
import io
import json
import sys
from typing import Any

STEP_LIMIT = 20_000  # loop turns and calls of one probe; overrides that of running.py, whose calls are short
LONGEST_VALUE = 300  # characters of a value that could be an expected one


def try_all(data: dict[str, Any], mark: str) -> None:
    """Run every source on every probe and write what came of it, each line behind the mark."""
    out = sys.stdout
    probes = [(compile(setup, "<setup>", "exec"), compile(asked, "<asked>", "eval")) for setup, asked in data["probes"]]
    right, *others = data["sources"]
    first, again = _outcomes(right, probes), _outcomes(right, probes)
    told = []
    for one, other in zip(first, again):  # noqa: B905
        steady = _same(one[0], other[0])
        value = _shown(one[0].value) if one[0].kind == "value" else None
        told.append([one[0].kind if steady else "unsteady", value, one[0].error, sorted(one[1])])
    _write(out, mark, told)
    for source in others:
        results = _outcomes(source, probes, quick=True)
        away = [at for at, (one, other) in enumerate(zip(first, results)) if not _same(one[0], other[0])]  # noqa: B905
        _write(out, mark, away)


def _outcomes(source: str, probes: list[Any], quick: bool = False) -> list[Any]:
    """For each probe its outcome and the branches it took. `quick`: nothing is run after a probe that never ends."""
    counter = _Counter()  # type: ignore[name-defined]  # noqa: F821
    namespace: dict[str, Any] = {"_tick": counter.tick, "__name__": "solution"}
    failed = (Outcome("error", None, "does not load"), set())  # type: ignore[name-defined]  # noqa: F821
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        try:
            tree = ast.parse(source)
            instrument(tree)  # type: ignore[name-defined]  # noqa: F821
            exec(compile(tree, "<solution>", "exec"), namespace)
        except BaseException:
            return [failed] * len(probes)
        found = []
        for setup, asked in probes:
            counter.left, counter.marks = STEP_LIMIT, set()
            try:
                outcome = _outcome(setup, asked, namespace)  # type: ignore[name-defined]  # noqa: F821
            except BaseException as error:
                outcome = Outcome("error", None, type(error).__name__)  # type: ignore[name-defined]  # noqa: F821
            found.append((outcome, counter.marks))
            if quick and outcome.kind == "endless":
                break
    return found


def _same(left: Any, right: Any) -> bool:
    if left.kind != right.kind or left.error != right.error:
        return False
    try:
        return left.kind != "value" or repr(left.value) == repr(right.value) or bool(left.value == right.value)
    except Exception:
        return False


def _shown(value: Any) -> Any:
    try:
        text = repr(value)
    except Exception:
        return None
    return text if len(text) <= LONGEST_VALUE else None


def _write(out: Any, mark: str, value: Any) -> None:
    out.write(f"\n{mark}{json.dumps(value)}\n")
    out.flush()
