"""Test cases that follow from scenarios, as Otter runs them: in one process, on plain objects."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from grader.checks import CheckFailure, CheckWarning, callers
from grader.checks.callers import Perturbation
from grader.checks.carrying import Belief, Follows, Slope
from grader.checks.exercise import Also, Exercise
from grader.checks.looking import listening
from grader.checks.scenario import (
    Keyed,
    Run,
    generator,
    joined,
    or_after,
    parted,
    peek,
    rebind,
    repeat,
    several,
    snapshot,
)
from grader.course.testfile import quiet_import
from grader.report.language import Language

quiet_import("otter.test_files")  # its dependencies warn

SAYS = "The layer must do what is asked."


class Layer:
    """The reference: scales, remembers, and has a gradient."""

    def __init__(self, scale: float = 2.0) -> None:
        self.scale = scale

    def forward(self, x: Any, train: bool = True) -> Any:
        if not train:
            return self.scale * x
        self.x = x.copy()
        return self.scale * x**2

    def backward(self, dout: Any) -> Any:
        return 2 * self.scale * self.x * dout


def used(Layer: Any, run: Run) -> Mapping[str, Any]:
    layer = Layer(run.scale)
    out = layer.forward(run.x, True)
    return {"out": out, "dx": layer.backward(run.dout)}


def forward(Layer: Any, run: Run) -> Mapping[str, Any]:
    return {"out": Layer(run.scale).forward(run.x, True)}


def run(**inputs: Any) -> Run:
    usual = {"scale": 2.0, "x": np.array([1.0, -2.0, 3.0]), "dout": np.array([0.5, 1.0, -1.5])}
    return Run(**usual | inputs)


RUNS = [run(), run(x=np.array([4.0, 1.0, 0.3]), scale=0.7)]
EXERCISE = Exercise(Layer, runs=RUNS)


def outcome(case: Any, own: type, name: str = "Layer") -> str:
    """What a test case says of a student's class, empty where it passes; as Otter calls it."""
    try:
        case.call_func({name: own})
    except CheckFailure as failure:
        return str(failure)
    return ""


def test_it_is_an_ordinary_test_case_with_the_students_names() -> None:
    case = EXERCISE.agrees(used, "dx", name="dx", points=2, says=SAYS)
    assert (case.name, case.points, case.hidden, case.failure_message) == ("dx", 2, True, SAYS)
    assert case._get_func_params() == ["Layer"]
    assert outcome(case, Layer) == ""


def test_only_the_results_that_are_named_are_looked_at() -> None:
    class Wrong(Layer):
        def forward(self, x: Any, train: bool = True) -> Any:
            return super().forward(x, train) + 1

    assert outcome(EXERCISE.agrees(used, "dx", points=1, says=SAYS), Wrong) == ""
    assert "out[0] is 3" in outcome(EXERCISE.agrees(used, "out", points=1, says=SAYS), Wrong)


def test_each_accepted_convention_is_right_and_what_lies_between() -> None:
    case = Exercise(Layer, runs=[run(scale=1.0)], freedoms=[{"scale": 1.0}]).agrees(
        lambda Layer, run: {"out": Layer().forward(run.x)}, name="between", points=1, says=SAYS
    )
    for scale, right in ((1.0, True), (1.6, True), (2.0, True), (2.1, False), (0.9, False)):
        own = type("Own", (Layer,), {"__init__": lambda self, s=scale: setattr(self, "scale", s)})
        assert (outcome(case, own) == "") == right


class Keeps(Layer):
    def forward(self, x: Any, train: bool = True) -> Any:
        self.x = x
        return self.scale * x**2


class HandsOut(Layer):
    def forward(self, x: Any, train: bool = True) -> Any:
        self.out = super().forward(x, train)
        return self.out

    def backward(self, dout: Any) -> Any:
        self.x = np.sign(self.x) * np.sqrt(np.abs(self.out) / self.scale)
        return super().backward(dout)


class OneBuffer(Layer):
    def backward(self, dout: Any) -> Any:
        if not hasattr(self, "buffer"):
            self.buffer = np.empty_like(dout)
        self.buffer[...] = super().backward(dout)
        return self.buffer


class UsesUp(Layer):
    def backward(self, dout: Any) -> Any:
        dx = super().backward(dout)
        self.x = self.x * 0
        return dx


class Adds(Layer):
    total: Any = 0.0

    def backward(self, dout: Any) -> Any:
        self.total = self.total + super().backward(dout)
        return self.total


class Shares(Layer):
    shared: Any

    def forward(self, x: Any, train: bool = True) -> Any:
        Shares.shared = x.copy()
        return self.scale * x**2

    def backward(self, dout: Any) -> Any:
        return 2 * self.scale * self.shared * dout


class SharesSettings(Layer):
    def __init__(self, scale: float = 2.0) -> None:
        SharesSettings.scale = scale


class ForgetsFlag(Layer):
    def forward(self, x: Any, train: bool = True) -> Any:
        out = super().forward(x, train)
        self.x = x.copy()
        return out


class OtherDefault(Layer):
    def __init__(self, scale: float = 3.0) -> None:
        super().__init__(scale)


