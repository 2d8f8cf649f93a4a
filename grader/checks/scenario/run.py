"""The inputs of one run of a scenario, and the named results that it gives."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any, Final

import numpy as np

from grader.words import Words, say

#: Named results, as plain values (or handles of what is no data).
Results = dict[str | Words, Any]
#: The results of a run, or the exception that was raised in it.
Outcome = Results | Exception
#: Kinds of values that need not be copied.
UNCHANGEABLE: Final = frozenset((float, int, bool, str, type(None)))


class Keyed(dict[str, Any]):
    """A dictionary in a run whose keys stay as they are, since the task names them: W1, b1."""


class Run:
    """The inputs of one run of a scenario: of ``Run(x=..., dout=...)`` a scenario reads ``run.x``.

    Arrays are copied, so that no two runs share one.  Each time a scenario is run it gets new
    copies, and dictionaries with keys of their own (but for a :class:`Keyed` one), so that state
    which a student keeps by key, or in the class, does not spoil later runs.  ``about`` (may be
    empty) says which run this is, after a result's name: "dx *of 8 samples*".
    """

    def __init__(self, about: str | Words = "", /, **inputs: Any) -> None:
        self._about = about
        self._inputs = copy.deepcopy(inputs)
        arrays = [
            (name, part)
            for name, value in inputs.items()
            for part in parts_of(value)
            if isinstance(part, np.ndarray)
        ]
        for (one, first), (other, second) in combinations(arrays, 2):
            if np.may_share_memory(first, second):
                raise ValueError(
                    f"The inputs {one} and {other} of a run share an array: overwriting one "
                    "overwrites the other; give each its own."
                )

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["_inputs"][name]
        except KeyError:
            raise AttributeError(f"this run has no input {name!r}") from None

    @property
    def about(self) -> str | Words:
        """Which run this is, in words; empty if there is only one."""
        return self._about

    def named(self, result: str | Words) -> str | Words:
        """Return a result's name with its run: "dx of 8 samples"."""
        return say("{name} {which}", name=result, which=self._about) if self._about else result

    @property
    def inputs(self) -> dict[str, Any]:
        """The inputs by name; they must not be changed."""
        return self._inputs

    def with_inputs(self, inputs: Mapping[str, Any]) -> Run:
        """Return the same run with other ``inputs``."""
        other = Run(self._about)
        other._inputs = dict(inputs)
        return other

    def but(self, **inputs: Any) -> Run:
        """Return the same run with these inputs in place of its own."""
        return self.with_inputs({**self._inputs, **inputs})

    def fresh(self, mark: str = "") -> Run:
        """Return a copy for one execution; ``mark`` is added to the keys of dictionaries."""
        return self.with_inputs({key: _fresh(v, mark) for key, v in self._inputs.items()})


def stripped(result: Any, mark: str) -> Any:
    """Return ``result``, a dictionary without the ``mark`` that :meth:`Run.fresh` added to keys."""
    if type(result) is dict and mark:
        return {
            key.removesuffix(mark) if type(key) is str else key: entry
            for key, entry in result.items()
        }
    return result


def _fresh(value: Any, mark: str) -> Any:
    kind = type(value)
    if kind is np.ndarray:
        return value.copy("K")
    if kind is Keyed:
        return {key: _fresh(entry, "") for key, entry in value.items()}
    if kind is dict:
        return {
            key + mark if type(key) is str else key: _fresh(entry, "")
            for key, entry in value.items()
        }
    if kind in (list, tuple):
        return kind([_fresh(entry, mark) for entry in value])
    return value if kind in UNCHANGEABLE else copy.deepcopy(value)


def parts_of(value: Any) -> Iterator[Any]:
    """Yield the lists, tuples, dictionaries and arrays in a value, itself first."""
    if isinstance(value, list | tuple | dict):
        yield value
        for entry in value.values() if isinstance(value, dict) else value:
            yield from parts_of(entry)
    elif isinstance(value, np.ndarray):
        yield value
