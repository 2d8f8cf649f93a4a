"""What the hidden tests of batch normalization are run with, and whose forward is believed.

The batches are small, so that a divisor N - 1 shows, and not square, so that a wrong axis
does.  Ordinary columns have standard deviations above 20, where every accepted ε changes less
than 1e-6 of a result; for others each ε between the ends is right.
"""

import numpy as np

from grader import checks
from grader.checks.carrying import Belief, Slope
from grader.checks.exercise import Exercise
from grader.checks.scenario import Run
from grader.checks.standing_in import without_test_time
from reference.batchnorm import BatchNormalization

GAMMA = np.array([1.3, -0.7, 2.1, 0.4])
BETA = np.array([0.2, -1.1, 0.6, 3.0])
ZEROS, ONES = np.zeros(4), np.ones(4)
# A sample's features; no two columns have the same mean or spread.
OFFSET = np.array([100.0, -250.0, 30.0, 0.0])
SPREAD = np.array([40.0, 90.0, 60.0, 130.0])
# Any ε from 1e-8 to 1e-5, inside or outside the root, lies between these.
ROOTS = [
    {"root": lambda var: np.sqrt(var) + 1e-8},
    {"root": lambda var: np.sqrt(var) + 1e-5},
    {"root": lambda var: np.sqrt(var + 1e-5)},
]


def batch(samples, *, seed=0):
    """Return an ordinary batch, shape (samples, 4)."""
    return OFFSET + SPREAD * spread_out(samples, seed=seed)


def spread_out(samples, *, seed=0):
    """Return columns with means near 0 and biased variances between 0.4 and 1.5."""
    rng = np.random.default_rng(1000 * samples + seed)
    columns = rng.permuted(np.repeat([np.linspace(-1.5, 1.5, samples)], 4, axis=0), axis=1)
    return columns.T + rng.uniform(-0.2, 0.2, (samples, 4))


def upstream(samples):
    """Return a gradient that comes from the layer above, shape (samples, 4)."""
    return np.random.default_rng(2000 * samples).normal(0.3, 1.0, (samples, 4))


def made(**inputs):
    """Return a run with the usual gamma and beta besides its own inputs."""
    return Run(**{"gamma": GAMMA, "beta": BETA} | inputs)


def divisors(run, x, out):
    """Return what each column was divided by, as an output tells that was multiplied by gamma."""
    rise = np.ptp(checks.array(out, name="forward", shape=x.shape), axis=0)
    return np.abs(run.gamma) * np.ptp(x, axis=0) / rise


def normalized(Layer, run):
    """One batch in training."""
    return {"forward": Layer(run.gamma, run.beta).forward(run.x, True)}


def at_test_time(Layer, run):
    """One batch at test time."""
    return {"forward": Layer(run.gamma, run.beta, 0.9, run.beta, ONES).forward(run.x, False)}


def normalizes(answers):
    """Tell a forward that takes out what moves, and what stretches, the whole batch.

    It may have the wrong divisor, axis or order, and still makes backward worth its points.
    """
    first, *others = [checks.array(a["forward"], name="forward", shape=(5, 4)) for a in answers]
    return np.ptp(first, axis=0).min() >= 0.05 and np.abs(others - first).max() < 1e-3


def slope(of):
    """Return the other way for a gradient to be right: as that of the student's own forward."""
    return Slope(normalized, of=of, along="dout", result=f"d{of}", believed=BELIEVED)


X = batch(5, seed=7)
BELIEVED = Belief(normalized, [made(x=x) for x in (X, X, X + 70.0, 3.0 * X)], normalizes)
SEEN = np.array([[[10, 20], [40, 60], [70, -10]], [[50, -10], [-10, 30], [80, 70]]], float)
PUBLIC = made(gamma=np.array([2.0, 0.5]), beta=np.array([1.0, -1.0]), momentum=0.8, given=()).but(
    x=SEEN[0], last=SEEN[1], xs=list(SEEN), batches=list(SEEN), before=[], flag=True,
    large=SEEN[0], constant=SEEN[1] * (1.0, 0.0), smaller=[0.1 * SEEN[0]],
    dout=np.array([[1.0, -1.0], [0.5, 3.0], [-2.0, 1.0]]),
)  # fmt: skip
GIVEN = np.array([30.0, 40.0]), np.array([100.0, 400.0])
WHOLE = Exercise(
    BatchNormalization, runs=[made(x=X)], public=[PUBLIC, PUBLIC.but(given=GIVEN)], freedoms=ROOTS
)
# A test time that raises, or that there is none, is charged where it is asked for.
LAYER = WHOLE.replacing("forward", without_test_time, at_test_time)
