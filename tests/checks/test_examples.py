"""What a student can try: the code gives what is said of it, and holds nothing that is hidden."""

from __future__ import annotations

import contextlib
import io
import re
import warnings
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader.checks.callers import another_instance, called_twice
from grader.checks.carrying import Follows, Slope
from grader.checks.examples import short, smaller
from grader.checks.exercise import Exercise
from grader.checks.scenario import Run
from grader.course.assignment import Assignment, load
from grader.course.catalogue import cells
from grader.course.hooks import course
from grader.course.known import mistakes
from grader.course.testfile import quiet_import
from grader.model import Example

quiet_import("otter.test_files")  # its dependencies warn

ASSIGNMENTS = Path(__file__).resolve().parents[2] / "assignments"
NAMES = sorted(path.parent.name for path in ASSIGNMENTS.glob("*/mistakes.py"))
NUMBER = re.compile(r"-?\d+\.?\d*(?:e[-+]?\d+)?")
SAYS = "The layer must do what is asked."


class Layer:
    """The reference."""

    def __init__(self, scale: float = 2.0) -> None:
        self.scale = scale

    def forward(self, x: Any) -> Any:
        self.x = x.copy()
        return self.scale * x**2

    def backward(self, dout: Any) -> Any:
        return 2 * self.scale * self.x * dout


def used(Layer: Any, run: Run) -> Mapping[str, Any]:
    layer = Layer(run.scale)
    out = layer.forward(run.x)
    return {"out": out, "dx": layer.backward(run.dout)}


def run(x: tuple[float, ...], scale: float = 3.0) -> Run:
    return Run(scale=scale, x=np.array(x), dout=np.array(x[::-1]))


HIDDEN = [run((0.123, 7.1, -4.7)), run((6.3, 0.77, 5.9), scale=0.31)]
PUBLIC = [run((1.0, 2.0, 4.0))]
EXERCISE = Exercise(Layer, runs=HIDDEN, public=PUBLIC)


def tried(case: Any, message: str = "", **subjects: Any) -> Example | None:
    found: Example | None = case.test_func.example(message, **subjects)
    return found


class Cubes(Layer):
    def forward(self, x: Any) -> Any:
        super().forward(x)
        return self.scale * x**3


def test_a_wrong_result_is_shown_as_the_scenario_up_to_it_on_the_smallest_run() -> None:
    case = EXERCISE.agrees(used, "out", points=1, says=SAYS)
    assert tried(case, Layer=Cubes) == Example(
        "import numpy as np\n\n"
        "x = np.array([1.0, 2.0])\n"
        "layer = Layer(3.0)\n"
        "print(layer.forward(x))",
        "[3 24]",
        "[3 12]",
    )


def test_what_differs_from_run_to_run_is_not_shown() -> None:
    """The page would say of random numbers that these are the ones that the code gives."""
    rng = np.random.default_rng(0)

    class Drops(Layer):
        def forward(self, x: Any) -> Any:
            return super().forward(x) * (rng.random(x.shape) < 0.5)

    case = EXERCISE.agrees(used, "out", points=1, says=SAYS)
    assert [tried(case, Layer=Drops) for _ in range(20)] == [None] * 20


def test_the_right_numbers_stand_in_an_accepted_shape_as_the_students_do() -> None:
    class Rows(Cubes):
        def forward(self, x: Any) -> Any:
            return super().forward(x)[None]

    class RightRows(Layer):
        def forward(self, x: Any) -> Any:
            return super().forward(x)[None]

    case = EXERCISE.agrees(used, "out", points=1, says=SAYS)
    found = tried(case, Layer=Rows)
    assert found is not None
    assert (found.yours, found.right) == ("[[ 3 24]]", "[[ 3 12]]")
    shape = tried(case, Layer=RightRows)  # there the shape is all that is wrong
    assert shape is not None
    assert (shape.yours, shape.right) == ("[[ 3 12]]", "[3 12]")


@pytest.mark.parametrize(
    ("times", "end", "right"),
    [
        (1, "out = layer.forward(x)\nprint(out)", "[3 12]"),
        (
            2,
            'out = layer.forward(x)\nout2 = layer.forward(x)\nprint(out, out2, sep="\\n")',
            "[3 12]\n[3 12]",
        ),
    ],
)
def test_several_results_are_printed_as_python_prints_them(
    times: int, end: str, right: str
) -> None:
    def several(Layer: Any, run: Run) -> Mapping[str, Any]:
        layer = Layer(run.scale)
        return {"outs": tuple(layer.forward(run.x) for _ in range(times))}

    found = tried(EXERCISE.agrees(several, points=1, says=SAYS), Layer=Cubes)
    assert found is not None
    assert found.code.endswith(end)
    assert found.right == right


