"""Hidden test cases of the forward pass in training."""

import numpy as np

from assignments.batchnorm.inputs import (
    BETA,
    GAMMA,
    LAYER,
    NOTHING,
    batch,
    made,
    spread_out,
)  # fmt: skip
from grader import checks
from grader.checks.callers import results_read_late
from grader.checks.exercise import Also

OK_FORMAT = False
name = "forward"
points = 5

SMALLER = (1e-2, 1e-4, 1e-6)


def one_after_the_other(Layer, run):
    """One layer in training, batch after batch, each of another size."""
    layer = Layer(run.gamma, run.beta)
    return {
        checks.say("forward of {count} samples", count=len(x)): layer.forward(x, True)
        for x in run.batches
    }


def with_given_statistics(Layer, run):
    """One batch in training, of a layer that was given statistics."""
    return {"forward": Layer(run.gamma, run.beta, 0.9, run.mean, run.var).forward(run.x, True)}


def shrinking(Layer, run):
    """A batch with a constant feature, and one made smaller and smaller, in training."""
    batches = [run.constant, *run.batches]
    outs = [Layer(run.gamma, run.beta).forward(x, True) for x in batches]
    return dict(zip(("constant", "large", *SMALLER), outs, strict=True))


def shrinking_at_test_time(Layer, run):
    """The same at test time, with the batches' own statistics as running ones."""
    layers = [Layer(run.gamma, run.beta, 0.9, *statistics) for statistics in run.given]
    batches = [run.constant, *run.batches]
    outs = [layer.forward(x, False) for layer, x in zip(layers, batches, strict=True)]
    return dict(zip(("constant", "large", *SMALLER), outs, strict=True))


def require_epsilon(seen, what="forward of a batch with entries around"):
    """The smaller a feature's spread, the more ε shrinks it: within bounds."""
    large = checks.array(seen["large"], name="forward", shape=STRETCHED.shape)
    for factor in SMALLER:
        least = 1 / np.sqrt(1 + 1e-5 / (factor * STRETCHED).var(axis=0))
        name = checks.say("{what} {size}", what=checks.say(what), size=f"{factor * 100:g}")
        own = checks.array(seen[factor], name=name, shape=large.shape)
        checks.value(own, np.clip(own, *np.sort([least * large, large], axis=0)), name=name)


def require_epsilon_in_training(results):
    checks.array(results[0]["constant"], name="forward with a constant feature", shape=(8, 4))
    require_epsilon(results[0])


def require_epsilon_at_test_time(results):
    name = "forward at test time, with a running variance of 0,"
    checks.array(results[0]["constant"], name=name, shape=STRETCHED.shape)
    try:
        right = GAMMA * STRETCHED / STRETCHED.std(axis=0)
        checks.value(results[0]["large"], right, name="forward at test time")
    except checks.CheckFailure:  # charged to the test time's own question
        return
    require_epsilon(results[0], "forward at test time of a batch with entries around")


STRETCHED = 100.0 * spread_out(8)
CONSTANT = np.where(np.arange(4) == 2, 2.0, batch(8))
SHRUNK = [STRETCHED, *(factor * STRETCHED for factor in SMALLER)]
VARIANCES = [NOTHING.copy(), *(x.var(axis=0) for x in SHRUNK)]
SHRINKING = [
    made(
        beta=NOTHING,
        constant=CONSTANT,
        batches=SHRUNK,
        given=[(NOTHING.copy(), var) for var in VARIANCES],
    )
]

train_output = LAYER.agrees(
    one_after_the_other, name="train_output", points=3,
    runs=[
        made(batches=[batch(n) for n in (8, 3, 2, 5)]),
        made(gamma=GAMMA[1:2], beta=BETA[1:2], batches=[batch(5)[:, 1:2]]),
        made(batches=[batch(700), 1e6 * batch(6)]),
    ],
    says="In training each feature must be normalized over the batch, with the biased variance, "
    "then scaled by gamma and shifted by beta.",
)  # fmt: skip
epsilon = LAYER.shows(
    shrinking, require_epsilon_in_training, name="epsilon", points=1, runs=SHRINKING,
    also=[Also(shrinking_at_test_time, require_epsilon_at_test_time, SHRINKING)],
    says="A feature that is the same in every sample has variance 0: what must keep the division "
    "away from 0/0?",
)  # fmt: skip
arguments = LAYER.holds(
    with_given_statistics, name="arguments", points=1, under=[results_read_late("forward")],
    keeps=["gamma", "beta", "mean", "var", "x"],
    runs=[made(x=batch(5, seed=n), mean=-BETA, var=np.square(GAMMA)) for n in (0, 1)],
    says="forward must change no array that is not its own.",
)  # fmt: skip
