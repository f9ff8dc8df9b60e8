"""The sandbox as the rest of the project sees it: jobs in, verdicts out.

    from autotrain.sandbox import Job, Sandbox
    with Sandbox(mode="auto", workers=2) as sandbox:
        for verdict in sandbox.check_many(jobs): ...

A job's code and tests travel in memory files to the processes that they are meant for, and
output and report come back the same way, so nothing has to be drained and nothing that a
program keeps open can hold the sandbox up.
"""

import contextlib
import json
import os
import random
import select
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from types import TracebackType
from typing import Any

from autotrain.errors import SandboxUnavailable, say
from autotrain.sandbox import canaries
from autotrain.sandbox.inside.names import NO_PROGRAM
from autotrain.sandbox.jobs import MOST_CODE_BYTES, MOST_DISK_BYTES, MOST_NAME_CHARACTERS, Job, Limits, Verdict
from autotrain.sandbox.tiers import advice, tiers_to_try
from autotrain.sandbox.zygotes import Result, Slot, SlotLost, Zygote

_GRACE_S = 10.0  # beyond a job's wall limit, for the slot to kill, clean and answer
_AHEAD_A_WORKER = 16
_FREE_A_WORKER = 4  # slots kept for other limits
_MOST_FREE = 16  # and for groups of jobs, of which each needs a slot of its own
_BY_CHANCE = random.SystemRandom()


class Sandbox:
    """Runs jobs, each contained. Use it as a context manager; `tier` says how code is contained.

    Raises SandboxUnavailable where no allowed tier holds. `hash_seed` fixes the order of sets
    in programs; two sandboxes with different seeds show tests that depend on it. `packages` are
    what programs may import beside the standard library (default: SANDBOX_PACKAGES).
    """

    def __init__(
        self, mode: str = "auto", workers: int = 2, packages: Sequence[str] = (), *, hash_seed: int = 0
    ) -> None:
        self.workers = max(1, workers)
        self._lock = threading.Lock()
        named = packages or os.environ.get("SANDBOX_PACKAGES", "").replace(",", " ").split()
        self._at_once = self.workers + (self.workers > 1)
        self._group, self._in_group = "", 0
        self._zygote, self._free = _open(mode, self._at_once, tuple(named), hash_seed)
        self.tier = self._zygote.tier
        if self.tier == "off":
            say("warning: SANDBOX=off: generated code runs on this machine without containment.")

    def check(self, job: Job) -> Verdict:
        """Run one job and say what became of it. May be called from several threads at once."""
        return next(self.check_many([job]))

    def check_many(self, jobs: Iterable[Job]) -> Iterator[Verdict]:
        """Verdicts in the order of the jobs, which are drawn as they are needed.

        Up to `workers` run at once, and one more where there are several: no core waits for the hand-over.
        """
        waiting: deque[_Running] = deque()  # in the order of the jobs
        ready: deque[_Running] = deque()  # not yet started, in the order in which they will be
        busy: dict[int, _Running] = {}
        groups = _groups(jobs)
        exhausted = False
        try:
            while True:
                while not (exhausted or ready) and self._has_room(len(busy), len(waiting)):
                    group = next(groups, None)
                    if group is None:
                        exhausted = True
                        break
                    drawn = [_Running(job, self.tier) for job in group]
                    waiting.extend(drawn)
                    # Not from a seed: who could work the order out could meet it. No verdict depends on it.
                    ready.extend([*_BY_CHANCE.sample(drawn[:-1], len(drawn) - 1), drawn[-1]])
                    while ready and len(busy) < self._at_once:
                        self._start(ready.popleft(), busy)
                while ready and len(busy) < self._at_once:
                    self._start(ready.popleft(), busy)
                while waiting and waiting[0].verdict is not None:
                    yield waiting.popleft().verdict  # pyright: ignore[reportReturnType]
                if busy:
                    self._wait(busy)
                elif exhausted and not waiting:
                    return
        finally:
            for running in busy.values():
                self._kill(running.slot)

    def close(self) -> None:
        """End every process of the sandbox and remove what it made."""
        with self._lock:
            for slot in self._free:
                slot.close()
            self._free = []
        self._zygote.close()

    def __enter__(self) -> "Sandbox":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _has_room(self, busy: int, waiting: int) -> bool:
        return busy < self._at_once and waiting < _AHEAD_A_WORKER * self.workers

    def _start(self, running: "_Running", busy: "dict[int, _Running]") -> None:
        if running.verdict is None:  # else it was refused
            running.start(self._take(running.job))
            busy[running.slot.fileno()] = running

    def _take(self, job: Job) -> Slot:
        """A free slot that has the job's limits or none yet and ran nobody of its group, else a new one."""
        with self._lock:
            if job.group and job.group != self._group:
                self._group, self._in_group = job.group, 0
            self._in_group += bool(job.group)
            kept = max(_FREE_A_WORKER * self.workers, min(self._in_group + self.workers, _MOST_FREE))
            self._zygote.group.make_room(job.limits, kept)
            for position in range(len(self._free) - 1, -1, -1):
                slot = self._free[position]
                if slot.limits in (job.limits, None) and not (job.group and slot.last_group == job.group):
                    return self._mark(self._free.pop(position), job)
            while len(self._free) >= kept:
                self._zygote.kill_slot(self._free.pop(0))
            return self._mark(self._zygote.open_slot(), job)

    @staticmethod
    def _mark(slot: Slot, job: Job) -> Slot:
        # One name is enough: who ran a job of another group in between ran it after this group had ended.
        slot.last_group = job.group or slot.last_group
        return slot

    def _wait(self, busy: "dict[int, _Running]") -> None:
        """Wait until a running job's slot answers, and take the answers that are there."""
        now = time.monotonic()
        timeout_s = min(running.deadline for running in busy.values()) - now
        for descriptor in select.select(list(busy), [], [], max(0.0, timeout_s))[0] or list(busy):
            running = busy[descriptor]
            try:
                running.finish(max(0.0, running.deadline - time.monotonic()))
            except TimeoutError:
                continue
            except SlotLost as lost:
                running.lost(str(lost))
                del busy[descriptor]
                self._kill(running.slot)
                continue
            if running.verdict is not None:
                del busy[descriptor]
                self._give_back(running.slot)

    def _give_back(self, slot: Slot) -> None:
        if not slot.usable:
            return self._kill(slot)
        with self._lock:
            self._free.append(slot)

    def _kill(self, slot: Slot) -> None:
        with self._lock:
            self._zygote.kill_slot(slot)


