"""What a test case looks at, told to whoever listens: the diagnosis of what went wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

from grader.checks.failure import Name
from grader.checks.scenario import Results, Run
from grader.words import Words

#: The results of one execution of a scenario that are looked at, by name (text or words), or what
#: it raised.
Look = Mapping[Any, Any] | Exception
#: Hears of one, whether it must be the reference's, and of how many samples it is (0: unknown).
Listener = Callable[[Look, bool, int], None]
_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """While it lasts, ``listener`` hears what test cases look at, before they judge it."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def looked_at(results: Results) -> list[str | Words]:
    """The names of all results but those that only say what follows, and that are not there."""
    return [n for n, own in results.items() if own is not None and not str(n).startswith("_")]


def tell(
    seen: Sequence[Any], runs: Sequence[Run], results: Sequence[Name] = (), *, right: bool = False
) -> None:
    """Tell the listener, if there is one, what is looked at in each run: these results, or all.

    *right* says that they must be the reference's.  Nothing of them may be changed later.
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
    """The length of the input array with the most axes; of batches in a list, if they agree.

    0 where there is none, or where batches are of other lengths.
    """
    given = list(run.inputs.values())
    listed = [one for several in given if isinstance(several, list) for one in several]
    arrays = [one for one in (*given, *listed) if isinstance(one, np.ndarray)]
    most = max((array.ndim for array in arrays), default=0)
    alone = [len(one) for one in given if isinstance(one, np.ndarray) and one.ndim == most > 0]
    lengths = {len(one) for one in arrays if one.ndim == most > 0}
    return alone[0] if alone else lengths.pop() if len(lengths) == 1 else 0
