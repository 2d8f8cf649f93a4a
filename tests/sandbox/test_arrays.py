"""What a caller does to its arrays, on either side of the pipe."""

from __future__ import annotations

import copy
from collections import namedtuple
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader.sandbox.outside import watch
from grader.sandbox.wire import arrays

Pair = namedtuple("Pair", "one two")


def things() -> dict[str, Any]:
    return {
        "floats": np.linspace(-2.0, 2.0, 6).reshape(2, 3),
        "whole": np.arange(4),
        "nested": {"W": np.ones((2, 2)), "several": [np.zeros(3), (np.full(2, 5.0),)]},
    }


def leaves(thing: Any) -> list[Any]:
    if isinstance(thing, dict):
        return [leaf for entry in thing.values() for leaf in leaves(entry)]
    if isinstance(thing, list | tuple):
        return [leaf for entry in thing for leaf in leaves(entry)]
    return [thing]


def test_overwrite_changes_each_array_in_place() -> None:
    given, before = things(), things()
    own = leaves(given)
    arrays.overwrite(given)
    for array, now, then in zip(own, leaves(given), leaves(before), strict=True):
        assert now is array
        assert (now.shape, now.dtype) == (then.shape, then.dtype)
        assert not np.any(now == then)


@pytest.mark.parametrize("dtype", ["f4", "f8", "i1", "i8", "u1", "u8"])
def test_overwrite_leaves_no_number_where_it_was(dtype: str) -> None:
    """Labels, too, which are small whole numbers; and 2.1, which was nearly its own other."""
    least = 0 if dtype[0] == "u" else -128
    numbers = np.repeat(np.arange(least, 128) if dtype[0] != "f" else np.arange(0, 6, 0.1), 7)
    for turn in range(7):  # each number at each place of the pattern
        given = np.roll(numbers, turn).astype(dtype)
        before = given.copy()
        arrays.overwrite(given)
        assert np.min(np.abs(given.astype(float) - before.astype(float))) > 0.4
    several = [float(number) for number in np.arange(0, 6, 0.1)]
    now = list(several)
    arrays.overwrite(now)
    assert min(abs(a - b) for a, b in zip(several, now, strict=True)) > 0.4


def test_overwrite_changes_numbers_in_lists_and_nothing_that_cannot_change() -> None:
    constant, flags, numbers = np.ones(2), np.array([True, False]), [1.0, 2.0]
    constant.flags.writeable = False
    arrays.overwrite([constant, flags, numbers, (1.0,), "text"])
    assert constant.tolist() == [1.0, 1.0]
    assert flags.tolist() == [True, False]
    assert not {1.0, 2.0} & {*numbers}


def test_fill_shift_and_rebind_are_of_arrays_that_are_kept_or_not() -> None:
    params = {"W": np.zeros(2), "b": np.ones(1)}
    kept = dict(params)
    arrays.shift(params, 0.5)
    assert params["W"] is kept["W"]
    assert params["W"].tolist() == [0.5, 0.5]
    arrays.rebind(params, 1.0)
    assert (params["W"].tolist(), kept["W"].tolist()) == ([1.5, 1.5], [0.5, 0.5])
    arrays.fill(params, {"V": np.ones(3)})
    assert list(params) == ["V"]
    arrays.fill(params["V"], 7.0)
    assert params["V"].tolist() == [7.0, 7.0, 7.0]


@pytest.mark.parametrize(("places", "keys"), [(0, "abc"), (1, "bca"), (5, "cab")])
def test_turned_is_the_same_mapping_in_another_order(places: int, keys: str) -> None:
    mapping = {key: np.full(2, ord(key)) for key in "abc"}
    found = arrays.turned(mapping, places)
    assert "".join(found) == keys
    assert all(np.array_equal(found[key], mapping[key]) for key in keys)
    assert not any(found[key] is mapping[key] for key in keys)
    assert arrays.turned({}, places) == {}


def test_moved_has_other_numbers_and_is_no_shift_and_no_scaling() -> None:
    given = {"x": np.linspace(1.0, 2.0, 5), "n": np.arange(3)}
    found = arrays.moved(given)
    assert given["x"].tolist() == np.linspace(1.0, 2.0, 5).tolist()
    assert np.ptp(found["x"] - given["x"]) > 0.1
    assert np.ptp(found["x"] / given["x"]) > 0.1
    assert found["n"].tolist() == [0, 1, 2]


def test_a_snapshot_is_what_was() -> None:
    given = things()
    found = arrays.snapshot(given)
    arrays.overwrite(given)
    for then, right in zip(leaves(found), leaves(things()), strict=True):
        np.testing.assert_array_equal(then, right)
    assert arrays.snapshot(Pair(1, [2])) == (1, [2])
    assert type(arrays.snapshot(Pair(1, 2))) is tuple


def test_numbered_makes_numbers_of_true_and_false_alone() -> None:
    found = arrays.numbered([np.array([True, False]), (True, np.False_), 3, "x"])
    assert found[0].tolist() == [1.0, 0.0]
    assert found[1:] == [(1.0, 0.0), 3, "x"]


def test_formulas_of_one_text_are_one_and_copies_too() -> None:
    double = arrays.formula("2 * z")
    assert double(4.0) == 8.0
    assert arrays.formula("2 * z") is double
    assert copy.deepcopy([double])[0] is double
    make, arguments = double.__reduce__()
    assert make(*arguments) is double


def test_what_lies_in_a_folder_is_measured_without_following_links(tmp_path: Path) -> None:
    assert watch._fits(tmp_path / "gone", 0)
    deep = tmp_path / "scratch" / "deep"
    deep.mkdir(parents=True)
    (deep / "file").write_bytes(b"x" * 20_000)
    (tmp_path / "large").write_bytes(b"x" * 200_000)
    (deep / "link").symlink_to(tmp_path / "large")
    assert watch._fits(tmp_path / "scratch", 60_000)
    assert not watch._fits(tmp_path / "scratch", 10_000)
    assert not watch._fits(tmp_path, 60_000)


def test_too_many_files_do_not_fit_however_small(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "MAX_SCRATCH_FILES", 3)
    for name in "abc":
        (tmp_path / name).touch()
    assert watch._fits(tmp_path, 1 << 20)
    (tmp_path / "d").touch()
    assert not watch._fits(tmp_path, 1 << 20)
