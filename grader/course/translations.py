"""Keeps catalogues complete: collects all texts, and finds those that a language lacks.

The grader's texts are found in its source and templates, by the calls that mark them
(``say``, ``note``, ``_``).  An assignment's are its title, the messages of its test cases, the
hints of its mistakes, and what its test files, figures and reference mark by ``say`` or give to
a check as ``name=`` or ``message=``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from grader.course.assignment import Assignment, course_files
from grader.course.known import mistakes
from grader.report.language import ENGLISH, LOCALE, languages

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog, Message

#: Functions whose first argument is a text for people, for Babel.
_MARKS: Final[Any] = {"say": None, "note": None, "_note": None, "_": None}
_FIELD: Final = re.compile(r"\{[a-z_0-9]+\}|%\([a-z_]+\)s")
_WIDTH: Final = 96
# Letters show when a merge has put a text into the wrong catalogue.
_JAPANESE: Final = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")
_SENTENCE: Final = re.compile(r"[a-z]{2,} [a-z]{2,}")


def of_grader() -> Catalog:
    """Return all texts of the grader itself."""
    from babel.messages.catalog import Catalog
    from babel.messages.extract import extract_from_dir

    package = LOCALE.parent.parent
    catalog = Catalog(charset="utf-8")
    found = extract_from_dir(
        package,
        method_map=[("**.py", "python"), ("**.html", "jinja2")],
        keywords={**_MARKS, "gettext": None, "ngettext": (1, 2)},
    )
    for file, _, message, _, _ in sorted(found, key=lambda entry: entry[:2]):
        # Without the line number, which would change in the catalogue with any change of the file.
        catalog.add(message, locations=[(file.replace("\\", "/"), 0)])
    return catalog


def of_assignment(assignment: Assignment) -> Catalog:
    """Return all texts of an assignment."""
    from babel.messages.catalog import Catalog

    catalog = Catalog(charset="utf-8")

    def add(text: str, place: str) -> None:
        if text:
            catalog.add(text, locations=[(place, 0)])

    add(assignment.title, "assignment.toml")
    for question in assignment.questions:
        for case in question.cases:
            for text in (case.title, case.failure_message, case.success_message):
                add(text, f"{question.name}/{case.name}")
    tests = sorted((assignment.folder / "tests").glob("*.py"))
    for path in (*tests, *course_files(tests, assignment.course_root)):
        for text in _said_in(path):
            add(text, path.name)
    figures = assignment.folder / "figures.py"
    for text in _drawn_in(figures) if figures.is_file() else ():
        add(text, figures.name)
    for mistake in mistakes(assignment):
        add(mistake.hint, "mistakes.py")
    return catalog


def _said_in(path: Path) -> Iterator[str]:
    """Yield the texts in a course's own file that checks, or pictures, may say."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"), str(path))):
        # ``message = "..."`` and the like, given to a check a line later.
        if isinstance(node, ast.Assign) and _named(node.targets[0]) in _GIVEN:
            yield from _sentence(node.value)
        if isinstance(node, ast.Call) and _named(node.func) in _SAYING and node.args:
            yield from _constant(node.args[0])
        if isinstance(node, ast.keyword) and node.arg in _GIVEN:
            yield from _sentence(node.value)


def _drawn_in(path: Path) -> Iterator[str]:
    """Yield the texts of pictures: everything of several words, and labels of one word."""
    tree = ast.parse(path.read_text("utf-8"), str(path))
    passed: set[ast.expr] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):  # a docstring
            passed.add(node.value)
        elif isinstance(node, ast.JoinedStr):
            passed |= {*node.values}
        for label in _labels(node):
            yield from (text for text in _constant(label) if _WORD.search(text))
        if isinstance(node, ast.Call):
            passed |= {keyword.value for keyword in node.keywords if keyword.arg not in _DRAWN}
    for node in ast.walk(tree):
        if isinstance(node, ast.expr) and node not in passed:
            yield from (text for text in _sentence(node) if _WORD.search(text))


