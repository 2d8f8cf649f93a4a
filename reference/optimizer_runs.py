"""What the hidden tests of the six optimizers share: the gradients to feed, and four checks.

:func:`update_rule` compares with the reference.  The other three compare an optimizer with
itself, so that whoever has the rule wrong loses the points of the rule and no others:
:func:`caller` (how the dictionaries are handed over), :func:`instances` (whose state it
is) and :func:`defaults`.  Their gradients are positive, so that a root of a sum of
gradients, which is wrong, is at least a number.

The inputs are fixed and chosen so that no correct way of writing can fail: ordinary
gradients have entries from 4 to 20 (some to 2,000), against which every accepted ε (1e-8 to
1e-6, inside or outside the root; in Adam's second form up to 32 times that) stays below 2e-6
of a step, while 1e-3 shows.  Most arrays start at zero, so that the steps are all there is to see.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from grader import checks
from reference.optimizers import Array, Arrays, Optimizer

Student = Any  # a class of the student's, or a proxy of one
Hyper = tuple[float, ...]

LONG_RUN = 12
_LOOKED_AT = (1, 2, 3, 5, LONG_RUN)
_MOVED = 5  # after so many updates the caller moves the parameters, as whoever clips them does
_STILL = 7  # after so many updates comes one whose gradients are all zero; it counts, too
# Where the parameters start; the shapes and keys are as various as those of real networks.
_START: Mapping[str, tuple[tuple[int, ...], float]] = {
    "W1": ((3, 4), 0.0),
    "b1": ((4,), 0.0),
    "b": ((1,), 0.5),
    "W2": ((4, 1), 1.5),
    "hidden_layer_3.weight": ((2, 5), 0.0),
    "gamma": ((4,), -40.0),  # of b1's shape: a state belongs to a key, not to a shape
}


# Of these an optimizer that is compared with itself gets fewer: each array costs time.
_FEW = ("W1", "b", "hidden_layer_3.weight")


def start(suffix: str = "", *, keys: Sequence[str] = _FEW) -> Arrays:
    """Return fresh parameters for *keys* of _START; *suffix* is added to every key."""
    return {key + suffix: _level(key) for key in keys}


def _level(key: str) -> Array:
    shape, level = _START[key]
    return level * np.linspace(1.0, 2.0, math.prod(shape)).reshape(shape)


def gradients(
    steps: int, *, seed: int = 0, suffix: str = "", keys: Sequence[str] = _FEW
) -> Iterator[Arrays]:
    """Yield fresh gradients for *steps* steps, with entries from 4 to 20."""
    rng = np.random.default_rng(seed)
    for _ in range(steps):
        yield {key + suffix: rng.uniform(4.0, 20.0, _START[key][0]) for key in keys}


def _varied(steps: int) -> Iterator[Arrays]:
    """Yield gradients with changing signs and zeros, and an array of its own around 1e-4."""
    rng = np.random.default_rng(5)
    for step, grads in enumerate(gradients(steps, keys=tuple(_START))):
        for grad in grads.values():
            grad *= np.where(rng.random(grad.shape) < 0.5, -1.0, 1.0)
        grads["gamma"] *= 100.0  # nobody asks for gradients to be clipped
        grads["b1"][1] = 0.0  # always
        grads["b"] *= step != 2  # once a whole array, whose state goes on all the same
        grads["W1"][0, 2] *= step > 2  # at first
        grads["W2"][3, 0] *= step < 4  # from some day on
        grads["hidden_layer_3.weight"][1] *= step % 3 != 0  # now and then
        grads["small"] = 1e-4 * (1 + step % 4) * np.array([[1.0, -2.0, 0.5], [-1.0, 3.0, -0.7]])
        if step == _STILL:
            grads = {key: np.zeros_like(grad) for key, grad in grads.items()}
        yield grads


def update_rule(
    student: Student, right: Callable[..., Optimizer], hyper: Hyper, *, adaptive: bool = False
) -> None:
    """Check one instance of *student* against *right*, both made with *hyper*, step by step.

    An *adaptive* optimizer divides by a root that ε keeps away from zero.  How it does so
    shows in small gradients, where anything between no ε and 1e-6 inside the root will do.
    """
    update = student(*hyper).update
    params, expected = (start(keys=tuple(_START)) | {"small": np.zeros((2, 3))} for _ in range(2))
    reference = right(*hyper)
    ends = _Ends(right, hyper) if adaptive else None
    waiting: list[tuple[Arrays, Arrays]] = []
    for step, grads in enumerate(_varied(LONG_RUN), start=1):
        reference.update(expected, grads)
        if ends:
            ends.update(grads["small"])
        waiting.append((params, {key: grad.copy() for key, grad in grads.items()}))
        if step in _LOOKED_AT:
            checks.calls(update, waiting)
            waiting.clear()
            when = checks.say("After update {step}", step=step)
            if ends:
                own = _entry(params, "small", (2, 3), when)
                expected["small"] = ends.nearest(own)
            _compare(params, expected, when)
        if step == _MOVED:
            for key in _START:
                params[key] = params[key] + 0.25
                expected[key] = expected[key] + 0.25


class _Ends:
    """The largest and the smallest steps that small gradients may make."""

    def __init__(self, right: Callable[..., Optimizer], hyper: Hyper) -> None:
        roots = (np.sqrt, lambda h: np.sqrt(h + 1e-6))
        self._optimizers = [right(*hyper, root=root) for root in roots]
        self._ends: tuple[Arrays, Arrays] = ({"small": np.zeros(())}, {"small": np.zeros(())})

    def update(self, small: Array) -> None:
        """Take one step with both."""
        for optimizer, params in zip(self._optimizers, self._ends, strict=True):
            optimizer.update(params, {"small": small})

    def nearest(self, own: Array) -> Array:
        """Return what is accepted next to *own*: itself, where it lies between the ends."""
        first, second = (params["small"] for params in self._ends)
        return np.clip(own, np.minimum(first, second), np.maximum(first, second))


def caller(student: Student, hyper: Hyper) -> None:
    """Check that only the numbers matter, not the objects and the order they come in.

    One instance is called tidily.  The other gets new dictionaries and copied parameters at
    every call, their keys in turning order, and the same gradient arrays again and again,
    written over in between; these must come back as they were.
    """
    steps = 4
    expected = _alone(student, hyper, steps, suffix="_t")
    optimizer = student(*hyper)
    params = start("_u")
    buffers = {key: np.zeros_like(p) for key, p in params.items()}
    for step, grads in enumerate(gradients(steps, suffix="_u"), start=1):
        for key, grad in grads.items():
            buffers[key][...] = grad
        order = [*buffers][step % len(buffers) :] + [*buffers][: step % len(buffers)]
        params = {key: np.array(params[key]) for key in order}
        handed = {key: buffers[key] for key in reversed(order)}
        with checks.unchanged(grads=handed):
            optimizer.update(params, handed)
    when = checks.say("After update {step} (the same numbers in other objects)", step=steps)
    _compare(params, expected, when, suffix="_u")


def instances(student: Student, hyper: Hyper, other: Hyper) -> None:
    """Check that two instances, made with *hyper* and *other*, do not disturb each other."""
    alone = (
        _alone(student, hyper, 4, seed=1, suffix="_a"),
        _alone(student, other, 4, seed=2, suffix="_b"),
    )
    updates = (student(*hyper).update, student(*other).update)
    params = (start(), start())
    grads = (gradients(4, seed=1), gradients(4, seed=2))
    for turn, steps in ((0, 2), (1, 1), (0, 1), (1, 2), (0, 1), (1, 1)):
        several = [(params[turn], next(grads[turn])) for _ in range(steps)]
        checks.calls(updates[turn], several)
    for own, expected in zip(params, alone, strict=True):
        when = checks.say("After update {step} of one of two instances", step=4)
        _compare(own, expected, when)


def defaults(student: Student, hyper: Hyper) -> None:
    """Check that an instance made without arguments does what one made with *hyper* does."""
    steps = 6
    expected = _alone(student, hyper, steps, suffix="_d")
    optimizer = student()
    params = start("_e")
    checks.calls(optimizer.update, [(params, grads) for grads in gradients(steps, suffix="_e")])
    when = checks.say("After update {step} with the default settings", step=steps)
    _compare(params, expected, when, suffix="_e")


def _alone(student: Student, hyper: Hyper, steps: int, *, seed: int = 0, suffix: str) -> Arrays:
    """Return what one undisturbed instance makes of the parameters in so many *steps*.

    The student sees keys with a *suffix* of the run's own, so that a state which instances
    share by key is not spoilt before the two that are watched.
    """
    optimizer = student(*hyper)
    params = start(suffix)
    several = [(params, grads) for grads in gradients(steps, seed=seed, suffix=suffix)]
    checks.calls(optimizer.update, several)
    when = checks.say("After update {step}", step=steps)
    own = {key: _entry(params, key + suffix, _START[key][0], when) for key in _FEW}
    for key, before in start().items():
        if np.array_equal(own[key], before):
            # Whoever changes nothing would agree with himself in everything else.
            name = f"params[{key + suffix!r}]"
            message = checks.say("{when}, {name} is as it was.", when=when, name=name)
            raise checks.CheckFailure(message, name=name)
    return own


def _entry(params: Arrays, key: str, shape: tuple[int, ...], when: checks.Words) -> Array:
    """Return a copy of one parameter as a plain array; raise where it is missing or none."""
    if key not in params:
        message = checks.say("{when}, params has no entry {key}.", when=when, key=repr(key))
        raise checks.CheckFailure(message, kind="keys", name="params")
    own = checks.array(params[key], name=_place(when, key), shape=shape)
    return np.asarray(own, dtype=np.float64)


def _place(when: checks.Words, key: str) -> checks.Words:
    return checks.say("{when}, params[{key}]", when=when, key=repr(key))


def _compare(params: Arrays, expected: Arrays, when: checks.Words, *, suffix: str = "") -> None:
    """Check every parameter; *expected* has its keys without the *suffix*."""
    for key, right in expected.items():
        own = _entry(params, key + suffix, right.shape, when)
        checks.value(own, right, name=_place(when, key + suffix))
