"""Hidden test cases of the forward pass, in training and at test time."""

from typing import Any

import numpy as np
from otter.test_files import test_case

from grader import checks
from reference import dropout_runs as runs

OK_FORMAT = False
name = "forward"
points = 11


@test_case(
    name="kept_values",
    points=1,
    hidden=True,
    failure_message="In training an entry is either dropped, that is 0, or passes as it is.",
)
def test_kept_values(Dropout: Any) -> None:
    x = checks.mask_inputs(runs.SHAPE)
    for ratio in runs.RATIOS:
        layer = Dropout(ratio)
        for out in checks.calls(layer.forward, [(x.copy(), True)] * 5):
            checks.mask_of(x, out, name="forward")


@test_case(
    name="drop_rate",
    points=2,
    hidden=True,
    failure_message="dropout_ratio is the probability that an entry is dropped.",
)
def test_drop_rate(Dropout: Any) -> None:
    layer = Dropout(runs.UNEVEN)
    if runs.share_dropped(layer, True) in (None, 0.0, 1.0):
        _require_rate(runs.training_masks(layer), runs.UNEVEN, alone=False)
    else:
        _require_rate(runs.large_masks(layer), runs.UNEVEN, alone=True)
    for ratio in runs.RATIOS:
        seen = runs.training_masks(Dropout(ratio))
        _require_rate(seen, ratio, alone=runs.is_independent(seen))


def _require_rate(seen: checks.Mask, ratio: float, *, alone: bool) -> None:
    if alone:
        checks.drop_rate(seen, ratio, name="forward")
    elif abs(1 - seen.mean() - ratio) > 0.2:
        # The rate of entries that are dropped together is known less well.
        raise checks.CheckFailure("forward drops another share of the entries.", name="forward")


@test_case(
    name="independent",
    points=2,
    hidden=True,
    failure_message="Each entry is dropped by itself, whatever its place and its neighbours.",
)
def test_independent(Dropout: Any) -> None:
    for ratio in runs.RATIOS:
        layer = Dropout(ratio)
        checks.independent(runs.blocks_of_one_call(layer, True), name="forward")
        seen = runs.training_masks(layer)
        if not runs.all_equal(seen):  # charged to fresh
            checks.independent(seen, name="forward")
        for shape in ((5, 4, 6, 5), (5, 8, 10), (600,)):
            try:
                seen = runs.blocks_of_one_call(layer, True, shape=shape)
            except Exception:  # charged to any_shape
                continue
            checks.independent(seen, name="forward")


@test_case(
    name="fresh",
    points=1,
    hidden=True,
    failure_message="Every training call of every layer draws a mask of its own.",
)
def test_fresh(Dropout: Any) -> None:
    layer = Dropout(0.3)
    strict = runs.is_independent(runs.blocks_of_one_call(layer, True))
    for seen in (runs.training_masks(layer), runs.masks_of_layers(lambda: Dropout(0.3))):
        if strict:
            checks.fresh(seen, name="forward")
        elif runs.all_equal(seen):
            raise checks.CheckFailure("forward draws the same mask at each call.", name="forward")
    x = checks.mask_inputs(runs.SHAPE)
    given = x.copy()  # the same array, as in one epoch after the other
    twice = [runs.read(x, layer.forward(given, True), name="forward")[0] for _ in range(2)]
    if strict and runs.all_equal(np.stack(twice)):
        message = "forward draws the same mask when it is given the same array again."
        raise checks.CheckFailure(message, name="forward")


@test_case(
    name="test_time",
    points=2,
    hidden=True,
    failure_message="At test time nothing is dropped, and everything is as large as it is on "
    "average in training.",
)
def test_test_time(Dropout: Any) -> None:
    x = checks.mask_inputs(runs.SHAPE)
    x[3, :5] = 0.0
    for ratio in runs.RATIOS:
        layer = Dropout(ratio)
        for _ in range(3):
            out = layer.forward(x.copy(), False)
            checks.value(out, x * (1 - ratio), name="forward at test time")
        try:
            layer.forward(x.copy(), True)
        except Exception:  # charged to the training's test cases
            continue
        out = layer.forward(x.copy(), False)
        checks.value(out, x * (1 - ratio), name="forward at test time, after one in training,")


@test_case(
    name="any_shape",
    points=1,
    hidden=True,
    failure_message="x may have any shape: one axis, two or four, and another one at the next "
    "call.",
)
def test_any_shape(Dropout: Any) -> None:
    layer = Dropout(0.3)
    alone = runs.is_independent(runs.blocks_of_one_call(layer, True))
    shares: dict[tuple[int, ...], list[float]] = {}
    for shape in 3 * ((200,), (25, 8), (4, 5, 3, 6), (3, 5, 20), (7, 30)):
        x = checks.mask_inputs(shape)
        what = checks.say("forward of an x of shape {shape}", shape=str(shape))
        kept, _ = runs.read(x, layer.forward(x.copy(), True), name=what)
        shares.setdefault(shape, []).append(float(kept.mean()))
    if not any(share for several in shares.values() for share in several):
        raise checks.CheckFailure("forward drops everything.", name="forward")
    for shape, several in shares.items():
        # Of 600 entries and more that are dropped alone: a probability below 1e-90.
        if alone and not 0 < sum(several) < len(several):
            what = checks.say("forward of an x of shape {shape}", shape=str(shape))
            raise checks.CheckFailure(
                checks.say("{name} drops all or nothing.", name=what), name=what
            )


@test_case(
    name="arguments",
    points=1,
    hidden=True,
    failure_message="forward changes an array that is not its own.",
)
def test_arguments(Dropout: Any) -> None:
    layer = Dropout(0.3)
    x = checks.mask_inputs(runs.SHAPE)
    for train_flg in (True, False):
        with checks.unchanged(x=x):
            out = layer.forward(x, train_flg)
        try:
            before = checks.array(out, name="forward", shape=x.shape)
        except checks.CheckFailure:
            continue  # charged to the other test cases
        layer.forward(2 * x, train_flg)
        after = checks.array(out, name="forward", shape=x.shape)
        message = "changes when forward is called again"
        checks.same(before, after, name="The output of forward", kind="aliased", message=message)


@test_case(
    name="defaults",
    points=1,
    hidden=True,
    failure_message="dropout_ratio is 0.5 and train_flg True where they are not given.",
)
def test_defaults(Dropout: Any) -> None:
    plain, full = Dropout(), Dropout(0.5)
    asked = runs.share_dropped(full, True)
    if asked is not None:  # otherwise charged to independent, and known less well
        # Two shares of 30,000 entries: 0.05 apart has a probability below 1e-15.
        for own, what in (
            (
                runs.share_dropped(plain, True),
                checks.say("Dropout() drops another share than Dropout(0.5)."),
            ),
            (
                runs.share_dropped(plain),
                checks.say("forward(x) does not do what forward(x, True) does."),
            ),
        ):
            if own is None or abs(own - asked) > 0.05:
                raise checks.CheckFailure(what, name="Dropout()")
    x = checks.mask_inputs(runs.SHAPE)
    expected, again = full.forward(x.copy(), False), full.forward(x.copy(), False)
    try:
        checks.same(expected, again, name="forward", kind="order", message="is random")
    except checks.CheckFailure:
        return  # charged to test_time
    expected = checks.array(expected, name="forward at test time", shape=x.shape)
    own = plain.forward(x.copy(), False)
    checks.value(own, expected, name="forward at test time, with the default ratio,")
