"""Students' words on their way to pages, tables and terminals."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.report.text import CUT_MARK, cell, clean, number, one_line

ANY = st.text(st.characters(min_codepoint=0), max_size=200)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("plain é 課題 🙂", "plain é 課題 🙂"),
        ("a\tb\nc", "a\tb\nc"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07x\x1b]8;;http://a\x1b\\y", "xy"),
        ("\x1b[2J\x1bcx", "x"),
        ("a\x00\x07\x08\x7f\x9bb", "ab"),
        ("a\u202eb\u2066c\ufeff", "abc"),
        ("a\ud800b", "a\ufffdb"),
    ],
)
def test_clean(text: str, cleaned: str) -> None:
    assert clean(text, 100) == cleaned


def test_clean_cuts() -> None:
    assert clean("x" * 11, 10) == "x" * 10 + CUT_MARK
    assert clean("x" * 10, 10) == "x" * 10
    assert clean("x" * 10_000_000, 10) == "x" * 10 + CUT_MARK
    assert clean("\x1b[0m" * 1000 + "x", 10).endswith(CUT_MARK)


@given(ANY, st.integers(1, 50))
def test_clean_text_is_harmless(text: str, limit: int) -> None:
    cleaned = clean(text, limit)
    cleaned.encode()
    assert len(cleaned) <= limit + len(CUT_MARK)
    assert all(c.isprintable() or c in "\t\n" or c not in "\x00\x1b\r\u202e" for c in cleaned)
    assert not set(cleaned) & set("\x00\x07\x08\x1b\r\x7f\x9b\u202e\u2066")
    line = one_line(text, limit)
    assert "\n" not in line
    assert len(line) <= limit


def test_one_line() -> None:
    assert one_line(" a\n\tb  c ", 100) == "a b c"
    assert one_line("x" * 20, 10) == "x" * 9 + "…"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2.0, "2"),
        (2, "2"),
        (0.0, "0"),
        (-0.0, "0"),
        (1 / 3, "0.3333333333"),
        (0.1 + 0.2, "0.3"),
        (7.5, "7.5"),
        (100.0, "100"),
        (12345.678, "12345.678"),
    ],
)
def test_number(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("alice", "alice"),
        ("a=b-c", "a=b-c"),
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@x", "'@x"),
        ("＝x", "'＝x"),
        (" =1", "' =1"),
        ("\t=1", "'_=1"),
        ("\r=1", "'_=1"),
        ("a\nb\r\x00c", "a_b__c"),
        ("a\ud800", "a\ufffd"),
    ],
)
def test_cell(text: str, shown: str) -> None:
    assert cell(text) == shown


@given(ANY)
def test_no_cell_is_a_formula(text: str) -> None:
    shown = cell(text)
    shown.encode()
    assert not shown.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert not set(shown) & set("\n\r\t\x00")
