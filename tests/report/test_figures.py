"""Pictures: how they travel, and that drawing one can fail without harm."""

from __future__ import annotations

import math
import re
import runpy
import timeit
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from grader.bounds import PICTURE_BYTES
from grader.course.assignment import load
from grader.course.hooks import course
from grader.course.master import read
from grader.judge.grade import Grader
from grader.judge.pictures import Pictures
from grader.model import Figure, Outcome
from grader.report.figures import (
    STUDENT,
    Board,
    Mark,
    styled,
    svg,
)
from grader.report.page import FeedbackPage
from grader.sandbox.outside.host import Zygote
from tests.cases import examples, spread
from tests.conftest import MakeCourse
from tests.courses import course as solved
from tests.courses import of_cells

from .results import case, result

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]

DRAW = """
from grader.report.figures import styled

def draw(question, env):
    with styled() as (figure, (axis,)):
        axis.plot([env["double"](1), 2])
    yield figure, "Twice", "A line"
    {last}

def draw_for_all(env):
    if "race" in env:
        with styled() as (figure, (axis,)):
            axis.plot(env["race"])
        yield "bonus", figure, "Race", "A curve"
"""


@pytest.mark.parametrize(("size", "count"), [(PICTURE_BYTES, 1), (PICTURE_BYTES + 1, 0)])
def test_a_picture_that_is_too_large_is_left_out(
    make_course: MakeCourse, size: int, count: int
) -> None:
    assignment = make_course()
    (assignment.folder / "figures.py").write_text(
        f"def draw_for_all(env):\n    yield 'q', b'x' * {size}, 'c', 'a'\n"
    )
    assert len(Pictures(assignment).draw([], {})) == count  # type: ignore[arg-type]


def test_a_drawing_is_small_reproducible_and_has_no_background() -> None:
    def drawn() -> bytes:
        with styled(2) as (drawing, (left, _)):
            left.plot([1, 2], color=STUDENT, label="yours")
            left.legend()
        return svg(drawing)

    assert drawn() == drawn()
    assert b">yours</text>" in drawn()
    assert b"fill: #ffffff" not in drawn()
    assert len(drawn()) < 30_000


@pytest.fixture
def draw(make_course: MakeCourse) -> Callable[..., list[Figure]]:
    """Draws for results of the small course, whose ``double`` is given."""

    def drawn(
        *outcomes: Outcome, double: object = float, last: str = "", **more: object
    ) -> list[Figure]:
        assignment = make_course()
        (assignment.folder / "figures.py").write_text(DRAW.format(last=last))
        cases = [case(question="double", outcome=outcome) for outcome in outcomes]
        names = {"double": double, **more}
        return list(Pictures(assignment).draw(cases, names))  # type: ignore[arg-type]

    return drawn


def test_a_question_with_a_wrong_answer_is_drawn_once(draw: Callable[..., list[Figure]]) -> None:
    (figure,) = draw(Outcome.FAILED, Outcome.ERROR, Outcome.PASSED)
    assert (figure.question, figure.caption, figure.alt) == ("double", "Twice", "A line")


@pytest.mark.parametrize("outcome", [Outcome.PASSED, Outcome.MISSING])
def test_what_has_no_wrong_answer_is_not_drawn(
    draw: Callable[..., list[Figure]], outcome: Outcome
) -> None:
    assert draw(outcome) == []


def test_what_fails_while_it_is_drawn_leaves_no_picture(draw: Callable[..., list[Figure]]) -> None:
    def broken(x: float) -> float:
        raise TypeError("a student's error")

    assert draw(Outcome.FAILED, double=broken) == []


@pytest.mark.parametrize(
    ("highest", "caption"), [(1.0, "c"), (3.0, "c What leaves the picture is cut off.")]
)
def test_a_caption_says_where_something_is_cut_off(
    board: Board, make_course: MakeCourse, highest: float, caption: str
) -> None:
    assignment = make_course()
    (assignment.folder / "figures.py").write_text("def draw_for_all(env):\n    yield env['it']\n")
    picture = board.marked(Mark(points=[(0, 0), (1, highest)]))
    (figure,) = Pictures(assignment).draw([], {"it": ("double", picture, "c", "a")})  # type: ignore[arg-type]
    assert str(figure.caption) == caption


def test_some_pictures_are_for_everybody(draw: Callable[..., list[Figure]]) -> None:
    (figure,) = draw(Outcome.PASSED, race=[3, 2, 1])
    assert (figure.question, figure.caption) == ("bonus", "Race")


