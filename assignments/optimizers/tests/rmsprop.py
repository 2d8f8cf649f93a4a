"""Hidden tests: RMSprop."""

from assignments.optimizers.inputs import cases
from reference.optimizers import RMSprop

OK_FORMAT = False

name = "rmsprop"
points = 7

update_rule, caller, instances, defaults = cases(
    RMSprop,
    hyper=(0.03125, 0.83),
    other=(0.11, 0.95),
    defaults=(0.01, 0.99),
    points=(4, 1, 1, 1),
    adaptive=True,
)
