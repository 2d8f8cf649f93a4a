"""Which of several explanations is told, by the traces of code that is run in this process."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.course import assignment
from grader.judge.diagnose import Attempt, Diagnoser
from grader.judge.diagnose.replay import run_on
from grader.model import CaseResult, Outcome
from tests.conftest import SETTINGS

from .conftest import NOISE

SOLUTION = """
import numpy as np
def scale(x):
    y = 2 * x
    return y + 1
def total(x):
    return scale(x).sum()
def noise(n):
    return np.random.rand(n)
class Layer:
    def forward(self, x):
        self.x = x.copy()
        return x**2
    def backward(self, dout):
        return 2 * self.x * dout
"""
#: A test file of scenarios, in which all results are looked at.
LAYER = """
import numpy as np
from grader.checks.exercise import Exercise
from grader.checks.scenario import Run

OK_FORMAT = False
name = "layer"
points = 2
{reference}
RUNS = [
    Run(x=np.array([0.3, -1.7, 2.2]), dout=np.array([1.4, 0.6, -0.8])),
    Run(x=np.array([1.1, 0.4, -0.9]), dout=np.array([-0.5, 2.3, 0.7])),
]

def forward(Layer, run):
    return {{"out": Layer().forward(run.x)}}

def both(Layer, run):
    layer = Layer()
    return {{"out": layer.forward(run.x), "dx": layer.backward(run.dout)}}

exercise = Exercise(Layer, runs=RUNS)
first = exercise.agrees(forward, name="forward", points=1, says="forward must square.")
second = exercise.agrees(both, name="both", points=1, says="dx is the derivative.")
"""
TESTS = """
import numpy as np
from otter.test_files import test_case
from grader import checks

OK_FORMAT = False
name = "{name}"
points = 2
X = np.array([3.0, -1.0, 2.5, 0.25])

@test_case(name="values", hidden=True)
def test_values({name}):
    checks.value({name}(X.copy()), {right}, name="{name}")

@test_case(name="zeros", hidden=True)
def test_zeros({name}):
    checks.value({name}(np.zeros(4)), {zeros}, name="{name}")
"""
MISTAKES = """
from grader.model import Mistake

def _m(number, name, hint, loses, *changes):
    return Mistake(number=number, name=name, loses=frozenset(loses), hint=hint, changes=changes)

MISTAKES = (
    _m(1, "triple", "The factor.", ["scale/values"], ("2 * x", "3 * x")),
    _m(2, "no offset", "The offset.", ["scale"], ("y + 1", "y")),
    _m(3, "negative offset", "The offset is large.", ["scale"], ("y + 1", "y - 1")),
    _m(4, "mean", "A sum.", ["total"], (".sum()", ".mean()")),
    _m(5, "half of twice", "A sum.", ["total"], (".sum()", ".sum() / len(x)")),
    _m(6, "product", "Very long: no product.", ["total"], (".sum()", ".prod()")),
    _m(6, "product, too", "No product.", ["total"], (".sum()", ".cumprod()[-1]")),
    _m(7, "one more", "One too many.", ["total"], (".sum()", ".sum() + 1")),
    _m(8, "one more here, and there", "Two too many.", ["total", "scale"],
       (".sum()", ".sum() + 1"), ("y + 1", "y + 2")),
    _m(10, "no x", "The derivative by x.", ["layer/both"], ("2 * self.x * dout", "2 * dout")),
    _m(11, "no 2", "The derivative of a square.", ["layer/both"],
       ("2 * self.x * dout", "self.x * dout")),
    _m(12, "cubes", "A square, no cube.", ["layer"], ("x**2", "x**3")),
    _m(13, "a sign", "The sign of dx.", ["layer/both"],
       ("return 2 * self.x * dout", "dx = 2 * self.x * dout\\nreturn -dx")),
    _m(9, "half", "Half of it.", ["noise"], ("rand(n)", "rand(n) / 2")),
)
"""
Explain = Callable[[str], dict[str, CaseResult]]


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("course") / "assignments" / "explained"
    (folder / "tests").mkdir(parents=True)
    names = SETTINGS.replace('["double"]', '["scale", "total", "noise", "Layer"]')
    (folder / "assignment.toml").write_text(names)
    for name, right, zeros in (("scale", "2 * X + 1", "np.ones(4)"), ("total", "13.5", "4.0")):
        test = TESTS.format(name=name, right=right, zeros=zeros)
        (folder / "tests" / f"{name}.py").write_text(test)
    (folder / "tests" / "noise.py").write_text(NOISE)
    reference = SOLUTION[SOLUTION.index("class Layer") :]
    (folder / "tests" / "layer.py").write_text(LAYER.format(reference=reference))
    (folder / "mistakes.py").write_text(MISTAKES)
    cell = {"cell_type": "code", "source": SOLUTION, "metadata": {}, "outputs": []}
    notebook = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (folder / "explained.ipynb").write_text(json.dumps(notebook))
    return folder


@pytest.fixture
def explain(course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Explain:
    """Runs the solution with a student's code after it; gives the results by test case."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    asked = assignment.load(course)

    def explained(code: str) -> dict[str, CaseResult]:
        pairs = [(question, case) for question in asked.questions for case in question.cases]
        ran = run_on([case for _, case in pairs], [SOLUTION, code])
        attempts = []
        for (question, case), (trace, error) in zip(pairs, ran, strict=True):
            outcome = Outcome.PASSED if error is None else Outcome.FAILED
            result = CaseResult(question=question.name, test_case=case.name, hidden=True,
                                outcome=outcome, points=0.0, max_points=1.0)  # fmt: skip
            attempts.append(Attempt(case, trace, result))
        found = Diagnoser(asked).explain(attempts)
        return {f"{one.question}/{one.test_case}": one for one in found}

    return explained


