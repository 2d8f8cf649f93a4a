"""Takes a tolerance from the problem itself: how far rounding moves the right result.

The reference is run again a few times with its inputs moved by one unit in the last place, in
random directions.  A solution that rounds elsewhere (another order of a sum, another form of a
formula) differs from the reference by about as much as those runs differ, so a stated multiple
of their spread admits every correct one: a single product gets next to nothing, two thousand
steps of training get what they need.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.checks.compare import EPS, Tolerance, array_size

_SINGLE_EPS = float(np.finfo(np.float32).eps)


def tolerance(
    reference: Callable[..., Any],
    *args: Any,
    multiple: float = 30.0,
    floor: float = 1e3,
    seed: int = 0,
    trials: int = 8,
    permute: Mapping[int, int] | None = None,
    elementwise: bool = False,
) -> Tolerance:
    """Return the tolerance for what ``reference(*args)`` returns.

    In each of *trials* runs every nonzero float in *args* (arrays, numbers, nested lists,
    tuples and dictionaries) is moved by one unit in the last place, up or down; integers,
    booleans and exact zeros stay.  An array is allowed the largest deviation seen in it, times
    *multiple*, but at least *floor* units of 2.2e-16 of its size.  (Measured on the 2,000 Adam
    steps of text 002: correct solutions written differently lie within 1 spread, beta2 = 0.998
    at 180; 30 is as far from both.)  The reference gets copies, so it may work in place; a
    random generator in *args* is copied too, so that every run draws the same.

    *permute*, for results that do not depend on the order of the samples, maps the position of
    an argument to its axis of samples: all those axes are shuffled alike in each run, which
    reorders the sums.

    *elementwise* bounds each entry, too: by *multiple* times the spread that the entry would
    have in single precision, and 1e-4 of the entry.  Both leave room for a correct solution in
    float32.

    The result may be an array, a number, or tuples, lists and dictionaries of them; the
    parts of the tolerance follow it.  Raises ValueError if a run's result has another shape
    than the first, or is finite elsewhere: no tolerance is right for such inputs.
    """
    base = reference(*copy.deepcopy(args))
    rng = np.random.default_rng(seed)
    runs = []
    for _ in range(trials):
        moved = _changed(args, lambda entries: _neighbour(entries, rng))
        if permute:
            order = rng.permutation(next(np.shape(moved[i])[axis] for i, axis in permute.items()))
            moved = [
                np.take(arg, order, axis=permute[i]) if i in permute else arg
                for i, arg in enumerate(moved)
            ]
        runs.append(reference(*moved))
    return _spread(
        base, runs, multiple=multiple, floor=floor, scale=_scale(args), elementwise=elementwise
    )


def _changed(thing: Any, change: Callable[[NDArray[Any]], NDArray[Any]]) -> Any:
    """Return a copy of *thing* with *change* applied to each float and each array of floats."""
    if isinstance(thing, Mapping):
        return {key: _changed(entry, change) for key, entry in thing.items()}
    if isinstance(thing, (list, tuple)):
        entries = [_changed(entry, change) for entry in thing]
        return entries if isinstance(thing, list) else tuple(entries)
    if isinstance(thing, float):
        return float(change(np.asarray(thing)))
    if isinstance(thing, (np.ndarray, np.floating)) and thing.dtype.kind == "f":
        return change(np.asarray(thing))
    return copy.deepcopy(thing)


def _neighbour(entries: NDArray[Any], rng: np.random.Generator) -> NDArray[Any]:
    """Return *entries*, each nonzero one moved to one of its two neighbours."""
    towards = np.where(rng.random(entries.shape) < 0.5, -np.inf, np.inf).astype(entries.dtype)
    fixed = (entries == 0) | ~np.isfinite(entries)
    return np.where(fixed, entries, np.nextafter(entries, towards))


def single(thing: Any) -> Any:
    """Return a copy of *thing* with the entries of its arrays rounded to single precision."""

    def rounded(entries: NDArray[Any]) -> NDArray[Any]:
        return entries.astype(np.float32).astype(np.float64) if entries.ndim else entries

    return _changed(thing, rounded)


def _scale(thing: Any) -> float:
    """Return the largest finite magnitude among the floats in *thing*."""
    if isinstance(thing, Mapping):
        thing = tuple(thing.values())
    if isinstance(thing, (list, tuple)):
        return max((_scale(entry) for entry in thing), default=0.0)
    if isinstance(thing, (float, np.floating, np.ndarray)):
        entries = np.asarray(thing)
        return array_size(entries) if entries.dtype.kind == "f" else 0.0
    return 0.0


def _spread(
    base: Any, runs: list[Any], *, multiple: float, floor: float, scale: float, elementwise: bool
) -> Tolerance:
    """Return the tolerance, part by part, from the first result and the others."""
    if not isinstance(base, (Mapping, list, tuple)):
        deviation = _deviation(np.asarray(base), runs)
        bound = None
        if elementwise:
            bound = multiple * (_SINGLE_EPS / EPS) * deviation
            bound += 1e-4 * np.abs(np.asarray(base, dtype=np.float64))
        absolute = multiple * float(deviation.max(initial=0.0))
        return Tolerance(absolute=absolute, floor=floor, scale=scale, elementwise=bound)
    rest = partial(_spread, multiple=multiple, floor=floor, scale=scale, elementwise=elementwise)
    keys = base if isinstance(base, Mapping) else range(len(base))
    parts = {key: rest(base[key], [run[key] for run in runs]) for key in keys}
    absolute = max((part.absolute for part in parts.values()), default=0.0)
    return Tolerance(absolute=absolute, floor=floor, scale=scale, parts=parts)


def _deviation(base: NDArray[Any], runs: list[Any]) -> NDArray[np.float64]:
    """Return by how much each entry moves at most; 0 where it is not finite."""
    largest = np.zeros(base.shape)
    finite = np.isfinite(base)
    for run in runs:
        entries = np.asarray(run)
        if entries.shape != base.shape or (np.isfinite(entries) != finite).any():
            raise ValueError(
                "The reference's result changes its shape, or where it is finite, when an input "
                "moves by one unit in the last place: choose other inputs."
            )
        moved = np.abs(np.where(finite, entries, 0.0) - np.where(finite, base, 0.0))
        largest = np.maximum(largest, moved)
    return largest
