"""Test cases whose results must stay what they were, whatever the caller does."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from grader.checks import plain
from grader.checks.asking import Besides, results_of_right
from grader.checks.callers import Perturbation
from grader.checks.callers.tidy import keeping
from grader.checks.case import Case
from grader.checks.examples import example_of_change, example_of_property
from grader.checks.failure import CheckFailure, Name
from grader.checks.looking import tell
from grader.checks.purity import are_same, leaves, same
from grader.checks.scenario import Results, Run
from grader.checks.scenario.using import Play
from grader.checks.standing_in import put_in_class
from grader.errors import swallow
from grader.model import Example
from grader.words import Words, say


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding(Case):
    """Results that must stay the same: see :meth:`grader.checks.exercise.Exercise.holds`.

    *rests_on_parts* says whether the exercise rests on parts that must be right; results *peeked*
    at may be missing.
    """

    under: Sequence[Perturbation]
    apart: Sequence[tuple[Sequence[Run], Perturbation]]  # with runs of their own
    keeps: Sequence[str]
    excused: Sequence[Play]
    rests_on_parts: bool
    peeked: Collection[Any]
    shown: Callable[[], Sequence[Run]]  # the runs that students may see, made when needed

    def __post_init__(self) -> None:
        """Refuse a single run: it does not show whether results depend on the inputs."""
        if len(self.runs) < 2:
            raise ValueError(f"{self.name}: a property needs two different runs.")

    def __call__(self, subjects: Mapping[str, Any], *, trial: int, carrying: bool) -> None:
        """Judge a student's objects."""
        given, besides = self.reference.given(subjects), self.besides()
        alone, others = self._ask(subjects, given, besides)
        self._require_numbers([alone[run] for run in self.runs])
        for run, way in self._pairs():
            other = self._tried(run, way, given) if way.optional else next(others)
            try:
                self._require_same(alone[run], other, run, way)
            except CheckFailure:
                if not self._is_excused(run, alone[run], given):
                    raise
        self.look_besides(given, besides)

    def example(self, message: str, given: Sequence[Any]) -> Example | None:
        """Return code that shows in a public run what does not stay the same; None if all does."""
        ways = [*self.under, *(way for _, way in self.apart)]
        runs = self.shown()
        return example_of_property(self, runs, ways, given) or (
            example_of_change(self, runs, self.keeps, given)
        )

    def _pairs(self) -> list[tuple[Run, Perturbation]]:
        first = [(self.runs[0], way) for way in self.under]
        return first + [(run, way) for several, way in self.apart for run in several]

    def _ask(
        self, subjects: Mapping[str, Any], given: Sequence[Any], besides: Besides
    ) -> tuple[dict[Run, Results], Iterator[Results]]:
        """Return the results of each run, and those under each perturbation but optional ones."""
        pairs = self._pairs()
        asked = list(dict.fromkeys([*self.runs, *(run for run, _ in pairs)]))
        rest = [(run, way.play) for run, way in pairs if not way.optional]
        listening = partial(tell, runs=[*asked, *(run for run, _ in rest)], results=self.results)
        plays = [*((run, keeping(self.keeps)) for run in asked), *rest]
        try:
            seen = self.results_of(plays, given, tell=listening, besides=besides)
        except CheckFailure:
            kept = self._kept_by_right(subjects)
            if kept == list(self.keeps):
                raise
            seen = self.results_of([*((run, keeping(kept)) for run in asked), *rest], given)
        return dict(zip(asked, seen, strict=False)), iter(seen[len(asked) :])

    def _tried(self, run: Run, way: Perturbation, given: Sequence[Any]) -> Results:
        """Return the results under an optional perturbation; none if it raises."""
        try:
            (other,) = self.results_of([(run, way.play)], given)
        except Exception as error:
            swallow(error)
            other = {}
        tell([other], [run], self.results)
        return other

    def _kept_by_right(self, subjects: Mapping[str, Any]) -> list[str]:
        """Return the inputs that do not change with the reference's methods in the class."""
        first = self.reference.rights[0]
        if not self.rests_on_parts or not isinstance(first, type):
            return list(self.keeps)
        with ExitStack() as until:
            for name, method in vars(first).items():
                if callable(method) and not name.startswith("_"):
                    put_in_class(subjects[first.__name__], name, method, until)
            given = self.reference.given(subjects)
            return [name for name in self.keeps if self._is_kept(name, given)]

    def _is_kept(self, name: str, given: Sequence[Any]) -> bool:
        """Return whether the first run leaves this input as it is, or raises."""
        try:
            self.results_of([(self.runs[0], keeping([name]))], given, "_kept")
        except CheckFailure:
            return False
        except Exception as error:
            swallow(error)
        return True

    def _require_numbers(self, seen: Sequence[Results]) -> None:
        """Refuse results that are no numbers, or the same in all runs though they should differ."""
        for run, own in zip(self.runs, seen, strict=True):
            for key in self._keys(run, own):
                if key in run.inputs and _is_as_it_was(run.inputs[key], own[key]):
                    raise CheckFailure(say("{name} has not changed."), name=key)
                for name, entries in leaves(own[key], run.named(key)).items():
                    plain.require_finite(entries, name)
        for key in self._keys(self.runs[0], seen[0]):
            if _is_always_the_same(key, seen) and self._depends(key):
                text = say("{name} stays the same when the inputs change.")
                raise CheckFailure(text, kind="order", name=key)

    def _keys(self, run: Run, own: Results) -> Sequence[Name]:
        """Return the names of what is looked at: all that the reference has a result for."""
        right = self.reference.looked_at(self.scenario, run)
        return self.results or [n for n in right if own[n] is not None or n not in self.peeked]

    def _depends(self, key: str | Words) -> bool:
        """Return whether the reference's result depends on the run."""
        rights = self.reference.rights
        seen = [results_of_right(self.scenario, run, rights) for run in self.runs]
        return not _is_always_the_same(key, seen)

    def _require_same(self, own: Results, other: Results, run: Run, way: Perturbation) -> None:
        """Check the results under a perturbation (none: it was left out) against the usual ones."""
        for key in other and self._keys(run, own):
            if not (way.partial and other[key] is None):
                name = run.named(key)
                same(own[key], other[key], name=name, kind=way.kind, message=way.message)

    def _is_excused(self, run: Run, own: Results, given: Sequence[Any]) -> bool:
        """Return whether the results are wrong, and differ under an *excused* caller, too."""
        if not self.excused or self.reference.are_right(self.scenario, [run], [own]):
            return False
        try:
            seen = self.results_of([(run, play) for play in self.excused], given, "_excused")
        except Exception as error:
            swallow(error)
            return False
        return not all(are_same(own[key], other[key]) for other in seen for key in own)


def _is_always_the_same(key: str | Words, seen: Sequence[Results]) -> bool:
    return all(are_same(seen[0][key], other[key]) for other in seen[1:])


def _is_as_it_was(before: Any, after: Any) -> bool:
    one, other = leaves(before, ""), leaves(after, "")
    return one.keys() == other.keys() and all(np.array_equal(one[k], other[k]) for k in one)
