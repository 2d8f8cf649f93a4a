"""Hidden tests: stochastic gradient descent."""

from otter.test_files import test_case

from reference import optimizer_runs as runs
from reference import optimizers as reference

OK_FORMAT = False

name = "sgd"
points = 6


@test_case(
    name="update_rule",
    points=3,
    hidden=True,
    failure_message="The parameters do not go where the rule leads.",
)
def test_update_rule(SGD):
    runs.update_rule(SGD, reference.SGD, (0.037,))


@test_case(
    name="caller",
    points=1,
    hidden=True,
    failure_message="The step depends on which objects hold the numbers, or changes grads.",
)
def test_caller(SGD):
    runs.caller(SGD, (0.037,))


@test_case(
    name="instances",
    points=1,
    hidden=True,
    failure_message="Two optimizers used in turn disturb each other.",
)
def test_instances(SGD):
    runs.instances(SGD, (0.037,), (0.11,))


@test_case(
    name="defaults",
    points=1,
    hidden=True,
    failure_message="Made without arguments, it is not made with the defaults of the table.",
)
def test_defaults(SGD):
    runs.defaults(SGD, (0.01,))
