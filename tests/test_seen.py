"""Results beside the right ones, what is confirmed of a page, and sentences on masks and draws."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from grader.checks.failure import percent
from grader.course.testfile import TestCase
from grader.judge import truth
from grader.judge.diagnose import Attempt
from grader.judge.diagnose.trace import LOOK, RIGHT, Step, Trace
from grader.judge.seen import Seen, beside
from grader.model import CaseResult, Confirmed, Outcome
from grader.words import Words, say

ONES = np.ones(3)


def looks(*runs: Any, what: str = RIGHT, given: tuple[int, ...] = (4,)) -> Trace:
    """What was looked at, run by run; a text is what an execution raised."""
    made = Trace(ending=("check", "value"), looks=True)
    for run in runs:
        raised = {"error": run} if isinstance(run, str) else {"result": run}
        made.add(Step(LOOK, what, given, **raised))
    return made


def told(found: list[Seen]) -> list[tuple[Any, ...]]:
    return [(one.step, one.name, one.agrees, one.judged, one.samples) for one in found]


@pytest.mark.parametrize(
    ("own", "right", "found"),
    [
        (looks({"a": ONES}, {"a": 2 * ONES}), looks({"a": ONES}, {"a": ONES}),
         [(0, "a", True, True, 4), (1, "a", False, True, 4)]),
        (looks({"a": ONES, "b": ONES}), looks({"a": ONES, "b": ONES + 1e-4}),
         [(0, "a", True, True, 4), (0, "b", False, True, 4)]),
        (looks("ValueError: no", {"a": ONES}), looks({"a": ONES}, {"a": ONES}),
         [(1, "a", True, True, 4)]),
        (looks({"a": ONES}), looks("ValueError: no"), [(0, "a", True, True, 4)]),
        (looks({}), looks({"a": ONES}), [(0, "a", False, True, 4)]),
        (looks({"a": ONES}, what="", given=()), looks({"a": ONES}), [(0, "a", True, False, 0)]),
        (looks({"a": ONES}), looks({"a": ONES}, {"a": ONES}), [(0, "a", True, True, 4)]),
        (looks({"a": "x"}), looks({"a": "x"}), [(0, "a", True, True, 4)]),
    ],
    ids=["runs", "names", "it raised", "the right one raised", "missing", "not to be right",
         "it ended early", "text"],
)  # fmt: skip
def test_results_stand_beside_the_right_ones(
    own: Trace, right: Trace, found: list[tuple[Any, ...]]
) -> None:
    assert told(beside(own, [right])) == found


@pytest.mark.parametrize(
    ("own", "right"),
    [
        (2 * ONES, 2 * ONES),  # between two conventions
        (9 * ONES, 3 * ONES),
        (0 * ONES, ONES),
        ((ONES, 3 * ONES), ONES),  # of another kind than each
    ],
)
def test_of_several_conventions_the_nearest_is_right(own: Any, right: Any) -> None:
    (found,) = beside(looks({"a": own}), [looks({"a": ONES}), looks({"a": 3 * ONES})])
    np.testing.assert_array_equal(found.right, right)


def test_a_convention_of_another_shape_counts_if_it_agrees() -> None:
    rights = [looks({"a": ONES}), looks({"a": np.ones((3, 1)) * 2})]
    (found,) = beside(looks({"a": np.ones((3, 1)) * 2}), rights)
    assert found.agrees


def test_arrays_are_paired_where_they_have_one_size() -> None:
    own = (np.arange(6.0).reshape(2, 3), ONES)
    pairs = Seen(0, "a", own, (np.arange(6.0).reshape(3, 2), np.ones(2)), True, 0).pairs
    assert [(one.shape, other.shape) for one, other in pairs] == [((6,), (6,))]
    assert Seen(0, "a", None, (np.array([1.0, -7.0]), ONES), True, 0).size == 7.0
    assert Seen(0, "a", None, "text", True, 0).size == Seen(0, "a", None, np.empty(0), True, 0).size


# What is confirmed


WRONG = say("Everything has the opposite sign: check the order of a difference.")
FACTOR = say(
    "Everything is off by the same factor, in every run: is a constant missing, or one too many?"
)


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ((WRONG,), (1, 1, ())),
        ((FACTOR, WRONG), (2, 2, ())),
        ((say("Rows and columns are exchanged."),), (0, 1, ("Rows and columns are exchanged.",))),
        ((say("Nobody knows this."),), (0, 1, ())),
        ((Words("What is asked for."),), (0, 0, ())),
        ((), (0, 0, ())),
    ],
    ids=["true", "both true", "untrue", "unknown", "the title", "nothing said"],
)
def test_sentences_of_a_page_are_counted_by_their_truth(
    said: tuple[Words, ...], found: tuple[int, int, tuple[str, ...]]
) -> None:
    case = TestCase(name="t", points=1.0, hidden=True, function=print, parameters=())
    result = CaseResult(question="q", test_case="t", hidden=True, outcome=Outcome.FAILED,
                        points=0.0, max_points=1.0, title="What is asked for.")  # fmt: skip
    own, right = looks({"a": -np.arange(5.0)}), looks({"a": np.arange(5.0)})
    diagnoser: Any = SimpleNamespace(judged=lambda attempt: [right])
    attempts = [Attempt(case, own, result)]
    results = [replace(result, said=said)]
    assert truth.confirmed(diagnoser, attempts, results) == Confirmed(*found)


@pytest.mark.parametrize(
    ("sentence", "steps", "verdict"),
    [
        ("Your code raised ValueError: no", ["ValueError: no"], True),
        ("Your code raised ValueError: no", [{"a": ONES}, "ValueError: no"], True),
        ("Your code raised KeyError: no", ["ValueError: no"], None),
        ("Your code raised ValueError: no", [{"a": ONES}], None),
    ],
)
def test_what_was_raised_was_seen(sentence: str, steps: list[Any], verdict: bool | None) -> None:
    name, _, message = sentence.removeprefix("Your code raised ").partition(": ")
    words = say("Your code raised {name}: {message}", name=name, message=message)
    assert truth.holds(words, looks(*steps), []) is verdict


def test_where_nothing_was_looked_at_nothing_is_known() -> None:
    right = looks({"a": ONES})
    assert truth.holds(WRONG, looks({"a": ONES}), []) is None
    assert truth.holds(WRONG, Trace(), [right]) is None
    assert truth.holds(WRONG, looks(), [right]) is None
    assert truth.holds(WRONG, looks(f"ValueError: {WRONG}"), [right]) is None
    assert truth.holds(WRONG, looks({"a": ONES.copy()}), [right]) is False
    assert truth.holds(WRONG, looks({"a": ONES}), [looks("ValueError: no")]) is None


ENTRIES = say("{name} has {count} entries; expected {length}.", name="a", count=2, length=3)
STAYS = say("{name} stays the same when the inputs change.", name="a")
NEITHER = say(
    "{entry} is {own}: neither dropped nor kept as it should be.", entry="a[0]", own="2.5"
)
FINITE = say("{entry} is {own}; it should be a finite number.", entry="a[0]", own="2.5")
SHAPE = say("{name} {has}; expected {wanted}.", name="a", has="", wanted="")
SPOILT = say("{entry} is {own}, which is not right{count}.", entry="a[1]", own="2.5", count="")


@pytest.mark.parametrize(
    ("sentence", "own", "right", "holds"),
    [
        (ENTRIES, [(ONES, np.ones(2))], [ONES], True),
        (ENTRIES, [np.ones(2)], [ONES], True),
        (ENTRIES, [{"W": ONES, "b": ONES}], [ONES], True),
        (ENTRIES, [ONES], [ONES], False),
        (ENTRIES, [np.array(2.0), None, "ab", 2.0], [ONES] * 4, False),
        (STAYS, [ONES, ONES], [ONES, 2 * ONES], True),
        (STAYS, [ONES, ONES], [ONES, ONES], False),
        (STAYS, [ONES, 2 * ONES], [ONES, 2 * ONES], False),
        (STAYS, [ONES], [ONES], False),
        (NEITHER, [np.array([1.0, 2.5])], [ONES], True),
        (NEITHER, [np.array([1.0, 2.6])], [ONES], False),
        (FINITE, [np.array([2.5])], [ONES], False),  # it is one
        (SHAPE, [np.ones((1, 3))], [ONES], True),
        (SHAPE, [(ONES, ONES)], [ONES], True),
        (SHAPE, [2 * ONES], [ONES], False),
        (SPOILT, [np.array([1.0, 2.5])], [np.array([1.0, 1.0])], True),
        (SPOILT, [np.array([1.0, 2.5])], [np.array([1.0, 2.5])], False),
        (SPOILT, [np.array([1.0, 2.5, 1.0])], [np.array([1.0, 1.0])], False),
        (SPOILT, [np.array([2.5, 7.0])], [np.zeros(2)], True),
    ],
)  # fmt: skip
def test_what_a_check_says_was_seen(
    sentence: Words, own: list[Any], right: list[Any], holds: bool
) -> None:
    student = looks(*({"a": one} for one in own), what="")
    solution = looks(*({"a": np.copy(one)} for one in right))
    assert truth.holds(sentence, student, [solution]) is holds


# Masks and draws


MASKS = np.random.default_rng(5).random((6, 4, 25)) > 0.3
ZEROS = (~MASKS).reshape(6, -1).sum(axis=1)
SPREAD = "{name} has the standard deviation {own}, which is not right."
BEYOND = (
    "{count} of the {size} numbers of {name} lie {tail} or more standard deviations from the "
    "mean; for a normal distribution that is {few}."
)
OFTEN = (
    "{name} drops between {least} and {most} of {entries} entries in {count} calls; if entries "
    "were dropped independently, these numbers would vary differently."
)
RATE = "{name} drops {own} of the entries, over {count} calls; that is not the rate asked for."
SHARE = "Of {size} numbers of {name}, {times} are {number}, which is too far from its share."
SEVERAL = np.random.default_rng(6).normal(0.0, [[[1.0], [3.0]]], (5, 2, 40))
MANY = np.repeat(SEVERAL, 9, axis=1)  # 18 in each call: entries of one result
NORMAL = np.random.default_rng(7).normal(50.0, 1.0, 2000)


@pytest.mark.parametrize(
    ("text", "fields", "true_of", "false_of"),
    [
        ("{name} lets everything through.", {}, MASKS[0] | True, MASKS[0]),
        ("{name} lets nothing through.", {}, MASKS[0] & False, MASKS[0]),
        (OFTEN, {"least": int(ZEROS.min()), "most": int(ZEROS.max()), "entries": 100, "count": 6},
         MASKS, MASKS[:3]),
        (OFTEN, {"least": int(ZEROS.min()), "most": int(ZEROS.max()), "entries": 100, "count": 5},
         MASKS[[0, 1, 2, 3, int(ZEROS.argmin())]] if ZEROS[:4].max() == ZEROS.max() else MASKS[:0],
         MASKS),
        (RATE, {"own": percent((~MASKS).mean()), "count": 6}, MASKS, MASKS[:, :2]),
        (RATE, {"own": percent((~MASKS).mean()), "count": 5}, None, MASKS),
        (SPREAD, {"own": f"{SEVERAL[:, 1].std():.6g}"}, SEVERAL, SEVERAL[:, :1]),
        (SPREAD, {"own": f"{MANY[:, 15].std():.6g}"}, MANY[:, :16], MANY),
        (SHARE, {"number": 7, "times": 3, "size": 4}, np.array([7, 1, 7, 7]), [7, 7, 1, 1, 7]),
        (SPREAD, {"own": f"{SEVERAL[0].std():.6g}"}, SEVERAL[[0, 0, 0]], SEVERAL),
        (BEYOND, {"size": 2000, "tail": "2", "few": say("too few")},
         NORMAL.clip(48.5, 51.5), NORMAL[:1000].clip(48.5, 51.5).repeat(3)),
        (BEYOND, {"size": 2000, "tail": "4", "few": say("too many")},
         50 + (NORMAL - 50) ** 3, NORMAL.clip(48.5, 51.5)),
        ("{name} has the mean {mean}, which is not right.", {"mean": "1"}, ONES, 2 * ONES),
        ("{name} draws the same mask at every call.", {}, None, MASKS[[0, 0, 1]]),
        ("{name} draws the same mask at every call.", {}, None, np.ones((3, 4))),
    ],
)  # fmt: skip
def test_what_is_said_of_draws_is_counted_once_more(
    text: str, fields: dict[str, Any], true_of: Any, false_of: Any
) -> None:
    sentence, right = Words(text, tuple(fields.items())), looks({"drawn": np.zeros(2)})
    if true_of is not None:
        own = looks({"drawn": np.asarray(true_of, float)}, what="")
        assert truth.holds(sentence, own, [right]) is True
    own = looks({"drawn": np.asarray(false_of, float)}, what="")
    assert truth.holds(sentence, own, [right]) is False


@pytest.mark.parametrize("own", [None, "text", (), {}, np.empty((0, 3)), np.array(2.0)])
@pytest.mark.parametrize("text", [SPREAD, RATE, OFTEN, "{name} lets nothing through."])
def test_nothing_is_true_of_what_was_not_drawn(own: Any, text: str) -> None:
    keys = ("own", "count", "least", "most", "entries")
    sentence = Words(text, tuple((key, 0) for key in keys))
    assert truth.holds(sentence, looks({"drawn": own}), [looks({"drawn": ONES})]) is False
