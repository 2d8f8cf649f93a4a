"""Cheats that know the public tests alone are right there, and wrong elsewhere."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from grader.proof.cheats import hard_wired

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