def named(result: CaseResult) -> tuple[int | None, str]:
    return result.mistake, str(result.hint or "")


@pytest.mark.parametrize(
    ("code", "place", "mistake", "hint"),
    [
        ("def scale(x):\n    return x + x + x + 1", "scale/values", 1, "The factor."),
        ("def scale(x):\n    return x + x", "scale/values", 2, "The offset."),
        ("def scale(x):\n    return x + x", "scale/zeros", 2, "The offset."),
        # Two at once, of which this test case shows both, and that one the offset alone.
        ("def scale(x):\n    return 3 * x", "scale/values", 1, "The factor. The offset."),
        ("def scale(x):\n    return 3 * x", "scale/zeros", 2, "The offset."),
        # Of two that give the same: one hint and no number, or one number and the shorter hint.
        ("def total(x):\n    return scale(x).mean()", "total/values", None, "A sum."),
        ("def total(x):\n    return np.prod(scale(x))", "total/values", 6, "No product."),
        # One that costs what was passed is not there.
        ("def total(x):\n    return scale(x).sum() + 1", "total/values", 7, "One too many."),
        ("def noise(n):\n    return np.random.rand(n) * 0.5", "noise/share", 9, "Half of it."),
        # One that does not show where it should, in what passed or what failed, is not there.
        ("def scale(x):\n    return 2 * x + (0 if x.any() else 1)", "scale/values", None, ""),
        ("def scale(x):\n    return 3 * x + (1 if x.any() else 5)", "scale/values", None, ""),
        ("def total(x):\n    return scale(x).sum() + (1 if x.any() else 99)", "total/values",
         None, ""),
        # What nothing explains.
        ("def scale(x):\n    return 2.2 * x + 1", "scale/values", None, ""),
        ("def scale(x):\n    return 2.2 * x + 1", "scale/zeros", None, ""),
        ("def scale(x):\n    return 3.01 * x", "scale/values", None, ""),
        ("def noise(n):\n    return np.random.rand(n) / 7", "noise/share", None, ""),
        ("def scale(x):\n    return None", "scale/values", None, ""),
    ],
)  # fmt: skip
def test_the_best_explanation_is_told(
    explain: Explain, code: str, place: str, mistake: int | None, hint: str
) -> None:
    assert named(explain(code)[place]) == (mistake, hint)


CUBES = "    def forward(self, x):\n        self.x = x + 0\n        return x * x * x\n"
BACK = "    def backward(self, dout):\n        return {}\n"


@pytest.mark.parametrize(
    ("parts", "forward", "both"),
    [
        (BACK.format("dout + dout"), (None, ""), (10, "The derivative by x.")),
        (BACK.format("dout * self.x"), (None, ""), (11, "The derivative of a square.")),
        (BACK.format("-(dout + dout) * self.x"), (None, ""), (13, "The sign of dx.")),
        (CUBES, (12, "A square, no cube."), (12, "A square, no cube.")),
        # A second mistake is found beside the first, which is named alone where it is alone.
        (CUBES + BACK.format("self.x * dout"), (12, "A square, no cube."),
         (11, "The derivative of a square. A square, no cube.")),
        # Where nothing explains the rest, what explains a part may be another mistake.
        (CUBES + BACK.format("self.x * dout * 7"), (None, ""), (None, "")),
        (BACK.format("dout * self.x + 1e-3"), (None, ""), (None, "")),
        (BACK.format("[]"), (None, ""), (None, "")),
    ],
    ids=["by x", "of a square", "sign", "forward", "two", "one and an unknown one", "nearly",
         "nothing"],
)  # fmt: skip
def test_results_of_scenarios_are_explained_by_all_that_is_looked_at(
    explain: Explain, parts: str, forward: tuple[int | None, str], both: tuple[int | None, str]
) -> None:
    results = explain(f"class Layer(Layer):\n{parts}")
    assert (named(results["layer/forward"]), named(results["layer/both"])) == (forward, both)


def test_a_right_solution_is_given_no_mistake(explain: Explain) -> None:
    results = explain("def scale(x):\n    return 1 + x * 2").values()
    assert {(result.outcome, *named(result)) for result in results} == {(Outcome.PASSED, None, "")}


def test_a_mistake_in_one_function_is_not_looked_for_in_another(explain: Explain) -> None:
    """Whose total is wrong because of scale is told so there, and nothing of sums."""
    results = explain("def scale(x):\n    return 2 * x - 1")
    assert named(results["scale/values"]) == named(results["scale/zeros"]) == (
        3, "The offset is large.",
    )  # fmt: skip
    assert results["total/values"].outcome is Outcome.FAILED
    assert named(results["total/values"]) == (None, "")


@pytest.mark.parametrize(
    ("code", "has_answer"),
    [
        ("def scale(x):\n    return 2.2 * x + 1", True),
        ("def scale(x):\n    return 3 * x + 1", False),
        ("def scale(x):\n    return 2 * x + 1", False),
    ],
)
def test_an_answer_that_nobody_named_can_be_recognised(
    explain: Explain, code: str, has_answer: bool
) -> None:
    assert (explain(code)["scale/values"].answer is not None) is has_answer


def test_a_random_answer_is_never_the_same(explain: Explain) -> None:
    assert explain("def noise(n):\n    return np.random.rand(n) / 7")["noise/share"].answer is None
