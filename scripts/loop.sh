#!/usr/bin/env bash
# Trains a coding agent: generate, clean, test, split, train, evaluate and promote, round after round.
#
#   ./scripts/loop.sh                                      the whole loop, with defaults that suit this machine
#   ./scripts/loop.sh --rounds 1 --samples 10 --train-steps 50
#   ./scripts/loop.sh --dry-run                            the plan, and each setting with its source
#   ./scripts/loop.sh --resume [RUN_ID]                    go on where a run stopped
#   ./scripts/loop.sh --status | --list | --stop | --pause | --continue
#   ./scripts/loop.sh --help                               every flag
#
# Sets up .venv on its first use. Every setting is a flag, an environment variable, a line of
# .env or a key of OUT_DIR/config.yaml; the table is docs/settings.md.
# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/common.sh"
"$ROOT/scripts/setup.sh"

plan=$(mktemp)
trap 'rm -f -- "$plan"' EXIT
export HEIDI_LOOP_PID=$$ HEIDI_LOOP=$0
# A file in the folder that a person stands in must not take a module's place (Python 3.11 and later heed this).
export PYTHONSAFEPATH=1 PYTHONPATH=$PYTHONPATH:$ROOT/scripts

begun=0
"$VENV_PYTHON" -m autotrain.loop.control begin --plan "$plan" "$@" || begun=$?
[[ $begun != 10 ]] || exit 0 # a question, and it is answered
[[ $begun == 0 ]] || exit "$begun"
load_pairs "$plan"
catch_signals

STOPPED=75 # the exit code of a run that was asked to stop
NO_MORE_ROUNDS=11 # PATIENCE is at its end
# shellcheck disable=SC2153 # STAGES is of the plan, which run/stages.py has filled
read -ra stages <<<"$STAGES"

between() { # whether a stage lies within --stage and --stop-stage
    local stage wanted=no
    for stage in "${stages[@]}"; do
        [[ $stage != "$FIRST_STAGE" ]] || wanted=yes
        [[ $stage != "$1" ]] || { [[ $wanted == yes ]]; return; }
        [[ $stage != "$LAST_STAGE" ]] || wanted=no
    done
}

finish() { # the run is over: record how, say it, and leave with the same code
    local code=0
    "$VENV_PYTHON" -m autotrain.loop.control finish --code "$1" || code=$?
    exit "$code"
}

stage() { # stage NAME ROUND OUTPUT COMMAND...: run it unless it is done; a failure ends the loop
    local name=$1 round=$2 output=$3 code=0
    shift 3
    between "$name" || return 0
    [[ $signals == 0 ]] || finish "$STOPPED" # it came between two stages
    supervise "$VENV_PYTHON" -m autotrain.loop.runner --stage "$name" --round "$round" --output "$output" -- "$@" \
        --round "$round" || code=$?
    [[ $code == 0 ]] || finish "$code"
}

stages_of_round() { # one round, N
    local n=$1 checked=$CLEAN focus=() against=() val=() fixed=() start=() selected=()
    [[ ! -s $FOCUS_FILE ]] || focus=(--focus "$FOCUS_FILE")
    if [[ -n $CHAMPION && ($TEACHER_MODEL == self || ($TEACHER_MODEL != builtin && $STUDENT_SAMPLES != 0)) ]]; then
        focus+=(--adapter "$CHAMPION") # who answers, or whose failures say how hard a task is
    fi
    [[ ${#earlier[@]} == 0 ]] || against=(--against "${earlier[@]}")

    stage generate "$n" "$RAW" "$here/01_teacher_generate.py" --output "$RAW" "${focus[@]}" \
        --exam "$EXAM" --selection "$SELECTION"
    stage clean "$n" "$CLEAN" "$here/02_validate_clean.py" --input "$RAW" --output "$CLEAN" --rejects "$REJECTS" \
        "${against[@]}" "${unseen[@]}"
    if [[ $RUN_UNIT_TESTS == 1 ]]; then
        checked=$TESTED
        stage gate "$n" "$TESTED" "$here/03_unit_test_gate.py" --input "$CLEAN" --output "$TESTED" --rejects "$GATE_REJECTS"
    fi
    checked_files+=("$checked")
    stage split "$n" "$TRAIN" "$here/split.py" --input "${checked_files[@]}" --train "$TRAIN" --val "$VAL" \
        --probe "$PROBE"
    [[ ! -s $VAL ]] || val=(--val-data "$VAL")
    [[ ! -s $EXAM ]] || fixed+=(--data "$EXAM")
    [[ ! -s $SELECTION ]] || selected=(--selection "$SELECTION")
    [[ ! -s $FIXED_PROBE ]] || fixed+=(--data "$FIXED_PROBE")
    [[ $ROUND_INIT == base || -z $LEADER ]] || start=(--init-adapter "$LEADER")
    stage train "$n" "$ADAPTER/final" "$here/04_train_qlora.py" --data "$TRAIN" "${val[@]}" --output "$ADAPTER" --resume \
        "${start[@]}" "${selected[@]}"
    # The base model, in each form that could be run, answers the same tasks, once; exam and probe tasks are round 1's
    # throughout.
    stage evaluate 0 "$BASE_REPORT" "$here/05_eval.py" --bases "${fixed[@]}" "${suite[@]}" \
        --output "$BASE_REPORT" --write-preds "$BASE_PREDS"
    stage evaluate "$n" "$REPORT" "$here/05_eval.py" --adapter "$ADAPTER/final" "${fixed[@]}" "${suite[@]}" \
        --output "$REPORT" --write-preds "$PREDS"
    stage promote "$n" "$BEST" "$here/promote.py"
}

here=$ROOT/scripts
suite=() unseen=()
[[ -z $EVAL_SUITE ]] || suite=(--suite "$EVAL_SUITE")
IFS=, read -ra unseen <<<"$KEPT_OUT" # tasks that nothing may train on
[[ ${#unseen[@]} == 0 ]] || unseen=(--suite "${unseen[@]}")
earlier=()       # clean samples of the rounds before: nothing may come twice
checked_files=() # what has passed so far: a sample keeps its side of the split in every round
stage calibrate 0 "$CALIBRATION" "$here/calibrate.py" # which levels decide: chosen once, by the base
for ((round = 1; round <= ROUNDS; round++)); do
    code=0
    supervise "$VENV_PYTHON" -m autotrain.loop.control paths --round "$round" --plan "$plan" || code=$?
    [[ $code != "$NO_MORE_ROUNDS" ]] || break
    [[ $code == 0 ]] || finish "$code"
    load_pairs "$plan"
    stages_of_round "$round"
    earlier+=("$CLEAN")
done
stage final 0 "$FINAL" "$here/final.py" # the suites kept back are opened, once
finish 0
