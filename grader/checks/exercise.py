"""An exercise: what is asked, said as scenarios, and the test cases that follow from it.

A test file names the reference's objects as students name theirs, the runs, and what is free;
each test case is one line more::

    exercise = Exercise(BatchNormalization, runs=RUNS, freedoms=EPSILON)

    dx = exercise.agrees(trained, "dx", points=3, says="dx must be the gradient ...")
    caller = exercise.holds(trained, under=[called_twice("backward")], points=1, says="...")

What they do is said in :mod:`grader.checks.agreeing`, :mod:`grader.checks.holding` and
:mod:`grader.checks.case`; what is right, and how near one has to come, in
:mod:`grader.checks.right`.  They are ordinary test cases of Otter's, with the same score under
``otter run`` and isolated.
"""

from __future__ import annotations

import copy
import inspect
import itertools
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from typing import Any

from grader.checks.agreeing import Agreement
from grader.checks.asking import look_through
from grader.checks.callers import Apart, Perturbation, keeping
from grader.checks.carrying import Carried
from grader.checks.case import Also, Showing
from grader.checks.examples import alike, smaller
from grader.checks.failure import Name
from grader.checks.holding import Holding
from grader.checks.looking import looked_at
from grader.checks.refusing import Unknown, require_scenario, require_sentence
from grader.checks.right import Reference, Right
from grader.checks.scenario import Outcome, Play, Results, Run, Scenario, ways_of
from grader.checks.standing_in import StandIn, judge, probe_of
from grader.errors import swallow
from grader.model import Example

__all__ = ["Also", "Exercise"]


