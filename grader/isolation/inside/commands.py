"""Harmless shell lines, done here: no shell and no program runs while grading.

``mkdir``, ``cp``, ``unzip``, ``cat > file`` and their like work inside the submission's own
folders, so that a later cell finds what it needs.  The process is confined whatever
it does; that nothing leaves these folders here is courtesy, and keeps links and
archives from filling them.
"""

from __future__ import annotations

import glob
import os
import re
import resource
import shutil
from collections.abc import Callable, Iterator
from typing import Final

from . import archives
from .lines import Command, Reader, UnreadableError, Word, escaped, filled

_ASSIGNMENT: Final = re.compile(r"(\w+)=")
_BRACES: Final = re.compile(r"\{([^{}]*,[^{}]*)\}")
_NOWHERE: Final = "/dev/null"
_MAX_WORDS: Final = 10_000
#: Change nothing that grading needs, or show what nobody reads.
_NOTHING: Final = frozenset(": true set chmod chown sync clear umask source .".split())


class CommandError(Exception):
    """A command ended with another status than 0; the text is what it would have said."""


class RefusedError(Exception):
    """It is none of the commands that are done here, or would leave the own folders."""


class Commands:
    """Does the commands of one text in the folder ``cwd``, as a shell started there would.

    ``own`` are the folders that may be touched.  ``out`` is what they printed,
    ``refused`` the commands that were not run, and ``status`` the last one's.
    """

    def __init__(self, own: tuple[str, ...], *, cwd: str | None = None) -> None:
        self._own = tuple(os.path.realpath(folder) for folder in own)
        self.cwd = os.path.realpath(cwd or os.getcwd())
        self.variables = dict(os.environ)
        self.out: list[str] = []
        self.refused: list[str] = []
        self.status = 0

    def run(self, text: str) -> None:
        """Do every command that can be done; the others count as if they had gone well."""
        try:
            commands = Reader(text).commands()
        except UnreadableError:
            self.refused.append(text.strip())
            return
        piped = ""
        for number, command in enumerate(commands):
            if (command.before == "&&" and self.status) or (
                command.before == "||" and not self.status
            ):
                continue
            piped = self._do(command, piped if command.before == "|" else "")
            following = commands[number + 1] if number + 1 < len(commands) else None
            if following is None or following.before != "|":
                self.out.append(piped)
                piped = ""

    def _do(self, command: Command, piped: str) -> str:
        """What the command prints, where that is not written elsewhere."""
        self.status, said, text = 0, "", ""
        try:
            words = [text for word in command.words for text in self._expanded(word)]
            if command.text is not None:
                piped = command.text
                piped = filled(piped, self.variables) if command.is_filled else piped
            for _, operator, target in command.redirections:
                if operator == "<":
                    piped = self._read(self._expanded(target)[0])
            text = self._call(words, piped)
        except CommandError as failed:
            self.status, said = 1, f"{failed}\n"
        except OSError as error:
            reason = f"{error.filename}: {error.strerror}" if error.filename else str(error)
            self.status, said = 1, f"{command.words[0].plain}: {reason}\n"
        except (RefusedError, UnreadableError):
            self.refused.append(" ".join(word.plain for word in command.words))
            return ""
        return self._redirect(command, text, said)

    def _redirect(self, command: Command, text: str, said: str) -> str:
        for number, operator, target in command.redirections:
            if operator == ">&":  # both come out at the same place
                continue
            if operator == "<":
                continue
            try:
                name = self._expanded(target)[0]
                if name != _NOWHERE:
                    kept = said if number == "2" else text + said if number == "&" else text
                    self._write(name, kept, append=operator == ">>")
            except (OSError, RefusedError, UnreadableError) as error:
                self.status, said = 1, f"{target.plain}: {error}\n"
                continue
            text, said = ("", "") if number == "&" else (text, "") if number == "2" else ("", said)
        return text + said

    # -- words ---------------------------------------------------------------

    def _expanded(self, word: Word) -> list[str]:
        """The word's variables, braces, home and pattern filled in, as the arguments they give."""
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
        """The absolute path of ``name``; raises RefusedError outside the own folders.

        Links on the way count as what they lead to; the last one does, too, with ``follow``.
        """
        whole = os.path.join(self.cwd, name)
        if follow:
            whole = os.path.realpath(whole)
        else:
            folder, last = os.path.split(whole.rstrip("/"))
            if last in ("", ".", ".."):
                return self.path(name)
            whole = os.path.join(os.path.realpath(folder), last)
        if not any(whole == own or whole.startswith(own + "/") for own in self._own):
            raise RefusedError(name)
        return whole

    def room(self) -> int:
        """How many bytes may still be written at once."""
        bound = resource.getrlimit(resource.RLIMIT_FSIZE)[0]
        free = os.statvfs(self.cwd)
        left = free.f_bavail * free.f_frsize
        return left if bound == resource.RLIM_INFINITY else min(bound, left)

    def _read(self, name: str) -> str:
        if name == _NOWHERE:
            return ""
        path = self.path(name)
        if os.path.getsize(path) > self.room():
            raise CommandError(f"{name}: too large")
        with open(path, encoding="utf-8", errors="replace", newline="") as file:
            return file.read()

    def _write(self, name: str, text: str, *, append: bool = False) -> None:
        with open(self.path(name), "a" if append else "w", encoding="utf-8", newline="") as file:
            file.write(text)

    # -- commands ------------------------------------------------------------

    def _call(self, words: list[str], piped: str) -> str:
        if len(words) > _MAX_WORDS:
            raise CommandError("too many arguments")
        while words and _ASSIGNMENT.match(words[0]):
            name, _, value = words.pop(0).partition("=")
            self.variables[name] = value
        if not words:
            return ""
        name, arguments = os.path.basename(words[0]), words[1:]
        if name in _NOTHING:
            return ""
        if name == "export":
            return self._call([word for word in arguments if "=" in word], "")
        do = _DONE.get(name)
        if do is None:
            raise RefusedError(name)
        flags = [a for a in arguments if len(a) > 1 and a.startswith("-") and a != "--"]
        if name in ("echo", "printf", "test", "["):
            return do(self, arguments, "", piped)
        letters = "".join(flag.lstrip("-")[:1] if flag[:2] == "--" else flag[1:] for flag in flags)
        if name in ("unzip", "tar", "head", "tail"):
            return do(self, arguments, letters, piped)
        return do(self, [a for a in arguments if a not in flags and a != "--"], letters, piped)

    def mkdir(self, names: list[str], flags: str, piped: str) -> str:
        for name in names:
            if "p" in flags:
                os.makedirs(self.path(name), exist_ok=True)
            else:
                os.mkdir(self.path(name))
        return ""

    def rmdir(self, names: list[str], flags: str, piped: str) -> str:
        for name in names:
            os.rmdir(self.path(name))
        return ""

    def touch(self, names: list[str], flags: str, piped: str) -> str:
        for name in names:
            with open(self.path(name), "ab"):
                os.utime(self.path(name))
        return ""

    def rm(self, names: list[str], flags: str, piped: str) -> str:
        for name in names:
            path = self.path(name, follow=False)
            if path in self._own:
                raise RefusedError(name)
            if os.path.isdir(path) and not os.path.islink(path):
                if not set(flags) & set("rR"):
                    raise CommandError(f"rm: cannot remove '{name}': Is a directory")
                shutil.rmtree(path)
            elif os.path.lexists(path):
                os.remove(path)
            elif "f" not in flags:
                raise CommandError(f"rm: cannot remove '{name}': No such file or directory")
        return ""

    def cp(self, names: list[str], flags: str, piped: str) -> str:
        deep = bool(set(flags) & set("rRa"))
        for source, target in self._pairs("cp", names):
            source = self.path(source)
            if "n" in flags and os.path.lexists(target):
                continue
            if not os.path.isdir(source):
                shutil.copyfile(source, target)
            elif not deep:
                raise CommandError(f"cp: -r not specified; omitting directory '{source}'")
            elif target == source or target.startswith(source + "/"):
                raise CommandError(f"cp: cannot copy a directory, '{source}', into itself")
            else:
                # Links stay links: what they lead to is not read.
                shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True)
        return ""

    def mv(self, names: list[str], flags: str, piped: str) -> str:
        for source, target in self._pairs("mv", names):
            source = self.path(source, follow=False)
            if source in self._own:
                raise RefusedError(source)
            if not ("n" in flags and os.path.lexists(target)):
                shutil.move(source, target)
        return ""

    def _pairs(self, name: str, names: list[str]) -> Iterator[tuple[str, str]]:
        """Each source with the path that it becomes."""
        if len(names) < 2:
            raise CommandError(f"{name}: missing file operand")
        *sources, last = names
        target = self.path(last)
        is_folder = os.path.isdir(target)
        if len(sources) > 1 and not is_folder:
            raise CommandError(f"{name}: target '{last}' is not a directory")
        for source in sources:
            if source.endswith("/.") and is_folder:  # the contents of a folder
                yield source, target
            elif is_folder:
                yield source, self.path(os.path.join(target, os.path.basename(source.rstrip("/"))))
            else:
                yield source, target

    def cat(self, names: list[str], flags: str, piped: str) -> str:
        return "".join(piped if name == "-" else self._read(name) for name in names or ["-"])

    def tee(self, names: list[str], flags: str, piped: str) -> str:
        for name in names:
            self._write(name, piped, append="a" in flags)
        return piped

    def echo(self, words: list[str], flags: str, piped: str) -> str:
        end, special = "\n", False
        while words and words[0] in ("-n", "-e", "-E", "-ne", "-en"):
            flag = words.pop(0)
            end = "" if "n" in flag else end
            special = special or "e" in flag
        text = " ".join(words)
        return (_unescaped(text) if special else text) + end

    def printf(self, words: list[str], flags: str, piped: str) -> str:
        if not words:
            raise CommandError("printf: usage: printf format [arguments]")
        form, arguments = _unescaped(words[0]), words[1:]
        holes = len(re.findall(r"%s", form))
        if "%" in form.replace("%s", "").replace("%%", ""):
            raise RefusedError("printf")
        text = ""
        while True:
            taken = [*arguments[:holes], *[""] * (holes - len(arguments))]
            text += form.replace("%%", "\0").replace("%s", "{}").format(*taken) if holes else form
            arguments = arguments[holes:]
            if not arguments or not holes:
                return text.replace("\0", "%").replace("%%", "%")

    def cd(self, names: list[str], flags: str, piped: str) -> str:
        path = self.path(names[0] if names else os.path.expanduser("~"))
        if not os.path.isdir(path):
            raise CommandError(f"cd: {names[0]}: No such file or directory")
        self.cwd = path
        return ""

    def pwd(self, names: list[str], flags: str, piped: str) -> str:
        return self.cwd + "\n"

    def ls(self, names: list[str], flags: str, piped: str) -> str:
        found: list[str] = []
        folders: list[tuple[str, list[str]]] = []
        for name in names or ["."]:
            path = self.path(name)
            if not os.path.lexists(path):
                raise CommandError(f"ls: cannot access '{name}': No such file or directory")
            if os.path.isdir(path) and "d" not in flags:
                inside = sorted(os.listdir(path))
                inside = [one for one in inside if {"a", "A"} & set(flags) or one[0] != "."]
                folders.append((name, inside))
            else:
                found.append(name)
        lines = found[:]
        for name, inside in folders:
            lines += [f"{name}:", *inside] if len(names) > 1 else inside
        return "".join(line + "\n" for line in lines)

    def head(self, words: list[str], flags: str, piped: str) -> str:
        count, names = _count(words)
        lines = self.cat(names, "", piped).splitlines(keepends=True)
        return "".join(lines[:count])

    def tail(self, words: list[str], flags: str, piped: str) -> str:
        count, names = _count(words)
        lines = self.cat(names, "", piped).splitlines(keepends=True)
        return "".join(lines[-count:] if count else [])

    def wc(self, names: list[str], flags: str, piped: str) -> str:
        text = ""
        for name in names or ["-"]:
            read = piped if name == "-" else self._read(name)
            numbers = {"l": read.count("\n"), "w": len(read.split()), "c": len(read.encode())}
            asked = [str(numbers[flag]) for flag in "lwc" if not flags or flag in flags]
            text += " ".join([*asked, *([] if name == "-" else [name])]) + "\n"
        return text

    def test(self, words: list[str], flags: str, piped: str) -> str:
        words = [word for word in words if word != "]"]
        is_wanted = True
        while words[:1] == ["!"]:
            words, is_wanted = words[1:], not is_wanted
        if len(words) == 2 and words[0] in _TESTS:
            holds = _TESTS[words[0]](os.path.join(self.cwd, words[1]), words[1])
        elif len(words) == 3 and words[1] in ("=", "==", "!="):
            holds = (words[0] == words[2]) == (words[1] != "!=")
        elif len(words) == 1:
            holds = bool(words[0])
        else:
            raise RefusedError("test")
        self.status = int(holds is not is_wanted)
        return ""

    def false(self, names: list[str], flags: str, piped: str) -> str:
        self.status = 1
        return ""

    def unzip(self, words: list[str], flags: str, piped: str) -> str:
        """``unzip [-o|-n|-q] archive [members] [-d folder]``."""
        folder = "."
        if "-d" in words[:-1]:
            place = words.index("-d")
            folder = words[place + 1]
            del words[place : place + 2]
        names = [word for word in words if not word.startswith("-")]
        if not names or set(flags) - set("oqnduj"):
            raise RefusedError("unzip")
        path = self.path(names[0])
        if not os.path.exists(path) and os.path.exists(path + ".zip"):
            path = self.path(names[0] + ".zip")
        self._unpack("unzip", archives.zipped(path), folder, names[1:], keep="n" in flags)
        return ""

    def tar(self, words: list[str], flags: str, piped: str) -> str:
        """``tar xzf archive [-C folder]``: only what is unpacked, folders and plain files."""
        if words and not words[0].startswith("-"):
            flags, words = words[0] + flags, words[1:]
        folder = "."
        if "-C" in words[:-1]:
            place = words.index("-C")
            folder = words[place + 1]
            del words[place : place + 2]
        names = [word for word in words if not word.startswith("-")]
        if "x" not in flags or not names:
            raise RefusedError("tar")
        self._unpack("tar", archives.tarred(self.path(names[0])), folder, names[1:])
        return ""

    def _unpack(
        self,
        name: str,
        members: Iterator[archives.Member],
        folder: str,
        asked: list[str],
        *,
        keep: bool = False,
    ) -> None:
        target = self.path(folder)
        os.makedirs(target, exist_ok=True)
        try:
            archives.unpack(
                members, place=lambda inside: self.path(os.path.join(target, inside)),
                room=self.room(), asked=asked, keep=keep,
            )  # fmt: skip
        except archives.ArchiveError as error:
            raise CommandError(f"{name}: {error}") from None


