"""Proof that a tier holds on this machine: a program that tries what must be stopped.

Run once when a sandbox starts, in a slot like any other. Each canary that gets through,
and each that could not be tried, is a reason not to use the tier.
"""

import contextlib
import json
import os
import select
import socket
import subprocess
import tempfile
from collections.abc import Callable

NAMES = (
    "read a file outside",
    "write a file outside",
    "connect by TCP",
    "signal the parent",
    "see the environment",
    "make a user namespace",
    "write a 2 GB file",
    "leave a daemon",
)
_ALLOWED_ENVIRONMENT = ("PATH", "HOME", "TMPDIR", "LANG", "LC_CTYPE")

_PROGRAM = """
import ctypes, json, os, socket, time

facts = {}

def attempt(name, action):
    try:
        action()
    except BaseException:
        facts[name] = False
    else:
        facts[name] = True

def connect():
    socket.create_connection(("127.0.0.1", PARAMETERS["port"]), 0.5).close()

def make_namespace():
    if ctypes.CDLL(None).unshare(0x10000000) != 0:
        raise OSError

def write_large():
    with open("large", "wb") as stream:
        stream.seek(2 << 30)
        stream.write(b"x")

def read_outside():
    with open(PARAMETERS["secret"]) as stream:
        stream.read()

attempt("read a file outside", read_outside)
attempt("write a file outside", lambda: open(PARAMETERS["written"], "w").close())
attempt("connect by TCP", connect)
attempt("signal the decoy", lambda: os.kill(PARAMETERS["decoy"], 9))
attempt("signal the parent", lambda: os.kill(os.getppid() or -1 << 30, 0))
facts["see the environment"] = not set(os.environ) <= set(PARAMETERS["environment"])
attempt("write a 2 GB file", write_large)
attempt("make a user namespace", make_namespace)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(60)
    os._exit(0)
print(json.dumps(facts), flush=True)
"""

# Runs the program given, its standard output going to a descriptor; returns when the sandbox says that it ended.
Runner = Callable[[str, int], str]


def run(runner: Runner) -> dict[str, str]:
    """What became of each canary: "held", or how it was not."""
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="sandbox-canary-"))
        os.chmod(folder, 0o777)  # only the sandbox stands between the program and this folder
        secret, written = os.path.join(folder, "secret"), os.path.join(folder, "written")
        with open(secret, "w", encoding="utf-8") as stream:
            stream.write("a canary")
        # The pipeline's own process number may mean the program itself in there (it is 1 in a
        # container), so what is signalled is a process beside the pipeline, and its fate is looked at.
        decoy = stack.enter_context(subprocess.Popen(["/bin/sleep", "60"], env={}, close_fds=True))
        stack.callback(decoy.kill)
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        reader, writer = os.pipe()
        stack.callback(os.close, reader)
        parameters = {
            "secret": secret,
            "written": written,
            "port": listener.getsockname()[1],
            "decoy": decoy.pid,
            "environment": _ALLOWED_ENVIRONMENT,
        }
        try:
            note = runner(f"PARAMETERS = {parameters!r}\n{_PROGRAM}", writer)
        finally:
            os.close(writer)
        output, ended = _drain(reader)
        return _judge(output, ended, note, os.path.exists(written), decoy.poll() is not None)


def failures(results: dict[str, str]) -> list[str]:
    return [f"{name}: {result}" for name, result in results.items() if result != "held"]


def _judge(output: bytes, ended: bool, note: str, written: bool, decoy_died: bool) -> dict[str, str]:
    try:
        facts = json.loads(output)
    except ValueError:
        return dict.fromkeys(NAMES, f"not tried ({note or 'the program said nothing'})")
    facts["signal the parent"] = facts.get("signal the parent", True) or decoy_died
    facts["leave a daemon"] = not ended
    facts["write a file outside"] = facts.get("write a file outside", True) or written
    return {
        name: {True: "not stopped", False: "held", None: "not tried"}[facts.get(name)]  # pyright: ignore
        for name in NAMES
    }


def _drain(reader: int) -> tuple[bytes, bool]:
    """What the program printed, and whether every process that held its output is gone."""
    output = b""
    while select.select([reader], [], [], 0.5)[0]:
        data = os.read(reader, 65536)
        if not data:
            return output, True
        output += data
    return output, False
