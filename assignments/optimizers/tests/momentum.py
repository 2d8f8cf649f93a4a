"""Hidden tests: momentum."""

from otter.test_files import test_case

from reference import optimizer_runs as runs
from reference import optimizers as reference

OK_FORMAT = False

name = "momentum"
points = 7


@test_case(
    name="update_rule",
    points=4,
    hidden=True,
    failure_message="The parameters do not go where the rule leads.",
)
def test_update_rule(Momentum):
    runs.update_rule(Momentum, reference.Momentum, (0.037, 0.83))


@test_case(
    name="caller",
    points=1,
    hidden=True,
    failure_message="The step depends on which objects hold the numbers, or changes grads.",
)
def test_caller(Momentum):
    runs.caller(Momentum, (0.037, 0.83))


@test_case(
    name="instances",
    points=1,
    hidden=True,
    failure_message="Two optimizers used in turn disturb each other.",
)
def test_instances(Momentum):
    runs.instances(Momentum, (0.037, 0.83), (0.11, 0.6))


@test_case(
    name="defaults",
    points=1,
    hidden=True,
    failure_message="Made without arguments, it is not made with the defaults of the table.",
)
def test_defaults(Momentum):
    runs.defaults(Momentum, (0.01, 0.9))
