"""A dropout layer: scenarios for it, and judges of masks, rates and the backward pass.

The layer is made with its ratio and has ``forward(x, train_flg)`` and ``backward(dout)``.  Each
judge is one for :meth:`grader.checks.exercise.Exercise.shows` and says which inputs of the run
and which results it looks at.  ``run.xs`` are inputs without zeros, ``outs`` the outputs.

A mask is where an output is not 0, whatever the rest is multiplied by, so that wrong scaling costs
its own test case and no other.  A judge of one property first checks whether what it relies on
holds: entries that are dropped together, or one mask for all calls, are charged by judges of their
own, and void the bounds of :mod:`grader.checks.randomness` for all others.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from grader.checks import plain
from grader.checks.compare import SINGLE, array_size, value
from grader.checks.draws import distinct_draws
from grader.checks.failure import CheckFailure, Name, percent
from grader.checks.judging import same_as
from grader.checks.purity import same
from grader.checks.randomness import (
    Mask,
    drop_rate,
    fresh,
    independent,
    mask_inputs,
    mask_of,
    not_random,
    same_mask,
)
from grader.checks.scenario import Results, Run, fill, overwrite, snapshot
from grader.words import say

_FAR = 0.2  # between shares of 600 entries and more: a probability below 1e-20
_NEAR = 0.05  # between two shares of 15,000 entries: below 1e-15
_MANY = 40  # calls; if so many have fewer different masks, that is charged by itself
_BLOCK = 600  # entries of one block, about
_FORWARD, _BACKWARD = "forward", "backward"


# Scenarios


def run(
    ratio: float,
    *shapes: tuple[int, ...],
    size: float = 1.0,
    zeros: float = 0.0,
    calls: int = 1,
    first: Sequence[tuple[bool, tuple[int, ...]]] = (),
    **inputs: Any,
) -> Run:
    """Return a run with an x of each shape, of about *size*, and a dout of about 1/*size*.

    The share *zeros* of the entries of each x is 0.  *first* are forwards, (flag, shape), that
    are charged elsewhere.
    """
    # An unusual seed: a student may have drawn the mask with 0.
    rng = np.random.default_rng(74207281)
    xs = [size * mask_inputs(s, seed=n) * (rng.random(s) >= zeros) for n, s in enumerate(shapes)]
    douts = [mask_inputs(s, seed=9 + n) / size for n, s in enumerate(shapes)]
    return Run(ratio=ratio, xs=xs, douts=douts, calls=calls, first=first, **inputs)


def done_before(layer: Any, run: Run) -> list[Any]:
    """Do the forwards ``run.first``, which are charged elsewhere; return their outputs."""
    return [snapshot(layer.forward(mask_inputs(shape), flag)) for flag, shape in run.first]


def elsewhere(make: Any, run: Run) -> Results:
    """Do only what is charged elsewhere."""
    return {"outs": done_before(make(run.ratio), run)}


def drawn(make: Any, run: Run) -> Results:
    """Go forward in training with each x, ``run.calls`` times."""
    layer = make(run.ratio)
    return {"outs": [[layer.forward(x, True) for x in run.xs] for _ in range(run.calls)]}


def anew(make: Any, run: Run) -> Results:
    """Draw masks with one layer, with many layers, and for one array that is passed twice."""
    layer, (x, again) = make(run.ratio), run.xs
    layers = (layer if call < 100 else make(run.ratio) for call in range(150))  # made in turn
    outs = [snapshot(one.forward(snapshot(x), True)) for one in layers]
    twice = [snapshot(layer.forward(again, True)) for _ in range(2)]
    return {"calls": outs[:100], "layers": outs[100:], "again": twice}


def passed(make: Any, run: Run) -> Results:
    """Go forward twice, then backward, with one x after the other."""
    layer = make(run.ratio)
    outs, back = [], []
    for x, dout in zip(run.xs, run.douts, strict=True):
        layer.forward(x, True)
        outs.append(layer.forward(x, True))
        back.append(layer.backward(dout))
    return {"outs": [outs], "back": back}


def between(make: Any, run: Run) -> Results:
    """Go backward twice, after other forwards, and with these between forward and backward."""
    layer, (x,), (dout,) = make(run.ratio), run.xs, run.douts
    out, dx = layer.forward(x, True), layer.backward(dout)
    seen: Results = {"first": dx, "again": layer.backward(dout), "others": done_before(layer, run)}
    seen |= {"after": layer.backward(dout), "outs": [out, layer.forward(x, True)]}
    done_before(layer, run)
    return seen | {"back": [dx, layer.backward(dout)]}


def shared(make: Any, run: Run) -> Results:
    """Do what must not matter to a layer: to its arrays, and with another layer."""
    layer, (x, buffer), (dout, other) = make(run.ratio), run.xs, run.douts
    own, again, beside = done_before(layer, run), done_before(layer, run), make(0.8)
    seen: Results = {"own": own, "own again": again, "own beside": done_before(layer, run)}
    mine, out = snapshot(dout), layer.forward(x, True)
    dx = layer.backward(dout)
    seen |= {"first": snapshot(dx), "again": snapshot(layer.backward(snapshot(mine)))}
    layer.backward(other)
    seen["late"] = snapshot(dx)
    for array in (x, out, dx):
        overwrite(array)
    seen["overwritten"] = snapshot(layer.backward(snapshot(mine)))
    layer.backward(buffer)
    fill(buffer, mine)
    seen["filled"] = snapshot(layer.backward(buffer))
    beside.forward(snapshot(other), True)
    return seen | {"beside": layer.backward(mine)}


# Masks


def shown(outputs: Sequence[Any], shape: tuple[int, ...], *, name: Name = _FORWARD) -> Mask:
    """Return which entries of each output, of this *shape*, are not 0, to 1e-5 of the largest.

    The masks have the shape (number, *shape*).  Raises :class:`CheckFailure` of kind ``kind``,
    ``shape`` or ``finite``.
    """
    owns = [plain.array(out, name=name, shape=shape) for out in outputs]
    return np.array([np.abs(own) > SINGLE * array_size(own) for own in owns])


def distinct(seen: Mask) -> Mask:
    """Return the distinct masks, in the order of their first appearance."""
    return distinct_draws(seen)


def blocks(seen: Mask) -> Mask:
    """Return the blocks of about 600 entries into which masks are cut along their first axis."""
    rows = min(max(1, _BLOCK // seen[0, 0].size), seen.shape[1])
    whole = seen[:, : seen.shape[1] // rows * rows]
    return whole.reshape(-1, rows, *seen.shape[2:])


def is_independent(seen: Mask) -> bool:
    """Return whether there are several masks, and each entry looks dropped by itself."""
    try:
        independent(seen, name="")
    except (CheckFailure, ValueError):
        return False
    return True


# Forward


def kept_or_dropped(run: Run, seen: Results) -> None:
    """Check that each entry of ``outs`` is 0 or the input's."""
    for x, out in _pairs(run, seen):
        mask_of(x, out, name=_FORWARD)


def rate(run: Run, seen: Results) -> None:
    """Check that the share dropped is ``run.ratio``; to 0.2 if entries are dropped together."""
    for place in range(len(run.xs)):
        masks = _masks(run, seen, place)
        if is_independent(masks if len(masks) > _MANY else blocks(masks)):
            drop_rate(masks, run.ratio, name=_FORWARD)
        elif len(masks) > _MANY and abs(1 - masks.mean() - run.ratio) > _FAR:
            raise _other_share(_FORWARD)


def each_by_itself(run: Run, seen: Results) -> None:
    """Check that each entry is dropped independently: from call to call, and within a call.

    Outputs for other than two axes that cannot be read are charged by :func:`other_shapes`.
    """
    for place, x in enumerate(run.xs):
        try:
            masks = _masks(run, seen, place)
        except CheckFailure:
            if x.ndim == 2:
                raise
            continue
        different = distinct(masks)
        if len(masks) <= _MANY:
            independent(blocks(masks), name=_FORWARD)
        elif len(different) > _MANY:
            independent(different, name=_FORWARD)


def drawn_anew(run: Run, seen: Results) -> None:
    """Check that no mask comes again in any of the results, the first of which has many calls.

    If entries are dropped together, check only that many masks are not all the same.
    """
    groups = [shown(outs, run.xs[0].shape) for outs in seen.values()]
    strict = is_independent(distinct(groups[0]))
    for masks in groups:
        if len(distinct(masks)) == 1 and (strict or len(masks) > _MANY):
            raise _same_mask(_FORWARD)
        if strict and len(masks) > _MANY:
            fresh(masks, name=_FORWARD)


def other_shapes(run: Run, seen: Results) -> None:
    """Check that inputs of other shapes are dropped like the first: as many, anew at each call.

    The share is not checked if entries of the first are dropped together.
    """
    names = [say("forward of an x of shape {shape}", shape=str(x.shape)) for x in run.xs]
    first, *others = [_masks(run, seen, place, name) for place, name in enumerate(names)]
    if not any(masks.any() for masks in (first, *others)):
        raise not_random(say("{name} drops everything."), _FORWARD)
    alone, renewed = is_independent(blocks(first)), len(distinct(first)) == len(first)
    for masks, name in zip(others, names[1:], strict=True):
        if alone and abs(float(masks.mean()) - float(first.mean())) > _FAR:
            raise _other_share(name)
        if alone and renewed and len(distinct(masks)) < len(masks):
            raise _same_mask(name)


def alike(run: Run, seen: Results) -> None:
    """Check that ``given`` and ``own``, two outputs each, drop the same share, or are the same.

    Nothing is checked if ``given`` is charged elsewhere.
    """
    shape = run.xs[0].shape
    try:
        given = shown(seen["given"], shape)
        # Nothing is dropped at test time; in training one draw for all entries may keep all.
        is_same = not run.given[0] and given.all()
        if is_same:
            same(*seen["given"], name="", kind="", message="")
        elif not is_independent(blocks(given[:1])):
            return
    except CheckFailure:
        return
    own = shown(seen["own"], shape)
    message = say("changes when an argument with a default is left out")
    if is_same:
        same(seen["given"][0], seen["own"][0], name=_FORWARD, kind="value", message=message)
    elif not is_independent(blocks(own[:1])) or abs(given[0].mean() - own[0].mean()) > _NEAR:
        raise not_random(say("{name} {message}.", message=message), _FORWARD)


# Backward


def masked(run: Run, seen: Results) -> None:
    """Check that a part of the gradient ``first``, but not all, is 0.

    A backward that masks nothing would pass all other checks, since it agrees with itself.
    """
    _require_masked(seen["first"], run.douts[0].shape)


def last_mask(run: Run, seen: Results) -> None:
    """Check that forwards at test time, ``others``, do not change what backward gives.

    ``after`` must be the same as ``first``, and the second of ``back`` must have the mask of its
    training forward.  Nothing is checked if ``others`` drop entries: that is charged to forward.
    """
    for out in seen["others"]:
        try:
            if not shown([out], np.shape(plain.reals(out, name=_FORWARD))).all():
                return
        except CheckFailure:
            continue
    same_as("first", "after", name=_BACKWARD)(run, seen)
    shape = run.xs[0].shape
    kept, passed = shown(seen["outs"], shape), shown(seen["back"], shape, name=_BACKWARD)
    if np.array_equal(kept[0], passed[0]):
        same_mask(kept[1], passed[1], name=_BACKWARD)


def same_way_back(run: Run, seen: Results) -> None:
    """Check that the gradients ``back`` are ``run.douts`` where ``outs`` kept the input, else 0.

    They may be scaled as the outputs are, which is right for that forward.
    """
    gradients = zip(run.douts, seen["back"], strict=True)
    for (x, out), (dout, dx) in zip(_pairs(run, seen), gradients, strict=True):
        try:
            kept = shown([out], x.shape)[0]
        except CheckFailure:
            if x.ndim == 2:
                raise
            continue  # charged by other_shapes
        own = plain.array(dx, name=_BACKWARD, shape=dout.shape)
        if own.ndim == 2:
            _require_masked(own, dout.shape)
        same_mask(kept, own != 0, name=_BACKWARD)
        try:
            value(own, dout * kept, name=_BACKWARD)
        except CheckFailure:
            value(own, dout * plain.array(out, name=_FORWARD) / x, name=_BACKWARD)


def blind_to_zeros(run: Run, seen: Results) -> None:
    """Check that gradients ``back`` are blocked as often where the inputs are 0 as elsewhere.

    The inputs have one shape.  Two shares of 7,000 entries each are 0.15 apart with a probability
    below 1e-60.
    """
    zero = np.array(run.xs) == 0
    shape = run.xs[0].shape
    blocked = np.array([plain.array(dx, name=_BACKWARD, shape=shape) == 0 for dx in seen["back"]])
    dropped = ~np.array([shown([out], shape)[0] for _, out in _pairs(run, seen)])
    shares = [float(blocked[zero].mean()), float(blocked[~zero].mean())]
    # All or nothing is backward's fault only where forward did otherwise.
    whole = blocked.mean() in (0.0, 1.0) and blocked.mean() != dropped[~zero].mean()
    if abs(shares[0] - shares[1]) > 0.15 or whole:
        zeros, others = map(percent, shares)
        text = say(
            "{name} blocks {zeros} of the entries where x is 0, and {others} of the others.",
            zeros=zeros,
            others=others,
        )
        raise not_random(text, _BACKWARD)


def _require_masked(dx: Any, shape: tuple[int, ...]) -> None:
    own = plain.array(dx, name=_BACKWARD, shape=shape)
    if own.all():
        raise not_random(say("{name} lets everything through."), _BACKWARD)
    if not own.any():
        raise not_random(say("{name} lets nothing through."), _BACKWARD)


def _pairs(run: Run, seen: Results) -> list[tuple[Any, Any]]:
    """Return each input with each of its outputs."""
    return [pair for outs in seen["outs"] for pair in zip(run.xs, outs, strict=True)]


def _masks(run: Run, seen: Results, place: int, name: Name = _FORWARD) -> Mask:
    return shown([outs[place] for outs in seen["outs"]], run.xs[place].shape, name=name)


def _other_share(name: Name) -> CheckFailure:
    return not_random(say("{name} drops a different share of the entries than it should."), name)


def _same_mask(name: Name) -> CheckFailure:
    return not_random(say("{name} draws the same mask at every call."), name)
