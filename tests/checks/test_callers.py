"""What each caller does, as the student's code sees it: which calls come, and with what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pytest

from grader.checks import CheckFailure, callers
from grader.checks.callers import Perturbation
from grader.checks.exercise import Exercise
from grader.checks.scenario import Run
from grader.course.testfile import quiet_import

quiet_import("otter.test_files")  # its dependencies warn

SAYS = "The layer must do what is asked."


class Layer:
    """The reference."""

    def __init__(self, scale: Any = 2.0) -> None:
        self.scale = scale if np.ndim(scale) == 0 else np.array(scale)

    def forward(self, x: Any, train: bool = True) -> Any:
        return self.scale * x

    def backward(self, dout: Any) -> Any:
        return self.scale * dout

    def shift(self, x: Any) -> Any:
        return self.scale + x


class Seen:
    """Tells what a student's code sees: instances have letters, the run's arrays their names."""

    def __init__(self, run: Run) -> None:
        self.log: list[str] = []
        self.run = run
        self.letters: dict[int, str] = {}
        self.held: list[tuple[str, Any, Any]] = []  # what was passed or returned, and a copy of it

    def tell(self, thing: Any) -> str:
        if not isinstance(thing, np.ndarray):
            return str(thing)
        known = [
            name
            for name, value in self.run.inputs.items()
            if isinstance(value, np.ndarray) and np.array_equal(value, thing)
        ]
        return known[0] if known else f"other {len(thing)}"

    def hold(self, name: str, thing: Any) -> None:
        if isinstance(thing, np.ndarray | list):
            self.held.append((name, thing, deepcopy(thing)))

    def note(self, *event: str) -> None:
        new = [name for name, *both in self.held if not np.array_equal(*both)]
        self.held = [one for one in self.held if np.array_equal(*one[1:])]
        self.log += [f"({' and '.join(new)} overwritten)"] * bool(new) + [*event]

    def student(self) -> type:
        """Return the class of a student who writes this down."""
        seen = self

        class Student(Layer):
            def __init__(self, *arguments: Any) -> None:
                letter = seen.letters[id(self)] = "abcdef"[len(seen.letters)]
                kept.append(self)  # so that no other gets its identity
                seen.note(f"{letter} = Layer({', '.join(map(seen.tell, arguments))})")
                for argument in arguments:
                    seen.hold("what it was made of", argument)
                super().__init__(*arguments)

            def __setattr__(self, name: str, value: Any) -> None:
                if name in vars(self):
                    seen.note(f"{seen.letters[id(self)]}.{name} = {seen.tell(value)}")
                super().__setattr__(name, value)

            def forward(self, *arguments: Any) -> Any:
                return self._call("forward", *arguments)

            def backward(self, *arguments: Any) -> Any:
                return self._call("backward", *arguments)

            def _call(self, name: str, *arguments: Any) -> Any:
                told = ", ".join(map(seen.tell, arguments))
                seen.note(f"{seen.letters[id(self)]}.{name}({told})")
                for argument in arguments:
                    seen.hold(seen.tell(argument), argument)
                result = getattr(super(), name)(*arguments)
                seen.hold(f"the result of {name}", result)
                return result

        kept: list[Student] = []
        return Student


def used(Layer: Any, run: Run) -> Mapping[str, Any]:
    layer = Layer(run.scale)
    out = layer.forward(run.x, True)
    return {"out": out, "dx": layer.backward(run.dout)}


USUAL = Run(scale=2.0, x=np.array([1.0, -2.0]), dout=np.array([0.5, 4.0, 3.0]))
OTHER = Run(scale=0.5, x=np.array([3.0, 5.0]), dout=np.array([1.0, 2.0, -1.0]))


def seen_under(way: Perturbation, run: Run = USUAL, scenario: Any = used) -> list[str]:
    """What the student's code sees of an execution under a perturbation."""
    seen = Seen(run)
    case = Exercise(Layer, runs=[run, OTHER]).holds(scenario, under=[way], points=1, says=SAYS)
    student = seen.student()
    case.call_func({"Layer": student})
    seen.note()
    with_way, seen.log = seen.log, []
    seen.letters.clear()
    case = Exercise(Layer, runs=[run, OTHER]).holds(scenario, points=1, says=SAYS)
    case.call_func({"Layer": student})
    assert with_way[: len(seen.log)] == seen.log  # first all runs as they are
    letters = "abcdef"
    told = with_way[len(seen.log) :]
    return [letters[letters.index(event[0]) - 2] + event[1:] if event[0] in letters else event
            for event in told]  # fmt: skip


MADE, FORWARD, BACKWARD = "a = Layer(2.0)", "a.forward(x, True)", "a.backward(dout)"


