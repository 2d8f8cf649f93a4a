"""Hidden test cases of ``forward``; the second asks only that it agrees with itself."""

# fmt: off
from assignments.deep_narrow import inputs as dn
from grader.checks import callers as by

OK_FORMAT = False
name, points = "forward", 2

values = dn.PARTS.agrees(
    dn.predicted, name="values", points=1.25,
    says="forward must give x times the product of all weights, for any number of weights and "
    "samples.")
independent = dn.PARTS.holds(
    dn.predicted, name="independent", points=0.75, runs=dn.RUNS[:2], keeps=["weights", "x"],
    under=[by.another_instance(), by.arguments_overwritten(made=True), by.called_twice(),
           by.results_read_late(), by.buffers_reused()],
    says="Every net must have weights of its own; forward must change nothing.")
