#!/usr/bin/env bash
# Makes requirements.lock anew from requirements.txt: every package below the pins too, each with the hashes of its
# files, for Python 3.10 to 3.13 on any Linux. Needs uv (pip install uv) and the package index; downloads no package.
#
#   ./scripts/lock.sh
#
# PyTorch and its accelerator libraries are left out: their build is the machine's (CUDA or CPU), and so is its hash.
set -euo pipefail
shopt -s inherit_errexit
root=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd)
command -v uv >/dev/null || { echo "lock.sh needs uv: pip install uv, then run it again." >&2; exit 2; }

made=$(mktemp "$root/requirements.lock.XXXXXX")
trap 'rm -f -- "$made"' EXIT
{
    echo "# Made by ./scripts/lock.sh from requirements.txt; do not edit. PyTorch is not here: see that script."
    uv pip compile --quiet --universal --python-version 3.10 --generate-hashes --no-annotate --no-header \
        "$root/requirements.txt" | awk '/^[a-z]/ { skip = /^(torch|triton|nvidia-|cuda-)/ } !skip'
} >"$made"
chmod 644 "$made"
mv -- "$made" "$root/requirements.lock"