CALLS: dict[str, tuple[Perturbation, Sequence[str]]] = {
    "called twice, all": (callers.called_twice(), [MADE, FORWARD, FORWARD, BACKWARD, BACKWARD]),
    "called twice, one": (callers.called_twice("forward"), [MADE, FORWARD, FORWARD, BACKWARD]),
    "read late, all": (callers.results_read_late(),
     [MADE, FORWARD, BACKWARD, "a.forward(other 2, True)", "a.backward(other 3)"]),
    "read late, one": (callers.results_read_late("forward"),
     [MADE, FORWARD, BACKWARD, "a.forward(other 2, True)"]),
    "left out": (callers.calls_left_out("forward"), [MADE, BACKWARD]),
    "left out, all": (callers.calls_left_out(), [MADE]),
    "arguments overwritten": (callers.arguments_overwritten(),
     [MADE, FORWARD, "(x overwritten)", BACKWARD, "(dout overwritten)"]),
    "results overwritten, one": (callers.results_overwritten("forward"),
     [MADE, FORWARD, "(the result of forward overwritten)", BACKWARD]),
    "results overwritten, other": (callers.results_overwritten("backward"),
     [MADE, FORWARD, BACKWARD, "(the result of backward overwritten)"]),
    "buffers reused": (callers.buffers_reused(), [MADE, FORWARD, BACKWARD]),
    "called between": (callers.called_between("forward", False),
     [MADE, FORWARD, "a.forward(other 2, False)", BACKWARD, "b = Layer(2.0)",
      "b.forward(other 2, True)"]),
    "followed by": (callers.followed_by("forward", "backward"),
     [MADE, FORWARD, "a.backward(other 2)", BACKWARD]),
    "used before": (callers.used_before(lambda layer: layer.forward(np.ones(4))),
     [MADE, "a.forward(other 4)", FORWARD, BACKWARD]),
    "used before, set to an input and a value": (
     callers.used_before(lambda layer: layer.backward(np.ones(4)), first=(7.0,), scale="scale"),
     ["a = Layer(7.0)", "a.backward(other 4)", "a.scale = 2.0", FORWARD, BACKWARD]),
    "used before, set to a value": (
     callers.used_before(lambda layer: layer.backward(np.ones(4)), first=(7.0,), scale=2.0),
     ["a = Layer(7.0)", "a.backward(other 4)", "a.scale = 2.0", FORWARD, BACKWARD]),
    "set from outside": (callers.set_from_outside("scale"),
     [MADE, "b = Layer(1.0)", "b.forward(other 2, True)", "b.scale = 2.0", "b.forward(x, True)",
      "b.backward(dout)"]),
    "set from outside, called no more": (callers.set_from_outside("scale", without=["backward"],
                                                                  optional=True),
     [MADE, "b = Layer(1.0)", "b.forward(other 2, True)", "b.scale = 2.0", "b.forward(x, True)"]),
    "another instance": (callers.another_instance(5.0),
     ["a = Layer(5.0)", "b = Layer(2.0)", "c = Layer(5.0)", "b.forward(x, True)",
      "a.forward(other 2, True)", "b.backward(dout)", "a.backward(other 3)"]),
    "another instance, of other numbers": (callers.another_instance(),
     ["a = Layer(1.0)", "b = Layer(2.0)", "c = Layer(1.0)", "b.forward(x, True)",
      "a.forward(other 2, True)", "b.backward(dout)", "a.backward(other 3)"]),
    "another instance, alike": (callers.another_instance(5.0, alike=True),
     [MADE, "b = Layer(2.0)", "c = Layer(5.0)", "b.forward(x, True)",
      "a.forward(other 2, True)", "b.backward(dout)", "a.backward(other 3)"]),
    "defaults left out": (callers.defaults_left_out(2.0, True),
     ["a = Layer()", "a.forward(x)", BACKWARD]),
    "defaults left out, other": (callers.defaults_left_out(1.0, False), [MADE, FORWARD, BACKWARD]),
    "defaults left out, but 1 is not True": (callers.defaults_left_out(1, 2.0),
     ["a = Layer()", FORWARD, BACKWARD]),
    "defaults left out after another": (callers.defaults_left_out(2.0, after=(3.0,)),
     ["a = Layer(3.0)", "b = Layer()", "b.forward(x, True)", "b.backward(dout)"]),
    "just above zero, where nothing is 0": (callers.just_above_zero(), [MADE, FORWARD, BACKWARD]),
}  # fmt: skip


@pytest.mark.parametrize("case", CALLS)
def test_the_calls_that_come(case: str) -> None:
    way, events = CALLS[case]
    if way.partial:  # what was left out gives None, which is no result to compare
        assert seen_under(way)[: len(events)] == events
    else:
        assert seen_under(way) == events


def test_only_a_number_that_is_zero_is_put_just_above_it() -> None:
    way = callers.just_above_zero()

    def shifted(Layer: Any, run: Run) -> Mapping[str, Any]:
        return {"out": Layer(run.scale).shift(run.x)}

    for scale, told in ((0.0, "1e-12"), (0, "0"), (False, "False"), (1e-9, "1e-09")):
        run = USUAL.but(scale=scale)
        assert seen_under(way, run, shifted) == [f"a = Layer({told})"]


