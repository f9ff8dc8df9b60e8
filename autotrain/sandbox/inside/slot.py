"""A slot's server: takes one job at a time, forks its programs, watches, kills, reports.

It never reads code or tests: they lie in memory files that only the process they are meant
for reads, so nothing of one program's tests is left in the memory that the next program is
forked from. All that can be set up once, or before the fork, is: in a new process each
first touch of a page costs more than most system calls.
"""

import contextlib
import gc
import json
import os
import resource
import select
import signal
import socket
import sys
import time
from collections.abc import Callable
from typing import Any

from autotrain.sandbox.inside import candidate, checker, kernel, rehearsal
from autotrain.sandbox.inside.boxes import Box
from autotrain.sandbox.inside.names import FILES, LARGEST_MESSAGE, LIMITS, NO_PROGRAM, READY, REFUSED, RESULT

_TICK_S = 0.05
_EAGER_TICK_S = 0.01  # where a program has reserved more memory than it may use
_DISK_TICK_S = 0.005  # where nothing but this watch bounds what it writes
_LEAVE_S = 1.0  # for the candidate to flush its output, or to die, once the checker is done
_CROWDED_S = 2.0  # for a place among the user's processes
_THREADS_A_PROCESS = 4
_MOST_DESCRIPTORS = 256
_MOST_FILES, _CHANNEL = 6, 3  # that a program is given; the number of its end of the channel
_new_session, _set_limit, _CPU, _close_range = os.setsid, resource.setrlimit, resource.RLIMIT_CPU, os.closerange
_read_at, _close = os.pread, os.close
_PART_BYTES = 32768
_RESERVED_BYTES = 512 << 20  # address space for stacks and arenas, which is not used


