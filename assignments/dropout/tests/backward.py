"""Hidden test cases of the backward pass.

``same_mask`` also accepts the gradient of the student's own forward: kept entries times
what forward multiplied them by.  The others ask that backward agrees with itself.
"""

from typing import Any

import numpy as np
from otter.test_files import test_case

from grader import checks
from reference import dropout_runs as runs

OK_FORMAT = False
name = "backward"
points = 6


def _require_mask(layer: Any, x: Any, out: Any, dout: Any) -> None:
    """Check backward against the mask that the last forward shows."""
    kept, factor = runs.read(x, out, name="forward")
    own = checks.array(layer.backward(dout.copy()), name="backward", shape=dout.shape)
    if own.ndim == 2:
        runs.masked(own, dout.shape)
    checks.same_mask(kept, own != 0, name="backward")
    try:
        checks.value(own, dout * kept, name="backward")
    except checks.CheckFailure:
        checks.value(own, dout * kept * factor, name="backward")


@test_case(
    name="same_mask",
    points=3,
    hidden=True,
    failure_message="The gradient goes where the signal went: through the mask of the last "
    "training forward.",
)
def test_same_mask(Dropout: Any) -> None:
    for ratio in runs.RATIOS:
        layer = Dropout(ratio)
        for seed, shape in enumerate((runs.WIDE, (70, 40), runs.WIDE, (400,), (4, 5, 6, 5))):
            x, dout = checks.mask_inputs(shape, seed=seed), checks.mask_inputs(shape, seed=9)
            try:
                layer.forward(x.copy(), True)
                out = layer.forward(x.copy(), True)
            except Exception:
                if len(shape) == 2:
                    raise
                continue  # charged to any_shape
            _require_mask(layer, x, out, dout)


@test_case(
    name="zero_inputs",
    points=1,
    hidden=True,
    failure_message="An entry of x that is 0 already, as after a ReLU, is not a dropped one.",
)
def test_zero_inputs(Dropout: Any) -> None:
    shape = runs.WIDE
    x, dout = checks.mask_inputs(shape), checks.mask_inputs(shape, seed=1)
    # A seed of our own: a student may well have chosen 0, and drawn the mask with it.
    zero = np.random.default_rng(74207281).random(shape) < 0.5
    x[zero] = 0.0
    for ratio in runs.RATIOS:
        layer = Dropout(ratio)
        dropped, of_forward = [], []
        for _ in range(3):
            out = checks.array(layer.forward(x.copy(), True), name="forward", shape=x.shape)
            of_forward.append(out[~zero] == 0)
            dx = checks.array(layer.backward(dout.copy()), name="backward", shape=x.shape)
            dropped.append(dx == 0)
        share = np.mean(dropped, axis=0)
        # Two shares of 7,000 entries each: 0.15 apart has a probability below 1e-60.
        apart = abs(share[zero].mean() - share[~zero].mean())
        # All or nothing is backward's fault only where forward did otherwise.
        whole = share.mean() in (0.0, 1.0) and share.mean() != np.mean(of_forward)
        if apart > 0.15 or whole:
            raise checks.CheckFailure(
                checks.say(
                    "backward blocks {zeros} of the entries where x is 0 and {others} of the "
                    "others.",
                    zeros=f"{share[zero].mean():.3g}",
                    others=f"{share[~zero].mean():.3g}",
                ),
                kind="randomness",
                name="backward",
            )


def _drops(out: Any, shape: tuple[int, ...]) -> bool:
    """Return whether entries of an output are zero, where none of the input is."""
    try:
        return not np.all(checks.array(out, name="forward", shape=shape))
    except checks.CheckFailure:
        return False


@test_case(
    name="last_training",
    points=1,
    hidden=True,
    failure_message="A forward at test time between changes nothing for backward, and neither does "
    "backward itself.",
)
def test_last_training(Dropout: Any) -> None:
    x, dout = checks.mask_inputs(runs.WIDE), checks.mask_inputs(runs.WIDE, seed=1)
    for ratio in runs.RATIOS:
        layer = Dropout(ratio)
        layer.forward(x.copy(), True)
        first = runs.masked(layer.backward(dout.copy()), x.shape)
        again = checks.array(layer.backward(dout.copy()), name="backward", shape=x.shape)
        message = "is another when it is called again"
        checks.same(first, again, name="backward", kind="order", message=message)
        for shape in (x.shape, (7, 80)):
            out = layer.forward(checks.mask_inputs(shape), False)
            if _drops(out, shape):
                return  # charged to forward's test time
            after = checks.array(layer.backward(dout.copy()), name="backward", shape=x.shape)
            message = "is another after a forward at test time"
            checks.same(first, after, name="backward", kind="order", message=message)


def _require_own_ratio(Dropout: Any, x: Any) -> None:
    """Check that a layer that is made later, with another ratio, changes nothing of this one.

    Seen at test time; what goes wrong there without another layer is charged to forward.
    """
    layer = Dropout(0.3)

    def at_test_time() -> Any:
        return checks.array(layer.forward(x.copy(), False), name="forward", shape=x.shape)

    try:
        first, second = at_test_time(), at_test_time()
    except Exception:
        return
    if not np.array_equal(first, second):
        return
    Dropout(0.8)
    message = "changes when another layer is made, with another ratio"
    checks.same(
        first, at_test_time(), name="forward at test time", kind="shared_state", message=message
    )


@test_case(
    name="caller",
    points=1,
    hidden=True,
    failure_message="Neither another layer nor what the caller does to the arrays changes "
    "backward, and backward changes no array of the caller.",
)
def test_caller(Dropout: Any) -> None:
    x, dout = checks.mask_inputs(runs.WIDE), checks.mask_inputs(runs.WIDE, seed=1)
    _require_own_ratio(Dropout, x)
    layer, other = Dropout(0.3), Dropout(0.8)
    out = layer.forward(x, True)
    with checks.unchanged(dout=dout):
        dx = layer.backward(dout)
    first = runs.masked(dx, x.shape).copy()
    try:
        again = checks.array(layer.backward(dout.copy()), name="backward", shape=x.shape)
        checks.same(first, again, name="backward", kind="order", message="")
    except Exception:
        return  # charged to last_training
    layer.backward(2 * dout)
    later = checks.array(dx, name="backward", shape=x.shape)
    message = "changes when backward is called again"
    checks.same(first, later, name="The result of backward", kind="aliased", message=message)
    x[...] = 5.0
    for array in (out, dx):
        if type(array) is np.ndarray and array.flags.writeable:
            array[...] = 5.0
    after = checks.array(layer.backward(dout.copy()), name="backward", shape=x.shape)
    message = "changes when the caller overwrites x, the output or the gradient: keep a copy"
    checks.same(first, after, name="backward", kind="aliased", message=message)
    other.forward(x.copy(), True)
    after = checks.array(layer.backward(dout.copy()), name="backward", shape=x.shape)
    message = "changes when another layer is used"
    checks.same(first, after, name="backward", kind="shared_state", message=message)
