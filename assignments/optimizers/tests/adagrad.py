"""Hidden tests: AdaGrad."""

from otter.test_files import test_case

from reference import optimizer_runs as runs
from reference import optimizers as reference

OK_FORMAT = False

name = "adagrad"
points = 7


@test_case(
    name="update_rule",
    points=4,
    hidden=True,
    failure_message="The parameters do not go where the rule leads.",
)
def test_update_rule(AdaGrad):
    runs.update_rule(AdaGrad, reference.AdaGrad, (0.037,), adaptive=True)


@test_case(
    name="caller",
    points=1,
    hidden=True,
    failure_message="The step depends on which objects hold the numbers, or changes grads.",
)
def test_caller(AdaGrad):
    runs.caller(AdaGrad, (0.037,))


@test_case(
    name="instances",
    points=1,
    hidden=True,
    failure_message="Two optimizers used in turn disturb each other.",
)
def test_instances(AdaGrad):
    runs.instances(AdaGrad, (0.037,), (0.11,))


@test_case(
    name="defaults",
    points=1,
    hidden=True,
    failure_message="Made without arguments, it is not made with the defaults of the table.",
)
def test_defaults(AdaGrad):
    runs.defaults(AdaGrad, (0.01,))
