"""Hidden test cases of the forward pass in training."""

import numpy as np

from assignments.batchnorm.inputs import BETA, GAMMA, LAYER, ROOTS, ZEROS, batch, made, spread_out
from grader import checks
from grader.checks.callers import results_read_late
from grader.checks.carrying import Follows

OK_FORMAT = False
name = "forward"
points = 5

CONSTANT = "forward with a constant feature"
SMALLER = "forward of smaller and smaller batches"


def one_after_the_other(Layer, run):
    """One layer in training, batch after batch, each of another size."""
    layer = Layer(run.gamma, run.beta)
    return {
        checks.say("forward of {count} samples", count=len(x)): layer.forward(x, True)
        for x in run.batches
    }


def with_given_statistics(Layer, run):
    """Batches of a layer that was given statistics, all in training or all at test time."""
    layer = Layer(run.gamma, run.beta, 0.9, *run.given)
    return {"forward": tuple(layer.forward(x, run.flag) for x in run.xs)}


def shrunk(Layer, run):
    """Batches in training: a large one, one with a constant feature, smaller and smaller ones."""
    layer = Layer(run.gamma, run.beta)
    seen = {"_large": layer.forward(run.large, True), CONSTANT: layer.forward(run.constant, True)}
    return seen | {SMALLER: tuple(layer.forward(x, True) for x in run.smaller)}


def own_large(run, own, answers):
    """Give the student's own output for the large batch, as much smaller as some ε makes it."""
    large, between = checks.array(own["_large"], name="forward", shape=run.large.shape), []
    for x, out in zip(run.smaller, own[SMALLER], strict=True):
        ends = [large * x.std(axis=0) / freedom["root"](x.var(axis=0)) for freedom in ROOTS]
        between.append(np.clip(out, np.min(ends, axis=0), np.max(ends, axis=0)))
    return {CONSTANT: own[CONSTANT], SMALLER: tuple(between)}


SIZES = [size * spread_out(8) for size in (1e2, 1.0, 1e-2, 1e-4, 0.0)]
TESTED = [made(xs=[x], flag=False, given=(ZEROS, x.var(axis=0))) for x in SIZES]
SHRUNK = made(beta=ZEROS, large=SIZES[0], constant=batch(8) * (1, 1, 0, 1), smaller=SIZES[1:-1])
GIVEN = [-BETA, np.square(GAMMA)]
OUTLIER = batch(60)
OUTLIER[3, 1] = 1e5
# From far away, where single precision sees one number, the same features must look the same.
FAR = [made(batches=[offset + 0.015 * spread_out(8)]) for offset in (0.0, 1e6)]

train_output = LAYER.agrees(
    one_after_the_other, name="train_output", points=3,
    runs=[
        made(batches=[batch(n) for n in (8, 3, 2, 5)]),
        made(gamma=GAMMA[1:2], beta=BETA[1:2], batches=[batch(5)[:, 1:2]]),
        made(batches=[batch(700), 1e6 * batch(6), OUTLIER]),
    ],
    also=[LAYER.further(one_after_the_other, *FAR)],
    says="In training each feature must be normalized over the batch, with the biased variance, "
    "then scaled by gamma and shifted by beta.",
)  # fmt: skip
epsilon = LAYER.agrees(
    shrunk, name="epsilon", points=1, runs=[SHRUNK], carried=[Follows(own_large)],
    also=[LAYER.further(with_given_statistics, *TESTED)],
    says="A feature that is the same in every sample has variance 0: what must keep the division "
    "away from 0/0?",
)  # fmt: skip
arguments = LAYER.holds(
    with_given_statistics, name="arguments", points=1, under=[results_read_late("forward")],
    keeps=["gamma", "beta", "given", "xs"],
    runs=[made(xs=[batch(5, seed=n), batch(5)], flag=True, given=GIVEN) for n in (0, 1)],
    says="forward must change no array that is not its own.",
)  # fmt: skip
