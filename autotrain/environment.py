"""Is the Python environment whole? Standard library only: it runs before anything is installed.

python autotrain/environment.py requirements.txt ...   # exit 1 where a pin is not installed whole
python autotrain/environment.py --interpreter          # exit 2 where this Python cannot make a .venv
"""

import importlib.util
import os
import re
import sys

OLDEST, NEWEST = (3, 10), (3, 13)


def problem_of_interpreter() -> "str | None":
    """Why this interpreter cannot be used, in one line, or None."""
    version = sys.version_info[:2]
    if not OLDEST <= version <= NEWEST:
        return f"Python 3.10 to 3.13 is needed, and this is {version[0]}.{version[1]}: set PYTHON=python3.12, say."
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        name = f"python{version[0]}.{version[1]}-venv"
        return f"Python's venv module is missing: on Debian and Ubuntu, sudo apt install {name}"
    return None


def pins(path: str) -> "list[tuple[str, str]]":
    """The `name==version` pins of a requirements file that apply to this interpreter."""
    found = []
    with open(path, encoding="utf-8") as stream:
        for line in stream:
            match = re.match(
                r"\s*([A-Za-z0-9._-]+)\s*==\s*([^\s;#]+)\s*(?:;\s*python_version\s*(<|>=)\s*['\"]([\d.]+))?", line
            )
            if match and _applies(match.group(3), match.group(4)):
                found.append((re.sub(r"[-_.]+", "_", match.group(1)).lower(), match.group(2)))
    return found


def _applies(operator: "str | None", version: "str | None") -> bool:
    if not operator or not version:
        return True
    bound = tuple(int(part) for part in version.split("."))
    return (sys.version_info[:2] < bound) == (operator == "<")


def missing(site_packages: str, paths: "list[str]") -> "list[str]":
    """Pins without a finished installation: pip writes a package's RECORD last."""
    try:
        names = os.listdir(site_packages)
    except OSError:
        names = []
    whole = {}
    for name in names:
        match = re.match(r"(.+)-([^-]+)\.dist-info$", name)
        if match and os.path.isfile(os.path.join(site_packages, name, "RECORD")):
            whole[re.sub(r"[-_.]+", "_", match.group(1)).lower()] = os.path.join(site_packages, name), match.group(2)
    gone = []
    for path in paths:
        for name, version in pins(path):
            folder, installed = whole.get(name, ("", ""))
            if installed.split("+")[0] != version or not _top_level_exists(folder):
                gone.append(name)
    return gone


def _top_level_exists(folder: str) -> bool:
    # The first source file of each package stands for the rest: catches a folder that was removed.
    with open(os.path.join(folder, "RECORD"), encoding="utf-8") as stream:
        for line in stream:
            path = line.split(",", 1)[0]
            if path.endswith("__init__.py") and not path.startswith(".."):
                return os.path.isfile(os.path.join(os.path.dirname(folder), path))
    return True


def main(arguments: "list[str]") -> int:
    if arguments == ["--interpreter"]:
        problem = problem_of_interpreter()
        if problem:
            print(problem, file=sys.stderr)
        return 2 if problem else 0
    root = os.path.dirname(os.path.dirname(sys.executable))  # sys.prefix does not know a venv under -S
    major, minor = sys.version_info[:2]
    site = os.path.join(root, "lib", f"python{major}.{minor}", "site-packages")
    gone = missing(site, arguments)
    if gone:
        print("not installed whole: " + ", ".join(gone), file=sys.stderr)
    return 1 if gone else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
