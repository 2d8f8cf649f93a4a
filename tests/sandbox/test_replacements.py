"""What takes the place of names and modules that packages have dropped gives the same."""

from __future__ import annotations

import math
import sys
import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from grader.sandbox.inside import replacements
from grader.sandbox.wire.protocol import Befell


@pytest.mark.parametrize(
    ("module", "name", "shown"),
    [
        ("numpy", "product", "np.prod"), ("numpy", "float", "float"), ("numpy", "Inf", "np.inf"), ("numpy", "math", "math"),
        ("numpy", "trapz", "np.trapezoid"), ("numpy", "NINF", ""), ("numpy", "AxisError", "np.exceptions.AxisError"),
        ("time", "clock", "time.process_time"), ("collections", "Mapping", "collections.abc.Mapping"), ("fractions", "gcd", "math.gcd"),
        ("itertools", "izip", "zip"), ("string", "letters", "string.ascii_letters"), ("cupy", "asnumpy", "np.asarray"),
    ],
)  # fmt: skip
def test_a_dropped_name_has_what_took_its_place(module: str, name: str, shown: str) -> None:
    found = replacements.found(module, name)
    assert found is not None
    assert found[1] == shown


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("numpy", "MachAr"),
        ("numpy", "nothing"),
        ("numpy", "__path__"),
        ("nowhere", "x"),
        ("scipy.misc", "face"),
        ("typing", "ReadOnlyy"),
    ],
)
def test_other_names_have_nothing(module: str, name: str) -> None:
    assert replacements.found(module, name) is None


X = np.array([[3.0, 1.0, 2.0], [6.0, 5.0, 4.0]])


def old(name: str, module: str = "numpy") -> Any:
    found = replacements.found(module, name)
    assert found is not None
    return found[0]


EQUAL: list[tuple[str, Callable[[], Any], Any]] = [
    ("in1d", lambda: old("in1d")([[1, 2], [3, 4]], [2, 4]), [False, True, False, True]),
    ("in1d inverted", lambda: old("in1d")([1, 2], [2], invert=True), [True, False]),
    ("asfarray", lambda: old("asfarray")([1, 2]).dtype.str[1:], "f8"),
    ("asfarray of integers", lambda: old("asfarray")([1, 2], np.int32).dtype.str[1:], "f8"),
    ("asfarray of floats", lambda: old("asfarray")([1, 2], np.float32).dtype.str[1:], "f4"),
    ("msort", lambda: old("msort")(X).tolist(), [[3.0, 1.0, 2.0], [6.0, 5.0, 4.0]]),
    ("common type", lambda: old("find_common_type")([np.float32], [np.int64, np.float64]), np.dtype("f4")),
    ("common type, higher", lambda: old("find_common_type")([np.int8], [np.float32]), np.dtype("f4")),
    ("common type, arrays", lambda: old("find_common_type")(["f4", "i8"], []), np.dtype("f8")),
    ("common type, nothing", lambda: old("find_common_type")([], []), None),
    ("cast", lambda: old("cast")["f4"]([1, 2]).dtype.str[1:], "f4"),
    ("nbytes", lambda: (old("nbytes")[np.float64], old("nbytes")["i2"]), (8, 2)),
    ("asscalar", lambda: old("asscalar")(np.array([5.0])), 5.0),
    ("sctype2char", lambda: old("sctype2char")(np.float64), "d"),
    ("issctype", lambda: [old("issctype")(x) for x in (np.int8, int, 3)], [True, False, False]),
    ("zeros", lambda: (old("NINF"), old("PZERO"), math.copysign(1, old("NZERO"))), (-np.inf, 0.0, -1.0)),
    ("normpdf", lambda: old("normpdf", "matplotlib.mlab")(0.0, 0.0, 1.0).round(4), 0.3989),
    ("normpdf elsewhere", lambda: old("normpdf", "matplotlib.mlab")(3.0, 1.0, 2.0).round(4), 0.121),
    ("inner1d", lambda: old("inner1d", "numpy.core.umath_tests")(X, X).tolist(), [14.0, 77.0]),
    ("sumprod", lambda: old("sumprod", "math")([1, 2], [3, 4]), 11),
    ("batched", lambda: [*old("batched", "itertools")("abcde", 2)], [("a", "b"), ("c", "d"), ("e",)]),
    ("batched strictly", lambda: [*old("batched", "itertools")("abcd", 2, strict=True)], [("a", "b"), ("c", "d")]),
    ("getargspec", lambda: tuple(old("getargspec", "inspect")(lambda a, b=1, *c, **d: 0)), (["a", "b"], "c", "d", (1,))),
    ("strtobool", lambda: [old("strtobool", "distutils.util")(x) for x in ("Yes", "on", "0")], [1, 1, 0]),
    ("get_array_module", lambda: old("get_array_module", "cupy")(X), np),
    ("device_get", lambda: old("device_get", "jax")(5), 5),
]  # fmt: skip


