"""`events.jsonl`: what happened in a run, one JSON object a line, append-only.

    ts run_id seq level event stage round message data{}

`seq` strictly increases over all processes that write. Secrets are redacted here, the
one place that writes.
"""

import contextlib
import datetime
import errno
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from autotrain.secrets.scan import redact, redact_value

LEVELS = ("debug", "info", "warning", "error")


def utc_now() -> str:
    """The time as ISO 8601 in UTC with milliseconds: 2026-01-31T12:00:00.000Z."""
    now = datetime.datetime.now(datetime.timezone.utc)
    return now.strftime("%Y-%m-%dT%H:%M:%S.") + f"{now.microsecond // 1000:03d}Z"


class EventLog:
    """Appends events; several processes may write to the same file at once."""

    def __init__(self, path: Path, run_id: str) -> None:
        self.path, self.run_id = path, run_id

    def emit(
        self,
        event: str,
        message: str = "",
        *,
        level: str = "info",
        stage: str | None = None,
        round_number: int | None = None,
        data: dict[str, Any] | None = None,
    ) -> int:
        """Write one event and return its `seq`. A torn last line is cut off first."""
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            seq = _last_seq(descriptor) + 1
            row = {
                "ts": utc_now(),
                "run_id": self.run_id,
                "seq": seq,
                "level": level,
                "event": event,
                "stage": stage,
                "round": round_number,
                "message": redact(message),
                "data": redact_value(data or {}),
            }
            line = orjson.dumps(row, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS) + b"\n"
            end = os.fstat(descriptor).st_size
            written = os.write(descriptor, line)
            if written != len(line):  # a full disk can take part of a line
                os.ftruncate(descriptor, end)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.path))
            return seq
        except OSError as error:
            if error.filename is None:
                raise OSError(error.errno, error.strerror, str(self.path)) from None
            raise
        finally:
            os.close(descriptor)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keep every writer out for a moment; nothing may be emitted inside."""
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _last_seq(descriptor: int) -> int:
    size = os.fstat(descriptor).st_size
    window = 8192
    while size:
        start = max(0, size - window)
        tail = os.pread(descriptor, size - start, start)
        if not tail.endswith(b"\n"):  # torn by a crash: cut it, then look again
            keep = tail.rfind(b"\n") + 1
            if keep == 0 and start > 0:
                window *= 8
                continue
            os.ftruncate(descriptor, start + keep)
            size = start + keep
            continue
        lines = tail.rstrip(b"\n").split(b"\n")
        if start > 0 and len(lines) == 1:  # the last line may begin before the window
            window *= 8
            continue
        for line in reversed(lines if start == 0 else lines[1:]):
            try:
                return int(orjson.loads(line)["seq"])
            except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
                continue  # a damaged line does not stop the run; the one before it counts
        if start == 0:
            return 0
        window *= 8
    return 0
