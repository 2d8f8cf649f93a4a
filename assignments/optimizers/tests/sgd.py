"""Hidden tests: SGD."""

from assignments.optimizers.inputs import cases
from reference.optimizers import SGD

OK_FORMAT = False

name = "sgd"
points = 6

update_rule, caller, instances, defaults = cases(
    SGD, hyper=(0.03125,), other=(0.11,), defaults=(0.01,), points=(3, 1, 1, 1)
)
