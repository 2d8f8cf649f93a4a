"""How wrong results differ from right ones: what is told is true, and nearly true is not told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from grader.judge import truth
from grader.judge.diagnose.observations import OBSERVED, observe
from grader.judge.diagnose.trace import LOOK, RIGHT, Step, Trace
from grader.words import Words

from .test_truth import _RUNS, SEEN, told, trace

_Real = np.ndarray[Any, Any]
SAMPLES = (4, 3)


def both(
    change: Callable[[_Real, int], Any], samples: tuple[int, ...] = SAMPLES
) -> tuple[Trace, Trace]:
    """The traces of results that were changed, and of the right ones."""
    right = trace(*({"out": x} for x in _RUNS), samples=samples)
    own = trace(
        *({"out": change(x, n)} for x, n in zip(_RUNS, samples, strict=True)), samples=samples
    )
    return own, right


def text_of(said: str) -> str:
    (text,) = (text for text in OBSERVED if said in text and "change from one step" not in text)
    return text


BY_SAMPLES: list[tuple[Callable[[_Real, int], Any], str]] = [
    (lambda x, n: x * n, "grows with the number of samples"),
    (lambda x, n: x / n, "shrinks with the number of samples"),
    (lambda x, n: x * n / (n - 1), "number of degrees of freedom"),
]


@pytest.mark.parametrize(("change", "said"), BY_SAMPLES)
def test_what_depends_on_the_number_of_samples(
    change: Callable[[_Real, int], Any], said: str
) -> None:
    own, right = both(change)
    (sentence,) = told(own, right)
    assert said in str(sentence)
    assert truth.holds(sentence, own, [right])


@pytest.mark.parametrize(("change", "said"), BY_SAMPLES)
@pytest.mark.parametrize("samples", [(0, 0), (4, 0), (1, 1)])
def test_where_their_number_is_not_known_nothing_depends_on_it(
    change: Callable[[_Real, int], Any], said: str, samples: tuple[int, int]
) -> None:
    own, right = both(lambda x, n: change(x, 4), samples)
    assert not any(said in str(sentence) for sentence in told(own, right))
    assert truth.holds(Words(text_of(said)), own, [right]) is False


#: Changes by a sentence of which each result is an array; a number that spoils the sentence.
WHOLE = [(change, said, -1e6 if "larger" in said else 1e6) for change, said in SEEN[:13]]


@pytest.mark.parametrize(("change", "said", "odd"), WHOLE, ids=[said for _, said, _ in WHOLE])
def test_one_odd_number_makes_it_untrue(
    change: Callable[[_Real, int], Any], said: str, odd: float
) -> None:
    def spoilt(x: _Real, run: int) -> _Real:
        values = np.array(change(x, run), float)
        values[1, 2] = odd * (1 + run)
        return values

    right = trace(*({"out": x} for x in _RUNS))
    own = trace(*({"out": spoilt(x, run)} for run, x in enumerate(_RUNS)))
    assert not any(said in str(sentence) for sentence in told(own, right))
    assert truth.holds(Words(text_of(said)), own, [right]) is False


#: What is true beside what is told.
COLUMNS = ["Each column is off by a factor", "Each row is off by a factor"]
AMOUNTS = ["Each column is off by an amount", "Each row is off by an amount"]
FACTOR = "is off by the same factor, in every run: is"
ALSO = {
    "All that you return is 0": [*COLUMNS, FACTOR, "off is too small", "the smaller it is"],
    "opposite sign": [*COLUMNS, FACTOR, "The sizes of all"],
    "same factor": [*COLUMNS, "off is too large"],
    "same amount": [*AMOUNTS, "off is larger"],
    "one factor, from run to run": [*COLUMNS, "off is too large"],
    "one amount, from run to run": [*AMOUNTS, "off is larger"],
    "the smaller it is": ["off is too small"],
    "All its numbers are nan": ["nan comes from"],
    "Most numbers are right": ["off is too large"],
}


@pytest.mark.parametrize(("change", "said"), SEEN, ids=[said for _, said in SEEN])
def test_no_other_sentence_is_true(change: Callable[[_Real, int], Any], said: str) -> None:
    right = trace(*({"out": x} for x in _RUNS))
    own = trace(*({"out": change(x, run)} for run, x in enumerate(_RUNS)))
    (sentence,) = told(own, right)
    plain = sorted(text for text in OBSERVED if "{" not in text and text != sentence.text)
    with np.errstate(all="ignore"):
        found = {text for text in plain if truth.holds(Words(text), own, [right])}
    assert found == {text for text in plain if any(part in text for part in ALSO.get(said, []))}


# Results of several parts


def parts(*runs: Any) -> Trace:
    return trace(*({"out": run} for run in runs))


_A, _B = np.array([1.0, 2.0, 4.0]), np.array([3.0, -1.0, 0.5])
_C, _M, _N = np.array([7.0, -2.0]), _RUNS[0][:3], _RUNS[1]


@pytest.mark.parametrize(
    ("own", "right", "said"),
    [
        ((_C, _A), (_A, _C), "The two results come in the other order."),
        (np.array([2.0, 1.0]), np.array([1.0, 2.0]), "The two results come in the other order."),
        ((_C, _A, _A), (_A, _C, _A), ""),
        ((_C, _A + 1), (_A, _C), ""),
        (_M.T, _M, "Rows and columns are exchanged."),
        ((_M.T, _N.T), (_M, _N), "Rows and columns are exchanged."),
        ((_M.T, _N), (_M, _N), ""),
        (_M.T + 1, _M, ""),
        ((2 * _A, 2 * _B), (_A, _B), "off by the same factor"),
        ((_A + 2, _B + 2), (_A, _B), "off by the same amount"),
        ((2 * _A, 3 * _B), (_A, _B), ""),
        ((_A + 2, _B + 3), (_A, _B), ""),
        ({"W": -_A, "b": -_B}, {"W": _A, "b": _B}, "opposite sign"),
        ({"W": -_A, "b": _B}, {"W": _A, "b": _B}, ""),
    ],
)
def test_results_of_several_parts(own: Any, right: Any, said: str) -> None:
    student, solution = parts(own), parts(right)
    of_all = [
        sentence
        for sentence in told(student, solution)
        if any(
            word in str(sentence) for word in ("verything", "exchanged", "other order", "Every ")
        )
    ]
    assert [said in str(sentence) for sentence in of_all if said] == [True] * bool(said)
    assert all(truth.holds(sentence, student, [solution]) for sentence in of_all)
    for text in ("Rows and columns are exchanged.", "The two results come in the other order."):
        if not isinstance(right, dict):
            assert truth.holds(Words(text), student, [solution]) is (text == said)


@pytest.mark.parametrize(
    ("own", "right"),
    [
        (np.array([2.0]), np.array([1.0])),  # one number has every factor
        (np.array([2.0, 4.0]), np.array([1.0, 2.0])),  # two have one by accident
        (np.array([np.nan, 2.0, 4.0, 6.0]), np.array([1.0, 1.0, 2.0, 3.0])),
        (np.array([2.0, 4.0, 6.0]), np.array([[1.0, 2.0], [3.0, 4.0]])),
        ("a text", _A),
        (_A, "a text"),
        (None, _A),
        ((), _A),
        (np.empty(0), np.empty(0)),
        (_A, {"W": _A}),
    ],
    ids=["one number", "two numbers", "nan", "another shape", "text", "for text", "nothing",
         "an empty tuple", "empty arrays", "another kind"],
)  # fmt: skip
def test_what_cannot_be_compared_has_no_relation(own: Any, right: Any) -> None:
    said = [str(sentence) for sentence in told(parts(own), parts(right))]
    assert not any("factor" in text or "amount" in text for text in said)


def test_results_of_other_names_are_not_compared() -> None:
    assert told(trace({"a": 2 * _A}), trace({"b": _A})) == []
    assert observe(trace({"a": 2 * _A}), []) == ()


def test_the_relation_to_any_accepted_convention_is_told() -> None:
    rights = [parts(_B), parts(_A)]
    (sentence,) = observe(parts(-_A), rights)
    assert "opposite sign" in str(sentence)
    assert truth.holds(sentence, parts(-_A), rights)
    assert truth.holds(sentence, parts(-_A), rights[:1]) is False


def test_only_results_that_must_be_right_count() -> None:
    def looked(first: _Real) -> Trace:
        made = Trace(ending=("check", "value"), looks=True)
        for what, value in (("", first), (RIGHT, -_A)):
            made.names |= {"out": Words("out")}
            made.add(Step(LOOK, what, (3,), {"out": value}))
        return made

    right = looked(_B)
    right.steps[1] = Step(LOOK, RIGHT, (3,), {"out": _A})
    (sentence,) = told(looked(7 * _B), right)
    assert "opposite sign" in str(sentence)


def test_numbers_smaller_than_an_array_are_zeros() -> None:
    own, right = both(lambda x, n: x + np.abs(x).max() * 1e-9)
    assert told(own, right) == []
