"""Catalogues: nothing that is said anywhere lacks a translation, or has one that it cannot have."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from grader import cli
from grader.course.assignment import available, load
from grader.course.master import definitions
from grader.course.master import read as read_master
from grader.course.translations import lacking, of_assignment, of_grader, paths, update
from grader.report.language import LOCALE, Language, languages
from grader.words import say

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def graders() -> Catalog:
    return of_grader()


@pytest.mark.parametrize("path", paths(LOCALE), ids=lambda path: path.stem)
def test_nothing_of_the_graders_lacks_a_translation(path: Path, graders: Catalog) -> None:
    assert len(graders) > 250
    assert lacking(graders, path) == []


@pytest.mark.parametrize("name", available(start=ROOT))
def test_nothing_of_an_assignments_lacks_a_translation(name: str) -> None:
    """Titles, failure messages, hints, and what test files, reference and pictures say."""
    assignment = load(name, start=ROOT)
    wanted = of_assignment(assignment)
    assert len(wanted) > 30
    for path in paths(assignment.folder / "locale"):
        assert lacking(wanted, path) == []


@pytest.mark.parametrize("name", available(start=ROOT))
def test_what_an_assignment_says_holds_no_tex(name: str) -> None:
    """Pages and terminals show it as it stands."""
    said = [str(message.id) for message in of_assignment(load(name, start=ROOT))]
    assert [text for text in said if "$" in text or "\\" in text] == []


@pytest.mark.parametrize(
    ("code", "text", "is_right"),
    [
        ("ja", "が元のままです", True),
        ("ja", "ist wie vorher", False),
        ("ja", "loss_records", True),
        ("de", "ist wie vorher", True),
        ("de", "が元のままです", False),
        ("de", "('ist wie vorher', 'が元のままです')", False),
    ],
)
def test_a_text_in_the_wrong_catalogue_is_named(
    code: str, text: str, is_right: bool, tmp_path: Path
) -> None:
    path = tmp_path / f"{code}.po"
    path.write_text(f'msgid "is as it was"\nmsgstr "{text}"\n', "utf-8")
    found = lacking(_catalog("is as it was"), path)
    assert ("another language" in "".join(found)) is not is_right


def _catalog(*texts: str) -> Catalog:
    catalog = Catalog(charset="utf-8")
    for text in texts:
        catalog.add(text)
    return catalog


@pytest.mark.parametrize(
    ("entry", "complaint"),
    [
        ('msgid "A {b}"\nmsgstr "Ein {b}"', None),
        ('msgid "A {b}"\nmsgstr ""', "no translation"),
        ('msgid "other"\nmsgstr "anderes"', "no translation"),
        ('#, fuzzy\nmsgid "A {b}"\nmsgstr "Ein {b}"', "fuzzy"),
        ('msgid "A {b}"\nmsgstr "Ein B"', "other fields"),
        ('msgid "A {b}"\nmsgstr "Ein {b} {c}"', "other fields"),
        ('msgid "A {b}"\nmsgstr "Ein {b}"\n\nmsgid "old"\nmsgstr "alt"', "said nowhere"),
    ],
)
def test_what_a_catalogue_lacks_is_named(entry: str, complaint: str | None, tmp_path: Path) -> None:
    path = tmp_path / "de.po"
    path.write_text(entry + "\n", "utf-8")
    found = lacking(_catalog("A {b}"), path)
    assert bool(found) == (complaint is not None)
    assert complaint is None or complaint in found[0]


def test_an_update_keeps_what_is_translated_and_leaves_the_rest_to_people(tmp_path: Path) -> None:
    path = tmp_path / "locale" / "de.po"
    update(_catalog("One", "Two"), path)
    path.write_text(path.read_text("utf-8").replace('"One"\nmsgstr ""', '"One"\nmsgstr "Eins"'))
    update(_catalog("One", "Three"), path)
    text = path.read_text("utf-8")
    assert 'msgstr "Eins"' in text
    assert "Two" not in text
    assert [line for line in lacking(_catalog("One", "Three"), path) if "'Three'" in line]


def test_an_update_changes_nothing_that_is_up_to_date(tmp_path: Path, graders: Catalog) -> None:
    for path in paths(LOCALE):
        copy = tmp_path / path.name
        copy.write_bytes(path.read_bytes())
        update(graders, copy)
        assert copy.read_bytes() == path.read_bytes()


@pytest.mark.parametrize("folder", ["grader", "reference", "assignments"])
def test_what_is_said_stands_there_in_full(folder: str) -> None:
    """A text that is put together when the program runs can be found by no tool."""
    sources = (path for path in (ROOT / folder).rglob("*.py") if "sample_class" not in path.parts)
    for path in sorted(sources):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and node.args and _name(node.func) in SAYING:
                assert not isinstance(node.args[0], ast.JoinedStr), f"{path}:{node.lineno}"


SAYING = ("say", "note", "_note", "CheckFailure", "CheckWarning")


def _name(function: ast.expr) -> str:
    return getattr(function, "attr", getattr(function, "id", ""))


@pytest.mark.parametrize("template", ["feedback.html", "class.html"])
def test_a_template_says_nothing_in_english_alone(template: str) -> None:
    text = (LOCALE.parent / "templates" / template).read_text("utf-8")
    text = re.sub(
        r"{#.*?#}|{% trans.*?{% endtrans %}|<(style|script)>.*?</\1>", "", text, flags=re.S
    )
    text = re.sub(r"{{.*?}}|{%.*?%}", "", text, flags=re.S)
    attributes = re.findall(r'(?:aria-label|alt|title|placeholder)="([^"]*)"', text)
    words = re.findall(r"[A-Za-z]{2,}", re.sub(r"<[^>]*>", "", text) + " ".join(attributes))
    assert set(words) <= {"SHA"}


def test_the_command_says_whether_something_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    assert cli.main(["translations", "dropout"]) == 0
    assert "Nothing is missing" in capsys.readouterr().out
    assert set(languages()) >= {"en", "ja", "de"}


@pytest.mark.parametrize("name", available(start=ROOT))
def test_what_students_define_is_called_by_its_name_in_each_language(name: str) -> None:
    """A text that is a name, too, is translated wherever the name is told."""
    assignment = load(name, start=ROOT)
    nodes = [
        node
        for cell in definitions(read_master(assignment.notebook).solution, assignment.names)
        for node in ast.walk(ast.parse(cell))
    ]
    asked = {n.name: n.name for n in nodes if isinstance(n, ast.FunctionDef | ast.ClassDef)}
    assert asked
    for path in paths(assignment.folder / "locale"):
        language = Language(path.stem, catalogue=path.read_bytes())
        assert {one: language.translations.gettext(one) for one in asked} == asked


def test_japanese_has_one_particle_where_parts_of_sentences_meet() -> None:
    """What is said of a result begins with its particle; the sentence around it brings none."""
    changed = say("is changed by the call")
    told = Language("ja").tell(say("{found} {message}.", found="dx", message=changed))
    assert told.startswith("dx が、")


@pytest.mark.parametrize("name", available(start=ROOT))
def test_no_sentence_of_a_picture_is_put_together_before_it_is_translated(name: str) -> None:
    """An f-string of several words is in no catalogue: ``say`` fills fields in."""
    figures = load(name, start=ROOT).folder / "figures.py"
    texts = [
        "".join(str(part.value) for part in node.values if isinstance(part, ast.Constant))
        for node in ast.walk(ast.parse(figures.read_text("utf-8")))
        if isinstance(node, ast.JoinedStr)
    ]
    assert [text for text in texts if re.search(r"[a-z]{3,} ", text)] == []
