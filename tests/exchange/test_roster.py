"""Rosters as platforms export them: nobody is lost, and what cannot be read is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.errors import UsageError
from grader.exchange.roster import Roster, read_roster
from grader.model import Person

CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,Doubling (77),Final Score\n"
    "    Points Possible,,,,,3,(read only)\n"
    ',,,,,"Manual Posting",\n'
    '"Doe, Jane",11,00771,jd@uni.example,A,,\n'
    '"Müller, Jürgen",12,00772,jm@uni.example,"A and B",,\n'
    '"Student, Test",99,,abcdef,A,,\n'
)


def write(tmp_path: Path, text: str | bytes, name: str = "roster.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def people(roster: Roster) -> list[Person]:
    return [entry.person for entry in roster.entries]


def test_canvas(tmp_path: Path) -> None:
    roster = read_roster(write(tmp_path, CANVAS))
    assert roster.kind == "canvas"
    assert people(roster) == [
        Person(name="Doe, Jane", id="11", login="jd@uni.example"),
        Person(name="Müller, Jürgen", id="12", login="jm@uni.example"),
    ]
    assert roster.entries[0].ids == ("11", "00771")
    assert roster.entries[1].section == "A and B"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Identifier,Full name,ID number,Email address,Status,Grade,Maximum Grade\n"
         "Participant 5,Jane Doe,771,j@x.example,,,100.00\n", "moodle"),
        ("ID,Vollständiger Name,E-Mail-Adresse,ID-Nummer,Bewertung\n"
         "Teilnehmer/in5,Jane Doe,j@x.example,771,\n", "moodle"),
        ("識別子,氏名,メールアドレス,IDナンバー,評点\n"
         "参加者5,Jane Doe,j@x.example,771,\n", "moodle"),
        ("Identificador,Nombre completo,Dirección de correo,Número de ID,Calificación\n"
         "Participante 5,Jane Doe,j@x.example,771,\n", "moodle"),
        ("First name,Surname,ID number,Email address\nJane,Doe,771,j@x.example\n", "moodle"),
        ("Vorname;Nachname;ID-Nummer;E-Mail-Adresse\nJane;Doe;771;j@x.example\n", "plain"),
        ("First Name,Last Name,SID,Email,Sections\nJane,Doe,771,j@x.example,A\n", "gradescope"),
        ("Name,Email,SID\nJane Doe,j@x.example,771\n", "gradescope"),
        ("name,id,email\nJane Doe,771,j@x.example\n", "plain"),
        ("学籍番号,氏名,メール\n771,Jane Doe,j@x.example\n", "plain"),
    ],
)  # fmt: skip
def test_every_form_names_the_same_student(tmp_path: Path, text: str, kind: str) -> None:
    roster = read_roster(write(tmp_path, text))
    (entry,) = roster.entries
    assert (entry.person.name, entry.person.id, entry.person.email) == (
        "Jane Doe", "771", "j@x.example",
    )  # fmt: skip
    assert roster.kind == kind
    assert entry.participant == ("5" if "5," in text else "")


@pytest.mark.parametrize("separator", [",", ";", "\t"], ids=["comma", "semicolon", "tab"])
@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("utf-8", "Jürgen Müller"),
        ("utf-8-sig", "佐藤 花子"),
        ("utf-16", "佐藤 花子"),
        ("utf-16-le", "Jane Doe"),
        ("utf-16-be", "Jane Doe"),
        ("latin-1", "Zoë Lécuyer"),
        ("cp1252", "Seán O’Brien"),
        ("cp932", "佐藤 花子"),
        ("cp932", "ｻﾄｳ ハナコ"),
    ],
)
def test_encodings_and_separators(tmp_path: Path, separator: str, encoding: str, name: str) -> None:
    lines = [["name", "id", "email"], [name, "0012", "a@x.example"], ["", "", ""]]
    text = "\r\n".join(separator.join(line) for line in lines) + "\r\n"
    roster = read_roster(write(tmp_path, text.encode(encoding)))
    assert people(roster) == [Person(name=name, id="0012", email="a@x.example")]


def test_what_spreadsheets_do_to_a_table(tmp_path: Path) -> None:
    text = (
        "sep=;\n\nCourse 1;;\n;;\nName;ID;Notes\n"
        '"Doe\nJane";="0012";"said ""hello""\nand more"\n\n;;\nBob;13\n'
    )
    assert people(read_roster(write(tmp_path, text))) == [
        Person(name="Doe Jane", id="0012"),
        Person(name="Bob", id="13"),
    ]


def test_ids_that_a_spreadsheet_took_for_numbers(tmp_path: Path) -> None:
    text = "name,id,SIS ID,grade\nJane,1001.0,7.0,1.0\nBob,1002.0,,2.0\nAnn,A1.0,10.05,\n"
    roster = read_roster(write(tmp_path, text))
    assert [entry.ids for entry in roster.entries] == [("1001", "7"), ("1002",), ("A1.0", "10.05")]
    assert roster.table.rows[0] == ("Jane", "1001", "7", "1.0")


def test_who_is_in_two_sections_is_one_student(tmp_path: Path) -> None:
    text = "name,id,section\nJane,1,A\nBob,2,A\nJane,1,B\n"
    roster = read_roster(write(tmp_path, text))
    assert [entry.rows for entry in roster.entries] == [(0, 2), (1,)]


def test_the_staff_in_a_roster_are_no_students(tmp_path: Path) -> None:
    text = "Name,SID,Email,Role\nJane,1,j@x,Student\nKay,2,k@x,Instructor\nLee,3,l@x,TA\nM,4,m@x,\n"
    assert [person.id for person in people(read_roster(write(tmp_path, text)))] == ["1", "4"]


def test_two_of_one_name_without_ids_are_two(tmp_path: Path) -> None:
    assert len(read_roster(write(tmp_path, "name\nBob\nBob\n")).entries) == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name,id\nJane,1\nBob,1\n", "lines 2 and 3: two students have the id 1"),
        ("name,id\nDoe, Jane,1\n", "line 2: there are 3 cells and 2 headings"),
        ('name,id\n"Jane,1\nBob,2\n', "line 2: the quotes are not in pairs"),
        ("grade,points\n1,2\n", "no line of headings that names the students' columns"),
        ("Jane Doe,1\nBob,2\n", "no line of headings that names the students' columns"),
        ("name,id\n", "has headings, but no students"),
        ("", "is empty"),
        ("\n \n", "is empty"),
        ("name,id\nEve,=HYPERLINK(1)\n", "line 2: '=HYPERLINK(1)' in the column id reads as a"),
        ("name,id\nEve,@SUM(1)\n", "reads as a formula"),
        ("name,email,notes\nEve,e@x.example,\n,,something\n", "line 3 names no student"),
        (b"PK\x03\x04rest", "is an Excel workbook: save it as CSV"),
    ],
)
def test_refusals(tmp_path: Path, text: str | bytes, said: str) -> None:
    with pytest.raises(UsageError, match=r"roster\.csv") as caught:
        read_roster(write(tmp_path, text))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@given(
    st.binary(max_size=300)
    | st.text(alphabet='name,id;\t\n\r"= aé佐\0', max_size=80).map(str.encode)
)
def test_any_bytes_are_a_roster_or_refused_in_one_sentence(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(data)
    told = ""
    try:
        roster = read_roster(path)
    except UsageError as error:
        told = str(error)
    else:
        assert all(len(row) == len(roster.table.head) for row in roster.table.rows)
    assert not told or told.startswith((str(path), "any.csv"))
    assert len(told.splitlines()) < 2


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_roster(tmp_path / "none.csv")
