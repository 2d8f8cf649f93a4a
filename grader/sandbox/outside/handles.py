"""What is no data, by the handles under which judge and worker know it.

The student's objects are proxies here; the test's functions have numbers below 0; a formula
travels as its text.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

from grader.sandbox.wire.arrays import Formula
from grader.sandbox.wire.bounds import MAX_NAME_CHARACTERS, MAX_NUMBER
from grader.sandbox.wire.codec import ProtocolError
from grader.sandbox.wire.protocol import FORMULA

from .proxy import Method, Proxy
from .remote import Remote


class Handles:
    """The handles of the conversation with one worker, whose proxies ask the ``remote``."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote
        self._proxies: weakref.WeakValueDictionary[int, Proxy] = weakref.WeakValueDictionary()
        self._released: set[int] = set()
        self._functions: dict[int, Callable[..., Any]] = {}
        self._formulas: dict[str, Formula] = {}

    def export(self, value: object) -> tuple[int, str]:
        """Return the handle of an object that a test passes; raise TypeError if there is none."""
        if isinstance(value, Method):
            value = value.proxy()
        if isinstance(value, Proxy):
            if value._grader_remote is not self._remote:
                raise TypeError("an object of a worker that has ended cannot be used again")
            return value._grader_number, value.student_type
        if isinstance(value, Formula):
            self._formulas[value.text] = value
            return FORMULA, value.text
        if callable(value):
            number = -1 - len(self._functions)
            self._functions[number] = value
            return number, "function"
        raise TypeError(f"a test cannot pass a {type(value).__name__} to a student's function")

    def resolve(self, number: int, kind: str) -> object:
        """Return the object of a handle that the worker sent; raise ProtocolError if it is none."""
        if number < 0:
            return self.function(number)
        if number == FORMULA and kind in self._formulas:  # others are never made of what it says
            return self._formulas[kind]
        if not 0 < number < MAX_NUMBER:
            raise ProtocolError("expected a handle")
        self._released.discard(number)
        proxy = self._proxies.get(number)
        if proxy is None:
            proxy = Proxy(self._remote, number, kind[:MAX_NAME_CHARACTERS])
            self._proxies[number] = proxy
        return proxy

    def function(self, number: int) -> Callable[..., Any]:
        """Return the test's function that was passed under this number."""
        try:
            return self._functions[number]
        except KeyError:
            raise ProtocolError("expected a function that was passed") from None

    def release(self, number: int) -> None:
        """Note that the last proxy of this handle is gone."""
        self._released.add(number)

    def released(self) -> list[int]:
        """Return the handles released since the last call."""
        gone, self._released = list(self._released), set()
        return gone
