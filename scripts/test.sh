#!/usr/bin/env bash
# Sets up, then lint, types and tests.
#
#   ./scripts/test.sh          the default tests, shared by a worker for each core (four at most)
#   ./scripts/test.sh --all    also those marked slow, one after the other
#   ./scripts/test.sh --gpu    what only a card can show, in under 15 minutes; --gpu --write keeps the table
#   ./scripts/test.sh -k NAME  anything else goes to pytest: no workers, but for -n 2
if [[ ${1:-} == -h || ${1:-} == --help ]]; then
    sed -n '2,/^if/s/^# \{0,1\}//p' -- "$0"
    exit
fi
# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/common.sh"
"$ROOT/scripts/setup.sh" --test
cd -- "$ROOT" || exit

if [[ ${1:-} == --gpu ]]; then
    exec .venv/bin/python tests/benchmarks/gpu_check.py "${@:2}"
fi

chosen=() cores=$(nproc)
if [[ ${1:-} == --all ]]; then
    shift
    chosen=(-m "slow or not slow")
elif [[ $# == 0 && $cores -gt 1 ]]; then # a file's tests stay together, in the order of tests/conftest.py
    chosen=(-n "$((cores < 4 ? cores : 4))" --dist loadfile --no-loadscope-reorder)
fi

mapfile -t shell_scripts < <(git ls-files -- '*.sh' '.ci/run' 2>/dev/null || find scripts .local .ci -name '*.sh')
.venv/bin/shellcheck -x "${shell_scripts[@]}"
.venv/bin/ruff check .
.venv/bin/ruff format --check --quiet .
.venv/bin/basedpyright
.venv/bin/python -m pytest "${chosen[@]}" "$@"