def test_what_is_right_in_public_is_not_shown() -> None:
    class Large(Layer):
        def forward(self, x: Any) -> Any:
            return np.minimum(super().forward(x), 60.0)

    case = EXERCISE.agrees(used, "out", points=1, says=SAYS)
    assert tried(case, Layer=Layer) is None
    assert tried(case, Layer=Large) is None
    assert (
        tried(Exercise(Layer, runs=HIDDEN).agrees(used, points=1, says=SAYS), Layer=Cubes) is None
    )


def test_what_follows_from_the_students_own_work_is_not_shown_as_wrong() -> None:
    class Doubles(Layer):
        def forward(self, x: Any) -> Any:
            return 2 * super().forward(x)

        def backward(self, dout: Any) -> Any:
            return 2 * super().backward(dout)

    def own(run: Run, own: Mapping[Any, Any], answers: Any) -> Mapping[str, Any]:
        return {"dx": 2 * np.array(own["out"]) / run.x * run.dout}

    plain = EXERCISE.agrees(used, "dx", name="plain", points=1, says=SAYS)
    carried = EXERCISE.agrees(used, "dx", points=1, carried=[Follows(own)], says=SAYS)
    assert tried(plain, Layer=Doubles) is not None
    assert tried(carried, Layer=Doubles) is None


def test_an_error_is_shown_where_it_is_the_one_that_the_hidden_runs_met() -> None:
    class Raises(Layer):
        def forward(self, x: Any) -> Any:
            raise ValueError("no")

    case = EXERCISE.agrees(used, "out", points=1, says=SAYS)
    found = tried(case, "Your code raised ValueError: no", Layer=Raises)
    assert found is not None
    assert (found.yours, found.right) == ("ValueError: no", "[3 12]")
    assert tried(case, "Your code raised ValueError: another", Layer=Raises) is None


def test_a_property_is_shown_as_the_same_twice_and_a_comparison() -> None:
    class UsesUp(Layer):
        def backward(self, dout: Any) -> Any:
            dx = super().backward(dout)
            self.x = self.x * 0
            return dx

    case = EXERCISE.holds(used, "dx", under=[called_twice("backward")], points=1, says=SAYS)
    found = tried(case, Layer=UsesUp)
    assert found is not None
    assert (found.yours, found.right) == ("False", "True")
    assert found.code.endswith(
        "layer2.forward(x)\n"
        "layer2.backward(dout)\n"
        "again = layer2.backward(dout)\n"
        "print(np.allclose(first, again))"
    )
    assert tried(case, Layer=Layer) is None


def test_what_a_perturbation_has_for_hidden_runs_is_neither_shown_nor_sent() -> None:
    seen = []

    class Shares(Layer):
        def __init__(self, scale: float = 2.0) -> None:
            seen.append(scale)
            Shares.scale = scale

    case = EXERCISE.holds(used, "dx", under=[another_instance(0.4321)], points=1, says=SAYS)
    found = tried(case, Layer=Shares)
    assert found is not None
    assert "Layer(1.5)" in found.code
    assert "0.4321" not in found.code
    assert set(seen) == {3.0, 1.5}


def test_a_gradient_is_shown_where_what_it_rests_on_is_right() -> None:
    class Twice(Layer):
        def backward(self, dout: Any) -> Any:
            return 2 * super().backward(dout)

    class Both(Twice, Cubes):
        pass

    def gradient(Layer: Any, run: Run) -> Mapping[str, Any]:
        layer = Layer(run.scale)
        return {"_out": layer.forward(run.x), "dx": layer.backward(run.dout)}

    slope = Slope(lambda Layer, run: {"": Layer(run.scale).forward(run.x)}, "x", along="dout")
    exercise = Exercise(Layer, runs=HIDDEN, public=PUBLIC, unseen=run((0.7, 1.1, 2.3)))
    case = exercise.agrees(gradient, "dx", points=1, carried=[slope], only_own=True, says=SAYS)
    found = tried(case, Layer=Twice)
    assert found is not None
    assert found.code.endswith("print(layer.backward(dout))")
    assert (found.yours, found.right) == ("[48 48]", "[24 24]")
    assert tried(case, Layer=Layer) is None
    assert tried(case, Layer=Both) is None


def test_an_argument_that_is_changed_is_compared_with_a_copy() -> None:
    class InPlace(Layer):
        def forward(self, x: Any) -> Any:
            out = super().forward(x)
            x *= 2
            return out

    case = EXERCISE.holds(used, under=[], keeps=["x"], points=1, says=SAYS)
    found = tried(case, Layer=InPlace)
    assert found is not None
    assert "before = x.copy()" in found.code
    assert found.code.endswith("print(np.array_equal(x, before))")
    assert tried(case, Layer=Layer) is None


def test_smaller_runs_have_fewer_of_everything_and_keep_the_numbers() -> None:
    whole = Run(
        steps=3,
        x=np.arange(12.0).reshape(4, 3),
        grads=[{"W": np.ones(3), "b": np.zeros(3)} for _ in range(3)],
    )
    first, *_, last = smaller([whole])
    assert first.steps == 1
    assert first.x.tolist() == [[0.0, 1.0], [3.0, 4.0]]
    assert [list(grad) for grad in first.grads] == [["W"]]
    assert repr(last.inputs) == repr(whole.inputs)


