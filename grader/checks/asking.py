"""Runs scenarios on the reference, or on a student's objects, there all in one message.

In isolation a student's objects answer with promises while a scenario runs, so that all runs of a
test case are sent together (:meth:`grader.sandbox.outside.remote.Remote.queued`).  Under
``otter run`` the same operations are done one by one, in the same order.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from grader.checks import plain
from grader.checks.failure import CheckFailure
from grader.checks.scenario import Caller, Results, Run, Scenario, snapshot
from grader.checks.scenario.acts import act_here, acting
from grader.checks.scenario.run import stripped
from grader.checks.scenario.using import Play, Step, ways_of
from grader.errors import swallow
from grader.words import Words, join, say


@dataclass(frozen=True, slots=True)
class Ask:
    """Executions of one scenario, each with a run and what makes its caller.

    *mark* and a number are added to the keys of dictionaries, so that state which a student
    keeps by key is never found again.
    """

    scenario: Scenario
    plays: Sequence[tuple[Run, Play]]
    mark: str = ""


@dataclass(slots=True)
class Besides:
    """Further executions in the message of a test case's own runs, and their results, by place.

    There are no *answers* if something raised: then each must be asked by itself.
    """

    asks: Sequence[Ask] = ()
    answers: dict[int, list[Results]] = field(default_factory=dict)


def results_of(
    scenario: Scenario,
    plays: Sequence[tuple[Run, Play]],
    subjects: Sequence[Any],
    rights: Sequence[Any],
    mark: str = "",
    *,
    tell: Callable[[list[Results]], None] = lambda seen: None,
    besides: Besides | None = None,
) -> list[Results]:
    """Run *scenario* on the student's *subjects* for each run and caller; return named results.

    All are done in one message if the subjects are isolated, with what is asked *besides*.
    *rights* are the reference's objects, which tell classes from functions and methods from data.
    Raises what the student's code raises, with a note of the steps before, and the CheckFailure
    of a caller, after *tell* was called with the results.
    """
    first: Exception | None = None
    for way in ways_of(scenario):
        try:
            message = _Message(subjects, rights)
            return message.results(Ask(way, plays, mark), besides or Besides(), tell)
        except CheckFailure:
            raise
        except Exception as error:
            first = first or error
    assert first is not None
    raise first


def outcomes_of(
    scenario: Scenario,
    runs: Sequence[Run],
    subjects: Sequence[Any],
    rights: Sequence[Any],
    mark: str,
    elsewhere: Scenario | None = None,
    play: Play = Caller,
    besides: Besides | None = None,
) -> list[Any]:
    """Return the results of each run, or the exception that it raises, which ends the list.

    With *elsewhere* all runs are done: a run after the first that raises gives None if *elsewhere*
    raises, too.  Raises what the only run raises, and with *elsewhere* what the first raises.
    """

    def ask(asked: Scenario, own: str, *several: Run, **more: Any) -> list[Results]:
        plays = [(run, play) for run in several]
        return results_of(asked, plays, subjects, rights, mark + own, **more)

    try:
        return [*ask(scenario, "", *runs, besides=besides)]
    except Exception:
        if len(runs) == 1:
            raise
    outcomes: list[Any] = []
    for place, run in enumerate(runs):
        try:
            outcomes += ask(scenario, f"_{len(runs) + place}", run)
        except Exception as error:
            if elsewhere is None:
                return [*outcomes, error]
            if not place:
                raise
            outcomes.append(error)
            try:
                ask(elsewhere, f"_{2 * len(runs) + place}", run)
            except Exception as error:
                swallow(error)
                outcomes[-1] = None
    return outcomes


class _Message:
    """All that is asked of a student's objects at once."""

    def __init__(self, subjects: Sequence[Any], rights: Sequence[Any]) -> None:
        self._subjects, self._rights = subjects, rights
        remotes = (getattr(subject, "_grader_remote", None) for subject in subjects)
        self._remote: Any = next(filter(None, remotes), None)
        self._done: list[tuple[str, list[str | Words], Any]] = []  # mark, names, values
        self._steps: list[list[Step]] = []
        self._looking: dict[int, Caller] = {}

    def results(
        self, ask: Ask, besides: Besides, tell: Callable[[list[Results]], None]
    ) -> list[Results]:
        """Do all, and return the results of *ask*; see :func:`results_of`."""
        count = len(ask.plays)
        try:
            with together(self._remote):
                for one in (ask, *besides.asks):
                    self._ask(one)
        except Exception as error:
            if not self._is_done(count - 1):
                _tell_steps(error, self._steps, self._remote)
                raise
            # What is asked besides raised: it has no answers.
        else:
            at = count
            for place, one in enumerate(besides.asks):
                numbers = range(at, at := at + len(one.plays))
                with suppress(CheckFailure):
                    besides.answers[place] = list(map(self._read, numbers))
        results = list(map(self._read, range(count)))
        tell(results)
        for number, caller in self._looking.items():
            if number < count:
                caller.require(results[number])
        return results

    def _ask(self, ask: Ask) -> None:
        for number, (run, play) in enumerate(ask.plays, start=1):
            mark = f"{ask.mark}_{number}"
            caller = play(run.fresh(mark))
            self._steps.append(caller.steps)
            names, values = self._execute(ask.scenario, caller)
            if caller.looks:
                self._looking[len(self._done)] = caller
            self._done.append((mark, names, values))
            del caller  # the worker need not report changes of what nobody holds

    def _execute(self, scenario: Scenario, caller: Caller) -> tuple[list[str | Words], Any]:
        used = [
            None if subject is None else caller.used(subject, right)
            for subject, right in zip(self._subjects, self._rights, strict=True)
        ]
        named = scenario(*used, caller.run)
        values = caller.end(list(named.values()))
        # A snapshot, since a later run must not change the results of this one.
        return [*named, *caller.besides], snapshot([*values, *caller.besides.values()])

    def _is_done(self, number: int) -> bool:
        if number >= len(self._done):
            return False
        return self._remote is None or bool(self._remote.is_done(self._done[number][-1]))

    def _read(self, number: int) -> Results:
        mark, names, values = self._done[number]
        values = values if self._remote is None else self._remote.taken(values)
        values = values if type(values) is list else list(values)
        return _unpacked({n: stripped(v, mark) for n, v in zip(names, values, strict=True)})


