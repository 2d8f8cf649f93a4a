#!/usr/bin/env bash
# Run by Gradescope for each hand-in; writes results/results.json.
root=${AUTOGRADER_ROOT:-/autograder}
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 MKL_NUM_THREADS=1
# -I: neither the working folder nor the environment adds to what can be imported.
exec "$root/venv/bin/python" -I -m grader.gradescope "$root"
