"""The class that benchmarks/class.py grades is what its page says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import varied

from grader.course import assignment
from grader.model import Outcome
from grader.proof.elsewhere import Bench

pytestmark = pytest.mark.slow
ASSIGNMENTS = ["shallow_narrow", "batchnorm", "optimizers", "dropout", "softmax", "weight_decay"]
ASSIGNMENTS += ["regression_net"]


def _cells(path: Path) -> list[str]:
    return [cell["source"] for cell in json.loads(path.read_text("utf-8"))["cells"]]


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_no_two_are_alike_and_half_are_right(name: str, tmp_path: Path) -> None:
    asked = assignment.load(name)
    right, wrong = varied.right(asked), varied.wrong(asked)
    count = 2 * max(len(right), len(wrong)) + 3  # some have to come again
    paths = varied.write(asked, tmp_path / "class", count)
    assert paths == sorted((tmp_path / "class").iterdir())
    assert len(paths) == count
    cells = [cell for path in paths for cell in set(_cells(path))]
    assert len(set(cells)) == len(cells)  # nothing is gained by having seen one before
    # Without what is the student's own, each is one of those, in turn.
    own = slice(1, -varied.PLOTS)
    bare = [tuple(cell.rpartition("\n")[0] for cell in _cells(path)[own]) for path in paths]
    some_right, some_wrong = (
        {tuple(cell.rstrip() for cell in cells) for cells in half} for half in (right, wrong)
    )
    assert set(bare[::2]) == some_right
    assert set(bare[1::2]) == some_wrong
    assert not some_right & some_wrong
    plots = [cell for path in paths for cell in _cells(path)[-varied.PLOTS :]]
    assert all(cell.endswith("plt.show()") for cell in plots)


def test_notebooks_that_compute(tmp_path: Path) -> None:
    asked = assignment.load("softmax")
    (plain,) = varied.write(asked, tmp_path / "plain", 1)
    (path,) = varied.write(asked, tmp_path / "computing", 1, computing=4)
    added = [cell for cell in _cells(path) if cell not in _cells(plain)]
    assert len(added) == 4
    assert all(cell.startswith(varied.COMPUTES_A_SECOND) for cell in added)


def test_right_ones_pass_and_wrong_ones_do_not() -> None:
    asked = assignment.load("softmax")
    bench = Bench(asked)

    def earns_all(cells: Any) -> bool:
        attempts = bench.attempts(varied.owned(cells, 7, 0))
        return all(attempt.result.outcome is Outcome.PASSED for attempt in attempts)

    assert all(map(earns_all, varied.right(asked)))
    assert not any(map(earns_all, varied.wrong(asked)))


@pytest.mark.parametrize(
    ("items", "count", "expected"),
    [("abcd", 2, "ac"), ("abc", 3, "abc"), ("abc", 7, "abcabca"), ("abcdefg", 3, "ace")],
)
def test_spread(items: str, count: int, expected: str) -> None:
    assert "".join(varied.spread(items, count)) == expected
