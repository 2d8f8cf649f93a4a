"""Hidden test cases of ``train``.

Where ``forward``, ``loss`` or ``dloss_dw`` is wrong, all is judged with the right one in its
place.  Weights are chosen so that nothing but ``blow_up`` leaves the range of numbers.
"""

# fmt: off
import numpy as np

from assignments.deep_narrow import inputs as dn
from assignments.deep_narrow.inputs import CHARGED, PARTS, X3, X5, Y3, Y5, net, trained
from grader import checks
from grader.checks import callers as by
from grader.checks.judging import each
from grader.checks.scenario import snapshot
from reference.deep_narrow import DeepNarrowLNN

OK_FORMAT = False
name, points = "train", 4


def trained_twice(Net, run):
    """Train as often at once as another net does in two turns."""
    model, other = Net(snapshot(run.weights)), Net(run.weights)
    return {"whole": model.train(run.x, run.y_t, run.eta, 7),
            "first": other.train(run.x, run.y_t, run.eta, 3),
            "second": other.train(run.x, run.y_t, run.eta, 4)}


def records(own, epochs=None, *, finite=True):
    return checks.array(own, name="loss_records", shape=(epochs,), finite=finite)


def goes_on_from_there(run, seen):
    whole, first, second = map(records, seen.values())
    if whole.min() == whole.max():
        raise checks.CheckFailure(checks.say("loss_records stands still."), name="loss_records")
    checks.value(second, whole[len(first) :][: len(second)], name=checks.say("the second train"))


def ends_in_nan(run, seen):
    """Compare the records up to 1e12; those after the one that is not finite must be NaN."""
    own = records(seen["loss_records"], run.n_epochs, finite=False)
    right = trained(DeepNarrowLNN, run)["loss_records"]
    for a, b in zip(own[right <= 1e12], right[right <= 1e12], strict=True):
        checks.scalar(a, b, name="loss_records", tolerance=checks.Tolerance(absolute=1e-3 * b))
    if not np.isnan(own[np.isnan(right)]).all():
        text = checks.say("loss_records has a number after the epoch that was not finite.")
        raise checks.CheckFailure(text, kind="finite", name="loss_records")


RUNS = [
    net((0.7, -1.3, 1.1), X5, Y5, eta=0.02, n_epochs=7),
    net([(-0.6, 1.4)], X3, Y3, eta=0.05, n_epochs=1),
    net([dn.DEEP[:40]], X5, Y5, eta=2e-3, n_epochs=5),
    net((1.1, 0.9, 1.2), X5, 1.5 * X5, eta=0.05, n_epochs=60),  # ends with a loss of zero
    net((1.6, -1.1, 0.9, 1.3), X3, Y3, eta=0.1, n_epochs=2),  # the loss rises
    net((0.0, 1.2, -0.8), dn.X1000, dn.Y1000, eta=0.3, n_epochs=4),
    net([(0.9, -1.2, 0.8, 1.1)], 1e6 * X3, 1e6 * Y3, eta=3e-14, n_epochs=3),
    net((1.2e-3, 8e-4), 1e6 * X5, Y5, eta=3e-8, n_epochs=4)]
BLOWN_UP = [net((3.0, 2.0, 1.5, -2.0, 4.0), X3, Y3, eta=0.5, n_epochs=9),
            net([[1.1] * 12], X3, Y3, eta=3.0, n_epochs=30),
            net([[1e6] * 30], X3, Y3, eta=0.01, n_epochs=4)]

TRAIN = PARTS.resting_on(**CHARGED)
loss_records = TRAIN.agrees(
    trained, "loss_records", name="loss_records", points=1.75, runs=RUNS,
    says="loss_records must hold the loss before each step, one for each epoch.")
last_weights = TRAIN.agrees(
    trained, "W", name="last_weights", points=0.75, runs=RUNS, row=True,
    says="After training, W must hold the last weights.")
blow_up = TRAIN.shows(
    trained, each(BLOWN_UP, ends_in_nan), name="blow_up", points=0.5, runs=BLOWN_UP,
    says="After a gradient that is not finite, train must record NaN to the end.")
goes_on = TRAIN.shows(
    trained_twice, each(RUNS[:2], goes_on_from_there), name="goes_on", points=0.5, runs=RUNS[:2],
    says="A second train must go on from the weights that the net has.")
pure = TRAIN.holds(
    trained, "loss_records", name="pure", points=0.5, keeps=["weights", "x", "y_t"], runs=RUNS[:2],
    under=[by.another_instance(), by.arguments_overwritten(), by.results_read_late("train")],
    says="train must change neither init_ws, x and y_t nor what belongs to another net.")
