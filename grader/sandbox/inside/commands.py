"""Does harmless shell lines without a shell or another program.

``mkdir``, ``cp``, ``unzip``, ``cat > file`` and others work inside the submission's own folders,
so that later cells find their files.  The process is confined in any case; the checks here only
keep commands from failing later, and links and archives from filling the folders.
"""

from __future__ import annotations

import glob
import os
import re
import resource
from collections.abc import Sequence
from typing import Final

from grader.sandbox.wire.bounds import MAX_COMMAND_FILE_BYTES, MAX_COMMAND_WORDS

from .lines import ASSIGNMENT, Command, Reader, UnreadableError, Word, escaped, filled
from .programs import NOTHING, PROGRAMS
from .refusals import CommandError, RefusedError

_BRACES: Final = re.compile(r"\{([^{}]*,[^{}]*)\}")
_NOWHERE: Final = "/dev/null"
#: Programs that read their own options.
_WITH_OPTIONS: Final = frozenset("echo printf test [ unzip tar head tail sed find".split())


class Commands:
    """Does the commands of one text as a shell would that was started in ``cwd``.

    They may use files in the folders ``own``; ``arguments`` are the values of ``$1`` and so on.
    ``out`` is what they printed, ``refused`` lists the commands that were not run, and
    ``status`` is the last one's.
    """

    def __init__(
        self, own: tuple[str, ...], *, cwd: str | None = None, arguments: Sequence[str] = ()
    ) -> None:
        self.own = tuple(os.path.realpath(folder) for folder in own)
        self.cwd = os.path.realpath(cwd or os.getcwd())
        self.variables = dict(os.environ)
        self.variables.update((str(n), text) for n, text in enumerate(arguments, start=1))
        self.out: list[str] = []
        self.refused: list[str] = []
        self.status = 0

    def run(self, text: str) -> None:
        """Do every supported command; the others are refused, and count as successful."""
        try:
            commands = Reader(text).commands()
        except UnreadableError:
            self.refused.append(text.strip())
            return
        piped, is_passed_over = "", False
        for number, command in enumerate(commands):
            if command.before in ("&&", "||"):
                is_passed_over = (self.status == 0) is (command.before == "||")
            elif command.before != "|":  # else as the one before
                is_passed_over = False
            if is_passed_over:
                continue
            count = len(self.refused)
            piped = self._do(command, piped if command.before == "|" else "")
            is_passed_over = len(self.refused) > count  # and so is what reads its output
            if number + 1 == len(commands) or commands[number + 1].before != "|":
                self.out.append(piped)

    def _do(self, command: Command, piped: str) -> str:
        """Do a command; return what it prints, without what is redirected to files."""
        self.status, said, text = 0, "", ""
        try:
            words = [text for word in command.words for text in self._expanded(word)]
            if command.text is not None:
                piped = command.text
                piped = filled(piped, self.variables) if command.is_filled else piped
            for _, operator, target in command.redirections:
                if operator == "<":
                    piped = self.read(" ".join(self._expanded(target)))
            text = self._call(words, piped)
        except (RefusedError, UnreadableError):
            return self._refuse(command)
        except (OSError, ValueError) as error:
            name = getattr(error, "filename", None)
            reason = f"{name}: {error.strerror}" if name and isinstance(error, OSError) else error
            self.status, said = 1, f"{command.name}: {reason}\n"
        return self._redirect(command, text, said)

    def _refuse(self, command: Command) -> str:
        self.refused.append(command.source)
        return ""

    def _redirect(self, command: Command, text: str, said: str) -> str:
        for number, operator, target in command.redirections:
            if operator in ("<", ">&"):  # output and errors are printed together anyway
                continue
            try:
                name = " ".join(self._expanded(target))
                if name != _NOWHERE:
                    kept = said if number == "2" else text + said if number == "&" else text
                    self.write(name, kept, append=operator == ">>")
            except (RefusedError, UnreadableError):
                return self._refuse(command)
            except (OSError, ValueError) as error:
                self.status = 1
                return f"{target.plain}: {error}\n"
            text, said = ("", "") if number == "&" else (text, "") if number == "2" else ("", said)
        return text + said

    # -- words ---------------------------------------------------------------

    def _expanded(self, word: Word) -> list[str]:
        """Return the arguments that a word stands for: variables, braces, home, patterns."""
        parts = [
            (text if quote == "'" else filled(text, self.variables), quote)
            for text, quote in word.parts
        ]
        if all(quote for _, quote in parts):
            return ["".join(text for text, _ in parts)]
        pattern = "".join(escaped(text) if quote else text for text, quote in parts)
        plain = "".join(text for text, _ in parts)
        if len(parts) == 1 and word.parts[0][0].startswith("$"):
            return plain.split()
        if parts[0][0].startswith("~") and not parts[0][1]:
            pattern, plain = os.path.expanduser(pattern), os.path.expanduser(plain)
        if len(parts) == 1 and "{" in plain:
            several = _braces(plain)
            return [found for text in several for found in self._matching(text, text)]
        return self._matching(pattern, plain)

    def _matching(self, pattern: str, plain: str) -> list[str]:
        if not glob.has_magic(pattern):
            return [plain]
        return sorted(glob.glob(pattern, root_dir=self.cwd)) or [plain]

    # -- files ---------------------------------------------------------------

    def path(self, name: str, *, follow: bool = True) -> str:
        """Return the absolute path of ``name``; raises RefusedError outside the own folders.

        Links in its folders are resolved; with ``follow``, so is the last part.
        """
        whole = os.path.join(self.cwd, name)
        if follow:
            whole = os.path.realpath(whole)
        else:
            folder, last = os.path.split(whole.rstrip("/"))
            if last in ("", ".", ".."):
                return self.path(name)
            whole = os.path.join(os.path.realpath(folder), last)
        if not any(whole == own or whole.startswith(own + "/") for own in self.own):
            raise RefusedError(name)
        return whole

    def room(self) -> int:
        """Return how many bytes a file may still have."""
        bound = resource.getrlimit(resource.RLIMIT_FSIZE)[0]
        free = os.statvfs(self.cwd)
        left = free.f_bavail * free.f_frsize
        return left if bound == resource.RLIM_INFINITY else min(bound, left)

    def read(self, name: str) -> str:
        if name == _NOWHERE:
            return ""
        path = self.path(name)
        if os.path.getsize(path) > MAX_COMMAND_FILE_BYTES:
            raise CommandError(f"{name}: too large")
        with open(path, encoding="utf-8", errors="replace", newline="") as file:
            return file.read()

    def write(self, name: str, text: str, *, append: bool = False) -> None:
        mode, path = "a" if append else "w", self.path(name)
        with open(path, mode, encoding="utf-8", errors="replace", newline="") as file:
            file.write(text)

    # -- commands ------------------------------------------------------------

    def _call(self, words: list[str], piped: str) -> str:
        if len(words) > MAX_COMMAND_WORDS:
            raise CommandError("too many arguments")
        while words and ASSIGNMENT.match(words[0]):
            name, _, value = words.pop(0).partition("=")
            self.variables[name] = value
        if not words:
            return ""
        name, arguments = os.path.basename(words[0]), words[1:]
        if name in NOTHING:
            return ""
        if name == "export":
            return self._call([word for word in arguments if "=" in word], "")
        do = PROGRAMS.get(name)
        if do is None:
            raise RefusedError(name)
        flags = [a for a in arguments if len(a) > 1 and a.startswith("-") and a != "--"]
        letters = "".join(flag.lstrip("-")[:1] if flag[:2] == "--" else flag[1:] for flag in flags)
        if name not in _WITH_OPTIONS:
            arguments = [a for a in arguments if a not in flags and a != "--"]
        return do(self, arguments, letters, piped) or ""


def _braces(text: str) -> list[str]:
    """Return ``ab`` and ``ac`` for ``a{b,c}``."""
    waiting, done = [text], []
    while waiting:
        text = waiting.pop(0)
        found = _BRACES.search(text)
        if found is None:
            done.append(text)
        elif len(waiting) + len(done) > MAX_COMMAND_WORDS:
            raise CommandError("too many arguments")
        else:
            before, after = text[: found.start()], text[found.end() :]
            waiting[:0] = [before + one + after for one in found[1].split(",")]
    return done
