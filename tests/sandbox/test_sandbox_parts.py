"""The sandbox's parts, each alone: what crosses, what is a test, what is removed, what is allowed."""

import collections
import datetime
import decimal
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from autotrain.sandbox.inside import seccomp
from autotrain.sandbox.inside.files import empty_folder, used_bytes
from autotrain.sandbox.inside.plan import Plan
from autotrain.sandbox.inside.wire import ProtocolError, Reader, Writer, dumps, loads
from autotrain.sandbox.inside.zygote import _WARM


def refuse(value: Any, _: object) -> Any:
    raise TypeError(f"foreign: {value!r}")


def cross(value: Any) -> Any:
    return Reader(refuse).read(loads(dumps(Writer(refuse).write(value))))


@pytest.mark.parametrize(
    "value",
    [
        None, True, 0, -1, 1 << 70, -(10**5000), 1.5, float("inf"), -0.0, "é\ud800\0", b"\0\xff", bytearray(b"x"), 2j,
        [1, [2.0, None]], (1, ("a",)), {1, 2}, frozenset("ab"), {1: "a", (2, 3): [4]}, range(1, 9, 2), slice(1, None),
        collections.Counter("aab"), collections.OrderedDict(b=1, a=2), collections.deque([1, 2], maxlen=3),
        decimal.Decimal("1.10"), datetime.datetime(2020, 1, 2, 3, tzinfo=datetime.timezone.utc),
        datetime.date(2020, 1, 2),
        datetime.timedelta(days=1, microseconds=5), Ellipsis, int, ValueError, Path("/a"),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_a_plain_value_crosses_as_it_is(value: Any) -> None:
    back = cross(value)
    assert back == value and type(back) is type(value)


def test_aliases_and_cycles_survive_the_crossing() -> None:
    inner: list = [1]
    outer = [inner, inner]
    outer.append(outer)
    back = cross(outer)
    assert back[0] is back[1] and back[2] is back


def test_a_defaultdict_keeps_a_builtin_factory() -> None:
    back = cross(collections.defaultdict(list, a=[1]))
    back["b"].append(2)
    assert back == {"a": [1], "b": [2]}


@pytest.mark.parametrize("kind", [int, str, list, dict, tuple, float])
def test_an_instance_of_a_subclass_is_never_written_as_its_base(kind: type) -> None:
    with pytest.raises(TypeError, match="foreign"):
        cross(type("Sub", (kind,), {})())


@pytest.mark.parametrize("wire", [["r", 0], ["r", -1], {"a": 1}])
def test_what_no_honest_side_sends_is_refused(wire: Any) -> None:
    with pytest.raises(ProtocolError):
        Reader(refuse).read(wire)


@pytest.mark.parametrize(
    "source, names",
    [
        ("assert f(1) == 2", 1),
        ("x = f(1)", 0),
        ("for n in range(3):\n    assert f(n)", 1),
        ("try:\n    f(1)\nexcept ValueError:\n    pass\nelse:\n    raise AssertionError", 1),
        ("with pytest.raises(ValueError):\n    f(1)", 1),
        ("def test_a():\n    assert f(1)\ntest_a()", 1),
        ("def helper():\n    assert f(1)", 0),
        ("np.testing.assert_allclose(f(1), 2)", 1),
    ],
)
def test_a_statement_is_a_test_where_it_checks_something(source: str, names: int) -> None:
    plan = Plan(source)
    assert sum(map(plan.is_test, plan.tree.body)) == names


def test_a_name_that_hides_a_builtin_is_taken_from_the_candidate_only_as_entry_point() -> None:
    plan = Plan("assert all(sorted(x) == x for x in f())")
    assert plan.names(["f", "all", "sorted", "other"], "f") == ["f"]
    assert plan.names(["sorted", "all"], "sorted") == ["sorted"]


def test_a_folder_is_emptied_whatever_was_made_in_it(tmp_path: Path) -> None:
    folder, outside = tmp_path / "box", tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_text("kept")
    folder.mkdir()
    (folder / "link").symlink_to(outside)
    here = os.getcwd()
    os.chdir(folder)
    try:
        for _ in range(300):  # longer than the longest path
            os.mkdir("deep" * 5)
            os.chdir("deep" * 5)
    finally:
        os.chdir(here)
    (folder / "closed").mkdir()
    (folder / "closed" / "file").write_text("x")
    (folder / "closed").chmod(0)
    assert used_bytes(str(folder), 10_000) > 0 and used_bytes(str(folder), 5) == -1
    empty_folder(str(folder))
    assert os.listdir(folder) == [] and (outside / "kept").read_text() == "kept"


class FilterMachine:
    """Runs a seccomp filter as the kernel would."""

    def __init__(self, program: bytes) -> None:
        import struct

        self.instructions = list(struct.iter_unpack("<HBBI", program))

    def decide(self, number: int, *arguments: int, architecture: int = 0xC000003E) -> int:
        data = {0: number, 4: architecture, **{16 + 8 * index: value for index, value in enumerate(arguments)}}
        position = accumulator = 0
        while True:
            code, if_true, if_false, value = self.instructions[position]
            position += 1
            if code == 0x20:
                accumulator = data.get(value, 0) & 0xFFFFFFFF
            elif code == 0x54:
                accumulator &= value
            elif code == 0x06:
                return value
            else:
                holds = accumulator == value if code == 0x15 else accumulator >= value
                position += if_true if holds else if_false


ALLOW, KILL, ERROR = 0x7FFF0000, 0x80000000, 0x00050000


@pytest.mark.parametrize(
    "tier, call, expected",
    [
        ("ns", (0,), ALLOW),  # read
        ("ns", (165,), ERROR | 1),  # mount
        ("ns", (41, 1, 1), ALLOW),  # a unix socket
        ("ns", (41, 2, 1), ERROR | 1),  # an internet socket
        ("ll", (41, 1, 1), ERROR | 1),  # a unix socket could reach the desktop's services
        ("ll", (53, 1, 1), ALLOW),  # a pair of stream sockets
        ("ll", (53, 1, 2), ERROR | 1),  # a pair of datagram sockets could be sent elsewhere
        ("uid", (56, 17), ALLOW),  # fork
        ("uid", (56, 17 | 0x10000000), ERROR | 1),  # fork into a user namespace
        ("ns", (272, 0x20000000), ALLOW),  # a pid namespace, of use to the server alone
        ("ns", (272, 0x10000000), ERROR | 1),
        ("ns", (435,), ERROR | 38),  # clone3: the C library falls back to clone
        ("ll", (90, 0, 0), ERROR | 0),  # chmod: done nothing, said done
        ("uid", (90, 0, 0), ALLOW),
        ("ns", (302, 0), ALLOW),  # own limits
        ("ns", (302, 77), ERROR | 1),  # another's limits
        ("ns", (16, 0, 0x5412), ERROR | 25),  # ioctl TIOCSTI
        ("ns", (72, 0, 8), ERROR | 22),  # fcntl F_SETOWN
        ("ns", (101,), ERROR | 1),  # ptrace
        ("ns", (9999,), ERROR | 38),
        ("ns", (0x40000000 | 39,), KILL),  # the x32 numbers
    ],
)
def test_the_filter_decides_each_call_as_it_should(
    tier: str, call: tuple[int, ...], expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seccomp.kernel, "MACHINE", "x86_64")
    assert FilterMachine(seccomp.build(tier)).decide(*call) == expected


def test_a_foreign_architecture_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seccomp.kernel, "MACHINE", "x86_64")
    assert FilterMachine(seccomp.build("ns")).decide(0, architecture=0x40000003) == KILL


def test_the_filter_of_aarch64_has_its_own_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seccomp.kernel, "MACHINE", "aarch64")
    machine = FilterMachine(seccomp.build("ns"))
    assert machine.decide(63, architecture=0xC00000B7) == ALLOW  # read
    assert machine.decide(117, architecture=0xC00000B7) == ERROR | 1  # ptrace
    assert machine.decide(198, 2, 1, architecture=0xC00000B7) == ERROR | 1  # an internet socket


