"""What the judge may ask of a student's names and objects: a function for each of OPERATIONS."""

from __future__ import annotations

import operator
import random
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy import memmap

from grader.sandbox.wire.arrays import ACTIONS
from grader.sandbox.wire.protocol import OPERATIONS

from .absent import Absent
from .examples import Examples
from .shell import Shell
from .standins import Note


class Names:
    """The names of a notebook that has run, for the judge to look at and to set."""

    def __init__(self, shell: Shell, absent: Absent) -> None:
        self._shell, self._absent = shell, absent
        self._namespace = shell.namespace
        self.examples = Examples(shell)

    def lookup(self, name: str, mark: str = "") -> Any:
        """Return what a name stands for, or stood for at a mark; raises NameError."""
        names = self.examples.names.get(mark, self._namespace)
        if name not in names:
            raise NameError(f"name {name!r} is not defined")
        return names[name]

    def defined(self) -> tuple[list[str], list[Any], dict[str, Note]]:
        """Return all names, new notes, and what should have given the names that lack."""
        lacking = self._shell.put_back()
        note = self._absent.starred()
        if note is not None:
            never = [name for name in self._shell.ip.required if name not in self._namespace]
            lacking = dict.fromkeys(never, note) | lacking
        names = [
            name for name in self._namespace if isinstance(name, str) and not name.startswith("_")
        ]
        notes = list(self._shell.ip.notes)
        self._shell.ip.notes.clear()
        return names, notes, lacking

    def seed(self, value: int, variable: str) -> None:
        """Set a variable to the seed, or seed the global generators where none is named."""
        if variable:
            self._namespace[variable] = value
        else:
            np.random.seed(value)
            random.seed(value)


def table(shell: Shell, absent: Absent) -> dict[str, Callable[..., Any]]:
    """Return the function of each operation, by its name."""
    names = Names(shell, absent)
    found: dict[str, Callable[..., Any]] = {
        "lookup": names.lookup,
        "defined": names.defined,
        "define": shell.namespace.__setitem__,
        "undefine": shell.namespace.__delitem__,
        "call": lambda target, /, *arguments, **keywords: target(*arguments, **keywords),
        "method": lambda target, name, /, *arguments, **keywords: getattr(target, name)(
            *arguments, **keywords
        ),
        "calls": _calls,
        "examples": names.examples.run,
        "mark": names.examples.mark,
        "seed": names.seed,
        "next": lambda iterator: next(iterator),
        "array": np.asarray,
        "contains": operator.contains,
        "getitem": operator.getitem,
        "setitem": operator.setitem,
        "delitem": operator.delitem,
        **ACTIONS,
    }
    for plain in (getattr, setattr, delattr, len, iter, isinstance):
        found[plain.__name__] = plain
    for kind in (bool, int, float, complex, str, repr):
        found[kind.__name__] = kind
    assert found.keys() == OPERATIONS
    return found


def _calls(target: Any, several: list[tuple[Any, ...]], name: str | None = None) -> list[Any]:
    """Call an object, or its method of this name, once for each tuple of arguments."""
    function = target if name is None else getattr(target, name)
    return [_kept(function(*arguments)) for arguments in several]


def _kept(value: Any) -> Any:
    """A result as it is now: the next call may write to the file that it is mapped to."""
    return np.array(value) if type(value) is memmap else value
