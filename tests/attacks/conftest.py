"""Grades hostile notebooks, and an honest one after each of them.

The course's question asks for ``double``; its hidden test cases know a secret.  A
hostile submission that is contained gets no point that it did not earn, and the
honest submission after it, in the same zygote, gets all of its points.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from grader.judge import session
from grader.judge.grade import Grader
from grader.model import Result, Status, Submission
from grader.sandbox.inside import processes
from grader.sandbox.outside import host, watch
from grader.sandbox.outside.host import Zygote
from tests.conftest import MakeCourse

from .free import HARM, HUNG, REFUSED, SECONDS, Free

SECRET = "SECRET-41f7"
SETTINGS = """
title = "Doubling"
names = ["double"]

[limits]
cell_seconds = 0.5
call_seconds = 0.3
total_seconds = 2
memory_mb = 384
scratch_mb = 16
processes = 24
"""
TEST_FILE = f"""
import numpy as np
from grader import checks
from otter.test_files import test_case

OK_FORMAT = False
name = "double"
points = 4
TABLE = np.ones(2)  # a test file's own data is the next submission's too
TABLE.flags.writeable = True


@test_case(name="value", points=2, hidden=True)
def test_value(double):
    assert double(2) == 4, "{SECRET}"
    assert double(21) == 42, "{SECRET}"


@test_case(name="array", points=2, hidden=True)
def test_array(double):
    x = np.arange(3.0)
    expected = 2.0 * x
    checks.value(double(x), expected, name="double(x)")
    np.testing.assert_array_equal(double(TABLE), [2.0, 2.0])
"""
#: One test case, so that waiting for it once is enough.
ONE_CASE = TEST_FILE[: TEST_FILE.rindex("@test_case")]
HONEST = "def double(x):\n    return x * 2"

Attack = Callable[..., Result]


@dataclass(frozen=True)
class Case:
    """One hostile notebook: ``gain`` says what success would be for its author.

    It is shown to succeed without the layer that stops it (``free``); ``unshown`` says
    why not, where it is not.
    """

    name: str
    gain: str
    code: str
    unshown: str = ""


def ids(case: Case) -> str:
    """The name of a case in pytest's output."""
    return case.name


def submission(*cells: str, **tree: Any) -> Submission:
    """A notebook of these code cells, in a tree of files where they are given."""
    return Submission(name="x", source="x.ipynb", student="x", digest="0" * 64, cells=cells, **tree)


@contextmanager
def impatient() -> Iterator[None]:
    """The judge waits, by the clock, a fraction of what it does: for what never ends by itself."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(watch, "GRACE_SECONDS", 0.2)
        patch.setattr(host, "DYING_SECONDS", 0.02)
        patch.setattr(session, "WALL_FACTOR", 1.0)
        yield


@pytest.fixture
def attack(zygote: Zygote, make_course: MakeCourse) -> Attack:
    """Grades hostile cells; then proves that nothing is left and nobody else is hurt.

    ``waits`` where they never end, so that nobody has to wait for them as long as for others.
    """

    def run(*cells: str, test_file: str = TEST_FILE, score: float = 0.0, waits: bool = False,
            **tree: Any) -> Result:  # fmt: skip
        grader = Grader(make_course(settings=SETTINGS, test_file=test_file), zygote=zygote)
        with impatient() if waits else nullcontext():
            result = grader.grade(submission(*cells, **tree))
        assert result.status is not Status.FAULT, result.problem
        assert result.score == score, result.cases
        assert SECRET not in repr(result)
        assert leftovers(zygote) == []
        if test_file != TEST_FILE:
            grader = Grader(make_course(settings=SETTINGS, test_file=TEST_FILE), zygote=zygote)
        after = grader.grade(submission(HONEST))
        assert (after.status, after.score) == (Status.GRADED, 4.0), after.cases
        return result

    return run


def leftovers(zygote: Zygote) -> list[int]:
    """Processes of a submission that outlived it."""
    return processes.family(zygote.pid)[1:]


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A file of the judge's machine that no submission may read."""
    path = tmp_path / "hidden.txt"
    path.write_text(SECRET)
    path.chmod(0o644)
    for folder in path.parents:
        if os.access(folder, os.W_OK) and folder.is_relative_to("/tmp") and folder != Path("/tmp"):
            folder.chmod(0o755)
    return path


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A server of the judge's machine that no submission may reach."""
    both = socket.has_dualstack_ipv6()
    family = socket.AF_INET6 if both else socket.AF_INET
    with socket.create_server(("", 0), family=family, dualstack_ipv6=both) as server:
        yield server


@pytest.fixture(scope="session")
def free() -> Iterator[Free]:
    """Does the harm of an attack that nothing contains, in a process of its own."""
    with Free() as started:
        yield started


def shown(cases: Iterable[Case]) -> list[Case]:
    """Those whose harm can be shown."""
    return [case for case in cases if not case.unshown]


def does_harm(free: Free, kind: str, code: str, *, hangs: bool = False) -> None:
    """Prove that ``code`` succeeds where nothing contains it, unless this machine refuses it."""
    outcome, said = free.run(kind, code, seconds=0.5 if hangs else SECONDS)
    if outcome == REFUSED:
        pytest.skip(f"this machine refuses it to everybody like us: {said}")
    assert outcome in ((HARM, HUNG) if hangs else (HARM,)), (outcome, said)
