"""The interpreter that every slot's server comes from, by one fork each.

Started bare by autotrain.sandbox.zygotes (`python -s -S -X utf8 zygote.py SOCKET FOLDER`),
by an exec from whatever process holds the pipeline, so nothing of that process is in it. It
stays small: a server imports the standard library itself, once it is shut in, because a page
that was there before a fork costs every later fork more (each keeps a record of its line of
descent).
"""

import contextlib
import importlib.machinery
import importlib.util
import json
import marshal
import os
import signal
import socket
import sys
import types
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autotrain.sandbox.inside.watch import Watch

_WARM = (
    "abc argparse array ast base64 bisect calendar cmath collections.abc contextlib copy csv dataclasses datetime "
    "decimal enum fractions functools hashlib heapq inspect io itertools json logging math numbers operator pathlib "
    "pprint queue random re secrets shutil statistics string struct subprocess tempfile textwrap threading time "
    "traceback types typing unicodedata unittest uuid warnings weakref"
).split()
_PACKAGE = "autotrain.sandbox.inside"


def main() -> None:
    control = socket.socket(fileno=_above_low_descriptors(int(sys.argv[1])))
    _find_own_package(sys.argv[2])
    from autotrain.sandbox.inside import box_landlock, box_namespaces, kernel, large_text  # noqa: F401
    from autotrain.sandbox.inside.watch import Watch

    config = json.loads(control.recv(1 << 20))
    config["readable"] = _ask_a_warm_process(config["packages"])
    large_text.use()
    kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)
    watch = Watch(os.open("/proc", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC))
    slots: dict[int, int] = {}
    control.sendall(json.dumps({"ready": sys.version.split()[0]}).encode())
    while True:
        try:
            request, descriptors, _, _ = socket.recv_fds(control, 4096, 8)
        except OSError:
            request, descriptors = b"", []
        if not request:
            _end(watch)
        message = json.loads(request)
        index = message["slot"]
        _reap(slots, watch)
        if "uids" not in message:
            if index in slots:
                os.kill(slots[index], signal.SIGKILL)
        else:
            process = os.fork()
            if process == 0:
                control.close()
                _serve(index, {**config, "uids": message["uids"]}, descriptors)
            slots[index] = process
        for descriptor in descriptors:
            os.close(descriptor)


def _ask_a_warm_process(packages: list) -> list[str]:
    """What programs must be able to read: known only where everything is imported, so a child does that."""
    from autotrain.sandbox.inside.boxes import readable_paths

    reader, writer = os.pipe()
    process = os.fork()
    if process == 0:
        _warm_up()
        with open(writer, "w", encoding="utf-8", errors="surrogateescape") as stream:
            json.dump(readable_paths(packages), stream)
        os._exit(0)
    os.close(writer)
    with open(reader, encoding="utf-8", errors="surrogateescape") as stream:
        answer = stream.read()
    os.waitpid(process, 0)
    return json.loads(answer)


def _reap(slots: dict[int, int], watch: "Watch") -> None:
    """Forget slots that ended, and end what they left: this process is the subreaper of their orphans."""
    with contextlib.suppress(ChildProcessError):
        while process := os.waitpid(-1, os.WNOHANG)[0]:
            for index in [index for index, known in slots.items() if known == process]:
                del slots[index]
    from autotrain.sandbox.inside.killing import end_all

    alive = {str(process) for process in slots.values()}
    end_all(lambda: watch.processes(without=alive))


def _serve(index: int, config: dict, descriptors: list[int]) -> None:
    from autotrain.sandbox.inside.box_landlock import LandlockOnly, SpareUids
    from autotrain.sandbox.inside.box_namespaces import Namespaces
    from autotrain.sandbox.inside.boxes import Box
    from autotrain.sandbox.inside.names import REFUSED

    control = socket.socket(fileno=descriptors[0])
    try:
        boxes = {box.tier: box for box in (Namespaces, SpareUids, LandlockOnly, Box)}
        box = boxes[config["tier"]](config, index)
        box.enter()
    except Exception as error:  # whatever it is, the tier does not hold: the supervisor tries the next
        reason = f"{error.strerror or error}" if isinstance(error, OSError) else f"{type(error).__name__}: {error}"
        control.sendall(REFUSED + reason.encode(errors="replace"))
        os._exit(1)
    os.environ.clear()
    os.environ.update(box.environment())
    _warm_up()
    import tempfile

    from autotrain.sandbox.inside.slot import Slot

    tempfile.tempdir = None
    if config["packages"]:
        sys.path.append(config["package_folder"])
    Slot(control, box, descriptors[1:]).serve()


def _end(watch: "Watch") -> None:
    """The supervisor is gone or done: kill every slot and whatever it left, then leave."""
    with contextlib.suppress(ChildProcessError):
        while True:
            _reap({}, watch)
            os.waitpid(-1, 0)
    os._exit(0)


def _above_low_descriptors(control: int) -> int:
    """Keep the lowest numbers taken for good: programs get their files there by dup2, which must
    not hit a file in use. Returns the control socket's new number."""
    null = os.open("/dev/null", os.O_RDWR)
    while null < 16:
        null = os.dup(null)
    moved = os.dup(control)
    os.dup2(null, control)
    return moved


class _OwnPackage:
    """Finds this package's modules, whose files a server cannot see any more: their code was read at the start."""

    def __init__(self, folder: str) -> None:
        self._code: dict[str, bytes] = {}
        for file in os.listdir(folder):
            name, suffix = os.path.splitext(file)
            if suffix == ".py":
                loader = importlib.machinery.SourceFileLoader(f"{_PACKAGE}.{name}", os.path.join(folder, file))
                self._code[loader.name] = marshal.dumps(loader.get_code(loader.name))

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        return importlib.util.spec_from_loader(name, self) if name in self._code else None  # pyright: ignore

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> None:
        return None

    def exec_module(self, module: types.ModuleType) -> None:
        exec(marshal.loads(self._code.pop(module.__name__)), module.__dict__)


def _find_own_package(folder: str) -> None:
    # The package's __init__ files import what is not there; give the names without running them.
    inside = os.path.join(folder, "inside")
    for name, path in (("autotrain", os.path.dirname(folder)), ("autotrain.sandbox", folder), (_PACKAGE, inside)):
        module = types.ModuleType(name)
        module.__path__ = [path]
        sys.modules[name] = module
    sys.meta_path.insert(0, _OwnPackage(inside))  # pyright: ignore[reportArgumentType]


def _warm_up() -> None:
    import builtins
    import importlib

    forks = importlib.import_module(f"{_PACKAGE}.forks")
    with forks.held_back():
        for name in _WARM:
            importlib.import_module(name)
    import threading

    threading.stack_size(8 << 20)
    # What site would add; programs use them.
    quitter = importlib.import_module("_sitebuiltins").Quitter
    for name in ("exit", "quit"):
        setattr(builtins, name, quitter(name, ""))
    for module in ("candidate", "checker", "rehearsal", "slot"):
        importlib.import_module(f"{_PACKAGE}.{module}")
    sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder) is not _OwnPackage]
    sys.path[:] = [path for path in sys.path if path and os.path.exists(path) and path != os.path.dirname(__file__)]


if __name__ == "__main__":
    main()
