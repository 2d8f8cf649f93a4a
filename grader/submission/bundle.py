"""A student's folder or zip: which of its files counts, and what lies around it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from grader.bounds import (
    MAX_CANDIDATES,
    MAX_FILE_NOTES,
    MAX_FILES,
    MAX_FILES_BYTES,
    MAX_OTHER_NOTEBOOK_BYTES,
    MAX_PART_BYTES,
    MAX_UNPACKED_BYTES,
    MAX_ZIPS,
)
from grader.model import RIVALS
from grader.words import Words, distinct, say

from .archive import zip_entries
from .content import Entry, UnusableError, sentence, shown
from .naming import (
    ARCHIVE_ENDING,
    NOTEBOOK_ENDINGS,
    SCRIPT_ENDING,
    ending_of,
    same_key,
    without_ending,
)
from .notebook import Code, bare, read_notebook
from .script import read_script
from .sniff import looks_like
from .uses import Rank, Uses

_NOTEBOOK = re.compile(rb'\A\s*\{[^\0]*"cells"\s*:\s*\[')
_UNUSABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a student's folder or zip holds.

    ``main`` is the relative name of the file whose ``code`` counts, ``""`` if there is none;
    ``files`` are the others, and ``folder`` is where ``main`` lies among them.  ``tree_digest``
    hashes all names and bytes, and which file is ``main``.  ``instead`` says what was handed
    in where there is no ``main``.
    """

    main: str
    code: Code
    files: tuple[tuple[str, bytes], ...]
    folder: str
    notes: tuple[Words, ...]
    tree_digest: str
    instead: Words | None = None


@dataclass(frozen=True, slots=True)
class _Loaded:
    name: str
    modified: float
    data: bytes


def read_code(name: str, data: bytes) -> Code:
    """Return the code of a notebook or script, told apart by the ending of ``name``."""
    ending = ending_of(name)
    code = read_script(data) if ending == SCRIPT_ENDING else read_notebook(data)
    if name.endswith((".ipynb", ".py")) or (code.problem and not ending):
        return code
    shown_ending = name[-len(ending) :] if ending else PurePosixPath(name).suffix
    note = say("The file's ending is unusual ({ending}); read all the same.", ending=shown_ending)
    return replace(code, notes=(note, *code.notes))


def read_work(entries: list[Entry], *, names: tuple[str, ...], open_zips: bool) -> Work:
    """Choose and read the file that counts among a student's files.

    With ``open_zips``, zips among them count as the files they hold, one level deep.
    """
    notes: list[Words] = []
    if open_zips:
        entries = _unpacked(entries, notes)
    loaded = _loaded(entries, notes)
    candidates = [file for file in loaded if ending_of(file.name) in NOTEBOOK_ENDINGS]
    if not candidates:
        candidates = [file for file in loaded if ending_of(file.name) == SCRIPT_ENDING]
    if not candidates:  # a browser may have saved it under another name
        candidates = [file for file in loaded if _NOTEBOOK.search(file.data)]
    main, code = _chosen(candidates, loaded, names, notes)
    others = [light for file in loaded if file.name != main and (light := _light(file))]
    files, folder = _around(others, main, notes) if main else ((), "")
    if len(notes) > MAX_FILE_NOTES:
        notes[MAX_FILE_NOTES:] = [
            say("{count} more such notes are left out.", count=len(notes) - MAX_FILE_NOTES)
        ]
    return Work(
        main=main,
        code=code,
        files=files,
        folder=folder,
        notes=distinct(notes),
        tree_digest=_digest(loaded, main),
        instead=None if main else _instead(loaded),
    )


def _instead(loaded: list[_Loaded]) -> Words | None:
    """Return what was handed in that is no notebook: the first file, and how many more."""
    if not loaded:
        return None
    first = loaded[0]
    kind = looks_like(first.data)
    said = say("{file} looks like {kind}", file=shown(first.name), kind=kind)
    if len(loaded) == 1:
        return said
    return say("{said}, and {count} more", said=said, count=len(loaded) - 1)


