"""Operations that are queued and sent together: for the student as if each were asked alone."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest

from grader.sandbox.outside.host import Link, Stopped
from grader.sandbox.outside.promises import Promise, kept
from grader.sandbox.outside.proxy import Proxy

from .conftest import Student

LAYER = """
import time

import numpy as np
log = []
class Layer:
    made = 0
    def __init__(self, scale):
        self.scale, self.calls = scale, 0
        log.append(("init", scale))
    def forward(self, x):
        log.append(("forward", float(x[0])))
        self.x, self.calls = x, self.calls + 1
        self.out = self.scale * x
        return self.out
    def backward(self, dout):
        log.append(("backward", float(self.x[0])))
        dout *= 2
        return dout * self.x
    def fail(self):
        raise ValueError("no")
"""


def count(link: Link) -> list[str]:
    """The names of the messages that are sent from now on."""
    sent: list[str] = []
    send = link._channel.send

    def noting(message: object, raw: object = ()) -> None:
        sent.append(type(message).__name__)
        send(message, raw)  # type: ignore[arg-type]

    link._channel.send = noting  # type: ignore[method-assign]
    return sent


def test_a_scenario_is_one_message(student: Student, link: Link) -> None:
    layer_class = student(LAYER)["Layer"]
    sent = count(link)
    with link.queued():
        layer = layer_class(3.0)
        x, dout = np.array([1.0, 2.0]), np.ones(2)
        out = layer.forward(x)
        dx = layer.backward(dout)
        calls = layer.calls
        layer.scale = 5.0
        again = layer.forward(np.array([7.0]))
        assert isinstance(dx, Promise)
    assert sent == ["Queue"]
    assert kept(out).tolist() == [3.0, 6.0]
    assert kept(dx).tolist() == [2.0, 4.0]
    assert dout.tolist() == [2.0, 2.0]  # changed in place
    assert kept(calls) == 1
    assert kept(again).tolist() == [35.0]


def test_each_operation_sees_the_arguments_as_they_were_when_it_was_asked_for(
    student: Student, link: Link
) -> None:
    env = student(LAYER)
    layer = env["Layer"](1.0)
    x = np.array([1.0])
    with link.queued():
        layer.forward(x)
        x[0] = 5.0
        layer.forward(x)
        first = layer.backward(np.ones(1))
        link.operate("overwrite", x)
        last = layer.backward(np.ones(1))
    assert env["log"] == [("init", 1.0), ("forward", 1.0), ("forward", 5.0), ("backward", 5.0),
                          ("backward", -6.3)]  # fmt: skip
    assert kept(first).tolist() == [10.0]
    assert kept(last)[0] == pytest.approx(-12.6)
    assert x[0] == pytest.approx(-6.3)


def test_a_call_apart_gets_copies_and_gives_one(student: Student, link: Link) -> None:
    layer_class = student(LAYER)["Layer"]
    sent = count(link)
    with link.queued():
        layer, x = layer_class(3.0), np.array([1.0, 2.0])
        out = layer.grader_method("forward").grader_apart(x)
        mine = layer.out
        link.operate("overwrite", mine)
        dout = np.ones(2)
        dx = layer.grader_method("backward").grader_apart(dout)
    assert sent == ["Queue"]
    assert kept(out).tolist() == [3.0, 6.0]  # not the array that the layer holds
    assert kept(dx).tolist() == [2.0, 4.0]
    assert dout.tolist() == [1.0, 1.0]  # backward doubled its own copy


def test_many_calls_are_one_operation_and_draw_from_a_generator_made_there(
    student: Student, link: Link
) -> None:
    sample = student("kept = [0.0, 0.0]\ndef sample(size, rng):\n    kept[:] = rng.random(size)\n"
                     "    return kept\n")["sample"]  # fmt: skip
    sent = count(link)
    with link.queued():
        rng, other = link.operate("generator", 8), link.operate("generator", 8)
        drawn = link.operate("several", sample, 3, 2, rng)
        first, after = sample(2, other), link.operate("snapshot", sample(2, rng))
    assert sent == ["Queue"]
    right = np.random.default_rng(8)
    assert kept(drawn) == [right.random(2).tolist() for _ in range(3)]  # not the list that is kept
    assert kept(after) == right.random(2).tolist()
    assert kept(first) == kept(after)  # that list, as it is at the end


def test_results_are_objects_as_they_are_at_the_end_and_snapshots_as_they_were(
    student: Student, link: Link
) -> None:
    layer_class = student(LAYER)["Layer"]
    with link.queued():
        layer = layer_class(1.0)
        out = layer.forward(np.ones(2))
        before = link.operate("snapshot", out)
        link.operate("fill", out, 9.0)
        attribute = layer.out
    assert kept(before).tolist() == [1.0, 1.0]
    assert kept(out) is kept(attribute)
    assert kept(out).tolist() == [9.0, 9.0]


def test_a_snapshot_of_a_named_tuple_is_a_tuple_of_copies(student: Student, link: Link) -> None:
    make = student(
        "import numpy as np\nfrom collections import namedtuple\nPair = namedtuple('Pair', 'a b')\n"
        "def make():\n    return Pair(np.ones(2), 1.5)"
    )["make"]
    with link.queued():
        pair = make()
        before = link.operate("snapshot", pair)
        link.operate("overwrite", pair)
    assert kept(before)[0].tolist() == [1.0, 1.0]
    assert kept(before)[1] == 1.5


def test_what_came_with_operations_that_were_not_done_can_be_used_later(
    student: Student, link: Link
) -> None:
    layer_class = student(LAYER)["Layer"]
    x = np.array([2.0, 3.0])

    def scenario() -> None:
        with link.queued():
            layer_class(1.0).fail()
            link.operate("snapshot", [layer_class(1.0).forward(x)])

    with pytest.raises(ValueError, match="no"):
        scenario()
    assert layer_class(2.0).forward(x).tolist() == [4.0, 6.0]


def test_nothing_is_done_after_an_operation_that_raises(student: Student, link: Link) -> None:
    env = student(LAYER)
    results = []

    def scenario() -> None:
        with link.queued():
            layer = env["Layer"](1.0)
            results.append(layer.forward(np.ones(1)))
            layer.fail()
            results.append(layer.forward(np.zeros(1)))

    with pytest.raises(ValueError, match="no"):
        scenario()
    out, never = results
    assert isinstance(kept(never), Promise)
    assert kept(out).tolist() == [1.0]
    assert [what for what, _ in env["log"]] == ["init", "forward"]


def test_a_plain_value_is_had_at_once(student: Student, link: Link) -> None:
    layer_class = student(LAYER)["Layer"]
    sent = count(link)
    with link.queued():
        layer = layer_class(2.0)
        assert float(layer.calls) == 0.0
        assert np.array(layer.forward(np.ones(1))).tolist() == [2.0]
        assert layer.calls
    assert sent == ["Queue"] * 3


@pytest.mark.slow
def test_each_operation_has_its_own_limit(student: Student, link: Link) -> None:
    cell = """
    import time
    def busy(seconds):
        until = time.process_time() + seconds
        while time.process_time() < until: pass
        return seconds
    """
    busy = student(cell)["busy"]
    with link.queued():  # a call has one second
        results = [busy(0.4) for _ in range(3)]
    assert kept(results) == [0.4] * 3
    results = []

    def endless() -> None:
        with link.queued():
            results.extend([busy(0.01), busy(1000), busy(0.02)])

    with pytest.raises(Stopped) as caught:
        endless()
    assert caught.value.reason == "timeout"
    assert not isinstance(kept(results[0]), Promise)


def test_a_function_of_the_tests_may_ask_while_the_queue_is_done(student: Student) -> None:
    env = student("def twice(f):\n    return f(f(3))\ndef inc(x):\n    return x + 1")
    remote = env["twice"]._grader_remote
    with remote.queued():
        result = env["twice"](lambda x: env["inc"](x) * 10)
    assert kept(result) == 410


MONSTER = """
import threading, time
import time

