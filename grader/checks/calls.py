"""Many calls of a student's function at the price of few.

Isolated, every call is a message to another process and back.  A check that asks the
same function a hundred times sends its calls together; under ``otter run`` they are
made one by one, with the same results.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

_TOGETHER = 25  # calls that share one deadline


def calls(function: Callable[..., Any], several: Sequence[tuple[Any, ...]]) -> list[Any]:
    """Call *function* once for each tuple of arguments, in order; the list of its results.

    Each call should get arrays of its own.  The first exception is raised, and the calls
    after it are not made.
    """
    together = getattr(function, "grader_calls", None)
    if together is None:
        return [function(*arguments) for arguments in several]
    results: list[Any] = []
    for start in range(0, len(several), _TOGETHER):
        part = list(several[start : start + _TOGETHER])
        answer = together(part)
        # Whatever answered it is the student's: it may be anything.
        if type(answer) is not list or len(answer) != len(part):
            raise TypeError("the calls did not give one result each")
        results += answer
    return results
