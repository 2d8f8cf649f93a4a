"""Hidden test cases of ``train``: each looks at one thing, so that one mistake costs one."""

# fmt: off
import numpy as np

from assignments.deep_narrow.inputs import DEEP, PARTS, X3, X5, Y3, Y5, cost, net, trained
from grader import checks
from grader.checks.asking import results_of_right
from grader.checks.callers import results_read_late
from grader.checks.carrying import Follows
from grader.checks.judging import each
from grader.checks.scenario import peek, snapshot
from reference.deep_narrow import DeepNarrowLNN

OK_FORMAT = False
name, points = "train", 3


def trained_twice(Net, run):
    """Train as often at once as another net does in two turns."""
    whole = Net(snapshot(run.init_ws)).train(run.x, run.y_t, run.eta, 7)
    parted = Net(run.init_ws)
    return {"loss_records": snapshot(whole), "first": parted.train(run.x, run.y_t, run.eta, 3),
            "W": snapshot(peek(parted, "W")), "second": parted.train(run.x, run.y_t, run.eta, 4)}


def records(own, name="loss_records"):
    return checks.array(own[name], name="loss_records", shape=(None,), finite=False)


def weights_of(own):
    return checks.array(own["W"], name="W", finite=False).ravel()


def diverges(run, own):
    return not np.all(np.abs(weights_of(own)) < 1e3 * np.abs(run.init_ws).max())


def of_own_steps(run, own, fewer):
    """The losses at the weights that fewer epochs end with; who stands still has none."""
    path = [run.init_ws.ravel(), *map(weights_of, fewer)]
    losses = [results_of_right(cost, run.but(init_ws=w), [DeepNarrowLNN])["cost"] for w in path]
    return {} if np.array_equal(path[0], path[-1]) else {"loss_records": np.array(losses)}


def goes_on_from_there(run, seen):
    """The second train begins as the whole one goes on; who keeps no weights is charged there."""
    whole, second = records(seen), records(seen, "second")
    later = np.isclose(whole[1:], second[0], equal_nan=True).any()
    stands = seen["W"] is not None and np.array_equal(weights_of(seen), run.init_ws.ravel())
    if not abs(whole[0] - whole[1]) > 0 or not (later or stands):
        raise checks.CheckFailure(checks.say("loss_records does not go on."), name="loss_records")


def ends_in_nan(run, seen):
    """After a record that is not finite all is NaN, and so is all in HUGE after the first."""
    own, is_huge = records(seen), run is HUGE
    after = np.isnan(own[1:][is_huge | ~np.isfinite(own[:-1])])
    if len(own) < run.n_epochs or not after.all() or not (is_huge or np.isfinite(own[0])):
        text = checks.say("loss_records must hold numbers, and NaN after what is not finite.")
        raise checks.CheckFailure(text, kind="finite", name="loss_records")


GROWS = net([1.0 + 0.1 * np.cos(np.arange(24))], X3, Y3, 0.3, 2)
RUNS = [
    net((0.7, -1.3, 1.1), X5, Y5, n_epochs=7), net([DEEP[:30]], X5, Y5, 2e-3),
    net([(-0.6, 1.4)], 1e-3 * X3, 1e-3 * Y3, 5e4, 1), GROWS, net([0.9] * 20, X5, 2 * X5, 0.3, 3),
    net((1.1, 0.9, 1.2), X5, 1.5 * X5, 0.15, 10),  # ends with a loss of zero
    net([(0.9, -1.2, 0.8)], 1e6 * X3, 1e6 * Y3, 3e-14, 3), net((1.2e-3, 8e-4), 1e6 * X5, Y5, 3e-8)]
HUGE = GROWS.but(init_ws=np.full((1, 24), 1e300), n_epochs=4)  # infinite in any precision
BLOWN_UP = [HUGE, GROWS.but(n_epochs=7), RUNS[4].but(n_epochs=8)]
TRAIN = PARTS.resting_on("forward", "loss", "dloss_dw", rows=["dloss_dw"])
OWN = Follows(of_own_steps, trained,
              lambda run, own: [run.but(n_epochs=k) for k in range(1, run.n_epochs)])

loss_records = TRAIN.agrees(
    trained, "loss_records", name="loss_records", points=0.75, runs=RUNS, carried=[OWN],
    diverges=diverges, says="loss_records must hold the loss before each step, one for each epoch.")
last_weights = TRAIN.agrees(
    trained, "W", name="last_weights", points=1, runs=RUNS, row=True, diverges=diverges,
    says="After training, W must hold the weights that gradient descent ends with.")
blow_up = TRAIN.shows(
    trained, each(BLOWN_UP, ends_in_nan), name="blow_up", points=0.5, runs=BLOWN_UP,
    says="After a gradient that is not finite, train must record NaN to the end.")
goes_on = TRAIN.shows(
    trained_twice, each(RUNS[:2], goes_on_from_there), name="goes_on", points=0.5, runs=RUNS[:2],
    says="A second train must go on from the weights that the net has.")
pure = TRAIN.holds(
    trained, "loss_records", name="pure", points=0.25, runs=[RUNS[0].but(n_epochs=2), GROWS],
    keeps=["init_ws", "x", "y_t"], under=[results_read_late("train")],
    says="train must change neither init_ws, x and y_t nor the records that it returned before.")
