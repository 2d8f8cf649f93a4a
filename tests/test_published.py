"""The numbers that the course's texts publish, from the references."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from reference import hyperparameters, softmax

PUBLISHED: dict[str, tuple[Callable[[], Any], Any, float]] = {
    "softmax of (5, 2, -1, 3)": (
        lambda: softmax.softmax(np.array([5.0, 2.0, -1.0, 3.0])),
        [0.842, 0.042, 0.002, 0.114],
        5e-4,
    ),
    "cross_entropy where the second class has 0.2": (
        lambda: softmax.cross_entropy(np.array([0.3, 0.2, 0.1, 0.4]), np.eye(4)[1]),
        -np.log(0.2),
        1e-15,
    ),
    "one step from 0 with 0.01": (lambda: hyperparameters.minimize(0, 0.01, 1)[1], 0.1, 1e-15),
    # The text's is in single precision, and cut after four digits.
    "1,000 steps more": (lambda: hyperparameters.minimize(0, 0.01, 1001)[-1], 4.9999, 1e-4),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_references_give_what_is_published(name: str) -> None:
    found, published, off = PUBLISHED[name]
    np.testing.assert_allclose(found(), published, rtol=0, atol=off)
