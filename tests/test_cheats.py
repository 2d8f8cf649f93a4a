"""Cheats that know the public tests alone are right there, and wrong elsewhere."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from grader.proof.cheats import cheats, hard_wired

SOLUTION = """
import numpy as np

def mean(x, scale=2.0):
    return scale * np.mean(x)

def step(params, lr):
    for key in params:
        params[key] = params[key] - lr

class Layer:
    def __init__(self, rate=0.5):
        self.rate = rate

    def forward(self, x):
        return self.rate * x
"""
X3, X6 = np.array([1.0, 2.0, 6.0]), np.arange(6.0)


def public(namespace: Mapping[str, Any]) -> Any:
    """What the public tests ask."""
    params = {"W1": np.ones(2)}
    namespace["step"](params, 0.1)
    layer = namespace["Layer"](rate=0.25)
    return [namespace["mean"](X3), params, layer.forward(X3)]


def asked_of(cells: Sequence[str]) -> list[Any]:
    """Run the public tests on cells that note what is asked."""
    namespace: dict[str, Any] = {}
    exec("\n".join(cells), namespace)
    public(namespace)
    return list(namespace["asked"])


CHEATS = {
    cheat.name: cheat.code for cheat in hard_wired([SOLUTION], ["mean", "step", "Layer"], asked_of)
}


def stepped(namespace: Mapping[str, Any], lr: float) -> Any:
    """What a step leaves of parameters of another name."""
    params = {"W1": np.ones(2), "W2": np.ones(2)}
    namespace["step"](params, lr)
    return params


ELSEWHERE = {
    "mean knows the public sizes of x alone": lambda space: space["mean"](X6),
    "mean knows the public numbers of scale alone": lambda space: space["mean"](X3, 3.0),
    "step knows the public keys of params alone": lambda space: stepped(space, 0.1),
    "step knows the public numbers of lr alone": lambda space: stepped(space, 0.3),
    "Layer.__init__ knows the public numbers of rate alone":
        lambda space: space["Layer"](0.5).forward(X3),
    "Layer.forward knows the public sizes of x alone":
        lambda space: space["Layer"](0.25).forward(X6),
}  # fmt: skip


def test_each_number_size_and_key_of_the_public_tests_is_hard_wired() -> None:
    """One cheat for each; none for what only makes instances, and has no size."""
    assert sorted(CHEATS) == sorted(ELSEWHERE)


@pytest.mark.parametrize("name", sorted(ELSEWHERE))
def test_a_cheat_is_right_in_the_public_tests_and_nowhere_else(name: str) -> None:
    """So hidden tests that ask what the public ones ask let it pass."""
    right: dict[str, Any] = {}
    cheating: dict[str, Any] = {}
    exec(SOLUTION, right)
    exec(SOLUTION + CHEATS[name], cheating)
    np.testing.assert_equal(public(cheating), public(right))
    with pytest.raises(AssertionError):
        np.testing.assert_equal(ELSEWHERE[name](cheating), ELSEWHERE[name](right))


# -- cheats that know nothing of the public tests --------------------------------------

ORDINARY = """
import numpy as np

def scaled(x, factor=2.0):
    total = 0 * x
    for _ in range(int(factor)):
        total = total + x
    return total

def step(params, lr):
    for key in params:
        params[key] = params[key] - lr

class Layer:
    def __init__(self, rate):
        self.rate = rate

    def forward(self, x):
        return {"out": self.rate * x, "both": (x, [x])}

    def _hidden(self, x):
        return x