def test_a_picture_of_no_graded_question_has_a_place_of_its_own() -> None:
    bonus = Figure(question="bonus", caption="The race", alt="Six curves", image=b"<svg/>")
    graded = result(cases=(case(question="q"),))
    page = FeedbackPage().render(replace(graded, figures=(bonus,)), title="t")
    assert page.index("Not graded") < page.index("The race")
    assert "Not graded" not in FeedbackPage().render(graded, title="t")


@pytest.fixture
def board() -> Board:
    """Two axes from 0 to 1, the second one with a logarithmic scale from 1 to 100."""
    with styled(2) as (drawing, axes):
        axes[0].set(xlim=(0, 1), ylim=(0, 1))
        axes[1].set(xlim=(0, 1), ylim=(1, 100), yscale="log")
    return Board(drawing, axes)


def _places(panels: Sequence[bytes]) -> list[list[float]]:
    """The x and y of the marks' lines on the second panel, in points."""
    marks = panels[1].decode().rpartition("</clipPath>")[2]
    paths = re.findall(r'<path d="([^"]*)" fill="none"', marks)
    return [[float(n) for n in re.findall(r"-?[\d.]+", path)] for path in paths]


def test_marks_lie_where_matplotlib_would_draw_them(board: Board) -> None:
    with styled(2) as (drawing, axes):
        axes[0].set(xlim=(0, 1), ylim=(0, 1))
        axes[1].set(xlim=(0, 1), ylim=(1, 100), yscale="log")
        axes[1].plot([0.25, 0.75], [3.0, 40.0], gid="line")
    drawn = re.search(r'id="line">\s*<path d="([^"]*)"', svg(drawing).decode())
    assert drawn
    right = [float(n) for n in re.findall(r"-?[\d.]+", drawn[1])]
    (own,) = _places(board.marked(Mark(points=[(0.25, 3.0), (0.75, 40.0)], axis=1)))
    assert own == pytest.approx(right, abs=0.06)


@pytest.mark.parametrize("strange", [math.nan, math.inf])
def test_a_line_is_interrupted_where_there_is_nothing_to_show(board: Board, strange: float) -> None:
    points = [(0.1, 2.0), (0.2, 3.0), (0.3, strange), (0.4, 4.0)]
    picture = board.marked(Mark(points=points, axis=1))
    path = re.findall(r'<path d="([^"]*)" fill="none"', picture[1].decode())[-1]
    assert path.count("M") == 2
    assert path.count("L") == 1


LINE = [(0.1, 0.1), (0.5, 0.5), (0.9, 0.9)]


@pytest.mark.parametrize(
    ("points", "shown"),
    [
        (LINE, False),
        ([(0.2, 0.2), (0.9, 0.9), (0.1, 0.1)], False),  # other steps along the same line
        ([(0.1, 0.1), (0.5, 0.505), (0.9, 0.9)], False),  # less than two pixels off
        ([(0.1, 0.1), (0.5, 0.55), (0.9, 0.9)], True),
        (LINE[:2], True),  # it ends too early
        ([*LINE[:2], (math.nan, 0.9), LINE[2]], True),
        ([], False),  # nothing of the student's is there to be seen
        ([(math.nan, 0.1)], False),
        ([(5.0, 0.1), (5.0, 0.9)], False),
    ],
)
def test_a_picture_is_left_out_where_no_difference_can_be_seen(
    board: Board, points: list[tuple[float, float]], shown: bool
) -> None:
    mark = Mark(points=points, right=LINE)
    assert bool(board.marked(mark, Mark(points=[(0.5, 9.0)], axis=1))) == shown
    assert board.marked(Mark(points=points))  # nothing says where it should lie


def test_what_leaves_the_axes_is_not_seen_either(board: Board) -> None:
    far, farther = [*LINE, (1.0, 5.0)], [*LINE, (1.0, 7.0)]
    assert board.marked(Mark(points=far, right=farther)) == ()
    assert board.marked(Mark(points=[], right=())) == ()
    assert board.marked(Mark(points=LINE, right=(), width=0.0, shape="box"))


def test_points_without_a_line_must_lie_on_points(board: Board) -> None:
    between = [(0.3, 0.3), (0.5, 0.5), (0.9, 0.9)]
    assert board.marked(Mark(points=between, right=LINE, width=0.0, shape="circle"))


def test_each_axes_is_a_panel_of_its_own(board: Board) -> None:
    marks = Mark(points=LINE, shape="circle"), Mark(points=[(0.5, 9.0)], axis=1, shape="cross")
    left, right = map(ElementTree.fromstring, board.marked(*marks))
    start, _, width, _ = map(float, left.attrib["viewBox"].split())
    assert start < 20
    assert start + width < float(right.attrib["viewBox"].split()[0]) + 60
    assert [STUDENT in ElementTree.tostring(panel).decode() for panel in (left, right)] == [
        True
    ] * 2