class Slot:
    def __init__(self, control: socket.socket, box: Box, files: list[int]) -> None:
        self._control, self._number, self._box = control, control.fileno(), box
        self._files = dict(zip(FILES, files))  # noqa: B905 (strict= needs no checking here)
        self._null = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
        self._placed = [-1] * _MOST_FILES  # what lies at the numbers that programs get their files by
        self._message = b""
        self._job: dict[str, Any] = {}
        self._limits: dict[str, Any] = {}
        self._cpu_limit = (0, 0)
        self._listener = -1 if box.locks is None else box.locks.listener
        self._disk_tick_s = _TICK_S if box.sized else _DISK_TICK_S

    def serve(self) -> None:
        """Run jobs until the supervisor goes away."""
        candidate.lacks_shared_memory = not (self._box.own_shared_memory or self._box.tier == "off")
        os.umask(self._box.umask)
        for _ in range(rehearsal.TIMES):
            _payload(os.dup(self._files["code"]))
        rehearsal.rehearse(self._null)
        rehearsal.rehearse_apart(self._null, kernel.current_processor())
        gc.collect()
        gc.freeze()
        self._box.be_measured_from_here()
        self._control.sendall(READY)
        while True:
            try:
                message = os.read(self._number, LARGEST_MESSAGE)
            except OSError:
                message = b""
            if not message:
                self._box.finish()
                os._exit(0)
            if message != self._message:  # mostly it is the same, and need not be read again
                self._read(message)
            os.write(self._number, self._run(self._job))

    def _read(self, message: bytes) -> None:
        self._message, self._job = message, json.loads(message)
        if "limits" in self._job:
            self._limits = self._job["limits"]
            spare_bytes = self._box.watch.address_space_bytes + _RESERVED_BYTES
            _set_limits(self._limits, spare_bytes, self._box.config["tasks_beside"])
            seconds = max(1, round(self._limits["cpu_s"] + 0.499))
            self._cpu_limit = seconds, seconds + 1

    def _run(self, job: dict) -> bytes:
        try:
            self._box.renew(self._limits["disk_bytes"])
        except OSError as error:
            return REFUSED + f"no fresh box could be made: {error.strerror}".encode()
        start = time.monotonic()
        poll = select.poll()  # made now: what is touched beside a living program is copied
        poll.register(self._number, select.POLLRDHUP)
        if self._listener >= 0:
            poll.register(self._listener, select.POLLIN)
        try:
            programs = self._start(job)
        except OSError as error:
            self._box.finish()
            return REFUSED + f"a program could not be started: {error.strerror}".encode()
        if time.monotonic() > start + _CROWDED_S / 20:
            start = time.monotonic()  # the wait for a place is none of the program's time
        limit = self._wait(programs, poll, start)
        seconds = time.monotonic() - start
        for program in programs:
            program.end()
            if program.status < 0 and program.ran_out_of_time(self._limits["cpu_s"]):
                limit = limit or "cpu"
        self._box.finish()
        checker_status = programs[1].status if len(programs) > 1 else NO_PROGRAM
        return RESULT.pack(b"=", seconds, LIMITS.index(limit), self._box.clean(), programs[0].status, checker_status)

    def _start(self, job: dict) -> "list[_Program]":
        """The programs of a job: the candidate, and the checker where there is one."""
        files, null = self._files, self._null
        output, handed = files["stdout"], None
        if job["output"]:  # a file of its own, which comes in a message of its own
            handed = output = socket.recv_fds(self._control, 1, 1)[1][0]
        given = [null, output, files["stderr"], files["code"], files["report"]]
        try:
            if not job["tests"]:
                return [self._fork(job, _import_only, given)]
            if not job["separate"]:
                return [self._fork(job, _in_process, [*given, files["tests"]])]
            job["processor"] = kernel.current_processor()
            ours, theirs = socket.socketpair()
            with ours, theirs:
                given = [null, output, files["stderr"], ours.fileno(), files["code"]]
                program = self._fork(job, _candidate, given)
                notes = files["notes"]
                given = [null, notes, notes, theirs.fileno(), files["tests"], files["report"]]
                return [program, self._fork(job, _checker, given)]
        finally:
            if handed is not None:
                os.dup2(null, 1)
                self._placed[1] = null
                os.close(handed)

    def _fork(self, job: dict, role: Callable[[dict], None], files: list[int]) -> "_Program":
        # All files have numbers above 15 here (the zygote keeps those below taken).
        placed = self._placed
        for number, descriptor in enumerate(files):
            if placed[number] != descriptor:
                os.dup2(descriptor, number, inheritable=number < 3)
                placed[number] = descriptor
        process = self._fork_patiently()
        if process:
            if role is _candidate or role is _checker:  # their end of the channel must not stay open here
                os.dup2(self._null, _CHANNEL)
                placed[_CHANNEL] = self._null
            return _Program(process)
        try:
            _new_session()
            _set_limit(_CPU, self._cpu_limit)
            self._box.confine(role is _checker)
            _close_range(len(files), _MOST_DESCRIPTORS)
        except BaseException as error:  # nothing has run yet: say why on the program's stderr, and stop
            os.write(2, f"sandbox: {type(error).__name__}: {error}\n".encode())
            os._exit(125)
        try:
            role(job)
        except SystemExit:
            pass
        except BaseException as error:
            sys.excepthook(type(error), error, error.__traceback__)
        finally:
            with contextlib.suppress(BaseException):
                sys.stdout.flush()
            os._exit(0 if role is _candidate else 1)

    def _fork_patiently(self) -> int:
        # Under `ll` all slots' programs are one user's: one that forks without end, until it is seen, leaves
        # no place for another slot's.
        until = time.monotonic() + _CROWDED_S
        while True:
            try:
                return self._box.fork()
            except BlockingIOError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.01)

    def _wait(self, programs: "list[_Program]", poll: "select.poll", start: float) -> str:
        """Wait for the deciding program to end. Returns the limit that ended it, if one did."""
        deadline = start + self._limits["wall_s"]
        deciding = programs[-1]
        for program in programs:
            poll.register(program.descriptor, select.POLLIN)
        next_look = start + _TICK_S
        next_disk_look = start + self._disk_tick_s
        while True:
            now = time.monotonic()
            if now >= deadline:
                return "wall"
            if now >= next_look:
                limit = self._exceeded()
                if limit:
                    return limit
                next_look = time.monotonic() + (_EAGER_TICK_S if self._box.watch.eager else _TICK_S)
            if now >= next_disk_look:
                limit = self._exceeded_disk()
                if limit:
                    return limit
                next_disk_look = time.monotonic() + self._disk_tick_s
            for descriptor, _ in poll.poll(max(0.0, min(deadline, next_look, next_disk_look) - now) * 1000 + 0.5):
                if descriptor == self._listener and self._box.locks is not None:
                    self._box.locks.answer(self._box.is_inside)
                    continue
                if descriptor == self._number:
                    for program in programs:
                        program.end()
                    self._box.finish()
                    os._exit(0)
                poll.unregister(descriptor)
                for program in programs:
                    if program.descriptor == descriptor:
                        program.reap()
            if deciding.ended:
                break
        other = programs[0]
        if not other.ended and select.select([other.descriptor], [], [], _LEAVE_S)[0]:
            other.reap()
        return self._exceeded_disk()

    def _exceeded(self) -> str:
        limits = self._limits
        memory, processor_s, processes = self._box.watch.measure(limits["memory_bytes"])
        if memory > limits["memory_bytes"]:
            return "memory"
        if processor_s > limits["cpu_s"] + 1:  # the whole tree; one process alone has its own limit
            return "cpu"
        if processes > limits["processes"] + 2:
            return "processes"
        for name in ("stdout", "stderr", "notes"):
            if os.fstat(self._files[name]).st_size > limits["output_total_bytes"]:
                return "output"
        return ""

    def _exceeded_disk(self) -> str:
        used = self._box.disk_bytes()
        return "disk" if used < 0 or used > self._limits["disk_bytes"] + 65536 else ""


