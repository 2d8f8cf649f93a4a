"""Progress in lines and as a bar: when it is told, and the numbers in it."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Callable

import pytest

from grader.batch.bar import Bar
from grader.batch.progress import Lines, Quiet, Tally, reporter
from grader.model import CaseResult, Outcome, Result, Status

Tick = Callable[[float], None]


def ended(status: Status = Status.GRADED, *outcomes: Outcome) -> Result:
    cases = tuple(
        CaseResult(question="q", test_case="c", hidden=True, outcome=outcome, points=0.0,
                   max_points=1.0) for outcome in outcomes
    )  # fmt: skip
    return Result(submission="a", source="a", student="a", digest="", status=status, score=0.0,
                  max_score=1.0, cases=cases)  # fmt: skip


@pytest.fixture
def tick(monkeypatch: pytest.MonkeyPatch) -> Tick:
    """Lets seconds pass on the clock that progress looks at."""
    now = [1000.0]

    def later(seconds: float) -> None:
        now[0] += seconds

    monkeypatch.setattr("grader.batch.progress.time.monotonic", lambda: now[0])
    return later


@pytest.mark.parametrize(
    ("seconds", "done", "total", "told"),
    [
        (10.0, 5, 10, "5 of 10 submissions, 0.5 a second, 10 s left;"),
        (60.0, 1, 3, "1 of 3 submissions, 0.0167 a second, 2 min 0 s left;"),
        (30.0, 1, 3, "1 of 3 submissions, 0.0333 a second, 1 min 0 s left;"),
        (59.4, 1, 2, "1 of 2 submissions, 0.0168 a second, 59 s left;"),
        (61.0, 1, 2, "1 of 2 submissions, 0.0164 a second, 1 min 1 s left;"),
        (3660.0, 1, 2, "1 of 2 submissions, 0.000273 a second, 1 h 1 min left;"),
        (6.0, 3, 3, "3 of 3 submissions, 0.5 a second; 0 failures; test cases: none"),
        (6.0, 1, 1, "1 of 1 submission, 0.167 a second; 0 failures"),
    ],
)
def test_a_line_tells_the_rate_and_what_is_left(
    tick: Tick, capsys: pytest.CaptureFixture[str],
    seconds: float, done: int, total: int, told: str,
) -> None:  # fmt: skip
    with Lines(total) as lines:
        tick(seconds)
        for _ in range(done):
            lines.done(ended())
    said = capsys.readouterr().err.splitlines()
    assert said[-1].startswith(told)
    assert len(said) == len(set(said))  # the end says nothing again


def test_a_line_comes_every_few_seconds_and_at_the_end(
    tick: Tick, capsys: pytest.CaptureFixture[str]
) -> None:
    with Lines(9) as lines:
        for _ in range(8):
            tick(2.0)
            lines.done(ended())
    told = capsys.readouterr().err.splitlines()
    assert [line.split()[0] for line in told] == ["3", "6", "8"]
    with Lines(9):
        tick(99.0)
    assert capsys.readouterr().err == ""  # nothing was graded


def test_outcomes_are_counted_by_kind_in_their_order() -> None:
    tally = Tally(9)
    tally.add(ended(Status.FAULT, Outcome.CRASH, Outcome.PASSED))
    tally.add(ended(Status.TIMEOUT, Outcome.PASSED))
    tally.add(ended(Status.FAULT))
    tally.add(ended())
    assert tally.done == 4
    assert tally.failures() == "3 failures (1 timeout, 2 fault)"
    assert tally.cases() == "2 passed, 1 crash"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("terminal", "quiet", "plain", "kind"),
    [
        (False, False, False, Lines), (True, False, True, Lines), (True, False, False, Bar),
        (True, True, False, Quiet), (False, True, True, Quiet),
    ],
)  # fmt: skip
def test_who_tells_of_the_progress(
    monkeypatch: pytest.MonkeyPatch, terminal: bool, quiet: bool, plain: bool, kind: type[Quiet]
) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal() if terminal else io.StringIO())
    assert type(reporter(3, quiet=quiet, plain=plain)) is kind


def test_the_bar_shows_all_that_a_line_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(sys, "stderr", screen := Terminal())
    with Bar(3) as bar:
        bar.done(ended(Status.GRADED, Outcome.PASSED, Outcome.FAILED))
        bar.done(ended(Status.MEMORY))
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", screen.getvalue())
    last = shown.strip().splitlines()[-1]
    assert "2/3" in last
    assert re.search(r"\d/s", last)
    assert "1 failure (1 memory); 1 passed, 1 failed" in last


def test_quiet_is_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    with Quiet() as told:
        told.done(ended(Status.FAULT))
    assert capsys.readouterr() == ("", "")
