"""Hidden tests: learning rates, log-uniform."""

# fmt: off
import numpy as np

from assignments.hyperparameters.inputs import RATE, cases

OK_FORMAT = False
name, points = "sample_learning_rate", 8


def level(own, run):
    return np.log(np.maximum(own, 1e-300) / run.low) / np.log(run.high / run.low)


shape, distribution, independent, source, fresh = cases(
    RATE, name, level, [(1e-4, 1e-1), (0.003, 0.7), (2.0, 50.0), (1e-9, 1e3), (0.02, 0.03)])