class Falsy(Layer):
    def __init__(self, scale: float = 2.0) -> None:
        super().__init__(scale or 2.0)


@pytest.mark.parametrize(
    ("way", "wrong", "said"),
    [
        (callers.arguments_overwritten(), Keeps, "overwrites an argument"),
        (callers.buffers_reused(), None, ""),
        (callers.results_overwritten("forward"), HandsOut, "overwrites what it got back"),
        (callers.called_twice("backward"), UsesUp, "made a second time"),
        (callers.called_twice("backward"), Adds, "made a second time"),
        (callers.results_read_late("backward"), OneBuffer, "overwritten by the next call"),
        (
            callers.used_before(lambda layer: layer.backward(layer.forward(np.ones(3)))),
            Adds,
            "was used for before",
        ),
        (callers.another_instance(5.0), Shares, "another instance"),
        (callers.another_instance(5.0), SharesSettings, "another instance"),
        (callers.called_between("forward", False), ForgetsFlag, "at test time"),
        (callers.defaults_left_out(2.0, True), OtherDefault, "left out"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_perturbation_finds_its_mistake_and_no_other(
    way: callers.Perturbation, wrong: type | None, said: str
) -> None:
    case = EXERCISE.holds(used, under=[way], points=1, says=SAYS)
    assert outcome(case, Layer) == ""
    if wrong:
        assert said in outcome(case, wrong)
        alone = EXERCISE.agrees(used, points=1, says=SAYS)
        if wrong not in (OtherDefault,):
            assert outcome(alone, type("Fresh", (wrong,), {})) == ""


def test_a_setting_of_zero_is_not_taken_for_none() -> None:
    def shifted(Layer: Any, run: Run) -> Mapping[str, Any]:
        return {"out": Layer(run.scale).shift(run.x)}

    shift = {"shift": lambda self, x: x + self.scale}
    right, wrong = (type(kind.__name__, (kind,), shift) for kind in (Layer, Falsy))
    exercise = Exercise(right, runs=RUNS)
    zero = [run(scale=0.0)]
    way = callers.just_above_zero()
    case = exercise.holds(shifted, besides=[(zero, way)], points=1, says=SAYS)
    assert outcome(case, right) == ""
    assert "as if 0 meant" in outcome(case, wrong)


@pytest.mark.parametrize("results", [(), ("dx",)])
def test_a_perturbation_whose_own_call_raises_is_left_out(results: tuple[str, ...]) -> None:
    class NoTestTime(Layer):
        def forward(self, x: Any, train: bool = True) -> Any:
            if not train:
                raise NotImplementedError
            return super().forward(x)

    between = callers.called_between("forward", False)
    case = EXERCISE.holds(used, *results, under=[between], points=1, says=SAYS)
    assert outcome(case, NoTestTime) == ""


def test_who_does_not_tell_test_time_from_training_is_not_charged_for_it_again() -> None:
    class NoTestTime(Layer):
        def forward(self, x: Any, train: bool = True) -> Any:
            return super().forward(x)

    between = callers.called_between("forward", False)
    assert outcome(EXERCISE.holds(used, under=[between], points=1, says=SAYS), NoTestTime) == ""


def test_a_call_that_changes_what_another_one_made_is_found() -> None:
    class Wrong(Layer):
        def backward(self, dout: Any) -> Any:
            self.scale += 1
            return super().backward(dout)

    def tested(Layer: Any, run: Run) -> Mapping[str, Any]:
        layer = Layer(run.scale)
        layer.forward(run.x, True)
        return {"out": layer.forward(run.x, False)}

    followed = callers.followed_by("forward", "backward")
    case = EXERCISE.holds(tested, under=[followed], points=1, says=SAYS)
    assert outcome(case, Layer) == ""
    assert "should not affect it" in outcome(case, Wrong)
    assert outcome(case, type("Unwritten", (Layer,), {"backward": None})) == ""


def test_single_precision_may_be_used_inside_where_it_loses_the_digits() -> None:
    class Centred:
        def forward(self, x: Any) -> Any:
            return x - x.mean()

    class Single(Centred):
        def forward(self, x: Any) -> Any:
            return super().forward(x.astype(np.float32))

    class Wrong(Centred):
        def forward(self, x: Any) -> Any:
            return super().forward(x) + 1e-3

    def centred(Centred: Any, run: Run) -> Mapping[str, Any]:
        return {"out": Centred().forward(run.x)}

    Centred.__name__ = "Layer"  # as outcome has it
    far = Exercise(Centred, runs=[Run(x=1e6 + 0.01 * np.arange(4.0))])
    case = far.agrees(centred, points=1, says=SAYS)
    assert [outcome(case, kind) for kind in (Centred, Single)] == ["", ""]
    assert "not right" in outcome(case, Wrong)


def test_whoever_is_right_in_the_first_run_must_be_in_the_others_and_not_raise_there() -> None:
    class Raises(Layer):
        def forward(self, x: Any, train: bool = True) -> Any:
            return np.linalg.inv(np.diag(x)) @ super().forward(x, train) * x

    def case(*runs: Run) -> Any:
        further = EXERCISE.further(forward, *runs)
        return EXERCISE.agrees(used, "dx", points=1, says=SAYS, also=[further])

    zero = run(x=np.zeros(3))
    assert outcome(case(RUNS[0], zero), Layer) == ""
    with pytest.raises(np.linalg.LinAlgError):
        outcome(case(RUNS[0], zero), Raises)
    assert outcome(case(zero, RUNS[0]), Raises) == ""


@pytest.mark.parametrize(
    ("method", "said"),
    [
        (lambda self, x, train=True: np.ones(3), "stays the same when the inputs change"),
        (lambda self, x, train=True: x * np.nan, "finite number"),
        (lambda self, x, train=True: None, "expected numbers"),
        (lambda self, x, train=True: x.fill(0), "x was changed"),
    ],
)
def test_who_gives_no_numbers_or_always_the_same_has_no_property(
    method: Callable[..., Any], said: str
) -> None:
    case = EXERCISE.holds(forward, "out", keeps=["x"], points=1, says=SAYS)
    assert said in outcome(case, type("Wrong", (Layer,), {"forward": method}))


@pytest.mark.parametrize(
    ("inputs", "samples"),
    [
        ({"x": np.ones((5, 3)), "gamma": np.ones(3)}, 5),
        ({"x": np.ones(4)}, 4),
        ({"gamma": np.ones(3), "batches": [np.ones((5, 3)), np.ones((5, 3))]}, 5),
        # These are three features of batches that differ, no three samples.
        ({"gamma": np.ones(3), "batches": [np.ones((5, 3)), np.ones((2, 3))]}, 0),
        ({"x": np.ones((5, 3)), "weights": [np.ones((3, 4)), np.ones((4, 2))]}, 5),
        ({"scale": 2.0}, 0),
    ],
)
def test_of_how_many_samples_a_run_is(inputs: dict[str, Any], samples: int) -> None:
    def scaled(Layer: Any, run: Run) -> Mapping[str, Any]:
        return {"out": Layer(2.0).forward(np.ones(3), False)}

    heard: list[int] = []
    case = Exercise(Layer, runs=[Run(**inputs)]).agrees(scaled, points=1, says=SAYS)
    with listening(lambda look, right, samples: heard.append(samples)):
        assert outcome(case, Layer) == ""
    assert heard == [samples]


def test_what_is_right_is_that_of_the_run_even_where_others_are_gone() -> None:
    exercise = Exercise(Layer, runs=RUNS)
    for scale in range(200):  # where memory is used again, a new run has the identity of an old one
        accepted = exercise.right(used, run(scale=float(scale))).accepted
        np.testing.assert_allclose(accepted[0]["out"], scale * RUNS[0].x ** 2)


def test_inputs_are_kept() -> None:
    class Changes(Layer):
        def forward(self, x: Any, train: bool = True) -> Any:
            out = super().forward(x, train)
            x += 1
            return out

    assert outcome(EXERCISE.holds(forward, points=1, says=SAYS), Changes) == ""
    case = EXERCISE.holds(forward, keeps=["x"], points=1, says=SAYS)
    assert "x was changed" in outcome(case, Changes)


def test_what_follows_from_the_students_own_work_is_right_with_a_warning() -> None:
    class Cubes(Layer):
        def forward(self, x: Any, train: bool = True) -> Any:
            super().forward(x, train)
            return self.scale * x**3

        def backward(self, dout: Any) -> Any:
            return 3 * self.scale * self.x**2 * dout

    class Made(Cubes):
        def backward(self, dout: Any) -> Any:
            return 5 * dout

    believed = Belief(forward, [run(), run(), *RUNS[1:]])
    slope = Slope(forward, of="x", along="dout", believed=believed)
    case = EXERCISE.agrees(used, "dx", carried=[slope], points=1, says=SAYS)
    with pytest.warns(CheckWarning, match="follows correctly from what your own"):
        assert outcome(case, Cubes) == ""
    assert "is not right" in outcome(case, Made)


def test_a_forward_that_is_bent_after_it_has_seen_the_gradient_carries_nothing() -> None:
    class Bent(Layer):
        seen: Any = None

        def forward(self, x: Any, train: bool = True) -> Any:
            return super().forward(x, train) if Bent.seen is None else 5 * x

        def backward(self, dout: Any) -> Any:
            Bent.seen = dout
            return 5 * dout

    believed = Belief(forward, [run(), run(), *RUNS[1:]])
    slope = Slope(forward, of="x", along="dout", result="dx", believed=believed)
    case = EXERCISE.agrees(used, "dx", carried=[slope], points=1, says=SAYS)
    assert "is not right" in outcome(case, Bent)


def test_follows_may_ask_more_of_the_student() -> None:
    class Halves(Layer):
        def forward(self, x: Any, train: bool = True) -> Any:
            return super().forward(x, train) / 2

        def backward(self, dout: Any) -> Any:
            return super().backward(dout) / 2

    def half(run: Run, own: Mapping[Any, Any], answers: Any) -> Mapping[str, Any]:
        return {"dx": 2 * answers[0]["out"] / run.x * run.dout}

    way = Follows(half, forward, lambda run, own: [run])
    case = EXERCISE.agrees(used, "dx", carried=[way], points=1, says=SAYS)
    with pytest.warns(CheckWarning):
        assert outcome(case, Halves) == ""


def test_what_one_way_asks_for_all_runs_is_asked_together() -> None:
    several = []

    class Twice(Layer):
        def forward(self, x: Any, train: bool = True) -> Any:
            return 2 * super().forward(x, train)

    def doubled(run: Run, own: Mapping[Any, Any], answers: Any) -> Mapping[str, Any]:
        several.append(len(answers))
        return {"out": 2 * answers[0]["dx"] / run.dout * run.x / 2}

    way = Follows(doubled, used, lambda run, own: [run, run])
    with pytest.warns(CheckWarning):
        assert outcome(EXERCISE.agrees(forward, carried=[way], points=1, says=SAYS), Twice) == ""
    assert several == [2, 2]


def test_a_run_that_diverges_is_left_out_as_long_as_another_does_not() -> None:
    class OffWhenLarge(Layer):
        def forward(self, x: Any, train: bool = True) -> Any:
            return super().forward(x, train) + (x > 3)

    def large(run: Run, own: Mapping[Any, Any]) -> bool:
        return bool(np.max(own["out"]) > least)

    case = EXERCISE.agrees(forward, diverges=large, points=1, says=SAYS)
    least = 11.5  # so that the second run diverges; the first is right
    assert outcome(case, OffWhenLarge) == ""
    least = 99.0
    assert "is not right" in outcome(case, OffWhenLarge)
    least = 0.0
    wrong = {"forward": lambda self, x, train=True: 5 * x}
    assert "is not right" in outcome(case, type("Wrong", (Layer,), wrong))


@pytest.mark.parametrize("needs", [False, True])
def test_a_scenario_is_tried_again_with_a_call_before_where_it_raises(needs: bool) -> None:
    class Needs(Layer):
        def backward(self, dout: Any) -> Any:
            return 2 * self.scale * (self.x if needs else np.ones(3)) * np.ones(3)

    @or_after(backward="forward")
    def alone(Layer: Any, run: Run) -> Mapping[str, Any]:
        layer = Layer(run.scale)
        layer.extra = 1.0
        return {"dx": layer.backward(run.x), "scale": layer.scale}

    class Right(Layer):
        def backward(self, dout: Any) -> Any:
            return 2 * self.scale * np.ones(3)

    right = type("Layer", (Right,), {})
    exercise = Exercise(right, runs=[run(x=np.ones(3)), run(x=np.ones(3), scale=3.0)])
    assert outcome(exercise.agrees(alone, points=1, says=SAYS), Needs) == ""
    nothing: dict[str, Any] = {}
    raises = {"backward": lambda self, dout: nothing["first error"]}
    with pytest.raises(KeyError, match="first error"):
        outcome(exercise.agrees(alone, points=1, says=SAYS), type("Raises", (Layer,), raises))


def test_what_is_optional_may_be_missing() -> None:
    def size(x: Any) -> float:
        return float(np.max(np.abs(x)))

    def with_size(Layer: Any, size: Any, run: Run) -> Mapping[str, Any]:
        return {"out": Layer(run.scale).forward(run.x), "size": size(run.x)}

    def without(Layer: Any, size: Any, run: Run) -> Mapping[str, Any]:
        return {"out": Layer(run.scale).forward(run.x)}

    exercise = Exercise(Layer, size, runs=RUNS, optional=[size])
    case = exercise.agrees(without, points=1, says=SAYS)
    assert case._get_func_params() == ["Layer", "env"]
    case.call_func({"Layer": Layer})
    case = exercise.agrees(with_size, points=1, says=SAYS)
    case.call_func({"Layer": Layer, "size": size})
    with pytest.raises(TypeError, match="not callable"):
        case.call_func({"Layer": Layer})


class Pair(Layer):
    def both(self, x: Any) -> Any:
        return self.forward(x), self.scale


@pytest.mark.parametrize(
    ("given", "said"),
    [((), ""), ((3.0,), "(out, scale) has 3 entries; expected 2."), (None, "(out, scale) is")],
)
def test_a_result_of_several_names_is_taken_apart(given: Any, said: str) -> None:
    class Other(Pair):
        def both(self, x: Any) -> Any:
            return None if given is None else super().both(x) + given

    def both(Layer: Any, run: Run) -> Mapping[Any, Any]:
        return {("out", "scale"): Layer(run.scale).both(run.x)}

    right = type("Layer", (Pair,), {})
    case = Exercise(right, runs=RUNS).agrees(both, "scale", points=1, says=SAYS)
    assert said in outcome(case, Other)
    assert bool(said) == bool(outcome(case, Other))


def test_numbers_are_as_accurate_as_the_largest_of_them() -> None:
    def numbers(Layer: Any, run: Run) -> Mapping[str, Any]:
        return {"pair": Layer(run.scale).pair(run.x)}

    right = type("Layer", (Layer,), {"pair": lambda self, x: (1e-9 * x[0], x[1])})
    near, off = (
        type("Own", (Layer,), {"pair": lambda self, x, e=e: [1e-9 * x[0] + e, x[1]]})
        for e in (1e-7, 1e-4)
    )
    case = Exercise(right, runs=RUNS).agrees(numbers, points=1, says=SAYS)
    assert outcome(case, near) == ""
    assert "pair[0] is" in outcome(case, off)


def test_inputs_that_the_references_methods_change_as_well_are_passed_over() -> None:
    """An instance that is made of a list, and writes into it, is charged where it is made."""

    class Keeps(Weights):
        def __init__(self, start: Any) -> None:
            self.start = start

        w = property(lambda self: self.start[0], lambda self, new: self.start.__setitem__(0, new))

    class Writes(Weights):
        def __init__(self, start: Any) -> None:
            super().__init__(start)
            self.start = start

        def step(self, x: Any) -> Any:
            out = super().step(x)
            self.start[0] = self.w
            return out

    def stepped(Weights: Any, run: Run) -> Mapping[str, Any]:
        weights = Weights(run.start)
        return {"step": weights.step(run.x), "look": weights.look(run.x)}

    runs = [Run(start=[w], x=np.array([w, 1.0])) for w in (1.5, 2.5)]
    exercise = Exercise(Weights, runs=runs).resting_on("look")
    case = exercise.holds(stepped, keeps=["start"], points=1, says=SAYS)
    assert outcome(case, Weights, "Weights") == ""
    assert outcome(case, Keeps, "Weights") == ""
    assert "was changed" in outcome(case, Writes, "Weights")


class Weights:
    """Numbers in a list, which may be set from outside and go on from call to call."""

    def __init__(self, start: Any) -> None:
        self.w = start[0]

    def step(self, x: Any) -> Any:
        self.w = self.w + float(np.sum(x))
        return np.array([self.w])

    def look(self, x: Any) -> Any:
        return self.w * x


class Aliases(Weights):
    def __init__(self, start: Any) -> None:
        self.given = start

    w = property(lambda self: self.given[0], lambda self, value: self.given.__setitem__(0, value))


class AliasesArrays(Aliases):
    def __init__(self, start: Any) -> None:
        self.given = np.asarray(start)


class Precomputes(Weights):
    def __init__(self, start: Any) -> None:
        super().__init__(start)
        self.hidden = self.w

    def look(self, x: Any) -> Any:
        return self.hidden * x


class StartsAgain(Weights):
    def __init__(self, start: Any) -> None:
        super().__init__(start)
        self.first = self.w

    def step(self, x: Any) -> Any:
        self.w = self.first
        return super().step(x)


class Wanders(Weights):
    def look(self, x: Any) -> Any:
        out = super().look(x)
        self.w = abs(self.w)
        return out


@pytest.mark.parametrize(
    ("way", "wrong", "said"),
    [
        (callers.arguments_overwritten(made=True), Aliases, "overwrites an argument"),
        (callers.made_of_arrays(), AliasesArrays, "overwrites an argument"),
        (
            callers.set_from_outside("w"),
            Precomputes,
            "set from outside",
        ),
        (callers.made_anew("w"), StartsAgain, "go on from the values that the object holds"),
        (callers.calls_left_out("look"), Wanders, "is changed by the call"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_weights_that_others_set_and_read(
    way: callers.Perturbation, wrong: type, said: str
) -> None:
    def looked(Weights: Any, run: Run) -> Mapping[str, Any]:
        weights = Weights(run.start)
        return {"look": weights.look(run.x), "w": weights.w}

    def stepped(Weights: Any, run: Run) -> Mapping[str, Any]:
        weights = Weights(run.start)
        return {"first": weights.step(run.x), "then": weights.step(run.x)}

    runs = [Run(start=[w], x=np.array([1.0, 2.0])) for w in (-2.0, 3.0)]
    exercise = Exercise(Weights, runs=runs)
    scenario = stepped if wrong is StartsAgain else looked
    case = exercise.holds(scenario, under=[way], points=1, says=SAYS)
    case.call_func({"Weights": Weights})
    with pytest.raises(CheckFailure, match=said):
        case.call_func({"Weights": wrong})


def test_a_list_that_a_class_does_not_take_as_an_array_is_charged_elsewhere() -> None:
    class ListsOnly(Weights):
        def __init__(self, start: Any) -> None:
            assert isinstance(start, list)
            super().__init__(start)

    def looked(Weights: Any, run: Run) -> Mapping[str, Any]:
        return {"look": Weights(run.start).look(run.x)}

    runs = [Run(start=[w], x=np.array([1.0, 2.0])) for w in (-2.0, 3.0)]
    way = callers.made_of_arrays()
    case = Exercise(Weights, runs=runs).holds(looked, under=[way], points=1, says=SAYS)
    case.call_func({"Weights": ListsOnly})


def test_what_is_looked_at_besides_is_left_out_where_it_raises() -> None:
    def judge(results: Any) -> None:
        raise CheckFailure("seen")

    also = [Also(forward, judge)]
    case = EXERCISE.shows(forward, lambda results: None, also=also, points=1, says=SAYS)
    assert outcome(case, Layer) == "seen"
    also = [Also(lambda Layer, run: {"no": Layer(1.0).nothing()}, judge)]
    case = EXERCISE.shows(forward, lambda results: None, also=also, points=1, says=SAYS)
    assert outcome(case, Layer) == ""


def test_an_attribute_that_is_not_there_is_not_looked_at() -> None:
    def peeked(Layer: Any, run: Run) -> Mapping[str, Any]:
        layer = Layer(run.scale)
        return {"out": layer.forward(run.x), "x": peek(layer, "x")}

    class Without(Layer):
        def forward(self, x: Any, train: bool = True) -> Any:
            return self.scale * x**2

    assert outcome(EXERCISE.holds(peeked, points=1, says=SAYS), Without) == ""


def test_an_error_tells_what_was_done_before() -> None:
    class Fails(Layer):
        def backward(self, dout: Any) -> Any:
            raise RuntimeError("no")

    case = EXERCISE.agrees(used, points=1, says=SAYS)
    with pytest.raises(RuntimeError, match="no") as caught:
        case.call_func({"Layer": Fails})
    assert caught.value.__notes__ == [
        "This was done: Layer(2), then forward(x of shape (3,), True), then backward(dout of shape "
        "(3,))."
    ]
    german = Language("de").tell(caught.value.grader_steps)  # type: ignore[attr-defined]
    assert german.startswith("Dies wurde getan: Layer(2), dann forward(x der Form (3,), True), ")


@pytest.mark.parametrize(
    ("way", "told"),
    [
        (callers.called_twice("forward"), "forward(x of shape (3,), True), then forward(x of "),
        (
            callers.another_instance(5.0),
            "a = Layer(5), then b = Layer(2), then c = Layer(5), then b.forward(x of shape (3,), "
            "True), then a.forward(an array of shape (3,), True)",
        ),
        (
            callers.used_before(lambda layer: layer.forward(np.ones(2))),
            "Layer(2), then forward(an array of shape (2,)), then forward(x of shape (3,), True)",
        ),
        (
            callers.set_from_outside("scale"),
            "a = Layer(2), then b = Layer(1), then b.forward(an array of shape (3,), True), then "
            "b.scale = 2, then b.forward(x",
        ),
    ],
)
def test_an_error_tells_the_calls_that_a_perturbation_makes(way: Perturbation, told: str) -> None:
    calls = []

    class FailsLate(Layer):
        def forward(self, x: Any, train: bool = True) -> Any:
            calls.append(x)
            if len(calls) > 3 and len(calls) == limit:
                raise RuntimeError("no")
            return super().forward(x, train)

    case = EXERCISE.holds(forward, under=[way], points=1, says=SAYS)
    limit = 0
    case.call_func({"Layer": FailsLate})
    limit = len(calls)  # the last call of the perturbed execution
    calls.clear()
    with pytest.raises(RuntimeError, match="no") as caught:
        case.call_func({"Layer": FailsLate})
    assert told in caught.value.__notes__[0]


class Rests:
    """The reference of a class whose ``double`` uses a method and a function of the notebook's."""

    def half(self, x: Any) -> Any:
        return x / 2

    def double(self, x: Any) -> Any:
        return total(self.half(x)) * 4


def total(x: Any) -> Any:
    return np.sum(x)


def resting() -> Any:
    def doubled(Rests: Any, total: Any, run: Run) -> Mapping[str, Any]:
        return {"double": Rests().double(run.x)}

    runs, unseen = [Run(x=np.array([1.0, 2.0, 5.0]))], Run(x=np.array([3.0, 4.0, 0.5]))
    exercise = Exercise(Rests, total, runs=runs, optional=[total], unseen=unseen)
    return exercise.resting_on("half", "total").agrees(doubled, points=1, says=SAYS)


BROKEN = {
    "raises": "raise TypeError('no')",
    "gives nothing": "return None",
    "gives a method": "return np.sum",
    "gives too much": "return np.ones(7)",
    "is right": "return {right}",
}


@pytest.mark.parametrize("half", BROKEN)
@pytest.mark.parametrize("total", [*BROKEN, "gives a list", "is missing"])
@pytest.mark.parametrize("factor", [4, 5])
def test_what_rests_on_a_broken_part_is_judged_with_a_right_one(
    half: str, total: str, factor: int
) -> None:
    notebook: dict[str, Any] = {"np": np}
    source = f"""
class Rests:
    def half(self, x):
        {BROKEN[half].format(right="x / 2")}
    def double(self, x):
        return total(self.half(x)) * {factor}
"""
    if total != "is missing":
        body = {**BROKEN, "gives a list": "return [{right}]"}[total]
        source += f"def total(x):\n    {body.format(right='np.sum(x)')}"
    exec(source, notebook)
    before = {**notebook}, notebook["Rests"].half
    case = resting()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", CheckWarning)
        if factor == 4:
            case.call_func(notebook)
        else:
            with pytest.raises(CheckFailure):
                case.call_func(notebook)
    told = [str(w.message) for w in caught if "this was judged with" in str(w.message)]
    is_broken = {half, total} != {"is right"}
    assert bool(told) == (factor == 4 and is_broken)
    assert ({**notebook}, notebook["Rests"].half) == before  # all is put back


def test_a_wrong_answer_stays_one_where_a_right_part_looks_for_other_attributes() -> None:
    class Scales:
        def __init__(self, slope: float) -> None:
            self.slope = slope

        def forward(self, x: Any) -> Any:
            return self.slope * x

        def backward(self, dout: Any) -> Any:
            return self.slope * dout

    class OtherNames:  # the right forward would look for its slope in vain
        def __init__(self, slope: float) -> None:
            self.a = slope

        def forward(self, x: Any) -> Any:
            return 2 * self.a * x

        def backward(self, dout: Any) -> Any:
            return 3 * self.a * dout

    def went_back(Scales: Any, run: Run) -> Mapping[str, Any]:
        layer = Scales(run.slope)
        layer.forward(run.x)
        return {"backward": layer.backward(run.dout)}

    def a_run(slope: float) -> Run:
        return Run(slope=slope, x=np.array([1.0, 2.5]), dout=np.array([0.5, -2.0]))

    exercise = Exercise(Scales, runs=[a_run(0.5), a_run(0.3)], unseen=a_run(0.7))
    case = exercise.resting_on("forward").agrees(went_back, points=1, says=SAYS)
    assert "is not right" in outcome(case, OtherNames, "Scales")


RIGHT = np.random.default_rng(1)
PARTS = {
    "right": "def part():\n    return rng.random()",
    "wrong": "def part():\n    return 5 + rng.random()",
    "raises": "def part():\n    raise ValueError('no')",
    "missing": "",
}


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize(("whole", "passes"), [("2 * part()", True), ("3 + part()", False)])
def test_what_rests_on_a_part_that_draws_is_judged_with_a_right_one_where_that_is_wrong(
    part: str, whole: str, passes: bool
) -> None:
    def drawn(whole: Any, part: Any, run: Run) -> Mapping[str, Any]:
        return {"drawn": whole()}

    def part_drawn(whole: Any, part: Any, run: Run) -> Mapping[str, Any]:
        return {"drawn": part()}

    def below(most: float) -> Callable[[Any], None]:
        def judge(seen: Any) -> None:
            if not 0 <= seen[0]["drawn"] < most:
                raise CheckFailure("far out", name="drawn")

        return judge

    rights = {"part": lambda: RIGHT.random(), "whole": lambda: 2 * RIGHT.random()}
    for name, right in rights.items():
        right.__name__ = name
    runs = [Run(about="one")]
    exercise = Exercise(rights["whole"], rights["part"], runs=runs, optional=[rights["part"]])
    exercise = exercise.resting_on_draws(rights["part"], part_drawn, below(1.0), runs)
    case = exercise.shows(drawn, below(2.0), points=1, says=SAYS)
    notebook: dict[str, Any] = {"rng": np.random.default_rng(2)}
    exec(f"{PARTS[part]}\ndef whole():\n    return {whole}", notebook)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", CheckWarning)
        if passes:
            case.call_func(notebook)
        else:
            with pytest.raises(CheckFailure):
                case.call_func(notebook)
    is_told = any("part cannot be used" in str(w.message) for w in caught)
    assert is_told == (passes and part != "right")


def test_keys_are_of_one_execution_only_and_nobody_sees_it() -> None:
    keys = []

    class Optimizer:
        def update(self, params: Any, grads: Any) -> None:
            keys.extend(params)
            for key in params:
                params[key] = params[key] - grads[key]

    def stepped(Optimizer: Any, run: Run) -> Mapping[str, Any]:
        optimizer = Optimizer()
        optimizer.update(run.params, run.grads)
        first = snapshot(run.params)
        rebind(run.params, 1.0)
        return {"params": first, "moved": run.params}

    runs = [Run(params={"W": np.ones(n)}, grads={"W": np.full(n, 0.5)}) for n in (2, 3)]
    exercise = Exercise(Optimizer, runs=runs)
    case = exercise.holds(
        stepped, under=[callers.other_dictionaries("params")], keeps=["grads"], points=1, says=SAYS
    )
    case.call_func({"Optimizer": Optimizer})
    assert len(set(keys[:3])) == 3
    assert all(key.startswith("W_") for key in keys[:3])
    exercise.agrees(stepped, points=1, says=SAYS).call_func({"Optimizer": Optimizer})


class Steps:
    """The reference of an optimizer without settings."""

    def update(self, params: Any, grads: Any) -> None:
        for key in params:
            params[key] = params[key] - grads[key]


def stepped_twice(Steps: Any, run: Run) -> Mapping[str, Any]:
    steps = Steps()
    for grads in run.grads:
        steps.update(run.params, grads)
    return {"params": run.params}


def steps_of(scale: float) -> Run:
    grads = [{"W": np.full(2, scale), "b": np.full(2, 2.0)} for _ in range(2)]
    return Run(params={"W": np.zeros(2), "b": np.zeros(2)}, grads=grads)


class KeepsParams(Steps):
    given: Mapping[str, Any] = {}
    seen: Mapping[str, Any] = {}

    def update(self, params: Any, grads: Any) -> None:
        super().update(params, grads)
        for key in self.given:
            params[key] = params[key] + self.given[key] - self.seen[key]
        self.given, self.seen = dict(params), {key: params[key].copy() for key in params}


class Counts(Steps):
    """Each array's step is another one's: wrong, and it shows in any other order."""

    def update(self, params: Any, grads: Any) -> None:
        for place, key in enumerate(params):
            params[key] = params[key] - (1 + place) * grads[key]


class CountsRightly(Counts):
    """Right in the order of the runs."""

    def update(self, params: Any, grads: Any) -> None:
        for place, key in enumerate(params):
            params[key] = params[key] - (1 + place * (key[0] == "W")) * grads[key]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [(KeepsParams, "in other objects"), (Counts, ""), (CountsRightly, "in another order")],
)
def test_only_what_makes_results_wrong_already_is_excused(wrong: type, said: str) -> None:
    exercise = Exercise(Steps, runs=[steps_of(1.0), steps_of(3.0)])
    case = exercise.holds(
        stepped_twice,
        under=[callers.other_dictionaries("params")],
        excused=[callers.in_one_other_order("params")],
        points=1,
        says=SAYS,
    )
    case.call_func({"Steps": Steps})
    if said:
        with pytest.raises(CheckFailure, match=said):
            case.call_func({"Steps": wrong})
    else:
        case.call_func({"Steps": wrong})


def test_a_look_further_fails_where_only_a_later_run_raises() -> None:
    class Small(Steps):
        def update(self, params: Any, grads: Any) -> None:
            if len(params) > limit:
                raise IndexError("no room")
            super().update(params, grads)

    def many(Steps: Any, run: Run) -> Mapping[str, Any]:
        params = parted(run.params)
        repeat(run.times, Steps(), "update", params, parted(run.grads))
        return {"params": joined(params)}

    def inputs(size: int, times: int) -> Run:
        given = {name: {"p": np.arange(1.0, size + 1)} for name in ("params", "grads")}
        return Run(times=times, **given)

    exercise = Exercise(Steps, runs=[steps_of(1.0)])
    further = exercise.further(many, inputs(1, 2), inputs(30, 3))
    case = exercise.agrees(stepped_twice, points=1, says=SAYS, also=[further])
    limit = 30
    case.call_func({"Steps": Small})
    limit = 12
    with pytest.raises(IndexError, match="no room") as caught:
        case.call_func({"Steps": Small})
    assert caught.value.__notes__[0].endswith("then 3 × update(..., ...).")


def test_a_default_is_not_what_another_instance_was_given() -> None:
    class Remembers(Layer):
        last = 2.0

        def __init__(self, scale: float | None = None) -> None:
            Remembers.last = Remembers.last if scale is None else scale
            super().__init__(Remembers.last)

    runs = [run(), run(x=np.ones(3))]
    for after, passes in (((), True), ((5.0,), False)):
        way = callers.defaults_left_out(2.0, True, after=after)
        case = EXERCISE.holds(used, under=[way], runs=runs, points=1, says=SAYS)
        assert outcome(case, Layer) == ""
        assert (outcome(case, Remembers) == "") == passes


@pytest.mark.parametrize(("kind", "found"), [(Keyed, "W1 b1"), (dict, "W1_1_1 b1_1_1")])
def test_keys_that_are_asked_about_are_kept_and_others_are_new_in_each_execution(
    kind: type[dict[str, Any]], found: str
) -> None:
    keys: list[str] = []

    class Total:
        def __call__(self, weights: dict[str, float]) -> float:
            keys.append(" ".join(weights))
            return sum(weights.values())

    def total(weights: Mapping[str, float]) -> float:
        return sum(weights.values())

    def summed(total: Any, run: Run) -> Mapping[str, Any]:
        return {"total": total(run.weights)}

    exercise = Exercise(total, runs=[Run(weights=kind(W1=1.0, b1=2.0))])
    exercise.agrees(summed, points=1, says=SAYS).call_func({"total": Total()})
    assert keys == [found]


def test_a_function_is_called_many_times_and_draws_from_generators_that_are_made_there() -> None:
    given: list[Any] = []

    def drawn(low: float, rng: Any) -> Any:
        return low + rng.random(2)

    kept = np.zeros(2)

    def into_one_array(low: float, rng: Any) -> Any:
        kept[:] = drawn(low, rng)
        return kept

    def raises_later(low: float, rng: Any) -> Any:
        if rng.bit_generator.state != np.random.default_rng(4).bit_generator.state:
            raise ValueError("no more")
        return drawn(low, rng)

    def asked(drawn: Any, run: Run) -> Mapping[str, Any]:
        rng = generator(4)
        first = snapshot(drawn(run.low, generator(4)))
        calls = several(3, drawn, run.low, rng)
        return {"first": first, "calls": calls, "last": drawn(run.low, rng)}

    exercise = Exercise(drawn, runs=[Run(low=2.5)])
    case = exercise.shows(asked, given.extend, points=1, says=SAYS)
    for own in (drawn, into_one_array):
        case.call_func({"drawn": own})
        rng = np.random.default_rng(4)
        right = [drawn(2.5, rng) for _ in range(4)]
        seen = given.pop()
        np.testing.assert_array_equal([*seen["calls"], seen["last"]], right)
        np.testing.assert_array_equal(seen["first"], right[0])
    with pytest.raises(ValueError, match="no more") as caught:
        case.call_func({"drawn": raises_later})
    assert caught.value.__notes__[0].endswith("then 3 × drawn(2.5, ...).")
