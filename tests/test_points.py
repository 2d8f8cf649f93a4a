"""Who earns which points, by a scripted session: no process, no limit that is waited for."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from types import SimpleNamespace
from typing import Any

import pytest

from grader.checks.sharing import Shared
from grader.errors import Fault
from grader.judge.fate import Fates
from grader.judge.grade import Grader
from grader.model import Outcome, Result, Status, Submission
from grader.sandbox.outside.host import Stopped
from grader.sandbox.outside.told import as_students
from grader.sandbox.wire.protocol import Stop
from grader.words import Words, say

from .conftest import MakeCourse

PASSED, FAILED, ERROR = Outcome.PASSED, Outcome.FAILED, Outcome.ERROR
MISSING, TIMEOUT, MEMORY, CRASH = Outcome.MISSING, Outcome.TIMEOUT, Outcome.MEMORY, Outcome.CRASH

HEAD = "from otter.test_files import test_case\nOK_FORMAT = False\nname = 'double'\n"
#: Test cases of 1, 2 and 4 points, which ask for another number each.
CASES = "".join(
    f"@test_case(name='of {n}', points={n}, hidden=True)\ndef test_{n}(double):\n"
    f"    assert double({n}) == {2 * n}\n"
    for n in (1, 2, 4)
)


class Names(dict[str, Any]):
    """A student's names, here and not in a worker."""

    def observed(self, observer: object) -> AbstractContextManager[None]:
        return nullcontext()

    def queued(self) -> AbstractContextManager[None]:
        return nullcontext()


class Script:
    """In place of a session: its notebook defines *names*, and what else happens is written here.

    Its fields are what a :class:`grader.judge.session.Session` has; ``did`` is what it was asked
    to do.
    """

    def __init__(self, **names: Any) -> None:
        self.names = Names(names)
        self.without_demos: Names | None = None  # what there is when demos are left out
        self.ends: BaseException | None = None  # raised in place of giving names
        self.needs: tuple[list[Words], list[Words]] = ([], [])
        self.stopped: Stopped | None = None
        self.status = Status.GRADED
        self.reports: dict[int, Any] = {}
        self.befell: dict[int, Any] = {}
        self.lacking: dict[str, Words] = {}
        self.fates = Fates([])
        self.notes = self.layers = ()
        self.did: list[str] = []

    def __call__(self, zygote: object, submission: Submission, **how: Any) -> Script:
        self.did.append("run")
        return self

    def __enter__(self) -> Script:
        return self

    def __exit__(self, *exception: object) -> None:
        self.did.append("end")

    def environment(self, question: str = "") -> Names:
        if self.ends is not None:
            raise self.ends
        self.stopped = None
        if self.without_demos is None or self.did[-1] != "leave demos out":
            return self.names
        return self.without_demos

    def shared(self, question: str = "") -> Shared:
        return Shared()

    def leave_demos_out(self) -> bool:
        if self.without_demos is None or "leave demos out" in self.did:
            return False
        self.did.append("leave demos out")
        return True

    def take_demos_back(self) -> None:
        self.did.append("take demos back")

    def why(self, stopped: Stopped) -> Stopped:
        return stopped


Play = Callable[..., Result]


@pytest.fixture
def play(make_course: MakeCourse, monkeypatch: pytest.MonkeyPatch) -> Play:
    """Grades a submission whose session is this script, by one grader for each test file."""

    graders: dict[str, Grader] = {}

    def played(script: Script, test_file: str = HEAD + CASES, **submission: Any) -> Result:
        monkeypatch.setattr("grader.judge.grade.Session", script)
        if test_file not in graders:
            zygote: Any = SimpleNamespace(versions=None)
            graders[test_file] = Grader(make_course(test_file=test_file), zygote=zygote)
        handed = Submission(name="a", source="a", student="a", digest="0" * 64, **submission)
        return graders[test_file].grade(handed)

    return played


