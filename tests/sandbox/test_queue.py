"""What the judge makes of the answers to a queue, whatever a worker says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from grader.sandbox.outside import link as link_module
from grader.sandbox.outside.host import Stopped
from grader.sandbox.outside.promises import kept
from grader.sandbox.wire import codec
from grader.sandbox.wire.protocol import PROMISED, Answers, Going, Parcel, Queue

from .scripted import answers, done, link, queue, raised


@pytest.mark.parametrize(
    "said",
    [
        answers(), answers(1), answers(1, 2, 3), answers(1, 2, raised=raised()),
        answers(1, 2, 3, raised=raised()), answers([4, 99], 2), answers(1, [2, [[4, 1]]]),
    ],
    ids=["none", "one", "three", "two and an error", "three and an error", "unknown", "unknown within"],
)  # fmt: skip
def test_a_queue_is_answered_by_as_many_values_or_an_error(said: Answers) -> None:
    own, _ = link(said)
    with pytest.raises(Stopped, match="garbage"):
        queue(own)


def test_what_a_queue_gave_before_an_error_is_kept() -> None:
    own, _ = link(answers(1.5, raised=raised(message="second")))
    promises: list[Any] = []
    with pytest.raises(ValueError, match="second"), own.queued():
        promises += own.operate("call", 1), own.operate("call", 2)
    assert (kept(promises[0]), own.is_done(promises[1])) == (1.5, False)
    assert (own.asked, own.done) == (2, 1)


def test_a_value_that_nobody_holds_is_not_asked_for() -> None:
    own, pipe = link(answers([4, 99], 2.5))
    with own.queued():
        own.operate("call", 1)
        held = own.operate("call", 2)
    (asked, _), *_ = pipe.heard
    assert isinstance(asked, Queue)
    assert asked.wanted == [False, True]
    assert kept(held) == 2.5  # and the other was not even looked at


def test_a_long_queue_is_asked_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_module, "MAX_WAITING_BYTES", 2000)
    monkeypatch.setattr(link_module, "QUEUED_BYTES", 100)
    own, pipe = link(answers(1, 2), answers(3, 4), answers(5))
    with own.queued():
        found = [own.operate("call", np.ones(120)) for _ in range(5)]
    assert [len(message.steps) for message, _ in pipe.heard] == [2, 2, 1]  # type: ignore[union-attr]
    assert kept(found) == [1, 2, 3, 4, 5]


def test_arrays_come_with_the_answers_to_a_queue_and_are_taken() -> None:
    contents = [[1, [codec.ARRAY, "<f8", [2], 0]]]
    shared = [codec.SHARED, 1]
    said = Answers(values=[shared, shared], raised=None, parcel=Parcel(contents=contents))
    own, pipe = link((said, np.array([1.5, 2.5]).tobytes()), done(1))
    first, second = queue(own)
    assert kept(first) is kept(second)
    assert own.taken(first).tolist() == [1.5, 2.5]
    own.operate("call", 1)
    assert pipe.heard[-1][0].parcel.forget == [1]  # type: ignore[union-attr]


def test_a_promise_is_held_by_who_holds_what_it_was_put_into() -> None:
    own, pipe = link(answers(1, 2, 3, 4))
    with own.queued():
        one = own.operate("call", 1)
        two = own.operate("call", one)
        own.operate("call", [one], key=(one, two))
        last = own.operate("call", 3)
        box = [last]
        del one, two, last
    (asked, _), *_ = pipe.heard
    assert isinstance(asked, Queue)
    assert asked.wanted == [False, False, False, True]
    promised = [[codec.HANDLE, PROMISED + place, "promise"] for place in range(2)]
    assert asked.steps[1].arguments == promised[:1]
    assert asked.steps[2].keywords == {"key": [codec.TUPLE, promised]}
    assert kept(box) == [4]


@pytest.mark.parametrize("most", [2, 3])
def test_a_queue_goes_on_a_bounded_number_of_times(
    monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(link_module, "MAX_GOING", most)
    own, _ = link(Going(), Going(), answers(1, 2), Going(), Going(), answers(1, 2))
    assert kept(queue(own)) == [1, 2]
    with pytest.raises(Stopped, match="garbage"):  # whatever is asked: it is one worker's life
        queue(own)
