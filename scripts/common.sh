# shellcheck shell=bash
# What loop.sh, test.sh and setup.sh share. Sourced, never run.
set -euo pipefail
shopt -s inherit_errexit

ROOT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
export VENV_PYTHON=$ROOT/.venv/bin/python
export PYTHONPATH=$ROOT${PYTHONPATH:+:$PYTHONPATH}
export PYTHONUNBUFFERED=1 TOKENIZERS_PARALLELISM=false

load_pairs() { # load_pairs FILE: export the NUL-separated NAME=VALUE pairs that Python wrote
    local pair
    while IFS= read -r -d '' pair; do
        export "${pair?}"
    done <"$1"
}

supervise() { # supervise COMMAND...: wait for it through signals, passing TERM and HUP on; returns its code
    local child code
    "$@" &
    child=$!
    # The terminal's Ctrl-C reaches the command by itself.
    trap ':' INT
    trap 'kill -TERM "$child" 2>/dev/null || :' TERM HUP
    while :; do
        code=0
        wait "$child" || code=$?
        kill -0 "$child" 2>/dev/null || break
    done
    trap - INT TERM HUP
    return "$code"
}
