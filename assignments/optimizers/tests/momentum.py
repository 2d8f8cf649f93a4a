"""Hidden tests: Momentum."""

from assignments.optimizers.inputs import cases
from reference.optimizers import Momentum

OK_FORMAT = False

name = "momentum"
points = 7

update_rule, caller, instances, defaults = cases(
    Momentum, hyper=(0.03125, 0.83), other=(0.11, 0.6), defaults=(0.01, 0.9), points=(4, 1, 1, 1)
)
