"""Hidden tests of ``updateAdam``: its values for arrays and numbers, and that nothing changes."""

# fmt: off
import numpy as np

from assignments.regression_net import inputs as net
from grader.checks import say
from grader.checks.scenario import Run
from reference.regression_net import updateAdam

OK_FORMAT = False
name, points = "updateAdam", 1.5


def updated(updateAdam, run):
    """The steps for two pairs of moments."""
    rest = run.i, run.beta1, run.beta2, run.eps
    return {"updateAdam": updateAdam(run.A, run.mt, run.vt, *rest),
            say("updateAdam of other moments"): updateAdam(run.A, run.m_other, run.v_other, *rest)}


def moments(shape, i, beta1, beta2, eps, size=1.0, other=1.0):
    """Return a run with moments of this shape; *other* 0 makes the second v nothing but zeros."""
    drawn = np.random.default_rng(i).normal(size=(5, *shape))
    A, mt, vt, m_other, v_other = (d if shape else float(d) for d in drawn)
    return Run(A=A, mt=size * mt, vt=size**2 * vt**2, m_other=size * m_other,
               v_other=other * v_other**2, i=i, beta1=beta1, beta2=beta2, eps=eps)


RUNS = [moments((5,), 2, 0.9, 0.999, 0.01), moments((5,), 3, 0.8, 0.96, 0.2),
        moments((5,), 0, 0.9, 0.999, 1e-6, other=0.0), moments((), 4, 0.7, 0.9, 0.05),
        moments((3, 4), 40, 0.95, 0.5, 0.3), moments((8,), 1999, 0.9, 0.999, 1e-3),
        moments((4,), 1, 0.6, 0.99, 5e-7, size=1e-6), moments((2,), 6, 0.9, 0.99, 0.1, size=1e6)]
UPDATE = net.exercise(updateAdam, runs=RUNS)
PUBLIC = Run(A=np.array([1.0, 2.0, 3.0]), mt=np.array([0.5, -1.0, 2.0]),
             vt=np.array([0.25, 4.0, 1.0]), m_other=np.array([1.0, 0.5, -2.0]),
             v_other=np.array([1.0, 0.5, 2.0]), i=1, beta1=0.5, beta2=0.75, eps=0.125)

values = UPDATE.agrees(
    updated, name="values", points=1, public=[PUBLIC],
    says="updateAdam must be the corrected m over the root of the corrected v plus eps.")
pure = UPDATE.holds(
    updated, name="pure", points=0.5, runs=RUNS[:2], public=[PUBLIC],
    keeps=["A", "mt", "vt", "m_other", "v_other"], under=net.TIDY + net.OWN,
    says="updateAdam must change nothing and depend on its arguments alone.")
