"""What the hidden tests of the six optimizers are run with, and what is asked of each.

The inputs are chosen so that no correct way of writing can fail: ordinary gradients have
entries from 4 to 20, against which every accepted ε (1e-8 to 1e-6, inside or outside the root)
stays below 2e-6 of a step, while 1e-3 shows; for all others each ε between the ends is right.
Most arrays start at zero, so that the steps are all there is to see.  Keys and shapes are as
various as those of real networks.
"""

import math

import numpy as np

from grader.checks import say
from grader.checks.callers import (
    another_instance,
    buffers_reused,
    defaults_left_out,
    in_one_other_order,
    other_dictionaries,
)
from grader.checks.exercise import Also, Exercise
from grader.checks.judging import each, same_as
from grader.checks.scenario import (
    Caller,
    Run,
    joined,
    parted,
    rebind,
    repeat,
    shift,
    snapshot,
    turned,
)

START = {
    "W1": ((3, 4), 0.0),
    "b1": ((4,), 0.0),
    "b": ((1,), 0.5),
    "W2": ((4, 1), 1.5),
    "hidden_layer_3.weight": ((2, 5), 0.0),
    "gamma": ((4,), -40.0),  # of b1's shape: a state belongs to a key, not to a shape
    "W10": ((2, 1, 3), 0.0),  # W1 is its beginning
    "W11": ((1, 1, 1, 1), 0.0),
}
FEW = ("W1", "b", "hidden_layer_3.weight")
# Any ε that is accepted lies between these roots.
ROOTS = [{"root": lambda h: np.sqrt(h) + 1e-15}, {"root": lambda h: np.sqrt(h + 1e-6)}]


def start(keys=FEW, *, above=0.0):
    """Return parameters for *keys* of START, moved by *above*."""
    return {key: above + _level(*START[key]) for key in keys}


def _level(shape, level):
    return level * np.linspace(1.0, 2.0, math.prod(shape)).reshape(shape)


def gradients(steps, keys=FEW, *, seed=0):
    """Return gradients for so many steps, with entries from 4 to 20."""
    rng = np.random.default_rng(seed)
    return [{key: rng.uniform(4.0, 20.0, START[key][0]) for key in keys} for _ in range(steps)]


def varied(steps):
    """Return gradients with changing signs and zeros, and an array of its own around 1e-4."""
    rng = np.random.default_rng(5)
    several = gradients(steps, tuple(START))
    for step, grads in enumerate(several):
        for grad in grads.values():
            grad *= np.where(rng.random(grad.shape) < 0.5, -1.0, 1.0)
        grads["gamma"] *= 100.0  # nobody asks for gradients to be clipped
        grads["W10"] *= 1e6
        grads["W11"] = 2e-7 * np.abs(grads["W11"])  # one sign: the larger ε, the smaller all steps
        grads["b1"][1] = 0.0  # always
        grads["b"] *= step != 2  # once a whole array, whose state goes on all the same
        grads["W1"][0, 2] *= step > 2  # at first
        grads["W2"][3, 0] *= step < 4  # from some day on
        grads["hidden_layer_3.weight"][1] *= step % 3 != 0  # now and then
        grads["small"] = 1e-4 * (1 + step % 4) * np.array([[1.0, -2.0, 0.5], [-1.0, 3.0, -0.7]])
        if step == 7:  # an update like any other
            several[step] = {key: np.zeros_like(grad) for key, grad in grads.items()}
    return several


def updated(Optimizer, run):
    """Take all steps; the parameters as they are after some of them, and after the last."""
    optimizer, seen = Optimizer(*run.hyper), {}
    for step, grads in enumerate(run.grads, start=1):
        optimizer.update(run.params, grads)
        if step in (1, 2, 3, 5) or step == len(run.grads):
            seen[say("After update {step}, params", step=step)] = snapshot(run.params)
        if step == 2:  # what came back is the caller's
            shift(run.params, 0.25)
            seen[say("After a change of the caller's, params")] = snapshot(run.params)
        if step == 5:  # as whoever clips them does
            rebind(run.params, 0.25)
            seen[say("After a move of the caller's, params")] = snapshot(run.params)
    return seen