def _unpacked(entries: list[Entry], notes: list[Words]) -> list[Entry]:
    zips = [entry for entry in entries if ending_of(entry.name) == ARCHIVE_ENDING]
    found = {entry.name: entry for entry in entries if ending_of(entry.name) != ARCHIVE_ENDING}
    for entry in zips[:MAX_ZIPS]:
        folder = entry.name.rpartition("/")[0]
        try:
            inner, left_out = zip_entries(entry.load())
        except UnusableError as problem:
            notes.append(sentence(shown(entry.name), problem.reason))
            continue
        notes += [say("{file}: {note}", file=shown(entry.name), note=note) for note in left_out]
        add(found, inner, below=folder, apart=without_ending(entry.name))
    if len(zips) > MAX_ZIPS:
        notes.append(
            say("Only {most} of {count} zips were opened.", most=MAX_ZIPS, count=len(zips))
        )
    return [found[name] for name in sorted(found)]


def add(found: dict[str, Entry], entries: Sequence[Entry], *, below: str, apart: str) -> None:
    """Add files of a zip or folder to those ``found``, in the folder ``below`` (``""`` is the top).

    Where code differs from that of the same name, all lie in the folder ``apart``, so that
    neither is lost, and a notebook finds its own helpers.  Of other files the first counts.
    """
    folder, number = below, 1
    code = [entry for entry in entries if ending_of(entry.name)]
    while any(_differs(entry, found.get(_joined(folder, entry.name))) for entry in code):
        folder, number = apart if number == 1 else f"{apart} ({number})", number + 1
    for entry in entries:
        name = _joined(folder, entry.name)
        found.setdefault(name, replace(entry, name=name))


