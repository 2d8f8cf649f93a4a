"""How long cells are run, in which state questions are tested, and what is told of it all."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from grader.bounds import FULL_RESTARTS, MAX_RESTARTS, REACHING_RESTARTS, WALL_FACTOR
from grader.judge import session as sessions
from grader.judge.session import Session
from grader.model import Limits, Status, Submission
from grader.sandbox.outside.host import Stopped
from grader.sandbox.wire.protocol import Befell, CellDone, Stop
from grader.words import Words

from .test_session import CRASH, Worker
from .test_session import Zygote as Scripted

LIMITS = Limits(cell_seconds=4.0, call_seconds=2.0, cells_seconds=10.0, total_seconds=30.0)


class Zygote(Scripted):
    """Its workers take the time that cells name ("3.5 s"), on a clock that it has."""

    def __init__(self) -> None:
        super().__init__()
        self.now, self.works = 1000.0, True
        self.seconds: list[float] = []  # that each cell was given
        self.reaching: list[bool] = []
        self.asked: list[tuple[Any, ...]] = []
        self.ends: Callable[[str], dict[str, Any]] = lambda source: {}
        self.workers: list[Slow] = []

    def spawn(self, **how: Any) -> Slow:
        self.workers.append(Slow(self))
        return self.workers[-1]


class Slow(Worker):
    def __init__(self, zygote: Zygote) -> None:
        super().__init__(zygote)
        self._slow = zygote

    def run_cell(
        self, index: int, source: str, *, definitions_only: bool, seconds: float = 0.0,
        reaching: bool = True, **how: Any,
    ) -> CellDone:  # fmt: skip
        self._slow.seconds.append(seconds)
        self._slow.reaching.append(reaching)
        if source == "huge":
            raise ValueError
        words = source.split()
        taken = float(words[0]) if words[1:] == ["s"] else 0.0
        self._slow.now += taken
        self._slow.cpu += taken * self._slow.works
        super().run_cell(index, source, definitions_only=definitions_only)
        ended: dict[str, Any] = {"error": None, "traceback": "", "notes": [], "limit": Stop.NONE}
        return CellDone(output=source, **ended | self._slow.ends(source))

    def operate(self, operation: str, *arguments: Any) -> Any:
        self._slow.asked.append((operation, *arguments))
        return self._slow.tells if operation == "defined" else [f"then {len(self._slow.did)}"]


@pytest.fixture
def zygote(monkeypatch: pytest.MonkeyPatch) -> Any:
    made = Zygote()
    clock = SimpleNamespace(monotonic=lambda: made.now)
    monkeypatch.setattr(sessions, "time", clock)
    return made


def session(zygote: Any, *cells: str, **how: Any) -> Session:
    handed = Submission(name="a", source="a", student="a", digest="0" * 64, cells=cells)
    return Session(zygote, handed, limits=LIMITS, names=("double",), **how)


def told(run: Session) -> list[str]:
    return [str(note) for note in run.notes]


def test_cells_share_their_time_and_what_is_left_of_it(zygote: Any) -> None:
    with session(zygote, "3 s", "4 s", "2 s", "x", "y") as run:
        run.environment()
    assert zygote.seconds == [4.0, 4.0, 3.0, 1.0, 1.0]
    assert zygote.did == ["1", "2", "3", "4", "5"]
    assert (told(run), run.status) == ([], Status.GRADED)


def test_when_it_is_used_up_definitions_are_run_of_the_rest(zygote: Any) -> None:
    with session(zygote, "5 s", "5 s", "x", "y") as run:
        run.environment()
        assert zygote.did == ["1", "2", "3 in part", "4 in part"]
        assert zygote.seconds[2:] == [2.0, 2.0]  # half of a reserve that is as long as a cell
        assert (run.status, sorted(run.fates.shortened)) == (Status.TIMEOUT, [3, 4])
        assert told(run) == [
            "Of cells 3 to 4 only imports, definitions and what these need were run: the cells "
            "before used up the 10 seconds that all cells share."
        ]


def test_when_the_reserve_is_used_up_too_nothing_more_is_run(zygote: Any) -> None:
    with session(zygote, "10 s", "4 s", "x") as run:
        assert "double" in run.environment()
    assert zygote.did == ["1", "2 in part"]


def test_a_cell_that_waits_pays_for_its_waiting(zygote: Any) -> None:
    zygote.works = False
    with session(zygote, "5 s", "5 s", "x") as run:
        run.environment()
    assert zygote.did == ["1", "2", "3 in part"]


@pytest.mark.parametrize(("seconds", "is_left"), [(59.0, True), (61.0, False)])
def test_test_cases_have_the_rest_whatever_the_cells_took(
    zygote: Any, seconds: float, is_left: bool
) -> None:
    assert WALL_FACTOR * (LIMITS.total_seconds - LIMITS.cells_seconds) == 60.0
    with session(zygote, "9 s") as run:
        run.environment()
        assert zygote.workers[0].deadline == zygote.now + 60.0
        zygote.now += seconds
        if is_left:
            run.environment()
            assert zygote.workers[0].deadline == pytest.approx(zygote.now + 60.0 - seconds)
            return
        with pytest.raises(Stopped, match="the time of all test cases together was used up"):
            run.environment()


def test_a_cell_too_large_to_be_sent_leaves_the_others(zygote: Any) -> None:
    with session(zygote, "huge", "x") as run:
        run.environment()
    assert str(run.reports[1].error) == "the cell is too large to be run"
    assert zygote.did == ["2"]


@pytest.mark.parametrize(
    ("limit", "status"),
    [(Stop.NONE, Status.GRADED), (Stop.TIMEOUT, Status.TIMEOUT), (Stop.MEMORY, Status.MEMORY)],
)
def test_the_first_limit_that_a_cell_reached_is_the_status(
    zygote: Any, limit: Stop, status: Status
) -> None:
    ends = {"x": {"limit": limit, "befell": [Befell.NOT_RUN]}, "y": {"limit": Stop.TIMEOUT}}
    zygote.ends = lambda source: ends.get(source, {})
    with session(zygote, "x", "z") as run:
        run.environment()
        assert (run.status, run.befell[1], run.befell[2]) == (status, {Befell.NOT_RUN}, set())
    with session(zygote, "x", "y") as run:
        run.environment()
        assert run.status is (status if limit is not Stop.NONE else Status.TIMEOUT)


def test_a_cell_run_in_part_keeps_the_report_of_the_whole(zygote: Any) -> None:
    """What it printed, and where it failed, is of the time when it ran as it stands."""
    zygote.dies = lambda source, in_part: source == "deadly" and not in_part
    with session(zygote, "deadly", "x") as run:
        run.environment()
    assert str(run.reports[1].error) == "ended: the process died"
    assert run.reports[2].output == "x"


def test_of_many_that_kill_all_are_named_and_the_rest_is_cut_short(zygote: Any) -> None:
    deadly = [f"deadly {n}" for n in range(FULL_RESTARTS + 1)]
    zygote.dies = lambda source, in_part: source in deadly and not in_part
    with session(zygote, *deadly, "x") as run:
        run.environment()
        numbers = ", ".join(str(n + 1) for n in range(len(deadly)))
        last = len(deadly) + 1
        assert told(run) == [
            f"Cells {numbers} ended the process: of them only imports, definitions and what these "
            "need were run.",
            f"Of cells {last} to {last} only imports, definitions and what these need were run: "
            "cells before ended their process again and again.",
        ]
        assert run.status is Status.CRASH


def test_what_kills_even_then_gets_less_and_less(zygote: Any) -> None:
    """What may define something in hidden ways is left out once that has killed too often."""
    zygote.dies = lambda source, in_part: zygote.reaching[-1]
    with session(zygote, *"abcdefghijklmnop") as run:
        run.environment()
    assert len(zygote.workers) == 2 + REACHING_RESTARTS <= MAX_RESTARTS
    assert not any(zygote.reaching[-16:])


def test_demos_are_left_out_once_and_can_be_taken_back(zygote: Any) -> None:
    with session(zygote, "x", "y") as run:
        run.environment()
        assert run.leave_demos_out()
        run.environment()
        assert zygote.did == ["1", "2", "1 in part", "2 in part"]
        assert "was run again where only imports" in told(run)[-1]
        assert not run.leave_demos_out()
        run.take_demos_back()
        run.environment()
        assert zygote.did[4:] == ["1", "2"]
        assert told(run) == []
    assert zygote.reaching[2:4] == [False, False]


# States in which questions are tested


def marks(zygote: Any) -> list[tuple[Any, ...]]:
    return [asked[1:] for asked in zygote.asked if asked[0] == "mark"]


@pytest.mark.parametrize(
    ("cell", "error", "marked"),
    [
        ("grader.check('q1')", None, ["q1"]),
        ("grader.check('q1'); grader.check('q2')", None, ["q1", "q2"]),
        ("grader.check('other')", None, []),
        ("double(3)\ngrader.check('q1')", None, ["q1"]),
        ("double(3)\ngrader.check('q1')", "NameError: no", []),  # it may not have got there
        (" grader.check('q1') ;\n", "NameError: grader", ["q1"]),  # Otter is not there
    ],
)
def test_a_question_is_marked_where_a_cell_asks_for_it(
    zygote: Any, cell: str, error: str | None, marked: list[str]
) -> None:
    zygote.ends = lambda source: {"error": error}
    with session(zygote, cell, marked=("q1", "q2")) as run:
        run.environment()
        assert marks(zygote) == [(name,) for name in marked]
        for name in ("q1", "q2"):
            assert list(run.environment(name)) == (["then 1"] if name in marked else ["double"])
        assert run.shared("q1") is run.shared("q1")
        assert (run.shared("q1") is run.shared()) is ("q1" not in marked)


def test_the_last_mark_counts(zygote: Any) -> None:
    check = "grader.check('q1')"
    with session(zygote, check, "x", check, marked=("q1",)) as run:
        run.environment()
        assert list(run.environment("q1")) == ["then 3"]


@pytest.mark.parametrize(("cells", "seeded"), [(("x", "y"), 2), (("%%time\nx", "y"), 1), ((), 0)])
def test_a_seed_is_set_before_each_cell(zygote: Any, cells: tuple[str, ...], seeded: int) -> None:
    with session(zygote, *cells, seed=(7, "rng")) as run:
        run.environment()
    assert [asked for asked in zygote.asked if asked[0] == "seed"] == [("seed", 7, "rng")] * seeded


# What is told


def test_notes_of_workers_that_ended_are_kept(zygote: Any) -> None:
    with session(zygote, "x") as run:
        run.environment()
        zygote.workers[0].told.notes = [("The first one.", {})]
        zygote.workers[0].alive = False
        run.environment()
        zygote.workers[1].told.notes = [("The second one.", {})]
        assert told(run) == ["The first one.", "The second one."]


def test_what_the_cells_defined_and_what_they_lack_is_told(zygote: Any) -> None:
    zygote.tells = [["double"], [("double was put back.", {})], {"loss": ("No torch.", {})}]
    with session(zygote, "x") as run:
        run.environment()
        assert told(run) == ["double was put back."]
        assert run.lacking == {"loss": Words("No torch.")}


def test_needs_are_told_apart_by_how_sure_they_are(zygote: Any) -> None:
    with session(zygote, "x") as run:
        run.environment()
        one = ("It needs {module}.", {"module": "torch"})
        zygote.workers[0].told.needs = [(*one, True), (*one, True), ("Maybe.", {}, False)]
        sure, maybe = run.needs
        assert [str(words) for words in sure] == ["It needs torch."]
        assert [str(words) for words in maybe] == ["Maybe."]
        run.environment()
        assert run.needs == ([], [])


def test_a_limit_is_one_of_the_last_question_alone(zygote: Any) -> None:
    with session(zygote, "x") as run:
        reached = [run.stopped]
        run.environment()
        zygote.workers[0].stopped = CRASH
        reached.append(run.stopped)
        run.environment()
        assert [*reached, run.stopped] == [None, CRASH, None]
