"""Whose hand-in is whose."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.exchange.matching import Finder, match
from grader.exchange.roster import Entry
from grader.model import Handin, Person


def entry(place: int, name: str, id_: str = "", email: str = "", login: str = "") -> Entry:
    ids = (id_,) if id_ else ()
    person = Person(name=name, id=id_, email=email, login=login)
    return Entry(person=person, rows=(place,), ids=ids)


CLASS = [
    entry(0, "Doe, Jane", "11", "jane.doe@uni.example", "jd"),
    entry(1, "Jürgen Müller", "0012", "jm@uni.example"),
    entry(2, "Łukasz Wiśniewski", "13"),
    entry(3, "van der Berg, Anna Maria", "14"),
    entry(4, "佐藤 花子", "15", "hanako@uni.example"),
    entry(5, "Chen Li", "16"),
    entry(6, "Li Chen", "17"),
    entry(7, "Bob Smith", "18"),
    entry(8, "Bob Smith", "19"),
    entry(9, "Seán O'Brien", "s2020"),
]


def handin(name: str, *people: Person, student: str | None = None) -> Handin:
    return Handin(name=name, source=name, student=student or name, path=Path(name), people=people)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("11", 0), ("jane.doe@uni.example", 0), ("JD", 0), ("Jane Doe", 0), ("DOE, JANE", 0),
        ("doejane", 0), ("janedoe", 0), ("jane.doe", 0), ("Doe Jane", 0), ("doe_jane", 0),
        ("12", 1), ("Jurgen Muller", 1), ("Mueller, Juergen", 1), ("müllerjürgen", 1),
        ("mllerjrgen", 1), ("Lukasz Wisniewski", 2), ("vanderberganna maria", 3),
        ("vanderbergannamaria", 3), ("佐藤花子", 4), ("花子 佐藤", 4), ("chen li", 5),
        ("Chen, Li", 6), ("obrienseán", 9), ("Sean O’Brien", 9), ("hw1_s2020_final", 9),
    ],
)  # fmt: skip
def test_a_text_means_one_student(text: str, place: int) -> None:
    assert [found.rows for found in Finder(CLASS).meant(text)] == [(place,)]


@pytest.mark.parametrize(("text", "count"), [("Bob Smith", 2), ("smithbob", 2), ("Ann Lee", 0),
                                             ("homework", 0), ("", 0)])  # fmt: skip
def test_nothing_is_guessed(text: str, count: int) -> None:
    assert len(Finder(CLASS).meant(text)) == count


@pytest.mark.parametrize(
    ("person", "places"),
    [
        (Person(name="Bob Smith", id="19"), [8]),
        (Person(name="someone else", id="19"), []),  # the number of another platform
        (Person(name="Sato Hanako", id="15"), [4]),  # another script says nothing
        (Person(name="Smith, Robert", email="JANE.DOE@uni.example"), []),
        (Person(id="012"), [1]),
        (Person(name="Jane", login="jd"), [0]),
        (Person(name="doejane", id="4711"), [0]),
        (Person(name="s2020_hw1"), [9]),
    ],
)
def test_a_person(person: Person, places: list[int]) -> None:
    assert [found.rows[0] for found in Finder(CLASS).of(person)] == places


@pytest.mark.parametrize(("name", "is_hers"), [("liualice", True), ("liualicemay", True),
                                               ("rayliuba", False),
                                               ("liuliette", False)])  # fmt: skip
def test_the_same_number_of_another_place_needs_the_name(name: str, is_hers: bool) -> None:
    matching = match([handin("a", Person(name=name, id="16"))], [entry(0, "Alice Liu", "16")], {})
    assert bool(matching.owners["a"]) == is_hers


def test_a_class() -> None:
    handins = [
        handin("a", Person(name="Jane Doe"), Person(name="Chen Li", id="16")),
        handin("b", student="Bob Smith"),
        handin("c", student="Nobody"),
        handin("d", Person(name="Jane Doe", id="11")),
        handin("e", student="hw (3)"),
    ]
    found = match(handins, CLASS, {"e": "13"})
    assert [e.rows[0] for e in found.owners["a"]] == [0, 5]
    assert list(found.ambiguous) == ["b"]
    assert found.unknown == {"c": ("Nobody",)}
    assert [e.rows[0] for e in found.owners["e"]] == [2]
    assert [(e.rows[0], names) for e, names in found.several] == [(0, ("a", "d"))]
    assert [e.rows[0] for e in found.missing] == [1, 3, 4, 6, 9]
