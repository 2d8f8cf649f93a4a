"""Hidden test cases of the running statistics and of the forward pass at test time.

``test_output`` takes the running statistics from the student's own instance, so that a
wrong update costs ``updates`` alone; statistics that belong to the class cost ``instances``.
"""

from itertools import product

import numpy as np

from assignments.batchnorm import inputs as bn
from assignments.batchnorm.inputs import BETA, GAMMA, LAYER, ONES, ZEROS, batch, made
from grader.checks import callers
from grader.checks.carrying import Follows
from grader.checks.scenario import peek, snapshot
from grader.checks.standing_in import with_harmless_test_time
from reference.batchnorm import BatchNormalization

OK_FORMAT = False
name = "running"
points = 7

TESTED = "forward at test time"


def new(Layer, run):
    """A layer; what its class keeps, by mistake, is next to zeros after one without momentum."""
    for x in run.before:
        Layer(run.gamma, run.beta, 0.0).forward(x, True)
    return Layer(run.gamma, run.beta, run.momentum, *run.given)


def statistics(layer):
    return {key: snapshot(peek(layer, key)) for key in ("running_mean", "running_var")}


def updated(Layer, run):
    """Train batch by batch; the running statistics after the last."""
    layer = new(Layer, run)
    return {"_outs": [layer.forward(x, True) for x in run.batches]} | statistics(layer)


def from_own_output(run, own, answers):
    """Give what follows from the means and variances that the student's own output tells."""
    batches = []
    for x, out in zip(run.batches, own["_outs"], strict=True):
        std = bn.divisors(run, x, out)
        mean = np.mean(x - (out - run.beta) / run.gamma * std, axis=0)
        batches.append(np.array([mean - std, mean + std]))
    return updated(BatchNormalization, run.but(batches=batches))


def tested(Layer, run):
    """Train batch by batch, if there is any; then test time."""
    layer = new(Layer, run)
    for x in run.batches:
        layer.forward(x, True)
    return statistics(layer) | {TESTED: layer.forward(snapshot(run.x), False)}


def found(run, seen):
    """The running statistics among results; None stands for zeros."""
    several = (seen["running_mean"], seen["running_var"])
    return [np.zeros_like(run.gamma) if s is None else np.reshape(s, -1) for s in several]


def of_own_statistics(run, own, answers):
    """Yield what is right for the student's statistics, or for what test time makes of them."""
    before = found(run, own)
    after = found(run, updated(BatchNormalization, run.but(given=before, batches=[run.x])))
    for given in product(*zip(before, after, strict=True)):
        yield tested(BatchNormalization, run.but(given=given, batches=[]))


def two_samples(run, own):
    """A batch that has the student's own running statistics."""
    mean, var = found(run, own)
    return [run.but(x=np.array([mean - np.sqrt(var), mean + np.sqrt(var)]))]


def as_in_training(run, own, answers):
    """Give what training makes of a batch with these statistics: there its formula is charged."""
    (low, high), (first, last) = two_samples(run, own)[0].x, answers[0]["forward"]
    return {TESTED: first + (run.x - low) / (high - low) * (last - first)}


def used(Layer, run):
    """Train twice, test, and train again."""
    layer = new(Layer, run)
    outs = [layer.forward(snapshot(x), True) for x in run.batches]
    tested = layer.forward(run.x, False)
    outs.append(layer.forward(run.last, True))
    return {"forward": outs, TESTED: tested}


BATCHES = [batch(samples, seed=call) for call, samples in enumerate((8, 3, 5, 4, 6), start=1)]
USUAL = made(
    before=[1e-12 * batch(6)], momentum=0.7, given=(), batches=BATCHES, x=batch(6, seed=20)
)
GIVEN = np.array([90.0, -300.0, -20.0, 15.0]), np.array([1200.0, 9000.0, 2500.0, 20000.0])
VARIED = [1e6 * batch(6), batch(400)]
OFTEN = [batch(2, seed=n) for n in range(45)]
NARROW = [x[:, 1:2] for x in BATCHES]
ALONE = USUAL.but(before=[])
ONE_FEATURE = ALONE.but(gamma=GAMMA[1:2], beta=BETA[1:2], batches=NARROW)
UNTRAINED = [USUAL.but(batches=[], given=given) for given in ((ZEROS, ZEROS), ())]
# All of one size, so that backward may follow each forward.
ALIKE = [batch(5, seed=n) for n in range(6)]
USED = [USUAL.but(momentum=0.9, x=x, batches=ALIKE[:3], last=ALIKE[3]) for x in ALIKE[4:6]]

updates = LAYER.agrees(
    updated, name="updates", points=2, row=True,
    runs=[
        USUAL.but(batches=BATCHES[:1]), USUAL, USUAL.but(given=GIVEN),
        USUAL.but(given=(ZEROS, ONES)), USUAL.but(momentum=0.0), USUAL.but(batches=VARIED),
        USUAL.but(momentum=0.9, batches=OFTEN),
    ],
    carried=[Follows(from_own_output)],
    also=[
        LAYER.further(updated, ALONE, ONE_FEATURE),
        LAYER.further(tested, *UNTRAINED, results=[TESTED]),
    ],
    says="The running statistics must start at zeros, or as given, and be moving averages.",
)  # fmt: skip
test_output = bn.WHOLE.agrees(
    tested, TESTED, name="test_output", points=2,
    runs=[
        USUAL.but(given=GIVEN, batches=[]), USUAL.but(given=GIVEN), USUAL,
        USUAL.but(given=(ZEROS, ONES)),
    ],
    carried=[
        Follows(of_own_statistics),
        Follows(as_in_training, bn.normalized, two_samples, bn.BELIEVED),
    ],
    says="At test time the running statistics must take the place of the batch's.",
)  # fmt: skip
TESTING = bn.WHOLE.replacing("forward", with_harmless_test_time, bn.at_test_time)
test_time_changes_nothing = TESTING.holds(
    used, name="test_time_changes_nothing", points=1, runs=USED, keeps=["x"],
    under=[callers.called_between("forward", False), callers.followed_by("forward", "backward")],
    says="At test time x must stay as it is, and only training may move the running statistics.",
)  # fmt: skip
defaults = LAYER.holds(
    used, name="defaults", points=1, runs=USED, under=[callers.defaults_left_out(0.9, True)],
    says="momentum must be 0.9 and train_flg True where they are not given.",
)  # fmt: skip
instances = LAYER.holds(
    used, name="instances", points=1, runs=USED,
    under=[callers.another_instance(2 * GAMMA, BETA, 0.6)],
    says="Two layers must not share what each should have for itself.",
)  # fmt: skip
