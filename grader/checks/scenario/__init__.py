"""What scenarios are made of: runs, what a scenario may do, and the callers that run it.

A scenario is a short function of the student's objects and one run's inputs.  It only *does*
things and returns named results; it checks nothing, catches nothing, and has no branch that
depends on a result::

    def trained(Layer, run):
        layer = Layer(run.gamma, run.beta)
        out = layer.forward(run.x, True)
        return {"out": out, "dx": layer.backward(run.dout)}

A result under a tuple of names, ``{("losses", "weights"): net.train(x)}``, is unpacked.
:mod:`grader.checks.asking` runs scenarios, all runs of a test case in one message.

- :mod:`~grader.checks.scenario.run`: the inputs, :class:`Run` and :class:`Keyed`;
- :mod:`~grader.checks.scenario.acts`: what is done to arrays between two calls, :func:`fill`,
  :func:`overwrite`, :func:`rebind`, :func:`turned`, :func:`moved`, :func:`snapshot` and others;
- :mod:`~grader.checks.scenario.using`: the student's objects as a caller uses them, single
  operations with several calls or none, :func:`peek`, :func:`repeat` and :func:`several`, and
  :func:`or_after`, for calls that a student's code may need before others.
"""

from grader.checks.scenario.acts import (
    fill,
    generator,
    joined,
    moved,
    numbered,
    overwrite,
    parted,
    rebind,
    shift,
    snapshot,
    turned,
)
from grader.checks.scenario.run import Keyed, Outcome, Results, Run
from grader.checks.scenario.using import Caller, Scenario, or_after, peek, repeat, several
from grader.sandbox.wire.arrays import Formula

__all__ = [
    "Caller",
    "Formula",
    "Keyed",
    "Outcome",
    "Results",
    "Run",
    "Scenario",
    "fill",
    "generator",
    "joined",
    "moved",
    "numbered",
    "or_after",
    "overwrite",
    "parted",
    "peek",
    "rebind",
    "repeat",
    "several",
    "shift",
    "snapshot",
    "turned",
]