def test_without_signal_scopes_a_program_may_signal_itself_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seccomp.kernel, "MACHINE", "x86_64")
    machine = FilterMachine(seccomp.build_no_signals(77))
    assert [machine.decide(62, target) for target in (77, 0, 78, 0xFFFFFFFF)] == [ALLOW, ALLOW, ERROR | 1, ERROR | 1]
    assert machine.decide(424, 5) == ERROR | 1  # pidfd_send_signal


def test_the_modules_kept_warm_are_of_the_standard_library() -> None:

    assert {name.split(".")[0] for name in _WARM} <= sys.stdlib_module_names


_HYDRA = """
import os, resource, sys, time
sys.path.insert(0, {root!r})
from autotrain.sandbox.inside import kernel, killing, watch
kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)
proc = os.open("/proc", os.O_PATH | os.O_DIRECTORY)
seen = watch.Watch(proc)
if os.geteuid() == 0:
    os.setresuid(64990, 64990, 64990)  # the limit on processes does not bind root
    kernel.prctl(kernel.PR_SET_DUMPABLE, 1)
resource.setrlimit(resource.RLIMIT_NPROC, (150, 150))
for _ in range(6):
    if os.fork() == 0:
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                if os.fork():
                    os._exit(0)  # each is gone at once and lives on as its child
            except BlockingIOError:
                pass
        os._exit(0)
time.sleep(0.3)
killing.end_all(seen.processes)
deadline = time.monotonic() + 10
while True:
    try:
        if not os.waitpid(-1, os.WNOHANG)[0]:
            time.sleep(0.01)
    except ChildProcessError:
        print("nobody is left")
        break
    if time.monotonic() > deadline:
        print("still there:", len(seen.processes()))
        break
"""