def raising(error: BaseException, *, at: int = 0) -> Callable[[int], int]:
    """A right function that raises where it is asked for this number (0: any)."""

    def double(x: int) -> int:
        if at in (0, x):
            raise error
        return 2 * x

    return double


def stop(why: Stop) -> Stopped:
    return Stopped(why, say("it had to be"))


def outcomes(result: Result) -> list[Outcome]:
    return [case.outcome for case in result.cases]


@pytest.mark.parametrize(
    ("double", "earned", "outcome"),
    [
        (lambda x: 2 * x, [1, 2, 4], PASSED),
        (lambda x: 0, [0, 0, 0], FAILED),
        (lambda x: 2 * min(x, 2), [1, 2, 0], FAILED),
        (raising(as_students("ValueError", "no"), at=4), [1, 2, 0], ERROR),
        (raising(as_students("NotImplementedError", ""), at=4), [1, 2, 0], ERROR),
        (raising(stop(Stop.TIMEOUT), at=4), [1, 2, 0], TIMEOUT),
        (raising(stop(Stop.MEMORY), at=4), [1, 2, 0], MEMORY),
        (raising(stop(Stop.CRASH), at=4), [1, 2, 0], CRASH),
        (raising(stop(Stop.CRASH), at=1), [0, 2, 4], PASSED),
        (7, [0, 0, 0], FAILED),
        (None, [0, 0, 0], FAILED),
    ],
    ids="right wrong partly raises todo timeout memory crash first number none".split(),
)
def test_each_test_case_earns_its_points_alone(
    play: Play, double: Any, earned: list[float], outcome: Outcome
) -> None:
    result = play(Script(double=double))
    assert [case.points for case in result.cases] == earned
    assert (result.score, result.max_score, result.status) == (sum(earned), 7, Status.GRADED)
    assert result.cases[-1].outcome is outcome


def test_all_or_nothing_is_lost_with_one_test_case(play: Play) -> None:
    whole = HEAD + "points = 7\nall_or_nothing = True\n" + CASES
    assert play(Script(double=lambda x: 2 * x), whole).score == 7
    result = play(Script(double=lambda x: 2 * min(x, 2)), whole)
    assert (result.score, outcomes(result)) == (0, [PASSED, PASSED, FAILED])


def test_a_name_that_is_missing_earns_nothing(play: Play) -> None:
    result = play(Script(dubble=lambda x: 2 * x))
    assert (result.score, outcomes(result)) == (0, 3 * [MISSING])


def test_a_file_that_cannot_be_read_is_not_run(play: Play) -> None:
    script = Script()
    result = play(script, problem=say("It is a picture."))
    assert (result.status, result.score, outcomes(result)) == (Status.UNREADABLE, 0, 3 * [MISSING])
    assert script.did == []


def test_our_own_failure_is_no_zero(play: Play) -> None:
    script = Script()
    script.ends = Fault("no worker can be had")
    result = play(script)
    assert (result.status, result.score, result.cases) == (Status.FAULT, None, ())
    assert "no worker can be had" in str(result.problem)
    assert script.did == ["run", "end"]


def test_when_no_worker_is_left_all_that_follows_is_lost(play: Play) -> None:
    script = Script()
    script.ends, script.status = stop(Stop.CRASH), Status.CRASH
    result = play(script)
    assert (result.status, result.score, outcomes(result)) == (Status.CRASH, 0, 3 * [CRASH])


@pytest.mark.parametrize("status", list(Status))
def test_what_cells_ran_into_costs_no_point(play: Play, status: Status) -> None:
    script = Script(double=lambda x: 2 * x)
    script.status = status
    assert (play(script).status, play(script).score) == (status, 7)