class _Program:
    """One forked program, and how it ended."""

    __slots__ = ("descriptor", "ended", "processor_s", "status", "_process")

    def __init__(self, process: int) -> None:
        self._process = process
        self.descriptor = os.pidfd_open(process)
        self.ended = False
        self.status = NO_PROGRAM  # then its exit code, or minus the signal
        self.processor_s = 0.0

    def reap(self) -> None:
        _, status, usage = os.wait4(self._process, 0)
        self.ended, self.status = True, os.waitstatus_to_exitcode(status)
        self.processor_s = usage.ru_utime + usage.ru_stime

    def ran_out_of_time(self, cpu_s: float) -> bool:
        return self.ended and (self.status == -signal.SIGXCPU or self.processor_s >= cpu_s)

    def end(self) -> None:
        if not self.ended:
            signal.pidfd_send_signal(self.descriptor, signal.SIGKILL)
            os.waitpid(self._process, 0)
        os.close(self.descriptor)


def _set_limits(limits: dict, spare_bytes: int, tasks_beside: int) -> None:
    """The limits that all programs of this slot inherit. They can only be lowered, so a slot has one set."""
    tasks = limits["processes"] * _THREADS_A_PROCESS + tasks_beside
    for kind, value in (
        (resource.RLIMIT_AS, limits["memory_bytes"] + spare_bytes),
        (resource.RLIMIT_FSIZE, limits["disk_bytes"]),
        (resource.RLIMIT_NPROC, tasks),
        (resource.RLIMIT_NOFILE, _MOST_DESCRIPTORS),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_MEMLOCK, 0),
    ):
        most = resource.getrlimit(kind)[1]
        value = value if most == resource.RLIM_INFINITY else min(value, most)
        resource.setrlimit(kind, (value, value))


# Made once: a program that changes them changes its own copy.
_SPACE, _REPORT = candidate.new_module(), checker.Report(4)


def _payload(descriptor: int) -> str:
    data = _read_at(descriptor, _PART_BYTES, 0)
    if len(data) == _PART_BYTES:
        while part := _read_at(descriptor, 1 << 20, len(data)):
            data += part
    _close(descriptor)
    return data.decode("utf-8", "surrogatepass")


def _candidate(job: dict) -> None:
    candidate.serve(_payload(4), _CHANNEL, job["processor"])


def _checker(job: dict) -> None:
    checker.check(_payload(4), job["entry_point"], _CHANNEL, 5, job["processor"])


def _import_only(job: dict) -> None:
    checker.run_alone(_payload(3), _SPACE, _REPORT)


def _in_process(job: dict) -> None:
    code = _payload(3)
    checker.run_in_process(code, _payload(5), job["entry_point"], 4)
