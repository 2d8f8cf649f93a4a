"""What a caller may do without changing any result: each is a way to run a scenario again.

Each is a relation that holds for every correct solution, whatever its formula: a student's code
must give the same results as to a caller that does just what the scenario says.  So a wrong
formula costs nothing here.  Each finds one kind of mistake:

==========================  =========================================================
``arguments_overwritten``   an argument is kept and read later, without a copy
``results_overwritten``     a result that is needed later is returned without a copy
``buffers_reused``          arrays are told apart by their identity, or kept without a copy
``called_twice``            a call uses up, or adds to, what another one left behind
``results_read_late``       a result is overwritten by the next call
``made_of_arrays``          the array that an instance is made of is kept without a copy
``used_before``             what an earlier run left behind is not replaced: caches, sizes
``set_from_outside``        attributes that are set later have no effect
``made_anew``               a call goes on from something other than the attributes
``calls_left_out``          a call changes what it should leave alone
``another_instance``        state on the class or in the module, shared by all instances
``other_dictionaries``      state kept by object, or by the order of keys
``defaults_left_out``       another default, or one that is remembered from a call before
``just_above_zero``         a setting of 0 counts as none (``momentum or 0.9``)
``called_between``          a test-time call in between replaces what training left behind
``followed_by``             a call changes what another method has made
==========================  =========================================================

:mod:`~grader.checks.callers.arrays` has what a caller does to arrays,
:mod:`~grader.checks.callers.calls` further calls, :mod:`~grader.checks.callers.instances` further
instances, and :mod:`~grader.checks.callers.tidy` callers that do nothing of the kind.  That an
argument is changed is found by *keeps* of :meth:`grader.checks.exercise.Exercise.holds`.
"""

from grader.checks.callers.arrays import (
    arguments_overwritten,
    buffers_reused,
    in_one_other_order,
    made_of_arrays,
    other_dictionaries,
    results_overwritten,
)
from grader.checks.callers.calls import (
    called_between,
    called_twice,
    calls_left_out,
    followed_by,
    nothing_changed,
    results_read_late,
)
from grader.checks.callers.instances import (
    another_instance,
    defaults_left_out,
    just_above_zero,
    made_anew,
    set_from_outside,
    used_before,
)
from grader.checks.callers.perturbation import Perturbation

__all__ = [
    "Perturbation",
    "another_instance",
    "arguments_overwritten",
    "buffers_reused",
    "called_between",
    "called_twice",
    "calls_left_out",
    "defaults_left_out",
    "followed_by",
    "in_one_other_order",
    "just_above_zero",
    "made_anew",
    "made_of_arrays",
    "nothing_changed",
    "other_dictionaries",
    "results_overwritten",
    "results_read_late",
    "set_from_outside",
    "used_before",
]
