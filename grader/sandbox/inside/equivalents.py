"""Functions that packages have dropped, as far as no installed one takes the same arguments.

Each has the name of the dropped one; :mod:`.replacements` says of which module.
"""

from __future__ import annotations

import dataclasses
import functools
import importlib
import inspect
import itertools
import operator
import re
import types
from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np


def in1d(
    ar1: Any, ar2: Any, assume_unique: bool = False, invert: bool = False, **keywords: Any
) -> Any:
    flat = np.asarray(ar1).ravel()
    return np.isin(flat, ar2, assume_unique=assume_unique, invert=invert, **keywords)


def asfarray(a: Any, dtype: Any = np.float64) -> Any:
    return np.asarray(a, dtype=dtype if np.issubdtype(dtype, np.inexact) else np.float64)


def find_common_type(array_types: Iterable[Any], scalar_types: Iterable[Any]) -> Any:
    kinds = "buifcSUVOMm"
    arrays, scalars = list(map(np.dtype, array_types)), list(map(np.dtype, scalar_types))
    if not arrays or not scalars:
        both = arrays + scalars
        return np.result_type(*both) if both else None
    array, scalar = np.result_type(*arrays), np.result_type(*scalars)
    higher = kinds.find(scalar.kind) > kinds.find(array.kind)
    return np.promote_types(array, scalar) if higher else array


class Cast(dict[Any, Any]):
    def __missing__(self, dtype: Any) -> Callable[[Any], Any]:
        return lambda x: np.asarray(x).astype(dtype)


class Sizes(dict[Any, int]):
    def __missing__(self, dtype: Any) -> int:
        return int(np.dtype(dtype).itemsize)


def random_integers(low: int, high: int | None = None, size: Any = None) -> Any:
    first, last = (1, low) if high is None else (low, high)
    return np.random.randint(first, last + 1, size)


def normpdf(x: Any, *arguments: float) -> Any:
    mu, sigma = arguments
    return np.exp(-0.5 * ((np.asarray(x) - mu) / sigma) ** 2) / (sigma * np.sqrt(2 * np.pi))


def simps(y: Any, x: Any = None, dx: float = 1.0, axis: int = -1, even: Any = None) -> Any:
    return importlib.import_module("scipy.integrate").simpson(y, x=x, dx=dx, axis=axis)


def cumtrapz(y: Any, x: Any = None, dx: float = 1.0, axis: int = -1, initial: Any = None) -> Any:
    integrate = importlib.import_module("scipy.integrate")
    return integrate.cumulative_trapezoid(y, x=x, dx=dx, axis=axis, initial=initial)


def get_cmap(name: Any = None, lut: int | None = None) -> Any:
    import matplotlib.pyplot as plt

    return plt.get_cmap(name, lut)


ArgSpec = namedtuple("ArgSpec", "args varargs keywords defaults")


def getargspec(function: Callable[..., Any]) -> ArgSpec:
    return ArgSpec(*inspect.getfullargspec(function)[:4])


def batched(iterable: Iterable[Any], n: int, *, strict: bool = False) -> Iterator[Any]:
    iterator = iter(iterable)
    while batch := tuple(itertools.islice(iterator, n)):
        if strict and len(batch) < n:
            raise ValueError("batched(): incomplete batch")
        yield batch


def sumprod(p: Iterable[Any], q: Iterable[Any]) -> Any:
    return sum(map(operator.mul, p, q))


def replace(thing: Any, /, **changes: Any) -> Any:
    own = getattr(thing, "__replace__", None) or getattr(thing, "replace", None)
    return own(**changes) if own is not None else dataclasses.replace(thing, **changes)


def nothing(*arguments: Any, **keywords: Any) -> None:
    """Do nothing, in place of what only prints, draws or waits."""


def itself(thing: Any, *_: Any, **options: Any) -> Any:
    return thing


def decorator(*arguments: Any, **keywords: Any) -> Callable[[Any], Any]:
    return itself


def vectorize(*arguments: Any, **keywords: Any) -> Any:
    """``numba.vectorize``, with or without types as arguments."""
    if len(arguments) == 1 and isinstance(arguments[0], types.FunctionType):
        return vectorized(arguments[0], None)
    given = set(re.findall(r"\b((?:float|u?int|complex)\d+)\(", repr(arguments)))
    return functools.partial(vectorized, dtype=given.pop() if len(given) == 1 else None)


def vectorized(function: Any, dtype: str | None) -> Any:
    by_entry = np.frompyfunc(function, function.__code__.co_argcount, 1)

    @functools.wraps(function)
    def vectorized(*arguments: Any) -> Any:
        found = by_entry(*arguments)
        if isinstance(found, np.ndarray):
            # The common type of all entries; np.vectorize would take the first one's.
            return np.array(found.tolist(), dtype=dtype).reshape(found.shape)
        return np.asarray(found, dtype=dtype)[()]

    return vectorized
