"""What the judge makes of a worker's answers, whatever it says: a value, or the worker's end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from grader.model import Limits
from grader.sandbox.outside import link as link_module
from grader.sandbox.outside.host import Link, Stopped, student_error
from grader.sandbox.outside.proxy import Proxy
from grader.sandbox.wire import codec
from grader.sandbox.wire.arrays import formula
from grader.sandbox.wire.bounds import MAX_NAME_CHARACTERS
from grader.sandbox.wire.protocol import (
    FORMULA,
    Answers,
    CellDone,
    Done,
    Going,
    Message,
    Operate,
    Raised,
    Ready,
    RunCell,
    Stop,
)
from grader.words import say

from .scripted import CELL, EMPTY, answers, call_back, done, frame, link, queue, raised

ASKED: dict[str, tuple[Callable[[Link], Any], type[Message]]] = {
    "prepare": (lambda own: own.prepare(files=(), names=()), Ready),
    "a cell": (lambda own: own.run_cell(1, "x = 1"), CellDone),
    "an operation": (lambda own: own.operate("call", 1), Done),
    "a queue": (queue, Answers),
}
SAID: dict[str, Message | bytes | tuple[Message, bytes]] = {
    "Ready": Ready(layers=[]),
    "CellDone": CELL,
    "Done": done(1),
    "Answers": answers(1, 2),
    "Going": Going(),
    "CallBack": call_back(-1),
    "Operate": frame(Operate("call", [], {}, 1.0, EMPTY))[8:],
    "nothing": b"",
    "no array": frame(b"\x05")[8:],
    "no map": b"\x80",
    "unknown": b"\x91\xa4eval",
    "too many fields": b"\x93\xa5ready\x90\x01",
    "bytes behind": b"\x92\xa5ready\x90\xc0",
    "deep": b"\x91" * 100_000,
    "no UTF-8": b"\x92\xa5ready\x91\xa1\xff",
    "raw bytes behind Ready": (Ready(layers=[]), b"x"),
    "raw bytes behind CellDone": (CELL, b"x"),
    "raw bytes behind Done": (done(1), b"x"),
    "raw bytes behind Answers": (answers(1, 2), b"x"),
    "raw bytes behind Going": (Going(), b"x"),
}


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (a, s)
        for a in ASKED
        for s in SAID
        if s != ASKED[a][1].__name__ and (a, s) != ("a queue", "Going")
    ],
)
def test_any_other_answer_than_the_one_asked_for_ends_the_worker(asked: str, said: str) -> None:
    own, pipe = link(SAID[said])
    with pytest.raises(Stopped) as caught:
        ASKED[asked][0](own)
    assert caught.value.reason is Stop.CRASH
    assert "garbage" in str(caught.value)
    assert (own.alive, own.stopped, pipe.is_closed) == (False, caught.value, True)
    with pytest.raises(Stopped, match="the process died"):
        own.operate("call", 1)


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("cut", [0, 3, 8, 9])
def test_a_worker_that_is_gone_in_the_middle_has_died(asked: str, cut: int) -> None:
    own, pipe = link()
    pipe.data = memoryview(frame(Ready(layers=["network"]))[:cut])
    with pytest.raises(Stopped, match="the process died") as caught:
        ASKED[asked][0](own)
    assert caught.value.reason is Stop.CRASH


def test_a_function_of_the_tests_is_called_with_what_the_worker_says() -> None:
    own, pipe = link(
        call_back(-1, 1, [8, [2.0]], key=[2, [3]]), call_back(-1, 4), done("end"), done(0)
    )
    called: list[Any] = []

    def function(*arguments: Any, **keywords: Any) -> Any:
        called.append((arguments, keywords))
        if len(called) == 2:
            raise LookupError("mine")
        return {"w": np.ones(1)}

    assert own.operate("call", function, [function]) == "end"
    assert called == [((1, [2.0]), {"key": (3,)}), ((4,), {})]
    first, answer, error = (message for message, _ in pipe.heard)
    assert isinstance(first, Operate)
    assert first.arguments[0] == [codec.HANDLE, -1, "function"]
    assert isinstance(answer, Done)
    assert len(answer.parcel.contents) == 3  # the list that was passed, the dict and its array
    assert isinstance(error, Raised)
    assert (error.kind, error.message) == ("LookupError", "mine")


class OddError(Exception):
    def __str__(self) -> str:
        raise ZeroDivisionError


@pytest.mark.parametrize(
    ("fails", "kind", "message"),
    [
        (lambda: 1 / 0, "ZeroDivisionError", "division by zero"),
        (lambda: (_ for _ in ()).throw(OddError()), "RuntimeError", "(its text could not be made)"),
        (lambda: object(), "TypeError", "cannot pass a object"),
        (lambda: 1 << 1_000_000, "ValueError", "cannot be sent"),
    ],
    ids=["built in", "of its own", "no value", "too large a value"],
)
def test_an_error_of_the_tests_function_is_told_to_the_worker(
    fails: Callable[[], Any], kind: str, message: str
) -> None:
    own, pipe = link(call_back(-1), done(1))
    assert own.operate("call", fails) == 1
    error = pipe.heard[-1][0]
    assert isinstance(error, Raised)
    assert error.kind == kind
    assert message in error.message


def test_what_stops_within_a_function_of_the_tests_is_no_answer_for_the_worker() -> None:
    stopped = Stopped(Stop.TIMEOUT, say("enough"))

    def function() -> None:
        raise stopped

    own, pipe = link(call_back(-1), done(1))
    with pytest.raises(Stopped) as caught:
        own.operate("call", function)
    assert caught.value is stopped
    assert len(pipe.heard) == 1


@pytest.mark.parametrize("number", [-1, -3, 0, 1])
def test_a_function_that_was_never_passed_is_not_called(number: int) -> None:
    own, _ = link(call_back(number))
    own.handles.export(print) if number == 1 else None
    with pytest.raises(Stopped, match="garbage"):
        own.operate("call", 1)


@pytest.mark.parametrize("most", [1, 3])
def test_functions_that_call_each_other_too_deeply_are_told_so(
    monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(link_module, "MAX_NESTED", most)
    own, pipe = link(*[call_back(-1)] * (most + 1), *[done(1)] * (most + 1))

    def again() -> Any:
        return own.operate("call", 2)

    assert own.operate("call", again) == 1
    told = [message for message, _ in pipe.heard if isinstance(message, Raised)]
    assert [error.kind for error in told] == ["RecursionError"]


def test_an_iterator_ends_where_it_has_said_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_module, "MAX_ITERATED_BYTES", 3000)
    own, _ = link(*[done("x" * 1000)] * 8)
    for _ in range(4):
        own.operate("getitem", 1)  # only iterators go on for ever by themselves
    assert [own.operate("next", 1) for _ in range(2)] == ["x" * 1000] * 2
    with pytest.raises(Stopped, match="iterator that ends") as caught:
        own.operate("next", 1)
    assert caught.value.reason is Stop.MEMORY


def test_an_error_of_the_students_is_one_of_a_few_classes() -> None:
    own, _ = link(
        raised(kind="KeyError"), raised(kind="SystemExit"), raised(kind="os.system"), raised(kind=""),
        raised(name="N" * 999, traceback="t" * 99_999, message="m" * 99_999, limit=Stop.MEMORY),
    )  # fmt: skip
    for kind in (KeyError, RuntimeError, RuntimeError, RuntimeError):
        with pytest.raises(kind) as caught:
            own.operate("call", 1)
        assert type(caught.value) is kind
    with pytest.raises(ValueError, match=r"^m+$") as last:
        own.operate("call", 1)
    told = student_error(last.value)
    assert told is not None
    assert (len(told.name), told.limit) == (MAX_NAME_CHARACTERS, Stop.MEMORY)
    assert len(told.traceback) < 10_000 > len(told.message)
    assert student_error(ValueError()) is None
    assert own.alive


def test_a_call_over_its_time_is_stopped_and_the_worker_is_not() -> None:
    own, _ = link(
        raised(limit=Stop.TIMEOUT, traceback="line 3"), done(2), limits=Limits(call_seconds=1.5)
    )
    assert (own.stopped, own.alive) == (None, True)
    with pytest.raises(Stopped, match=r"1\.5 s") as caught:
        own.operate("call", 1)
    assert (caught.value.reason, caught.value.traceback) == (Stop.TIMEOUT, "line 3")
    assert own.stopped is caught.value
    assert own.operate("call", 1) == 2


@pytest.mark.parametrize("ask", [lambda own: own.operate("call", 1), queue], ids=["one", "queue"])
def test_nothing_is_asked_when_the_time_is_up(ask: Callable[[Link], Any]) -> None:
    own, pipe = link(done(1), answers(1, 2), seconds=-1)
    with pytest.raises(Stopped, match="by the clock") as caught:
        ask(own)
    assert caught.value.reason is Stop.TIMEOUT
    assert pipe.heard == []


def test_layers_are_those_that_are_known_in_their_order() -> None:
    own, pipe = link(Ready(layers=["syscalls", "magic", "mount", "mount"]))
    own.layers.append("together")
    own.prepare(files=(("a", b"xy"), ("é", b"")), names=("f",), cells=("x = 'é\ud800'", ""))
    assert own.layers == ["mount", "syscalls", "together"]
    ((asked, raw),) = pipe.heard
    assert asked.files == [("a", 2), ("é", 0)]  # type: ignore[union-attr]
    assert asked.cells == [9, 0]  # type: ignore[union-attr]
    assert raw == "xyx = 'é?'".encode()


def test_a_cell_is_asked_for_with_its_limit() -> None:
    own, pipe = link(CELL, CELL, CELL, limits=Limits(cell_seconds=2.0))
    own.run_cell(1, "x = 1")
    own.run_cell(2, "y", seconds=9.0, definitions_only=True, reaching=True)
    own.run_cell(3, "z", seconds=0.5)
    assert [message for message, _ in pipe.heard] == [
        RunCell(1, "x = 1", 2.0, False, False),
        RunCell(2, "y", 2.0, True, True),
        RunCell(3, "z", 0.5, False, False),
    ]


def test_a_function_of_the_tests_that_ends_the_worker_gets_no_reply(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(codec, "MAX_ARRAY_BYTES", 100)

    def function() -> None:
        with pytest.raises(ValueError, match="cannot be passed"):
            own.operate("call", np.ones(50))

    own, pipe = link(call_back(-1), done(1))
    with pytest.raises(Stopped, match="the process died"):
        own.operate("call", function)
    assert len(pipe.heard) == 1


def test_what_has_no_proxy_any_more_is_dropped_with_the_next_question() -> None:
    handle = [codec.HANDLE, 7, "Layer"]
    own, pipe = link(
        *[done([codec.TUPLE, [handle, handle]])] * 2, done(1), done(1), done(handle), done(1)
    )
    one, other = own.operate("call", 1)
    assert one is other
    assert own.operate("call", one)[0] is one
    del one, other
    own.operate("call", 1)
    own.operate("call", 1)
    assert repr(own.operate("call", 1)) == "<the student's Layer>"
    own.operate("call", 1)
    dropped = [message.parcel.drop for message, _ in pipe.heard]  # type: ignore[union-attr]
    assert dropped == [[], [], [7], [], [], [7]]


def test_a_handle_that_comes_again_before_that_is_not_dropped() -> None:
    handle = [codec.HANDLE, 7, "Layer"]
    own, pipe = link(call_back(-1), done(handle), done(1), done(2))

    def function() -> None:
        own.handles.resolve(9, "Layer")

    own.handles.resolve(7, "Layer")  # gone at once, and known to be
    found = own.operate("call", function)
    assert isinstance(found, Proxy)
    own.operate("call", 1)
    drops = [m.parcel.drop for m, _ in pipe.heard if isinstance(m, Operate)]
    assert drops == [[7], [9]]
    assert pipe.heard[1][0].parcel.drop == []  # type: ignore[union-attr]


def test_a_handle_that_is_held_again_is_not_dropped() -> None:
    own, pipe = link(done(1))
    own.handles.resolve(7, "Layer")
    held = own.handles.resolve(7, "L" * 999)
    own.operate("call", 1)
    assert pipe.heard[-1][0].parcel.drop == []  # type: ignore[union-attr]
    assert len(repr(held)) < MAX_NAME_CHARACTERS + 50


def test_what_a_test_passes_comes_back_as_itself() -> None:
    tanh = formula("np.tanh(z)")
    own, pipe = link(
        done([codec.TUPLE, [[codec.HANDLE, -2, "x"], [codec.HANDLE, FORMULA, "np.tanh(z)"]]]),
        done([codec.HANDLE, FORMULA, "np.exp(z)"]),
    )
    assert own.operate("call", len, max, tanh) == (max, tanh)
    assert pipe.heard[0][0].arguments == [  # type: ignore[union-attr]
        [codec.HANDLE, -1, "function"],
        [codec.HANDLE, -2, "function"],
        [codec.HANDLE, FORMULA, "np.tanh(z)"],
    ]
    with pytest.raises(Stopped, match="garbage"):  # one that the worker made up
        own.operate("call", 1)


def test_a_method_is_passed_as_the_worker_has_it_now() -> None:
    layer, method = [codec.HANDLE, 7, "Layer"], [codec.HANDLE, 8, "method"]
    own, pipe = link(done(layer), done(method), done(method), done(1))
    proxy = own.operate("call", 1)
    repr(proxy.forward)
    assert own.operate("call", proxy.forward) == 1
    asked = pipe.heard[-1][0]
    assert asked.arguments == [method]  # type: ignore[union-attr]


@pytest.mark.parametrize("number", [0, 1 << 40, 1 << 63, -1])
def test_a_handle_that_cannot_be_is_refused(number: int) -> None:
    own, _ = link(done([codec.HANDLE, number, "x"]))
    with pytest.raises(Stopped, match="garbage"):
        own.operate("call", 1)


def test_an_object_of_another_worker_cannot_be_passed() -> None:
    one, _ = link(done([codec.HANDLE, 7, "Layer"]))
    other, pipe = link()
    with pytest.raises(TypeError, match="has ended"):
        other.operate("call", one.operate("call", 1))
    assert pipe.heard == []
    assert other.alive


def test_what_cannot_be_sent_ends_the_worker_as_an_error_of_the_test(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(codec, "MAX_ARRAY_BYTES", 100)
    for ask in (
        lambda own: own.operate("call", np.ones(50)),
        lambda own: queue_of(own, np.ones(50)),
    ):
        own, _ = link(done(1))
        with pytest.raises(ValueError, match="cannot be passed to the student's code"):
            ask(own)
        assert not own.alive


def queue_of(own: Link, *arguments: Any) -> None:
    with own.queued():
        own.operate("call", *arguments)
