"""What is known of a test case is kept between runs, and made again where it cannot be read."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.bounds import TABLE_DAYS
from grader.course.assignment import load
from grader.judge.diagnose.chance import Group, Portrait, Runs
from grader.judge.diagnose.table import Table, table_of
from grader.judge.diagnose.trace import LOOK, RIGHT, Trace
from grader.words import say

PLACE = "double/values"


def written(folder: Path, value: Any) -> Any:
    """What a later run of the grader finds of a value."""
    table = Table(folder)
    table.of(PLACE)["key"] = value
    table.note_change(PLACE)
    table.save()
    return Table(folder).of(PLACE)["key"]


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text() | st.tuples(st.text(), st.integers()), inner, max_size=3)
    ),
    max_leaves=15,
)


@given(value=PLAIN)
def test_what_is_kept_comes_back(value: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    assert written(tmp_path_factory.mktemp("table"), value) == value


@pytest.mark.parametrize(
    "array",
    [np.arange(6.0).reshape(2, 3).T, np.array(1.5), np.empty((0, 2)), np.array([1, 2], ">i2"),
     np.array([True, False]), np.array([1 + 2j]), np.array([np.nan, -0.0]), np.arange(8)[::3]],
    ids=["transposed", "0-d", "empty", "big-endian", "bool", "complex", "nan", "strided"],
)  # fmt: skip
def test_arrays_come_back_as_they_are(array: np.ndarray[Any, Any], tmp_path: Path) -> None:
    found = written(tmp_path, array)
    assert (found.dtype, found.shape) == (array.dtype, array.shape)
    np.testing.assert_array_equal(found, array)


def test_numbers_of_numpys_come_back_as_pythons(tmp_path: Path) -> None:
    found = written(tmp_path, (np.float64(1.5), np.int64(3), np.True_))
    assert found == (1.5, 3, True)
    assert [type(one) for one in found] == [float, int, bool]


def looked() -> Trace:
    trace = Trace(ending=("check", "value"), looks=True, drawn=True)
    trace.look({say("{n} words", n=2): np.ones(2)}, True, 3)
    return trace


def test_a_trace_comes_back_with_what_it_heard(tmp_path: Path) -> None:
    found = written(tmp_path, [looked(), looked()])[1]
    assert (found.ending, found.looks, found.drawn, found.cut) == (
        ("check", "value"), True, True, False,
    )  # fmt: skip
    assert found.names == {"2 words": say("{n} words", n=2)}
    (step,) = found.steps
    assert (step.operation, step.what, step.given) == (LOOK, RIGHT, (3,))
    np.testing.assert_array_equal(step.result["2 words"], [1.0, 1.0])


def test_runs_come_back_with_their_portraits(tmp_path: Path) -> None:
    runs = Runs()
    for seed in range(3):
        group = Group()
        group.add(np.random.default_rng(seed).random(4))
        runs.add(Portrait(ending=("raised",), steps=1, groups={("call", 1): group}))
    found = written(tmp_path, runs)
    assert found.moving == runs.moving == {("call", 1)}
    first, again = found.portraits[0], runs.portraits[0]
    assert (first.ending, first.steps) == (again.ending, again.steps)
    assert first.groups[("call", 1)].numbers() == again.groups[("call", 1)].numbers()


def test_what_cannot_be_kept_says_so(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="object cannot be kept in a table"):
        written(tmp_path, [object()])


@pytest.mark.parametrize(
    "data",
    [b"", b"\xff\x00", b"\x93\xa4list\x90", b"\x92\xa4list\x91\xc3", b"\x92\xa9NoSuchOne\x90",
     b"\x92\xa4Step\x90\x01", b"\x94\xa5array\xa2??\x90\xc4\x00", b"\xa4text"],
    ids=["empty", "no msgpack", "too many parts", "a list", "unknown class", "broken class",
         "broken array", "a text"],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_made_again(data: bytes, tmp_path: Path) -> None:
    written(tmp_path, 1)
    (path,) = tmp_path.iterdir()
    path.write_bytes(data)
    assert Table(tmp_path).of(PLACE) == {}
    assert written(tmp_path, 2) == 2


def test_each_test_case_has_a_file_of_its_own_and_only_what_is_new_is_written(
    tmp_path: Path,
) -> None:
    table = Table(tmp_path)
    for place in ("q/one", "q/two", "q/three"):
        table.of(place)["key"] = place
    table.note_change("q/one")
    table.note_change("q/two")
    table.save()
    assert len(list(tmp_path.iterdir())) == 2
    assert Table(tmp_path).of("q/two") == {"key": "q/two"}
    for path in tmp_path.iterdir():
        path.unlink()
    table.save()
    assert list(tmp_path.iterdir()) == []


def test_a_table_without_a_folder_is_kept_in_memory() -> None:
    table = Table(None)
    table.of(PLACE)["key"] = 1
    table.note_change(PLACE)
    table.save()
    assert table.of(PLACE) == {"key": 1}


def test_where_nothing_can_be_written_grading_goes_on(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    table = Table(tmp_path / "file" / "table")
    table.of(PLACE)["key"] = 1
    table.note_change(PLACE)
    table.save()
    assert table.of(PLACE) == {"key": 1}


def test_what_was_not_used_for_long_is_removed(tmp_path: Path) -> None:
    day = 86400
    for name, days in (("old", TABLE_DAYS + 1), ("recent", TABLE_DAYS - 1)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text("")
        os.utime(tmp_path / name, (time.time() - days * day,) * 2)
    written(tmp_path / "new", 1)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new", "recent"]
    assert (tmp_path / "new").stat().st_mode & 0o077 == 0


def test_a_change_of_the_assignment_makes_a_table_of_its_own(
    known: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    def keep(value: int | None = None) -> Any:
        table = table_of(load(known))
        if value is not None:
            table.of(PLACE)["key"] = value
            table.note_change(PLACE)
            table.save()
        return table.of(PLACE).get("key")

    keep(1)
    assert keep() == 1
    notes = known / "notes.txt"
    notes.write_text("changed")
    try:
        assert keep() is None
    finally:
        notes.unlink()
    assert keep() == 1
