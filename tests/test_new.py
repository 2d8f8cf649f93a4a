"""``grader new``: the skeleton is an assignment that holds, and nothing is overwritten."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from grader.commands.new import write_from_reference, write_skeleton, write_stubs
from grader.commands.verify import verify
from grader.course.assignment import load
from grader.errors import UsageError
from tests.cases import spread

pytestmark = pytest.mark.usefixtures("one_interpreter")


@pytest.mark.slow
def test_a_skeleton_is_sound_as_it_stands(tmp_path: Path) -> None:
    write_skeleton("softmax", tmp_path)
    made = load("softmax", start=tmp_path)
    checks = verify([made], jobs=1, repetitions=0, tell=lambda text: None)
    assert [check for check in checks if check.finding] == []
    assert made.max_score == 4.0


def test_it_goes_into_the_course_that_holds_the_current_folder(tmp_path: Path) -> None:
    here = tmp_path / "assignments" / "other"
    here.mkdir(parents=True)
    (tmp_path / "reference").mkdir()
    (tmp_path / "reference" / "__init__.py").write_text("# the course's own\n")
    paths = write_skeleton("softmax", here)
    assert all(path.is_file() and "softmax" in str(path) for path in paths)
    assert all("NAME" not in path.read_text("utf-8") for path in paths)
    assert paths[0] == tmp_path / "assignments" / "softmax" / "assignment.toml"
    assert (tmp_path / "reference" / "__init__.py").read_text() == "# the course's own\n"


@pytest.mark.parametrize("name", ["", "two words", "soft-max", "class", "9lives", "../up", "Upper"])
def test_a_name_that_python_cannot_import_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be an assignment's name"):
        write_skeleton(name, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("taken", ["assignments/softmax/notes.txt", "reference/softmax.py"])
def test_what_is_there_is_not_overwritten(tmp_path: Path, taken: str) -> None:
    path = tmp_path / taken
    path.parent.mkdir(parents=True)
    path.write_text("mine")
    with pytest.raises(UsageError, match="exists already"):
        write_skeleton("softmax", tmp_path)
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == [path]
    assert path.read_text() == "mine"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("asked", "is_class", "points"),
    spread(
        [
            (("Layer(gamma, beta=0.5)", "forward(x)", "backward(dout)"), True, 4.0),
            (("softmax(z)", "cross_entropy(y_hat, y, guard=0.1)"), False, 4.0),
            (("rate(step=0.5)",), False, 2.0),
        ],
        3,
    ),
)
def test_stubs_of_signatures_are_sound_as_they_stand(
    tmp_path: Path, asked: tuple[str, ...], is_class: bool, points: float
) -> None:
    write_stubs("made", tmp_path, asked, is_class=is_class)
    made = load("made", start=tmp_path)
    checks = verify([made], jobs=1, repetitions=1, otter=False, mutate=True)
    assert [check for check in checks if check.finding] == []
    assert made.max_score == points


@pytest.mark.parametrize(
    ("asked", "is_class"),
    [
        (("softmax(z)", "cross_entropy(y_hat, y, guard=0.1)"), False),
        (("Layer(gamma, beta=0.5)", "forward(x)", "backward(dout)"), True),
        (("called(rate=0.5)",), False),
    ],
)
def test_all_that_is_written_can_be_read(
    tmp_path: Path, asked: tuple[str, ...], is_class: bool
) -> None:
    paths = write_stubs("made", tmp_path, asked, is_class=is_class)
    texts = {path.relative_to(tmp_path).as_posix(): path.read_text("utf-8") for path in paths}
    for place, text in texts.items():
        assert "{{" not in text
        if place.endswith(".py"):
            compile(text, place, "exec")
    names = [signature.partition("(")[0] for signature in asked[is_class:]]
    tests = {place for place in texts if "/tests/" in place}
    assert tests == {f"assignments/made/tests/{name}.py" for name in names}
    made = load("made", start=tmp_path)
    assert made.names == (("Layer",) if is_class else tuple(names))
    assert made.max_score == 2.0 * len(names)


@pytest.mark.parametrize(
    ("asked", "is_class", "said"),
    [
        (("softmax",), False, "no signature"),
        (("softmax(z",), False, "no signature"),
        (("_hidden(z)",), False, "begins with _"),
        (("softmax(*z)",), False, "plain parameters only"),
        (("softmax(z, fast=True)",), False, "no number"),
        (("softmax(result)",), False, "result is a name that the stubs use"),
        (("softmax(z)", "softmax(y)"), False, "twice"),
        (("softmax()",), False, "nothing that its result could depend on"),
        ((), False, "Name what is asked for"),
        (("Layer(gamma)",), True, "Name what is asked for"),
        (("Layer(gamma)", "forward(self, x)"), True, "names self"),
    ],
)
def test_signatures_that_cannot_be_used_are_refused(
    tmp_path: Path, asked: tuple[str, ...], is_class: bool, said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        write_stubs("made", tmp_path, asked, is_class=is_class)
    assert list(tmp_path.iterdir()) == []


REFERENCE = '''"""Scaling, and a layer that scales."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_HALF = 0.5


