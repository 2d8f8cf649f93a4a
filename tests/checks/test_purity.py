"""What a call leaves behind: arguments, aliases, shared state, order, seeds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from grader import checks
from grader.checks import CheckFailure

# -- arguments -------------------------------------------------------------


def nothing(x: Any) -> None:
    pass


def in_place(x: Any) -> None:
    x -= x.max()


def one_bit(x: Any) -> None:
    x[1, 2] = np.nextafter(x[1, 2], 9)


def sign_of_zero(x: Any) -> None:
    x[0, 0] = -0.0


def resorted(x: Any) -> None:
    x.sort()


def reshaped(x: Any) -> None:
    x.resize((3, 2), refcheck=False)


@pytest.mark.parametrize("order", ["C", "F"])
def test_arguments_that_stay(order: Any) -> None:
    x = np.array([[0.0, np.nan, -0.0], [1, 2, np.inf]], order=order)
    params = {"W": x.copy(), "steps": [1, (2.0, "a", None, np.nan)]}
    with checks.unchanged(x=x, params=params, lr=0.1):
        nothing(x)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (in_place, r"first at \[0, 0\]"),
        (one_bit, r"first at \[1, 2\]"),
        (sign_of_zero, r"first at \[0, 0\]"),
        (resorted, r"first at \[0, 0\]"),
        (reshaped, r"shape is now \(3, 2\)"),
    ],
)
def test_arrays_that_were_changed(change: Callable[[Any], None], text: str) -> None:
    x = np.array([[0.0, 4.0, -1.0], [3, 2, 8]])
    failure = pytest.raises(CheckFailure, match=f"x was changed.*{text}")
    with failure as caught, checks.unchanged(x=x):
        change(x)
    assert (caught.value.kind, caught.value.name) == ("mutated", "x")


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda p: p["W"].fill(3), r"params\['W'\]"),
        (lambda p: p.update(W=np.ones(2, dtype=np.float32)), "dtype is now float32"),
        (lambda p: p.update(W=[1.0, 1.0]), "now of type list"),
        (lambda p: p.update(b=1), "other keys"),
        (lambda p: p.pop("W"), "other keys"),
        (lambda p: p["l"].append(3), r"params\['l'\] was changed: it has 4 entries"),
        (lambda p: p["l"].__setitem__(0, 9), r"params\['l'\]\[0\] was changed"),
        (lambda p: p["l"][2].fill(0), r"params\['l'\]\[2\] was changed.*its only entry"),
    ],
)
def test_nested_arguments_that_were_changed(change: Any, text: str) -> None:
    params: dict[str, Any] = {"W": np.ones(2), "l": [1, 2, np.array(3.0)]}
    with pytest.raises(CheckFailure, match=text), checks.unchanged(params=params):
        change(params)


def test_an_exception_in_the_block_comes_first() -> None:
    x = np.ones(2)
    with pytest.raises(ZeroDivisionError), checks.unchanged(x=x):
        x[0] = 1 / 0


# -- aliases ---------------------------------------------------------------


class Layer:
    """tanh(w·x), with the aliases that a student may leave in."""

    def __init__(self, keep_input: bool = False, keep_output: bool = False) -> None:
        self.keep_input, self.keep_output = keep_input, keep_output

    def forward(self, x: Any) -> Any:
        self.x = x if self.keep_input else x.copy()
        out = np.tanh(x)
        self.out = out if self.keep_output else out.copy()
        return out

    def backward(self, dout: Any) -> Any:
        # Input and output both serve, so that either alias shows.
        return dout * (1 - self.out**2) + 0 * dout, dout * self.x


def layer_scenario(**aliases: bool) -> Callable[[checks.Touch], Any]:
    def scenario(touch: checks.Touch) -> Any:
        layer = Layer(**aliases)
        x, dout = np.linspace(-1, 1, 6).reshape(2, 3), np.ones((2, 3))
        out = layer.forward(x)
        touch(x, "x")
        touch(out, "the output of forward")
        return layer.backward(dout)

    return scenario


def test_copies_are_no_alias() -> None:
    checks.unaliased(layer_scenario(), name="backward")


@pytest.mark.parametrize(
    ("alias", "culprit"), [("keep_input", "x"), ("keep_output", "the output of forward")]
)
def test_an_alias_is_seen_and_its_array_named(alias: str, culprit: str) -> None:
    with pytest.raises(CheckFailure, match=f"caller overwrites {culprit} ") as caught:
        checks.unaliased(layer_scenario(**{alias: True}), name="backward")
    assert caught.value.kind == "aliased"


class Momentum:
    def __init__(self, alias: bool) -> None:
        self.alias = alias
        self.v: dict[str, Any] = {}

    def update(self, params: dict[str, Any], grads: dict[str, Any]) -> None:
        for key in params:
            if key not in self.v:
                self.v[key] = grads[key] if self.alias else grads[key].copy()
            else:
                self.v[key] = 0.9 * self.v[key] + grads[key]
            params[key] = params[key] - 0.1 * self.v[key]


def optimizer_scenario(alias: bool) -> Callable[[checks.Touch], Any]:
    def scenario(touch: checks.Touch) -> Any:
        student = Momentum(alias)
        params = {"W": np.array([1.0, 2.0]), "b": np.array([1.0])}
        for t in range(3):
            grads = {"W": np.array([0.1, t]), "b": np.array([1.0])}
            student.update(params, grads)
            touch(grads, "the gradients")
        return params

    return scenario


def test_gradient_buffers_used_again() -> None:
    checks.unaliased(optimizer_scenario(False), name="params")
    with pytest.raises(CheckFailure, match=r"params\['W'\] changes when .* the gradients"):
        checks.unaliased(optimizer_scenario(True), name="params")


@pytest.mark.parametrize(
    "array", [np.ones(9), np.arange(9), np.zeros((3, 3), dtype=np.float32), np.array(1.0)]
)
def test_overwriting_changes_nearly_every_entry(array: Any) -> None:
    before = array.copy()

    def scenario(touch: checks.Touch) -> Any:
        mine = before.copy()
        touch(mine, "it")
        return (mine != before).mean()

    with pytest.raises(CheckFailure):
        checks.unaliased(scenario, name="share")


def test_what_cannot_be_overwritten_is_left_alone() -> None:
    frozen = np.ones(3)
    frozen.flags.writeable = False

    def scenario(touch: checks.Touch) -> Any:
        for thing in (frozen, 3.0, None, np.array(["a"]), [1.0]):
            touch(thing, "it")
        return frozen

    checks.unaliased(scenario, name="x")


# -- state -----------------------------------------------------------------


class Own:
    def __init__(self, v: Any = None) -> None:
        self.v = [] if v is None else v

    def step(self, g: float) -> float:
        self.v.append(g)
        return float(sum(self.v))


class MutableDefault(Own):
    def __init__(self, v: Any = []) -> None:  # noqa: B006
        self.v = v


class ClassAttribute(Own):
    v: Any = []  # noqa: RUF012

    def __init__(self) -> None:
        pass


@pytest.mark.parametrize("kind", [MutableDefault, ClassAttribute])
def test_state_shared_between_instances(kind: Any) -> None:
    def use(instance: Any) -> Any:
        return instance.step(1.0), instance.step(2.0)

    checks.separate(Own, use, name="step")
    with pytest.raises(CheckFailure, match=r"step\[0\] depends on what another") as caught:
        checks.separate(kind, use, name="step")
    assert caught.value.kind == "shared_state"


def test_repeatable_functions() -> None:
    results = checks.repeatable(
        lambda x: {"y": x * 2}, [(np.ones(2),), (np.zeros(3),)], name="forward"
    )
    np.testing.assert_array_equal(results[1]["y"], np.zeros(3))


def drifting() -> Callable[[Any], Any]:
    calls = 0

    def f(x: Any) -> Any:
        nonlocal calls
        calls += 1
        return x + 0.01 * calls

    return f


def one_behind() -> Callable[[Any], Any]:
    seen: list[Any] = []

    def f(x: Any) -> Any:
        seen.append(x)
        return seen[-2:][0]

    return f


def test_functions_that_depend_on_earlier_calls() -> None:
    for f in (drifting(), one_behind(), lambda x: np.random.default_rng().random(3)):
        with pytest.raises(CheckFailure, match="earlier calls") as caught:
            checks.repeatable(f, [(np.ones(3),), (np.zeros(3),)], name="forward")
        assert caught.value.kind == "order"


def test_arguments_are_copied_for_each_call() -> None:
    def f(x: Any) -> Any:
        x *= 2
        return x

    mine = np.ones(2)
    checks.repeatable(f, [(mine,), (mine,)], name="forward")
    np.testing.assert_array_equal(mine, [1, 1])


def test_draws_without_a_seed() -> None:
    rng = np.random.default_rng(3)
    checks.unseeded(lambda: rng.random(100), name="xavier")
    for draw in (
        lambda: np.random.RandomState(0).rand(100),
        lambda: (np.random.RandomState(0).rand(9), rng.random(0)),
    ):
        with pytest.raises(CheckFailure, match="same random numbers again") as caught:
            checks.unseeded(draw, name="xavier")
        assert caught.value.kind == "seed"


def test_an_alternating_seed_is_seen() -> None:
    state = [0]

    def draw() -> Any:
        state[0] = 1 - state[0]
        return np.random.RandomState(state[0]).rand(50)

    with pytest.raises(CheckFailure):
        checks.unseeded(draw, name="xavier")


@pytest.mark.parametrize(
    ("first", "second", "equal"),
    [
        (1.0, np.float32(1.0), True),
        ([1, 2], np.array([1.0, 2.0]), False),
        ([[1.0, 2.0], [3.0, 4.0]], [[1.0, 2.0], [3.0, 4.0]], True),
        ([[1.0, 2.0], [3.0, 4.0]], [[1.0, 2.0], [3.0, 5.0]], False),
        ([[1.0, 2.0], [3.0, 4.0]], [[1.0, 2.0, 3.0, 4.0]], False),
        ([[1.0], [3.0, 4.0]], [[1.0], [3.0, 4.0]], True),
        ([[1.0], [3.0, 4.0]], [[1.0], [3.0, 5.0]], False),
        ((np.ones(2), 3), [np.ones(2), 3], True),
        ({"a": np.array([np.nan, np.inf])}, {"a": np.array([np.nan, np.inf])}, True),
        ({"a": 1.0}, {"b": 1.0}, False),
        (np.ones(2), np.ones(3), False),
        (np.ones(2), np.array([1, 1 + 0.9e-6]), True),
        (np.ones(2), np.array([1, 1 + 1.1e-6]), False),
        (np.zeros(2), np.array([0, -0.0]), True),
        (np.array([np.inf]), np.array([-np.inf]), False),
    ],
)
def test_the_same_results(first: Any, second: Any, equal: bool) -> None:
    if equal:
        checks.same(first, second, name="out", kind="order", message="changes")
        return
    with pytest.raises(CheckFailure, match=r"out.* changes\.") as caught:
        checks.same(first, second, name="out", kind="order", message="changes")
    assert caught.value.kind == "order"


def test_what_is_no_result() -> None:
    with pytest.raises(CheckFailure, match="None") as caught:
        checks.repeatable(lambda: None, [()], name="forward")
    assert caught.value.kind == "kind"
