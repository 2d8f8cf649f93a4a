"""The inputs of one run of a scenario, and the named results that it gives."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np

from grader.words import Words, say

#: Named results, as plain values (or handles of what is no data).
Results = dict[str | Words, Any]
#: What a run gave: its results, or what was raised in it.
Outcome = Results | Exception
#: Kinds of values that need not be copied.
UNCHANGEABLE: Final = frozenset((float, int, bool, str, type(None)))


class Keyed(dict[str, Any]):
    """A dictionary in a run whose keys are part of what is asked, as W1 and b1: they stay."""


class Run:
    """The inputs of one run of a scenario: ``Run(x=..., dout=...)`` is read as ``run.x``.

    Arrays are copied, so that no two runs share one; each time that a scenario is run it gets
    copies again, and keys of its own for the entries of dictionaries, so that a state which a
    student keeps by key, or in the class, does not spoil the runs after; not those of a
    :class:`Keyed` one.  ``about`` (may be
    empty) says which run this is, after a result's name: "dx *of 8 samples*".
    """

    def __init__(self, about: str | Words = "", /, **inputs: Any) -> None:
        self._about = about
        self._inputs = copy.deepcopy(inputs)
        shared = _shared(inputs)
        if shared:
            raise ValueError(
                f"The inputs {' and '.join(shared)} of a run are one array: whoever overwrites one "
                "overwrites the other; give each its own."
            )

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["_inputs"][name]
        except KeyError:
            raise AttributeError(f"this run has no input {name!r}") from None

    @property
    def about(self) -> str | Words:
        """Which run this is, in words; empty where there is nothing to tell apart."""
        return self._about

    def named(self, result: str | Words) -> str | Words:
        """A result's name, with the run that it is of: "dx of 8 samples"."""
        return say("{name} {which}", name=result, which=self._about) if self._about else result

    @property
    def inputs(self) -> dict[str, Any]:
        """The inputs by name, not to be changed."""
        return self._inputs

    def with_inputs(self, inputs: Mapping[str, Any]) -> Run:
        """The same run with other ``inputs``."""
        other = Run(self._about)
        other._inputs = dict(inputs)
        return other

    def but(self, **inputs: Any) -> Run:
        """The same run with these inputs in place of its own."""
        return self.with_inputs({**self._inputs, **inputs})

    def fresh(self, mark: str = "") -> Run:
        """A copy for one execution; ``mark`` is added to the keys of dictionaries."""
        return self.with_inputs({key: _fresh(v, mark) for key, v in self._inputs.items()})


def stripped(result: Any, mark: str) -> Any:
    """``result``, with the keys of dictionaries as the run was written."""
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


def _shared(inputs: Mapping[str, Any]) -> tuple[str, str] | None:
    """The names of two inputs that hold arrays in the same memory."""
    seen: list[tuple[str, np.ndarray[Any, Any]]] = []
    for name, value in inputs.items():
        for array in _arrays(value):
            for other, before in seen:
                if np.may_share_memory(array, before):
                    return other, name
            seen.append((name, array))
    return None


def parts_of(value: Any) -> Iterator[Any]:
    """The lists, dictionaries and arrays in a value, and itself."""
    if isinstance(value, list | tuple | dict):
        yield value
        for entry in value.values() if isinstance(value, dict) else value:
            yield from parts_of(entry)
    elif isinstance(value, np.ndarray):
        yield value


def _arrays(value: Any) -> Iterator[np.ndarray[Any, Any]]:
    return (part for part in parts_of(value) if isinstance(part, np.ndarray))
