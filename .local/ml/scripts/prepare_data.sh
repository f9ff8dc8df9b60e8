#!/usr/bin/env bash
# Checks your own data and divides it: validate, scrub, dedupe, split, and a last scan of what was written.
#
#   .local/ml/scripts/prepare_data.sh path/to/raw.jsonl [--val-ratio R] [--seed N]
#   .local/ml/scripts/prepare_data.sh                      the sample that ships, .local/ml/data/raw/sample.jsonl
#
# Reads JSONL or one JSON array, packed or not: our samples, Alpaca, OpenAI chat, ShareGPT, prompt/completion.
# Writes clean/, train/ and eval/ in .local/ml/data (or in --data-dir D); any other flag goes to stage 02.
# Exit codes are those of the stages: 2 usage, 3 no row is left or the last scan found something.
# shellcheck source-path=SCRIPTDIR source=python.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/python.sh"

raw='' data=$DATA split=() clean=()
while [[ $# -gt 0 ]]; do
    case $1 in
        -h | --help) sed -n '2,/^# shellcheck/{/^# shellcheck/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"; exit 0 ;;
        --val-ratio | --seed) value prepare_data "$1" $#; split+=("$1" "$2"); shift 2 ;;
        --data-dir) value prepare_data "$1" $#; data=$2; shift 2 ;;
        -*) value prepare_data "$1" $#; clean+=("$1" "$2"); shift 2 ;;
        *) [[ -z $raw ]] || die prepare_data "one file at a time, and $raw and $1 were given."; raw=$1; shift ;;
    esac
done
raw=${raw:-$DATA/raw/sample.jsonl}
for written in clean/clean clean/rejects train/train eval/eval; do
    [[ ! $raw -ef $data/$written.jsonl ]] || die prepare_data "$raw is one of the files that are written: copy it elsewhere first, to $DATA/raw say."
done
find_python

"$PYTHON" "$ROOT/scripts/02_validate_clean.py" --input "$raw" --output "$data/clean/clean.jsonl" \
    --rejects "$data/clean/rejects.jsonl" "${clean[@]}" >/dev/null
"$PYTHON" "$ROOT/.local/ml/scripts/split_holdout.py" --input "$data/clean/clean.jsonl" \
    --train "$data/train/train.jsonl" --eval "$data/eval/eval.jsonl" "${split[@]}" >/dev/null
cd -- "$ROOT"
PYTHONPATH=$ROOT "$PYTHON" -m autotrain.cleaning.last_scan "$data/train/train.jsonl" "$data/eval/eval.jsonl"
say "Next: .local/ml/scripts/train_adapter.sh --smoke-cpu --train-steps 50   (without --smoke-cpu on a GPU)"