def test_two_values_are_written_in_so_many_digits_that_they_differ() -> None:
    assert (
        short(np.array([[1.0, -0.5], [1e-9, 12345.678]]), 4)
        == "[[        1      -0.5]\n [    1e-09 1.235e+04]]"
    )
    assert short({"W": (1.0, np.array([2.5]))}) == "{'W': (1, [2.5])}"
    assert short(object()) == "<object>"


# Of all known mistakes


@cache
def assignment(name: str) -> Assignment:
    return load(ASSIGNMENTS / name)


class Lines(tuple[Any, ...]):
    """Values that one print gives a line each."""


def run_code(source: str, own: dict[str, Any]) -> list[Any]:
    """Run code in a namespace; the last value of each print, or all where each has its line."""
    printed: list[Any] = []
    own["print"] = lambda *values, **how: printed.extend([Lines(values)] if how else values[-1:])
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(source, own)
    return printed


@cache
def definitions(name: str) -> tuple[str, ...]:
    """The cells of the solution up to the last definition that is asked for."""
    own: dict[str, Any] = {}
    kept = []
    for source in cells(assignment(name).notebook):
        if not set(assignment(name).names) <= own.keys():
            with contextlib.suppress(Exception):  # a demo that needs what is not there
                run_code(source, own)
                kept.append(source)
    return tuple(kept)


def notebook(name: str, code: str = "") -> dict[str, Any]:
    own: dict[str, Any] = {}
    for source in (*definitions(name), code):
        run_code(source, own)
    return own


def given(case: Any, own: dict[str, Any]) -> dict[str, Any]:
    return {name: own if name == "env" else own[name] for name in case.parameters}


def examples(name: str) -> Iterator[tuple[str, str, Example | None]]:
    """For each test case that a known mistake loses: where, the mistake's code, what is shown."""
    for mistake in mistakes(assignment(name)):
        own = notebook(name, mistake.code)
        for question in assignment(name).questions:
            for case in question.cases:
                try:
                    with warnings.catch_warnings():
                        warnings.simplefilter("ignore")
                        case.function(**given(case, own))
                except Exception as error:
                    ask = getattr(case.function, "example", None)
                    if ask is not None:
                        found = None  # one that fails is left out, as in grading
                        with warnings.catch_warnings(), contextlib.suppress(Exception):
                            warnings.simplefilter("ignore")
                            found = ask(f"{type(error).__name__}: {error}", **given(case, own))
                        yield f"{mistake.name} {question.name}/{case.name}", mistake.code, found


def shown(example: Example, own: dict[str, Any]) -> str:
    try:
        last = run_code(example.code, own)[-1]
        return "\n".join(short(value, 8) for value in (last if type(last) is Lines else [last]))
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def alike(one: str, other: str) -> bool:
    """Whether two texts are the same but for the digits of their numbers.

    Where a row is as good as an array the solution may give the one, the reference the other.
    """
    one, other = (re.sub(r"^\[(\[[^]]*\])\]$", r"\1", text) for text in (one, other))
    rest = [NUMBER.sub("", text).split() for text in (one, other)]
    numbers = [[float(n) for n in NUMBER.findall(text)] for text in (one, other)]
    return rest[0] == rest[1] and np.allclose(numbers[0], numbers[1], rtol=1e-3)


#: Of the test cases lost that can be tried at all, the share that has something to try.
SHARES = {
    "batchnorm": 0.8,
    "deep_narrow": 0.6,
    "dropout": 0.6,
    "hyperparameters": 0.8,
    "initialization": 0.0,  # nothing that is random can be compared by hand
    "optimizers": 0.6,
    "regression_net": 0.8,
    "shallow_narrow": 0.8,
    "softmax": 0.6,
    "weight_decay": 0.7,
}


@pytest.mark.long
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.filterwarnings("ignore")
def test_the_code_gives_what_is_said_of_it_for_every_known_mistake(name: str) -> None:
    found = list(examples(name))
    wrong = []
    for where, code, example in found:
        if example is not None:
            yours, right = (shown(example, notebook(name, c)) for c in (code, ""))
            if not (alike(example.yours, yours) and alike(example.right, right)):
                wrong.append((where, example, yours, right))
    assert not wrong
    assert sum(e is not None for _, _, e in found) >= SHARES[name] * len(found)


def test_what_is_cut_from_softmaxs_public_run_is_what_the_text_allows() -> None:
    with course(ASSIGNMENTS.parent):
        from assignments.softmax.inputs import PUBLIC
    for run in smaller([PUBLIC]):
        for name in ("y", "y_other"):
            np.testing.assert_array_equal(np.sort(run.inputs[name]), [[0.0, 1.0]] * len(run.y))
        for name in ("y_hat", "other"):
            np.testing.assert_allclose(run.inputs[name].sum(axis=1), 1.0)