def test_test_time_is_compared_with_the_last_call_in_training() -> None:
    """A call at test time in the scenario itself is no other call to compare with."""

    def tested(Layer: Any, run: Run) -> Mapping[str, Any]:
        layer = Layer(run.scale)
        layer.forward(run.x, True)
        return {"out": layer.forward(run.x, False)}

    between = callers.called_between("forward", False)
    assert seen_under(between, scenario=tested) == [
        MADE, FORWARD, "a.forward(other 2, False)", "a.forward(x, False)",
        "a.forward(other 2, False)", "b = Layer(2.0)", "b.forward(other 2, True)",
    ]  # fmt: skip


WRITTEN = ["(what it was made of overwritten)", FORWARD, "(x overwritten)"]


@pytest.mark.parametrize(
    ("way", "events"),
    [
        (callers.arguments_overwritten(), ["a = Layer([2.0, 3.0])", FORWARD, "(x overwritten)"]),
        (callers.arguments_overwritten(made=True), ["a = Layer([2.0, 3.0])", *WRITTEN]),
        (callers.made_of_arrays(), ["a = Layer(scales)", *WRITTEN]),
    ],
    ids=["calls alone", "with what it is made of", "made of arrays"],
)  # fmt: skip
def test_what_an_instance_is_made_of(way: Perturbation, events: Sequence[str]) -> None:
    def made(Layer: Any, run: Run) -> Mapping[str, Any]:
        return {"out": Layer(run.scale).forward(run.x, True)}

    scales = USUAL.but(scale=[2.0, 3.0], scales=np.array([2.0, 3.0]))
    assert seen_under(way, scales, made) == events


class Steps:
    """The reference of an optimizer."""

    def update(self, params: Any, grads: Any) -> None:
        for key in params:
            params[key] = params[key] - grads[key]


def stepped(Steps: Any, run: Run) -> Mapping[str, Any]:
    steps = Steps()
    for grads in run.grads:
        steps.update(run.params, grads)
    return {"params": run.params}


def steps_run(size: float) -> Run:
    def arrays(*firsts: float) -> dict[str, Any]:
        return {key: np.array([f, 2 * f]) for key, f in zip("Wab", firsts, strict=True)}

    return Run(params=arrays(1.0, 2.0, size), grads=[arrays(size, 5.0, n) for n in (6.0, 7.0, 8.0)])


class Call(NamedTuple):
    """What a call of ``update`` is handed: the dictionaries' and the arrays' identities, keys."""

    params: int
    grads: int
    arrays: tuple[int, ...]
    order: str


def calls_under(way: Perturbation) -> list[Call]:
    calls: list[Call] = []
    held: list[Any] = []  # so that no identity is used again

    class Student(Steps):
        def update(self, params: Any, grads: Any) -> None:
            held.extend([params, grads, *grads.values()])
            order = "".join(key[0] for key in grads)
            calls.append(Call(id(params), id(grads), (*map(id, grads.values()),), order))
            super().update(params, grads)

    exercise = Exercise(Steps, runs=[steps_run(3.0), steps_run(4.0)])
    case = exercise.holds(stepped, under=[way], points=1, says=SAYS)
    case.call_func({"Steps": Student})
    assert {call.order for call in calls[:6]} == {"Wab"}
    return calls[6:]


@pytest.mark.parametrize(
    ("way", "params", "grads", "arrays"),
    [
        (callers.buffers_reused("params"), 1, 1, 1),
        (callers.called_twice("other"), 1, 3, 3),
        (callers.other_dictionaries("params"), 3, 3, 3),
    ],
    ids=["all", "those of the scenario", "new ones"],
)
def test_which_objects_are_used_again(
    way: Perturbation, params: int, grads: int, arrays: int
) -> None:
    calls = calls_under(way)
    assert len({call.params for call in calls}) == params
    assert len({call.grads for call in calls}) == grads
    assert len({call.arrays for call in calls}) == arrays


def test_keys_come_in_another_order_at_each_call_or_in_one_other_order() -> None:
    each = callers.other_dictionaries("params")
    assert [call.order for call in calls_under(each)] == ["abW", "bWa", "Wab"]
    one = replace(each, play=callers.in_one_other_order("params"))
    assert [call.order for call in calls_under(one)] == ["abW", "abW", "abW"]


def test_what_a_call_did_to_a_dictionary_is_found_in_the_next_one() -> None:
    """The reference keeps its results, since each call goes on from what the last one left."""
    for changed, passes in ((["params"], True), ([], False)):
        way = callers.other_dictionaries(*changed)
        if passes:
            calls_under(way)
        else:
            with pytest.raises(CheckFailure, match="in other objects"):
                calls_under(way)