def _scale(x: Array) -> Array:
    return math.sqrt(_HALF) * x


def scaled(x: Array, twice: bool = False) -> Array:
    """Return x, scaled."""
    found: Array = _scale(_scale(x)) if twice else _scale(x)
    return found


class Layer:
    """Scales by a factor."""

    def __init__(self, factor: Array) -> None:
        self.factor = factor

    def forward(self, x: Array) -> Array:
        return self._by(x)

    def _by(self, x: Array) -> Array:
        return scaled(x) * self.factor
'''


@pytest.mark.slow
def test_a_references_source_is_the_notebooks_solution(tmp_path: Path) -> None:
    (tmp_path / "reference").mkdir()
    path = tmp_path / "reference" / "scaling.py"
    path.write_text(REFERENCE)
    write_from_reference("scaling", tmp_path)
    assert path.read_text() == REFERENCE
    made = load("scaling", start=tmp_path)
    assert made.names == ("scaled", "Layer")
    text = "\n".join("".join(c["source"]) for c in json.loads(made.notebook.read_text())["cells"])
    assert "NDArray" not in text
    assert "import math" in text
    checks = verify([made], jobs=1, repetitions=0, otter=False)
    # What nobody has said yet: which mistakes there are, and when "twice" is to be given.
    assert {check.kind for check in checks if check.finding} == {"mistake", "cheat"}


@pytest.mark.parametrize(
    ("source", "said"),
    [(None, "is not there"), ("def f(:", "is no Python"), ("x = 1\n", "defines no function")],
)
def test_a_reference_that_cannot_be_used_is_told(
    tmp_path: Path, source: str | None, said: str
) -> None:
    (tmp_path / "reference").mkdir()
    if source is not None:
        (tmp_path / "reference" / "scaling.py").write_text(source)
    with pytest.raises(UsageError, match=said):
        write_from_reference("scaling", tmp_path)
    assert not (tmp_path / "assignments").exists()


RESTING = '''"""Two sums."""


def scaled(x):
    """Return x, scaled."""
    return 2.5 * x


def shifted(x, y):
    """Return x, scaled and shifted."""
    return scaled(x) - 0.5 * y
'''


@pytest.mark.long
def test_from_a_reference_to_green_by_adopted_mistakes_and_their_hints(tmp_path: Path) -> None:
    (tmp_path / "reference").mkdir()
    (tmp_path / "reference" / "sums.py").write_text(RESTING)
    write_from_reference("sums", tmp_path)
    text = (tmp_path / "assignments" / "sums" / "tests" / "shifted.py").read_text()
    assert 'resting_on("scaled")' in text
    made = load("sums", start=tmp_path)
    verify([made], jobs=1, repetitions=0, otter=False, adopt=True)
    path = made.folder / "mistakes.py"
    assert 'hint=""' in path.read_text()
    path.write_text(path.read_text().replace('hint=""', 'hint="Look at the numbers."'))
    checks = verify([load("sums", start=tmp_path)], jobs=1, repetitions=0, otter=False)
    # None is charged twice, though what is wrong in "scaled" is so in "shifted", too.
    assert [check for check in checks if check.finding] == []
    assert sum(check.kind == "mistake" for check in checks) > 3
