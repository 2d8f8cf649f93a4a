"""A function or a class is judged by its results, however it is written."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from grader.checks import CheckFailure, CheckWarning
from grader.checks.callers import (
    another_instance,
    arguments_overwritten,
    called_twice,
    results_read_late,
)
from grader.checks.exercise import Exercise
from grader.checks.scenario import Run
from grader.course.testfile import quiet_import

quiet_import("otter.test_files")  # its dependencies warn


def scaled(x: Any, by: float) -> Any:
    return by * x


def scenario(scaled: Any, run: Run) -> Mapping[str, Any]:
    return {"out": scaled(run.x, run.by)}


RUNS = [Run(x=np.array([1.0, -2.0, 4.0]), by=2.0), Run(x=np.array([0.5, 3.0]), by=-1.5)]
FUNCTION = Exercise(scaled, runs=RUNS).agrees(scenario, points=1, says="It must scale.")


class Instance:
    def __call__(self, x: Any, by: float) -> Any:
        return by * x

    def method(self, x: Any, by: float) -> Any:
        return by * x

    @staticmethod
    def static(x: Any, by: float) -> Any:
        return by * x


@functools.lru_cache
def _cached(x: tuple[float, ...], by: float) -> Any:
    return by * np.array(x)


def in_place(x: Any, by: float) -> Any:
    x *= by
    return x


def with_more(x: Any, by: float, *more: Any, **options: Any) -> Any:
    return x * by


@pytest.mark.parametrize(
    "own",
    [scaled, np.multiply, lambda x, by: np.dot(x, by), lambda *given: given[0] * given[1],
     Instance(), Instance().method, Instance.static,
     functools.partial(lambda one, x, by: one * by * x, 1.0), functools.wraps(scaled)(with_more),
     np.vectorize(lambda x, by: x * by), lambda x, by: _cached(tuple(x.tolist()), by), in_place,
     lambda x, by: [by * entry for entry in x], lambda x, by: (by * x).astype(np.float32)],
    ids=["def", "ufunc", "lambda", "star arguments", "instance", "method", "static method",
         "partial", "wrapped", "vectorized", "cached", "in place", "a list", "float32"],
)  # fmt: skip
def test_a_function_may_be_written_in_any_way(own: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CheckWarning)
        FUNCTION.call_func({"scaled": own})


@pytest.mark.parametrize(
    "own",
    [lambda x, by: print(by * x), lambda x, by: iter(by * x), lambda x, by: x / by,
     lambda x, by: by * x + 1e-3, lambda x, by: (by * x,), lambda x, by: by * x[None],
     lambda x, by: np.abs(by) * x, lambda x, by: 2.0 * x, lambda x, by: (by * x).astype(int),
     lambda x, by: (by * x).sum(), lambda x, by: str(by * x), lambda x, by: lambda: by * x],
    ids=["printed", "an iterator", "divided", "shifted", "a tuple", "a row", "without its sign",
         "by a constant", "cut off", "summed", "text", "not called"],
)  # fmt: skip
def test_a_function_whose_results_are_others_is_wrong(own: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CheckWarning)
        with pytest.raises(CheckFailure):
            FUNCTION.call_func({"scaled": own})


class Layer:
    """The reference of a class."""

    def __init__(self, by: float) -> None:
        self.by = by

    def forward(self, x: Any) -> Any:
        return self.by * x


def forward(Layer: Any, run: Run) -> Mapping[str, Any]:
    layer = Layer(run.by)
    return {"out": layer.forward(run.x), "factor": layer.by}


CLASS = Exercise(Layer, runs=RUNS)
UNDER = [called_twice(), arguments_overwritten(), results_read_late(), another_instance()]
CLASS_CASES = [
    CLASS.agrees(forward, points=1, says="It must scale."),
    CLASS.holds(forward, under=UNDER, keeps=["x"], points=1, says="It must keep its numbers."),
]


class Slots:
    __slots__ = ("by", "forward")

    def __init__(self, by: float) -> None:
        self.by = by
        self.forward = lambda x: by * x


@dataclass(frozen=True)
class Frozen:
    by: float

    def forward(self, x: Any) -> Any:
        return self.by * x


class Counts(type):
    made = 0

    def __call__(cls, *arguments: Any) -> Any:
        cls.made += 1
        return super().__call__(*arguments)


class Properties(metaclass=Counts):
    def __init__(self, by: float) -> None:
        self._by = np.float32(by)

    @property
    def by(self) -> Any:
        return self._by

    def __getattr__(self, name: str) -> Any:
        return functools.partial(np.multiply, self._by)


class Made(tuple[float]):
    def __new__(cls, by: float) -> Made:
        return super().__new__(cls, [by])

    by = property(lambda self: self[0])

    def forward(self, x: Any) -> Any:
        return self[0] * x


@pytest.mark.parametrize(
    "own", [Layer, type("Layer", (Layer,), {}), Slots, Frozen, Properties, Made,
            functools.partial(Layer), lambda by: Layer(by)],
    ids=["class", "subclass", "slots", "dataclass", "properties", "tuple", "partial", "factory"],
)  # fmt: skip
@pytest.mark.parametrize("case", CLASS_CASES, ids=["agrees", "holds"])
def test_a_class_may_be_written_in_any_way(own: Any, case: Any) -> None:
    case.call_func({"Layer": own})
