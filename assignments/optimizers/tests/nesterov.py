"""Hidden tests: Nesterov."""

from assignments.optimizers.inputs import cases
from reference.optimizers import Nesterov

OK_FORMAT = False

name = "nesterov"
points = 7

update_rule, caller, instances, defaults = cases(
    Nesterov, hyper=(0.03125, 0.83), other=(0.11, 0.6), defaults=(0.01, 0.9), points=(4, 1, 1, 1)
)