def last(Optimizer, run):
    """Take all steps; the parameters after the last."""
    optimizer = Optimizer(*run.hyper)
    for grads in run.grads:
        optimizer.update(run.params, grads)
    return {"params": run.params}


def repeated(Optimizer, run):
    """Take the same step several times, with each entry under a key of its own."""
    params = parted(run.params)
    repeat(run.times, Optimizer(*run.hyper), "update", params, parted(run.grads))
    return {"params": joined(params)}


def left(Optimizer, run):
    """Take a step with some arrays and another one with copies of these."""
    optimizer = Optimizer(*run.hyper)
    optimizer.update(run.params, run.grads[0])
    before, ahead = snapshot(run.params), turned(run.params, 0)
    optimizer.update(ahead, run.grads[1])
    return {"before": before, "params late": run.params}


def cases(Optimizer, hyper, other, defaults, *, points, adaptive=False):
    """Return the four test cases of one optimizer: rule, caller, instances and defaults.

    *hyper* and *other* are what instances are made of, *defaults* what they have without;
    *adaptive* is an optimizer that divides by a root, which ε keeps away from zero.
    """
    everything = start(tuple(START)) | {"small": np.zeros((2, 3))}
    rule = Run(hyper=hyper, params=everything, grads=varied(10))
    two = [{"params": start(above=n), "grads": gradients(3 - n, seed=n)} for n in (0, 1)]
    alone, plain = ([Run(hyper=h, **inputs) for inputs in two] for h in (hyper, defaults))
    many = 1_010 if len(hyper) > 2 else 260  # Adam's correction never ends
    again = [
        Run(hyper=hyper, times=t, params={"p": np.zeros(n)}, grads={"p": np.linspace(4, 20, n)})
        for t, n in ((1, 1), (many, 1), (2, 80))
    ]
    one = Run(hyper=hyper, params=start(FEW[1:2]), grads=gradients(2, FEW[1:2]))
    seen = {"W": np.array([1.0, -2.0]), "b": np.array([0.5])}
    slopes = [{key: size * (p + 2.0) for key, p in seen.items()} for size in (1.0, -2.0, 0.5)]
    public, by_default = (
        [Run(hyper=h, params=seen, grads=slopes)]
        for h in ((0.1, 0.75, 0.875)[: len(hyper)], defaults)
    )
    exercise = Exercise(Optimizer, runs=[rule], public=public, freedoms=ROOTS if adaptive else ())
    without = Run(hyper=other[:1] + (0.0,) * len(other[1:]), **two[1])
    # Numbers of any size: steps of a millionth from zero, and parameters of a million.
    sizes = Run(hyper=(1.3e-6, *hyper[1:]), params={"W": np.zeros(3), "b": np.full(3, 1e6)},
                grads=[{key: np.linspace(4.0, 20.0, 3) for key in "Wb"}])  # fmt: skip
    return (
        exercise.agrees(
            updated, name="update_rule", points=points[0],
            also=[exercise.further(repeated, *again)],
            says="The parameters must go where the rule leads.",
        ),
        exercise.holds(
            last, name="caller", points=points[1], runs=alone, keeps=["grads"],
            under=[buffers_reused("params"), other_dictionaries("params")],
            excused=[Caller, in_one_other_order("params")],
            also=[Also(left, each([one], same_as("before", "params late", name="params")), [one])],
            says="The step must not depend on which objects hold the numbers, nor change grads.",
        ),
        exercise.holds(
            last, name="instances", points=points[2], runs=alone,
            under=[another_instance(*other, alike=True)],
            also=[exercise.further(last, alone[0], without, sizes)],
            says="Each optimizer must go by its own state and its own settings, also where one "
                 "of them is 0.",
        ),
        exercise.holds(
            last, name="defaults", points=points[3], runs=plain, public=by_default,
            under=[defaults_left_out(*defaults, after=other)], excused=[Caller],
            says="Made without arguments, it must do what it does with the defaults of the table.",
        ),
    )  # fmt: skip