class Exercise:
    """What is asked of students: *rights* are the reference's classes or functions.

    Each bears the name that students give theirs, and is a scenario's argument in this order;
    None stands for one of the *optional* that a student has not defined.
    *freedoms* are other settings that are accepted too, as keywords of the reference's classes,
    and of those of its functions that take them: a result is right at each of them, and between.
    *public* are runs that students may see (:mod:`grader.checks.examples`): small, with inputs
    that no hidden run has.  *unseen* is a small run that none of the others is like: it tells
    whether a student's parts can be believed.
    """

    def __init__(
        self,
        *rights: Any,
        runs: Sequence[Run],
        public: Sequence[Run] = (),
        freedoms: Iterable[Mapping[str, Any]] = (),
        optional: Sequence[Any] = (),
        unseen: Run | None = None,
    ) -> None:
        if not rights or not runs:
            raise ValueError("An exercise needs the reference's objects and at least one run.")
        self.rights = rights
        self._reference = Reference(rights, freedoms, [right.__name__ for right in optional])
        self.runs, self._public = tuple(runs), tuple(public)
        self._unseen = unseen
        self._stand_ins: tuple[StandIn, ...] = ()
        self._marks = itertools.count(1)

    @property
    def _parts(self) -> list[str]:
        """The parts that it rests on, of which only right ones will do."""
        return [part.name for part in self._stand_ins if part.must_be_right]

    def resting_on(self, *parts: str, rows: Collection[str] = ()) -> Exercise:
        """The same exercise, for what rests on these functions, or methods of the first class.

        Each is charged elsewhere: where it cannot be used or is wrong, asked alone with each
        run's inputs of its parameters' names, the reference's takes its place
        (:mod:`grader.checks.standing_in`), and right is, too, what the reference makes of it
        (:mod:`grader.checks.mixing`).  Name first what sees no targets.  Those that are *rows*,
        too, may give arrays with one axis of length 1 before those asked for.
        """
        functions = {right.__name__: right for right in self.rights}
        other = self
        for name in parts:
            right = functions.get(name) or getattr(self.rights[0], name, None)
            if right is None:
                raise ValueError(f"The reference has no part {name} that anything could rest on.")
            probe = probe_of(name, self.rights)
            make = partial(_instead, right)
            other = other._with_stand_in(name, make, probe, must_be_right=True, row=name in rows)
        return other

    def resting_on_draws(
        self,
        right: Callable[..., Any],
        probe: Scenario,
        judge: Callable[[Sequence[Any]], None],
        runs: Sequence[Run],
    ) -> Exercise:
        """The same, for what rests on a function of random results, which no comparison tells.

        *judge* gets what *probe* gives in *runs*, and raises where the student's own is wrong:
        then *right*, the reference's function of that name, takes its place.
        """
        make = partial(_instead, right)
        name = right.__name__
        return self._with_stand_in(name, make, probe, must_be_right=False, judge=judge, runs=runs)

    def replacing(
        self, name: str, make: Callable[[Any], Callable[..., Any]], probe: Scenario
    ) -> Exercise:
        """The same, with ``make(own)`` in place of the student's own where it cannot be used."""
        return self._with_stand_in(name, make, probe, must_be_right=False)

    def _with_stand_in(
        self,
        name: str,
        make: Callable[[Any], Callable[..., Any]],
        probe: Scenario,
        *,
        must_be_right: bool,
        row: bool = False,
        judge: Callable[[Sequence[Any]], None] | None = None,
        runs: Sequence[Run] = (),
    ) -> Exercise:
        owner = self.rights[0].__name__ if hasattr(self.rights[0], name) else ""
        other = copy.copy(self)
        part = StandIn(name, make, probe, runs or self.runs, owner, must_be_right, row, judge)
        other._stand_ins += (part,)
        return other

    def agrees(
        self,
        scenario: Scenario,
        *results: Name,
        points: float,
        says: str,
        name: str = "",
        runs: Sequence[Run] = (),
        carried: Sequence[Carried] = (),
        only_own: bool = False,
        elsewhere: Scenario | None = None,
        row: bool = False,
        diverges: Callable[[Run, Results], bool] = lambda run, own: False,
        also: Sequence[Also] = (),
        public: Sequence[Run] = (),
        hidden: bool = True,
    ) -> Any:
        """Return a test case: these results must be the reference's.

        Where none is named, they are all but those whose names begin with "_".  With *row* an
        array may have one axis of length 1 before those asked for.  *carried* are other ways to
        be right, which a mistake that is charged elsewhere leaves open, where there is one; with
        *only_own* nothing else counts where the student's parts are believed.  A run whose results
        are wrong is left out where *diverges* says so of the others, or, where a part is wrong, of
        any of them, as long as another run is not.  With *elsewhere*, which does what is charged
        elsewhere alone, a run after the first that raises is left out where that raises, too.
        """
        case = Agreement(
            **self._case(scenario, name, runs, results, also),
            carried=carried,
            parts=self._parts,
            unseen=self._unseen,
            probes=[part.probe for part in self._stand_ins],
            only_own=only_own,
            elsewhere=elsewhere,
            row=row,
            diverges=diverges,
            shown=self._shown(scenario, public, results),
        )
        return self._test_case(case, points, says, hidden=hidden)

    def agrees_in_each(
        self, scenario: Scenario, cases: Mapping[str, tuple[float, str]], **shared: Any
    ) -> tuple[Any, ...]:
        """Return a test case for each result: *cases* has its points and what it ``says``.

        Each is named as its result and looks at that alone; *shared* is as in :meth:`agrees`.
        """
        return tuple(
            self.agrees(scenario, result, name=result, points=points, says=says, **shared)
            for result, (points, says) in cases.items()
        )

    def holds(
        self,
        scenario: Scenario,
        *results: Name,
        under: Sequence[Perturbation] = (),
        points: float,
        says: str,
        name: str = "",
        runs: Sequence[Run] = (),
        besides: Sequence[tuple[Sequence[Run], Perturbation]] = (),
        keeps: Sequence[str] = (),
        excused: Sequence[Play] = (),
        also: Sequence[Also] = (),
        public: Sequence[Run] = (),
        hidden: bool = True,
    ) -> Any:
        """Return a test case: a student's results must stay the same *under* each perturbation.

        The first run is perturbed; the others tell whose results depend on what they are given.
        *besides* are perturbations with runs of their own.  The inputs named in
        *keeps* must be left as they were; in an exercise that rests on parts those count that the
        reference's methods leave so on the student's instances.  Whoever gives the same for all
        runs, or no numbers, earns nothing.

        Wrong results that differ are *excused* where under one of these callers they already do:
        what makes them wrong is charged elsewhere, and a difference is no second mistake.
        """
        case = Holding(
            **self._case(scenario, name, runs, results, also),
            under=under,
            apart=besides,
            keeps=keeps,
            excused=excused,
            rests_on_parts=bool(self._parts),
            shown=self._shown(scenario, public, results),
        )
        return self._test_case(case, points, says, hidden=hidden)

    def shows(
        self,
        scenario: Scenario,
        judge: Callable[[Sequence[Any]], None],
        *,
        points: float,
        says: str,
        name: str = "",
        runs: Sequence[Run] = (),
        keeps: Sequence[str] = (),
        apart: bool = False,
        elsewhere: Scenario | None = None,
        also: Sequence[Also] = (),
        hidden: bool = True,
    ) -> Any:
        """Return a test case: *judge* gets the results of all runs and raises CheckFailure.

        For what no reference's result can say: the statistics of masks and samples, and what
        results of one run have to do with each other (:mod:`grader.checks.judging`).  With
        *apart* calls get copies, and their results are copied at once.  With *elsewhere*, as in
        :meth:`agrees`, a run that is left out gives None.
        """
        play = Apart if apart else keeping(keeps)
        case = Showing(
            **self._case(scenario, name, runs, (), also),
            judge=judge,
            play=play,
            elsewhere=elsewhere,
        )
        return self._test_case(case, points, says, hidden=hidden)

    def further(
        self, scenario: Scenario, first: Run, *runs: Run, results: Sequence[Name] = ()
    ) -> Also:
        """Return a look at other runs, for students who are right in the *first* one.

        Who is wrong there is so for another reason, which is charged elsewhere.  *results* are
        those that count: all, where none is named.
        """
        require = partial(self._reference.require, scenario, results=results)

        def judge(found: Sequence[Outcome]) -> None:
            try:
                require(first, found[0])
            except Exception as error:
                swallow(error)
                return
            for run, own in zip(runs, found[1:], strict=False):
                require(run, own)

        return Also(scenario, judge, (first, *runs), outcomes=True, results=results)

    def right(self, scenario: Scenario, run: Run) -> Right:
        """What is right in *run*, found out once."""
        return self._reference.right(scenario, run)

    def _case(
        self,
        scenario: Scenario,
        name: str,
        runs: Sequence[Run],
        results: Sequence[Name],
        also: Sequence[Also],
    ) -> dict[str, Any]:
        """What each kind of test case is made of."""
        return {
            "name": name or scenario.__name__,
            "reference": self._reference,
            "scenario": scenario,
            "runs": self._runs_for(scenario, runs or self.runs),
            "mark": f"_{next(self._marks)}",
            "results": results,
            "also": [replace(look, runs=look.runs or self.runs) for look in also],
        }

    def _runs_for(self, scenario: Scenario, runs: Sequence[Run]) -> tuple[Run, ...]:
        """The *runs*, after a look at whether the scenario says nothing that it must not."""
        require_scenario(scenario, self.rights)
        unknown = [Unknown(scenario.__name__, right) for right in self.rights]
        for run, way in itertools.product(runs, ways_of(scenario)):
            look_through(way, run, unknown)
        return tuple(runs)

    def _shown(
        self, scenario: Scenario, public: Sequence[Run], results: Sequence[Name]
    ) -> Callable[[], list[Run]]:
        """The public runs, and smaller ones, made when they are needed for the first time."""
        several = public or self._public
        runs = self._runs_for(scenario, several) if several else ()

        def is_clear(run: Run) -> bool:
            """Whether what was cut off is not needed, and all that is accepted is the same."""
            try:
                first, *others = self.right(scenario, run).accepted
            except Exception as error:
                swallow(error)
                return False
            return all(alike(first[k], o[k]) for o in others for k in results or looked_at(first))

        return cache(lambda: list(filter(is_clear, smaller(runs))))

    def _test_case(
        self, case: Agreement | Holding | Showing, points: float, says: str, *, hidden: bool
    ) -> Any:
        """Otter's, of which the parameters are what students define."""
        from otter.test_files import test_case  # takes a second where nobody needs it

        require_sentence(says, case.name)
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        names, given = self._reference.names, self._reference.given
        if self._reference.optional or any(not part.of for part in self._stand_ins):
            names.append("env")
        mixed = case.mixed if isinstance(case, Agreement) and self._parts else None

        def judged(**subjects: Any) -> None:
            judge(case, self._stand_ins, subjects, given, self.rights, mixed)

        def try_it(message: str, **subjects: Any) -> Example | None:
            assert not isinstance(case, Showing)
            own = given(subjects)
            if any(part.is_needed(own, self.rights) for part in self._stand_ins):
                return None  # what is wrong may be a part's that is charged elsewhere
            return case.example(message, own)

        def learn() -> None:
            for run in case.runs if isinstance(case, Agreement) else ():
                self.right(case.scenario, run)

        judged.learn = learn  # type: ignore[attr-defined]
        judged.example = None if isinstance(case, Showing) else try_it  # type: ignore[attr-defined]
        judged.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
            [inspect.Parameter(name, kind) for name in names]
        )
        judged.is_scenario = True  # type: ignore[attr-defined]
        judged.scenario = case.scenario  # type: ignore[attr-defined]
        return test_case(name=case.name, points=points, hidden=hidden, failure_message=says)(judged)


def _instead(right: Callable[..., Any], own: Any) -> Callable[..., Any]:
    return right
