"""How wrong results differ from right ones: what is told is true, and nearly true is not told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from grader.judge import truth
from grader.judge.diagnose.observations import OBSERVED, observe
from grader.judge.diagnose.trace import LOOK, RIGHT, Step, Trace
from grader.words import Words, say

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
        (None, np.array([1.0, 2.0])),
        ("ab", (_A, _C)),
    ],
    ids=["one number", "two numbers", "nan", "another shape", "text", "for text", "nothing",
         "an empty tuple", "empty arrays", "another kind", "for two numbers", "for two arrays"],
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


# Where it is wrong, if nothing holds everywhere


_RIGHT = np.array([3.0, -5.0, 2.0, -7.0, 11.0, -13.0, 17.0, -19.0])
_ODD = np.array([1.3, 0.4, 1.9, 0.7, 1.1, 2.6, 0.2, 1.7])  # factors that have nothing in common


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (0, "The sign is right in 8 of 8 numbers that are off"),
        (1, "The sign is right in 7 of 8 numbers that are off"),
        (2, "The sign is wrong in 2 of 8 numbers that are off"),  # one in four is no accident
        (5, "The sign is wrong in 5 of 8 numbers that are off"),
    ],
)
def test_signs_are_counted_among_the_numbers_that_are_off(wrong: int, said: str) -> None:
    signs = np.where(np.arange(8) < wrong, -1.0, 1.0)
    own, right = parts(_RIGHT * _ODD * signs), parts(_RIGHT)
    (sentence,) = told(own, right)
    assert str(sentence).startswith(said)
    assert truth.holds(sentence, own, [right])


def test_where_0_is_right_no_sign_is() -> None:
    values = np.where(np.arange(8) < 1, 0.0, _RIGHT)
    (sentence,) = told(parts(values * _ODD + (values == 0)), parts(values))
    assert "The sign is right in 7 of 8 numbers" in str(sentence)
    assert truth.holds(sentence, parts(values * _ODD + (values == 0)), [parts(values)])


@pytest.mark.parametrize(
    ("off", "said"),
    [(1, "Most numbers are right: 1 of 8 are off."), (3, "Most numbers are right: 3 of 8 are off."),
     (4, "")],
)  # fmt: skip
def test_most_numbers_are_right_where_less_than_half_are_off(off: int, said: str) -> None:
    values = np.where(np.arange(8) < off, _RIGHT * _ODD * [1, -1, 1, -1, 1, -1, 1, -1], _RIGHT)
    found = [str(sentence) for sentence in told(parts(values), parts(_RIGHT))]
    assert [text for text in found if text.startswith("Most")] == [said] * bool(said)


@pytest.mark.parametrize(
    ("samples", "are_right", "said"),
    [
        ((4, 3, 2), (True, False, False), "Right with 4 samples, wrong with 2, 3 samples."),
        ((4, 4, 3), (True, True, False), "Right with 4 samples, wrong with 3 samples."),
        ((4, 4, 3), (True, False, False), ""),
        ((4, 0, 3), (True, True, False), ""),
    ],
)
def test_runs_are_told_apart_by_their_samples(
    samples: tuple[int, ...], are_right: tuple[bool, ...], said: str
) -> None:
    right = trace(*[{"out": _RIGHT}] * 3, samples=samples)
    wrong = _RIGHT * _ODD * np.array([1, -1, 1, -1, 1, -1, 1, -1])
    runs = ({"out": _RIGHT if is_right else wrong} for is_right in are_right)
    found = [str(sentence) for sentence in told(trace(*runs, samples=samples), right)]
    assert [text for text in found if text.startswith("Right")] == [said] * bool(said)


def test_a_wrong_answer_where_0_is_right_is_wrong_all_the_same() -> None:
    right = trace({"out": 0 * _RIGHT}, {"out": _RIGHT}, samples=(4, 3))
    own = trace({"out": _RIGHT * _ODD}, {"out": _RIGHT}, samples=(4, 3))
    assert [str(one) for one in told(own, right)] == ["Right with 3 samples, wrong with 4 samples."]


@pytest.mark.parametrize(
    ("names", "wrong", "said"),
    [
        ("abc", "bc", "a comes out right; what follows does not."),
        ("abc", "c", "b comes out right; what follows does not."),
        ("abc", "b", ""),  # c comes out right
        ("abc", "abc", ""),
        ("abc", "a", ""),
    ],
)
def test_what_follows_the_first_right_results(names: str, wrong: str, said: str) -> None:
    right = trace(dict.fromkeys(names, _RIGHT))
    own = trace({name: _RIGHT * (_ODD if name in wrong else 1) for name in names})
    found = [str(sentence) for sentence in told(own, right)]
    assert [text for text in found if "what follows" in text] == [said] * bool(said)
    for name in names:
        claim = say("{name} comes out right; what follows does not.", name=name)
        assert truth.holds(claim, own, [right]) is (name not in wrong)
        assert truth.holds(claim, trace({name: _RIGHT.copy() for name in names}), [right]) is False


@pytest.mark.parametrize(
    ("own", "right", "said"),
    [
        (_RIGHT * [np.nan, *_ODD[1:]], _RIGHT, "nan comes from"),
        (_RIGHT * np.nan, _RIGHT, "All its numbers are nan"),
        (np.array([np.nan]), np.array([2.0]), "nan comes from"),  # one number was not left unfilled
        (_RIGHT * np.inf, _RIGHT, "inf comes from"),
        (np.array([np.nan, 1.0]), np.array([np.nan, 2.0]), ""),  # it should be there
    ],
    ids=["some", "all", "the only one", "inf", "a right nan"],
)
def test_numbers_that_are_not_finite(own: _Real, right: _Real, said: str) -> None:
    found = "".join(map(str, told(parts(own), parts(right))))
    assert said in found if said else "nan" not in found


def test_a_check_for_finite_numbers_needs_no_right_ones() -> None:
    own = trace({"out": _RIGHT * np.inf}, kind="finite")
    assert "inf comes from" in "".join(map(str, observe(own, [])))
    assert observe(trace({"out": _RIGHT}, kind="finite"), []) == ()


def test_an_execution_that_raised_has_no_relation() -> None:
    raised = Trace(ending=("raised", "ValueError: no"), looks=True)
    raised.add(Step(LOOK, RIGHT, (3,), error="ValueError: no"))
    assert told(raised, parts(_RIGHT)) == told(parts(-_RIGHT), raised) == []


@pytest.mark.parametrize(
    ("shape", "is_told"), [((4, 3), True), ((2, 3), False), ((4, 1), False), ((3, 2), True)]
)
def test_columns_are_told_of_where_there_are_several_with_several_numbers(
    shape: tuple[int, int], is_told: bool
) -> None:
    right = np.resize(_RIGHT, shape) * np.linspace(1, 2, shape[0])[:, None]
    own = right * np.array([2.0, 3.0, 5.0])[: shape[1]]
    found = "".join(map(str, told(parts(own), parts(right))))
    assert ("Each column is off by a factor" in found) is is_told
