"""Hidden tests: numbers of units."""

# fmt: off
import numpy as np

from assignments.hyperparameters.inputs import SEED, UNITS, cases

OK_FORMAT = False
name, points = "sample_units", 8


def level(own, run):
    """A whole number stands for an interval, from which the judge draws."""
    inside = np.random.default_rng(SEED).random(own.shape)
    return (own - run.low + inside) / (run.high - run.low + 1)


shape, distribution, independent, source, fresh = cases(
    UNITS, name, level, [(50, 100), (3, 12), (1, 2), (7, 1000), (1, 300_000)], whole=True)
