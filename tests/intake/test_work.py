"""The parts of a hand-in: which of them names it, what each is called, and which version counts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.bounds import PERSON_CHARACTERS
from grader.intake.tree import Kind, Node
from grader.intake.work import (
    Part,
    Work,
    common_start,
    distinct_parts,
    main_of,
    matching,
    originals,
    person_name,
    versions,
)
from grader.model import Person
from grader.submission.naming import same_key

AGAIN = re.compile(r"(?P<stem>.+?)-(?P<number>[1-9]\d?)(?P<ending>(?:\.[A-Za-z]\w*)*)")


def node(name: str) -> Node:
    """A file; a folder where the name ends in ``/``, and a link where it ends in ``@``."""
    kind = {"/": Kind.FOLDER, "@": Kind.REFUSED}.get(name[-1], Kind.FILE)
    name = name.rstrip("/@")
    return Node(name=name, kind=kind, where=name, path=Path("/handed") / name)


def of(*names: str) -> list[Part]:
    return [(name, node(name)) for name in names]


def called(parts: tuple[Part, ...]) -> list[str]:
    return [name for name, _ in parts]


@pytest.mark.parametrize(
    ("names", "main"),
    [
        (["a.ipynb", "b.ipynb"], "b.ipynb"),
        (["a.ipynb", "b.py", "c.zip", "d/"], "a.ipynb"),
        (["a.py", "b.py"], "a.py"),
        (["a.zip", "b.py"], "b.py"),
        (["a.zip", "b.zip"], "a.zip"),
        (["a.pdf", "b.zip", "c.csv"], "b.zip"),
        (["a.pdf", "b/"], "b"),
        (["a.pdf", "b.txt"], "a.pdf"),
        (["a@", "b.pdf", "c/"], "c"),
        (["a.ipynb@", "b.py"], "b.py"),
        (["a.IPYNB", "b.ipynb.txt", "c.pdf"], "b.ipynb.txt"),
    ],
    ids=" ".join,
)
def test_which_part_names_a_work(names: list[str], main: str) -> None:
    assert main_of(of(*names)).name == main
    assert Work(parts=tuple(of(*names)), key="k").main.name == main


@pytest.mark.parametrize(
    ("people", "student"),
    [
        ([Person(name="Jane", id="1", email="j@x", login="j")], "Jane"),
        ([Person(id="1", email="j@x", login="j")], "j@x"),
        ([Person(id="1", login="j")], "j"),
        ([Person(id="1")], "1"),
        ([Person(name="Jane"), Person(login="r")], "Jane, r"),
        ([], ""),
    ],
)
def test_how_people_are_called(people: list[Person], student: str) -> None:
    assert Work(parts=(), key="k", people=tuple(people)).student == student


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (" Jane ", "Jane"),
        ("Jo\u0308rg", "J\u00f6rg"),
        ("\u8ab2\u984c\u3000\u82b1\u5b50", "\u8ab2\u984c\u3000\u82b1\u5b50"),
        ("a\nb", "a\\nb"),
        ("\udcff", "\\xff"),
        ("a\u202eb", "a\\u202eb"),
        (" \t", "_"),
        ("", "_"),
        ("x" * 10_000, "x" * (PERSON_CHARACTERS - 1) + "\u2026"),
    ],
)
def test_a_name_is_shown_on_one_line(text: str, name: str) -> None:
    assert person_name(text) == name


@pytest.mark.parametrize(
    ("names", "start"),
    [
        (["hw-ann", "hw-bob"], "hw-"),
        (["hw-ann", "hw-anna"], "hw-"),
        (["hw-1-ann", "hw-1-bob"], "hw-1-"),
        (["ann", "anna"], ""),
        (["hw-", "hw-"], "hw-"),
        (["a-b"], "a-"),
        ([], ""),
    ],
)
def test_what_names_begin_with_up_to_a_mark(names: list[str], start: str) -> None:
    assert common_start(names, "-") == start


@pytest.mark.parametrize(
    ("names", "found"), [("aaxx", "aa"), ("axx", ""), ("aax", "aa"), ("xx", ""), ("a", "a")]
)
def test_a_layout_fits_where_half_of_the_names_do(names: str, found: str) -> None:
    children = [node(f"{letter}{place}") for place, letter in enumerate(names)]
    root = Node(name="r", kind=Kind.FOLDER, where="", path=Path("/r"), listed=lambda: children)
    matches = matching(root, re.compile(r"a\d").fullmatch)
    assert [one.name[0] for one in matches] == list(found)
    assert all(match[0] == one.name for one, match in matches.items())


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (["a.py", "b.py"], ["a.py", "b.py"]),
        (["a.py", "a.py", "a.py"], ["a.py", "a (2).py", "a (3).py"]),
        (["a.py", "A.py"], ["a.py", "A (2).py"]),
        (["\u00e9.py", "e\u0301.py"], ["\u00e9.py", "e\u0301 (2).py"]),
        (["a.tar.gz", "a.tar.gz"], ["a.tar.gz", "a (2).tar.gz"]),
        (["a", "a"], ["a", "a (2)"]),
        (["a.py", "a (2).py", "a.py"], ["a.py", "a (2).py", "a (3).py"]),
        (["", ""], ["", ""]),
        (["..", "."], ["own0", "own1"]),
        (["../x", "a/b"], ["own0", "own1"]),
    ],
    ids=["two", "three", "letters", "forms", "endings", "no ending", "taken", "folders", "dots",
         "paths"],
)  # fmt: skip
def test_parts_have_names_of_their_own(wanted: list[str], names: list[str]) -> None:
    parts = [(name, node(f"own{place}")) for place, name in enumerate(wanted)]
    found = distinct_parts(parts)
    assert called(found) == names
    assert [one for _, one in found] == [one for _, one in parts]


@given(st.lists(st.text("aA.é(2) /", max_size=6), max_size=6))
def test_no_part_is_lost_or_leaves_its_folder(wanted: list[str]) -> None:
    parts = [(name, node(f"own{place}.x")) for place, name in enumerate(wanted)]
    found = distinct_parts(parts)
    assert [one for _, one in found] == [one for _, one in parts]
    names = [name for name in called(found) if name]
    assert len({same_key(name) for name in names}) == len(names)
    assert not any(name in (".", "..") or "/" in name for name in names)


@pytest.mark.parametrize(
    ("names", "newest", "earlier"),
    [
        (["hw.ipynb", "hw-1.ipynb"], ["hw-1.ipynb"], [["hw.ipynb"]]),
        (["hw-2.ipynb", "hw.ipynb", "hw-10.ipynb"], ["hw-10.ipynb"],
         [["hw.ipynb"], ["hw-2.ipynb"]]),
        (["hw-1.ipynb", "hw-2.ipynb"], ["hw-1.ipynb", "hw-2.ipynb"], []),
        (["hw.ipynb", "HW-1.IPYNB"], ["HW-1.IPYNB"], [["hw.ipynb"]]),
        (["hw.ipynb", "hw-1.py"], ["hw.ipynb", "hw-1.py"], []),
        (["a.ipynb", "b.py", "a-1.ipynb", "b-1.py"], ["a-1.ipynb", "b-1.py"],
         [["a.ipynb", "b.py"]]),
        (["a.ipynb", "b.py", "a-2.ipynb", "b-1.py", "a-1.ipynb"], ["a-2.ipynb", "b-1.py"],
         [["a.ipynb", "b.py"], ["a-1.ipynb"]]),
        (["hw-1.ipynb", "hw-1-1.ipynb"], ["hw-1.ipynb", "hw-1-1.ipynb"], []),
    ],
    ids=["again", "by number", "two parts", "letters", "another kind", "two files", "unequal",
         "a number in the name"],
)  # fmt: skip
def test_which_versions_of_files_count(
    names: list[str], newest: list[str], earlier: list[list[str]]
) -> None:
    found, replaced = versions(of(*names), AGAIN)
    assert called(found) == newest
    assert [called(parts) for parts in replaced] == earlier


@given(st.lists(st.sampled_from(["a.py", "a-1.py", "a-2.py", "b-1.py", "b.x", "b-3.x"])))
def test_each_file_is_a_version_that_counts_or_one_that_was_replaced(names: list[str]) -> None:
    parts = list(distinct_parts(of(*names)))
    for in_order in (True, False):
        newest, earlier = versions(parts, AGAIN, in_order=in_order)
        all_parts = [*newest, *(one for several in earlier for one in several)]
        assert sorted(called(tuple(all_parts))) == sorted(called(tuple(parts)))
        assert bool(newest) == bool(parts)


@pytest.mark.parametrize(
    ("names", "laid"),
    [
        (["helper-1.py"], ["helper.py"]),
        (["data-1.csv"], ["data-1.csv", "data.csv"]),
        (["hw-1.ipynb", "work-1.zip"], ["hw-1.ipynb", "work-1.zip"]),
        (["a-1.py", "a.py"], ["a-1.py", "a.py"]),
        (["a-1.csv", "A.csv"], ["a-1.csv", "A.csv"]),
        (["a-1.csv", "a-2.csv"], ["a-1.csv", "a.csv", "a-2.csv"]),
        (["plain.py"], ["plain.py"]),
    ],
    ids=" ".join,
)
def test_under_which_names_files_are_laid_down(names: list[str], laid: list[str]) -> None:
    assert called(originals(of(*names), AGAIN)) == laid
