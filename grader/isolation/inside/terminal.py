"""What a notebook asks of a shell: the harmless lines are done, the rest is refused with a note.

``Terminal`` serves ``!line``, ``%%bash``, ``os.system`` and ``subprocess.run`` alike.  What does
the lines (``commands``) is imported when the first one comes.
"""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any, Final

#: What a shell gives for a program that it does not find.
NOT_FOUND: Final = 127
_SHELLS: Final = frozenset("bash sh zsh dash".split())
_HERE: Final = (
    "mkdir rmdir touch rm unlink cp mv cat tee echo printf ls dir head tail wc test unzip tar pwd "
    "true false".split()
)


class Terminal:
    """``own`` are the folders in which lines may do something."""

    def __init__(self, note: Callable[..., None]) -> None:
        self.note = note
        self.own: tuple[str, ...] = ()

    def run(self, text: str, *, cwd: str | None = None) -> tuple[str, int, list[str]]:
        """Do what can be done of ``text``; gives the output, the status and what was not run."""
        from .commands import Commands

        done = Commands(self.own, cwd=cwd)
        done.run(text)
        # Else a module just written is not seen, where its folder was looked at this instant.
        importlib.invalidate_caches()
        return "".join(done.out), done.status, done.refused

    def line(self, text: str) -> tuple[str, int]:
        """Do a ``!line``; a note says what was not."""
        out, status, refused = self.run(text)
        for command in refused[:3]:
            self.note(
                "The shell command !{command} was not run: no program is started while grading.",
                command=_short(command),
            )
        return out, status

    def cell(self, name: str, line: str, cell: str) -> tuple[str, str] | None:
        """Do a cell under ``%%bash`` and its like; None where it is under another program's.

        Gives the output, and the name that it is to be kept under or "".
        """
        words = line.split()
        program = words[:1] if name == "script" else [name]
        if not program or os.path.basename(program[0]) not in _SHELLS:
            return None
        out, _, refused = self.run(cell)
        for command in refused[:3]:
            self.note_cell(name, command)
        kept = words[words.index("--out") + 1 :][:1] if "--out" in words else []
        return out, "".join(kept)

    def note_cell(self, name: str, command: str) -> None:
        """Say that a cell's command was not run."""
        self.note(
            "%%{name}: {command} was not run: no program is started while grading.",
            name=name,
            command=_short(command),
        )

    # -- Python's own ways ---------------------------------------------------

    def install(self) -> None:
        """Let os.system and subprocess do the same lines."""
        run, call = subprocess.run, subprocess.call

        def system(command: Any) -> int:
            sys.audit("os.system", command)
            out, status, refused = self.run(os.fsdecode(command))
            print(out, end="")
            if refused:
                self.note("os.system() starts no program while grading.")
            return (NOT_FOUND if refused else status) << 8

        def run_here(*arguments: Any, **keywords: Any) -> Any:
            text = _text(arguments, keywords)
            done = None if text is None else self._completed(text, arguments[0], keywords)
            return run(*arguments, **keywords) if done is None else done

        def call_here(*arguments: Any, **keywords: Any) -> Any:
            text = _text(arguments, keywords)
            done = None if text is None else self._completed(text, arguments[0], keywords)
            return call(*arguments, **keywords) if done is None else done.returncode

        os.system = system
        subprocess.run, subprocess.call = run_here, call_here

    def _completed(self, text: str, asked: Any, keywords: dict[str, Any]) -> Any:
        """What subprocess.run gives, or None where it was not all done here."""
        out, status, refused = self.run(text, cwd=keywords.get("cwd"))
        if refused:
            return None
        is_text = any(keywords.get(k) for k in ("text", "universal_newlines", "encoding", "errors"))
        is_kept = keywords.get("capture_output") or keywords.get("stdout") == subprocess.PIPE
        given = (out if is_text else out.encode()) if is_kept else None
        if not is_kept:
            print(out, end="")
        done = subprocess.CompletedProcess(asked, status, given, given and given[:0])
        if keywords.get("check"):
            done.check_returncode()
        return done


def _short(command: str) -> str:
    return " ".join(command.split())[:60]


def _text(arguments: tuple[Any, ...], keywords: dict[str, Any]) -> str | None:
    """The line that subprocess is asked for, None where it is none of those done here."""
    if len(arguments) != 1 or keywords.get("input") is not None or keywords.get("stdin"):
        return None
    asked = arguments[0]
    if isinstance(asked, list | tuple) and all(isinstance(one, str | os.PathLike) for one in asked):
        import shlex

        asked = shlex.join(map(os.fspath, asked))
    if not isinstance(asked, str):
        return None
    words = asked.split(maxsplit=1)
    return asked if words and os.path.basename(words[0]) in _HERE else None