class _Running:
    """One job, the slot that it runs in, and the verdict once there is one."""

    slot: Slot

    def __init__(self, job: Job, tier: str) -> None:
        self.job, self._tier = job, tier
        self.verdict: Verdict | None = _refusal(job, tier)
        self.deadline = 0.0
        self._separate = bool(job.tests.strip())
        self._weak = False

    def start(self, slot: Slot) -> None:
        self.slot = slot
        self.deadline = time.monotonic() + self.job.limits.wall_s + _GRACE_S
        with contextlib.suppress(SlotLost):  # found out, and reported, when the answer is read
            slot.send(self.job, separate=self._separate)

    def finish(self, timeout_s: float) -> None:
        """Read the slot's answer; tests that cannot be separated are sent again, to run in process."""
        result = self.slot.receive(timeout_s)
        decided = (result.checker if self._separate else result.candidate) == 0 and not result.limit
        report = _read_report(self.slot) if decided else {}
        if report.get("status") == "inseparable" and self._separate:
            self._separate, self._weak = False, True
            self.start(self.slot)
            return
        self.verdict = self._judge(result, report)

    def lost(self, reason: str) -> None:
        self.verdict = Verdict("killed", message=f"the program was lost: {reason}", tier=self._tier, weak=self._weak)

    def _judge(self, result: Result, report: dict[str, Any]) -> Verdict:
        limits, slot = self.job.limits, self.slot
        status, message = _status(result, report, limits, self._separate)
        sizes = [slot.size(name) for name in ("stdout", "stderr", "notes")]
        if max(sizes) > limits.output_total_bytes:
            status, message = "output", f"more than {limits.output_total_bytes} bytes of output"
        texts = [
            slot.text(name, limits.output_bytes) if size else ""
            for name, size in zip(("stdout", "stderr", "notes"), sizes)  # noqa: B905
        ]
        return Verdict(
            status=status,
            tests_passed=_count(report, "passed"),
            tests_failed=_count(report, "failed"),
            seconds=result.seconds,
            stdout=texts[0],
            stderr=(texts[1] + texts[2])[: limits.output_bytes],
            message=message,
            tier=self._tier,
            weak=self._weak,
        )


