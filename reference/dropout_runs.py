"""What the hidden tests of dropout share: inputs, and masks read off what came back.

All randomness is the student's.  Nothing is compared with a seed's numbers; what is
rejected is what a correct layer does with a probability below 1e-9 a check
(:data:`grader.checks.RISK`).

A mask is read whatever the kept entries are multiplied by, so that scaling them, which is
wrong here, costs its own test case and no other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from grader import checks
from reference.dropout import Array

RATIOS = (0.3, 0.8)
# Half-way between two hundredths: whoever draws whole numbers up to 10 or 100, or cuts the
# ratio to one, shows here.
UNEVEN = 0.125
CALLS = 100
LAYERS = 20
SHAPE = (20, 30)
BLOCKS = 50
# For the rate: together so many entries that 0.005 beside UNEVEN is surely seen, and each so
# small that a mask that is drawn entry by entry takes a fraction of a second.
LARGE = (200, 250)
LARGE_CALLS = 8
# For single calls: so many rows and columns that even one mask a row is hardly all ones.
WIDE = (60, 80)


def read(x: Array, out: Any, *, name: str | checks.Words) -> tuple[checks.Mask, float]:
    """Return which entries of *x* were kept in *out*, and what these were multiplied by.

    *x* holds no zeros.  The factor is 1.0 where nothing was kept.
    """
    own = checks.array(out, name=name, shape=x.shape)
    factors = np.asarray(own / x, dtype=np.float64)
    kept = np.abs(factors) > 1e-5
    factor = float(factors[kept][0]) if kept.any() else 1.0
    if (np.abs(factors[kept] - factor) > 1e-4 * abs(factor)).any():
        raise checks.CheckFailure(
            checks.say(
                "{name} has entries that are neither dropped nor kept as the others are.", name=name
            ),
            name=name,
        )
    return kept, factor


def training_masks(layer: Any, shape: tuple[int, ...] = SHAPE) -> checks.Mask:
    """Return the masks of CALLS training calls of one layer, shape (CALLS, \\*shape)."""
    x = checks.mask_inputs(shape)
    outputs = checks.calls(layer.forward, [(x.copy(), True) for _ in range(CALLS)])
    return np.stack([read(x, out, name="forward")[0] for out in outputs])


def large_masks(layer: Any) -> checks.Mask:
    """Return the masks of training calls on a large input, shape (LARGE_CALLS, \\*LARGE)."""
    x = checks.mask_inputs(LARGE)
    calls = range(LARGE_CALLS)
    seen = [read(x, layer.forward(x.copy(), True), name="forward")[0] for _ in calls]
    return np.stack(seen)


def masks_of_layers(make: Callable[[], Any]) -> checks.Mask:
    """Return the masks of the first training calls of LAYERS new layers."""
    x = checks.mask_inputs(SHAPE)
    outputs = [make().forward(x.copy(), True) for _ in range(LAYERS)]
    return np.stack([read(x, out, name="forward")[0] for out in outputs])


def blocks_of_one_call(layer: Any, *flag: bool, shape: tuple[int, ...] = SHAPE) -> checks.Mask:
    """Return the mask of a single call on a tall input, as BLOCKS blocks of *shape*."""
    x = checks.mask_inputs((BLOCKS * shape[0], *shape[1:]))
    kept, _ = read(x, layer.forward(x.copy(), *flag), name="forward")
    return kept.reshape(BLOCKS, *shape)


def all_equal(seen: checks.Mask) -> bool:
    """Return whether every call drew the same mask."""
    return bool((seen == seen[0]).all())


def is_independent(seen: checks.Mask) -> bool:
    """Return whether each entry looks dropped by itself."""
    try:
        checks.independent(seen, name="forward")
    except checks.CheckFailure:
        return False
    return True


def share_dropped(layer: Any, *flag: bool) -> float | None:
    """Return the share of 30,000 entries that one call drops, None where they go together."""
    seen = blocks_of_one_call(layer, *flag)
    return 1 - float(seen.mean()) if is_independent(seen) else None


def masked(dx: Any, shape: tuple[int, ...]) -> Array:
    """Return a gradient as a plain array; raise unless a part of it, but not all, is zero.

    A backward that masks nothing would agree with itself in all that is asked besides.
    """
    own = np.asarray(checks.array(dx, name="backward", shape=shape), dtype=np.float64)
    if not own.any() or own.all():
        everything = checks.say("backward lets everything through.")
        nothing = checks.say("backward lets nothing through.")
        raise checks.CheckFailure(everything if own.all() else nothing, name="backward")
    return own
