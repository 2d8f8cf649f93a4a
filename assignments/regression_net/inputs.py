"""What the regression net is tried with: the published run of text 002, and nets unlike it.

No activation is the notebook's alone, no net has its 8 hidden units and 40 samples but the
published one.
"""

# fmt: off
import numpy as np

from grader.checks import callers, say
from grader.checks.exercise import Exercise
from grader.checks.scenario import Formula, Run, numbered

SIGMOID = Formula("1.0 / (1.0 + np.exp(-z))"), Formula("np.exp(-z) / (1.0 + np.exp(-z)) ** 2")
TANH = Formula("np.tanh(z)"), Formula("1.0 - np.tanh(z) ** 2")
SINE = Formula("np.sin(z)"), Formula("np.cos(z)")
RELU = Formula("np.maximum(z, 0.0)"), Formula("(z > 0.0) * 1.0")
SQUARE = Formula("z ** 2"), Formula("2.0 * z")
TIDY = [callers.called_twice(), callers.results_read_late(), callers.buffers_reused()]
OWN = [callers.arguments_overwritten(), callers.results_overwritten()]
KEPT = ["x", "y", "tW", "tV", "tbs", "other"]


def net(H, N, pair, *, inputs=1.0, targets=1.0, level=0.0, nepoch=3, eta=0.01, verbose=0,
        seed=0):
    """Return a run with a net of H units, N samples, and another net and samples like them.

    Inputs and targets are of these sizes, weights of those that go with them.
    """
    normal = np.random.default_rng([2002, H, N, seed]).normal
    own, other = [[inputs * normal(0.2, 1.0, N), targets * normal(level, 1.0, N),
              normal(0.3, 1.0, H) / inputs, targets * normal(-0.2, 1.0, H),
              normal(0.1, 1.0, H), targets * float(normal(0.5, 1.0))] for _ in range(2)]
    return run_of(own, other, pair, nepoch, eta, verbose)


def run_of(own, other, pair, nepoch, eta, verbose):
    """Return a run with these samples and weights, and what an update of Adam's is asked with."""
    x, y, tW, tV, tbs, tb0 = own
    return Run(x=x, y=y, tW=tW, tV=tV, tbs=tbs, tb0=tb0, other=other, acf=pair[0], acfder=pair[1],
               nepoch=nepoch, eta=eta, verbose=verbose, A=tW + 0.0, mt=0.5 * tV, vt=0.1 + tbs**2,
               i=nepoch - 1, beta1=0.875, beta2=0.75, eps=0.0625)


def published(nepoch=20, verbose=1):
    """Return the run of text 002, whose loss is 61.29 at first and 40.1854 after 20 epochs."""
    old = np.random.RandomState(1234)
    x = np.linspace(0, 0.5, 40)
    y = np.sin(2 * np.pi * x) + old.normal(scale=0.05, size=40)
    old.seed(1234)
    weights = [old.normal(0.0, 1.0, 8) for _ in range(3)]
    own = [x, (y - y.mean()) / y.std(), *weights, float(old.normal())]
    return run_of(own, [0.5 * number for number in own], SIGMOID, nepoch, 0.01, verbose)


def of(run):
    """Return what all functions of a net begin with."""
    return run.x, run.y, run.tW, run.tV, run.tbs, run.tb0


def own_loss(first, calc_tloss, *others_and_run):
    """The student's own loss, for what follows from it."""
    run = others_and_run[-1]
    return {"loss": calc_tloss(*of(run), run.acf)}


NETS = [net(5, 7, TANH), net(5, 7, TANH, seed=1), published(), net(3, 3, SINE), net(6, 4, RELU),
        net(13, 60, SQUARE), net(4, 6, TANH, inputs=1e6, targets=1e6),
        net(2, 5, SIGMOID, inputs=1e-6, targets=1e-6, level=30.0)]
PUBLIC = run_of(
    [np.array([1.0, 2.0, -1.0]), np.array([0.5, 1.0, -2.0]), np.array([0.5, -1.0]),
     np.array([2.0, 1.0]), np.array([0.0, 0.5]), 0.25],
    [np.array([2.0, -1.0, 0.5]), np.array([1.0, -0.5, 2.0]), np.array([1.0, 2.0]),
     np.array([-1.0, 0.5]), np.array([0.25, 1.0]), 0.5], TANH, 2, 0.125, 0)
UNSEEN = net(3, 4, SINE)


def exercise(function, *parts, runs=(), freedoms=()):
    """Return the exercise of a function that may call these parts of the student's.

    Parts are asked with the last of NETS besides: one may be wrong only where a training leads.
    """
    asked = [*runs, *NETS[5:]] if runs and parts else runs or NETS
    return Exercise(function, *parts, optional=parts, runs=asked, public=[PUBLIC], unseen=UNSEEN,
                    freedoms=freedoms)


def of_z(function, other, says, far):
    """Return the test cases of a function of z, which as a derivative may call the other one."""
    name, drawn = function.__name__, np.random.default_rng(2003).normal
    shapes = (4,), (4,), (3, 5), (2, 1, 3), (1,), (300,)
    runs = [Run(z=drawn(0.2, 2.0, shape), other=drawn(0.2, 2.0, shape))
            for shape in shapes] + [Run(z=z, other=0.3 * z) for z in (0.7, -2.5, -16.5)]
    at = np.array([[-far, 0.75, far, -0.5 * far], [0.02 * far, -0.1 * far, 0.6 * far, -1.25]])
    ends = [Run(z=at, other=1e-6 * at / far)]

    def called(function, other, run):
        kept = numbered if name == "relu_der" else lambda result: result
        first, second = function(run.z), function(run.other)
        return {name: kept(first), say("{name} of other numbers", name=name): kept(second)}

    public, unseen = Run(z=np.array([1.0, -2.0, 0.5]), other=2.0), Run(z=0.1 * runs[2].z, other=1.5)
    asked = Exercise(function, other, optional=[other], runs=runs, public=[public], unseen=unseen)
    if name.endswith("_der"):
        asked = asked.resting_on(other.__name__)
    return (
        asked.agrees(called, name=name, points=0.75, says=says),
        asked.agrees(called, name=f"{name}_far", points=0.25, runs=ends,
                     says=f"{name} must be right for large and for small numbers, too."),
        asked.holds(called, name=f"{name}_pure", points=0.25, runs=runs[:2], keeps=["z", "other"],
                    under=TIDY + OWN, says=f"{name} must give a new result and change nothing."))
