"""Files of grades for a platform: its own table comes back, each grade with its student."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.errors import UsageError
from grader.exchange.feedback import folder_of, pages_of
from grader.exchange.lms import Grade, Sheet, Wanted, canvas, gradescope, guarded, moodle
from grader.exchange.roster import Entry, Roster, roster_of
from grader.exchange.table import Table
from grader.model import Person, Result, Standing, Status


def roster(*rows: list[str]) -> Roster:
    head, *others = rows
    lines = tuple(range(2, len(others) + 2))
    return roster_of(Table("grades.csv", tuple(head), tuple(map(tuple, others)), lines))


def wanted(**more: Any) -> Wanted:
    values: dict[str, Any] = {"title": "Doubling", "names": ("Doubling", "doubling"), "most": 10.0}
    return Wanted(**(values | more))


def grade(entry: Entry, final: float | None = None, **more: Any) -> Grade:
    """The grade of one who handed in; ``status`` is the result's, the rest is the standing's."""
    result = Result(
        submission=f"{entry.person.name} hw", source="", student="", digest="", score=final,
        status=more.pop("status", Status.GRADED), max_score=10.0,
    )  # fmt: skip
    return Grade(entry, result, Standing(final=final, final_max=10.0, **more))


def missing(entry: Entry, **more: Any) -> Grade:
    return grade(entry, 0.0, status=Status.MISSING, attempts=0, **more)


def excused(entry: Entry) -> Grade:
    return grade(entry, is_excused=True, is_adjusted=True)


def column(sheet: Sheet, place: int = -1) -> list[str]:
    return [row[place] for row in sheet.rows]


CANVAS = [
    ["Student", "ID", "SIS User ID", "Section", "Doubling (88)", "Quiz (9)"],
    ["    Points Possible", "", "", "", "10.00", "5"],
    ["", "", "", "", "Manual Posting", ""],
    ["Doe, Jane", "901", "0071", "A", "", "1"],
    ["Lee, Ann", "902", "0072", "=B", "7", "2"],
    ["Student, Test", "999", "", "A", "", ""],
]


def test_canvas_gets_its_students_and_this_one_column() -> None:
    given = roster(*CANVAS)
    jane, ann = given.entries
    sheet = canvas(given, [grade(ann, 8.0), grade(jane, 9.5)], wanted())
    assert sheet == Sheet(
        [
            ["Student", "ID", "SIS User ID", "Section", "Doubling (88)"],
            ["    Points Possible", "", "", "", "10.00"],
            ["Doe, Jane", "901", "0071", "A", "9.5"],
            ["Lee, Ann", "902", "0072", "'=B", "8"],
        ]
    )


@pytest.mark.parametrize(
    ("most", "written", "points"),
    [
        ("10.00", "10.00", "8"), ("20", "20", "16"), ("5,0", "5,0", "4"),
        ("1,000.00", "1,000.00", "800"), ("1.000,00", "1.000,00", "800"),
        ("", "10", "8"), ("0.00", "10", "8"), ("(read only)", "10", "8"),
        ("nan", "10", "8"), ("inf", "10", "8"),
    ],
)  # fmt: skip
def test_points_are_on_the_platforms_scale(most: str, written: str, points: str) -> None:
    given = roster(CANVAS[0], [*CANVAS[1][:4], most, "5"], CANVAS[3])
    sheet = canvas(given, [grade(given.entries[0], 8.0)], wanted())
    assert column(sheet) == ["Doubling (88)", written, points]
    assert bool(sheet.said) == (points != "8")


def test_a_hair_is_no_other_scale() -> None:
    given = roster(CANVAS[0], [*CANVAS[1][:4], "0.3", "5"], CANVAS[3])
    sheet = canvas(given, [grade(given.entries[0], 0.1)], wanted(most=0.1 + 0.2))
    assert (column(sheet)[-1], sheet.said) == ("0.1", ())


def test_what_is_there_stays_where_there_is_nothing_to_write() -> None:
    given = roster(*CANVAS)
    _, ann = given.entries
    for nothing in (Grade(ann), grade(ann, None, status=Status.FAULT), missing(ann)):
        assert column(canvas(given, [nothing], wanted()))[2:] == ["7"]
    assert column(canvas(given, [excused(ann)], wanted()))[2:] == ["EX"]
    assert column(canvas(given, [missing(ann)], wanted(zeros=True)))[2:] == ["0"]
    # "Missing", but marked on paper.
    on_paper = grade(ann, 6.0, status=Status.MISSING, attempts=0, is_adjusted=True)
    assert column(canvas(given, [on_paper], wanted(zeros=True)))[2:] == ["6"]


@pytest.mark.parametrize(
    ("heading", "more", "found"),
    [
        ("Doubling (88)", {}, True),
        ("doubling", {}, True),
        ("  DOUBLING  (88) ", {}, True),
        ("Doubling 2 (88)", {}, False),
        ("Doubling (draft)", {}, False),
        ("Homework 1 (88)", {"column": "homework 1"}, True),
        ("Homework 1 (88)", {"column": "Homework 1 (88)"}, True),
    ],
)
def test_which_column_is_the_assignments(heading: str, more: dict[str, str], found: bool) -> None:
    given = roster([*CANVAS[0][:4], heading, "Quiz (9)"], *CANVAS[1:])
    sheet = canvas(given, [grade(entry, 3.0) for entry in given.entries], wanted(**more))
    assert sheet.rows[0][-1] == (heading if found else "Doubling")
    assert any("is a new one for the platform" in line for line in sheet.said) != found


def test_a_column_that_is_not_clear_is_asked_for() -> None:
    given = roster([*CANVAS[0][:4], "Doubling (88)", "Doubling (89)"], *CANVAS[1:])
    with pytest.raises(UsageError, match=r"Doubling \(88\), Doubling \(89\): name one with"):
        canvas(given, [], wanted())
    sheet = canvas(given, [], wanted(column="Doubling (89)"))
    assert sheet.rows[0][-1] == "Doubling (89)"
    with pytest.raises(UsageError, match=r"grades\.csv has no column 'Other'"):
        canvas(given, [], wanted(column="Other"))
    # A student's own columns are none of an assignment, whatever it is called.
    assert canvas(roster(*CANVAS), [], wanted(names=("Section",))).rows[0][-2:] == [
        "Section", "Doubling",
    ]  # fmt: skip


def test_canvas_from_another_roster_matches_by_the_schools_ids() -> None:
    given = roster(["name", "id", "email", "group"], ["Doe, Jane", "0071", "jd@x.example", "-A"])
    sheet = canvas(given, [grade(given.entries[0], 9.0)], wanted(column="Homework"))
    assert sheet.rows == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Homework"],
        ["    Points Possible", "", "", "", "", "10"],
        ["Doe, Jane", "", "0071", "jd@x.example", "'-A", "9"],
    ]
    without = canvas(None, [grade(given.entries[0], 9.0)], wanted())
    assert without.rows[2][1:3] == ["0071", ""]  # the number is that of Canvas's own download


WORKSHEET = [
    ["Identifier", "Full name", "ID number", "Email address", "Grade", "Maximum grade",
     "Feedback comments"],
    ["Participant 501", "Jane Doe", "0071", "jd@x.example", "", "20.00", "good"],
    ["Participant 502", "Ann Lee", "0072", "al@x.example", "3.00", "5,00", ""],
    ["Participant 503", "+Eve", "-7", "ev@x.example", "-", "-", ""],
]  # fmt: skip


def test_moodles_worksheet_is_filled_in_and_comments_are_left_alone() -> None:
    given = roster(*WORKSHEET)
    grades = [grade(entry, 8.0) for entry in given.entries]
    sheet = moodle(given, grades, wanted())
    assert sheet.rows == [
        WORKSHEET[0][:-1],
        ["Participant 501", "Jane Doe", "0071", "jd@x.example", "16", "20.00"],
        ["Participant 502", "Ann Lee", "0072", "al@x.example", "4", "5,00"],
        ["Participant 503", "'+Eve", "-7", "ev@x.example", "8", "-"],
    ]
    assert [line.partition(" and ")[0] for line in sheet.said] == [
        "The platform's column counts 20 points"
    ]
    # Moodle has no word for it: what is there stays.
    assert column(moodle(given, list(map(excused, given.entries)), wanted()), 4)[1:] == [
        "", "3.00", "-",
    ]  # fmt: skip


def test_moodles_worksheet_in_a_language_without_a_known_heading() -> None:
    head = ["ID", "Nimi", "Email", "Hinne"]
    given = roster(head, ["Participant 5", "Mari", "m@x.example", ""])
    with pytest.raises(UsageError, match="among ID, Nimi, Email, Hinne: name it with --column"):
        moodle(given, [], wanted())
    sheet = moodle(given, [grade(given.entries[0], 9.0)], wanted(column="hinne"))
    assert sheet.rows[1] == ["Participant 5", "Mari", "m@x.example", "9"]
    with pytest.raises(UsageError, match="has no column 'Grade'"):
        moodle(given, [], wanted(column="Grade"))


def test_moodles_list_of_participants_gets_a_column() -> None:
    given = roster(
        [
            "First name",
            "Surname",
            "ID number",
            "Username",
            "Roles",
            "Grade",
            "Maximum grade",
            "Feedback comments",
            "Doubling",
            "Notes",
        ],
        ["Jane", "Doe", "0071", "-jd", "Student", "1", "9", "f", "4", "=1"],
        ["Kay", "Poe", "0072", "kp", "Teacher", "1", "9", "f", "", ""],
        ["Ann", "Lee", "0073", "al", "Student", "1", "9", "f", "2", ""],
    )
    sheet = moodle(given, [grade(given.entries[0], 9.0), Grade(given.entries[1])], wanted())
    assert sheet.rows == [
        ["First name", "Surname", "ID number", "Username", "Roles", "Doubling"],
        ["Jane", "Doe", "0071", "-jd", "Student", "9"],
        ["Ann", "Lee", "0073", "al", "Student", "2"],
    ]


def entry(**person: str) -> Entry:
    return Entry(person=Person(**person), rows=(0, 0), participant=person.get("id", ""))


def test_moodle_without_a_roster_knows_what_its_download_says() -> None:
    grades = [grade(entry(name="Jane Doe", id="501"), 9.0), excused(entry(email="@x(1)"))]
    sheet = moodle(None, grades, wanted())
    assert sheet.rows[1:] == [
        ["Participant 501", "Jane Doe", "", "9", "-"],
        ["", "", "'@x(1)", "", "-"],
    ]
    assert "Moodle must be" in sheet.said[0]


def test_gradescope_says_how_each_stands() -> None:
    given = roster(
        ["First Name", "Last Name", "SID", "Email", "Sections"],
        *([name, "Doe", f"007{place}", "", "A"] for place, name in enumerate("abcde")),
    )
    a, b, c, d, e = given.entries
    fault = grade(d, None, status=Status.FAULT)
    grades = [excused(a), missing(b), Grade(c), fault, grade(e, 9.25)]
    sheet = gradescope(given, grades, wanted())
    assert sheet.rows[0] == [
        "First Name", "Last Name", "SID", "Email", "Sections", "Total Score", "Max Points",
        "Status",
    ]  # fmt: skip
    assert [[row[0], row[2], *row[5:]] for row in sheet.rows[1:]] == [
        ["a", "0070", "", "10", "Excused"],
        ["b", "0071", "", "10", "Missing"],
        ["c", "0072", "", "10", "Ungraded"],
        ["d", "0073", "", "10", "Ungraded"],
        ["e", "0074", "9.25", "10", "Graded"],
    ]
    zeros = gradescope(given, grades, wanted(zeros=True))
    assert column(zeros, 5)[1:] == ["", "0", "", "", "9.25"]
    assert gradescope(None, grades, wanted()).rows[0][:2] == ["Name", "SID"]


def test_unread_work_is_told_apart_from_a_zero() -> None:
    jane = entry(name="Jane")
    assert grade(jane, 0.0, status=Status.UNREADABLE).is_unread
    assert not grade(jane, 0.0).is_unread
    assert not grade(jane, 4.0, status=Status.UNREADABLE, is_adjusted=True).is_unread
    assert not Grade(jane).is_unread


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("=1+1", "'=1+1"), ("  @SUM(A1)", "'  @SUM(A1)"), ("+Eve", "'+Eve"), ("-Eve", "'-Eve"),
        ("-3.5", "-3.5"), ("+12 %", "+12 %"), ("-1,5", "-1,5"), ("-", "-"), ("a=b", "a=b"),
    ],
)  # fmt: skip
def test_other_text_is_no_formula_and_a_number_stays_one(text: str, shown: str) -> None:
    assert guarded(text) == shown


@given(st.permutations(range(4)), st.lists(st.floats(0, 10), min_size=4, max_size=4))
def test_each_gets_their_own_in_whatever_order_grades_come(
    order: list[int], points: list[float]
) -> None:
    names = ["Student", "ID", "Doubling (8)"]
    given = roster(names, *([f"Poe, {place}", f"90{place}", ""] for place in range(4)))
    grades = [grade(given.entries[place], points[place]) for place in order]
    back = canvas(given, grades, wanted()).rows[2:]
    assert [row[1] for row in back] == ["900", "901", "902", "903"]
    assert [float(row[2]) for row in back] == pytest.approx(points)


FILE = "assignsubmission_file"


@pytest.mark.parametrize(
    ("number", "name", "source", "folder"),
    [
        ("", "Jane", f"hw/Jane Doe_501_{FILE}_/a.ipynb", f"Jane Doe_501_{FILE}_"),
        ("501", "J", f"Jane_Doe_501_{FILE}_", f"Jane_Doe_501_{FILE}_"),
        ("501", "J", "J_501_assignsubmission_onlinetext_/a", "J_501_assignsubmission_onlinetext_"),
        ("502", "Ann Lee", f"Jane Doe_501_{FILE}_/a", f"Ann Lee_502_{FILE}_"),  # a group's other
        ("502", "A_n/n: Lee", "a.ipynb", f"A n n  Lee_502_{FILE}_"),
        ("502", "__", "a.ipynb", f"Participant_502_{FILE}_"),
        ("", "Jane", "Jane Doe.ipynb", None),
        ("s1", "Jane", "a.ipynb", None),
    ],
)  # fmt: skip
def test_moodle_finds_the_student_by_the_folders_name(
    number: str, name: str, source: str, folder: str | None
) -> None:
    whose = Entry(person=Person(name=name), rows=(0,), participant=number)
    assert folder_of(grade(whose, 1.0), source) == folder


def test_who_gets_a_page_in_moodles_feedback(tmp_path: Path) -> None:
    jane, ann = (Entry(person=Person(name=n), rows=(0,), participant=p) for n, p in
                 (("Jane", "501"), ("Ann", "502")))  # fmt: skip
    lost = Entry(person=Person(name="Lost"), rows=(1,))
    both = grade(jane, 1.0)
    grades = [both, Grade(ann, both.result, both.standing), grade(lost, 1.0), Grade(lost),
              missing(ann)]  # fmt: skip
    pages, nameless = pages_of(grades, {}, tmp_path)
    page = tmp_path / "submissions" / "Jane hw" / "feedback.html"
    assert pages == {f"Jane_501_{FILE}_": page, f"Ann_502_{FILE}_": page}
    assert nameless == ["Lost hw"]
