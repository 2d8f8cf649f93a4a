"""The regression net: what text 002 prints, and what odd ways to write it earn."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader.judge.grade import Grader
from grader.sandbox.outside.host import Zygote
from reference.regression_net import (
    calc_der,
    calc_tloss,
    fitAdam,
    fitGD,
    relu,
    relu_der,
    sigmoid,
    sigmoid_der,
    updateAdam,
)
from tests import courses
from tests.cases import spread
from tests.courses import course, of_cells

ROOT = Path(__file__).resolve().parents[1]
Lost = Callable[[str], set[str]]
#: Samples, targets, and the first weights.
Start = tuple[Any, Any, Any, Any, Any, float]
LOSSES = [
    155.20176990047585, 636.6940976770327, 1982.0790483266553, 2056.051066857846,
    75.1510373285995, 41.306942787588895, 40.230205073524374, 40.1956281449949,
    40.19379266944327, 40.19298621925973, 40.19221490236367, 40.19144755457859,
    40.19068317848521, 40.18992172293257, 40.189163166751285, 40.188407489902666,
    40.18765467254862, 40.186904695016516, 40.186157537795744, 40.18541318153565,
]  # fmt: skip
GRADIENTS: list[Any] = [
    [5.21872673e-02, -8.03960749e00, 1.83009108e00, 1.91103332e00,
     3.24927634e00, -7.23670010e00, -1.12232153e00, 7.58282404e-03],
    [36.82875279, 29.24447765, 49.19261588, 9.67161219,
     23.84412956, 23.11524231, 35.19158249, 35.04412075],
    [2.14818071e-01, -3.23527933e01, 9.04076394e00, 8.00770445e00,
     1.34159140e01, -2.80674027e01, -4.66782630e00, 2.97730658e-02],
    58.69466810466825,
]  # fmt: skip


@pytest.fixture(scope="module")
def start() -> Start:
    """Samples, standardised targets and first weights, as text 002 draws them."""
    old = np.random.RandomState(1234)
    x = np.linspace(0, 0.5, 40)
    y = np.sin(2 * np.pi * x) + old.normal(scale=5e-2, size=40)
    old.seed(1234)
    W, V, bs = (old.normal(0.0, 1.0, 8) for _ in range(3))
    return x, (y - np.mean(y)) / np.std(y), W, V, bs, float(old.normal())


def loss_of(start: Start, weights: tuple[Any, ...]) -> float:
    W, V, bs, b0 = weights
    return calc_tloss(start[0], start[1], W, V, bs, b0, sigmoid)


def test_the_loss_at_the_start(start: Start) -> None:
    assert calc_tloss(*start, sigmoid) == pytest.approx(61.293585468683915, rel=1e-13)


def test_the_gradients_at_the_start(start: Start) -> None:
    grads: tuple[Any, ...] = calc_der(*start, sigmoid, sigmoid_der)
    for own, printed in zip(grads, GRADIENTS, strict=True):
        np.testing.assert_allclose(own, printed, rtol=1e-8)


@pytest.mark.parametrize("epoch", range(1, 21))
def test_the_losses_of_gradient_descent(start: Start, epoch: int) -> None:
    weights = fitGD(*start, sigmoid, sigmoid_der, epoch, 0.01, 0)[:4]
    assert loss_of(start, weights) == pytest.approx(LOSSES[epoch - 1], rel=1e-11)


def test_two_thousand_epochs(start: Start) -> None:
    weights = fitGD(*start, sigmoid, sigmoid_der, 2000, 0.01, 0)[:4]
    assert loss_of(start, weights) == pytest.approx(31.42682918233832, rel=1e-10)
    weights = fitAdam(*start, sigmoid, sigmoid_der, 2000, 0.05, 0)[:4]
    # What one input moved by one unit in the last place makes of it is up to 3e-6 away.
    assert loss_of(start, weights) == pytest.approx(0.89838996, abs=1e-4)


@pytest.mark.parametrize("z", [0.7, -700.0, 700.0, np.array([[-3.0, 0.25], [700.0, -700.0]])])
def test_functions_of_z(z: Any) -> None:
    with np.errstate(all="raise", under="ignore"):
        assert np.shape(sigmoid(z)) == np.shape(sigmoid_der(z)) == np.shape(z)
        np.testing.assert_allclose(sigmoid(z) + sigmoid(-z), 1.0)
        np.testing.assert_allclose(sigmoid_der(z), sigmoid(z) * (1 - sigmoid(z)), atol=1e-16)
    np.testing.assert_array_equal(relu(z), z * relu_der(z))


def test_adam_is_made_of_its_steps(start: Start) -> None:
    grads: tuple[Any, ...] = calc_der(*start, sigmoid, sigmoid_der)
    moved: tuple[Any, ...] = fitAdam(*start, sigmoid, sigmoid_der, 1, 0.05, 0)
    for weight, gradient, own in zip(start[2:], grads, moved, strict=True):
        first = 0.1 * np.asarray(gradient), 0.001 * np.square(gradient)
        step = updateAdam(weight, *first, 0, 0.9, 0.999, 1e-6)
        np.testing.assert_allclose(own, weight - 0.05 * step, rtol=1e-12)


@pytest.fixture
def lost(zygote: Zygote) -> Lost:
    """The test cases that the solution loses with this code after it."""
    asked, core = course("regression_net")
    grader = Grader(asked, zygote=zygote)
    return lambda code: courses.lost(grader.grade(of_cells(*core, code)))


_ADAM = """
def fitAdam(x, y, W, V, b, b0, acf, acfder, nepoch, eta, verbose):
    p, m, v = [W, V, b, {b0}], [0, 0, 0, 0], [0, 0, 0, 0]
    for t in range(1, nepoch + 1):
        g = calc_der(x, y, *p[:3], float(np.ravel(p[3])[0]), acf, acfder)
        for k in range(4):
            m[k] = 0.9 * m[k] + 0.1 * g[k]
            v[k] = 0.999 * v[k] + 0.001 * g[k] ** 2
            mh, vh = m[k] / (1 - 0.9**t), v[k] / (1 - 0.999**t)
            p[k] = p[k] - eta * {step}
    return p
