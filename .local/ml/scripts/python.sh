# shellcheck shell=bash
# Which Python the scripts beside this one use: the active venv, else the repository's .venv, whichever is whole.
# Sourced, never run; sets ROOT, DATA, RUNS and PYTHON.
set -euo pipefail
shopt -s inherit_errexit

ROOT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../../.." && pwd)
export DATA=$ROOT/.local/ml/data RUNS=$ROOT/.local/ml/runs
export PYTHONUNBUFFERED=1 TOKENIZERS_PARALLELISM=false

say() { printf '%s\n' "$1" >&2; }

die() { # die NAME TEXT: a usage error
    say "$1: error: $2"
    exit 2
}

find_python() { # the first venv that has the pinned packages, or an error that says what each lacks
    local wanted=$ROOT/.local/ml/requirements-transformers-only.txt venv told=''
    for venv in ${VIRTUAL_ENV:+"$VIRTUAL_ENV"} "$ROOT/.venv"; do
        [[ -x $venv/bin/python ]] || continue
        if told=$("$venv/bin/python" -S -E "$ROOT/autotrain/environment.py" "$wanted" 2>&1); then
            export PYTHON=$venv/bin/python
            return 0
        fi
        say "$venv: $told"
    done
    say "error: no Python environment has the packages: activate one and run pip install -r $wanted, or run ./scripts/setup.sh."
    exit 2
}

value() { # value SCRIPT FLAG COUNT: a flag that stands last has none
    [[ $3 -ge 2 ]] || die "$1" "$2 needs a value"
}