def _labels(node: ast.AST) -> list[ast.expr]:
    """Return the texts with which a call, or a dictionary of keywords, labels a picture."""
    if isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        return [v for key, v in pairs if isinstance(key, ast.Constant) and key.value in _DRAWN]
    if not isinstance(node, ast.Call):
        return []
    labels = [keyword.value for keyword in node.keywords if keyword.arg in _DRAWN]
    return labels + (node.args if _named(node.func) in _DRAWING else [])


_SAYING: Final = ("say", "CheckFailure", "CheckWarning")
_DRAWING: Final = ("set_xlabel", "set_ylabel", "set_title", "text", "annotate", "label")
_GIVEN: Final = ("name", "message", "what", "when", "text")
_DRAWN: Final = ("label", "title", "xlabel", "ylabel")
_WORD: Final = re.compile(r"[a-z]{3}")


def _named(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _constant(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _constant(node.body)
        yield from _constant(node.orelse)


def _sentence(node: ast.expr) -> Iterator[str]:
    """Yield a text of several words: one word is the name of something in the student's code."""
    return (text for text in _constant(node) if " " in text)


def lacking(wanted: Catalog, path: Path) -> list[str]:
    """Return what the catalogue at ``path`` lacks, or has wrong, one sentence each."""
    have = _read(path)
    found = []
    for message in _entries(wanted):
        own = have.get(message.id)
        texts = [] if own is None else _texts(own.string)
        if own is None or not all(texts) or not texts:
            found.append(f"{path} has no translation of {message.id!r}.")
        elif own.fuzzy:
            found.append(f"{path} has a fuzzy translation of {message.id!r}: look at it.")
        elif _fields(*texts) != _fields(*_texts(message.id)):
            found.append(f"{path} has other fields in the translation of {message.id!r}.")
        elif any(_is_foreign(text, path.stem) for text in texts):
            found.append(f"{path} has another language in the translation of {message.id!r}.")
    known = {_key(message) for message in _entries(wanted)}
    found += [
        f"{path} translates {message.id!r}, which is said nowhere."
        for message in _entries(have)
        if _key(message) not in known
    ]
    return found


def _is_foreign(text: str, code: str) -> bool:
    """Whether the letters of a text show that it is not in its language."""
    plain = _FIELD.sub("", text)
    if code == "ja":
        return bool(_SENTENCE.search(plain)) and not _JAPANESE.search(plain)
    return bool(_JAPANESE.search(plain))


def update(wanted: Catalog, path: Path) -> None:
    """Bring the catalogue at ``path`` up to date: add new entries, empty, and remove old ones."""
    from babel.messages.pofile import write_po

    have = _read(path)
    have.update(wanted, no_fuzzy_matching=True)
    have.obsolete.clear()
    have.header_comment = ""
    path.parent.mkdir(exist_ok=True)
    with path.open("wb") as file:
        write_po(file, have, width=_WIDTH, include_lineno=False, sort_output=False,
                 omit_header=True, ignore_obsolete=True)  # fmt: skip
    body = path.read_text("utf-8")
    path.write_text(_header(path.stem) + "\n" + body.lstrip("\n"), "utf-8")


def _header(code: str) -> str:
    from babel import Locale
    from babel.messages.plurals import get_plural

    plural = get_plural(Locale.parse(code))
    return (
        'msgid ""\nmsgstr ""\n'
        f'"Language: {code}\\n"\n'
        '"MIME-Version: 1.0\\n"\n'
        '"Content-Type: text/plain; charset=utf-8\\n"\n'
        '"Content-Transfer-Encoding: 8bit\\n"\n'
        f'"Plural-Forms: {plural.plural_forms}\\n"\n'
    )


def paths(folder: Path) -> list[Path]:
    """Return the catalogues that a folder ``locale`` needs, one for each language but English."""
    return [folder / f"{code}.po" for code in languages() if code != ENGLISH]


def _read(path: Path) -> Catalog:
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import read_po

    if not path.is_file():
        return Catalog(locale=path.stem, charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=path.stem)


def _entries(catalog: Catalog) -> Iterator[Message]:
    return (message for message in catalog if message.id)


def _key(message: Message) -> str:
    return _texts(message.id)[0]


def _texts(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _fields(*texts: Iterable[str]) -> set[str]:
    return {field for text in texts for field in _FIELD.findall(str(text))}
