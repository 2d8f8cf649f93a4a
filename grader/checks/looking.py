"""What a test case looks at, told to a listener: the diagnosis of a failed test case."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from contextvars import ContextVar
from typing import Any

import numpy as np

from grader.checks.failure import Name
from grader.checks.scenario import Results, Run
from grader.checks.sharing import setting
from grader.words import Words

#: The results of one execution of a scenario that are looked at, by name (text or words), or the
#: exception that it raised.
Look = Mapping[Any, Any] | Exception
#: Gets a look, whether it must be the reference's, and its number of samples (0: unknown).
Listener = Callable[[Look, bool, int], None]
_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


def listening(listener: Listener) -> AbstractContextManager[None]:
    """Inside the ``with`` block, call ``listener`` with all that test cases look at, beforehand."""
    return setting(_listener, listener)


def looked_at(results: Results) -> list[str | Words]:
    """Return the names of all results but None and those whose names begin with "_"."""
    return [n for n, own in results.items() if own is not None and not str(n).startswith("_")]


def tell(
    seen: Sequence[Any], runs: Sequence[Run], results: Sequence[Name] = (), *, right: bool = False
) -> None:
    """Tell the listener, if there is one, what is looked at in each run: these results, or all.

    *right* says that they must be the reference's.  The results must not be changed later.
    """
    listener = _listener.get()
    if listener is None:
        return
    for outcome, run in zip(seen, runs, strict=False):
        if not isinstance(outcome, Exception):
            names = outcome and (results or looked_at(outcome))
            outcome = {name: outcome[name] for name in names or ()}
        listener(outcome, right, _samples(run))


def _samples(run: Run) -> int:
    """Return the length of the input array with the most axes; of batches in a list, if all agree.

    0 if there is none, or if batches differ in length.
    """
    given = list(run.inputs.values())
    listed = [one for several in given if isinstance(several, list) for one in several]
    arrays = [one for one in (*given, *listed) if isinstance(one, np.ndarray)]
    most = max((array.ndim for array in arrays), default=0)
    alone = [len(one) for one in given if isinstance(one, np.ndarray) and one.ndim == most > 0]
    lengths = {len(one) for one in arrays if one.ndim == most > 0}
    return alone[0] if alone else lengths.pop() if len(lengths) == 1 else 0
