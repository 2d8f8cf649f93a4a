"""Hidden tests: β with 1-β log-uniform; no end is nearer to 1 than float32 can tell apart."""

# fmt: off
import numpy as np

from assignments.hyperparameters.inputs import BETA, cases

OK_FORMAT = False
name, points = "sample_beta", 8


def level(own, run):
    far, near = 1 - run.low, 1 - run.high
    return np.log(np.maximum(1 - own, 1e-300) / far) / np.log(near / far)


shape, distribution, independent, source, fresh = cases(
    BETA, name, level, [(0.9, 0.999), (0.5, 0.95), (0.01, 0.2), (0.0005, 0.9995), (0.97, 0.99)])