def test_processes_that_fork_as_fast_as_they_can_are_all_ended() -> None:
    script = _HYDRA.format(root=str(Path(__file__).resolve().parents[2]))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "nobody is left\n", done.stderr


def test_the_interpreter_works_on_with_its_code_on_large_pages() -> None:
    script = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from autotrain.sandbox.inside import large_text\n"
        "before = large_text._code_of(large_text.ctypes.cast(large_text.ctypes.pythonapi.PyObject_Malloc,"
        " large_text.ctypes.c_void_p).value)\n"
        "moved = large_text.use()\n"
        "import decimal, json, re\n"
        "print(json.dumps([re.sub('a+', 'b', 'caat'), str(decimal.Decimal(2).sqrt())[:6], list(map(str, range(3)))]))\n"
        "print(before[1] > before[0], moved, large_text.use())\n"
    )
    root = str(Path(__file__).resolve().parents[2])
    done = subprocess.run(
        [sys.executable, "-c", script, root], capture_output=True, text=True, timeout=60, check=True
    ).stdout.splitlines()
    assert done[0] == '["cbt", "1.4142", ["0", "1", "2"]]'
    assert done[1].startswith("True ")  # the code was found; whether the kernel gives large pages is its affair


def test_a_rehearsal_leaves_nothing_behind(tmp_path: Path) -> None:
    script = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import linecache, os\n"
        "from autotrain.sandbox.inside import rehearsal\n"
        "def state(): return dict(sys.modules), list(sys.argv), list(sys.path), os._exit, dict(linecache.cache)\n"
        "rehearsal.rehearse(3); before = state()\n"
        "rehearsal.rehearse(3); rehearsal.rehearse_apart(3, min(os.sched_getaffinity(0)))\n"
        "assert state() == before, 'changed'\n"
        "print(os.pread(3, 500, 0).decode(), file=sys.stderr)\n"
    )
    with open(tmp_path / "report", "w+b") as report:
        done = subprocess.run(
            ["bash", "-c", 'exec "$@" 3<>"$0"', report.name, sys.executable, "-c", script,
             str(Path(__file__).resolve().parents[2])],
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert '"status": "passed", "passed": 2' in done.stderr
