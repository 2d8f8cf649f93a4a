"""An exercise: what is asked, said as scenarios, and the test cases that follow from it.

A test file names the reference's objects as students name theirs, the runs, and what is free;
each test case is one line more::

    exercise = Exercise(BatchNormalization, runs=RUNS, freedoms=EPSILON)

    dx = exercise.agrees(trained, "dx", points=3, says="dx must be the gradient ...")
    caller = exercise.holds(trained, under=[called_twice("backward")], points=1, says="...")

What is right, and how near one has to come, is found by running the scenario on the reference,
once a process.  The test cases are ordinary ones of Otter's, with the same score under ``otter
run`` and isolated.
"""

from __future__ import annotations

import copy
import inspect
import itertools
import warnings
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np

from grader.checks import compare, plain
from grader.checks.asking import Ask, Besides, look_through, results_of, results_of_right
from grader.checks.callers import Apart, Perturbation, keeping
from grader.checks.carrying import (
    Asked,
    Carried,
    Foresight,
    Outcome,
    beliefs,
    left_over,
    rests_on_parts,
)
from grader.checks.compare import Tolerance
from grader.checks.examples import (
    alike,
    example_of_change,
    example_of_property,
    example_of_result,
    smaller,
)
from grader.checks.failure import CheckFailure, CheckWarning, Name, part
from grader.checks.looking import note
from grader.checks.mixing import Mixture
from grader.checks.outcomes import kept_by, outcomes_of, tried, without_diverging
from grader.checks.purity import are_same, leaves, same
from grader.checks.refusing import Unknown, require_scenario, require_sentence
from grader.checks.scenario import Caller, Play, Results, Run, Scenario, ways_of
from grader.checks.standing_in import Check, StandIn, judge, probe_of, put_in_class
from grader.checks.tolerance import single, tolerance
from grader.model import Example
from grader.words import Words, say


@dataclass(frozen=True, slots=True)
class Right:
    """What is right in one run: the results under each accepted convention, and tolerances."""

    accepted: tuple[Results, ...]
    tolerance: Tolerance