"""
RIGHT = {
    "epsilon of 1e-8": _ADAM.format(b0="b0", step="mh / (np.sqrt(vh) + 1e-8)"),
    "epsilon inside the root": _ADAM.format(b0="b0", step="mh / np.sqrt(vh + 1e-6)"),
    "a small epsilon inside": _ADAM.format(b0="b0", step="mh / np.sqrt(vh + 1e-8)"),
    "Adam's other form": _ADAM.format(
        b0="b0", step="mh / (np.sqrt(vh) + 1e-6 / np.sqrt(1 - 0.999**t))"
    ),
    "b0 in an array of one": _ADAM.format(b0="np.array([b0])", step="mh / np.sqrt(vh + 1e-6)"),
    "True and False": """
def relu_der(z):
    return [bool(number > 0) for number in z] if np.ndim(z) == 1 else z > 0
""",
    "1 at zero": "def relu_der(z):\n    return np.where(z >= 0, 1, 0)",
    "not a number at zero": "def relu_der(z):\n    return (np.abs(z) / z + 1) / 2",
    "a tuple with names": """
from collections import namedtuple
Fit = namedtuple("Fit", "a b c d e f g h")
_fit = fitGD
def fitGD(*given):
    return Fit(*_fit(*given))
""",
    "a calc_der called by its own names": """
def calc_der(xs, ys, w, v, b, c, act, dact):
    z = np.outer(xs, w) + b
    r = 2 * (act(z) @ v + c - ys)
    back = np.outer(r, v) * dact(z)
    return xs @ back, r @ act(z), back.sum(0), r.sum()
