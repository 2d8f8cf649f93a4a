"""What travels by value arrives equal and of the same type; the rest is a proxy."""

from __future__ import annotations

import copy
import pickle
from typing import Literal

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from grader import checks
from grader.sandbox.outside.proxy import Proxy
from grader.sandbox.wire.bounds import MAX_DEPTH
from grader.sandbox.wire.heap import Heap

from .conftest import Student

NUMBERS = [
    np.bool_(True), np.int8(-3), np.uint64(2**64 - 1), np.float16(0.5), np.float32(1e-30),
    np.float64(0.1), np.longdouble(1) / 3, np.complex64(1 + 2j), np.complex128(3j), np.str_("é"),
]  # fmt: skip
DTYPES = ["?", "i1", "i8", "u2", "f2", "f4", "f8", "g", "F", "D", "<U5", ">f8", ">i4"]


def no_export(value: object) -> tuple[int, str]:
    raise TypeError(f"{value!r} has no value on the wire")


def across(value: object, *, is_given: bool = False) -> object:
    """``value`` after a way from one heap to the other; a copy that is kept by nobody there."""
    ours = Heap(first=0, export=no_export, resolve=lambda number, kind: None)
    theirs = Heap(first=1, export=no_export, resolve=lambda number, kind: None)
    wire = ours.encode_given(copy.deepcopy([value]))[0] if is_given else ours.encode(value)
    contents, raw = ours.changes()
    wire, contents = msgspec.msgpack.decode(msgspec.msgpack.encode([wire, contents]))
    theirs.receive(contents, memoryview(b"".join(raw)))
    return theirs.decode(wire)


def assert_same(a: object, b: object) -> None:
    assert type(a) is type(b)
    if isinstance(a, np.ndarray):
        assert isinstance(b, np.ndarray)
        assert (a.dtype.newbyteorder("="), a.shape) == (b.dtype, b.shape)
        np.testing.assert_array_equal(a, b)
        assert b.flags.c_contiguous or not a.flags.c_contiguous
    elif isinstance(a, list | tuple):
        assert isinstance(b, list | tuple)
        assert len(a) == len(b)
        for x, y in zip(a, b, strict=True):
            assert_same(x, y)
    elif isinstance(a, dict):
        assert isinstance(b, dict)
        assert_same(list(a), list(b))
        assert_same(list(a.values()), list(b.values()))
    elif isinstance(a, float | complex) and a != a:
        assert b != b
    else:
        assert a == b


atoms = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.complex_numbers()
    | st.text(st.characters(exclude_categories=())) | st.binary()
)  # fmt: skip
arrays = hnp.arrays(
    st.sampled_from([np.dtype(name) for name in DTYPES if name[0] != ">"]),
    hnp.array_shapes(min_dims=0, min_side=0, max_side=3),
)
values = st.recursive(
    atoms | arrays,
    lambda inner: (
        st.lists(inner, max_size=3) | st.tuples(inner, inner)
        | st.dictionaries(atoms, inner, max_size=3) | st.sets(st.integers(), max_size=3)
        | st.frozensets(st.text(max_size=2), max_size=3)
    ),
    max_leaves=8,
)  # fmt: skip


@given(values)
def test_any_plain_value_arrives_equal_and_of_the_same_type(value: object) -> None:
    assert_same(value, across(value))
    assert_same(value, across(value, is_given=True))


def test_lists_nested_too_deeply_to_go_as_they_are_arrive() -> None:
    value: list[object] = [1.0]
    for _ in range(3 * MAX_DEPTH):
        value = [value, {"w": (value,)}] if not _ % 50 else [value]
    assert across(value, is_given=True) == value


@pytest.mark.parametrize("number", NUMBERS, ids=lambda n: type(n).__name__)
def test_numpy_scalars_stay_numpy_scalars(number: np.generic) -> None:
    assert_same(number, across(number))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(), (0,), (3, 0), (2, 3)])
def test_arrays_of_every_dtype_and_shape(dtype: str, shape: tuple[int, ...]) -> None:
    array = np.ones(shape, dtype=dtype)
    assert_same(array, across(array))


@pytest.mark.parametrize(
    "view", [np.s_[::2], np.s_[:, ::-1], np.s_[..., 1], np.s_[::-1, ::2]], ids=str
)
def test_non_contiguous_arrays(view: tuple[slice, ...]) -> None:
    array = np.arange(24.0).reshape(4, 6)[view]
    assert_same(array, across(array))


@pytest.mark.parametrize("order", ["C", "F"])
def test_bools_in_memory_that_was_never_filled_are_bools(order: Literal["C", "F"]) -> None:
    """``np.empty(3, bool)`` holds any bytes, of which all but 0 are True."""
    array = np.array([[0, 1, 64], [255, 0, 2]], "u1", order=order).view(bool)
    array.flags.writeable = False
    for one in (array, array[:, ::-1], array[1], array[0, 2:].reshape(())):
        arrived = across(one)
        assert isinstance(arrived, np.ndarray)
        assert {*arrived.tobytes()} <= {0, 1}
        assert arrived.tolist() == (one.view("u1") > 0).tolist()
        assert arrived.flags.writeable is one.flags.writeable


def test_texts_in_memory_that_was_never_filled_are_an_error_of_the_sender() -> None:
    for point, is_text in (
        (0x10FFFF, True),
        (0xD800, True),
        (0x110000, False),
        (0xFFFFFFFF, False),
    ):
        array = np.array([65, point], "u4").view("U1")
        if is_text:
            assert_same(array, across(array))
            continue
        with pytest.raises(ValueError, match="never filled"):
            across(array)


