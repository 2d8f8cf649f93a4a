"""Hidden tests: Adam."""

from otter.test_files import test_case

from reference import optimizer_runs as runs
from reference import optimizers as reference

OK_FORMAT = False

name = "adam"
points = 8


@test_case(
    name="update_rule",
    points=5,
    hidden=True,
    failure_message="The parameters do not go where the rule leads.",
)
def test_update_rule(Adam):
    runs.update_rule(Adam, reference.Adam, (0.037, 0.83, 0.96), adaptive=True)


@test_case(
    name="caller",
    points=1,
    hidden=True,
    failure_message="The step depends on which objects hold the numbers, or changes grads.",
)
def test_caller(Adam):
    runs.caller(Adam, (0.037, 0.83, 0.96))


@test_case(
    name="instances",
    points=1,
    hidden=True,
    failure_message="Two optimizers used in turn disturb each other.",
)
def test_instances(Adam):
    runs.instances(Adam, (0.037, 0.83, 0.96), (0.11, 0.6, 0.98))


@test_case(
    name="defaults",
    points=1,
    hidden=True,
    failure_message="Made without arguments, it is not made with the defaults of the table.",
)
def test_defaults(Adam):
    runs.defaults(Adam, (0.001, 0.9, 0.999))