_DONE: Final[dict[str, Callable[[Commands, list[str], str, str], str]]] = {
    **{name: getattr(Commands, name) for name in (
        "mkdir", "rmdir", "touch", "rm", "cp", "mv", "cat", "tee", "echo", "printf", "cd", "pwd",
        "ls", "head", "tail", "wc", "test", "false", "unzip", "tar",
    )},
    "[": Commands.test,
    "unlink": Commands.rm,
    "dir": Commands.ls,
}  # fmt: skip
_TESTS: Final[dict[str, Callable[[str, str], bool]]] = {
    "-e": lambda path, text: os.path.exists(path),
    "-f": lambda path, text: os.path.isfile(path),
    "-d": lambda path, text: os.path.isdir(path),
    "-s": lambda path, text: os.path.exists(path) and os.path.getsize(path) > 0,
    "-n": lambda path, text: bool(text),
    "-z": lambda path, text: not text,
}


def _braces(text: str) -> list[str]:
    """``a{b,c}`` as ``ab`` and ``ac``."""
    waiting, done = [text], []
    while waiting:
        text = waiting.pop(0)
        found = _BRACES.search(text)
        if found is None:
            done.append(text)
        elif len(waiting) + len(done) > _MAX_WORDS:
            raise CommandError("too many arguments")
        else:
            before, after = text[: found.start()], text[found.end() :]
            waiting[:0] = [before + one + after for one in found[1].split(",")]
    return done


def _count(words: list[str]) -> tuple[int, list[str]]:
    """The number of lines that ``-n 3``, ``-n3`` or ``-3`` ask for, and the names."""
    count, names, words = 10, [], list(words)
    while words:
        word = words.pop(0)
        if word == "-n" and words:
            word = "-" + words.pop(0)
        if re.fullmatch(r"-n?\d+", word):
            count = int(word.lstrip("-n"))
        elif word.startswith("-") and word != "-":
            raise RefusedError(word)
        else:
            names.append(word)
    return count, names


def _unescaped(text: str) -> str:
    """Backslashes as ``echo -e`` and ``printf`` read them."""
    letters = {"n": "\n", "t": "\t", "\\": "\\", "r": "\r", "0": "\0", "a": "", "b": ""}
    return re.sub(r"\\(.)", lambda found: letters.get(found[1], found[0]), text)