def test_fortran_order_and_write_protection_arrive() -> None:
    array = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    array.flags.writeable = False
    arrived = across(array)
    assert isinstance(arrived, np.ndarray)
    assert arrived.flags.f_contiguous
    assert not arrived.flags.writeable


def test_arrays_of_a_class_that_adds_nothing_are_arrays(student: Student) -> None:
    env = student(
        "import numpy as np\nclass A(np.ndarray):\n    'Mine.'\n"
        "class B(np.ndarray):\n    def backward(self): ...\n"
        "def f(x):\n    np.save('x.npy', np.full(3, x))\n"
        "    return np.load('x.npy', mmap_mode='r')\n"
        "x = np.arange(3.0)\nthings = f(1.0), x.view(A), np.ma.array(x), x.view(B),"
        " np.ma.array(x, mask=[0, 1, 0])"
    )
    *arrays, more, masked = env["things"]
    assert [type(a) for a in arrays] == [np.ndarray] * 3
    assert [a.tolist() for a in arrays] == [[1, 1, 1], [0, 1, 2], [0, 1, 2]]
    assert isinstance(more, Proxy)
    assert isinstance(masked, Proxy)
    # The file behind a memory map is written anew.
    first, second = env["f"](2.0), env["f"](3.0)
    assert [first[0], second[0], arrays[0][0]] == [2.0, 3.0, 1.0]


def test_what_is_no_plain_value_is_a_proxy(student: Student) -> None:
    env = student(
        "import numpy as np\nclass A:\n    def __len__(self):\n        return 3\n"
        "things = A(), np.matrix([1.0]), np.array([None]), ..., (i * i for i in range(4)), open"
    )
    a, matrix, objects, dots, generator, function = env["things"]
    assert all(isinstance(t, Proxy) for t in (a, matrix, objects, dots, generator, function))
    assert len(a) == 3
    assert isinstance(a, env["A"])
    assert np.asarray(matrix).tolist() == [[1.0]]
    assert list(generator) == [0, 1, 4, 9]
    with pytest.raises(TypeError):
        np.asarray(objects)


def test_a_copy_of_a_students_object_is_that_object(student: Student) -> None:
    a = student("class A: pass\na = A()")["a"]
    assert copy.deepcopy([a])[0] is copy.copy(a) is a
    with pytest.raises(TypeError):
        pickle.dumps(a)


def test_subclasses_of_plain_containers_arrive_plain(student: Student) -> None:
    env = student(
        "from collections import OrderedDict, defaultdict, namedtuple\n"
        "P = namedtuple('P', 'x y')\nthings = OrderedDict(a=1), defaultdict(int, b=2), P(1, 2)"
    )
    assert_same(env["things"], ({"a": 1}, {"b": 2}, (1, 2)))


def test_a_student_s_own_container_is_an_object_with_its_methods(student: Student) -> None:
    env = student(
        "class Model(dict):\n    def __init__(self, w):\n        super().__init__(w=w)\n"
        "    def f(self, x):\n        return x * self['w']"
    )
    model = env["Model"](3)
    assert isinstance(model, Proxy)
    assert model.f(2) == 6
    assert model["w"] == 3


def test_the_judges_functions_can_be_passed_and_called(student: Student) -> None:
    env = student("def apply(f, x):\n    return f(x) + 1\ndef back(f):\n    return f")
    assert env["apply"](lambda x: x * 2, np.ones(2)).tolist() == [3.0, 3.0]
    assert env["back"](max) is max

    def fail(x: object) -> None:
        raise KeyError("mine")

    with pytest.raises(KeyError):
        env["apply"](fail, 1)


def test_other_objects_of_the_judge_cannot_be_passed(student: Student) -> None:
    env = student("def f(x):\n    return x")
    with pytest.raises(TypeError, match="cannot pass"):
        env["f"](object())
    assert env["f"](1) == 1


def test_a_result_that_is_too_large_is_an_exception(student: Student) -> None:
    env = student("import numpy as np\ndef f():\n    return np.zeros(300 << 20, dtype=np.uint8)\n"
                  "def g():\n    return 1")  # fmt: skip
    with pytest.raises(ValueError, match="too much data"):
        env["f"]()
    assert env["g"]() == 1


def test_a_change_between_numbers_that_are_equal_is_seen(student: Student) -> None:
    env = student("x = [1]\ndef f(y):\n    y[0] = True\ndef get():\n    return x")
    y = [1]
    env["f"](y)
    assert y[0] is True


def test_many_calls_are_made_in_order_and_stop_at_the_first_exception(student: Student) -> None:
    env = student(
        "import numpy as np\nseen = []\ndef f(x, n):\n    seen.append(n)\n"
        "    if n == 40:\n        raise ValueError('forty')\n    return x + n\n"
        "class A:\n    def f(self, x):\n        return 2 * x"
    )
    results = checks.calls(env["f"], [(np.zeros(2), n) for n in range(40)])
    assert [r.tolist() for r in results] == [[n, n] for n in range(40)]
    with pytest.raises(ValueError, match="forty"):
        checks.calls(env["f"], [(np.zeros(2), n) for n in range(39, 60)])
    assert env["seen"] == [*range(40), 39, 40]
    a = env["A"]()
    assert checks.calls(a.f, [(1,), (2,)]) == checks.calls(a.f, [(1,), (2,)]) == [2, 4]
    assert checks.calls(lambda x: x + 1, [(1,), (2,)]) == [2, 3]
