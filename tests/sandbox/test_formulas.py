"""Functions that a test hands over as their text: the student's code calls them by itself."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from grader.sandbox.outside.link import Link
from grader.sandbox.outside.watch import Stopped
from grader.sandbox.wire.arrays import Formula, formula
from grader.sandbox.wire.codec import ProtocolError
from grader.sandbox.wire.protocol import FORMULA

from .conftest import Student

TANH = Formula("np.tanh(z)")
CALLS = "def use(f, x):\n    return f(x), f(float(x[0])), [f(v) for v in x]"


def test_the_students_code_calls_it_without_asking_anybody(link: Link, student: Student) -> None:
    x = np.array([0.5, -2.0])
    whole, one, several = student(CALLS)["use"](TANH, x)
    np.testing.assert_array_equal(whole, np.tanh(x))
    assert one == np.tanh(0.5)
    assert several == list(np.tanh(x))
    with pytest.raises(ProtocolError):
        link.handles.function(-1)  # the first one, through which the judge would be asked


def test_it_is_the_same_object_in_all_calls_and_its_own_when_it_comes_back(
    student: Student,
) -> None:
    names = student(
        "kept = []\ndef keep(f, several):\n    kept.append(f)\n    return f, several\n"
        "def are_one():\n    return len({id(f) for f in kept}) == 1"
    )
    for _ in range(2):
        given, several = names["keep"](TANH, [TANH, {"f": TANH}])
        assert given is TANH
        assert several[0] is several[1]["f"] is TANH
    assert names["are_one"]()


def test_what_a_worker_says_is_never_made_a_function_here(link: Link, student: Student) -> None:
    student(CALLS)["use"](TANH, np.ones(1))
    assert link.handles.resolve(FORMULA, TANH.text) is TANH
    with pytest.raises(ProtocolError):
        link.handles.resolve(FORMULA, "z + 1")


def test_a_student_who_makes_another_one_ends_the_worker(student: Student) -> None:
    names = student("def other(f):\n    return type(f)('np.exp(z)')")
    with pytest.raises(Stopped, match="handle"):
        names["other"](TANH)


def test_the_students_code_may_send_it_on(student: Student) -> None:
    names = student(
        "import pickle\ndef sent(f, x):\n    return pickle.loads(pickle.dumps(f))(x), f.__name__"
    )
    assert names["sent"](TANH, 0.5) == (np.tanh(0.5), "formula")


def test_copies_are_the_function_itself() -> None:
    assert copy.deepcopy([TANH])[0] is TANH
    assert formula("z ** 2") is formula("z ** 2")
    assert formula("z ** 2")(3.0) == 9.0


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        ("np.array([1.0, -2.0]) > 0", np.array([1.0, 0.0])),
        ("[True, (False, 2.5)]", [1.0, (0.0, 2.5)]),
        ("np.bool_(True)", 1.0),
        ("np.array([1.5])", np.array([1.5])),
        ("None", None),
    ],
)
def test_true_and_false_are_numbered(
    link: Link, student: Student, made: str, expected: object
) -> None:
    student("import numpy as np\ndef give():\n    return " + made)
    own = link.operate("numbered", link.operate("call", link.operate("lookup", "give")))
    np.testing.assert_equal(own, expected)
