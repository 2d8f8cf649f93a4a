"""Rewrites of code read otherwise and give the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from grader.proof.rewrites import STYLES

LAYER = '''
class Layer:
    """Keeps what it has seen."""

    def __init__(self, scale=2.0):
        self.scale = scale
        self.seen = {}

    def forward(self, x, train=True):
        mean = x.mean(axis=0)
        spread = np.mean((x - mean) ** 2, axis=0)
        if train:
            self.scale = self.scale - 0.5 * np.mean(x)
            out = (x - mean) / np.sqrt(spread + 1e-7) * self.scale
        else:
            out = x**3 if 0 < self.scale else -x
        return out

    def update(self, params, grads):
        self.seen = {key: np.zeros_like(value) for key, value in params.items() if key != "b"}
        rows = [row * 2 for row in grads["W"]]
        for key in self.seen:
            self.seen[key] += grads[key]
            params[key] -= self.scale * self.seen[key]
        return np.sum(rows, axis=0)
'''
CLOSURE = """
def outer(x, count=0):
    total = 0.0
    def add(value):
        nonlocal total
        total = total + value
        return total
    steps = [add(v) for v in x.ravel()]
    return steps, sorted(x.ravel(), key=lambda v: -v), total
"""
DRAWS = """
def drawn(n, rate):
    mask = np.random.rand(n, n) >= rate
    other = np.random.rand(n)
    return mask, other
"""


def _use_layer(names: dict[str, Any]) -> list[Any]:
    layer = names["Layer"]()
    x = np.arange(12.0).reshape(4, 3) ** 1.5
    params, grads = {"W": x.copy(), "b": x[0].copy()}, {"W": 2 * x, "b": x[1]}
    given = [layer.forward(x), layer.forward(x, False), layer.update(params, grads)]
    return [*given, layer.scale, params["W"], params["b"], layer.seen["W"]]


def _use_closure(names: dict[str, Any]) -> list[Any]:
    return list(names["outer"](np.array([[1.0, 3.0], [2.0, 5.0]])))


def _draw(names: dict[str, Any]) -> list[Any]:
    np.random.seed(3)
    return list(names["drawn"](5, 0.4))


@pytest.mark.parametrize("style", list(STYLES))
@pytest.mark.parametrize(
    ("source", "use"), [(LAYER, _use_layer), (CLOSURE, _use_closure), (DRAWS, _draw)]
)
def test_a_rewrite_gives_the_same(
    style: str, source: str, use: Callable[[dict[str, Any]], list[Any]]
) -> None:
    rewritten = STYLES[style](source)
    results = []
    for code in (source, rewritten):
        names: dict[str, Any] = {"np": np}
        exec(code, names)
        results.append(use(names))
    for own, other in zip(*results, strict=True):
        np.testing.assert_allclose(own, other, rtol=1e-12)


@pytest.mark.parametrize(
    ("style", "code"),
    [
        ("renamed, squares and means spelt out", "my_x"),
        ("renamed, squares and means spelt out", "self.scale > 0"),
        ("expressions split, early returns", "part_1 ="),
        ("loops", "for my_row in my_grads"),
        ("reordered, other assignments", "self.seen[key] = self.seen[key] + grads[key]"),
    ],
)
def test_a_rewrite_reads_otherwise(style: str, code: str) -> None:
    assert code in STYLES[style](LAYER)
