"""The course's own code is run here, disturbs nothing, and is asked as a student's code is."""

from __future__ import annotations

import json
import random
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader.checks import CheckFailure
from grader.course.testfile import TestCase
from grader.judge.diagnose.candidates import Candidates, Place, Student
from grader.judge.diagnose.replay import LocalRemote, Solution, run_case, run_on
from grader.judge.diagnose.trace import Step, Trace, plain
from grader.model import Mistake
from grader.sandbox.outside.proxy import Environment, Proxy

CELLS = (
    "import numpy as np\nimport os.path as paths\nfrom math import sqrt as root",
    "raise_here = 1 / 1\nFACTOR = 2\nfactors = [FACTOR]\nunused = open('/nowhere/at/all')",
    "%matplotlib inline\ndef helper(x):\n    return factors[0] * x",
    "def double(x):\n    return helper(x)\nprint(double(3) / 0)",
    "class Net:\n    n = root(4)\n    def step(self, x):\n        self.n += 1; return x + self.n",
    "def noise(n):\n    return np.random.rand(n)",
)


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    cells = [{"cell_type": "code", "source": source} for source in CELLS]
    path = tmp_path / "solution.ipynb"
    path.write_text(json.dumps({"cells": cells}))
    return path


def case(test: Callable[..., object], *parameters: str, name: str = "t") -> TestCase:
    return TestCase(name=name, points=1.0, hidden=True, function=test, parameters=parameters)


def double_three(double: Any) -> None:
    if (found := double(3)) != 6:
        raise CheckFailure(f"double(3) is {found}.", name="double")


DOUBLE = case(double_three, "double")


def solved(
    notebook: Path, *cases: TestCase, names: tuple[str, ...] = ("double",), seed: int = 1
) -> Trace:
    solution = Solution(notebook, names)
    return solution.run(cases, solution.program([]), seed=seed)


def test_only_what_is_needed_is_executed(notebook: Path) -> None:
    """Not the demos, nor what only these need; but what a definition needs in turn."""
    trace = solved(notebook, DOUBLE)
    assert trace.ending == ()
    assert plain(trace.steps[-1].result) == 6.0


def test_names_that_only_a_mistake_needs_are_there_for_it(notebook: Path) -> None:
    import ast

    solution = Solution(notebook, ["double"])
    mistake = ast.parse("def double(x):\n    return int(root(x * x) + Net.n) + 0 * np.pi")
    trace = solution.run([DOUBLE], solution.program([mistake]))
    assert trace.ending == ("check", "value", "double", "double(#) is #")


def test_the_last_of_several_cases_is_told_and_state_lives_on_between_them(notebook: Path) -> None:
    def count(Net: Any) -> None:
        assert Net().step(0) == 3

    def keep(env: Any) -> None:
        net = env["Net"]
        net.n = 7

    def seen(Net: Any) -> None:
        assert Net.n == 7, Net.n

    cases = [case(keep, "env"), case(seen, "Net")]
    assert solved(notebook, case(count, "Net"), names=("Net",)).ending == ()
    assert solved(notebook, *cases, names=("Net",)).ending == ()
    assert solved(notebook, *cases[1:], names=("Net",)).ending == ("AssertionError",)


@pytest.mark.parametrize(
    ("code", "drawn"),
    [
        ("x", False),
        ("np.random.rand() * 0 + x", True),
        ("np.random.default_rng().random() * 0 + x", True),
        ("np.random.default_rng(3).random() * 0 + x", False),
        ("__import__('random').random() * 0 + x", True),
        ("np.random.seed(1) or x", False),
    ],
)
def test_it_is_told_whether_numbers_were_drawn(notebook: Path, code: str, drawn: bool) -> None:
    import ast

    solution = Solution(notebook, ["double"])
    mistake = ast.parse(f"def double(x):\n    return 2 * ({code})")
    assert solution.run([DOUBLE], solution.program([mistake])).drawn is drawn


