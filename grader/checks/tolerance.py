"""Takes a tolerance from the problem itself: how far rounding moves the right answer.

The reference is run again with its inputs moved by one unit in the last place, a few
times, in random directions.  A solution that rounds elsewhere than the reference does
(another order of a sum, another form of a formula) differs from it by about as much as
those runs differ, so that a stated multiple of their spread admits every correct one: a
single product gets next to nothing, two thousand steps of training get what they need.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
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
    booleans and exact zeros stay.  The largest deviation seen in an array, times
    *multiple*, is what the array is allowed; *floor*, in units of 2.2e-16 of the array's
    size, is the least.  (Measured on the 2,000 Adam steps of text 002: correct solutions
    written otherwise lie within 1 spread, beta2 = 0.998 at 180; 30 divides that evenly.)
    The reference gets copies, so it may work in place; a random
    generator in *args* is copied too, so that every run draws the same.

    *permute*, for results that do not depend on the order of the samples, maps the
    position of an argument to the axis that numbers them: all those axes are shuffled
    alike in each run, which reorders the sums.

    *elementwise* bounds each entry too: by *multiple* times what single precision would
    make of the entry's own spread, and 1e-4 of the entry.  Both leave room for a correct
    solution in float32.

    The result may be an array, a number, or tuples, lists and dictionaries of them; the
    parts of the tolerance follow it.  Raises ValueError where a run's result has another
    shape, or is finite elsewhere, than the first: no tolerance is right for such inputs.
    """
    base = reference(*copy.deepcopy(args))
    rng = np.random.default_rng(seed)
    runs = [reference(*_shuffled(_moved(args, rng), permute, rng)) for _ in range(trials)]
    return _spread(
        base, runs, multiple=multiple, floor=floor, scale=_scale(args), elementwise=elementwise
    )


def _moved(thing: Any, rng: np.random.Generator) -> Any:
    """Copy *thing* with every nonzero float moved to one of its two neighbours."""
    if isinstance(thing, Mapping):
        return {key: _moved(entry, rng) for key, entry in thing.items()}
    if isinstance(thing, (list, tuple)):
        moved = [_moved(entry, rng) for entry in thing]
        return moved if isinstance(thing, list) else tuple(moved)
    if isinstance(thing, float):
        return float(_neighbour(np.asarray(thing), rng))
    if isinstance(thing, (np.ndarray, np.floating)) and thing.dtype.kind == "f":
        return _neighbour(np.asarray(thing), rng)
    return copy.deepcopy(thing)


def single(thing: Any) -> Any:
    """Copy *thing* with the entries of its arrays rounded to single precision."""
    if isinstance(thing, Mapping):
        return {key: single(entry) for key, entry in thing.items()}
    if isinstance(thing, (list, tuple)):
        return type(thing)([single(entry) for entry in thing])
    if isinstance(thing, np.ndarray) and thing.dtype.kind == "f":
        return thing.astype(np.float32).astype(np.float64)
    return copy.deepcopy(thing)


def _neighbour(entries: NDArray[Any], rng: np.random.Generator) -> NDArray[Any]:
    towards = np.where(rng.random(entries.shape) < 0.5, -np.inf, np.inf).astype(entries.dtype)
    fixed = (entries == 0) | ~np.isfinite(entries)
    return np.where(fixed, entries, np.nextafter(entries, towards))


def _shuffled(
    args: tuple[Any, ...], permute: Mapping[int, int] | None, rng: np.random.Generator
) -> tuple[Any, ...]:
    """Shuffle the given axis of the given arguments, all alike."""
    if not permute:
        return args
    order = rng.permutation(next(np.shape(args[i])[axis] for i, axis in permute.items()))
    return tuple(
        np.take(arg, order, axis=permute[i]) if i in permute else arg for i, arg in enumerate(args)
    )


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
    """Build the tolerance, part by part, from the first result and the others."""
    if isinstance(base, Mapping):
        keyed = [(key, entry, [run[key] for run in runs]) for key, entry in base.items()]
    elif isinstance(base, (list, tuple)):
        keyed = [(i, entry, [run[i] for run in runs]) for i, entry in enumerate(base)]
    else:
        deviation = _deviation(np.asarray(base), runs)
        bound = None
        if elementwise:
            single = multiple * (_SINGLE_EPS / EPS) * deviation
            bound = single + 1e-4 * np.abs(np.asarray(base, dtype=np.float64))
        absolute = multiple * float(deviation.max(initial=0.0))
        return Tolerance(absolute=absolute, floor=floor, scale=scale, elementwise=bound)
    parts = {
        key: _spread(
            entry, others, multiple=multiple, floor=floor, scale=scale, elementwise=elementwise
        )
        for key, entry, others in keyed
    }
    absolute = max((part.absolute for part in parts.values()), default=0.0)
    return Tolerance(absolute=absolute, floor=floor, scale=scale, parts=parts)


def _deviation(base: NDArray[Any], runs: list[Any]) -> NDArray[np.float64]:
    """Return how far each entry moved at most; 0 where it is not finite."""
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
