"""Takes what a student prints: bounded, and without errors."""

from __future__ import annotations

import io
from typing import Any


def sendable(text: str) -> str:
    """Return ``text`` as UTF-8 can hold it: a notebook may print half a surrogate pair."""
    return text.encode("utf-8", "replace").decode()


class Output(io.TextIOBase):
    """A stream that keeps the first ``limit`` characters written to it."""

    encoding = "UTF-8"
    errors = "replace"
    name = "stdout"

    def __init__(self, limit: int) -> None:
        self._left = limit
        self._parts: list[str] = []
        self.cut = False
        self._waits = False
        self.buffer = _Bytes(self)

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        if self._waits:
            self.clear()
        if self._left > 0:
            kept = str.__str__(text)[: self._left]
            self._parts.append(kept)
            self._left -= max(len(kept), 1)
            self.cut = self.cut or len(kept) < len(text)
        elif text:
            self.cut = True
        return len(text)

    def take(self) -> str:
        """Return what was printed since the last call."""
        self._waits = False
        text = "".join(self._parts)
        self._parts.clear()
        return sendable(text)

    def clear(self, wait: bool = False) -> None:
        """Forget what the cell printed; with ``wait`` only when it prints again."""
        self._waits = wait
        if not wait:
            self._parts.clear()

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return 1

    def close(self) -> None:
        """Do nothing: a notebook's output cannot be closed."""

    def reconfigure(self, **settings: object) -> None:
        """Do nothing: scripts ask standard output for UTF-8, which it has."""


# The name of the class in ipykernel.
Output.__name__ = Output.__qualname__ = "OutStream"


class _Bytes(io.RawIOBase):
    def __init__(self, output: Output) -> None:
        self._output = output

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._output.write(bytes(data).decode("utf-8", "replace"))
        return len(data)

    def close(self) -> None:
        pass
