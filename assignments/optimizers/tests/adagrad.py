"""Hidden tests: AdaGrad."""

from assignments.optimizers.inputs import cases
from reference.optimizers import AdaGrad

OK_FORMAT = False

name = "adagrad"
points = 7

update_rule, caller, instances, defaults = cases(
    AdaGrad, hyper=(0.03125,), other=(0.11,), defaults=(0.01,), points=(4, 1, 1, 1), adaptive=True
)
