"""Hidden test cases of the running statistics and of the forward pass at test time.

``test_output`` takes the running statistics from the student's own instance, so that a
wrong update costs ``updates`` alone.
"""

from typing import Any

import numpy as np
from otter.test_files import test_case

from grader import checks
from reference import batchnorm as reference
from reference import batchnorm_runs as runs

OK_FORMAT = False
name = "running"
points = 7

MOMENTUM = 0.7
GIVEN_MEAN = np.array([90.0, -300.0, -20.0, 15.0])
GIVEN_VAR = np.array([1200.0, 9000.0, 2500.0, 20000.0])
# Start values that some take for none.
ZEROS, ONES = np.zeros(runs.FEATURES), np.ones(runs.FEATURES)
SAMPLES = (8, 3, 5, 4, 6)


def _layer(BatchNormalization: Any, *, given: bool) -> Any:
    arguments = [runs.GAMMA.copy(), runs.BETA.copy(), MOMENTUM]
    if given:
        arguments += [GIVEN_MEAN.copy(), GIVEN_VAR.copy()]
    return BatchNormalization(*arguments)


def _own_variance(x: Any, out: Any) -> Any:
    """Return the variances that the student's own output tells: one slope for each feature."""
    own = checks.array(out, name="forward", shape=x.shape)
    rise, run = np.ptp(own, axis=0), np.ptp(x, axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return (np.abs(runs.GAMMA) * run / rise) ** 2


def _own_mean(x: Any, out: Any) -> Any:
    """Return the means that the student's own output tells, shape (4,)."""
    own = checks.array(out, name="forward", shape=x.shape)
    with np.errstate(divide="ignore", invalid="ignore"):
        deviation = np.ptp(x, axis=0) / np.ptp(own, axis=0) * np.sign(runs.GAMMA)
        return np.mean(x - (own - runs.BETA) * deviation, axis=0)


def _require_statistic(own: Any, expected: Any, carried: Any, *, name: checks.Words) -> None:
    """Check a running statistic; one that goes with the student's own output is right too."""
    try:
        checks.value(own, expected, name=name, also=((1, runs.FEATURES),))
    except checks.CheckFailure:
        if not np.isfinite(carried).all():
            raise
        checks.value(own, carried, name=name, also=((1, runs.FEATURES),))


@test_case(
    name="updates",
    points=2,
    hidden=True,
    failure_message="The running statistics are not the moving averages of the batches' own.",
)
def test_updates(BatchNormalization: Any) -> None:
    for given in ((), (GIVEN_MEAN, GIVEN_VAR), (ZEROS, ONES)):
        layer, right = (
            kind(runs.GAMMA.copy(), runs.BETA.copy(), MOMENTUM, *(start.copy() for start in given))
            for kind in (BatchNormalization, reference.BatchNormalization)
        )
        means, variances = given or (ZEROS, ZEROS)
        for call, samples in enumerate(SAMPLES, start=1):
            x = runs.batch(samples, seed=call)
            right.forward(x)
            out = layer.forward(x.copy(), True)
            means = MOMENTUM * means + (1 - MOMENTUM) * _own_mean(x, out)
            variances = MOMENTUM * variances + (1 - MOMENTUM) * _own_variance(x, out)
            when = checks.say("after training call {call}", call=call)
            if given:
                when = checks.say("after training call {call}, with given start values,", call=call)
            _require_statistic(
                layer.running_mean,
                right.running_mean,
                means,
                name=checks.say("{name} {when}", name="running_mean", when=when),
            )
            _require_statistic(
                layer.running_var,
                right.running_var,
                variances,
                name=checks.say("{name} {when}", name="running_var", when=when),
            )
    _require_same_after_backward(layer)


def _require_same_after_backward(layer: Any) -> None:
    before = [runs.vector(getattr(layer, f"running_{key}"), name=key) for key in ("mean", "var")]
    try:
        layer.backward(runs.upstream(SAMPLES[-1]))
    except Exception:  # charged to backward
        return
    after = [runs.vector(getattr(layer, f"running_{key}"), name=key) for key in ("mean", "var")]
    names = ("running_mean", "running_var")
    for name, old, new in zip(names, before, after, strict=True):
        checks.same(old, new, name=name, kind="order", message="changes in backward")


@test_case(
    name="test_output",
    points=2,
    hidden=True,
    failure_message="At test time the running statistics take the place of the batch's.",
)
def test_test_output(BatchNormalization: Any) -> None:
    try:
        _require_test_output(BatchNormalization)
    except checks.CheckFailure:
        # A formula that is wrong in training too has been charged there.
        if not (
            runs.normalizes(BatchNormalization)
            and _is_as_in_training(BatchNormalization)
            and _depends_on_its_statistics_alone(BatchNormalization)
        ):
            raise


def _require_test_output(BatchNormalization: Any) -> None:
    """Check with given statistics first, then with the student's own after training."""
    right = _layer(reference.BatchNormalization, given=True)
    for samples in (2, 6):
        x = runs.batch(samples, seed=20)
        out = _layer(BatchNormalization, given=True).forward(x.copy(), False)
        what = "forward at test time, before any training,"
        checks.value(out, right.forward(x, False), name=what)
    layer = _trained(BatchNormalization)
    for call, samples in enumerate(SAMPLES, start=1):
        right.forward(runs.batch(samples, seed=call), True)
    try:
        right.running_mean = runs.vector(layer.running_mean, name="running_mean")
        right.running_var = runs.vector(layer.running_var, name="running_var")
    except (AttributeError, checks.CheckFailure):  # charged to updates
        pass
    x = runs.batch(5, seed=21)
    with np.errstate(invalid="ignore"):
        expected = right.forward(x, False)
    out = layer.forward(x.copy(), False)
    checks.value(out, expected, name="forward at test time, with its own running statistics,")


def _trained(BatchNormalization: Any) -> Any:
    layer = _layer(BatchNormalization, given=True)
    for call, samples in enumerate(SAMPLES, start=1):
        layer.forward(runs.batch(samples, seed=call), True)
    return layer


def _depends_on_its_statistics_alone(BatchNormalization: Any) -> bool:
    """Return whether a trained layer does what a new one with its running statistics does."""
    layer, x = _trained(BatchNormalization), runs.batch(5, seed=21)
    try:
        own = [runs.vector(getattr(layer, f"running_{key}"), name=key) for key in ("mean", "var")]
    except (AttributeError, checks.CheckFailure):  # charged to updates
        return True
    fresh = BatchNormalization(runs.GAMMA.copy(), runs.BETA.copy(), MOMENTUM, *own)
    try:
        expected = checks.array(fresh.forward(x.copy(), False), name="forward", shape=x.shape)
        checks.value(layer.forward(x.copy(), False), expected, name="forward at test time")
    except checks.CheckFailure:
        return False
    return True


def _is_as_in_training(BatchNormalization: Any) -> bool:
    """Return whether a batch's own statistics give at test time what training gives."""
    x = runs.batch(8, seed=30)
    gamma, beta = runs.GAMMA, runs.BETA
    out = BatchNormalization(gamma.copy(), beta.copy()).forward(x.copy(), True)
    layer = BatchNormalization(gamma.copy(), beta.copy(), 0.9, x.mean(axis=0), x.var(axis=0))
    try:
        expected = checks.array(out, name="forward", shape=x.shape)[:3]
        checks.value(layer.forward(x[:3], False), expected, name="forward at test time")
    except checks.CheckFailure:
        return False
    return True


@test_case(
    name="test_time_changes_nothing",
    points=1,
    hidden=True,
    failure_message="A forward at test time leaves everything as it was: x, and the running "
    "statistics.",
)
def test_test_time_changes_nothing(BatchNormalization: Any) -> None:
    layer = _layer(BatchNormalization, given=False)
    for call, samples in enumerate(SAMPLES, start=1):
        layer.forward(runs.batch(samples, seed=call), True)
    statistics = ("running_mean", "running_var")
    before = {key: runs.vector(getattr(layer, key), name=key) for key in statistics}
    x = runs.batch(6, seed=22)
    with checks.unchanged(x=x):
        first = checks.array(layer.forward(x, False), name="forward", shape=x.shape)
    second = checks.array(layer.forward(x, False), name="forward", shape=x.shape)
    message = "changes at test time"
    for key in statistics:
        after = runs.vector(getattr(layer, key), name=key)
        checks.same(before[key], after, name=key, kind="order", message=message)
    checks.same(first, second, name="The output for the same x", kind="order", message=message)
    _require_trains_on(BatchNormalization, layer)


def _require_trains_on(BatchNormalization: Any, layer: Any) -> None:
    """Check that training goes on after a test time as if there had been none."""
    without = _layer(BatchNormalization, given=False)
    for call, samples in enumerate(SAMPLES, start=1):
        without.forward(runs.batch(samples, seed=call), True)
    x = runs.batch(7, seed=23)
    asked, own = without.forward(x.copy(), True), layer.forward(x.copy(), True)
    message = "is another after a forward at test time"
    checks.same(asked, own, name="forward in training", kind="order", message=message)
    for key in ("running_mean", "running_var"):
        asked, own = (runs.vector(getattr(each, key), name=key) for each in (without, layer))
        checks.same(asked, own, name=key, kind="order", message=message)


@test_case(
    name="defaults",
    points=1,
    hidden=True,
    failure_message="momentum is 0.9 and train_flg True where they are not given.",
)
def test_defaults(BatchNormalization: Any) -> None:
    plain = BatchNormalization(runs.GAMMA.copy(), runs.BETA.copy())
    full = BatchNormalization(runs.GAMMA.copy(), runs.BETA.copy(), 0.9)
    for call, samples in enumerate(SAMPLES, start=1):
        x = runs.batch(samples, seed=call)
        out = plain.forward(x.copy())
        asked = full.forward(x.copy(), True)
        message = "is another when train_flg is left out"
        checks.same(asked, out, name="forward", kind="value", message=message)
    for key in ("running_mean", "running_var"):
        own = runs.vector(getattr(plain, key), name=key)
        asked = runs.vector(getattr(full, key), name=key)
        checks.value(own, asked, name=checks.say("{name} with the default momentum", name=key))


@test_case(
    name="instances",
    points=1,
    hidden=True,
    failure_message="Two layers share what each should have for itself.",
)
def test_instances(BatchNormalization: Any) -> None:
    def use(layer: Any) -> list[Any]:
        first = layer.forward(runs.batch(5), True)
        second = layer.forward(runs.batch(3), True)
        return [first, second, layer.forward(runs.batch(4), False)]

    checks.separate(lambda: _layer(BatchNormalization, given=False), use, name="forward")
