"""Tables as spreadsheets and platforms write them: read as they were meant, or refused."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.bounds import HEAD_SAMPLE
from grader.errors import UsageError
from grader.exchange import table
from grader.exchange.roster import read_roster
from grader.exchange.table import Table, read_table


def known(row: Sequence[str]) -> int:
    return len({"name", "id", "note"} & {cell.strip() for cell in row})


def read(tmp_path: Path, data: str | bytes) -> Table:
    path = tmp_path / "t.csv"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return read_table(path, known)


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6)
WRITTEN = st.tuples(
    st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=4),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
)


@given(WRITTEN)
def test_what_is_written_comes_back(
    tmp_path_factory: pytest.TempPathFactory,
    written: tuple[list[list[str]], str, str, str],
) -> None:
    rows, separator, encoding, end = written
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=separator, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerows([["name", "id", "note"], *rows])
    path = tmp_path_factory.getbasetemp() / "written.csv"
    path.write_bytes(file.getvalue().encode(encoding))
    found = read_table(path, known)
    assert found.head == ("name", "id", "note")
    # Rows of blanks are no rows; in ="12" Excel keeps a number's zeros.
    kept = [tuple(row) for row in rows if any(cell.strip() for cell in row)]
    assert [row for row in found.rows if not any('="' in cell for cell in row)] == [
        row for row in kept if not any('="' in cell for cell in row)
    ]


@pytest.mark.parametrize(
    ("data", "encoding", "name"),
    [
        ("name\nJürgen".encode("latin-1"), "cp1252", "Jürgen"),
        ("name\nZoë\nRené\nSeán".encode("cp1252"), "cp1252", "Zoë"),
        ("name\nAna\x81Mar\xeda".encode("latin-1"), "Latin-1", "Ana\x81María"),
        ("name\n山田 太郎".encode("cp932"), "Shift_JIS", "山田 太郎"),
        ("name\n山田 太郎".encode("utf-16"), "UTF-16", "山田 太郎"),
        ("name\nJürgen".encode("utf-16-le"), "UTF-16", "Jürgen"),
        ("name\nJürgen".encode("utf-16-be"), "UTF-16", "Jürgen"),
        ("\ufeffname\nJürgen".encode(), "UTF-8", "Jürgen"),
        (b"\xef\xbb\xbfname\nJ\0ane", "UTF-8", "Jane"),
        (b"name\nJ\0ane\0", "UTF-8", "Jane"),
    ],
    ids=["umlaut", "accents", "no cp1252", "Japanese", "mark", "little", "big", "UTF-8 mark",
         "zero byte", "zero bytes of no UTF-16"],
)  # fmt: skip
def test_the_encoding_is_found_and_told(
    tmp_path: Path, data: bytes, encoding: str, name: str
) -> None:
    found = read(tmp_path, data)
    assert (found.encoding, found.rows[0]) == (encoding, (name,))


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("name,id\nJane", [("Jane", "")]),
        ("name,id\nJane,1,,\n", [("Jane", "1")]),
        ("name,id,,\nJane,1,,\n", [("Jane", "1", "", "")]),
        ("name,id\nJane,1, \n", [("Jane", "1")]),
        (" name , id \nJane,1", [("Jane", "1")]),
        ('name,id\nJane, ="0012" ', [("Jane", "0012")]),
        ('name,id\nJane,"=""0012"""', [("Jane", "0012")]),
        ('name,id\n"=""Doe, Jane""",1', [('="Doe, Jane"', "1")]),  # a formula, and no number
        ('name,id\n"Doe, Jane",1', [("Doe, Jane", "1")]),
        ("name;id\nDoe, Jane;1", [("Doe, Jane", "1")]),
        ("name|id\nDoe, Jane;|1", [("Doe, Jane;", "1")]),
        ("name\tid\r\rJane\t1\r", [("Jane", "1")]),
        ("sep=|\nname|id\nJane|1", [("Jane", "1")]),
        ("sep=#\nname#id\nDoe, Jane#1", [("Doe, Jane", "1")]),
        ("sep=\t\r\nname\tid\r\nJane\t1", [("Jane", "1")]),
        ("id\nname,id\nJane,1", [("Jane", "1")]),  # the line that names the most
        ("name,id\nname,id\nJane,1", [("name", "id"), ("Jane", "1")]),
    ],
)
def test_rows_have_as_many_cells_as_there_are_headings(
    tmp_path: Path, text: str, rows: list[tuple[str, ...]]
) -> None:
    assert list(read(tmp_path, text).rows) == rows