import numpy as np
class Monster:
    def __getattr__(self, name):
        return Monster()
    def __call__(self, *arguments):
        return Monster()
    def __getitem__(self, key):
        return Monster()
    def __iter__(self):
        raise SystemExit
    def __array__(self, *arguments):
        raise KeyboardInterrupt
class Layer:
    def __init__(self):
        self.calls = 0
    def monster(self):
        return Monster()
    def forward(self, x):
        self.calls += 1
        if self.calls == 50:
            while True:
                pass
        return x
    def replaced(self, x):
        self.out = np.array(x)
        def replace():
            time.sleep(0.05)
            self.out[...] = 666.0
        threading.Thread(target=replace, daemon=True).start()
        return self.out
    def wait(self):
        time.sleep(0.2)
"""


def test_a_promise_of_a_promise_of_a_monster_stays_in_the_worker(
    student: Student, link: Link
) -> None:
    layer = student(MONSTER)["Layer"]()
    with link.queued():
        monster = layer.monster()
        more = monster.more.and_more(monster, [monster], {"key": monster})["key"]
        last = link.operate("snapshot", [more, {"deep": (more,)}])
    found = kept(last)
    assert isinstance(found[0], Proxy)
    assert found[0].student_type == "Monster"
    with pytest.raises((TypeError, RuntimeError, ValueError)):
        np.asarray(kept(more))


@pytest.mark.slow
def test_an_operation_that_never_ends_in_the_middle_of_a_hundred_is_one_timeout(
    student: Student, link: Link
) -> None:
    layer = student(MONSTER)["Layer"]()
    started = time.monotonic()

    def scenario() -> None:
        with link.queued():
            for _ in range(100):
                layer.forward(np.ones(1))

    with pytest.raises(Stopped) as caught:
        scenario()
    assert caught.value.reason == "timeout"
    assert time.monotonic() - started < 20


def test_a_result_that_is_replaced_later_does_not_change_what_was_seen(
    student: Student, link: Link
) -> None:
    layer = student(MONSTER)["Layer"]()
    with link.queued():
        seen = link.operate("snapshot", layer.replaced(np.ones(2)))
        layer.wait()
    assert kept(seen).tolist() == [1.0, 1.0]


@pytest.mark.slow
def test_after_an_answer_that_was_too_large_the_objects_are_still_known(
    student: Student, link: Link
) -> None:
    env = student("def many(n):\n    return [{i} for i in range(n)]")

    def ask_for_much(many: object) -> None:
        held = many(600_000)  # type: ignore[operator]
        link.keep_promises()
        del held

    with link.queued():
        many = env["many"]
        with pytest.raises(ValueError, match="cannot be sent"):
            ask_for_much(many)
        few = many(2)
    assert kept(few) == [{0}, {1}]


KEEPER = """
class Keeper:
    def keep(self, *things):
        self.things = things
        return things[0]
    def double(self):
        for thing in self.things:
            thing *= 2
    def first(self):
        return self.things[0]
    def put(self, target):
        target["it"] = self.things[0]