@dataclass(frozen=True, slots=True)
class Also:
    """What a test case looks at besides: *judge* gets the results of *scenario* in all *runs*.

    It is left out where the scenario raises: that is charged elsewhere.  A judge of *outcomes*
    gets what is raised in place of a run's results, which ends the list.  One that looks at some
    *results* only says which.
    """

    scenario: Scenario
    judge: Callable[[Sequence[Any]], None]
    runs: Sequence[Run] = ()
    outcomes: bool = False
    results: Sequence[str] = ()


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
        self._conventions = [rights] + [
            tuple(_set(right, settings) for right in rights) for settings in freedoms
        ]
        self.rights = rights
        self._optional = {right.__name__ for right in optional}
        self.runs, self._public = tuple(runs), tuple(public)
        self._unseen = unseen
        self._stand_ins: tuple[StandIn, ...] = ()
        self._marks = itertools.count(1)
        # With each run, so that its identity is no other's as long as this is known.
        self._known: dict[tuple[Scenario, int], tuple[Run, Right]] = {}
        self._rounded: dict[tuple[Scenario, int], tuple[Run, Results]] = {}

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
        *results: str,
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
        chosen, mark = self._runs_for(scenario, runs), self._mark()
        shown = self._shown(scenario, public, results)
        mixture = [Mixture(scenario, self._parts)] if self._parts else []
        self._require_unseen(name or scenario.__name__, [*carried, *mixture])

        def judged(
            given: Sequence[Any],
            chosen: Sequence[Run],
            mark: str,
            ways: Sequence[Carried] = carried,
            trial: int = -1,
            carrying: bool = not self._parts,
            besides: Besides | None = None,
        ) -> tuple[dict[int, Exception], dict[int, Exception], list[Any]]:
            """What is wrong, what of it no other way to be right explains, and the outcomes."""

            def is_right(run: Run, own: Results, right: Mapping[Any, Any]) -> None:
                self._require(scenario, run, own, results, row=row, instead=right)

            ways = [way for way in ways if carrying or not rests_on_parts(way)]

            def grows(run: Run, own: Results) -> bool:
                # What is asked for is no excuse of itself, unless it must grow, or a part is wrong.
                if not carrying and not diverges(run, self.right(scenario, run).accepted[0]):
                    own = {name: result for name, result in own.items() if name not in results}
                return diverges(run, own)

            foresight = self._foresight(scenario, mark, trial)
            are_right = (lambda *parts: False) if only_own else self._are_right
            asked = Asked(given, self.rights, results, is_right, are_right, foresight)
            believed = beliefs(ways, asked)  # before the parts have seen anything
            outcomes = outcomes_of(
                scenario, chosen, given, self.rights, mark, elsewhere, besides=besides
            )
            _tell(outcomes, chosen, results, right=not only_own)
            failures: dict[int, Exception] = {}
            if only_own and None not in believed.values():
                text = say("{name} does not belong to your own forward.", name=", ".join(results))
                wrong = CheckFailure(text, kind="gradient", name=results[0])
                failures = dict.fromkeys(range(len(outcomes)), wrong)
            for place, (run, outcome) in enumerate(zip(chosen, outcomes, strict=False)):
                if outcome is None:
                    continue
                try:
                    self._require(scenario, run, outcome, results, row=row)
                except Exception as failure:
                    failures[place] = failure
            without = without_diverging(failures, chosen, outcomes, grows)
            failures = without if len(failures) - len(without) < len(chosen) else failures
            left = left_over(failures, ways, believed, chosen, outcomes, asked)
            return failures, left, outcomes

        def check(
            subjects: Mapping[str, Any],
            *,
            trial: int,
            carrying: bool,
            ways: Sequence[Carried] = carried,
        ) -> None:
            given, besides = self._given(subjects), self._besides(also, mark)
            failures, left, _ = judged(given, chosen, mark, ways, trial, carrying, besides)
            if left:
                raise next(iter(left.values()))
            if failures and not only_own:
                _warn_carried(next(iter(failures.values())))
            self._look(also, given, besides)

        def example(message: str, given: Sequence[Any]) -> Example | None:
            several = shown()
            _, left, outcomes = judged(given, several, f"{mark}_shown") if several else ((), (), ())
            for place in left:
                run, seen = several[place], outcomes[place]
                if only_own and not self._shows_own(scenario, run, seen):
                    continue
                key = self._wrong(scenario, run, seen, results, row=row)
                return example_of_result(
                    scenario, run, key, given, self.rights, message=message,
                    before=seen if isinstance(seen, Exception) else seen[key],
                    right=self.right(scenario, run).accepted[0][key],
                )  # fmt: skip
            return None

        def mixed(parts: Sequence[str]) -> Check:
            return partial(check, ways=[Mixture(scenario, parts)])

        return self._case(
            check, name or scenario.__name__, points, says, hidden=hidden,
            example=example, mixed=mixed if mixture else None,
        )  # fmt: skip

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
        *results: str,
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
        chosen, mark = self._runs_for(scenario, runs), self._mark()
        if len(chosen) < 2:
            raise ValueError(f"{name or scenario.__name__}: a property needs two different runs.")

        pairs = [(chosen[0], way) for way in under]
        pairs += [(run, way) for several, way in besides for run in several]
        first = keeping(keeps)

        def depends(key: str | Words) -> bool:
            rights = [results_of_right(scenario, run, self.rights)[key] for run in chosen]
            return not all(are_same(rights[0], other) for other in rights[1:])

        def check(subjects: Mapping[str, Any], *, trial: int, carrying: bool) -> None:
            given, extra = self._given(subjects), self._besides(also, mark)
            asked = dict.fromkeys(run for run, _ in [*((run, None) for run in chosen), *pairs])
            rest = [(run, way.play) for run, way in pairs if not way.optional]
            plays = [*((run, first) for run in asked), *rest]
            tell = partial(_tell, runs=[run for run, _ in plays], results=results)
            try:
                seen = results_of(
                    scenario, plays, given, self.rights, mark, tell=tell, besides=extra
                )
            except CheckFailure:
                kept = self._kept_by_right(scenario, chosen[0], keeps, subjects)
                if kept == list(keeps):
                    raise
                plays = [*((run, keeping(kept)) for run in asked), *rest]
                seen = results_of(scenario, plays, given, self.rights, mark)
            alone = dict(zip(asked, seen, strict=False))
            _require_numbers([alone[run] for run in chosen], chosen, results, depends)
            others = iter(seen[len(asked) :])
            for run, way in pairs:
                other = (
                    tried(scenario, run, way, given, self.rights, mark)
                    if way.optional
                    else next(others)
                )
                if way.optional:
                    _tell([other], [run], results)
                try:
                    _require_same(alone[run], other, run, way, results)
                except CheckFailure:
                    if not self._is_excused(scenario, run, alone[run], given, mark, excused):
                        raise
            self._look(also, given, extra)

        shown = self._shown(scenario, public, results)

        def example(message: str, given: Sequence[Any]) -> Example | None:
            ways = [*under, *(way for _, way in besides)]
            asked = scenario, shown()
            return example_of_property(*asked, ways, results, given, self.rights) or (
                example_of_change(*asked, keeps, given, self.rights)
            )

        named = name or scenario.__name__
        return self._case(check, named, points, says, hidden=hidden, example=example)

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
        chosen, mark = self._runs_for(scenario, runs), self._mark()

        def check(subjects: Mapping[str, Any], *, trial: int, carrying: bool) -> None:
            given, besides = self._given(subjects), self._besides(also, mark)
            play = Apart if apart else keeping(keeps)
            seen = outcomes_of(scenario, chosen, given, self.rights, mark, elsewhere, play, besides)
            _tell(seen, chosen)
            for outcome in seen:
                if isinstance(outcome, Exception):
                    raise outcome
            judge(seen)
            self._look(also, given, besides)

        return self._case(check, name or scenario.__name__, points, says, hidden=hidden)

    def _shows_own(self, scenario: Scenario, run: Run, own: Outcome) -> bool:
        """Whether what a result rests on is right in a run: then the reference's is right, too."""
        names = [n for n in self.right(scenario, run).accepted[0] if str(n).startswith("_")]
        try:
            self._require(scenario, run, own, names, row=False)
        except Exception:
            return False
        return bool(names)

    def _is_excused(
        self,
        scenario: Scenario,
        run: Run,
        own: Results,
        given: Sequence[Any],
        mark: str,
        excused: Sequence[Play],
    ) -> bool:
        """Whether results are wrong, and others under one of these callers."""
        if not excused:
            return False
        try:
            self._require(scenario, run, own, (), row=False)
        except CheckFailure:
            plays = [(run, play) for play in excused]
            try:
                seen = results_of(scenario, plays, given, self.rights, f"{mark}_excused")
            except Exception:
                return False
            return not all(are_same(own[key], other[key]) for other in seen for key in own)
        return False

    def _kept_by_right(
        self, scenario: Scenario, run: Run, keeps: Sequence[str], subjects: Mapping[str, Any]
    ) -> list[str]:
        """Those inputs that no longer change where the reference's methods are called."""
        first = self.rights[0]
        if not self._parts or not isinstance(first, type):
            return list(keeps)
        with ExitStack() as until:
            for name, method in vars(first).items():
                if callable(method) and not name.startswith("_"):
                    put_in_class(subjects[first.__name__], name, method, until)
            return kept_by(scenario, run, keeps, self._given(subjects), self.rights)

    def _besides(self, also: Sequence[Also], mark: str) -> Besides:
        """What travels with a test case's own runs."""
        several = ((look.scenario, look.runs or self.runs) for look in also)
        return Besides([Ask(s, [(r, Caller) for r in runs], f"{mark}_also") for s, runs in several])

    def _look(self, also: Sequence[Also], given: Sequence[Any], besides: Besides) -> None:
        for place, (look, ask) in enumerate(zip(also, besides.asks, strict=True)):
            runs = [run for run, _ in ask.plays]
            seen: list[Any] | None = besides.answers.get(place)
            try:
                seen = seen or outcomes_of(look.scenario, runs, given, self.rights, ask.mark)
            except Exception:
                continue
            _tell(seen, runs, look.results)
            if look.outcomes or not isinstance(seen[-1], Exception):
                look.judge(seen)

    def further(
        self, scenario: Scenario, first: Run, *runs: Run, results: Sequence[str] = ()
    ) -> Also:
        """Return a look at other runs, for students who are right in the *first* one.

        Who is wrong there is so for another reason, which is charged elsewhere.  *results* are
        those that count: all, where none is named.
        """

        def judge(found: Sequence[Outcome]) -> None:
            try:
                self._require(scenario, first, found[0], results, row=False)
            except Exception:
                return
            for run, own in zip(runs, found[1:], strict=False):
                self._require(scenario, run, own, results, row=False)

        return Also(scenario, judge, (first, *runs), outcomes=True, results=results)

    def right(self, scenario: Scenario, run: Run) -> Right:
        """What is right in *run*, found out once."""
        key = scenario, id(run)

        def moved(inputs: Mapping[str, Any]) -> dict[str, Any]:
            found = results_of_right(scenario, run.with_inputs(inputs), self.rights)
            return {str(name): value for name, value in found.items()}

        if key not in self._known:
            with np.errstate(all="ignore"):
                accepted = tuple(results_of_right(scenario, run, r) for r in self._conventions)
                allowed = tolerance(moved, run.inputs)
            self._known[key] = run, Right(accepted, allowed)
        return self._known[key][1]

    def rounded(self, scenario: Scenario, run: Run) -> Results:
        """What is right in *run* for inputs in single precision, which may be used inside."""
        key = scenario, id(run)
        if key not in self._rounded:
            with np.errstate(all="ignore"):
                inputs = single(run.inputs)
                found = results_of_right(scenario, run.but(**inputs), self.rights)
            self._rounded[key] = run, found
        return self._rounded[key][1]

    def _require(
        self,
        scenario: Scenario,
        run: Run,
        outcome: Outcome,
        results: Sequence[Name],
        *,
        row: bool,
        instead: Mapping[Any, Any] | None = None,
    ) -> None:
        """Check a run's results against the reference's, or what is right *instead* of these."""
        if isinstance(outcome, Exception):
            raise outcome
        right = self.right(scenario, run)
        for key in results or _looked_at(right.accepted[0]):
            rights = [accepted[key] for accepted in right.accepted]
            if instead is not None and key in instead:
                rights = [instead[key]]
            allowed = right.tolerance[str(key)]
            look = partial(require, outcome[key], name=_named(key, run), row=row)
            try:
                look(rights, tolerance=allowed)
            except CheckFailure as failure:
                if instead is not None:
                    raise
                try:
                    look([self.rounded(scenario, run)[key]], tolerance=Tolerance())
                except CheckFailure:
                    raise failure from None

    def _are_right(
        self, scenario: Scenario, runs: Sequence[Run], answers: Sequence[Results]
    ) -> bool:
        """Whether parts that were asked alone gave what the reference's give."""
        try:
            for run, own in zip(runs, answers, strict=True):
                self._require(scenario, run, own, (), row=False)
        except CheckFailure:
            return False
        return True

    def _wrong(
        self, scenario: Scenario, run: Run, own: Outcome, results: Sequence[Name], *, row: bool
    ) -> Any:
        """The name of the first result that is wrong; the last one where it was raised."""
        keys = results or _looked_at(self.right(scenario, run).accepted[0])
        for key in keys if not isinstance(own, Exception) else ():
            try:
                self._require(scenario, run, own, [key], row=row)
            except CheckFailure:
                return key
        return keys[-1]

    def _shown(
        self, scenario: Scenario, public: Sequence[Run], results: Sequence[str]
    ) -> Callable[[], list[Run]]:
        """The public runs, and smaller ones, made when they are needed for the first time."""
        runs = self._runs_for(scenario, public or self._public) if public or self._public else ()

        def is_clear(run: Run) -> bool:
            """Whether what was cut off is not needed, and all that is accepted is the same."""
            try:
                first, *others = self.right(scenario, run).accepted
            except Exception:
                return False
            return all(alike(first[k], o[k]) for o in others for k in results or _looked_at(first))

        return cache(lambda: list(filter(is_clear, smaller(runs))))

    def _runs_for(self, scenario: Scenario, runs: Sequence[Run]) -> tuple[Run, ...]:
        require_scenario(scenario, self.rights)
        chosen = tuple(runs) or self.runs
        for run in chosen:
            for way in ways_of(scenario):
                look_through(way, run, [Unknown(scenario.__name__, r) for r in self.rights])
        return chosen

    def _mark(self) -> str:
        """What keys bear in one test case: a state by key must not be met again in the next."""
        return f"_{next(self._marks)}"

    def _given(self, subjects: Mapping[str, Any]) -> list[Any]:
        names = [right.__name__ for right in self.rights]
        # All that the student defined is at hand where something is optional.
        return [subjects["env"].get(n) if n in self._optional else subjects[n] for n in names]

    def _require_unseen(self, name: str, ways: Sequence[Carried]) -> None:
        """Refuse ways to be right that nothing keeps from being bent to fit."""
        if self._unseen is None and any(map(rests_on_parts, ways)):
            raise ValueError(
                f"{name}: what rests on a student's own parts needs Exercise(unseen=Run(...)), a "
                "run that tells whether these can be believed."
            )

    def _foresight(self, scenario: Scenario, mark: str, trial: int) -> Foresight | None:
        """What tells whether parts can be believed: another run in each test case and trial."""
        if self._unseen is None:
            return None
        size = 1 + int(mark.split("_")[1]) / 64 + trial / 1024
        inputs = {k: size * v for k, v in self._unseen.inputs.items() if type(v) is np.ndarray}
        return Foresight(
            self._unseen.but(**inputs), scenario, [part.probe for part in self._stand_ins]
        )

    def _case(
        self,
        check: Check,
        name: str,
        points: float,
        says: str,
        *,
        hidden: bool,
        example: Callable[[str, Sequence[Any]], Example | None] | None = None,
        mixed: Callable[[Sequence[str]], Check] | None = None,
    ) -> Any:
        from otter.test_files import test_case  # takes a second where nobody needs it

        require_sentence(says, name)
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        names = [r.__name__ for r in self.rights if r.__name__ not in self._optional]
        names += ["env"] if self._optional or any(not s.of for s in self._stand_ins) else []
        parameters = [inspect.Parameter(parameter, kind) for parameter in names]

        def judged(**subjects: Any) -> None:
            judge(check, self._stand_ins, subjects, self._given, self.rights, mixed)

        def try_it(message: str, **subjects: Any) -> Example | None:
            given = self._given(subjects)
            assert example is not None
            if any(s.is_needed(given, self.rights) for s in self._stand_ins):
                return None  # what is wrong may be a part's that is charged elsewhere
            return example(message, given)

        judged.example = try_it if example else None  # type: ignore[attr-defined]
        judged.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        judged.is_scenario = True  # type: ignore[attr-defined]
        return test_case(name=name, points=points, hidden=hidden, failure_message=says)(judged)


