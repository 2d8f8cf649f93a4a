"""Refuses scenarios that do what they must not do, when a test file is read."""

from __future__ import annotations

import dis
import types
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NoReturn

#: The bytecode of catching, raising and asserting.
_CHECKS = frozenset({"CHECK_EXC_MATCH", "CHECK_EG_MATCH", "RAISE_VARARGS", "LOAD_ASSERTION_ERROR"})


def require_sentence(says: str, name: str) -> None:
    """Raise ValueError unless *says*, what a test case asks for, is a sentence."""
    # A sentence may begin with the name of a student's object, in small letters.
    first, _, rest = says.partition(" ") if type(says) is str else ("", "", "")
    if rest[-1:] not in (".", "?") or not (first[:1].isupper() or first.isidentifier()):
        raise ValueError(f"{name}: what it says ({says!r}) must be a sentence, with its full stop.")


def require_scenario(scenario: Callable[..., Any], rights: Sequence[Any]) -> None:
    """Raise ValueError if a scenario catches or raises, or has not one parameter for each right.

    *rights* are the reference's objects; the last parameter is the run.
    """
    name = scenario.__name__
    for code in _codes(scenario.__code__):
        names = {instruction.opname for instruction in dis.get_instructions(code)}
        if names & _CHECKS or ("POP_EXCEPT" in names and "WITH_EXCEPT_START" not in names):
            raise ValueError(
                f"The scenario {name} catches or raises; it may only do things and return results."
            )
    count = scenario.__code__.co_argcount
    if count != len(rights) + 1:
        raise ValueError(
            f"The scenario {name} takes {count} arguments; it needs {len(rights)} of the student's "
            "and the run."
        )


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _codes(constant)


class Unknown:
    """Stands for all results while a scenario is looked through: it has no value and no length.

    *right* is the reference's class or function if this stands for the student's.  *lacks* says
    what the reference lacks if a scenario calls this.
    """

    def __init__(self, scenario: str, right: Any = None, lacks: str = "") -> None:
        self._scenario, self._right, self._lacks = scenario, right, lacks

    def __call__(self, *arguments: Any, **keywords: Any) -> Unknown:
        if self._lacks:
            raise ValueError(f"The scenario {self._scenario} calls {self._lacks}.")
        return Unknown(self._scenario, self._right if isinstance(self._right, type) else None)

    def __getattr__(self, name: str) -> Unknown:
        if name.startswith("__"):
            raise AttributeError(name)
        if self._right is None or hasattr(self._right, name):
            return Unknown(self._scenario)
        lacks = f"{name}, which the reference's {self._right.__name__} lacks"
        return Unknown(self._scenario, lacks=lacks)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in ("_scenario", "_right", "_lacks"):
            object.__setattr__(self, name, value)

    def __getitem__(self, key: Any) -> Unknown:
        return self

    def __deepcopy__(self, memo: Any) -> Unknown:
        return self

    def _turns(self, *arguments: Any) -> NoReturn:
        raise ValueError(
            f"The scenario {self._scenario} looks at what the student's code gives; it may only "
            "hand it on and return it."
        )

    __bool__ = __len__ = __iter__ = __int__ = __float__ = __index__ = __array__ = _turns
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __contains__ = _turns
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __neg__ = __abs__ = _turns
    __truediv__ = __rtruediv__ = __pow__ = __rpow__ = __matmul__ = __rmatmul__ = _turns
    __hash__ = object.__hash__