"""


def test_what_the_test_let_go_of_comes_back_as_the_student_left_it(
    student: Student, link: Link
) -> None:
    keeper = student(KEEPER)["Keeper"]()
    with link.queued():
        kept_one = keeper.keep(np.ones(2), np.ones(3))
        keeper.double()
        target: dict[str, np.ndarray] = {}
        keeper.put(target)
    assert kept(kept_one).tolist() == [2.0, 2.0]
    assert target["it"] is kept(kept_one)
    assert [thing.tolist() for thing in keeper.things] == [[2.0, 2.0], [2.0, 2.0, 2.0]]
    assert keeper.first() is kept(kept_one)


def test_a_change_after_an_operation_is_not_lost_when_the_array_is_let_go_of(
    student: Student, link: Link
) -> None:
    keeper = student(KEEPER)["Keeper"]()
    with link.queued():
        one = np.ones(2)
        inside: dict[str, Any] = {"w": np.ones(1)}
        keeper.keep(one, inside)
        one[0] = 5.0
        inside["w"][0] = 7.0
        inside["v"] = 3
        del one, inside
    with link.queued():
        first, second = keeper.things
    assert kept(first).tolist() == [5.0, 1.0]
    assert kept(second)["w"].tolist() == [7.0]
    assert kept(second)["v"] == 3


def test_a_function_of_the_tests_may_keep_what_it_is_given_in_a_queue(
    student: Student, link: Link
) -> None:
    keeper_class = student(
        KEEPER
        + """
class Asker(Keeper):
    def ask(self, function):
        function(self.things[0])
        self.double()
