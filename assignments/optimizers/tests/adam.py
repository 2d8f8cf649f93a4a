"""Hidden tests: Adam."""

from assignments.optimizers.inputs import cases
from reference.optimizers import Adam

OK_FORMAT = False

name = "adam"
points = 8

update_rule, caller, instances, defaults = cases(
    Adam,
    hyper=(0.03125, 0.83, 0.996),
    other=(0.11, 0.6, 0.98),
    defaults=(0.001, 0.9, 0.999),
    points=(5, 1, 1, 1),
    adaptive=True,
)
