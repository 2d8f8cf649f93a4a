"""The supported programs: functions of their arguments, flags and input that return their output.

The flags are all letters that were given with a dash.  A program that fails raises
``CommandError``; for what is not supported it raises ``RefusedError``.  This module has the
programs for files and folders; :mod:`.filters` has those that print text.
"""

from __future__ import annotations

import fnmatch
import os
import shutil
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from . import archives
from .filters import cat, echo, head, printf, tail, tee, wc
from .refusals import CommandError, RefusedError
from .sed import sed

if TYPE_CHECKING:
    from .commands import Commands

#: Do nothing here: grading needs nothing of what they do.
NOTHING: Final = frozenset(": true set chmod chown sync clear umask source .".split())


def mkdir(here: Commands, names: list[str], flags: str, piped: str) -> None:
    for name in names:
        if "p" in flags:
            os.makedirs(here.path(name), exist_ok=True)
        else:
            os.mkdir(here.path(name))


def rmdir(here: Commands, names: list[str], flags: str, piped: str) -> None:
    for name in names:
        os.rmdir(here.path(name))


def touch(here: Commands, names: list[str], flags: str, piped: str) -> None:
    for name in names:
        with open(here.path(name), "ab"):
            os.utime(here.path(name))


def rm(here: Commands, names: list[str], flags: str, piped: str) -> None:
    for name in names:
        path = here.path(name, follow=False)
        if path in here.own:
            raise RefusedError(name)
        if f"{here.cwd}/".startswith(f"{path}/"):
            raise CommandError(f"refusing to remove '{name}'")
        if os.path.isdir(path) and not os.path.islink(path):
            if not set(flags) & set("rR"):
                raise CommandError(f"cannot remove '{name}': Is a directory")
            shutil.rmtree(path)
        elif os.path.lexists(path):
            os.remove(path)
        elif "f" not in flags:
            raise CommandError(f"cannot remove '{name}': No such file or directory")


def cp(here: Commands, names: list[str], flags: str, piped: str) -> None:
    deep = bool(set(flags) & set("rRa"))
    for source, target in _pairs(here, names):
        source = here.path(source)
        if "n" in flags and os.path.lexists(target):
            continue
        if not os.path.isdir(source):
            shutil.copyfile(source, target)
        elif not deep:
            raise CommandError(f"-r not specified; omitting directory '{source}'")
        elif target == source or target.startswith(source + "/"):
            raise CommandError(f"cannot copy a directory, '{source}', into itself")
        else:
            # Links stay links, which may lead outside.
            shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True)


def mv(here: Commands, names: list[str], flags: str, piped: str) -> None:
    for source, target in _pairs(here, names):
        source = here.path(source, follow=False)
        if source in here.own:
            raise RefusedError(source)
        if not ("n" in flags and os.path.lexists(target)):
            shutil.move(source, target)


def _pairs(here: Commands, names: list[str]) -> Iterator[tuple[str, str]]:
    """Yield each source with its target's path."""
    if len(names) < 2:
        raise CommandError("missing file operand")
    *sources, last = names
    target = here.path(last)
    is_folder = os.path.isdir(target)
    if len(sources) > 1 and not is_folder:
        raise CommandError(f"target '{last}' is not a directory")
    for source in sources:
        if source.endswith("/.") and is_folder:  # the contents of a folder
            yield source, target
        elif is_folder:
            yield source, here.path(os.path.join(target, os.path.basename(source.rstrip("/"))))
        else:
            yield source, target


def cd(here: Commands, names: list[str], flags: str, piped: str) -> None:
    path = here.path(names[0] if names else os.path.expanduser("~"))
    if not os.path.isdir(path):
        raise CommandError(f"{names[0]}: No such file or directory")
    here.cwd = path


def pwd(here: Commands, names: list[str], flags: str, piped: str) -> str:
    return here.cwd + "\n"


def ls(here: Commands, names: list[str], flags: str, piped: str) -> str:
    files: list[str] = []
    listed: list[str] = []
    for name in names or ["."]:
        path = here.path(name)
        if not os.path.lexists(path):
            raise CommandError(f"cannot access '{name}': No such file or directory")
        if os.path.isdir(path) and "d" not in flags:
            inside = sorted(os.listdir(path))
            inside = [one for one in inside if {"a", "A"} & set(flags) or one[0] != "."]
            listed += [f"{name}:", *inside] if len(names) > 1 else inside
        else:
            files.append(name)
    return "".join(line + "\n" for line in (*files, *listed))


def test(here: Commands, words: list[str], flags: str, piped: str) -> None:
    words = [word for word in words if word != "]"]
    is_wanted = True
    while words[:1] == ["!"]:
        words, is_wanted = words[1:], not is_wanted
    if len(words) == 2 and words[0] in _TESTS:
        holds = _TESTS[words[0]](os.path.join(here.cwd, words[1]), words[1])
    elif len(words) == 3 and words[1] in ("=", "==", "!="):
        holds = (words[0] == words[2]) == (words[1] != "!=")
    elif len(words) == 1:
        holds = bool(words[0])
    else:
        raise RefusedError("test")
    here.status = int(holds is not is_wanted)


def false(here: Commands, names: list[str], flags: str, piped: str) -> None:
    here.status = 1


def ln(here: Commands, names: list[str], flags: str, piped: str) -> None:
    for source, target in _links(here, names, flags):
        # A link must not lead outside; its target need not exist yet.
        whole = here.path(os.path.join(os.path.dirname(target), source) if "s" in flags else source)
        if "f" in flags and os.path.lexists(target):
            os.remove(target)
        if "s" in flags:
            os.symlink(source, target)
        else:
            os.link(whole, target)


