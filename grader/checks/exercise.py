"""An exercise: the reference, the runs, and the test cases, which are made of scenarios.

A test file names the reference's objects as students name theirs, the runs, and the freedoms;
each test case is one more line::

    exercise = Exercise(BatchNormalization, runs=RUNS, freedoms=EPSILON)

    dx = exercise.agrees(trained, "dx", points=3, says="dx must be the gradient ...")
    caller = exercise.holds(trained, under=[called_twice("backward")], points=1, says="...")

See :mod:`grader.checks.agreeing`, :mod:`grader.checks.holding` and :mod:`grader.checks.case` for
what test cases do, and :mod:`grader.checks.right` for the right results and their tolerances.
They are ordinary Otter test cases, with the same score under ``otter run`` and in isolation.
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
from grader.checks.callers import Perturbation
from grader.checks.callers.tidy import Apart, keeping
from grader.checks.carrying import Carried
from grader.checks.case import Also, Showing
from grader.checks.examples import alike, smaller
from grader.checks.failure import Name
from grader.checks.holding import Holding
from grader.checks.looking import looked_at
from grader.checks.refusing import Unknown, require_scenario, require_sentence
from grader.checks.right import Reference, Right
from grader.checks.scenario import Outcome, Results, Run, Scenario
from grader.checks.scenario.using import Play, ways_of
from grader.checks.standing_in import StandIn, judge, probe_of
from grader.errors import swallow
from grader.model import Example

__all__ = ["Also", "Exercise"]


class Exercise:
    """A task for students: *rights* are the reference's classes or functions.

    They have the names that students give theirs, and are a scenario's arguments in this order;
    a scenario gets None for one of the *optional* that a student has not defined.  *freedoms* are
    other accepted settings, as keywords of the reference's classes, and of those functions that
    take them: a result is right under each of them, and between.  *public* are runs that students
    may see (:mod:`grader.checks.examples`): small, with inputs of no hidden run.  *unseen* is a
    small run unlike all others: it decides whether a student's parts can be believed.
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
        """The parts that it rests on and that must be right."""
        return [part.name for part in self._stand_ins if part.must_be_right]

    def resting_on(self, *parts: str, rows: Collection[str] = ()) -> Exercise:
        """Return the same exercise for test cases that rest on functions or the class's methods.

        Each of these parts is charged elsewhere: if it cannot be used or is wrong, when it is
        called alone with the inputs of each run that have its parameters' names, the reference's
        takes its place (:mod:`grader.checks.standing_in`), and the reference's results with the
        student's part are right, too (:mod:`grader.checks.mixing`).  Name first the parts that get
        no targets.  Those named in *rows* may give arrays with one axis of length 1 before those
        asked for.
        """
        functions = {right.__name__: right for right in self.rights}
        other = self
        for name in parts:
            right = functions.get(name) or getattr(self.rights[0], name, None)
            if right is None:
                raise ValueError(f"The reference has no part {name} that anything could rest on.")
            part = StandIn(
                name, partial(_instead, right), probe_of(name, self.rights), self.runs,
                self._class_of(name), must_be_right=True, row=name in rows,
            )  # fmt: skip
            other = other._with(part)
        return other

    def resting_on_draws(
        self,
        right: Callable[..., Any],
        probe: Scenario,
        judge: Callable[[Sequence[Any]], None],
        runs: Sequence[Run],
    ) -> Exercise:
        """Return the same exercise for test cases that rest on a function with random results.

        *judge* gets the results of *probe* in *runs*, and raises if the student's function is
        wrong: then *right*, the reference's function of that name, takes its place.
        """
        name, make = right.__name__, partial(_instead, right)
        return self._with(StandIn(name, make, probe, runs, self._class_of(name), judge=judge))

    def replacing(
        self, name: str, make: Callable[[Any], Callable[..., Any]], probe: Scenario
    ) -> Exercise:
        """Return the same exercise with ``make(own)`` for the student's part if that is unusable.

        It is unusable if *probe* raises in a run, or gives other kinds or shapes than the
        reference.
        """
        return self._with(StandIn(name, make, probe, self.runs, self._class_of(name)))

    def _with(self, part: StandIn) -> Exercise:
        other = copy.copy(self)
        other._stand_ins += (part,)
        return other

    def _class_of(self, name: str) -> str:
        """Return the first class's name if it has a method of this name; "" otherwise."""
        return self.rights[0].__name__ if hasattr(self.rights[0], name) else ""

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

        If none is named, they are all but those whose names begin with "_".  With *row* an
        array may have one axis of length 1 before those asked for.  *carried* are other ways to
        be right for a student with a mistake that is charged elsewhere; with *only_own* nothing
        else counts if the student's parts are believed.  A run with wrong results is left out if
        its other results *diverge* (or any, if a part is wrong), as long as another run is not.
        With *elsewhere*, a scenario of what is charged elsewhere alone, a run after the first that
        raises is left out if *elsewhere* raises, too.
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
        """Return a test case for each result: *cases* has its points and the text it ``says``.

        Each has the name of its result and looks at it alone; *shared* is as in :meth:`agrees`.
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

        The first run is perturbed; the others show whether results depend on the inputs.
        *besides* are perturbations with runs of their own.  The inputs named in *keeps* must stay
        as they are; in an exercise that rests on parts only those count that the reference's
        methods, put in the student's class, leave as they are.  Results that are the same for all
        runs, or no numbers, fail.

        Wrong results that differ are *excused* if they already differ under one of these callers:
        what makes them wrong is charged elsewhere, and the difference is no second mistake.
        """
        case = Holding(
            **self._case(scenario, name, runs, results, also),
            peeked=self._look_through(scenario, runs or self.runs),
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

        This is for what cannot be compared with the reference: the statistics of masks and
        samples, and relations between results of one run (:mod:`grader.checks.judging`).  With
        *apart* calls get copies, and their results are copied at once.  With *elsewhere*, as in
        :meth:`agrees`, the judge gets None for a run that is left out.
        """
        play = Apart if apart else keeping(keeps)
        shared = self._case(scenario, name, runs, (), also)
        case = Showing(**shared, judge=judge, play=play, elsewhere=elsewhere)
        return self._test_case(case, points, says, hidden=hidden)

    def further(
        self, scenario: Scenario, first: Run, *runs: Run, results: Sequence[Name] = ()
    ) -> Also:
        """Return a look at other runs, for students whose results are right in the *first* one.

        A result that is wrong there is charged elsewhere.  *results* are those that count: all, if
        none is named.
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
        """Return what is right in *run*; it is computed once."""
        return self._reference.right(scenario, run)

    def _case(
        self,
        scenario: Scenario,
        name: str,
        runs: Sequence[Run],
        results: Sequence[Name],
        also: Sequence[Also],
    ) -> dict[str, Any]:
        """Return the fields that all kinds of test cases have."""
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
        """Return the *runs*, after checking that the scenario does nothing that it must not."""
        require_scenario(scenario, self.rights)
        self._look_through(scenario, runs)
        return tuple(runs)

    def _look_through(self, scenario: Scenario, runs: Sequence[Run]) -> frozenset[Any]:
        """Return the names of the results that a student need not have."""
        unknown = [Unknown(scenario.__name__, right) for right in self.rights]
        ways = itertools.product(ways_of(scenario), runs)
        return frozenset().union(*(look_through(way, run, unknown) for way, run in ways))

    def _shown(
        self, scenario: Scenario, public: Sequence[Run], results: Sequence[Name]
    ) -> Callable[[], list[Run]]:
        """Return what makes the public runs, and smaller ones, when they are first needed."""
        several = public or self._public
        runs = self._runs_for(scenario, several) if several else ()

        def is_clear(run: Run) -> bool:
            # What was cut off is not needed, and all accepted results are the same.
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
        """Return Otter's test case, with the names that students define as its parameters."""
        from otter.test_files import test_case  # takes a second, and not every command needs it

        require_sentence(says, case.name)
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        reference, names = self._reference, self._reference.names
        if reference.optional or any(not part.of for part in self._stand_ins):
            names.append("env")
        mixed = case.mixed if isinstance(case, Agreement) and self._parts else None

        def judged(**subjects: Any) -> None:
            judge(case, self._stand_ins, subjects, reference, mixed)

        def try_it(message: str, **subjects: Any) -> Example | None:
            assert not isinstance(case, Showing)
            own = reference.given(subjects)
            if any(part.is_needed(own, self.rights) for part in self._stand_ins):
                return None  # the mistake may be in a part that is charged elsewhere
            return case.example(message, own)

        def learn() -> None:
            for run in case.runs if isinstance(case, Agreement) else ():
                self.right(case.scenario, run)

        vars(judged).update(
            learn=learn,
            example=None if isinstance(case, Showing) else try_it,
            is_scenario=True,
            scenario=case.scenario,
            __signature__=inspect.Signature([inspect.Parameter(name, kind) for name in names]),
        )
        return test_case(name=case.name, points=points, hidden=hidden, failure_message=says)(judged)


def _instead(right: Callable[..., Any], own: Any) -> Callable[..., Any]:
    return right
