"""Test cases whose results must stay what they were, whatever the caller does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from grader.checks import plain
from grader.checks.asking import Besides, results_of, results_of_right
from grader.checks.callers import Perturbation, keeping
from grader.checks.case import Case
from grader.checks.examples import example_of_change, example_of_property
from grader.checks.failure import CheckFailure
from grader.checks.looking import looked_at, tell
from grader.checks.outcomes import kept_by, tried
from grader.checks.purity import are_same, leaves, same
from grader.checks.scenario import Play, Results, Run
from grader.checks.standing_in import put_in_class
from grader.errors import swallow
from grader.model import Example
from grader.words import Words, say


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding(Case):
    """Results that must stay the same: see :meth:`grader.checks.exercise.Exercise.holds`.

    *rests_on_parts* says whether the exercise does.
    """

    under: Sequence[Perturbation]
    apart: Sequence[tuple[Sequence[Run], Perturbation]]  # with runs of their own
    keeps: Sequence[str]
    excused: Sequence[Play]
    rests_on_parts: bool
    shown: Callable[[], Sequence[Run]]  # what students may see, made when it is needed

    def __post_init__(self) -> None:
        """Refuse what could not tell whose results depend on what they are given."""
        if len(self.runs) < 2:
            raise ValueError(f"{self.name}: a property needs two different runs.")

    def __call__(self, subjects: Mapping[str, Any], *, trial: int, carrying: bool) -> None:
        """Judge a student's objects."""
        given, besides = self.reference.given(subjects), self.besides()
        alone, others = self._ask(subjects, given, besides)
        self._require_numbers([alone[run] for run in self.runs])
        for run, way in self._pairs():
            if way.optional:
                other = tried(self.scenario, run, way, given, self.reference.rights, self.mark)
                tell([other], [run], self.results)
            else:
                other = next(others)
            try:
                self._require_same(alone[run], other, run, way)
            except CheckFailure:
                if not self._is_excused(run, alone[run], given):
                    raise
        self.look_besides(given, besides)

    def example(self, message: str, given: Sequence[Any]) -> Example | None:
        """Code that shows in a public run what does not stay the same; None where all does."""
        ways = [*self.under, *(way for _, way in self.apart)]
        asked, rights = (self.scenario, self.shown()), self.reference.rights
        return example_of_property(*asked, ways, self.results, given, rights) or (
            example_of_change(*asked, self.keeps, given, rights)
        )

    def _pairs(self) -> list[tuple[Run, Perturbation]]:
        first = [(self.runs[0], way) for way in self.under]
        return first + [(run, way) for several, way in self.apart for run in several]

    def _ask(
        self, subjects: Mapping[str, Any], given: Sequence[Any], besides: Besides
    ) -> tuple[dict[Run, Results], Iterator[Results]]:
        """What a tidy caller gets in each run, and under perturbations, but the optional ones."""
        pairs = self._pairs()
        asked = list(dict.fromkeys([*self.runs, *(run for run, _ in pairs)]))
        rest = [(run, way.play) for run, way in pairs if not way.optional]
        ask = partial(
            results_of, self.scenario, subjects=given, rights=self.reference.rights, mark=self.mark
        )
        listening = partial(tell, runs=[*asked, *(run for run, _ in rest)], results=self.results)
        tidy = keeping(self.keeps)
        try:
            seen = ask([*((r, tidy) for r in asked), *rest], tell=listening, besides=besides)
        except CheckFailure:
            kept = self._kept_by_right(subjects)
            if kept == list(self.keeps):
                raise
            tidy = keeping(kept)
            seen = ask([*((r, tidy) for r in asked), *rest])
        return dict(zip(asked, seen, strict=False)), iter(seen[len(asked) :])

    def _kept_by_right(self, subjects: Mapping[str, Any]) -> list[str]:
        """Those inputs that no longer change where the reference's methods are called."""
        first = self.reference.rights[0]
        if not self.rests_on_parts or not isinstance(first, type):
            return list(self.keeps)
        with ExitStack() as until:
            for name, method in vars(first).items():
                if callable(method) and not name.startswith("_"):
                    put_in_class(subjects[first.__name__], name, method, until)
            given = self.reference.given(subjects)
            return kept_by(self.scenario, self.runs[0], self.keeps, given, self.reference.rights)

    def _require_numbers(self, seen: Sequence[Results]) -> None:
        """Refuse what is no number, and what is the same in all runs though it depends on these."""
        for run, own in zip(self.runs, seen, strict=True):
            for key in self.results or looked_at(own):
                if key in run.inputs and _is_as_it_was(run.inputs[key], own[key]):
                    raise CheckFailure(say("{name} has not changed.", name=key), name=key)
                for name, entries in leaves(own[key], run.named(key)).items():
                    plain.require_finite(entries, name)
        for key in self.results or looked_at(seen[0]):
            if _is_always_the_same(key, seen) and self._depends(key):
                raise CheckFailure(
                    say("{name} stays the same when the inputs change.", name=key),
                    kind="order",
                    name=key,
                )

    def _depends(self, key: str | Words) -> bool:
        """Whether what is right of a result depends on the run."""
        rights = self.reference.rights
        return not _is_always_the_same(
            key, [results_of_right(self.scenario, run, rights) for run in self.runs]
        )

    def _require_same(self, own: Results, other: Results, run: Run, way: Perturbation) -> None:
        """Check what a perturbation gave (nothing: it was left out) against a student's own."""
        if not other:
            return
        for key in self.results or looked_at(other):
            if not (way.partial and other[key] is None):
                name = run.named(key)
                same(own[key], other[key], name=name, kind=way.kind, message=way.message)

    def _is_excused(self, run: Run, own: Results, given: Sequence[Any]) -> bool:
        """Whether results are wrong, and others under one of these callers."""
        if not self.excused or self.reference.are_right(self.scenario, [run], [own]):
            return False
        plays = [(run, play) for play in self.excused]
        rights, mark = self.reference.rights, f"{self.mark}_excused"
        try:
            seen = results_of(self.scenario, plays, given, rights, mark)
        except Exception as error:
            swallow(error)
            return False
        return not all(are_same(own[key], other[key]) for other in seen for key in own)


def _is_always_the_same(key: str | Words, seen: Sequence[Results]) -> bool:
    return all(are_same(seen[0][key], other[key]) for other in seen[1:])


def _is_as_it_was(before: Any, after: Any) -> bool:
    one, other = leaves(before, ""), leaves(after, "")
    return one.keys() == other.keys() and all(np.array_equal(one[k], other[k]) for k in one)
