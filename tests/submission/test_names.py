"""Names of rows: safe for files, spreadsheets and terminals, unique, and stable."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.submission.naming import (
    printable,
    safe_name,
    same_key,
    student_of,
    unique_names,
    without_ending,
)

FILE_NAMES = st.text(
    st.characters(exclude_characters="/\0")
    | st.characters(min_codepoint=0xDC80, max_codepoint=0xDCFF),
    min_size=1,
    max_size=300,
)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("alice", "alice"),
        ("Jörg Müller", "Jörg Müller"),
        ("Jo\u0308rg", "Jörg"),
        ("課題\u3000１", "課題 １"),
        ("v1.2", "v1.2"),
        ("=1+1", "_1+1"),
        ("+x", "_x"),
        ("-x", "_x"),
        ("@x", "_x"),
        ("＝x", "_x"),
        (" =x", "_x"),
        ("a/b\\c:d", "a_b_c_d"),
        ("a\nb\tc\x1b[31m", "a_b_c_[31m"),
        ("a\u202eb", "a_b"),
        ("a\udcffb", "a_b"),
        (".", "_"),
        ("..", "_"),
        ("...", "_"),
        (" ", "_"),
        ("", "_"),
        ("a. ", "a"),
        (".x", "_x"),
    ],
)
def test_safe_name(text: str, name: str) -> None:
    assert safe_name(text) == name


@given(FILE_NAMES)
def test_safe_name_is_safe(text: str) -> None:
    name = safe_name(text)
    assert name
    assert name not in (".", "..")
    assert name[0] not in "=+-@. "
    assert name == name.strip()
    assert name.isprintable()
    assert not set(name) & set('/\\:*?"<>|')
    assert len(name.encode()) < 255
    assert unicodedata.is_normalized("NFC", name)
    assert safe_name(text) == name


@given(st.lists(FILE_NAMES, unique=True, max_size=8))
def test_unique_names_differ_up_to_case_and_normalisation(texts: list[str]) -> None:
    names = unique_names([(text, text) for text in texts])
    assert len({same_key(name) for name in names}) == len(texts)
    assert all(len(name.encode()) <= 255 for name in names)


@given(st.lists(FILE_NAMES, unique=True, min_size=1, max_size=8))
def test_another_file_renames_only_what_it_meets(texts: list[str]) -> None:
    fewer = unique_names([(text, text) for text in texts[:-1]])
    more = unique_names([(text, text) for text in texts])
    met = same_key(safe_name(texts[-1]))
    for text, old, new in zip(texts, fewer, more, strict=False):
        assert old == new or met in (same_key(old), same_key(safe_name(text)))


@pytest.mark.parametrize(
    "pair", [("alice", "Alice"), ("Jo\u0308rg", "Jörg"), ("a:b", "a_b"), ("x" * 150, "x" * 151)]
)
def test_names_that_meet_are_told_apart(pair: tuple[str, str]) -> None:
    names = unique_names([(text, text) for text in (*pair, "bob")])
    assert names[2] == "bob"
    assert len(set(map(same_key, names))) == 3
    again = unique_names([(text, text) for text in reversed((*pair, "bob"))])
    assert again == names[::-1]


def test_a_file_named_like_anothers_hash_takes_nothing() -> None:
    stolen = unique_names([("a", "a"), ("A", "A")])[0]
    names = unique_names([("a", "a"), ("A", "A"), (stolen, stolen)])
    assert len(set(names)) == 3
    assert stolen not in (names[2],)


def test_printable_keeps_what_can_be_read() -> None:
    assert printable("Jörg 課題.ipynb") == "Jörg 課題.ipynb"
    assert printable("a\udcff\n\u202e\t") == "a\\xff\\n\\u202e\\t"
    assert printable("x" * 10, limit=5) == "xxxx…"


@given(FILE_NAMES)
def test_printable_is_one_line_of_utf8(text: str) -> None:
    assert "\n" not in printable(text)
    printable(text).encode()


@pytest.mark.parametrize(
    ("name", "folder", "student"),
    [
        ("alice.ipynb", False, "alice"),
        ("alice.IPYNB.txt", False, "alice"),
        ("Alice Smith", True, "Alice Smith"),
        ("Jane Doe_123456_assignsubmission_file_", True, "Jane Doe"),
        ("Jane Doe_123456_assignsubmission_file", True, "Jane Doe"),
        ("Jane Doe_123456_assignsubmission_file_hw.ipynb", False, "Jane Doe"),
        ("doejane_12345_67890_hw.ipynb", False, "doejane"),
        ("doejane_LATE_12345_67890_hw_1.ipynb", False, "doejane"),
        ("submission_12345", True, "submission_12345"),
        ("hw_1_2_final.ipynb", False, "hw_1_2_final"),
        ("=evil\nx.ipynb", False, "=evil\\nx"),
    ],
)
def test_student(name: str, folder: bool, student: str) -> None:
    assert student_of(name, folder=folder) == student


@pytest.mark.parametrize("ending", [".ipynb", ".IPYNB", ".ipynb.txt", ".py", ".Zip"])
def test_without_ending(ending: str) -> None:
    assert without_ending("a.b" + ending) == "a.b"
