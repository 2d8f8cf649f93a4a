"""What is kept of a test case's uses, how it ended, and when two traces count as the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from grader.bounds import MAX_STEPS, MAX_TRACE_BYTES, MAX_TRACE_ENTRIES
from grader.checks import CheckFailure
from grader.course.testfile import TestCase
from grader.judge.diagnose.replay import LocalRemote
from grader.judge.diagnose.trace import (
    LOOK,
    OBJECT,
    RIGHT,
    Step,
    Trace,
    key_of,
    plain,
    recording,
)
from grader.sandbox.outside.proxy import Environment
from grader.sandbox.outside.told import as_students
from grader.words import say


def kept(value: Any) -> Any:
    """A value as it is compared, after it was kept in a trace."""
    return plain(Trace().keep(value))


_ROWS = np.arange(12.0).reshape(3, 4)


@pytest.mark.parametrize(
    "array",
    [
        _ROWS,
        _ROWS.T,
        _ROWS[:, ::2],
        _ROWS[::-1],
        np.asfortranarray(_ROWS),
        _ROWS.astype(">f8"),
        _ROWS.astype(np.float32),
        _ROWS.astype(np.float16),
        _ROWS.astype(np.uint8),
        _ROWS > 3,
        np.array(2.5),
        np.empty((0, 3)),
        np.array([np.nan, np.inf, -np.inf, -0.0]),
        np.broadcast_to(1.5, (2, 3)),
    ],
    ids=["rows", "transposed", "slices", "reversed", "Fortran", "big-endian", "float32", "float16",
         "uint8", "bool", "0-d", "empty", "not finite", "broadcast"],
)  # fmt: skip
def test_arrays_are_kept_by_their_numbers(array: np.ndarray[Any, Any]) -> None:
    found = kept(array)
    assert (found.dtype, found.shape) == (np.float64, array.shape)
    np.testing.assert_array_equal(found, array)


def test_complex_numbers_stay_complex() -> None:
    np.testing.assert_array_equal(kept(np.array([1 + 2j])), [1 + 2j])


def test_what_is_kept_does_not_change_with_the_array() -> None:
    trace, array = Trace(), np.ones(3)
    value = trace.keep(array)
    array[:] = 7
    np.testing.assert_array_equal(plain(value), np.ones(3))


@pytest.mark.parametrize(
    "array",
    [np.array(["a"]), np.array([object()]), np.array(["2020-01-01"], "M8[D]"),
     np.zeros(2, [("x", float)])],
    ids=["texts", "objects", "dates", "records"],
)  # fmt: skip
def test_arrays_of_no_numbers_are_objects(array: Any) -> None:
    assert kept(array) == OBJECT


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (True, 1.0),
        (3, 3.0),
        (2.5, 2.5),
        (10**400, np.inf),
        (-(10**400), -np.inf),
        (np.float32(0.5), 0.5),
        ([1, 2.5, True], [1.0, 2.5, 1.0]),
        ((1, 2), [1.0, 2.0]),
        ([[1, 2], [3, 4]], [[1.0, 2.0], [3.0, 4.0]]),
        ([np.ones(2), np.zeros(2)], [[1.0, 1.0], [0.0, 0.0]]),
    ],
)
def test_numbers_and_lists_of_them_are_arrays(value: Any, found: Any) -> None:
    np.testing.assert_array_equal(kept(value), found)
    assert isinstance(kept(value), np.ndarray)


def test_what_has_no_one_shape_stays_a_tuple() -> None:
    found = kept([np.ones(2), np.ones(3)])
    assert isinstance(found, tuple)
    assert [entry.shape for entry in found] == [(2,), (3,)]
    assert kept([1, "a"])[1] == "a"
    assert kept([]) == ()


def test_dictionaries_are_kept_by_their_keys_as_text() -> None:
    found = kept({"W": np.ones(2), 1: "a", say("{n} words", n=2): None})
    assert list(found) == ["W", "1", "2 words"]
    assert (found["1"], found["2 words"]) == ("a", None)


@pytest.mark.parametrize("size", [MAX_TRACE_ENTRIES, MAX_TRACE_ENTRIES + 1, 5 * MAX_TRACE_ENTRIES])
def test_of_a_large_array_every_so_manieth_number_is_kept(size: int) -> None:
    array = np.arange(float(size))
    found = kept(array)
    step = -(-size // MAX_TRACE_ENTRIES)
    np.testing.assert_array_equal(found, array[::step])
    assert found.size <= MAX_TRACE_ENTRIES


def test_equal_arrays_cost_their_bytes_once() -> None:
    trace = Trace()
    first = trace.keep(np.ones(1000))
    room = trace.room
    assert trace.keep(np.ones(1000)) is first
    assert trace.room == room == MAX_TRACE_BYTES - 8000
    assert trace.keep(np.ones(1000, np.float32)) is not first
    assert trace.keep(np.ones((10, 100))) is not first
    assert plain(trace.keep(np.frombuffer(np.ones(5).tobytes(), np.int64))).max() > 1e18


def test_a_trace_is_cut_where_it_is_full() -> None:
    trace = Trace()
    for _ in range(MAX_STEPS + 1):
        trace.add(Step("call"))
    assert (len(trace.steps), trace.cut) == (MAX_STEPS, True)
    trace = Trace(room=1000)
    trace.keep(np.ones(1000))
    trace.add(Step("call"))
    assert (trace.steps, trace.cut) == ([], True)


# How a test case ended


def ending(error: Exception, *, looks: bool = False, steps: tuple[Step, ...] = ()) -> Trace:
    trace = Trace(looks=looks)
    for step in steps:
        trace.add(step)
    trace.end(error)
    return trace


LOOKED = (Step(LOOK, RIGHT, (3,), {"out": np.ones(2)}),)


@pytest.mark.parametrize(
    ("error", "looks", "steps", "found"),
    [
        (CheckFailure("W[1] is -2.5e-3.", kind="value", name="W"), False, (),
         ("check", "value", "W", "W[#] is #.")),
        (CheckFailure("W is 3.", kind="value", name="W"), True, LOOKED, ("check", "value")),
        (CheckFailure("W is 3.", kind="value", name="W"), True, (),
         ("check", "value", "W", "W is #")),
        (CheckFailure("W is 3.", kind="mutated", name="W"), True, LOOKED,
         ("check", "mutated", "W", "W is #")),
        (ValueError("no"), True, (), ("raised", "ValueError: no")),
        (ValueError("no"), False, (Step("call", error="ValueError: no"),),
         ("raised", "ValueError: no")),
        (ValueError("no"), False, (Step("call"),), ("ValueError",)),
        (AssertionError("no"), False, (), ("AssertionError",)),
        (as_students("MyError", "no"), True, (), ("raised", "MyError: no")),
        (KeyError("W"), True, (), ("raised", "KeyError: W")),
        (KeyError(3), True, (), ("raised", "KeyError: 3")),
        (ValueError("operands could not be broadcast together with shapes (2,) (3,)"), True, (),
         ("raised", "ValueError: broadcast")),
        (TypeError("could not be broadcast"), True, (),
         ("raised", "TypeError: could not be broadcast")),
    ],
)  # fmt: skip
def test_an_ending_holds_no_number_that_differs_from_run_to_run(
    error: Exception, looks: bool, steps: tuple[Step, ...], found: tuple[str, ...]
) -> None:
    assert ending(error, looks=looks, steps=steps).ending == found


@pytest.mark.parametrize(
    ("error", "is_unwritten"),
    [(as_students("NotImplementedError", ""), True), (NotImplementedError(), False),
     (as_students("ValueError", ""), False)],
)  # fmt: skip
def test_unwritten_is_only_what_the_student_left_open(error: Exception, is_unwritten: bool) -> None:
    assert ending(error).is_unwritten is is_unwritten


def test_looks_become_steps_with_names() -> None:
    trace = Trace(looks=True)
    trace.look({"out": [1, 2], say("{n} words", n=2): np.ones(1)}, True, 3)
    trace.look(ValueError("no"), False, 0)
    first, second = trace.steps
    assert (first.operation, first.what, first.given) == (LOOK, RIGHT, (3,))
    np.testing.assert_array_equal(first.result["out"], [1.0, 2.0])
    assert (second.what, second.error) == ("", "ValueError: no")
    assert [str(words) for words in trace.names.values()] == ["out", "2 words"]
    assert len(trace.steps) == 2


# Recording


class Net:
    def __init__(self, n: int = 0) -> None:
        self.n = n

    def step(self, grads: Any, rate: float = 0.5) -> Any:
        grads *= rate
        return grads + self.n


def record(test: Callable[[Any], object], *, is_replay: bool = False) -> list[Step]:
    case = TestCase(name="t", points=1.0, hidden=True, function=test, parameters=("Net",))
    environment = Environment(LocalRemote({"Net": Net}), ["Net"])
    with recording(case, environment, is_replay=is_replay) as trace:
        test(environment["Net"])
    return trace.steps


def test_each_use_is_a_step() -> None:
    def test(student: Any) -> None:
        net = student(2)
        net.step(np.ones(2), rate=3)
        net.n = 5
        assert net.n == 5

    steps = record(test)
    assert [(s.operation, s.what, s.given) for s in steps] == [
        ("lookup", "Net", ()),
        ("call", "Net", (2,)),
        ("call", "step", (3,)),
        ("setattr", "n", (5,)),
        ("getattr", "n", ()),
    ]
    np.testing.assert_array_equal(plain(steps[2].result), [5.0, 5.0])
    np.testing.assert_array_equal(plain(steps[2].left[0]), [3.0, 3.0])
    assert (steps[1].result, steps[2].before) == (OBJECT, ())


def test_a_replay_keeps_arguments_as_they_were_before() -> None:
    steps = record(lambda student: student().step(np.ones(2)), is_replay=True)
    np.testing.assert_array_equal(plain(steps[-1].before[0]), [1.0, 1.0])
    np.testing.assert_array_equal(plain(steps[-1].left[0]), [0.5, 0.5])


def test_what_raised_is_a_step_with_its_error() -> None:
    def test(student: Any) -> None:
        with pytest.raises(TypeError):
            student(1, 2, 3, 4)

    step = record(test)[-1]
    assert step.error.startswith("TypeError: ")
    assert (step.result, step.left, step.given) == (None, (), (1, 2, 3, 4))


def test_many_calls_at_once_are_steps_of_their_own() -> None:
    """What they share, as the parameters of an optimizer, is told after the last of them."""
    shared = np.ones(2)

    def test(student: Any) -> None:
        step = student(1).grader_method("step")
        step.grader_calls([(shared, 2), (np.ones(2), 3), (shared, 2)])
        student.grader_calls([(1,), (2,)])

    steps = record(test)[2:]
    assert [(step.operation, step.what, step.given) for step in steps] == [
        ("call", "step", (2,)), ("call", "step", (3,)), ("call", "step", (2,)),
        ("call", "Net", (1,)), ("call", "Net", (2,)),
    ]  # fmt: skip
    np.testing.assert_array_equal([plain(s.result) for s in steps[:3]], [[3, 3], [4, 4], [5, 5]])
    assert [len(step.left) for step in steps] == [0, 1, 1, 0, 0]
    np.testing.assert_array_equal(plain(steps[2].left[0]), [4.0, 4.0])


# Keys of answers


def looked(*results: Any, error: str = "") -> Trace:
    trace = Trace(ending=("check", "value"), looks=True)
    for result in results:
        trace.add(Step(LOOK, RIGHT, (3,), {"out": result}, error=error))
    return trace


NUMBERS = arrays.arrays(
    np.float64, arrays.array_shapes(max_dims=2, max_side=4), elements=st.integers(-50, 50)
)


@given(array=NUMBERS, power=st.integers(-3, 3))
def test_rounding_does_not_change_a_key(array: np.ndarray[Any, Any], power: int) -> None:
    array = array * 10.0**power
    noise = array * (1 + 1e-13 * np.resize([1, -1, 0.5], array.shape))
    assert key_of(looked(noise)) == key_of(looked(array))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (looked(np.array([1.0, 2.0])), looked(np.array([1.0, 2.1]))),
        (looked(np.array([1.0, 2.0])), looked(np.array([2.0, 4.0]))),
        (looked(np.array([1.0, 2.0])), looked(np.array([[1.0, 2.0]]))),
        (looked(np.array([1.0, np.nan])), looked(np.array([1.0, np.inf]))),
        (looked(np.array([1.0, -np.inf])), looked(np.array([1.0, np.inf]))),
        (looked(np.array([1.0])), looked(np.array([1.0]), np.array([1.0]))),
        (looked(None), looked(None, error="ValueError: no")),
        (looked("a"), looked("b")),
        (looked((np.ones(2), "a")), looked((np.ones(2), "b"))),
        (looked({"W": np.ones(1)}), looked({"b": np.ones(1)})),
        (looked(), Trace(ending=("check", "shape"), looks=True)),
    ],
    ids=["entry", "factor", "shape", "nan", "sign of inf", "steps", "error", "text", "in a tuple",
         "names", "ending"],
)  # fmt: skip
def test_other_answers_have_other_keys(one: Trace, other: Trace) -> None:
    assert key_of(one) != key_of(other)


def test_zeros_have_one_key() -> None:
    assert key_of(looked(np.array([0.0, 0.0]))) == key_of(looked(np.array([-0.0, 0.0])))
    assert key_of(looked(np.empty(0))) == key_of(looked(np.empty(0)))
