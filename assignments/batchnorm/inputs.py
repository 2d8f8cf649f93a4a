"""What is done with a layer of batch normalization, with which batches, and when it is believed.

The batches are small, so that a divisor N - 1 shows, and not square, so that a wrong axis
does.  Ordinary columns have standard deviations above 20, where every accepted ε changes less
than 1e-6 of a result; for others each ε between the ends is right.
"""

# fmt: off
import numpy as np

from grader.checks import carrying, exercise, say, scenario, standing_in
from reference.batchnorm import BatchNormalization

GAMMA = np.array([1.3, -0.7, 2.1, 0.4])
BETA = np.array([0.2, -1.1, 0.6, 3.0])
ZEROS, ONES = np.zeros(4), np.ones(4)
# Any ε from 1e-8 to 1e-5, inside or outside the root, lies between these.
ROOTS = [lambda v: np.sqrt(v) + 1e-8, lambda v: np.sqrt(v) + 1e-5, lambda v: np.sqrt(v + 1e-5)]
TRAINED, TESTED = say("forward in training"), say("forward at test time")
STATISTICS = ("running_mean", "running_var")


def used(Layer, run):
    """Train batch by batch, go forward at test time, and train again."""
    for x in run.before:
        Layer(run.gamma, run.beta, 0.0).forward(x, True)
    layer = Layer(run.gamma, run.beta, run.momentum, *run.given)
    trained = [layer.forward(x, True) for x in run.batches]
    tested = [layer.forward(x, False) for x in run.tested]
    trained += [layer.forward(x, True) for x in run.later]
    outs = {TRAINED: tuple(trained), TESTED: tuple(tested)}
    return outs | {name: scenario.peek(layer, name) for name in STATISTICS}


def forward(Layer, run):
    """Go forward with one batch, in training or at test time."""
    return {"forward": Layer(run.gamma, run.beta, 0.9, *run.given).forward(run.x, run.flag)}


def spread_out(samples, *, seed=0):
    """Return columns with means near 0 and biased variances between 0.4 and 1.5."""
    rng = np.random.default_rng(1000 * samples + seed)
    noise = rng.uniform(-0.2, 0.2, (samples, 4))
    return noise + rng.permuted(np.linspace(-1.5 * ONES, 1.5 * ONES, samples), axis=0)


def batch(samples, *, seed=0):
    """Return an ordinary batch: no two features have the same mean or spread."""
    return [100.0, -250.0, 30.0, 0.0] + [40.0, 90.0, 60.0, 130.0] * spread_out(samples, seed=seed)


def shown_by(run, x, out):
    """Return the mean and the deviation with which x was normalized, as the output shows them."""
    std = np.abs(run.gamma) * np.ptp(x, axis=0) / np.ptp(out, axis=0)
    return np.mean(x - (out - run.beta) / run.gamma * std, axis=0), std


X = batch(5, seed=7)
USUAL = scenario.Run(gamma=GAMMA, beta=BETA, momentum=0.7, given=(), before=[], batches=[],
                     tested=[], later=[], flag=True)
ONE_FEATURE = USUAL.but(gamma=GAMMA[1:2], beta=BETA[1:2])
# It may have the wrong divisor, axis or order, and still makes backward worth its points.
BELIEVED = carrying.Belief(
    forward, [USUAL.but(x=x) for x in (X, X, X + 70.0, 3.0 * X)], carrying.are_alike)
SEEN = [np.array([[10.0, 20], [40, 60], [70, -10]]), np.array([[50.0, 30], [-10, 30], [80, 30]])]
PUBLIC = USUAL.but(gamma=np.array([2.0, 0.5]), beta=np.array([1.0, -1.0]), momentum=0.8,
                   batches=SEEN, x=SEEN[0], dout=np.array([[1.0, -1.0], [0.5, 3.0], [-2.0, 1.0]]))
GIVEN = PUBLIC.but(given=tuple(SEEN[0][:2]), tested=SEEN[:1], later=SEEN[1:])
WHOLE = exercise.Exercise(BatchNormalization, runs=[USUAL.but(x=X, flag=False, given=(BETA, ONES))],
                          public=[PUBLIC, GIVEN], freedoms=[{"root": root} for root in ROOTS])
# A test time that raises, or that there is none, is charged where it is asked for.
LAYER = WHOLE.replacing("forward", standing_in.without_test_time, forward)
