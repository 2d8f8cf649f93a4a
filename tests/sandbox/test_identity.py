"""An object that a test passes, keeps and changes is one object for the student too.

Every test here is what happens in one process (under ``otter run``); without it a
cache that aliases its input could not be told from one that copies.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from .conftest import Student

LAYER = """
class Layer:
    def forward(self, x):
        self.x = {cache}
        return x * 2
    def backward(self, dout):
        return dout * self.x
"""


@pytest.mark.parametrize(("cache", "seen"), [("x", 100.0), ("x.copy()", 1.0), ("x[:]", 100.0)])
def test_a_cache_that_aliases_its_input_sees_the_tests_change(
    student: Student, cache: str, seen: float
) -> None:
    layer = student(LAYER.format(cache=cache))["Layer"]()
    x = np.ones(3)
    layer.forward(x)
    x[:] = 100.0
    assert layer.backward(np.ones(3)) == pytest.approx(np.full(3, seen))


def test_a_velocity_that_is_the_callers_gradient_buffer_changes_with_it(student: Student) -> None:
    cell = """
    class Momentum:
        v = None
        def update(self, params, grads):
            if self.v is None:
                self.v = grads["w"]
            else:
                self.v += grads["w"]
            params["w"] -= self.v
    """
    optimizer = student(cell)["Momentum"]()
    params, grads = {"w": np.zeros(2)}, {"w": np.ones(2)}
    optimizer.update(params, grads)
    grads["w"][:] = 10.0  # and the velocity with it
    optimizer.update(params, grads)
    assert params["w"].tolist() == [-21.0, -21.0]
    assert grads["w"].tolist() == [20.0, 20.0]


def test_an_output_that_the_student_changes_later_changes_in_the_test(student: Student) -> None:
    cell = """
    class Layer:
        def forward(self, x):
            self.out = x * 2
            return self.out
        def reset(self):
            self.out[:] = 0
    """
    layer = student(cell)["Layer"]()
    out = layer.forward(np.ones(3))
    assert out.tolist() == [2.0, 2.0, 2.0]
    layer.reset()
    assert out.tolist() == [0.0, 0.0, 0.0]


def test_the_same_dict_passed_to_every_call_stays_the_same(student: Student) -> None:
    env = student("seen = []\ndef step(d):\n    seen.append(id(d))\n    d['n'] = d.get('n', 0) + 1")
    d: dict[str, int] = {}
    for expected in (1, 2, 3):
        env["step"](d)
        assert d == {"n": expected}
    d["n"] = 10
    env["step"](d)
    assert d == {"n": 11}
    assert len(set(env["seen"])) == 1


def test_a_new_dict_each_call_is_a_new_one_with_the_same_arrays(student: Student) -> None:
    env = student(
        "dicts, arrays = [], []\ndef step(d):\n    dicts.append(d); arrays.append(d['w'])"
    )
    w = np.zeros(2)
    for _ in range(3):
        env["step"]({"w": w})
    assert env["dicts"][0] is not env["dicts"][1]
    assert all(array is w for array in env["arrays"])


def test_the_same_array_passed_twice_in_one_call_is_one_array(student: Student) -> None:
    env = student("def same(a, b):\n    a += 1\n    return a is b, b.sum()")
    x, y = np.zeros(3), np.zeros(3)
    assert env["same"](x, x) == (True, 3.0)
    assert env["same"](x, y) == (False, 0.0)
    assert x.tolist() == [2.0, 2.0, 2.0]


def test_an_argument_that_is_returned_is_the_tests_own_object(student: Student) -> None:
    env = student("def identity(x):\n    return x")
    for thing in (np.zeros(2), [1, 2], {"a": 1}, {1, 2}):
        assert env["identity"](thing) is thing


def test_changes_are_seen_when_the_call_raises(student: Student) -> None:
    env = student("def f(x):\n    x[:] = 7\n    raise ValueError('after')")
    x = np.zeros(2)
    with pytest.raises(ValueError, match="after"):
        env["f"](x)
    assert x.tolist() == [7.0, 7.0]


def test_nested_and_cyclic_containers_keep_their_shape(student: Student) -> None:
    env = student("def f(x):\n    x[0].append(x)\n    return x\ndef g(x):\n    return x")
    inner: list[object] = []
    outer: list[object] = [inner]
    back = env["f"](outer)
    assert back is outer
    assert outer[0] is inner
    assert inner[0] is outer
    twice = [inner := [1], inner]
    assert env["g"](twice)[0] is twice[1]


@pytest.mark.parametrize(
    ("kept", "row"),
    [
        ("rows", "self.kept[1]"),
        ("rows[1]", "self.kept"),
        ("{'w': rows}", "self.kept['w'][1]"),
        ("(rows[1],)", "self.kept[0]"),
        ("lambda: rows", "self.kept()[1]"),
        ("rows.__getitem__", "self.kept(1)"),
        ("reversed(rows)", "next(self.kept)"),
    ],
)
def test_rows_of_which_the_student_keeps_one_change_in_the_test(
    student: Student, kept: str, row: str
) -> None:
    """A list that nobody keeps goes as it is; of these the student keeps something."""
    keeper = student(f"""
class Keeper:
    def make(self):
        rows = [[1.0], [2.0]]
        self.kept = {kept}
        return rows
    def change(self):
        {row}[0] = 5.0
""")["Keeper"]()
    rows = keeper.make()
    keeper.change()
    assert rows == [[1.0], [5.0]]


def test_a_row_that_comes_twice_is_one_row(student: Student) -> None:
    env = student(
        "def f():\n    row = [1.0]\n    return [row, [2.0], {'again': row}], (row, [3.0])"
    )
    first, second = env["f"]()
    assert first[0] is first[2]["again"] is second[0]
    assert (first[1], second[1]) == ([2.0], [3.0])


def test_an_array_that_the_student_reshapes_in_place_changes_shape(student: Student) -> None:
    env = student("def f(x):\n    x.resize((2, 3), refcheck=False)")
    x: Any = np.arange(6.0)
    env["f"](x)
    assert x.shape == (2, 3)


def test_many_results_that_nobody_keeps_are_not_kept(student: Student) -> None:
    env = student("import numpy as np\ndef f(x):\n    return x + 1")
    remote = env["f"]._grader_remote
    x = np.zeros(10)
    for _ in range(50):
        env["f"](x)
    assert len(remote._heap) < 10


def test_a_proxy_of_the_same_object_is_the_same(student: Student) -> None:
    env = student("class A: pass\na = A()\ndef get():\n    return a")
    assert env["a"] is env["get"]()


def test_attributes_are_read_and_set(student: Student) -> None:
    env = student("class A:\n    def __init__(self, w):\n        self.w = w\n    def f(self):\n"
                  "        return self.w.sum()")  # fmt: skip
    a = env["A"](np.ones(3))
    assert a.w.tolist() == [1.0, 1.0, 1.0]
    a.w[0] = 5.0  # the student's own array
    assert a.f() == 7.0
    a.w = np.zeros(2)
    assert a.f() == 0.0
    del a.w
    with pytest.raises(AttributeError):
        a.f()


def test_a_change_to_what_is_then_dropped_is_not_lost(student: Student) -> None:
    cell = """
    class Layer:
        def forward(self, x):
            self.out = x * 2
            return self.out
        def reset(self):
            self.out[:] = 0
            del self.out
    """
    layer = student(cell)["Layer"]()
    out = layer.forward(np.ones(3))
    layer.reset()
    assert out.tolist() == [0.0, 0.0, 0.0]
