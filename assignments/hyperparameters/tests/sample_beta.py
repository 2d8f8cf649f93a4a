"""Hidden tests: β with 1-β log-uniform; no end is nearer to 1 than float32 can tell apart."""

# fmt: off
from assignments.hyperparameters.inputs import BETA, cases, log_level

OK_FORMAT = False
name, points = "sample_beta", 8

shape, distribution, independent, source, fresh = cases(
    BETA, name, lambda own, run: log_level(1 - own, 1 - run.low, 1 - run.high),
    [(0.9, 0.999), (0.5, 0.95), (0.01, 0.2), (0.0005, 0.9995), (0.97, 0.99)])
