"""Hidden test cases of ``train``: each looks at one thing, so that one mistake costs one."""

# fmt: off
import numpy as np

from assignments.deep_narrow.inputs import (
    DEEP, PARTS, X3, X5, X1000, Y3, Y5, Y1000, cost, net, trained)
from grader import checks
from grader.checks import callers as by
from grader.checks.carrying import Follows
from grader.checks.judging import each
from grader.checks.scenario import results_of_right, snapshot
from reference.deep_narrow import DeepNarrowLNN

OK_FORMAT = False
name, points = "train", 3


def trained_twice(Net, run):
    """Train as often at once as another net does in two turns."""
    whole, parted = Net(snapshot(run.init_ws)), Net(run.init_ws)
    return {"whole": whole.train(run.x, run.y_t, run.eta, 7),
            "first": parted.train(run.x, run.y_t, run.eta, 3),
            "second": parted.train(run.x, run.y_t, run.eta, 4)}


def records(own):
    return checks.array(own["loss_records"], name="loss_records", shape=(None,), finite=False)


def last_weights_of(run, own):
    shape = run.init_ws.shape
    return checks.array(own["W"], name="W", finite=False).reshape(shape)


def of_own_steps(run, own, fewer):
    """The losses at the weights that fewer epochs end with; who stands still has none."""
    path = [run.init_ws, *(last_weights_of(run, results) for results in fewer)]
    if np.array_equal(path[0], path[-1]):
        return {}
    losses = [results_of_right(cost, run.but(init_ws=w), [DeepNarrowLNN])["cost"] for w in path]
    return {"loss_records": np.array(losses)}


def goes_on_from_there(run, seen):
    """The second train must begin as the whole one goes on, after however many steps."""
    whole, first, second = (records({"loss_records": own}) for own in seen.values())
    later = zip(whole[1:], whole[2:], strict=False)
    if whole.min() == whole.max() or not any(np.allclose(second[:2], two) for two in later):
        raise checks.CheckFailure(checks.say("loss_records does not go on."), name="loss_records")


def ends_in_nan(seen):
    """Who is wrong in the first run is charged elsewhere, and asked for the second one alone."""
    usual, *blown_up = map(records, seen)
    right = [trained(DeepNarrowLNN, run.fresh())["loss_records"] for run in BLOWN_UP]
    is_right = usual.shape == right[0].shape and np.allclose(usual, right[0], rtol=1e-4)
    for own, wanted in list(zip(blown_up, right[1:], strict=True))[: 3 if is_right else 1]:
        until, small = np.isnan(wanted), wanted <= 1e12
        if len(own) < len(wanted) or not np.isnan(own[: len(wanted)][until]).all():
            text = checks.say("loss_records is not NaN after the epoch that was not finite.")
        elif not np.allclose(own[: len(wanted)][small], wanted[small], rtol=1e-2):
            text = checks.say("loss_records is wrong before the training blows up.")
        else:
            continue
        raise checks.CheckFailure(text, kind="finite", name="loss_records")


RUNS = [
    net((0.7, -1.3, 1.1), X5, Y5, n_epochs=7), net([(-0.6, 1.4)], X3, Y3, 0.05, 1),
    net([DEEP[:40]], X5, Y5, 2e-3, 5), net((0.0, 1.2, -0.8), X1000, Y1000, 0.3),
    net((1.1, 0.9, 1.2), X5, 1.5 * X5, 0.1, 20),  # ends with a loss of zero
    net((1.6, -1.1, 0.9, 1.3), X3, Y3, 0.1, 2),  # the loss rises
    net([(0.9, -1.2, 0.8, 1.1)], 1e6 * X3, 1e6 * Y3, 3e-14, 3),
    net((1.2e-3, 8e-4), 1e6 * X5, Y5, 3e-8)]
# The usual, one whose first gradient is not finite in any precision, and two that grow.
BLOWN_UP = [RUNS[0], net([[1e300] * 30], X3, Y3), net([0.9] * 40, X5, 2 * X5, 0.3, 9),
            net([1.0 + 0.1 * np.cos(np.arange(24))], X3, Y3, 0.3, 7)]
TRAIN = PARTS.resting_on("forward", "loss", "dloss_dw", rows=["dloss_dw"])
OWN = Follows(of_own_steps, trained,
              lambda run, own: [run.but(n_epochs=k) for k in range(1, run.n_epochs)])


def diverges(run, own):
    return not np.all(np.abs(last_weights_of(run, own)) < 1e3 * np.abs(run.init_ws).max())


loss_records = TRAIN.agrees(
    trained, "loss_records", name="loss_records", points=0.75, runs=RUNS, carried=[OWN],
    diverges=diverges,
    says="loss_records must hold the loss before each step, one for each epoch.")
last_weights = TRAIN.agrees(
    trained, "W", name="last_weights", points=1, runs=RUNS, row=True,
    says="After training, W must hold the weights that gradient descent ends with.")
blow_up = TRAIN.shows(
    trained, ends_in_nan, name="blow_up", points=0.5, runs=BLOWN_UP,
    says="After a gradient that is not finite, train must record NaN to the end.")
goes_on = TRAIN.shows(
    trained_twice, each(RUNS[:2], goes_on_from_there), name="goes_on", points=0.5, runs=RUNS[:2],
    says="A second train must go on from the weights that the net has.")
pure = TRAIN.holds(
    trained, "loss_records", name="pure", points=0.25, runs=RUNS[:2], keeps=["x", "y_t"],
    under=[by.results_read_late("train")],
    says="train must change neither x and y_t nor the records that it returned before.")
