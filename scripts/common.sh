# shellcheck shell=bash
# What loop.sh, test.sh and setup.sh share. Sourced, never run.
set -euo pipefail
shopt -s inherit_errexit

# A closed stdin, stdout or stderr would give its number to the next file that is opened.
{ : <&0; } 2>/dev/null || exec </dev/null
{ : >&1; } 2>/dev/null || exec >/dev/null
{ : >&2; } 2>/dev/null || exec 2>/dev/null

ROOT=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd)
export VENV_PYTHON=$ROOT/.venv/bin/python
# What the caller has set for a Python of his own must not reach ours.
unset PYTHONHOME PYTHONSTARTUP
export PYTHONPATH=$ROOT PYTHONUNBUFFERED=1 TOKENIZERS_PARALLELISM=false

if [[ -n ${TMPDIR:-} && ! -w $TMPDIR ]]; then
    printf 'TMPDIR=%s is no folder that can be written: /tmp is used.\n' "$TMPDIR" >&2
    unset TMPDIR
fi

load_pairs() { # load_pairs FILE: export the NUL-separated NAME=VALUE pairs that Python wrote
    local pair
    while IFS= read -r -d '' pair; do
        export "${pair?}"
    done <"$1"
}

signals=0 signals_seen=0 child=''

on_signal() { # on_signal NAME: the first asks the stage to stop at its next safe point, a second Ctrl-C ends it now
    # Closing a terminal or a shutdown sends its signal several times: only Ctrl-C is more urgent when repeated.
    signals_seen=$((signals_seen + 1))
    [[ $signals == 0 || $1 == INT ]] || return 0
    signals=$((signals + 1))
    local passed_on=INT
    [[ $signals != 1 ]] || passed_on=TERM
    [[ -z $child ]] || kill "-$passed_on" "$child" 2>/dev/null || :
}

catch_signals() { # from now on a signal ends the loop only between its commands
    trap 'on_signal INT' INT
    trap 'on_signal TERM' TERM
    trap 'on_signal HUP' HUP
}

supervise() { # supervise COMMAND...: run it, passing signals on, and return its code
    local code before
    "$@" &
    child=$!
    [[ $signals == 0 ]] || kill -TERM "$child" 2>/dev/null || : # it came before we knew the number
    while :; do
        before=$signals_seen
        code=0
        wait "$child" || code=$?
        # A trap interrupts `wait` with a code of its own; only an undisturbed one is the command's.
        [[ $before != "$signals_seen" ]] || break
    done
    child=''
    return "$code"
}