def _groups(jobs: Iterable[Job]) -> Iterator[list[Job]]:
    """Neighbours of one group together, every other job alone, each drawn when it is needed."""
    held: list[Job] = []
    for job in jobs:
        if held and job.group != held[0].group:
            yield held
            held = []
        held.append(job)
        if not job.group:
            yield held
            held = []
    if held:
        yield held


_LIMIT_STATUS = {"wall": "timeout", "cpu": "timeout", "memory": "memory", "output": "output"}
_REPORTED = ("passed", "failed", "error", "memory")


def _status(result: Result, report: dict[str, Any], limits: Limits, separate: bool) -> tuple[str, str]:
    if result.refused:
        return "refused", result.refused
    if result.limit:
        texts = {
            "wall": f"still running after {limits.wall_s:g} s",
            "cpu": f"used more than {limits.cpu_s:g} s of processor time",
            "memory": f"used more than {limits.memory_bytes >> 20} MiB of memory",
            "output": f"more than {limits.output_total_bytes} bytes of output",
            "disk": f"wrote more than {limits.disk_bytes >> 20} MiB or too many files",
            "processes": f"started more than {limits.processes} processes",
        }
        return _LIMIT_STATUS.get(result.limit, "killed"), texts[result.limit]
    signals = [code for code in (result.candidate, result.checker) if NO_PROGRAM < code < 0]
    if report.get("status") in _REPORTED and not (report.get("gone") and signals):
        return report["status"], str(report.get("message", ""))
    if signals:
        return "killed", f"the program died of signal {-signals[0]}"
    return "error", "the tests ended early" if separate else "the program ended before its code was done"


def _refusal(job: Job, tier: str) -> Verdict | None:
    message = ""
    if max(len(job.code), len(job.tests)) > MOST_CODE_BYTES:
        message = f"more than {MOST_CODE_BYTES} characters of code"
    elif len(job.entry_point or "") > MOST_NAME_CHARACTERS:
        message = f"an entry point of more than {MOST_NAME_CHARACTERS} characters"
    elif job.limits.disk_bytes > MOST_DISK_BYTES:
        message = f"a disk limit above {MOST_DISK_BYTES} bytes"
    return Verdict("refused", message=message, tier=tier) if message else None


def _read_report(slot: Slot) -> dict[str, Any]:
    with contextlib.suppress(ValueError, RecursionError):
        report = json.loads(slot.text("report", 1 << 20))
        if isinstance(report, dict):
            return report
    return {}


def _count(report: dict[str, Any], name: str) -> int:
    value = report.get(name)
    return value if type(value) is int and value >= 0 else 0


def _open(mode: str, slots: int, packages: tuple[str, ...], hash_seed: int) -> tuple[Zygote, list[Slot]]:
    """The first tier that holds here, with its slots. Raises SandboxUnavailable with each tier's reason."""
    reasons: dict[str, str] = {}
    for tier in tiers_to_try(mode):
        try:
            return try_tier(tier, slots, packages, hash_seed)
        except SandboxUnavailable as error:
            reasons[tier] = str(error)
    raise SandboxUnavailable(advice(mode, reasons))


def try_tier(
    tier: str,
    count: int,
    packages: tuple[str, ...] = (),
    hash_seed: int = 0,
    landlock_abi: int = 99,
    mounts: bool = True,
) -> tuple[Zygote, list[Slot]]:
    """A tier's interpreter and ready slots, its canaries held. Raises SandboxUnavailable with the reason."""
    zygote = Zygote(tier, packages, hash_seed, landlock_abi, mounts)
    slots: list[Slot] = []
    try:
        slots += [zygote.open_slot() for _ in range(count)]
        if tier != "off":
            broken = canaries.failures(run_canaries(slots[0]))
            if broken:
                raise SandboxUnavailable("; ".join(broken))
        for slot in slots:
            slot.wait_ready()
        return zygote, slots
    except BaseException as error:
        for slot in slots:
            slot.close()
        zygote.close()
        if isinstance(error, SlotLost):
            raise SandboxUnavailable(str(error)) from None
        raise


def run_canaries(slot: Slot) -> dict[str, str]:
    """What became of each canary in this slot."""

    def runner(code: str, output: int) -> str:
        slot.send(Job(code=code), separate=False, output=output)
        result = slot.receive(_GRACE_S)
        return result.refused or slot.text("stderr", 500)

    return canaries.run(runner)
