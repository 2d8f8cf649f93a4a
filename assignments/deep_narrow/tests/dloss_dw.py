"""Hidden test cases of ``dloss_dw``.

The gradient of the student's own loss of the own predictions is right, too: a factor that is
missing there is charged there.  ``pure`` asks only that ``dloss_dw`` agrees with itself.
"""

# fmt: off
from assignments.deep_narrow.inputs import BELIEVED, PARTS, PUBLIC, RUNS, ZEROS, cost, net
from grader.checks import callers as by
from grader.checks.carrying import Slope
from grader.checks.scenario import or_after, snapshot

OK_FORMAT = False
name, points = "dloss_dw", 3


@or_after(dloss_dw="forward")
def derived(Net, run):
    """The gradients at the right predictions, and at the own."""
    net = Net(run.init_ws)
    return {"dloss_dw": snapshot(net.dloss_dw(run.x, run.y_t, run.y_p)),
            "_own": net.dloss_dw(run.x, run.y_t, net.forward(run.x))}


def asked(Net, run):
    """The gradients, without a forward before; and predictions afterwards."""
    net = Net(run.init_ws)
    return {"dloss_dw": net.dloss_dw(run.x, run.y_t, run.y_p), "forward": net.forward(run.other)}


SLOPES = PARTS.resting_on("forward", "loss")
OWN = Slope(cost, of="init_ws", result="_own", believed=BELIEVED, row=True)
values = SLOPES.agrees(
    derived, "dloss_dw", name="values", points=1.75, row=True, carried=[OWN],
    says="dloss_dw must give the derivative of the loss with respect to each weight.")
zero_weights = SLOPES.agrees(
    derived, "dloss_dw", name="zero_weights", points=0.75, runs=ZEROS, row=True, carried=[OWN],
    public=[net((0.0, 2.0, 3.0), PUBLIC.x, PUBLIC.y_t)],
    says="The gradients must be exact also where weights are 0 or tiny.")
pure = SLOPES.holds(
    asked, name="pure", points=0.5, runs=RUNS[:2], keeps=["x", "y_t", "y_p"],
    under=[by.used_before(lambda net: net.forward(0.5 * RUNS[0].x)), by.buffers_reused(),
           by.called_twice("dloss_dw"), by.results_read_late("dloss_dw")],
    says="dloss_dw must go by its arguments and the net's own weights, and change nothing.")
