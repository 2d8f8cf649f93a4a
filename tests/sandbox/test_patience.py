"""How long a worker is waited for: what has no core on a busy machine is not idle."""

from types import SimpleNamespace

import pytest

from grader.sandbox.outside import watch
from grader.sandbox.outside.watch import Patience, Stopped


class Machine:
    """A worker, as the kernel tells of it, second by second."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = self.cpu = self.queued = 0.0
        kernel = SimpleNamespace(
            family=lambda pid: [pid],
            cpu_seconds=lambda pid: self.cpu,
            queued_seconds=lambda pid: self.queued,
        )
        monkeypatch.setattr(watch, "time", SimpleNamespace(monotonic=lambda: self.now))
        monkeypatch.setattr(watch, "processes", kernel)
        self.patience = Patience(1, seconds=5.0, deadline=60.0, use=lambda members: None)

    def go_on(self, seconds: int, *, cpu: float, queued: float) -> None:
        """So many seconds pass, of each of which the worker has these shares."""
        for _ in range(seconds):
            self.patience.check()
            self.now += 1
            self.cpu += cpu
            self.queued += queued
        self.patience.check()


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(monkeypatch)


def test_a_worker_that_hardly_gets_a_core_is_waited_for(machine: Machine) -> None:
    machine.go_on(50, cpu=0.01, queued=0.9)


@pytest.mark.parametrize(
    ("cpu", "queued", "what"),
    [
        (0.01, 0.01, "the time limit was reached while waiting"),  # it sleeps
        (0.5, 0.4, "the time limit was reached$"),  # its computing takes too long
        (0.01, 0.9, "its time by the clock was used up"),  # even so, not for ever
    ],
)
def test_it_is_not_waited_for_longer(
    machine: Machine, cpu: float, queued: float, what: str
) -> None:
    with pytest.raises(Stopped, match=what):
        machine.go_on(100, cpu=cpu, queued=queued)