@pytest.mark.parametrize("why", [Stop.TIMEOUT, Stop.MEMORY, Stop.CRASH])
@pytest.mark.parametrize(
    ("without", "score", "first", "did"),
    [
        (lambda x: 2 * x, 7, PASSED, []),
        (lambda x: 0 if x == 1 else 2 * x, 6, FAILED, []),
        (raising(as_students("ValueError", "no")), 6, None, ["take demos back"]),
        (raising(stop(Stop.MEMORY)), 6, None, ["take demos back"]),
        (None, 0, FAILED, []),
    ],
    ids="right wrong raises stopped none".split(),
)
def test_a_limit_is_tried_once_more_without_demos(
    play: Play, why: Stop, without: Any, score: float, first: Outcome | None, did: list[str]
) -> None:
    """What ran into a limit again keeps its first outcome, and demos come back."""
    script = Script(double=raising(stop(why), at=1))
    script.without_demos = Names(double=without)
    result = play(script)
    assert result.cases[0].outcome is (first or Outcome(why))
    assert result.score == score
    assert script.did == ["run", "leave demos out", *did, "end"]


@pytest.mark.parametrize("where", ["", "cell 1, line 2, in double"])
def test_of_a_call_that_took_too_long_it_is_told_where_if_that_is_known(
    play: Play, where: str
) -> None:
    stopped = Stopped(Stop.TIMEOUT, say("the limit was reached"), traceback=where)
    case = play(Script(double=raising(stopped))).cases[0]
    assert str(case.said[0]) == "Your code took too long here: the limit was reached."
    assert any("Does a loop never end?" in str(said) for said in case.said) is bool(where)
    assert case.traceback == where


def test_only_one_test_case_is_tried_again(play: Play) -> None:
    script = Script(double=raising(stop(Stop.TIMEOUT)))
    script.without_demos = script.names
    result = play(script)
    assert (result.score, outcomes(result)) == (0, 3 * [TIMEOUT])
    assert script.did == ["run", "leave demos out", "take demos back", "end"]


def test_a_test_that_catches_everything_hides_no_limit(play: Play) -> None:
    script = Script()

    def double(x: int) -> int:
        script.stopped = stop(Stop.TIMEOUT)
        raise script.stopped

    script.names["double"] = double
    catches = HEAD + (
        "@test_case(name='c', points=1)\ndef test_c(double):\n    try:\n        double(1)\n"
        "    except BaseException:\n        pass\n"
    )
    result = play(script, catches)
    assert (result.score, outcomes(result)) == (0, [TIMEOUT])


def test_what_rests_on_a_missing_module_is_no_wrong_answer(play: Play) -> None:
    script = Script(double=lambda x: 2 * x if x == 1 else 0)
    script.needs = [say("torch is not installed.")], []
    result = play(script)
    assert outcomes(result) == [PASSED, ERROR, ERROR]
    assert [case.message for case in result.cases[1:]] == 2 * ["torch is not installed."]
    assert result.score == 1


def test_what_may_rest_on_a_missing_module_is_said_besides(play: Play) -> None:
    script = Script(double=lambda x: 2 * x if x == 1 else 0)
    script.needs = [], [say("torch is not installed.")]
    result = play(script)
    assert outcomes(result) == [PASSED, FAILED, FAILED]
    assert "torch" not in result.cases[0].message
    assert result.cases[1].message.endswith("It may be this: torch is not installed.")


@pytest.mark.parametrize(
    ("hidden", "told"),
    [(True, "A wrong answer."), (False, "twice 4 is 8")],
    ids=["hidden", "public"],
)
def test_a_hidden_tests_own_words_are_not_told(play: Play, hidden: bool, told: str) -> None:
    case = f"@test_case(name='c', points=1, hidden={hidden})\ndef test_c(double):\n"
    case += "    assert double(4) == 8, 'twice 4 is 8'\n"
    (wrong,) = play(Script(double=lambda x: 0), HEAD + case).cases
    assert wrong.message == told


def test_a_test_file_is_for_each_submission_as_it_was_written(play: Play) -> None:
    keeps = HEAD + "seen = []\n@test_case(name='c', points=1)\ndef test_c(double):\n"
    keeps += "    seen.append(double(1))\n    assert len(seen) == 1\n"
    script = Script(double=lambda x: 2 * x)
    assert [play(script, keeps).score for _ in range(2)] == [1, 1]
