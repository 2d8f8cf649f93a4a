"""A selection of both suites as an ordinary user, and where no namespaces can be had.

The whole suites run so by hand: see ``tests/lesser.py``.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cases import long_but
from tests.lesser import ALREADY
from tests.sandbox.test_confinement import ROOT

MACHINE = "tests/attacks/test_machine.py::test_"
SELECTION = [
    f"{MACHINE}files_of_the_judge_are_out_of_reach[by path]",
    f"{MACHINE}files_of_the_judge_are_out_of_reach[proc self root]",
    f"{MACHINE}nothing_is_reached_by_network[tcp]",
    f"{MACHINE}the_machine_is_left_as_it_was[big files]",
    f"{MACHINE}the_machine_is_left_as_it_was[kill by number]",
    f"{MACHINE}what_is_used_up_is_the_submissions_own[fork bomb]",
    f"{MACHINE}daemons_end_with_their_submission[new session]",
    "tests/attacks/test_messages.py::test_what_is_no_answer_ends_the_worker[huge length]",
    "tests/mess/test_mess.py::test_mess[environment and user]",
    "tests/mess/test_mess.py::test_mess[star imports]",
    "tests/mess/test_mess.py::test_mess[restart of the runtime after an install]",
    "tests/sandbox/test_confinement.py",
]
LESS = [["--user"], ["--user", "--container"], ["--container"]]


@pytest.mark.slow
@pytest.mark.parametrize("less", long_but(LESS, LESS[1]), ids=" ".join)
def test_the_suites_hold_with_less(less: list[str], tmp_path: Path) -> None:
    if ALREADY in os.environ:
        pytest.skip("all of these tests run with less already")
    if "--user" in less and os.getuid() != 0:
        pytest.skip("all of these tests run as an ordinary user already")
    pytest_ = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
        "-m",
        "",
    ]
    run = subprocess.run(
        [sys.executable, "-m", "tests.lesser", *less, *pytest_, *SELECTION],
        cwd=ROOT, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-1000:]
    assert " passed" in run.stdout
    assert " skipped" not in run.stdout