def test_a_title_may_stand_above_the_headings_but_not_too_far(tmp_path: Path) -> None:
    titles = "Course,2026\n" * (HEAD_SAMPLE - 1)
    assert read(tmp_path, f"{titles}name,id\nJane,1").rows == (("Jane", "1"),)
    with pytest.raises(UsageError, match="no line of headings"):
        read(tmp_path, f"Course,2026\n{titles}name,id\nJane,1")


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("name,id\nJane,1\nBob,2", (2, 3)),
        ("\nTitle\n\nname,id\n\nJane,1\n , \nBob,2", (6, 8)),
        ('name,id\n"Doe\nJane",1\nBob,2', (2, 4)),
        ("sep=,\nname,id\r\nJane,1\r\nBob,2", (3, 4)),
        ("name,id\rJane,1\rBob,2", (2, 3)),
    ],
    ids=["plain", "blank lines", "a cell of two lines", "sep", "old Mac"],
)
def test_rows_know_their_lines(tmp_path: Path, text: str, lines: tuple[int, ...]) -> None:
    assert read(tmp_path, text).lines == lines


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name,id\nBob,1\nDoe, Jane,2", "line 3: there are 3 cells and 2 headings"),
        ("sep=,\nname,id\nDoe, Jane,2", "line 3: there are 3 cells and 2 headings"),
        ('name,id\n"Doe\nJane",1\nDoe, Ann,2', "line 4: there are 3 cells"),
        ("name\nBob\nDoe, Jane", "line 3: there are 2 cells and 1 headings"),
        ('name,id\nBob,1\nAnn "Lee" Poe,2\n"Jane" Doe,2', "line 4: the quotes are not in pairs"),
        ('name,id\nBob,1\n"Ann,2\nJane,3\n', "line 3: the quotes are not in pairs"),
        ("Bob,1\nAnn,2", "no line of headings"),
        (b"%PDF-1.7\n", "is a PDF: save it as CSV"),
        (b"\xd0\xcf\x11\xe0", "is an old Excel workbook: save it as CSV"),
        ("\ufeff \r\n", "is empty"),
        (" \r\n".encode("utf-16"), "is empty"),
    ],
)
def test_a_table_that_would_lose_somebody_is_refused(
    tmp_path: Path, text: str | bytes, said: str
) -> None:
    with pytest.raises(UsageError) as caught:
        read(tmp_path, text)
    assert str(caught.value).startswith(str(tmp_path / "t.csv"))
    assert said in str(caught.value)


