"""What softmax and its loss are tried with: one sample and batches, square ones, far-off logits.

Where a guard inside the logarithm is looked at by its values, the true class has a probability of
at least 0.03, so that 1e-7 stays within the tolerance.
"""

# fmt: off
import numpy as np

from grader.checks import callers
from grader.checks.exercise import Exercise
from grader.checks.scenario import Run
from reference.softmax import cross_entropy, softmax, softmax_grad

CALLERS = [callers.called_twice(), callers.results_read_late(), callers.buffers_reused()]
WRITERS = [callers.arguments_overwritten(), callers.results_overwritten()]
_numbers = np.random.default_rng(2004)


def one_hot(*shape):
    """Return rows with a single 1, at no class of a fixed order."""
    return np.eye(shape[-1])[_numbers.integers(0, shape[-1], shape[:-1])]


def logits(*shape, size=1.0, offset=0.0):
    z, other = size * _numbers.normal(size=(2, *shape)) + offset
    return Run(z=z, other=other, y=one_hot(*shape), y_other=one_hot(*shape))


def far(*rows):
    """Return a run with these logits, row by row."""
    z = np.array(rows, dtype=float)
    return Run(z=z, other=z[::-1] + 1.0, y=one_hot(*z.shape), y_other=one_hot(*z.shape))


def chances(*shape):
    """Return a run with probabilities of which none is small."""
    p, q = _numbers.uniform(0.3, 1.0, (2, *shape))
    return Run(y_hat=p / p.sum(-1, keepdims=True), y=one_hot(*shape),
               other=q / q.sum(-1, keepdims=True), y_other=one_hot(*shape))


def sure(rows, *classes):
    """Return a run with these probabilities, 0 at some classes, and the true classes."""
    y_hat = np.array(rows)
    y = np.eye(y_hat.shape[-1])[list(classes) if y_hat.ndim == 2 else classes[0]]
    return Run(y_hat=y_hat, y=y, other=0.5 * y_hat + 0.5 * y, y_other=y.copy())


# Two classes: samples may be cut off in what a page shows, classes may not, or y is not one-hot.
PUBLIC = Run(z=np.array([[5.0, 2.0], [-1.0, 3.0], [0.0, 1.0]]), y=np.eye(2)[[1, 0, 1]],
             y_hat=np.array([[0.25, 0.75], [0.5, 0.5], [0.875, 0.125]]),
             other=np.array([[0.5, 0.5], [0.75, 0.25], [0.25, 0.75]]), y_other=np.eye(2)[[0, 1, 1]])
# The first are alike but for their numbers: what is kept by shape shows.
LOGITS = [logits(4, 3), logits(4, 3, size=2.0), logits(5), logits(5, size=3.0), logits(3, 3),
          logits(2, 6, offset=-800.0), logits(60, 11), logits(2, 2), logits(2), logits(2, 300),
          logits(400, 3), logits(3, 4, size=1e-6), logits(6, size=2.0, offset=9990.0),
          logits(3, 5, size=4000.0), logits(5, 5, offset=-9000.0),
          far([9999.0, 9998.0, 9996.5, 9998.5], [-9990.0, -9991.0, -9990.5, -9993.0],
              [1.2, -0.3, 0.1, 2.0]),
          far(-10000.0, 10000.0, 9999.5), far([-7000.0, 800.0], [730.0, 729.0], [0.2, 0.7])]
CHANCES = [chances(4, 3), chances(4, 3), chances(5), chances(5), chances(3, 3), chances(60, 7),
           chances(2, 2), chances(2), chances(500, 4), chances(2, 8),
           sure([[0.0, 0.7, 0.3], [0.6, 0.4, 0.0], [0.0, 1.0, 0.0]], 1, 0, 1),
           sure([0.0, 0.2, 0.8, 0.0], 2), sure([[0.0, 1.0], [1.0, 0.0], [0.45, 0.55]], 1, 0, 0)]
MISSED = [sure([0.3, 0.0, 0.7], 1), sure([[0.0, 1.0], [1.0, 0.0]], 0, 1)]
SOFTMAX, LOSS = (Exercise(right, runs=runs, public=[PUBLIC]) for right, runs in (
    (softmax, LOGITS), (cross_entropy, CHANCES)))
GRAD = Exercise(softmax_grad, softmax, cross_entropy, runs=LOGITS, public=[PUBLIC],
                optional=[softmax, cross_entropy], unseen=logits(3, 4, size=1.5))
MODERATE = [run for run in LOGITS if abs(run.z).max() < 100]
LARGE = [run for run in LOGITS if run not in MODERATE]