def _joined(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _differs(one: Entry, other: Entry | None) -> bool:
    if other is None:
        return False
    try:
        return one.load() != other.load()
    except UnusableError:
        return True


def _loaded(entries: Iterable[Entry], notes: list[Words]) -> list[_Loaded]:
    """Return the usable files within the limits, in the given order."""
    loaded: list[_Loaded] = []
    count = beside = total = 0
    for entry in entries:
        ending = ending_of(entry.name)
        is_notebook = ending in NOTEBOOK_ENDINGS
        try:
            if ending == ARCHIVE_ENDING:
                raise UnusableError(say("is a zip in a zip, which is not opened"))
            if total > MAX_UNPACKED_BYTES or (count >= MAX_FILES and not is_notebook):
                raise UnusableError(say("was left out: too much was handed in"))
            data = entry.load()
            total += len(data)
            if not is_notebook and beside + len(data) > MAX_FILES_BYTES:
                raise UnusableError(
                    say(
                        "was left out: at most {size} MB may lie beside the notebook",
                        size=MAX_FILES_BYTES >> 20,
                    )
                )
        except UnusableError as problem:
            notes.append(sentence(shown(entry.name), problem.reason))
            continue
        if not is_notebook:
            count += 1
            beside += len(data)
        loaded.append(_Loaded(entry.name, entry.modified, data))
    return loaded


def _light(file: _Loaded) -> _Loaded | None:
    """Return a file to lay around the notebook, a large notebook without its outputs, or None."""
    if len(file.data) <= MAX_OTHER_NOTEBOOK_BYTES or ending_of(file.name) not in NOTEBOOK_ENDINGS:
        return file
    data = bare(read_notebook(file.data).cells)
    return replace(file, data=data) if len(data) <= MAX_OTHER_NOTEBOOK_BYTES else None


def _chosen(
    candidates: list[_Loaded],
    loaded: list[_Loaded],
    names: tuple[str, ...],
    notes: list[Words],
) -> tuple[str, Code]:
    """Return the name and code of the candidate that counts, ``""`` where there is none.

    It has the highest :class:`Rank`, then is the newest, then the first by name.  What it uses
    of the student's other files counts as its own.
    """
    if not candidates:
        return "", Code()
    candidates = sorted(candidates, key=lambda file: (-file.modified, file.name))
    if len(candidates) > MAX_CANDIDATES:
        notes.append(
            say(
                "Only the {most} newest of {count} notebooks were read.",
                most=MAX_CANDIDATES,
                count=len(candidates),
            )
        )
    read = [(file.name, read_code(file.name, file.data)) for file in candidates[:MAX_CANDIDATES]]
    uses = Uses(names, codes=dict(read), files={file.name: file.data for file in loaded})
    known = [(code.problem is None, uses.rank(name)) for name, code in read]
    ranks = list(known)
    best = ranks.index(max(ranks))  # the first of equals: they are sorted
    main, code = read[best]
    if len(candidates) > 1:
        why = _why(ranks.pop(best), max(ranks), names)
        label = shown(main)
        notes.append(
            say(
                "{count} notebooks or scripts were handed in; {label} counts: {why}.",
                count=len(candidates),
                label=label,
                why=why,
            )
        )
        complete = [
            can_be_read and rank.is_unused and rank.written == rank.own_total == len(names) > 0
            for can_be_read, rank in known
        ]
        if sum(complete) > 1:
            notes.append(RIVALS)
    return main, code


def _why(best: tuple[bool, Rank], second: tuple[bool, Rank], names: tuple[str, ...]) -> Words:
    """Return why the best candidate was preferred to the second."""
    if best == second:
        return say("it is the newest, or the first by name")
    ours, others = best[1], second[1]
    if best[0] != second[0]:
        return say("no other can be read")
    if ours.total > others.total:
        return say("it defines most of what is asked")
    if ours.written != others.written:
        return say("more of what is asked is written there")
    if ours.names != others.names:
        differing = zip(names, ours.names, others.names, strict=True)
        return say("it defines {name}", name=next(n for n, a, b in differing if a != b))
    if ours.left != others.left:
        return say("more of what is asked is written there")
    if ours[:-1] != others[:-1]:
        return say("most of what is asked stands in this one itself")
    return say("no other uses it")


def _around(
    others: list[_Loaded], main: str, notes: list[Words]
) -> tuple[tuple[tuple[str, bytes], ...], str]:
    """Return the other files, each at its place in the tree, and the notebook's folder there."""
    folder = main.rpartition("/")[0]
    cut = 0
    if folder and _unfit(folder, {}):
        # No folder can have this name: the notebook then lies at the top.
        cut, folder = len(folder) + 1, ""
    used = _folders_of(f"{folder}/") if folder else {}
    found: dict[str, bytes] = {}
    base = main[:cut].rstrip("/") or folder
    # The notebook's own folder first: files elsewhere give way to it.
    for file in sorted(others, key=lambda file: (not _is_below(file.name, base), file.name)):
        name = file.name[cut:] if _is_below(file.name, base) else file.name
        if reason := _unfit(name, used):
            notes.append(sentence(shown(name), reason))
            continue
        found[name] = file.data
        used[same_key(name)] = "file"
        used |= _folders_of(name)
    return tuple(sorted(found.items())), folder


def _folders_of(name: str) -> dict[str, str]:
    parts = name.split("/")
    return {same_key("/".join(parts[:depth])): "folder" for depth in range(1, len(parts))}


def _is_below(name: str, base: str) -> bool:
    return not base or name.startswith(base + "/")


def _unfit(name: str, used: dict[str, str]) -> Words | None:
    """Return why a file cannot be written beside those in ``used``, or None."""
    parts = name.split("/")
    if _UNUSABLE.search(name) or any(len(part.encode()) > MAX_PART_BYTES for part in parts):
        return say("has a name that cannot be used, and was left out")
    above = (same_key("/".join(parts[:depth])) for depth in range(1, len(parts)))
    if same_key(name) in used or any(used.get(key) == "file" for key in above):
        return say("has the name of another file, up to case, and was left out")
    return None


def _digest(loaded: list[_Loaded], main: str) -> str:
    total = hashlib.sha256()
    for file in (*loaded, _Loaded("", 0.0, main.encode("utf-8", "surrogatepass"))):
        name = file.name.encode("utf-8", "surrogatepass")
        total.update(b"%d:%d:" % (len(name), len(file.data)) + name)
        total.update(file.data)
    return total.hexdigest()
