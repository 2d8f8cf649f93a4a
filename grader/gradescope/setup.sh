#!/usr/bin/env bash
# Run once by Gradescope, as root, when the image is made: Python, the grader and its needs.
set -euo pipefail
root=${AUTOGRADER_ROOT:-/autograder}
source=$root/source
export DEBIAN_FRONTEND=noninteractive

fits() { "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

python=
apt-get update -qq || true
for version in 3 3.13 3.12 3.11 3.14; do
    # Of a distribution's Python the module venv is a package of its own.
    fits "python$version" ||
        apt-get install -y -qq "python$version" "python$version-venv" 2>/dev/null || continue
    if fits "python$version"; then
        python=python$version
        break
    fi
done
if [ -z "$python" ]; then
    echo "setup.sh: this image has no Python 3.11 or later; choose Ubuntu 22.04 or newer." >&2
    exit 1
fi

"$python" -m venv "$root/venv"
pip() { "$root/venv/bin/python" -m pip --no-cache-dir --disable-pip-version-check "$@"; }
# The versions that the course was tried with; where this Python has none of them, any that fit.
if ! pip install --no-deps -r "$source/requirements.txt"; then
    echo "setup.sh: not all pinned versions exist for $python; taking others that fit." >&2
    pip install "$source"/numgrader-*.whl -r "$source/extra.txt"
fi
pip install --no-deps --force-reinstall "$source"/numgrader-*.whl

chmod -R go-rwx "$source"
# Fonts are listed, and modules compiled, once and not for each hand-in.
"$root/venv/bin/python" -I -m grader doctor || true