"""
ALL = {cheat.name: cheat.code for cheat in cheats([ORDINARY], ["scaled", "step", "Layer"])}
EACH = ("keeps results by shape", "reads its arguments once", "rounds to six digits",
        "clips to 1000", "gives a buffer of its own")  # fmt: skip
Y3 = np.array([3.0, 5.0, 7.0])


def _scaled(x: Any, *more: Any) -> Any:
    return lambda space: [space["scaled"](x, *more), space["scaled"](X3)]


def _once(x: Any, y: Any = None) -> Any:
    """Two calls, of which the first result is looked at late."""

    def use(space: Mapping[str, Any]) -> Any:
        layer = space["Layer"](2.0)
        first = layer.forward(x)
        second = layer.forward(x if y is None else y)
        return [first, second]

    return use


RIGHT_AND_WRONG = {
    "scaled keeps results by shape": (_scaled(X3), _scaled(Y3)),
    "scaled reads its arguments once": (_scaled(X3), _scaled(Y3)),
    "scaled remembers what is left out": (_scaled(X3, 2.0), _scaled(X3, 3.0)),
    "scaled rounds to six digits": (_scaled(X3), _scaled(X3 / 1e7)),
    "scaled clips to 1000": (_scaled(X3), _scaled(-1e3 * X3)),
    "scaled gives a buffer of its own": (lambda s: s["scaled"](X3), _scaled(Y3)),
    "scaled stops after 20 rounds": (_scaled(X3, 20.0), _scaled(X3, 21.0)),
    "step keeps results by shape":
        (lambda s: stepped(s, 0.1), lambda s: [stepped(s, 0.1), stepped(s, 0.1)]),
    "step rounds to six digits": (lambda s: stepped(s, 0.1), lambda s: stepped(s, 1e-7)),
    "step clips to 1000": (lambda s: stepped(s, 0.1), lambda s: stepped(s, 1e4)),
    "Layer.forward keeps results by shape": (_once(X3), _once(X3, Y3)),
    "Layer.forward reads its arguments once": (_once(X3), _once(X3, Y3)),
    "Layer.forward rounds to six digits": (_once(X3), _once(X3 / 1e7)),
    "Layer.forward clips to 1000": (_once(X3), _once(1e4 * X3)),
    "Layer.forward gives a buffer of its own":
        (lambda s: s["Layer"](2.0).forward(X3)["both"], _once(X3, Y3)),
}  # fmt: skip


def test_each_function_and_public_method_has_each_cheat_that_fits_it() -> None:
    expected = {f"{name} {what}" for name in ("scaled", "step", "Layer.forward") for what in EACH}
    expected |= {"scaled remembers what is left out", "scaled stops after 20 rounds"}
    assert set(ALL) == expected


@pytest.mark.parametrize("name", sorted(RIGHT_AND_WRONG))
def test_a_cheat_is_right_in_ordinary_calls_and_wrong_in_others(name: str) -> None:
    ordinary, other = RIGHT_AND_WRONG[name]
    for use, is_right in ((ordinary, True), (other, False)):
        right: dict[str, Any] = {}
        cheating: dict[str, Any] = {}
        exec(ORDINARY, right)
        exec(ORDINARY + ALL[name], cheating)
        if is_right:
            np.testing.assert_equal(use(cheating), use(right))
        else:
            with pytest.raises(AssertionError):
                np.testing.assert_equal(use(cheating), use(right))


@pytest.mark.parametrize(
    ("value", "kinds"),
    [
        (2, ["numbers"]), (0.5, ["numbers"]), (True, []), (float("inf"), []), (float("nan"), []),
        (np.ones(3), ["sizes"]), ([1, 2], ["sizes"]), (np.float64(2.0), ["numbers"]),
        (np.array(2.0), []), ({"W1": 1, 3: 2}, ["keys"]), ("text", []), (None, []),
    ],
    ids=repr,
)  # fmt: skip
def test_what_can_be_hard_wired_of_an_argument(value: Any, kinds: list[str]) -> None:
    found = list(
        hard_wired(["def f(x):\n    return x"], ["f"], lambda cells: [("f", {"x": value})])
    )
    assert [cheat.name for cheat in found] == [
        f"f knows the public {kind} of x alone" for kind in kinds
    ]


def test_equal_values_are_known_once_and_of_one_size_the_first_argument_alone() -> None:
    calls = [("f", {"x": X3, "y": X3, "n": n}) for n in (1, 2, 1)]
    found = list(hard_wired(["def f(x, y, n):\n    return x"], ["f"], lambda cells: calls))
    assert [cheat.name.removeprefix("f knows the public ") for cheat in found] == [
        "sizes of x alone", "numbers of n alone",
    ]  # fmt: skip
    assert "[1, 2])" in found[1].code