def fitGD(x, y, w, v, b, c, act, dact, n, lr, talk):
    for _ in range(n):
        g = calc_der(xs=x, ys=y, w=w, v=v, b=b, c=c, act=act, dact=dact)
        w, v, b, c = (p - lr * d for p, d in zip((w, v, b, c), g))
    return w, v, b, c, *g
""",
}
_ALL = {"calc_der/dW", "calc_der/dV", "calc_der/dbs", "calc_der/db0"}
WRONG = {
    "mean in loss and gradients costs the loss": (
        "_t, _d = calc_tloss, calc_der\ndef calc_tloss(x, *a):\n    return _t(x, *a) / len(x)\n"
        "def calc_der(x, *a):\n    return tuple(g / len(x) for g in _d(x, *a))",
        {"calc_tloss/values"},
    ),
    "a loss made up for the gradients carries nothing": (
        "def calc_tloss(x, y, W, V, b, b0, acf):\n    return W.sum() + V.sum() + b.sum() + b0\n"
        "def calc_der(x, y, W, V, b, b0, acf, acfder):\n"
        "    return np.ones(len(W)), np.ones(len(W)), np.ones(len(W)), 1.0",
        {"calc_tloss/values", "calc_der/pure", *_ALL},
    ),
    "gradients clipped where a training leads": (
        "_d = calc_der\ndef calc_der(*a):\n    return tuple(np.clip(g, -100, 100) for g in _d(*a))",
        _ALL,
    ),
    "gradients kept by their shapes": (
        "_kept = {}\n_d = calc_der\ndef calc_der(x, y, W, *a):\n"
        "    return _kept.setdefault((x.shape, W.shape), _d(x, y, W, *a))",
        {*_ALL, "calc_der/pure"},
    ),
    "the derivative chosen by the activation": (
        "_d = calc_der\ndef calc_der(x, y, W, V, b, b0, acf, acfder):\n"
        "    return _d(x, y, W, V, b, b0, acf, sigmoid_der if acf is sigmoid else relu_der)",
        {"calc_der/dW", "calc_der/dbs"},
    ),
    "printing raises": (
        "_fit = fitGD\ndef fitGD(*a):\n    if a[-1]:\n        print(lost)\n    return _fit(*a)",
        {"fitGD/weights"},
    ),
    "another rate after fifty epochs": (
        "_fit = fitGD\ndef fitGD(*a):\n"
        "    return _fit(*a[:8], a[8], a[9] * (0.5 if a[8] > 50 else 1.0), a[10])",
        {"fitGD/weights"},
    ),
    "no epsilon": (_ADAM.format(b0="b0", step="mh / np.sqrt(vh)"), {"fitAdam/weights"}),
    "an epsilon of 1e-3": (
        _ADAM.format(b0="b0", step="mh / (np.sqrt(vh) + 1e-3)"), {"fitAdam/weights"},
    ),
    "powers counted by the inner loop": (
        _ADAM.format(b0="b0", step="mh / (np.sqrt(vh) + 1e-6)").replace("**t", "**(k + 1)"),
        {"fitAdam/weights"},
    ),
    "the caller's moments corrected": (
        "_u = updateAdam\ndef updateAdam(A, mt, vt, *rest):\n    step = _u(A, mt, vt, *rest)\n"
        "    vt *= 0.5\n    return step",
        {"updateAdam/pure"},
    ),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("way", spread(RIGHT, 2))
def test_what_is_right_in_another_way_keeps_all_points(lost: Lost, way: str) -> None:
    assert lost(RIGHT[way]) == set()


@pytest.mark.slow
@pytest.mark.parametrize("mistake", spread(WRONG, 2))
def test_one_mistake_costs_what_it_is_and_no_more(lost: Lost, mistake: str) -> None:
    code, expected = WRONG[mistake]
    assert lost(code) == expected