def _set(right: Callable[..., Any], settings: Mapping[str, Any]) -> Callable[..., Any]:
    takes = isinstance(right, type) or settings.keys() <= {*inspect.signature(right).parameters}
    return partial(right, **settings) if takes else right


def _instead(right: Callable[..., Any], own: Any) -> Callable[..., Any]:
    return right


def require(
    own: Any, rights: Sequence[Any], *, name: Name, tolerance: Tolerance, row: bool = False
) -> None:
    """Check a result, or a tuple or dictionary of them, against what is accepted.

    *rights* are the results under each convention; between them is right, too.  Raises
    CheckFailure with the first difference from the first of them.
    """
    right = rights[0]
    if isinstance(right, Mapping):
        entries = plain.keys(own, frozenset(right), name=name)
        for key in right:
            require(
                entries[key],
                [r[key] for r in rights],
                name=part(name, repr(key)),
                tolerance=tolerance[key],
                row=row,
            )
    elif isinstance(right, tuple) and all(np.ndim(number) == 0 for number in right):
        # Several numbers are as accurate as the largest of them, as those of an array are.
        numbers = np.array(
            [
                plain.number(entry, name=part(name, place), finite=False)
                for place, entry in enumerate(plain.sequence(own, len(right), name=name))
            ]
        )
        nearest = _nearest(numbers, [np.array(r, dtype=np.float64) for r in rights])
        compare.value(numbers, nearest, name=name, tolerance=tolerance)
    elif isinstance(right, tuple):
        for place, entry in enumerate(plain.sequence(own, len(right), name=name)):
            require(
                entry,
                [r[place] for r in rights],
                name=part(name, place) if len(right) > 1 else name,
                tolerance=tolerance[place],
                row=row,
            )
    else:
        nearest = _nearest(own, [np.asarray(r, dtype=np.float64) for r in rights])
        also = ((1, *nearest.shape),) if row else ()
        compare.value(own, nearest, name=name, tolerance=tolerance, also=also)


