"""Hidden tests: learning rates, log-uniform."""

# fmt: off
from assignments.hyperparameters.inputs import RATE, cases, log_level

OK_FORMAT = False
name, points = "sample_learning_rate", 8

shape, distribution, independent, source, fresh = cases(
    RATE, name, lambda own, run: log_level(own, run.low, run.high),
    [(1e-4, 1e-1), (0.003, 0.7), (20.0, 5e4), (1e-9, 1e3), (0.02, 0.03)])
