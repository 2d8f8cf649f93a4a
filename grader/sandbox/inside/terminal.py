"""Shell lines of a notebook: harmless ones are done, others are refused with a note.

``Terminal`` serves ``!line``, ``%%bash``, ``os.system`` and ``subprocess.run``.  The module that
does the lines (``commands``) is imported when the first one comes.
"""

from __future__ import annotations

import importlib
import itertools
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import Any, Final

from grader.sandbox.wire.bounds import MAX_COMMAND_CHARACTERS, MAX_COMMANDS_TOLD

from .standins import Note, say

#: A shell's status for a program that it does not find.
NOT_FOUND: Final = 127
_SHELLS: Final = frozenset("bash sh zsh dash".split())
_HERE: Final = (
    "mkdir rmdir touch rm unlink cp mv cat tee echo printf ls dir head tail wc test unzip tar pwd "
    "true false ln sed find nproc zip".split()
)
#: A refused command with such a word may have made or changed a file, unless it installs.
_FILE: Final = re.compile(
    r"[\w*-]\.(py|ipynb|git|csv|tsv|txt|json|ya?ml|toml|np[yz]|pkl|pickle|mat|h5|zip|tgz|gz|bz2)\b"
)
_INSTALLS: Final = re.compile(r"(^|[\s/])(pip3?|conda|mamba|uv|apt|apt-get|npm)\s")


class Terminal:
    """Does shell lines; they may change files only in the folders ``own``."""

    def __init__(self, note: Callable[..., None]) -> None:
        self.note = note
        self.own: tuple[str, ...] = ()
        #: Notes on refused commands that may have made or changed a file.
        self.missed: list[Note] = []

    def run(
        self, text: str, *, cwd: str | None = None, arguments: Sequence[str] = ()
    ) -> tuple[str, int, list[str]]:
        """Do the harmless commands of ``text``; return output, status and refused commands."""
        from .commands import Commands

        done = Commands(self.own, cwd=cwd, arguments=arguments)
        done.run(text)
        # Else a module just written may not be found.
        importlib.invalidate_caches()
        return "".join(done.out), done.status, done.refused

    def line(self, text: str) -> tuple[str, int]:
        """Do a ``!line``, with notes on refused commands; return its output and status."""
        out, status, refused = self.run(text)
        for command in refused[:MAX_COMMANDS_TOLD]:
            note = say(
                "The shell command !{command} was not run: no program is started while grading.",
                command=_short(command),
            )
            self._refuse(note, command)
        return out, status

    def cell(self, name: str, line: str, cell: str) -> tuple[str, dict[str, str]] | None:
        """Do a cell under ``%%bash`` or another shell's magic; return None for other programs.

        Return what to print, and the variables to set.
        """
        try:
            words = shlex.split(line)
        except ValueError:
            words = line.split()
        program = words[:1] if name == "script" else [name]
        if not program or os.path.basename(program[0]) not in _SHELLS:
            return None
        given = words[words.index("-s") + 1 :] if "-s" in words else []
        out, _, refused = self.run(cell, arguments=given)
        for command in refused[:MAX_COMMANDS_TOLD]:
            self.note_cell(name, command)
        kept = dict(itertools.pairwise(words))
        found = {kept[flag]: text for flag, text in (("--out", out), ("--err", "")) if flag in kept}
        return "" if "--out" in kept else out, found

    def note_cell(self, name: str, command: str) -> None:
        """Note that a cell's command was not run."""
        note = say(
            "%%{name}: {command} was not run: no program is started while grading.",
            name=name,
            command=_short(command),
        )
        self._refuse(note, command)

    def _refuse(self, note: Note, command: str) -> None:
        self.note(note[0], **note[1])
        makes = _FILE.search(command) and not _INSTALLS.search(command)
        if makes and len(self.missed) < MAX_COMMANDS_TOLD:
            self.missed.append(note)

    # -- os.system and subprocess ----------------------------------------------

    def install(self) -> None:
        """Let os.system and subprocess do the same lines."""

        def system(command: Any) -> int:
            sys.audit("os.system", command)
            out, status, refused = self.run(os.fsdecode(command))
            print(out, end="")
            if refused:
                self.note("os.system() starts no program while grading.")
            return (NOT_FOUND if refused else status) << 8

        def here(function: Any, result: Callable[[Any], Any]) -> Any:
            def call(*arguments: Any, **keywords: Any) -> Any:
                done = self._completed(arguments, keywords)
                return function(*arguments, **keywords) if done is None else result(done)

            return call

        os.system = system
        subprocess.run = here(subprocess.run, lambda done: done)
        subprocess.call = here(subprocess.call, lambda done: done.returncode)

    def _completed(self, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        """Return what subprocess.run returns; None if the command is not done here."""
        text = _text(arguments, keywords)
        if text is None:
            return None
        out, status, refused = self.run(text, cwd=keywords.get("cwd"))
        if refused:
            return None
        is_text = any(keywords.get(k) for k in ("text", "universal_newlines", "encoding", "errors"))
        is_kept = keywords.get("capture_output") or keywords.get("stdout") == subprocess.PIPE
        given = (out if is_text else out.encode()) if is_kept else None
        if not is_kept:
            print(out, end="")
        done = subprocess.CompletedProcess(arguments[0], status, given, given and given[:0])
        if keywords.get("check"):
            done.check_returncode()
        return done


def _short(command: str) -> str:
    """Return a command to be shown: shortened, in one line, without the interpreter's path."""
    text = " ".join(command.replace(sys.executable, os.path.basename(sys.executable)).split())
    if len(text) <= MAX_COMMAND_CHARACTERS:
        return text
    words = text[: MAX_COMMAND_CHARACTERS + 1].rsplit(" ", 1)[0]
    return words[:MAX_COMMAND_CHARACTERS] + " ..."


def _text(arguments: tuple[Any, ...], keywords: dict[str, Any]) -> str | None:
    """Return subprocess's command as a shell line; None if it is not done here."""
    if len(arguments) != 1 or keywords.get("input") is not None or keywords.get("stdin"):
        return None
    asked = arguments[0]
    if isinstance(asked, list | tuple) and all(isinstance(one, str | os.PathLike) for one in asked):
        asked = shlex.join(map(os.fspath, asked))
    if not isinstance(asked, str):
        return None
    words = asked.split(maxsplit=1)
    return asked if words and os.path.basename(words[0]) in _HERE else None
