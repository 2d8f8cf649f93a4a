"""Many calls of a student's function at the price of a few.

In isolation every call is a message to another process and back.  A check that calls the
same function a hundred times sends its calls together; under ``otter run`` they are
made one by one, with the same results.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from grader.bounds import CALLS_TOGETHER
from grader.sandbox.wire.arrays import snapshot


def calls(function: Callable[..., Any], several: Sequence[tuple[Any, ...]]) -> list[Any]:
    """Call *function* once for each tuple of arguments, in order; return the list of results.

    Each call should get arrays of its own.  Arrays and containers that come back are copied, so
    later changes do not show in them.  The first exception is raised, and the calls after it are
    not made.
    """
    together = getattr(function, "grader_calls", None)
    if together is None:
        return [snapshot(function(*arguments)) for arguments in several]
    results: list[Any] = []
    for start in range(0, len(several), CALLS_TOGETHER):
        part = list(several[start : start + CALLS_TOGETHER])
        answer = together(part)
        # The answer comes from the student's process and may be anything.
        if type(answer) is not list or len(answer) != len(part):
            raise TypeError("the calls did not give one result each")
        # Copies, since every array that is shared is compared at every operation.
        results += map(snapshot, answer)
    return results