def test_a_file_that_is_too_large_is_no_roster(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "name\n" + "x" * ((1 << 20) - 5)
    monkeypatch.setattr(table, "MAX_TABLE_BYTES", 1 << 20)
    with pytest.raises(UsageError, match="larger than 1 MiB: is it the right file"):
        read(tmp_path, text + "x")
    with pytest.raises(UsageError, match="cannot be read"):
        read_table(tmp_path, known)


# What a roster makes of its rows.


def roster(tmp_path: Path, text: str) -> list[tuple[str, str]]:
    (tmp_path / "r.csv").write_text(text, "utf-8")
    found = read_roster(tmp_path / "r.csv")
    return [(entry.person.name, entry.person.id) for entry in found.entries]


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("Student,ID\nDoe,1\nPoints Possible,\n  points possible ,\n", [("Doe", "1")]),
        ("Student,ID\nDoe,1\nTest Student,9\n\"Student, Test\",8\n", [("Doe", "1")]),
        ("Student,ID,HW\nDoe,1,Muted\n , ,Muted\n,,manual posting (x)\n", [("Doe", "1")]),
        ("Name,SID,Role\nDoe,1,student\nA,2,Reader\nB,3,Non-editing teacher\nC,4,TA",
         [("Doe", "1")]),
        ("name,id\nStudent 1,11\nStudent 2,12\n", [("Student 1", "11"), ("Student 2", "12")]),
        ("Name,ID,ID number\nDoe,1,2\n", [("Doe", "1")]),  # the first of two
        ("Name,Student,ID\nDoe,Other,1\n", [("Doe", "1")]),
        ("First name,Surname,ID\nJane,,1\n,Lee,2\n", [("Jane", "1"), ("Lee", "2")]),
        ("First name,Surname,Full name,ID\nJane,Doe,J. Doe,1\n", [("J. Doe", "1")]),
        ("NAME , e_mail , STUDENT-NO.\nJane,j@x,007\n", [("Jane", "007")]),
        ("ＩＤ,氏名\n００１２,山田\n", [("山田", "００１２")]),
        ("name,id\n Jane \u00a0 Doe ,1\n", [("Jane Doe", "1")]),
        ("name,sis id\nJane,\nBob,7\n", [("Jane", ""), ("Bob", "7")]),
    ],
)  # fmt: skip
def test_who_is_a_student_and_what_they_are_called(
    tmp_path: Path, text: str, people: list[tuple[str, str]]
) -> None:
    assert roster(tmp_path, text) == people


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name,id\nJane,1\n\nJanet,1\n", "lines 2 and 4: two students have the id 1: correct"),
        ("name,id\nJane,a1\nJane D,A1\n", "two students have the id A1"),
        ("name,id,email\nJane,1,j@x\nJane,1,other@x\n", "two students have the id 1"),
        ("name,login\nJane,-1+2\n", "'-1+2' in the column login reads as a formula"),
        ("name,email\nJane,+x(1)\n", "'+x(1)' in the column email reads as a formula"),
        ("name,SIS ID\nJane,=1\n", "'=1' in the column SIS ID reads as a formula"),
        ("name,id\nJane,2.02612E+11\n", "'2.02612E+11' in the column id was rounded"),
        ("name,id\nJane,\"2,02612e+11\"\n", "in the column id was rounded by a spreadsheet"),
        ("name,SIS ID\nJane,1E+05\n", "'1E+05' in the column SIS ID was rounded"),
    ],
)  # fmt: skip
def test_an_id_that_may_be_somebody_elses_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        roster(tmp_path, text)
    assert said in str(caught.value)


@pytest.mark.parametrize("id_", ["-7", "+49-170", "e-v.1@x.example", "1e5", "A-1E+5"])
def test_an_id_may_look_odd(tmp_path: Path, id_: str) -> None:
    assert roster(tmp_path, f"name,id\nJane,{id_}\n") == [("Jane", id_)]


def test_who_handed_in_a_group_may_have_several_rows(tmp_path: Path) -> None:
    text = "name,id,section\nJane,1,A\nBob,2,A\nJane,1,B\nJane,1,C\n"
    (tmp_path / "r.csv").write_text(text)
    entries = read_roster(tmp_path / "r.csv").entries
    assert [(entry.rows, entry.section) for entry in entries] == [((0, 2, 3), "A"), ((1,), "A")]


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("Participant 12", "12"), ("Participant12", "12"), ("Participante12", "12"),
        ("Teilnehmer/in12", "12"),
        ("Deelnemer 12", "12"), ("参加者 12", "12"), ("Osallistuja 12", "12"), ("12", "12"),
    ],
)  # fmt: skip
def test_moodles_participants_are_numbers(tmp_path: Path, cell: str, number: str) -> None:
    (tmp_path / "r.csv").write_text(f"Identifier,Full name\n{cell},Jane\n", "utf-8")
    found = read_roster(tmp_path / "r.csv")
    assert (found.kind, found.entries[0].participant) == ("moodle", number)
    assert found.entries[0].person.id == number
