"""Equal but for rounding passes, whatever the problem's size and condition; nothing more does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from grader import checks
from grader.checks import CheckFailure, CheckWarning, Tolerance
from grader.checks.exercise import Exercise
from grader.checks.scenario import Run
from grader.checks.tolerance import single
from grader.course.testfile import quiet_import
from tests.cases import examples

quiet_import("otter.test_files")  # its dependencies warn

ENTRIES = hnp.arrays(np.float64, st.integers(2, 12), elements=st.floats(-8, 8, width=32))


def same_verdict(own: Any, right: Any, other: Any, other_right: Any, **options: Any) -> None:
    def verdict(own: Any, right: Any) -> str:
        try:
            checks.value(own, right, name="x", tolerance=Tolerance(scale=0.0), **options)
        except CheckFailure as failure:
            return failure.kind
        return ""

    assert verdict(own, right) == verdict(other, other_right)


@given(ENTRIES, st.floats(1e-7, 1e-3), st.integers(-200, 200), st.randoms(), st.booleans())
def test_neither_units_nor_order_nor_sign_change_a_verdict(
    right: Any, off: float, power: int, random: Any, strict: bool
) -> None:
    own = right + off * np.cos(np.arange(right.size))
    options = {"float32": not strict}
    same_verdict(own, right, own * 2.0**power, right * 2.0**power, **options)
    same_verdict(own, right, -own, -right, **options)
    order = random.sample(range(right.size), right.size)
    same_verdict(own, right, own[order], right[order], **options)
    same_verdict(own, right, own.reshape(1, -1, 1), right.reshape(1, -1, 1), **options)


@given(ENTRIES, st.integers(0, 11), st.floats(1.1, 1e6), st.sampled_from([-1, 1]))
def test_one_entry_that_is_off_fails_among_any_others(
    right: Any, place: int, times: float, side: int
) -> None:
    right[0] = 8.0  # the size of all
    place %= right.size
    allowed = Tolerance(absolute=1e-3)
    for tolerance, most in ((None, 8e-5), (allowed, 1e-3)):
        own = right.copy()
        own[place] += side * most * times
        with pytest.raises(CheckFailure) as caught:
            checks.value(own, right, name="x", tolerance=tolerance)
        assert caught.value.where == (place,)
        own[place] = right[place] + side * most / times
        checks.value(own, right, name="x", tolerance=tolerance)


def variance(x: Any) -> Any:
    return np.mean((x - np.mean(x)) ** 2)


def log_sum(x: Any) -> Any:
    return np.max(x) + np.log(np.sum(np.exp(x - np.max(x))))


def solved(x: Any) -> Any:
    """The weights of a polynomial through points: an ill-conditioned system."""
    return np.linalg.solve(np.vander(x), np.cos(3 * x))


def norm(x: Any) -> Any:
    return np.sqrt(np.sum(x**2))


SPREAD = np.array([0.3, -1.1, 2.0, 0.7, -0.4, 1.6, 0.05, -2.2])
NEAR = 1.0 + np.linspace(0, 1, 12) ** 2
PROBLEMS: dict[str, tuple[Callable[[Any], Any], Any, list[Callable[[Any], Any]]]] = {
    "variance": (variance, SPREAD, [
        np.var, lambda x: np.mean(x**2) - np.mean(x) ** 2,
        lambda x: sum((v - sum(x) / len(x)) ** 2 for v in x) / len(x),
        lambda x: np.var(x.astype(np.float32)),
    ]),
    "variance, far from zero": (variance, SPREAD + 1e4, [
        np.var, lambda x: np.mean((x - x[0]) ** 2) - np.mean(x - x[0]) ** 2,
        lambda x: np.mean(x**2) - np.mean(x) ** 2,  # cancels, and float64 has the digits
    ]),
    "a logarithm": (log_sum, 100 * SPREAD, [
        lambda x: np.logaddexp.reduce(x), lambda x: np.log(np.sum(np.exp(x))),
        lambda x: np.log(np.sum(np.exp(x - x.mean()))) + x.mean(),
    ]),
    "an ill-conditioned system": (solved, NEAR, [
        lambda x: np.linalg.inv(np.vander(x)) @ np.cos(3 * x),
        lambda x: np.polyfit(x, np.cos(3 * x), len(x) - 1),
        lambda x: np.linalg.solve(np.vander(x)[::-1], np.cos(3 * x)[::-1]),
    ]),
    "tiny": (norm, 1e-200 * SPREAD * 1e60, [
        np.linalg.norm, lambda x: 1e-140 * norm(x / 1e-140), lambda x: np.sqrt(x @ x),
    ]),
    "huge": (norm, 1e140 * SPREAD, [np.linalg.norm, lambda x: 1e140 * norm(x / 1e140)]),
}  # fmt: skip


@pytest.mark.parametrize("problem", PROBLEMS)
def test_another_formula_passes_and_a_result_that_is_off_does_not(problem: str) -> None:
    right, x, formulas = PROBLEMS[problem]

    def solved(right: Any, run: Run) -> Mapping[str, Any]:
        return {"result": right(run.x)}

    exercise = Exercise(right, runs=[Run(x=x)])
    case = exercise.agrees(solved, points=1, says="It must be right.")
    for own in [right, *formulas]:
        case.call_func({right.__name__: own})
    for share in (-3e-3, 3e-3):
        with pytest.raises(CheckFailure):
            case.call_func({right.__name__: lambda x, share=share: right(x) * (1 + share)})
    with pytest.raises(CheckFailure):
        case.call_func({right.__name__: lambda x: right(x[:1])})


@examples(20)
@given(ENTRIES, st.integers(-30, 30))
def test_a_tolerance_grows_with_the_problem(x: Any, power: int) -> None:
    def summed(x: Any) -> Any:
        return np.array([np.sum(x), np.sum(x[::2])])

    x[0] = 8.0
    one, other = (checks.tolerance(summed, unit * x) for unit in (1.0, 2.0**power))
    assert other.absolute == pytest.approx(one.absolute * 2.0**power, rel=1e-12)
    assert other.scale == one.scale * 2.0**power
    checks.value(np.array([sum(x), sum(x[::2])]), summed(x), name="x", tolerance=one, float32=False)


def test_the_reference_gets_what_it_was_given_in_kind() -> None:
    seen: list[Any] = []

    def f(pair: Any, several: Any, number: Any, label: Any) -> Any:
        seen.append((type(pair), type(several), type(several[0]), type(number), label))
        return pair[0] * number

    checks.tolerance(f, (1.0, 2.0), [(3.0, [4.0])], 2.5, "relu")
    assert set(seen) == {(tuple, list, tuple, float, "relu")}


@pytest.mark.parametrize("floor", [10.0, 1e9])
def test_the_floor_is_of_each_part(floor: float) -> None:
    allowed = checks.tolerance(lambda x: (x, {"twice": 2 * x}), np.ones(3), floor=floor)
    for part in (allowed, allowed[0], allowed[1]["twice"]):
        assert part.floor == floor
        assert part.accepted(np.ones(2), float32=False) == pytest.approx(floor * 2.0**-52, rel=30)


def test_single_precision_is_of_arrays_not_of_settings() -> None:
    x, lr = np.array([[0.1, 1 / 3], [1e-50, 7.0]]), 0.1
    own = single({"x": x, "lr": lr, "layers": [x, (lr, "relu", 3, None)]})
    np.testing.assert_array_equal(own["x"], x.astype(np.float32))
    np.testing.assert_array_equal(own["layers"][0], own["x"])
    assert own["x"].dtype == np.float64
    assert (own["lr"], own["layers"][1]) == (lr, (lr, "relu", 3, None))
    assert x[0, 0] == 0.1


def test_without_a_tolerance_inputs_are_of_order_one() -> None:
    zeros = np.zeros(2)
    checks.value(zeros + 0.9e-5, zeros, name="x")
    with pytest.raises(CheckFailure):
        checks.value(zeros + 1.1e-5, zeros, name="x")


@pytest.mark.parametrize("float32", [True, False])
def test_single_precision_in_a_dictionary(float32: bool) -> None:
    own, right = {"W": np.array([0.1, 0.7], np.float32)}, {"W": [0.1, 0.7]}
    checks.dictionary(own, right, name="params")
    checks.dictionary({"W": np.array([0.1, 0.7])}, right, name="params", float32=float32)
    if not float32:
        with pytest.raises(CheckFailure, match=r"params\['W'\]\[0\] is 0.1, which is not right"):
            checks.dictionary(own, right, name="params", float32=False)


@pytest.mark.parametrize(("own", "told"), [
    (np.ones(2), "loss has shape (2,); expected a single number."),
    (np.ones((1, 1)), "loss has shape (1, 1); expected a single number."),
    (np.empty(0), "loss has shape (0,); expected a single number."),
    (-(10**400), "loss is -inf; it should be a finite number."),
    (10**400, "loss is inf; it should be a finite number."),
    ("0.5", "loss has type str; expected a number."),
    (None, "loss is None (is a return missing?); expected a number."),
], ids=lambda value: f"{type(value).__name__}" if not isinstance(value, str) else None)  # fmt: skip
def test_what_is_said_of_what_is_no_number(own: Any, told: str) -> None:
    with pytest.raises(CheckFailure) as caught:
        checks.number(own, name="loss")
    assert str(caught.value) == told


def test_a_copy_that_is_needed_of_two_arrays_is_asked_of_both() -> None:
    """Each array alone is kept safe by the other; only together are they overwritten."""

    def scenario(touch: checks.Touch) -> Any:
        x, out = np.array([1.0, -2.0]), np.array([1.0, -2.0])
        touch(x, "x")
        touch(out, "the output")
        changed = [a for a in (x, out) if not np.array_equal(a, [1.0, -2.0])]
        return x if len(changed) == 2 else np.zeros(2)

    with pytest.raises(CheckFailure, match="overwrites x, the output first: keep a copy"):
        checks.unaliased(scenario, name="backward")


@given(st.recursive(
    st.floats(allow_nan=True) | st.integers(-5, 5) | ENTRIES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("Wb"), inner),
    max_leaves=6,
))  # fmt: skip
def test_any_result_is_the_same_as_itself_and_was_not_changed(result: Any) -> None:
    checks.same(result, result, name="out", kind="order", message="changes")
    with checks.unchanged(result=result):
        pass
    assert checks.repeatable(lambda: result, [()], name="out")


@pytest.mark.parametrize("shape", [(1,), (1, 1), (), (1, 2)], ids=str)
def test_lists_of_one_or_no_numbers(shape: tuple[int, ...]) -> None:
    own = np.full(shape, 2.0).tolist()
    accepted = shape != ()
    if accepted:
        with pytest.warns(CheckWarning):
            checks.value(own, np.full(shape, 2.0), name="x")
    with pytest.raises(CheckFailure):
        checks.array(own, name="x", lists=False)