def results_of_right(scenario: Scenario, run: Run, rights: Sequence[Any]) -> Results:
    """Run *scenario* once on the reference's objects; return its named results."""
    return _unpacked(scenario(*rights, run.fresh()))


def _unpacked(named: Mapping[Any, Any]) -> Results:
    """Unpack results with several names; raises CheckFailure if there are not so many parts."""
    results: Results = {}
    for name, value in named.items():
        if isinstance(name, tuple):
            # Results that are not compared have an underscore before the name students know.
            shown = ", ".join(part.lstrip("_") for part in name)
            parts = plain.sequence(value, len(name), name=f"({shown})")
            results.update(zip(name, parts, strict=True))
        else:
            results[name] = value
    return results


def look_through(scenario: Scenario, run: Run, unknown: Sequence[Any]) -> frozenset[Any]:
    """Run *scenario* on objects without values, which raise if it looks at one.

    Return the names of the results that it peeks at, which a student need not have.
    """
    peeked = copy.copy(unknown[0])

    def do(action: str, *arguments: Any) -> Any:
        is_peeked = action == "peek" or any(argument is peeked for argument in arguments)
        return peeked if is_peeked else unknown[0]

    with acting(do):
        named = scenario(*unknown, run.fresh())
    return frozenset(name for name, value in named.items() if value is peeked)


@contextmanager
def together(remote: Any) -> Iterator[None]:
    """Inside the ``with`` block, queue all operations if there is a *remote*, for one message."""
    with acting(act_here if remote is None else remote.operate):
        if remote is None:
            yield
        else:
            with remote.queued():
                yield
                remote.keep_promises()


def _tell_steps(error: Exception, executions: Sequence[Sequence[Step]], remote: Any) -> None:
    """Add a note to an exception: the steps of the execution in which it was raised."""
    for execution in executions:
        done = []
        for step in execution:
            done.append(step)
            if step.asked > (0 if remote is None else remote.done):
                break
        else:
            continue
        if len(done) > 1:
            steps = join(say("{before}, then {after}"), _told(done))
            words = say("This was done: {steps}.", steps=steps)
            error.add_note(str(words))
            error.grader_steps = words  # type: ignore[attr-defined]
        return


def _told(steps: Sequence[Step]) -> list[Words]:
    """Return the steps as code, with the instances' letters if there are several."""
    if len({step.letter for step in steps if step.letter}) < 2:
        return [step.tell() for step in steps]
    told, met = [], set[str]()
    for step in steps:
        letter = step.letter
        between = "" if not letter else "." if letter in met else " = "
        told.append(step._replace(before=letter + between + step.before).tell())
        met.add(letter)
    return told
