"""Whose a hand-in is, as names, ids and addresses come; what a teacher is told of the rest."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.bounds import LISTED_PEOPLE
from grader.exchange.course import Course
from grader.exchange.matching import Finder, match
from grader.exchange.roster import Entry, read_roster
from grader.model import Handin, Person, Result, Status


def entry(place: int, name: str = "", *ids: str, email: str = "", login: str = "") -> Entry:
    person = Person(name=name, id=ids[0] if ids else "", email=email, login=login)
    return Entry(person=person, rows=(place,), ids=ids)


def handin(name: str, *people: Person) -> Handin:
    return Handin(name=name, source=name, student=name, path=Path(name), people=people)


CLASS = [
    entry(0, "Jane Doe", "0071234", "901", email="jane.doe@uni.example", login="JD7@uni.example"),
    entry(1, "Jane Poe", "71235", email="poe@uni.example", login="poe"),
    entry(2, "Søren Kierkegård", "0000", login="soren"),
    entry(3, "Nguyễn Thị Minh Khai", "71237"),
    entry(4, "D’Angelo, José María", "x-1"),
    entry(5, "ハナコ サトウ", "71239"),
    entry(6, "Weiß, Zoë", "12"),
    entry(7, "", "71240", email="only@uni.example"),
    entry(8, "Ægir Þórðarson", "71241"),
    entry(9, "Käthe Åström", "71242"),
]


@pytest.mark.parametrize(
    ("text", "places"),
    [
        # Numbers: zeros that a spreadsheet dropped, on either side; full-width digits.
        ("71234", [0]), ("0071234", [0]), ("０071234", [0]), ("901", [0]), ("0901", [0]),
        ("0071235", [1]), ("hw_0071235_final", [1]), ("hw 71235", [1]), ("0000", [2]), ("0", []),
        ("012", [6]), ("hw_012", []), ("hw_0012", []), ("hw_12", []), ("71", []), ("712345", []),
        # Addresses and logins.
        ("JANE.DOE@UNI.EXAMPLE", [0]), (" jd7 ", [0]), ("jd7@uni.example", [0]),
        ("from poe@uni.example", [1]), ("only", [7]), ("from only", [7]), ("hw poe", []),
        # Names: letters without marks, words in any order, run together.
        ("Soren Kierkegard", [2]), ("kierkegaardsoeren", []), ("Kierkegaard", []),
        ("Minh Khai Nguyen Thi", [3]), ("nguyenthiminhkhai", [3]), ("NguyễnThịMinhKhai", [3]),
        ("dangelojosemaria", [4]), ("Jose Maria D'Angelo", [4]), ("María, D'Angelo José", [4]),
        ("サトウ ハナコ", [5]), ("ｻﾄｳ ﾊﾅｺ", [5]), ("ZOE WEISS", [6]), ("weisszoe", [6]),
        ("aegir thordarson", [8]), ("Thordarson, Ægir", [8]), ("kaetheaastroem", [9]),
        ("Kathe Astrom", [9]), ("Khai Nguyen Minh Thi", [3]),
        ("Jane", []), ("Jane D.", []), ("Doe Poe", []), ("doe,jane", [0]), ("Doe, Jane", [0]),
    ],
)  # fmt: skip
def test_a_text_means_the_one_whom_it_names(text: str, places: list[int]) -> None:
    assert [found.rows[0] for found in Finder(CLASS).meant(text)] == places


@pytest.mark.parametrize(
    ("person", "places"),
    [
        (Person(id="71234", name="Doe, Jane"), [0]),
        (Person(id="071235", name="Poe"), [1]),
        (Person(id="71235", name="Doe, Jane"), [1]),  # they share a word
        (Person(id="71235", name="Ann Lee", email="jane.doe@uni.example"), []),
        (Person(id="71235", name="Mary Doe", email="jane.doe@uni.example"), [0]),
        (Person(id="4711", name="", email="", login="POE"), [1]),
        (Person(id="4711", name="Poe", email="poe@elsewhere.example"), [1]),
        (Person(login="jd7", name="J. Doe"), [0]),
        (Person(email="jane.doe@uni.example", name="Doe"), [0]),
        (Person(id="4711", name="Jane Poe"), [1]),
        (Person(id="4711", name="hw 71235"), []),  # a name's digits are looked for in files alone
        (Person(name="hw 71235"), [1]),
        (Person(id="71240", name="Anybody"), [7]),  # the roster names nobody
        (Person(id="71239", name="Sato Hanako"), [5]),
        (Person(), []),
    ],
)
def test_a_person_is_found_by_what_fits_them(person: Person, places: list[int]) -> None:
    assert [found.rows[0] for found in Finder(CLASS).of(person)] == places


def test_two_whom_a_text_fits_are_both_named_and_neither_taken() -> None:
    twins = [entry(0, "Bob Smith", "12"), entry(1, "Smith, Bob", "0012", email="12@x.example")]
    assert len(Finder(twins).meant("12")) == 2
    assert Finder(twins).meant("0012") == (twins[1],)
    found = match([handin("bob smith"), handin("12 and 012")], twins, {})
    assert found.owners == {"bob smith": (), "12 and 012": ()}
    assert found.ambiguous == {"bob smith": tuple(twins)}
    assert found.missing == ()  # who may have handed in is not missing
    assert found.unknown == {"12 and 012": ("12 and 012",)}


def test_a_group_is_everybodys_once() -> None:
    jane, poe = Person(name="Jane Doe"), Person(name="Jane Poe")
    group = handin("group", jane, poe, jane, Person(email="x@y.example"), Person(name="Zed"))
    found = match([group, handin("alone", poe)], CLASS, {})
    assert [each.rows[0] for each in found.owners["group"]] == [0, 1]
    assert found.unknown == {"group": ("x@y.example", "Zed")}
    assert [(each.rows[0], names) for each, names in found.several] == [(1, ("group", "alone"))]
    told = match([group], CLASS, {"group": "71237"})
    assert [each.rows[0] for each in told.owners["group"]] == [3]
    assert told.unknown == {}


NAMES = ["Jane Doe", "0071234", "poe", "hw 71239", "Bob", "weiss zoe", "Jane"]


@given(st.permutations(NAMES), st.permutations(range(len(CLASS))))
def test_neither_the_order_of_hand_ins_nor_of_the_roster_matters(
    names: list[str], order: list[int]
) -> None:
    one = match(map(handin, NAMES), CLASS, {})
    other = match(map(handin, names), [CLASS[place] for place in order], {})
    assert one.owners == other.owners
    assert (one.unknown, one.ambiguous) == (other.unknown, other.ambiguous)
    assert set(one.missing) == set(other.missing)
    assert {(e, frozenset(n)) for e, n in one.several} == {
        (e, frozenset(n)) for e, n in other.several
    }


# A course: the roster, what was handed in, and what is said of both.


def course(tmp_path: Path, roster: str | None, *handins: Handin, adjust: str = "") -> Course:
    table = None
    if roster is not None:
        (tmp_path / "r.csv").write_text(roster, "utf-8")
        table = read_roster(tmp_path / "r.csv").table
    if adjust:
        (tmp_path / "adjust.toml").write_text(adjust, "utf-8")
    return Course(handins, roster=table, out=tmp_path, max_score=4.0)


def test_every_student_has_one_row_under_a_name_of_their_own(tmp_path: Path) -> None:
    text = "name,id,email\nBob,1,\nBob,2,\nBob,,\nBob,,\n,,x@y.example\n,7,\na/b,8,\n"
    made = course(tmp_path, text, handin("BOB", Person(id="9")))
    rows = {result.submission: standing for result, standing in made.rows([])}
    assert {name: standing.ids for name, standing in rows.items()} == {
        "7": ("7",), "Bob 1": ("1",), "Bob 2": ("2",), "Bob 3": (), "Bob 4": (), "a_b": ("8",),
        "x@y.example": (),
    }  # fmt: skip
    assert list(rows) == sorted(rows)
    assert all((s.attempts, s.final, s.final_max) == (0, 0.0, 4.0) for s in rows.values())
    assert [*made.names] == ["BOB", *made.missing]


def test_rows_carry_the_rosters_names_and_keep_their_order(tmp_path: Path) -> None:
    text = "name,id\nDoe Jane,1\nLee Ann,2\nZoe,3\n,4\n"
    group = handin("m", Person(id="1"), Person(id="2"))
    half = handin("n", Person(id="3"), Person(id="99", name="Stranger"))
    nameless = handin("o", Person(id="4"))
    made = course(tmp_path, text, group, half, nameless)
    graded = [
        Result(submission=name, source="", student=name, digest="", status=Status.GRADED,
               score=1.0, max_score=4.0) for name in "mno"
    ]  # fmt: skip
    rows = {result.submission: (result.student, standing) for result, standing in made.rows(graded)}
    assert {name: student for name, (student, _) in rows.items()} == {
        "m": "Doe Jane; Lee Ann", "n": "n", "o": "o",
    }  # fmt: skip
    assert [rows[name][1].ids for name in "mno"] == [("1", "2"), ("3",), ("4",)]
    assert made.summary() == "Roster: 4 students (r.csv: UTF-8); 0 without a hand-in."


@pytest.mark.parametrize(
    ("head", "told"),
    [("Student,ID", "Canvas, UTF-8"), ("Identifier,Full name", "Moodle, UTF-8"),
     ("Name,SID", "Gradescope, UTF-8"), ("name,id", "UTF-8")],
)  # fmt: skip
def test_one_line_says_what_kind_of_roster_it_is(tmp_path: Path, head: str, told: str) -> None:
    made = course(tmp_path, f"{head}\nDoe,1\n")
    assert made.summary() == f"Roster: 1 student (r.csv: {told}); 1 without a hand-in."


def test_without_a_roster_there_is_nobody_to_miss(tmp_path: Path) -> None:
    made = course(tmp_path, None, handin("a"))
    assert (made.summary(), [*made.rows([])], [*made.notices()]) == (None, [], [])
    assert made.is_plain
    assert not course(tmp_path, "name\nBob\n").is_plain
    assert not course(tmp_path, None, handin("a"), adjust="[belongs]\na = 'x'").is_plain
    assert course(tmp_path, None, handin("a")).people("a") == (Person(name="a"),)


LATE = "[late]\ndeadline = 2026-05-04T23:59:00Z\npercent = 10\n"
QUESTION = '[[manual]]\nquestion = "Why?"\nmax_points = 2\npoints = { a = 1 }\n'


@pytest.mark.parametrize(
    ("adjust", "told"),
    [
        ("", []),
        (LATE, ["The time of these hand-ins is unknown, so nothing is taken for lateness: a; b."]),
        (LATE + '[[submitted]]\nstudent = "a"\ntime = 2026-05-01T00:00:00',
         ["The time of these hand-ins is unknown, so nothing is taken for lateness: b."]),
        (QUESTION, ["Not marked yet in 'Why?', 0 points so far: b."]),
        (QUESTION + '[[excused]]\nstudent = "b"', []),
    ],
    ids=["nothing", "times", "a time was given", "marks", "excused"],
)  # fmt: skip
def test_what_is_still_to_be_said_is_asked_for(
    tmp_path: Path, adjust: str, told: list[str]
) -> None:
    assert [*course(tmp_path, None, handin("a"), handin("b"), adjust=adjust).notices()] == told


def test_a_score_that_was_set_for_an_earlier_hand_in_is_named(tmp_path: Path) -> None:
    score = '[[score]]\nstudent = "a"\nscore = 2\nreason = "r"\nauthor = "x"'
    made = course(tmp_path, None, handin("a"), handin("b"), adjust=score)
    (line,) = made.notices(["a", "b"])
    assert line.startswith("Graded again, but [[score]] in ")
    assert line.endswith("still sets the score: a; take it out where it was meant for the earlier "
                         "hand-in.")  # fmt: skip
    assert [*made.notices(["b"])] == []


def test_who_has_several_hand_ins_is_named_by_what_is_known(tmp_path: Path) -> None:
    text = "name,id,email\n,7,\nDoe,8,\nPoe,,\n,,x@y.example\n"
    people = [Person(id="7"), Person(id="8"), Person(name="Poe"), Person(email="x@y.example")]
    handins = [handin(f"{n}{place}", who) for n in "ab" for place, who in enumerate(people)]
    told = [
        line.partition(": no grade is")[0] for line in course(tmp_path, text, *handins).notices()
    ]
    assert told == [
        "7 has 2 hand-ins, a0; b0", "Doe (8) has 2 hand-ins, a1; b1",
        "Poe has 2 hand-ins, a2; b2", "x@y.example has 2 hand-ins, a3; b3",
    ]  # fmt: skip


def test_whom_nobody_knows_is_kept_and_named(tmp_path: Path) -> None:
    strangers = [handin(f"s{number:02}") for number in range(LISTED_PEOPLE + 2)]
    named = handin("a.b", Person(name="Roe"), Person(login="x9"))
    made = course(tmp_path, "name,id\nDoe,1\n", named, *strangers)
    (line,) = made.notices()
    assert line.startswith("Not in the roster, and kept: a.b (Roe; x9); s00; s01; ")
    assert line.endswith("s28; and 3 more.")
