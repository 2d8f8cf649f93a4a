"""What is observed of wrong results is true, and what is not true is found out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from grader.judge import truth
from grader.judge.diagnose.observations import OBSERVED, observe
from grader.judge.diagnose.trace import LOOK, RIGHT, Step, Trace
from grader.words import Words, say

_RUNS = [np.arange(1.0, 13.0).reshape(4, 3) ** 1.3 * f for f in (1.0, -2.5)]
_Change = Callable[[np.ndarray[Any, Any], int], Any]


def trace(*runs: dict[str, Any], samples: tuple[int, ...] = (), kind: str = "value") -> Trace:
    """What a test case looked at, run by run; *samples* are 0 where none are given."""
    made = Trace(ending=("check", kind), looks=True)
    for place, run in enumerate(runs):
        count = samples[place] if samples else 0
        made.names |= {name: Words(name) for name in run}
        made.add(Step(LOOK, RIGHT, (count,), run))
    return made


def told(own: Trace, right: Trace) -> list[Words]:
    return list(observe(own, [right]))


SEEN: list[tuple[_Change, str]] = [
    (lambda x, run: 0 * x, "All that you return is 0"),
    (lambda x, run: -x, "opposite sign"),
    (lambda x, run: 1.5 * x, "same factor"),
    (lambda x, run: x + 0.25, "same amount"),
    (lambda x, run: (2 + run) * x, "one factor, from run to run"),
    (lambda x, run: x + 1 + run, "one amount, from run to run"),
    (lambda x, run: x + np.array([1.0, 2.0, -3.0]), "Each column is off by an amount"),
    (lambda x, run: x * np.array([2.0, 0.5, -3.0]), "Each column is off by a factor"),
    (lambda x, run: x * np.array([[2.0], [3.0], [0.1], [4.0]]), "Each row is off by a factor"),
    (lambda x, run: 1 / x, "the smaller it is"),
    (lambda x, run: x * np.where(np.arange(12).reshape(4, 3) % 3, -1, 1), "sizes of all numbers"),
    (lambda x, run: x - np.exp(np.sin(3 * x)), "smaller than it should be"),
    (lambda x, run: x + np.exp(np.sin(3 * x)), "larger than it should be"),
    (lambda x, run: np.where(np.abs(x) > 20, np.nan, x + x**2), "nan comes from"),
    (lambda x, run: np.full(np.shape(x), np.nan), "All its numbers are nan"),
    (lambda x, run: np.where(np.abs(x) > 20, np.inf, -(x**2)), "inf comes from"),
    (lambda x, run: x + 0.4 * x * np.sin(5 * x), "The sign is right in 24 of 24"),
    (lambda x, run: x * np.sin(2 * x), "The sign is wrong in"),
    (lambda x, run: np.where(np.arange(12).reshape(4, 3) < 2, x * 3, x), "Most numbers are right"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "said"), SEEN)
def test_what_is_observed_is_true(change: _Change, said: str) -> None:
    right = trace(*({"out": x} for x in _RUNS))
    own = trace(*({"out": change(x, run)} for run, x in enumerate(_RUNS)))
    (sentence,) = told(own, right)
    assert said in str(sentence)
    assert truth.holds(sentence, own, [right])


def test_a_right_sign_is_told_only_where_there_are_right_numbers_of_both() -> None:
    right = trace(*({"out": np.abs(x)} for x in _RUNS))
    own = trace(*({"out": np.abs(x) * (1 + 0.4 * np.sin(5 * x))} for x in _RUNS))
    assert not any("sign is right" in str(sentence) for sentence in told(own, right))


@pytest.mark.parametrize("text", sorted(OBSERVED))
def test_no_observation_is_true_of_what_is_right(text: str) -> None:
    right = trace(*({"out": x} for x in _RUNS))
    own = trace(*({"out": x.copy()} for x in _RUNS))
    words = Words(text, tuple((key, 1) for key in ("name", "good", "bad", "off", "size", "wrong")))
    assert truth.holds(words, own, [right]) is False


@pytest.mark.parametrize(
    "change",
    [
        # Beside large numbers these amounts look the same.
        lambda x, run: x + np.array([1e-6, 2e-6, 3e-6]) * 1e3,
        lambda x, run: np.where(np.arange(12).reshape(4, 3) == 5, np.inf, 2 * x),
        lambda x, run: x * (1 + 0.1 * (np.arange(12).reshape(4, 3) == 5)) * 2,
    ],
)
@pytest.mark.parametrize("said", ["same amount", "same factor", "one factor", "one amount"])
def test_nothing_is_said_to_be_the_same_that_is_not(change: _Change, said: str) -> None:
    large = [x * 1e3 for x in _RUNS]
    right = trace(*({"out": x} for x in large))
    own = trace(*({"out": change(x, run)} for run, x in enumerate(large)))
    assert not any(said in str(sentence) for sentence in told(own, right))


def test_everything_is_said_to_be_off_only_where_nothing_comes_out_right() -> None:
    right = trace(*({"first": x, "second": x + 1} for x in _RUNS))
    own = trace(*({"first": 2 * x, "second": x + 1} for x in _RUNS))
    assert not any("Everything" in str(sentence) for sentence in told(own, right))
    own = trace(*({"first": x, "second": 2 * (x + 1)} for x in _RUNS))
    assert [str(sentence) for sentence in told(own, right)] == [
        "first comes out right; what follows does not."
    ]


@pytest.mark.parametrize(
    ("factor", "said"),
    [(0.0, "nothing is changed there"), (-1.0, "in the opposite direction"),
     (1.5, "is off by the same factor")],
)  # fmt: skip
def test_what_changes_from_step_to_step_is_called_so(factor: float, said: str) -> None:
    def run(times: float) -> dict[str, Any]:
        # The first step is another one, so that no sum of them is off by one factor.
        sums = [x * 3 + times * n * np.sin(x) for x in _RUNS[:1] for n in range(4)]
        return {f"after {n}": {"W": entry + (times - 1) ** 2} for n, entry in enumerate(sums)}

    own, right = trace(run(factor)), trace(run(1.0))
    (sentence,) = told(own, right)
    assert said in str(sentence)
    assert truth.holds(sentence, own, [right])


@pytest.mark.parametrize(
    ("samples", "said"),
    [((1, 4), "Right with 1 sample, wrong with 4 samples."),
     ((3, 1), "Right with 3 samples, wrong with 1 sample."), ((0, 4), "")],
)  # fmt: skip
def test_of_how_many_samples_it_is_wrong(samples: tuple[int, int], said: str) -> None:
    right = trace(*({"out": x} for x in _RUNS), samples=samples)
    own = trace({"out": _RUNS[0]}, {"out": np.sin(_RUNS[1])}, samples=samples)
    sentences = [sentence for sentence in told(own, right) if "samples" in str(sentence)]
    assert [str(sentence) for sentence in sentences] == [said] * bool(said)
    assert all(truth.holds(sentence, own, [right]) for sentence in sentences)


def test_a_right_zero_says_nothing_of_its_number_of_samples() -> None:
    nothing = np.zeros((4, 3))
    right = trace({"out": nothing}, {"out": _RUNS[1]}, samples=(4, 3))
    own = trace({"out": nothing}, {"out": np.sin(_RUNS[1])}, samples=(4, 3))
    assert not [sentence for sentence in told(own, right) if "samples" in str(sentence)]
    claim = say("Right with {good}, wrong with {bad}.", good="4 samples", bad="3 samples")
    assert not truth.holds(claim, own, [right])


@pytest.mark.parametrize(
    ("sentence", "own", "holds"),
    [
        (say("{entry} is {own}, which is not right{count}.", entry="out", own="2.5", count=""),
         [2.5, 1.0], True),
        (say("{entry} is {own}, which is not right{count}.", entry="out", own="1", count=""),
         [2.5, 1.0], False),
        (say("{entry} is {own}; it should be a finite number.", entry="out", own="nan"),
         [np.nan, 1.0], True),
        (say("{entry} is {own}; it should be a finite number.", entry="out", own="nan"),
         [2.0, 1.0], False),
        (say("{name} {has}; expected {wanted}.", name="out", has="", wanted=""), [1.0], True),
        (say("{name} {has}; expected {wanted}.", name="out", has="", wanted=""), [2.0, 1.0], False),
        (say("Nobody knows this sentence."), [2.0, 1.0], None),
    ],
)  # fmt: skip
def test_what_a_check_says_is_looked_up(
    sentence: Words, own: list[float], holds: bool | None
) -> None:
    right = trace({"out": np.array([2.0, 1.0])})
    assert truth.holds(sentence, trace({"out": np.array(own)}), [right]) is holds


@pytest.mark.parametrize(("second", "holds"), [(3.0, True), (2.0, False)])
def test_what_changes_was_seen_to_change(second: float, holds: bool) -> None:
    right = trace(*({"out": np.array([5.0, 1.0])} for _ in range(2)))
    own = trace({"out": np.array([2.0, 1.0])}, {"out": np.array([second, 1.0])})
    sentence = say("{found} {message}.", found="out", message="changes when it is called again")
    assert truth.holds(sentence, own, [right]) is holds


_DRAWN = np.random.default_rng(5).normal(0.0, 2.0, (3, 4, 50))


@pytest.mark.parametrize(
    ("text", "fields", "true_of", "false_of"),
    [
        ("{name} has the standard deviation {own}, which is not right.",
         {"own": f"{_DRAWN.std():.6g}"}, _DRAWN, 2 * _DRAWN),
        ("{name} has the mean {mean}, which is not right.",
         {"mean": f"{_DRAWN.mean():.6g}"}, _DRAWN, _DRAWN + 1),
        ("{name} gives the same numbers at every call.", {}, _DRAWN[[0, 0, 0]], _DRAWN),
        ("{name} holds the same numbers again and again.", {}, np.round(_DRAWN), _DRAWN),
        ("{name} is the same number everywhere.", {}, np.ones((3, 4)), _DRAWN),
        ("{entry} is {own}, outside the range.",
         {"own": f"{_DRAWN[1, 2, 3]:.6g}"}, _DRAWN, -_DRAWN),
        ("{count} of the {size} numbers of {name} lie {tail} or more standard deviations from the "
         "mean; for a normal distribution that is {few}.",
         {"size": 600, "tail": "2", "few": say("too few")}, np.clip(_DRAWN, -3.0, 3.0), _DRAWN**3),
        ("Of {size} numbers of {name}, {times} are {number}, which is too far from its share.",
         {"number": 7, "times": 3, "size": 4}, np.array([7, 7, 1, 7]), np.array([7, 7, 1, 1])),
        ("{name} draws the same mask at every call.",
         {}, np.maximum(_DRAWN[[1, 1]], 0), _DRAWN[:2]),
    ],
)  # fmt: skip
def test_a_sentence_on_draws_is_confirmed_by_the_draws(
    text: str, fields: dict[str, Any], true_of: Any, false_of: Any
) -> None:
    sentence, right = Words(text, tuple(fields.items())), trace({"drawn": _DRAWN * 3})
    assert truth.holds(sentence, trace({"drawn": true_of}), [right]) is True
    assert truth.holds(sentence, trace({"drawn": false_of}), [right]) is False


def test_calls_of_one_size_are_laid_together() -> None:
    small, large = _DRAWN, np.random.default_rng(6).normal(size=(3, 7))
    turns = tuple((one, other) for one, other in zip(small, large, strict=True))
    sentence = say(
        "{name} has the standard deviation {own}, which is not right.",
        name="xavier(1, 7)",
        own=f"{large.std():.6g}",
    )
    assert truth.holds(sentence, trace({"drawn": turns}), [trace({"drawn": turns[:0]})])