"""
    )["Asker"]
    given: list[Any] = []
    with link.queued():
        keeper = keeper_class()
        keeper.keep(np.ones(2))
        keeper.ask(given.append)
    assert [thing.tolist() for thing in given] == [[2.0, 2.0]]


def test_what_a_test_asked_for_before_it_raised_is_done(student: Student, link: Link) -> None:
    made = student(LAYER)["Layer"](3.0)

    def ask_and_fail(name: str, *arguments: object) -> None:
        with link.queued():
            made.scale = 5.0
            getattr(made, name)(*arguments)
            raise KeyError("of the test")

    with pytest.raises(KeyError, match="of the test"):
        ask_and_fail("forward", np.ones(2))
    assert (made.scale, made.calls) == (5.0, 1)
    with pytest.raises(KeyError, match="of the test"):
        ask_and_fail("fail")  # what that raises nobody asks for any more
    with link.queued():
        out = made.forward(np.ones(2))
    np.testing.assert_array_equal(kept(out), [5.0, 5.0])


def test_a_method_of_the_tests_may_use_the_instance_while_the_queue_is_done(
    student: Student, link: Link
) -> None:
    layer_class = student(LAYER)["Layer"]

    def forward(layer: object, x: np.ndarray) -> np.ndarray:
        return layer.scale * x + layer.calls  # type: ignore[attr-defined, no-any-return]

    own = layer_class.forward
    layer_class.forward = forward
    with link.queued():
        layers = [layer_class(float(scale)) for scale in range(1, 4)]
        outs = [layer.forward(np.full(3, 2.0)) for layer in layers for _ in range(2)]
    assert [kept(out).tolist() for out in outs] == [[2.0] * 3] * 2 + [[4.0] * 3] * 2 + [
        [6.0] * 3
    ] * 2
    layer_class.forward = own
    with link.queued():
        out = layers[0].forward(np.full(3, 2.0))
    assert kept(out).tolist() == [2.0] * 3
    assert layers[0].calls == 1


GROWING = """
from collections import defaultdict

import numpy as np

grown = defaultdict(lambda: np.zeros(2))

def grow(x):
    grown["out"] += x
    return grown

def give_back(x):
    grown["x"] = x
    return grown

def rows(x):
    return [[float(v)] * 3 for v in x]
"""


def taken(link: Link, function: Proxy, x: np.ndarray) -> Any:
    """A snapshot of what the function gives."""
    with link.queued():
        seen = link.operate("snapshot", function(x))
    return link.taken(seen)


def test_what_was_taken_is_looked_at_by_nobody_any_more(student: Student, link: Link) -> None:
    rows, x = student(GROWING)["rows"], np.arange(50.0)
    before = len(link._heap)
    seen = [taken(link, rows, x) for _ in range(3)]
    assert seen == [[[v] * 3 for v in x.tolist()]] * 3
    assert len(link._heap) <= before + 1  # x


@pytest.mark.parametrize("hold", [list, tuple, lambda rows: {"w": rows}, lambda rows: [[rows]]],
                         ids=["list", "tuple", "dict", "nested"])  # fmt: skip
def test_what_was_asked_for_to_be_copied_is_not_sent_itself(
    student: Student, link: Link, hold: Any
) -> None:
    rows = student(GROWING)["rows"]
    before = len(link._heap)

    def copies() -> Any:
        return link.operate("snapshot", hold([rows(np.ones(2)), np.ones(3)]))

    with link.queued():
        seen = copies()
    assert len(link._heap) <= before + 1  # the array in the copy
    assert link.taken(seen) is not None
    assert len(link._heap) == before


def test_a_list_that_is_changed_later_in_the_queue_arrives_as_it_is_then(
    student: Student, link: Link
) -> None:
    rows, x = student(GROWING)["rows"], np.ones(2)
    with link.queued():
        seen, other = rows(x), rows(x)
        seen[1][2] = 5.0
        row = other[0]
    assert kept(seen) == [[1.0, 1.0, 1.0], [1.0, 1.0, 5.0]]
    assert kept(row) is kept(other)[0]


def test_what_was_taken_stays_as_it_was(student: Student, link: Link) -> None:
    """Also where the student's code keeps what no snapshot copies, and changes it."""
    grow, x = student(GROWING)["grow"], np.ones(2)
    first, second = taken(link, grow, x), taken(link, grow, x)
    assert (first["out"].tolist(), second["out"].tolist()) == ([1.0, 1.0], [2.0, 2.0])


def test_an_array_of_the_tests_may_come_back_in_what_is_taken(student: Student, link: Link) -> None:
    names, x = student(GROWING), np.ones(2)
    seen = taken(link, names["give_back"], x)
    seen["x"][:] = 7.0
    assert taken(link, names["grow"], x)["out"].tolist() == x.tolist()
    assert taken(link, names["rows"], np.ones(1)) == [[1.0] * 3]
