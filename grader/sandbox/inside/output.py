"""What a student prints: taken, bounded, and never an error."""

from __future__ import annotations

import io
from typing import Any


class Output(io.TextIOBase):
    """Takes what a student prints and keeps the first ``limit`` characters of it."""

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
        """What was printed since the last call."""
        self._waits = False
        text = "".join(self._parts)
        self._parts.clear()
        # Half a surrogate pair can be printed in a notebook, but not sent.
        return text if text.isascii() else text.encode("utf-8", "replace").decode()

    def clear(self, wait: bool = False) -> None:
        """Forget what the cell printed; with ``wait`` when it next prints."""
        self._waits = wait
        if not wait:
            self._parts.clear()

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return False

    def fileno(self) -> int:
        return 1

    def close(self) -> None:
        """Stay open: a notebook's output is not the student's to close."""

    def reconfigure(self, **settings: object) -> None:
        """As scripts do it to standard output: it is UTF-8 already."""


# As a kernel's own is called.
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
