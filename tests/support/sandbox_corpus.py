"""Programs for the sandbox's tests, all written for it: `sandbox_programs.txt`, by kind.

A hostile program defines `attack()`, which returns "got through" where the attack worked;
`PARAMETERS` (paths, ports, process numbers outside) is put before it. A forging program is
wrong and tries to be judged right. A benign one must pass. A marking one leaves a mark that
`LOOK` would find in the next program.
"""

import re
from pathlib import Path

HOSTILE_TESTS = 'assert attack() == "got through"'

_SYSTEM_CALL = """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *arguments):
    result = libc.syscall(ctypes.c_long(number), *[ctypes.c_long(a) if isinstance(a, int) else a for a in arguments])
    if result < 0:
        raise OSError(ctypes.get_errno(), "refused")
    return result
"""
_ALWAYS_EQUAL = """
class Always:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __hash__(self): return 0
    __lt__ = __le__ = __gt__ = __ge__ = __contains__ = __eq__
    def __bool__(self): return True
    def __sub__(self, other): return 0
    __rsub__ = __add__ = __radd__ = __mul__ = __sub__
    def __abs__(self): return 0
    def __float__(self): return 0.0
    def __getattr__(self, name): return self
    def __call__(self, *a, **k): return self
    def __iter__(self): return iter(())
"""
_PART = re.compile(r"^=== (hostile|forging|benign|marking): (.+)\n", re.MULTILINE)
_TESTS = re.compile(r"^--- tests(?: for (\w+))?\n", re.MULTILINE)


def _read() -> dict[str, dict[str, tuple[str, str, str]]]:
    text = Path(__file__).with_name("sandbox_programs.txt").read_text(encoding="utf-8")
    text = text.replace("#include system_call", _SYSTEM_CALL).replace("#include always_equal", _ALWAYS_EQUAL)
    programs: dict[str, dict[str, tuple[str, str, str]]] = {
        "hostile": {}, "forging": {}, "benign": {}, "marking": {}
    }  # fmt: skip
    _, *parts = _PART.split(text)
    for kind, name, body in zip(parts[::3], parts[1::3], parts[2::3]):  # noqa: B905
        code, entry_point, tests = _TESTS.split(body) if _TESTS.search(body) else (body, "attack", HOSTILE_TESTS)
        assert name not in programs[kind], name
        programs[kind][name] = (code, tests, entry_point or "")
    return programs


_PROGRAMS = _read()
HOSTILE = {name: code for name, (code, _, _) in _PROGRAMS["hostile"].items()}
FORGING = _PROGRAMS["forging"]  # name: code, tests, entry point
BENIGN = {name: (code, tests) for name, (code, tests, _) in _PROGRAMS["benign"].items()}
MARKING = {name: code for name, (code, _, _) in _PROGRAMS["marking"].items()}
# What a program can see of its box; `numbers` only where the box is a file system of its own.
LOOK = """
import json, os, socket, sys, time
facts = {}
for name in ('.', '..', os.environ['TMPDIR'], '../shm'):
    try:
        status = os.stat(name)
    except OSError as error:
        facts[name] = error.errno
        continue
    age = time.time() - min(status.st_mtime, status.st_ctime, status.st_atime)
    facts[name] = [status.st_mode, status.st_size, status.st_nlink, status.st_uid, -1 < age < 60]  # made early
    facts['numbers ' + name] = status.st_ino
    try: facts['names ' + name] = sorted(os.listdir(name))
    except OSError as error: facts['names ' + name] = error.errno
open('new', 'w').close()
facts['numbers new'] = os.stat('new').st_ino
facts['json'] = json.__file__
facts['environment'] = sorted(os.environ)
try:
    one = socket.socket(socket.AF_UNIX)
    facts['socket'] = one.connect_ex('\\0mark')
except OSError as error:
    facts['socket'] = error.errno
print(json.dumps(facts))
"""
