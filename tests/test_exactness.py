"""Queued in one message or asked call by call: nobody can tell, neither student nor judge.

Each submission is graded twice, and what every test case gave is compared: outcome, points and
words; and, of students who write down what they are asked, the order of it all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from grader.course.known import mistakes, variants
from grader.intake import find
from grader.judge.diagnose import Attempt, Diagnoser
from grader.judge.diagnose.trace import Array
from grader.judge.grade import Grader
from grader.model import CaseResult, Submission
from grader.sandbox.outside.host import Zygote
from grader.sandbox.outside.remote import Remote
from grader.submission import read as read_handin
from tests.cases import spread
from tests.courses import NAMES, course, of_cells

pytestmark = pytest.mark.slow
#: Draw random numbers: what they give differs each time.
RANDOM = {"dropout", "initialization"}
#: Makes each result depend on all that was asked before, so that no other order gives the same.
LOG = """
import hashlib
_asked = hashlib.sha256()

def _noting(kind, name):
    method = getattr(kind, name)
    def noted(self, *arguments):
        for argument in arguments:
            entries = list(argument.values()) if isinstance(argument, dict) else [argument]
            _asked.update(name.encode() + b"".join(np.asarray(e, float).tobytes() for e in entries))
        result = method(self, *arguments)
        factor = 1 + int(_asked.hexdigest()[:6], 16) / 2**24
        if isinstance(result, np.ndarray):
            return factor * result
        if result is None and isinstance(arguments[0], dict):
            for key in arguments[0]:
                arguments[0][key] = factor * arguments[0][key]
        return result
    setattr(kind, name, noted)

for _kind in [k for k in globals().values() if isinstance(k, type) and k.__module__ == "__main__"]:
    for _name in [n for n, m in vars(_kind).items() if callable(m) and not n.startswith("__")]:
        _noting(_kind, _name)
"""


@contextmanager
def call_by_call() -> Iterator[None]:
    """While it lasts, nothing is queued."""

    @contextmanager
    def asked_at_once(self: Remote) -> Iterator[None]:
        yield

    queued = Remote.queued
    Remote.queued = asked_at_once  # type: ignore[method-assign]
    try:
        yield
    finally:
        Remote.queued = queued  # type: ignore[method-assign]


def graded(name: str, zygote: Zygote, submission: Submission) -> list[Attempt]:
    """What each test case gave, with the values that came from the student."""
    seen: list[Attempt] = []

    class Kept(Diagnoser):
        def explain(self, attempts: Sequence[Attempt]) -> list[CaseResult]:
            seen.extend(attempts)
            return [attempt.result for attempt in attempts]

    grader = Grader(course(name)[0], zygote=zygote, verifies=True)
    grader._diagnoser = Kept(course(name)[0])
    grader.grade(submission)
    return seen


def require_the_same(name: str, zygote: Zygote, cells: tuple[str, ...]) -> None:
    require_the_same_of(name, zygote, of_cells(*cells))


def require_the_same_of(name: str, zygote: Zygote, submission: Submission) -> None:
    queued = graded(name, zygote, submission)
    with call_by_call():
        alone = graded(name, zygote, submission)
    for one, other in zip(queued, alone, strict=True):
        assert (one.place, one.result.outcome) == (other.place, other.result.outcome)
        if name not in RANDOM:
            assert list(map(str, one.result.said)) == list(map(str, other.result.said))
            rest = iter(
                snapshots(other)
            )  # call by call, what a scenario saw on its way is there, too
            assert all(result in rest for result in snapshots(one)), one.place


def snapshots(attempt: Attempt) -> list[Any]:
    """The results of each execution of a scenario, to the last bit."""
    seen = [step.result for step in attempt.trace.steps if step.operation == "snapshot"]
    return list(map(without_padding, seen))


def without_padding(value: Any) -> Any:
    """A kept value without what lies between long doubles, which is anything."""
    if isinstance(value, Array):
        return value.shape, value.kind, value.values().tobytes()
    if isinstance(value, tuple):
        return tuple(map(without_padding, value))
    if isinstance(value, dict):
        return {key: without_padding(entry) for key, entry in value.items()}
    return value


@pytest.mark.parametrize("name", spread(NAMES, 3))
def test_the_solution_and_what_it_was_asked(name: str, zygote: Zygote) -> None:
    cells = course(name)[1]
    require_the_same(name, zygote, cells)
    require_the_same(name, zygote, (*cells, LOG))


@pytest.mark.parametrize("name", spread(NAMES, 3))
def test_a_mistake(name: str, zygote: Zygote) -> None:
    asked, cells = course(name)
    for mistake in mistakes(asked)[-1:]:
        require_the_same(name, zygote, (*cells, mistake.code))


def sample_class(name: str) -> list[Submission]:
    asked = course(name)[0]
    found = find([asked.folder / "sample_class"]).handins
    return [read_handin(handin, names=asked.names) for handin in found]


@pytest.mark.parametrize("name", spread(NAMES, 3))
def test_one_of_the_sample_class(name: str, zygote: Zygote) -> None:
    for submission in sample_class(name)[-2:-1]:
        require_the_same_of(name, zygote, submission)


@pytest.mark.long
@pytest.mark.parametrize("name", NAMES)
def test_the_sample_class(name: str, zygote: Zygote) -> None:
    for submission in sample_class(name):
        require_the_same_of(name, zygote, submission)


@pytest.mark.long
@pytest.mark.parametrize("name", NAMES)
def test_all_mistakes_and_variants(name: str, zygote: Zygote) -> None:
    asked, cells = course(name)
    for mistake in mistakes(asked):
        require_the_same(name, zygote, (*cells, mistake.code))
    for variant in variants(asked):
        require_the_same(name, zygote, variant.cells)
