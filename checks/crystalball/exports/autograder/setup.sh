#!/usr/bin/env bash
# Run once by Gradescope, when the image of this autograder is built.
set -euo pipefail
home="${AUTOGRADER:-/autograder}"
export DEBIAN_FRONTEND=noninteractive
apt-get update
apt-get install -y --no-install-recommends bubblewrap libseccomp2 git
python=""
for version in 3.13 3.12 3.11; do
    if apt-get install -y --no-install-recommends "python$version" "python$version-venv"; then
        python="python$version"
        break
    fi
done
test -n "$python" || { echo "No Python from 3.11 on: choose a newer base image." >&2; exit 1; }
"$python" -m venv "$home/venv"
# The CPU build of torch is enough; where it lies, PyTorch's own page says ("CPU").
"$home/venv/bin/pip" install --no-cache-dir ${TORCH_INDEX:+--index-url "$TORCH_INDEX"} "torch==@TORCH@"
"$home/venv/bin/pip" install --no-cache-dir -e "$home/source[grade]"