def _links(here: Commands, names: list[str], flags: str) -> Iterator[tuple[str, str]]:
    """Yield each file with the path of its link."""
    *sources, last = names if len(names) > 1 else [*names, "."]
    link = here.path(last, follow=False)
    is_folder = os.path.isdir(link) and not ("n" in flags and os.path.islink(link))
    for source in sources:
        yield source, os.path.join(link, os.path.basename(source)) if is_folder else link


def find(here: Commands, words: list[str], flags: str, piped: str) -> str:
    """``find [folders] [-name pattern] [-type f|d]``."""
    count = next((i for i, word in enumerate(words) if word.startswith("-")), len(words))
    folders, rest = words[:count] or ["."], words[count:]
    asked = dict(zip(rest[::2], rest[1::2], strict=False))
    if len(rest) % 2 or asked.keys() - {"-name", "-iname", "-type"}:
        raise RefusedError("find")
    found: list[str] = []
    for folder in folders:
        top = here.path(folder)
        if not os.path.lexists(top):
            raise CommandError(f"'{folder}': No such file or directory")
        walked = os.walk(top) if os.path.isdir(top) else [(top, [], [])]
        for place, inner, files in walked:
            shown = folder + place[len(top) :]
            every = [(shown, "d" if os.path.isdir(top) else "f")] if place == top else []
            every += [(f"{shown}/{name}", "d") for name in inner]
            found += [
                path
                for path, kind in (*every, *((f"{shown}/{name}", "f") for name in files))
                if asked.get("-type", kind) == kind and _is_named(os.path.basename(path), asked)
            ]
    return "".join(path + "\n" for path in found)


def _is_named(name: str, asked: dict[str, str]) -> bool:
    plain, folded = asked.get("-name", "*"), asked.get("-iname", "*").lower()
    return fnmatch.fnmatchcase(name, plain) and fnmatch.fnmatchcase(name.lower(), folded)


def date(here: Commands, words: list[str], flags: str, piped: str) -> str:
    if words and not words[0].startswith("+"):
        raise RefusedError("date")
    return time.strftime(words[0][1:] if words else "%c") + "\n"


def nproc(here: Commands, words: list[str], flags: str, piped: str) -> str:
    return f"{len(os.sched_getaffinity(0))}\n"


def zip_(here: Commands, names: list[str], flags: str, piped: str) -> None:
    """``zip -r archive files``."""
    if len(names) < 2 or set(flags) - set("rq"):
        raise RefusedError("zip")
    name = names[0] if "." in os.path.basename(names[0]) else f"{names[0]}.zip"
    archives.pack(here.path(name), [(here.path(one), one) for one in names[1:]], kind="zip")


def unzip(here: Commands, words: list[str], flags: str, piped: str) -> None:
    """``unzip [-o|-n|-q] archive [members] [-d folder]``."""
    folder, names = _folder_and_names(words, "-d")
    if not names or set(flags) - set("oqnduj"):
        raise RefusedError("unzip")
    path = here.path(names[0])
    if not os.path.exists(path) and os.path.exists(path + ".zip"):
        path = here.path(names[0] + ".zip")
    _unpack(here, archives.zipped(path), folder, names[1:], keep="n" in flags)


def tar(here: Commands, words: list[str], flags: str, piped: str) -> None:
    """``tar xzf archive [-C folder]``, ``tar czf archive files``: folders and plain files."""
    if words and not words[0].startswith("-"):
        flags, words = words[0] + flags, words[1:]
    folder, names = _folder_and_names(words, "-C")
    if "c" in flags and folder == "." and "f" in flags and not set(flags) - set("czjvf"):
        kind = "gz" if "z" in flags else "bz2" if "j" in flags else ""
        archives.pack(here.path(names[0]), [(here.path(n), n) for n in names[1:]], kind=kind)
    elif "x" in flags and names:
        _unpack(here, archives.tarred(here.path(names[0])), folder, names[1:], keep=False)
    else:
        raise RefusedError("tar")


def _folder_and_names(words: list[str], option: str) -> tuple[str, list[str]]:
    """Return the folder behind ``option``, "." by default, and the words that are no options."""
    folder = "."
    if option in words[:-1]:
        place = words.index(option)
        folder = words[place + 1]
        words = words[:place] + words[place + 2 :]
    return folder, [word for word in words if not word.startswith("-")]


def _unpack(
    here: Commands, members: Iterator[archives.Member], folder: str, asked: list[str], *, keep: bool
) -> None:
    target = here.path(folder)
    os.makedirs(target, exist_ok=True)
    archives.unpack(
        members, place=lambda inside: here.path(os.path.join(target, inside)),
        room=here.room(), asked=asked, keep=keep,
    )  # fmt: skip


PROGRAMS: Final[dict[str, Callable[[Commands, list[str], str, str], str | None]]] = {
    **{do.__name__: do for do in (
        mkdir, rmdir, touch, rm, cp, mv, cat, tee, echo, printf, cd, pwd, ls, head, tail, wc, test,
        false, unzip, tar, ln, sed, find, date, nproc,
    )},
    "zip": zip_,
    "[": test,
    "unlink": rm,
    "dir": ls,
}  # fmt: skip
_TESTS: Final[dict[str, Callable[[str, str], bool]]] = {
    "-e": lambda path, text: os.path.exists(path),
    "-f": lambda path, text: os.path.isfile(path),
    "-d": lambda path, text: os.path.isdir(path),
    "-s": lambda path, text: os.path.exists(path) and os.path.getsize(path) > 0,
    "-n": lambda path, text: bool(text),
    "-z": lambda path, text: not text,
}