def _nearest(own: Any, rights: Sequence[Any]) -> Any:
    """What is accepted next to *own*: itself, where it lies between what is."""
    if len(rights) == 1:
        return rights[0]
    try:
        entries = plain.reals(own, name="")
    except CheckFailure:
        return rights[0]
    if entries.size != rights[0].size:
        return rights[0]
    return np.clip(entries.reshape(rights[0].shape), np.min(rights, axis=0), np.max(rights, axis=0))


def _require_same(
    own: Results, other: Results | None, run: Run, way: Perturbation, results: Sequence[str]
) -> None:
    """Check what a perturbation gave (nothing: it was left out) against a student's own results."""
    if not other:
        return
    for key in results or _looked_at(other):
        if not (way.partial and other[key] is None):
            name = _named(key, run)
            same(own[key], other[key], name=name, kind=way.kind, message=way.message)


def _looked_at(results: Results) -> list[str | Words]:
    """The names of all results but those that only say what follows, and that are not there."""
    return [n for n, own in results.items() if own is not None and not str(n).startswith("_")]


def _tell(
    seen: Sequence[Any], runs: Sequence[Run], results: Sequence[str] = (), *, right: bool = False
) -> None:
    """Tell who listens what is looked at in each execution: these results, or all."""
    for outcome, run in zip(seen, runs, strict=False):
        if not isinstance(outcome, Exception):
            names = outcome and (results or _looked_at(outcome))
            outcome = {name: outcome[name] for name in names or ()}
        note(outcome, right=right, samples=_samples(run))


