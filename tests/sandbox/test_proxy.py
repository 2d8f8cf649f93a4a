"""A student's object is used by a test as if it were here."""

from __future__ import annotations

import numpy as np
import pytest

from .conftest import Student

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
