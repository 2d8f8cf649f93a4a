"""The reference of the regression net gives what text 002 prints."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

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
def start() -> tuple[Any, ...]:
    """Samples, standardised targets and first weights, as text 002 draws them."""
    old = np.random.RandomState(1234)
    x = np.linspace(0, 0.5, 40)
    y = np.sin(2 * np.pi * x) + old.normal(scale=5e-2, size=40)
    old.seed(1234)
    W, V, bs = (old.normal(0.0, 1.0, 8) for _ in range(3))
    return x, (y - np.mean(y)) / np.std(y), W, V, bs, float(old.normal())


def test_the_loss_at_the_start(start: tuple[Any, ...]) -> None:
    assert calc_tloss(*start, sigmoid) == pytest.approx(61.293585468683915, rel=1e-13)


def test_the_gradients_at_the_start(start: tuple[Any, ...]) -> None:
    for own, printed in zip(calc_der(*start, sigmoid, sigmoid_der), GRADIENTS, strict=True):
        np.testing.assert_allclose(own, printed, rtol=1e-8)


@pytest.mark.parametrize("epoch", range(1, 21))
def test_the_losses_of_gradient_descent(start: tuple[Any, ...], epoch: int) -> None:
    weights = fitGD(*start, sigmoid, sigmoid_der, epoch, 0.01, 0)[:4]
    assert calc_tloss(*start[:2], *weights, sigmoid) == pytest.approx(LOSSES[epoch - 1], rel=1e-11)


def test_two_thousand_epochs(start: tuple[Any, ...]) -> None:
    weights = fitGD(*start, sigmoid, sigmoid_der, 2000, 0.01, 0)[:4]
    assert calc_tloss(*start[:2], *weights, sigmoid) == pytest.approx(31.42682918233832, rel=1e-10)
    weights = fitAdam(*start, sigmoid, sigmoid_der, 2000, 0.05, 0)
    # What one input moved by one unit in the last place makes of it is up to 3e-6 away.
    assert calc_tloss(*start[:2], *weights, sigmoid) == pytest.approx(0.89838996, abs=1e-4)


@pytest.mark.parametrize("z", [0.7, -700.0, 700.0, np.array([[-3.0, 0.25], [700.0, -700.0]])])
def test_functions_of_z(z: Any) -> None:
    with np.errstate(all="raise", under="ignore"):
        assert np.shape(sigmoid(z)) == np.shape(sigmoid_der(z)) == np.shape(z)
        np.testing.assert_allclose(sigmoid(z) + sigmoid(-z), 1.0)
        np.testing.assert_allclose(sigmoid_der(z), sigmoid(z) * (1 - sigmoid(z)), atol=1e-16)
    np.testing.assert_array_equal(relu(z), z * relu_der(z))


def test_adam_is_made_of_its_steps(start: tuple[Any, ...]) -> None:
    grads = calc_der(*start, sigmoid, sigmoid_der)
    moved = fitAdam(*start, sigmoid, sigmoid_der, 1, 0.05, 0)
    for weight, gradient, own in zip(start[2:], grads, moved, strict=True):
        first = 0.1 * np.asarray(gradient), 0.001 * np.square(gradient)
        step = updateAdam(weight, *first, 0, 0.9, 0.999, 1e-6)
        np.testing.assert_allclose(own, weight - 0.05 * step, rtol=1e-12)
