"""A student's object is used by a test as if it were here."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from grader.sandbox.outside.promises import Promise
from grader.sandbox.outside.proxy import Environment
from grader.sandbox.wire import codec
from grader.sandbox.wire.protocol import Answers, Done, Parcel

from .conftest import Student
from .scripted import link

BAG = """
class Bag:
    kind = "bag"
    def __init__(self):
        self.things = {"a": 1.0}
    def __getitem__(self, key):
        return self.things[key]
    def __setitem__(self, key, value):
        self.things[key] = value
    def __delitem__(self, key):
        del self.things[key]
    def __contains__(self, key):
        return key in self.things
    def __len__(self):
        return len(self.things)
    def __iter__(self):
        return iter(self.things)
    def __bool__(self):
        return len(self.things) > 1
    def __int__(self):
        return 7
    def __float__(self):
        return 7.5
    def __complex__(self):
        return 7.5j
    def __str__(self):
        return "a bag"
    def __array__(self, dtype=None, copy=None):
        import numpy
        return numpy.array(list(self.things.values()))
class Odd(Bag):
    def __array__(self, dtype=None, copy=None):
        raise ValueError("no numbers")
"""


def test_it_is_a_container(student: Student) -> None:
    bag = student(BAG)["Bag"]()
    bag["b"] = 2.0
    assert (bag["b"], len(bag), sorted(bag), "b" in bag, bool(bag)) == (
        2.0,
        2,
        ["a", "b"],
        True,
        True,
    )
    del bag["b"]
    assert ("b" in bag, bool(bag)) == (False, False)
    with pytest.raises(KeyError):
        bag["b"]


def test_it_is_a_number_a_text_and_an_array(student: Student) -> None:
    bag = student(BAG)["Bag"]()
    assert (int(bag), float(bag), complex(bag), str(bag)) == (7, 7.5, 7.5j, "a bag")
    assert np.asarray(bag).tolist() == [1.0]
    assert np.asarray(bag, dtype=np.float32).dtype == np.float32


def test_it_has_attributes_and_a_class(student: Student) -> None:
    env = student(BAG)
    bag = env["Bag"]()
    assert isinstance(bag, env["Bag"])
    assert not isinstance(bag, env["Odd"])
    bag.colour = "red"
    assert bag.colour == "red"
    del bag.colour
    with pytest.raises(AttributeError):
        _ = bag.colour


def test_what_the_students_code_raises_is_raised_here(student: Student) -> None:
    with pytest.raises(ValueError, match="no numbers"):
        np.asarray(student(BAG)["Odd"]())


def test_a_test_may_define_names_and_take_them_back(student: Student) -> None:
    env = student("def f():\n    return extra")
    env["extra"] = [1, 2]
    assert env["f"]() == [1, 2]
    del env["extra"]
    assert "extra" not in env
    with pytest.raises(NameError):
        env["f"]()


# -- what is asked of a worker that says what is written down here ---------------


def done(value: Any) -> Done:
    return Done(value=value, parcel=Parcel())


def answers(*values: Any) -> Answers:
    return Answers(values=list(values), raised=None, parcel=Parcel())


PLAIN: list[tuple[str, Callable[[Any], Any], Any, Any]] = [
    ("len", len, 2, 2.0), ("bool", bool, False, 0), ("int", int, 7, True), ("float", float, 0.5, 1),
    ("complex", complex, [codec.COMPLEX, 0.0, 1.0], 1.0), ("str", str, "s", 5), ("contains", lambda p: 1 in p, True, 1),
    ("iter", iter, None, 1), ("array", np.asarray, None, [8, [1.0]]),
]  # fmt: skip


@pytest.mark.parametrize(("operation", "use", "right", "odd"), PLAIN, ids=[p[0] for p in PLAIN])
def test_a_proxy_becomes_only_what_python_would_take(
    operation: str, use: Callable[[Any], Any], right: Any, odd: Any
) -> None:
    own, pipe = link(
        done([codec.HANDLE, 7, "x"]), *([] if right is None else [done(right)]), done(odd)
    )
    proxy = own.operate("call", 1)
    if right is not None:
        assert use(proxy) == (1j if operation == "complex" else right)
    with pytest.raises(TypeError, match="the student's object"):
        use(proxy)
    assert pipe.heard[-1][0].operation == operation  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "name", ["__array_interface__", "__array__x", "__len_hint__", "__wrapped__"]
)
def test_names_with_two_underscores_are_not_asked_for(name: str) -> None:
    own, pipe = link(done([codec.HANDLE, 7, "x"]), done("doc"))
    proxy = own.operate("call", 1)
    assert not hasattr(proxy, name)
    assert proxy.__doc__ != "doc" or len(pipe.heard) == 2
    assert copy.deepcopy([proxy])[0] is proxy


def test_a_method_that_was_seen_is_looked_up_when_it_is_called() -> None:
    method = [codec.HANDLE, 8, "method"]
    own, pipe = link(
        done([codec.HANDLE, 7, "Layer"]), done(method), done(3), done(4), done(method), done(5)
    )
    layer = own.operate("call", 1)
    assert layer.forward(1) == 3
    assert layer.forward(2, out=[1.0]) == 4
    assert layer.forward.__name__ == 5
    asked = [message.operation for message, _ in pipe.heard]  # type: ignore[union-attr]
    assert asked == ["call", "getattr", "call", "method", "getattr", "getattr"]


def test_an_environment_fetches_names_and_takes_back_what_it_defined() -> None:
    own, pipe = link(done(1), done(None), done(None), done(2))
    env = Environment(own, ["b", "a", "b"], mark="q1")
    assert (list(env), len(env), "a" in env, "c" in env) == (["b", "a"], 2, True, False)
    assert env["a"] == 1
    env["c"] = 5
    del env["c"]
    for name in ("c", "d"):
        with pytest.raises(KeyError):
            env[name]
    with pytest.raises(KeyError):
        del env["d"]
    assert env.examples(["1 + 1"], 2.0) == 2
    asked = [(m.operation, m.arguments[-1]) for m, _ in pipe.heard]  # type: ignore[union-attr]
    assert asked == [("lookup", "q1"), ("define", 5), ("undefine", "c"), ("examples", "q1")]


def test_a_promise_is_kept_where_it_must_be_a_plain_value() -> None:
    own, pipe = link(answers([codec.OWN_LIST, [1.0, 2.0]]), answers(0.5), answers(True))
    with own.queued():
        rows = own.operate("call", 1)
        assert isinstance(rows, Promise)
        assert (len(rows), list(rows), rows[1], 2.0 in rows) == (2, [1.0, 2.0], 2.0, True)
        number = own.operate("call", 2)
        assert (float(number), int(number), str(number), complex(number)) == (0.5, 0, "0.5", 0.5)
        assert np.asarray(own.operate("call", 3)).dtype == bool
    assert len(pipe.heard) == 3