def test_chance_is_the_same_for_one_seed_and_another_for_another(notebook: Path) -> None:
    def draw(noise: Any) -> None:
        noise(3)

    first, again, other = (
        plain(solved(notebook, case(draw, "noise"), names=("noise",), seed=seed).steps[-1].result)
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert not (first == other).any()


def test_nothing_of_this_process_changes(
    notebook: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def noisy(double: Any) -> None:
        print("printed")
        warnings.warn("warned", stacklevel=1)
        np.log(np.zeros(1))
        random.random()
        np.random.rand()
        np.random.default_rng().random()
        raise KeyError

    np.random.seed(5)
    random.seed(5)
    before = np.random.default_rng, np.random.get_state()[1].tolist(), random.getstate()  # type: ignore[index]
    solved(notebook, case(noisy, "double"))
    assert before == (
        np.random.default_rng, np.random.get_state()[1].tolist(), random.getstate(),  # type: ignore[index]
    )  # fmt: skip
    assert capsys.readouterr() == ("", "")


def test_cells_that_fail_leave_the_others() -> None:
    cells = ["%time\n1 / 0", "!ls\ndef double(x): return 2 * x", "def broken(:", "double = double"]
    ((trace, error),) = run_on([DOUBLE], cells)
    assert (trace.ending, error) == ((), None)
    ((trace, error),) = run_on([DOUBLE], cells[:1])
    assert isinstance(error, KeyError)


# Objects of this process in place of a worker's


def perform(operation: str, *arguments: Any, **keywords: Any) -> Any:
    return LocalRemote({}).perform(operation, *arguments, **keywords)


@pytest.mark.parametrize(
    ("value", "is_data"),
    [
        (3, True), (2.5, True), ("a", True), (b"a", True), (None, True), (True, True), (2j, True),
        (np.float64(2.5), True), (np.ones(2), True), ([1, (2, "a")], True), ({"a": [1]}, True),
        ({1, 2}, True),
        (object(), False), ([object()], False), ({"a": object()}, False), (len, False),
        (np.array([None]), False), (np.ma.masked_array([1.0]), False), (range(3), False),
    ],
)  # fmt: skip
def test_data_is_given_as_it_is_and_anything_else_by_a_proxy(value: Any, is_data: bool) -> None:
    found = LocalRemote({"it": value}).perform("lookup", "it")
    assert isinstance(found, Proxy) is not is_data
    if is_data:
        np.testing.assert_equal(found, value)
        assert not isinstance(found, np.generic)


def test_one_object_has_one_proxy_which_stands_for_it() -> None:
    value = object()
    remote = LocalRemote({"it": value, "same": lambda other: other is value})
    first, second = remote.perform("lookup", "it"), remote.perform("lookup", "it")
    assert first is second
    assert first.student_type == "object"
    assert remote.perform("call", remote.perform("lookup", "same"), first) is True


@pytest.mark.parametrize(
    ("operation", "arguments", "found"),
    [
        ("method", ("a b", "split"), ["a", "b"]),
        ("calls", (abs, [(-1,), (2,)]), [1, 2]),
        ("calls", ("a b", [(), ("b",)], "split"), [["a", "b"], ["a ", ""]]),
        ("getitem", ({"a": 1}, "a"), 1),
        ("contains", ([1], 1), True),
        ("len", ([1, 2],), 2),
        ("isinstance", (1, int), True),
        ("float", ("2.5",), 2.5),
        ("repr", ("a",), "'a'"),
    ],
)
def test_operations_are_those_of_a_worker(
    operation: str, arguments: tuple[Any, ...], found: Any
) -> None:
    assert perform(operation, *arguments) == found


def test_what_changes_an_object_changes_it() -> None:
    several = {"a": 1}
    perform("setitem", several, "b", 2)
    perform("delitem", several, "a")
    assert several == {"b": 2}


def test_an_environment_knows_the_names_that_are_not_private() -> None:
    def names(env: Any) -> None:
        assert list(env) == ["double", "FACTOR"]

    namespace = {"_hidden": 1, "double": abs, "FACTOR": 2}
    remote = LocalRemote(namespace)
    trace, error = run_case(
        case(names, "env"), Environment(remote, ["double", "FACTOR"]), namespace
    )
    assert (trace.ending, error) == ((), None)


# Candidates


def mistake(name: str, old: str, new: str) -> Mistake:
    return Mistake(
        number=1, name=name, loses=frozenset({"q"}), hint="", changes=((old, new),), in_=""
    )


TRIPLE = mistake("triple", "helper(x)", "helper(x) + x")
ADDS = mistake("adds", "helper(x)", "helper(x) + 1")
BROKEN = mistake("broken", "helper(x)", "helper(x, x)")


@pytest.mark.parametrize(
    ("result", "combination", "fits"),
    [
        (9, (TRIPLE,), True),
        (7, (ADDS,), True),
        (9 + 1e-7, (TRIPLE,), True),
        (9, (ADDS,), False),
        (9, (TRIPLE, ADDS), False),  # both are made at one place: they exclude each other
        (6, (), False),  # it did not fail as the solution does
    ],
)
def test_a_student_is_as_far_from_a_mistake_as_the_results(
    notebook: Path, result: float, combination: tuple[Mistake, ...], fits: bool
) -> None:
    trace = Trace(ending=("check", "value", "double", "double(#) is #"))
    trace.add(Step("lookup", "double", (), "<object>"))
    trace.add(Step("call", "double", (3,), result))
    candidates = Candidates(notebook, ["double"])
    place = Place("q/t", DOUBLE)
    assert (candidates.apart(Student(trace), place, combination) < 1) is fits


def test_the_solution_is_right_and_not_random(notebook: Path) -> None:
    candidates = Candidates(notebook, ["double"])
    (right,) = candidates.right("q/t", DOUBLE)
    assert right.ending == ()
    assert not candidates.random("q/t", DOUBLE)
    assert candidates.judged("q/t", DOUBLE) == [right]


def test_of_a_random_solution_nothing_is_right(notebook: Path) -> None:
    def draw(noise: Any) -> None:
        noise(3)

    candidates = Candidates(notebook, ["noise"])
    assert candidates.random("q/t", case(draw, "noise"))
    assert candidates.right("q/t", case(draw, "noise")) == []


def test_a_convention_is_tried_beside_the_solutions_own(notebook: Path) -> None:
    def told(double: Any) -> None:
        double(3)

    told.is_scenario = True  # type: ignore[attr-defined]
    asked = case(told, "double")
    candidates = Candidates(
        notebook, ["double"], [lambda source: source.replace("helper(x)", "helper(x) * 10")]
    )
    assert len(candidates.traces(Place("q/t", asked), ())) == 2
    assert len(candidates.traces(Place("q/t", asked), (), conventions=1)) == 1
    assert len(candidates.right("q/t", asked)) == 2
    same = Candidates(notebook, ["double"], [lambda source: source])
    assert len(same.traces(Place("q/t", asked), ())) == 1