@given(
    points=st.lists(st.tuples(st.floats(), st.floats()), max_size=20),
    shape=st.sampled_from(["", "circle", "square", "box", "diamond", "cross"]),
)
@examples(
    50,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_whatever_a_student_computes_the_picture_is_an_image(
    board: Board, points: list[tuple[float, float]], shape: str
) -> None:
    marks = [Mark(points=points, axis=axis, shape=shape) for axis in (0, 1)]
    for panel in board.marked(*marks):
        ElementTree.fromstring(panel)
        assert not re.search(rb"\b(nan|inf)\b", panel)


def test_marks_cost_a_fraction_of_drawing() -> None:
    def drawn() -> Board:
        with styled() as (drawing, axes):
            axes[0].plot([0, 1])
        return Board(drawing, axes)

    board = drawn()
    whole = min(timeit.repeat(drawn, number=1, repeat=3))
    marks = Mark(points=np.zeros((40, 2)), shape="circle")
    marking = min(timeit.repeat(lambda: board.marked(marks), number=1, repeat=5))
    assert marking < whole / 5


def test_letters_follow_a_dark_page(board: Board) -> None:
    assert b"@media(prefers-color-scheme:dark){text{" in board.marked()[0]


#: Of every assignment, the questions; by their files, since reading the assignments takes a while.
QUESTIONS = [
    (path.parts[-3], path.stem) for path in sorted(ROOT.glob("assignments/*/tests/*.py"))
    if path.stem != "init"
]  # fmt: skip
#: What is drawn for everybody, right or wrong, from the solution's definitions.
FOR_ALL = {"initialization": ["layers"]}


@pytest.mark.parametrize(("name", "question"), spread(QUESTIONS, 3))
def test_a_picture_of_the_solution_would_show_no_difference(
    name: str, question: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assignment = load(ROOT / "assignments" / name)
    cells = read(assignment.notebook).solution
    namespace: dict[str, object] = {}
    if name != "optimizers":  # its later cells train for a second
        source = "\n".join(cells)
    else:
        source = "\n".join(cell for cell in cells if "class " in cell or "import numpy" in cell)
    exec(source.partition("\ntry:")[0].partition("\nmodel =")[0], namespace)
    failed = case(question=question, outcome=Outcome.FAILED)
    pictures = Pictures(assignment)
    drawn = pictures.draw([failed], namespace)  # type: ignore[arg-type]
    for_all = [figure.question for figure in drawn]
    assert for_all == FOR_ALL.get(name, [])
    # All that is drawn must work all the same.
    monkeypatch.setattr(Board, "_differs", lambda board, mark: True)
    drawn = pictures.draw([failed], namespace)  # type: ignore[arg-type]
    figure, *others = drawn
    assert [figure.question, *(other.question for other in others)] == [question, *for_all]
    for panel in figure.panels:
        ElementTree.fromstring(panel)


def test_the_race_is_still_the_one_of_the_notebook() -> None:
    folder = ROOT / "assignments" / "optimizers"
    with course(ROOT):
        from reference import optimizers

        train = runpy.run_path(str(folder / "race.py"))["train"]
    curves = train(optimizers, 8)
    stored = np.loadtxt(folder / "race.csv", delimiter=",", skiprows=1)[:8].T
    for losses, kept in zip(curves.values(), stored, strict=True):
        np.testing.assert_allclose(losses, kept, rtol=1e-2)


WRONG = {
    "hyperparameters": """
def sample_learning_rate(low, high, size, rng):
    return rng.uniform(low, high, size)
sample_beta = sample_learning_rate
def sample_units(low, high, size, rng):
    return rng.integers(low, (low + high) // 2, size)
def minimize(w0, lr, steps):
    return 3 + (w0 - 3) * (1 - 2 * lr) ** np.arange(steps + 1)
""",
    "initialization": """
def xavier(n_in, n_out):
    return np.random.randn(n_in, n_out) / n_in
he = xavier
""",
    "softmax": """
def softmax(z):
    return np.exp(z) / np.exp(z).sum()
def cross_entropy(y_hat, y):
    return -np.sum(y * np.log(y_hat + 1e-9))
def softmax_grad(z, y):
    return z - y
""",
}


@pytest.mark.parametrize("name", spread(WRONG, 3))
def test_what_is_isolated_has_its_pictures_too(name: str, zygote: Zygote) -> None:
    assignment, cells = solved(name)
    drawn = Grader(assignment, zygote=zygote).grade(of_cells(*cells, WRONG[name])).figures
    questions = [question.name for question in assignment.questions]
    assert sorted(figure.question for figure in drawn) == sorted(questions + FOR_ALL.get(name, []))
