"""How a notebook is run again when its worker dies, by a scripted worker: no process."""

from __future__ import annotations

import signal
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from grader.bounds import MAX_RESTARTS
from grader.errors import Fault
from grader.judge.session import Session
from grader.model import Limits, Status, Submission
from grader.sandbox.outside.host import Stopped
from grader.sandbox.wire.protocol import CellDone, Stop
from grader.words import say

LIMITS = Limits()
CRASH = Stopped(Stop.CRASH, say("the process died"))


class Worker:
    """In place of the link to a worker; ``dies`` says whether it does, of a cell's number."""

    def __init__(self, zygote: Zygote) -> None:
        self.alive, self.stopped, self.deadline = True, None, 0.0
        self.layers, self.told = ["a layer"], SimpleNamespace(notes=[], needs=[])
        self._zygote = zygote

    def prepare(self, **handed: Any) -> None:
        if self._zygote.refuses is not None:
            raise self._zygote.refuses

    def run_cell(self, index: int, source: str, *, definitions_only: bool, **how: Any) -> CellDone:
        self._zygote.did.append(f"{index} in part" if definitions_only else str(index))
        if self._zygote.dies(source, definitions_only):
            self.alive = False
            raise CRASH
        return CellDone(error=None, traceback="", output="", notes=[], limit=Stop.NONE)

    def operate(self, operation: str, *arguments: Any) -> Any:
        return self._zygote.tells

    def cpu_seconds(self) -> float:
        return self._zygote.cpu

    def close(self) -> None:
        self.alive = False


class Zygote:
    """Starts scripted workers; ``did`` are the cells that these ran."""

    def __init__(self) -> None:
        self.did: list[str] = []
        self.dies: Callable[[str, bool], bool] = lambda source, in_part: False
        self.refuses: Stopped | None = None
        self.tells: Any = [["double"], [], {}]
        self.cpu, self.status, self.died_alone = 0.0, 0, True

    def spawn(self, **how: Any) -> Worker:
        return Worker(self)

    def has_worker_ended(self) -> bool:
        return self.died_alone

    def end(self) -> int:
        return self.status

    def why(self) -> str:
        return "for a reason"


@pytest.fixture
def zygote() -> Any:
    return Zygote()


def session(zygote: Any, *cells: str) -> Session:
    handed = Submission(name="a", source="a", student="a", digest="0" * 64, cells=cells)
    return Session(zygote, handed, limits=LIMITS, names=("double",))


def test_cells_are_run_once_for_all_test_cases(zygote: Any) -> None:
    with session(zygote, "x = 1", "y = 2") as run:
        assert list(run.environment()) == ["double"]
        run.environment("another question")
    assert zygote.did == ["1", "2"]
    assert (run.status, run.layers, len(run.reports)) == (Status.GRADED, ("a layer",), 2)


def test_of_a_cell_that_killed_its_worker_only_definitions_are_run(zygote: Any) -> None:
    zygote.dies = lambda source, in_part: source == "deadly" and not in_part
    with session(zygote, "x = 1", "deadly", "y = 2") as run:
        assert "double" in run.environment()
    assert zygote.did == ["1", "2", "1", "2 in part", "3"]
    assert (run.status, set(run.fates.shortened)) == (Status.CRASH, {2})
    assert str(run.reports[2].error) == "ended: the process died"
    assert "Cell 2 ended the process" in str(run.notes[0])


def test_a_cell_that_kills_by_its_definitions_is_left_out(zygote: Any) -> None:
    zygote.dies = lambda source, in_part: source == "deadly"
    with session(zygote, "x = 1", "deadly", "y = 2") as run:
        assert "double" in run.environment()
    assert zygote.did == ["1", "2", "1", "2 in part", "1", "3"]


def test_there_is_an_end_to_starting_again(zygote: Any) -> None:
    zygote.dies = lambda source, in_part: True
    with session(zygote, *map(str, range(2 * MAX_RESTARTS))) as run:
        with pytest.raises(Stopped) as caught:
            run.environment()
        assert caught.value.reason is Stop.CRASH
        assert "too often" in str(caught.value.detail)
    assert len(zygote.did) <= MAX_RESTARTS * 2 * MAX_RESTARTS


@pytest.mark.parametrize(
    ("stopped", "why"),
    [
        (CRASH, "did not start: for a reason"),
        (Stopped(Stop.TIMEOUT, say("its time was used up")), "did not start: its time was used up"),
    ],
    ids=["it died", "it was too slow"],
)
def test_a_worker_that_does_not_start_is_our_fault(zygote: Any, stopped: Stopped, why: str) -> None:
    zygote.refuses = stopped
    with session(zygote, "x = 1") as run, pytest.raises(Fault, match=why):
        run.environment()


def test_more_files_than_fit_are_not(zygote: Any) -> None:
    zygote.refuses = Stopped(Stop.MEMORY, say("too much"))
    with session(zygote, "x = 1") as run, pytest.raises(Stopped, match="too much"):
        run.environment()


@pytest.mark.parametrize(
    "told", [None, 7, [], [["double"]], [{}, 3, "x"], [[1, 2], [], {}]], ids=repr
)
def test_a_worker_that_is_no_longer_ours_may_tell_anything(zygote: Any, told: Any) -> None:
    zygote.tells = told
    with session(zygote, "x = 1") as run:
        assert list(run.environment()) == []
        assert run.notes == ()


@pytest.mark.parametrize(
    ("status", "cpu", "died_alone", "reason", "said"),
    [
        (signal.SIGKILL, 0.0, True, Stop.MEMORY, "as it does where memory runs out"),
        (signal.SIGKILL, 1e6, True, Stop.TIMEOUT, "CPU time was used up"),
        (signal.SIGSEGV, 0.0, True, Stop.CRASH, "the process died (Segmentation fault)"),
        (signal.SIGRTMIN + 5, 0.0, True, Stop.CRASH, "(Real-time signal 5)"),
        (1 << 8, 0.0, True, Stop.CRASH, "the process died"),  # by itself, with an exit code
        (signal.SIGKILL, 0.0, False, Stop.CRASH, "the process died"),  # by us
    ],
    ids="killed spent fault realtime exit ours".split(),
)
def test_how_a_worker_died_is_read_from_its_status(
    zygote: Any, status: int, cpu: float, died_alone: bool, reason: Stop, said: str
) -> None:
    with session(zygote, "x = 1") as run:
        run.environment()
        assert run.why(CRASH) is CRASH  # it lives: nothing is known
        zygote.status, zygote.cpu, zygote.died_alone = int(status), cpu, died_alone
        assert run._link is not None
        run._link.close()
        stopped = run.why(CRASH)
    assert (stopped.reason, said in str(stopped.detail)) == (reason, True)
