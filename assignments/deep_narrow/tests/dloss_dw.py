"""Hidden test cases of ``dloss_dw``.

The gradient of the student's own loss, of the own prediction, is right, too: a factor that is
missing there is charged there.  ``pure`` asks only that ``dloss_dw`` agrees with itself.
"""

# fmt: off
from assignments.deep_narrow.inputs import BELIEVED, PARTS, RUNS, ZEROS, derived, measured
from grader.checks import callers as by
from grader.checks.carrying import Slope

OK_FORMAT = False
name, points = "dloss_dw", 3

OWN = Slope(measured, "weights", "dloss_dw", believed=BELIEVED, row=True)

values = PARTS.agrees(
    derived, "dloss_dw", name="values", points=1.75, row=True, carried=[OWN],
    says="dloss_dw must give a derivative of the loss for each weight.")
zero_weights = PARTS.agrees(
    derived, "dloss_dw", name="zero_weights", points=0.75, runs=ZEROS, row=True, carried=[OWN],
    says="The gradients must be exact also where weights are 0 or tiny.")
pure = PARTS.holds(
    derived, "dloss_dw", "_forward", name="pure", points=0.5, runs=RUNS[:2],
    keeps=["x", "y_t", "y_p", "weights"],
    under=[by.used_before(lambda net: net.forward(0.5 * RUNS[3].x)), by.buffers_reused(),
           by.called_twice("dloss_dw"), by.results_read_late("dloss_dw"), by.another_instance()],
    says="dloss_dw must go by its arguments and the net's own weights, and change nothing.")