def _samples(run: Run) -> int:
    """The length of the input array with the most axes; of batches in a list, if they agree.

    0 where there is none, or where batches are of other lengths.
    """
    given = list(run.inputs.values())
    listed = [one for several in given if isinstance(several, list) for one in several]
    arrays = [one for one in (*given, *listed) if isinstance(one, np.ndarray)]
    most = max((array.ndim for array in arrays), default=0)
    alone = [len(one) for one in given if isinstance(one, np.ndarray) and one.ndim == most > 0]
    lengths = {len(one) for one in arrays if one.ndim == most > 0}
    return alone[0] if alone else lengths.pop() if len(lengths) == 1 else 0


def _warn_carried(failure: Exception) -> None:
    name = failure.name if isinstance(failure, CheckFailure) else ""
    text = say(
        "{name} is not what was asked for, but it follows correctly from what your own code gives "
        "elsewhere.",
        name=name,
    )
    warnings.warn(CheckWarning(text), stacklevel=2)


def _require_numbers(
    seen: Sequence[Results],
    runs: Sequence[Run],
    results: Sequence[str],
    depends: Callable[[str | Words], bool],
) -> None:
    """Refuse what is no number, and what is the same in all runs though it depends on these."""
    for run, own in zip(runs, seen, strict=True):
        for key in results or _looked_at(own):
            if key in run.inputs and _is_as_it_was(run.inputs[key], own[key]):
                raise CheckFailure(say("{name} has not changed.", name=key), name=key)
            for name, entries in leaves(own[key], _named(key, run)).items():
                plain.require_finite(entries, name)
    for key in results or _looked_at(seen[0]):
        if all(are_same(seen[0][key], other[key]) for other in seen[1:]) and depends(key):
            raise CheckFailure(
                say("{name} stays the same when the inputs change.", name=key),
                kind="order",
                name=key,
            )


def _is_as_it_was(before: Any, after: Any) -> bool:
    one, other = leaves(before, ""), leaves(after, "")
    return one.keys() == other.keys() and all(np.array_equal(one[k], other[k]) for k in one)


def _named(key: Name, run: Run) -> Name:
    return say("{name} {which}", name=key, which=run.about) if run.about else key
