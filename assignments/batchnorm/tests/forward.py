"""Hidden test cases of the forward pass in training."""

# fmt: off
import numpy as np

from assignments.batchnorm import inputs as bn
from assignments.batchnorm.inputs import LAYER, TESTED, TRAINED, USUAL, batch, spread_out
from grader.checks.callers import results_read_late
from grader.checks.carrying import Follows

OK_FORMAT = False
name = "forward"
points = 5


def own_but_smaller(run, own, answers):
    """Give the student's own output for the first batch, as much smaller as some ε makes it."""
    first, *_ = outs = np.array(own[TRAINED])
    ends = [[first * x.std(axis=0) / ends["root"](x.var(axis=0)) for x in run.batches]
            for ends in bn.ROOTS]
    return {TRAINED: tuple(np.clip(outs, np.min(ends, axis=0), np.max(ends, axis=0)))}


SIZES = [size * spread_out(8) for size in (1e2, 1.0, 1e-2, 1e-4, 0.0)]
SHRUNK = USUAL.but(beta=bn.ZEROS, batches=SIZES)
CONSTANT = SHRUNK.but(batches=[batch(8) * (1, 1, 0, 1)])
TINY = [USUAL.but(given=(bn.ZEROS, x.var(axis=0)), test_batches=[x]) for x in SIZES]
# From far away, where single precision sees one number, the same features must look the same.
FAR = [USUAL.but(batches=[offset + 0.015 * spread_out(8)]) for offset in (0.0, 1e6)]
GIVEN = USUAL.but(given=[-bn.BETA, np.square(bn.GAMMA)])

train_output = LAYER.agrees(
    bn.used, TRAINED, name="train_output", points=3,
    runs=[USUAL.but(batches=[batch(n) for n in (8, 3, 2, 5)]),
          bn.ONE_FEATURE.but(batches=[batch(5)[:, 1:2]]),
          USUAL.but(batches=[batch(700), 1e6 * batch(6), np.vstack([batch(59), 1e5 * bn.ONES])])],
    also=[LAYER.further(bn.used, *FAR, results=[TRAINED])],
    says="In training each feature must be normalized over the batch, with the biased variance, "
    "then scaled by gamma and shifted by beta.")
epsilon = LAYER.agrees(
    bn.used, TRAINED, name="epsilon", points=1, runs=[SHRUNK], carried=[Follows(own_but_smaller)],
    public=[bn.PUBLIC.but(batches=[bn.SEEN[1] * (1.0, 0.0)])],
    also=[LAYER.further(bn.used, SHRUNK, CONSTANT, results=[TRAINED]),
          LAYER.further(bn.used, *TINY, results=[TESTED])],
    says="A feature that is the same in every sample has variance 0: what must keep the division "
    "away from 0/0?")
arguments = LAYER.holds(
    bn.used, TRAINED, name="arguments", points=1, under=[results_read_late("forward")],
    runs=[GIVEN.but(batches=[batch(5, seed=n), batch(5)]) for n in (0, 1)],
    keeps=["gamma", "beta", "given", "batches"],
    says="forward must change no array that is not its own.")