@pytest.mark.parametrize(("name", "use", "value"), EQUAL, ids=[one[0] for one in EQUAL])
def test_a_replacement_gives_the_same(name: str, use: Callable[[], Any], value: Any) -> None:
    found = use()
    assert (found.tolist() if isinstance(found, np.ndarray) else found) == value


@pytest.mark.parametrize("arguments", [(6,), (1, 6), (-3, 2)])
def test_random_integers_include_the_last(arguments: tuple[int, ...]) -> None:
    np.random.seed(3)
    found = old("random_integers", "numpy.random")(*arguments, size=200)
    low, high = (1, *arguments) if len(arguments) == 1 else arguments
    assert sorted({*found.tolist()}) == [*range(low, high + 1)]


def test_a_function_is_vectorised_to_the_common_type() -> None:
    vectorize = old("vectorize", "numba")

    def half(x: float, y: float) -> float:
        return x if x == 1 else y / 2

    assert vectorize(half)(np.array([1, 2]), 3).tolist() == [1.0, 1.5]
    assert vectorize("float32(float32, float32)")(half)(np.ones(2), 1.0).dtype == np.float32
    assert vectorize(["float64(float64, float64)", "int8(int8, int8)"])(half)(2, 3) == 1.5
    assert vectorize(half)(1, 2) == 1
    assert vectorize(half).__name__ == "half"


def test_things_are_replaced_as_their_class_says() -> None:
    replace = old("replace", "copy")
    assert replace(types.SimpleNamespace(replace=lambda **k: k), a=1) == {"a": 1}

    @dataclass
    class Point:
        x: int
        y: int = 2

    assert replace(Point(1), x=5) == Point(5, 2)
    with pytest.raises(ValueError, match="incomplete"):
        [*old("batched", "itertools")("abc", 2, strict=True)]


@pytest.mark.parametrize(
    ("module", "other", "is_renamed"),
    [
        ("cupy", "numpy", False), ("cupy.linalg", "numpy.linalg", False), ("jax.numpy.fft", "numpy.fft", False), ("Queue", "queue", True),
        ("numpy.core.numeric", "numpy", True), ("cPickle", "pickle", True), ("jax", None, None), ("cupy.nothing", None, None), ("", None, None),
    ],
)  # fmt: skip
def test_a_module_that_is_mirrored_or_renamed(
    module: str, other: str | None, is_renamed: bool | None
) -> None:
    found = replacements.mirrored(module)
    assert (found and (found[0].__name__, found[1])) == (other and (other, is_renamed))


def test_what_is_pythons_own_may_be_of_another_python() -> None:
    assert [replacements.is_pythons(name) for name in ("json", "imp", "cPickle", "numpy")] == [
        True,
        True,
        True,
        False,
    ]
    assert replacements.befell("distutils.version") is Befell.OTHER_PYTHON
    assert replacements.befell("numpy.random") is None
    assert replacements.title("itertools") == "Python {}.{}".format(*sys.version_info)
    assert replacements.title("numpy.linalg") == "NumPy " + ".".join(np.__version__.split(".")[:2])
    assert replacements.title("nowhere.at_all") == "nowhere"
