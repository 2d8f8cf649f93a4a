"""Hidden test cases of ``forward``; the second asks only that it agrees with itself."""

# fmt: off
from assignments.deep_narrow.inputs import PARTS, RUNS
from grader.checks import callers as by
from grader.checks import say
from grader.checks.scenario import snapshot

OK_FORMAT = False
name, points = "forward", 2


def predicted(Net, run):
    """Predictions for two arrays."""
    model = Net(run.init_ws)
    return {"forward": snapshot(model.forward(run.x)),
            say("forward of other samples"): model.forward(run.other)}


values = PARTS.agrees(
    predicted, "forward", name="values", points=1.25,
    says="forward must give x times the product of all weights, however many there are.")
# Who keeps init_ws itself may step in it as well: both are charged here.
independent = PARTS.holds(
    predicted, name="independent", points=0.75, runs=RUNS[:2], keeps=["init_ws", "x", "other"],
    under=[by.another_instance(), by.arguments_overwritten(made=True), by.called_twice(),
           by.results_read_late(), by.buffers_reused()],
    says="Every net must have weights of its own, and forward must change nothing.")
