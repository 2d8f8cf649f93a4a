"""Hidden test cases of the forward pass in training."""

# fmt: off
import numpy as np

from assignments.batchnorm import inputs as bn
from grader.checks import callers, carrying

OK_FORMAT = False
name, points = "forward", 5


def own_but_smaller(run, own, answers):
    """Give the student's own output for the first batch, as much smaller as some ε makes it."""
    std = np.std(run.batches, axis=1, keepdims=True)
    ends = [own[bn.TRAINED][0] * std / root(std**2) for root in bn.ROOTS]
    return {bn.TRAINED: tuple(np.clip(own[bn.TRAINED], np.min(ends, 0), np.max(ends, 0)))}


FLAT = [size * bn.spread_out(8) for size in (1e2, 1.0, 1e-2, 1e-4, 0.0)]
FLATTER = bn.USUAL.but(beta=bn.ZEROS, batches=FLAT)
CONSTANT = FLATTER.but(batches=[bn.batch(8) * (1.0, 1.0, 0.0, 1.0)])
TINY = [bn.USUAL.but(given=(bn.ZEROS, x.var(axis=0)), tested=[x]) for x in FLAT]
# From far away, where single precision sees one number, the same features must look the same.
FAR = [bn.USUAL.but(batches=[offset + 0.015 * bn.spread_out(8)]) for offset in (0.0, 1e6)]
OUTLIERS = np.vstack([bn.batch(59), 1e5 * bn.ONES])

train_output = bn.LAYER.agrees(
    bn.used, bn.TRAINED, name="train_output", points=3,
    runs=[bn.USUAL.but(batches=[bn.batch(samples) for samples in (8, 3, 2, 5)]),
          bn.USUAL.but(batches=[bn.batch(700), 1e6 * bn.batch(6), OUTLIERS]),
          bn.ONE_FEATURE.but(batches=[bn.batch(5)[:, 1:2]])],
    also=[bn.LAYER.further(bn.used, *FAR, results=[bn.TRAINED])],
    says="In training each feature must be normalized over the batch, with the biased variance, "
    "then scaled by gamma and shifted by beta.")
epsilon = bn.LAYER.agrees(
    bn.used, bn.TRAINED, name="epsilon", points=1, runs=[FLATTER],
    carried=[carrying.Follows(own_but_smaller)],
    also=[bn.LAYER.further(bn.used, FLATTER, CONSTANT, results=[bn.TRAINED]),
          bn.LAYER.further(bn.used, *TINY, results=[bn.TESTED])],
    says="A feature that is the same in every sample has variance 0: what must keep the division "
    "away from 0/0?")
arguments = bn.LAYER.holds(
    bn.used, bn.TRAINED, name="arguments", points=1, under=[callers.results_read_late("forward")],
    runs=[bn.USUAL.but(given=[-bn.BETA, bn.GAMMA**2], batches=[bn.batch(5, seed=n), bn.batch(5)])
          for n in (0, 1)], keeps=["gamma", "beta", "given", "batches"],
    says="forward must change no array that is not its own.")
