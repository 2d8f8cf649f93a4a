"""Files on their way to people: whole or not there, and the same bytes for the same content."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.errors import UsageError
from grader.model import Outcome
from grader.report.files import write, write_zip
from grader.report.language import ENGLISH, Language, catalogues, languages
from grader.report.questions import Questions
from grader.report.summary import hinted_once, summary
from grader.report.text import CUT_MARK, clean, csv_text, number, one_line
from grader.words import Words, say

from .results import case, result


def broken(*parts: str) -> Iterator[str]:
    yield from parts
    raise OSError(28, "No space left on device")


def test_a_file_that_is_cut_short_leaves_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    write(path, iter(["a\n", "é\ud800\n"]))
    assert path.read_bytes() == "a\né?\n".encode()
    with pytest.raises(UsageError, match=r"scores\.csv cannot be written \(No space left"):
        write(path, broken("half"))
    assert path.read_bytes() == "a\né?\n".encode()
    with pytest.raises(UsageError, match="cannot be written"):
        write_zip(tmp_path / "a.zip", ((part, b"") for part in broken("a")))
    assert not (tmp_path / "a.zip").exists()


def test_the_same_files_give_the_same_zip(tmp_path: Path) -> None:
    files = [("run", b"#!/bin/sh\n"), ("é/页.html", b"x" * 5000), ("empty", b"")]
    counts = [write_zip(tmp_path / name, files, executable=["run"]) for name in ("a.zip", "b.zip")]
    assert counts == [3, 3]
    one, other = ((tmp_path / name).read_bytes() for name in ("a.zip", "b.zip"))
    assert one == other
    assert len(one) < 1000
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.testzip() is None
        assert [(name, archive.read(name)) for name in archive.namelist()] == files
        modes = {info.filename: info.external_attr >> 16 for info in archive.infolist()}
    assert modes == {"run": 0o100755, "é/页.html": 0o100644, "empty": 0o100644}
    assert write_zip(tmp_path / "none.zip", ()) == 0


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=5)


@given(st.lists(st.lists(CELLS, min_size=1, max_size=3), max_size=4))
def test_a_table_is_read_as_it_was_written(rows: list[list[str]]) -> None:
    rows = [row for row in rows if row != [""]]
    for end in ("\r\n", "\n"):
        text = csv_text(rows, end=end)
        assert list(csv.reader(io.StringIO(text, newline=""))) == rows
        assert not text or text.endswith(end)


@pytest.mark.parametrize(
    ("value", "text"),
    [(1e-12, "1e-12"), (-1e-12, "-1e-12"), (1e10, "1e+10"), (9999999999.0, "9999999999"),
     (0.00001, "1e-05"), (2.675, "2.675"), (-0.5, "-0.5"), (2 / 3, "0.6666666667")],
)  # fmt: skip
def test_a_number_has_ten_digits_at_most(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("text", "limit", "line"),
    [
        ("", 5, ""), (" \n ", 5, ""), ("12345", 5, "12345"), ("123456", 5, "1234…"),
        ("1 2  3", 5, "1 2 3"), ("ab\r\ncd", 5, "ab cd"), ("\x1b[31mred", 9, "red"),
        ("日本語です。", 5, "日本語で…"), ("x" * 5 + "\n" * 99, 5, "xxxxx"),
    ],
)  # fmt: skip
def test_a_line_is_cut_to_its_length(text: str, limit: int, line: str) -> None:
    assert one_line(text, limit) == line


@pytest.mark.parametrize(
    ("text", "limit", "cleaned"),
    [
        ("", 5, ""), ("12345\n", 5, "12345" + CUT_MARK), ("\x00" * 4 + "12345", 5, "12345"),
        ("\x1b[0m12345", 5, "12345"), ("\x00" * 20 + "1", 5, CUT_MARK),
        ("\r\r\n\r", 5, "\n\n\n"), ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", 40, "link"),
        ("\u2028a\u200eb\u2069", 9, "ab"),
    ],
)  # fmt: skip
def test_text_is_cut_after_it_was_cleaned(text: str, limit: int, cleaned: str) -> None:
    assert clean(text, limit) == cleaned


# Languages.


def test_the_assignments_words_go_before_the_graders(tmp_path: Path) -> None:
    folder = tmp_path / "locale"
    folder.mkdir()
    (folder / "de.po").write_text('msgid "passed"\nmsgstr "geschafft"\n', "utf-8")
    (folder / "notes.txt").write_text("no catalogue")
    found = catalogues(tmp_path)
    assert list(found) == ["de"]
    own, plain = Language("de", catalogue=found["de"]), Language("de")
    assert (own.tell("passed"), plain.tell("passed")) == ("geschafft", "bestanden")
    assert own.tell("wrong answer") == plain.tell("wrong answer") == "falsche Antwort"
    assert own.tell("no entry of any catalogue") == "no entry of any catalogue"
    assert Language(ENGLISH, catalogue=found["de"]).tell("passed") == "passed"
    assert catalogues(tmp_path / "nowhere") == {}


def test_nothing_is_nothing_in_every_language() -> None:
    assert languages()[0] == ENGLISH
    for code in languages():
        language = Language(code)
        assert language.code == code
        # An empty text would be answered with the catalogue's header.
        assert (language.tell(""), language.tell(Words(""))) == ("", "")
        words = say("Code cell {index}: {error}", index=3, error="ValueError")
        assert "3" in language.tell(words)
        assert "ValueError" in language.tell(words)


# A class in numbers and outcomes in words.


@pytest.mark.parametrize(
    ("cases", "told"),
    [
        ("", []),
        ("P", ["1 of 1 public test cases passed."]),
        ("pPh", ["1 of 2 public test cases passed.", "0 of 1 hidden test cases passed."]),
        ("PPhH", ["2 of 2 public test cases passed.", "1 of 2 hidden test cases passed.",
                  "That the public ones pass is not enough: the hidden ones try more."]),
        ("PHH", ["1 of 1 public test cases passed.", "2 of 2 hidden test cases passed."]),
        ("h", ["0 of 1 hidden test cases passed."]),
    ],
)  # fmt: skip
def test_a_summary_counts_public_and_hidden_ones_apart(cases: str, told: list[str]) -> None:
    made = [
        case(hidden=c in "hH", outcome=Outcome.PASSED if c.isupper() else Outcome.ERROR)
        for c in cases
    ]
    assert list(map(str, summary(made))) == told


def test_a_hint_is_taken_out_only_where_it_stands_above() -> None:
    hints = ["One.", None, "Two.", "One.", "Two."]
    several = hinted_once(case(hint=hint, test_case=str(n)) for n, hint in enumerate(hints))
    assert [str(each.hint) if each.hint else "" for each in several] == ["One.", "", "Two.", "", ""]
    assert [each.test_case for each in several] == list("01234")


def test_questions_count_what_was_run_and_has_points() -> None:
    questions = Questions()
    for n, points in enumerate((1.0, 0.0, 0.5)):
        questions.add(
            result(
                cases=(
                    case(question="B", points=points),
                    case(question="free", points=0.0, max_points=0.0),
                    *([case(question="A", points=points)] if n else []),
                )
            )
        )
    found = {question.name: question for question in questions.all()}
    assert list(found) == ["B", "A"]
    assert (found["B"].mean, found["A"].mean) == (0.5, 0.25)
    assert found["A"].deviation == pytest.approx(0.25)
    assert found["A"].discrimination is None  # two are too few
