"""What judge and worker share, by the heap of each: one object here is one object there."""

from __future__ import annotations

import copy
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.sandbox.wire import codec, heap
from grader.sandbox.wire.bounds import MAX_DEPTH, MAX_INT_BYTES
from grader.sandbox.wire.codec import ProtocolError
from grader.sandbox.wire.heap import Heap


class Sides:
    """Judge and worker; what is sent goes through msgpack, as on the pipe."""

    def __init__(self) -> None:
        def no_export(value: object) -> tuple[int, str]:
            raise TypeError(f"{value!r} has no value on the wire")

        def none(number: int, kind: str) -> object:
            return None

        self.judge = Heap(first=0, export=no_export, resolve=none)
        self.worker = Heap(first=1, export=no_export, resolve=none)
        self.sent = 0  # contents and bytes of arrays that went with the last message

    def send(self, *values: Any, back: bool = False, everywhere: bool = True) -> Any:
        """What arrives of the values (of the only one, if it is one) on the other side."""
        ours, theirs = (self.worker, self.judge) if back else (self.judge, self.worker)
        wires = [ours.encode(value) for value in values]
        contents, raw = ours.changes(everywhere=everywhere)
        self.sent = len(contents)
        wires, contents = msgspec.msgpack.decode(msgspec.msgpack.encode((wires, contents)))
        theirs.receive(contents, memoryview(b"".join(raw)))
        found = [theirs.decode(wire) for wire in wires]
        return found[0] if len(found) == 1 else found


@pytest.fixture
def sides() -> Sides:
    return Sides()


@pytest.mark.parametrize(
    "make",
    [lambda: np.ones(3), lambda: [1.0, 2.0], lambda: {"a": 1}, lambda: {1, 2}],
    ids=["array", "list", "dict", "set"],
)
def test_what_goes_there_and_comes_back_is_the_same_object(
    sides: Sides, make: Callable[[], Any]
) -> None:
    mine = make()
    theirs = sides.send(mine)
    assert theirs is not mine
    assert sides.send(mine) is theirs
    assert sides.send(theirs, back=True) is mine
    assert sides.send([mine, (mine,)])[1][0] is theirs


def change_array(x: Any) -> None:
    x[1:] = 7.0


CHANGES: dict[str, tuple[Any, Callable[[Any], Any]]] = {
    "an entry of an array": (np.ones(3), change_array),
    "the shape of an array": (np.ones(6), lambda x: x.resize((2, 3), refcheck=False)),
    "1 to 1.0": ([1], lambda x: x.__setitem__(0, 1.0)),
    "0.0 to -0.0": (np.zeros(1), lambda x: x.__imul__(-1.0)),
    "a longer list": ([1.0], lambda x: x.append(2.0)),
    "an empty list": ([1.0], lambda x: x.clear()),
    "a list within": ([[1.0]], lambda x: x[0].append(2.0)),
    "a new list within": ([[1.0]], lambda x: x.append([3.0])),
    "itself": ([], lambda x: x.append(x)),
    "a key": ({"a": 1}, lambda x: x.update(b=2)),
    "a key less": ({"a": 1, "b": 2}, lambda x: x.pop("a")),
    "the order of keys": ({"a": 1, "b": 2}, lambda x: x.update(a=x.pop("a"))),
    "a member": ({1}, lambda x: x.add(2)),
    "a member less": ({1, 2}, lambda x: x.discard(2)),
}


@pytest.mark.parametrize("is_back", [False, True], ids=["by the judge", "by the worker"])
@pytest.mark.parametrize("change", CHANGES)
def test_a_change_on_one_side_is_made_in_place_on_the_other(
    sides: Sides, change: str, is_back: bool
) -> None:
    start, do = CHANGES[change]
    mine = copy.deepcopy(start)
    theirs = sides.send(mine, back=is_back)
    do(mine)
    sides.send(0, back=is_back)
    assert sides.sent >= 1
    if change == "itself":
        assert theirs[0] is theirs
        return
    assert repr(theirs) == repr(mine)
    sides.send(mine, back=is_back)
    assert sides.sent == 0  # nothing has changed since
    if change in ("a longer list", "a new list within", "an entry of an array"):
        do(theirs)
        sides.send(0, back=not is_back)
        assert repr(theirs) == repr(mine)


def test_an_order_of_keys_that_a_dict_keeps_itself_is_kept(sides: Sides) -> None:
    """A network's layers are often an OrderedDict: they can be replaced and put in another order."""
    layers = OrderedDict(a=1, b=2, c=3)
    layers.move_to_end("a")
    theirs = sides.send(layers)
    assert list(theirs.items()) == [("b", 2), ("c", 3), ("a", 1)]
    theirs["d"] = theirs.pop("b")
    theirs["c"] = 5
    sides.send(0, back=True)
    assert type(layers) is OrderedDict
    assert list(layers.items()) == list(theirs.items()) == [("c", 5), ("a", 1), ("d", 2)]
    assert layers.popitem(last=False) == ("c", 5)


@pytest.mark.parametrize(
    ("mine", "change", "expected"),
    [
        (defaultdict(int, a=1), {"b": 2}, {"a": 1, "b": 2}),
        (Counter("aab"), {"c": 1}, {"a": 2, "b": 1, "c": 1}),
    ],
)
def test_a_dict_of_another_class_stays_of_its_class(
    sides: Sides, mine: dict[str, int], change: dict[str, int], expected: dict[str, int]
) -> None:
    theirs = sides.send(mine)
    assert type(theirs) is dict
    theirs.update(change)
    sides.send(0, back=True)
    assert (type(mine), mine) == (type(mine), expected)
    assert mine["none"] == 0


def test_memory_that_arrays_share_stays_where_it_is(sides: Sides) -> None:
    whole = np.arange(6.0)
    view = whole[2:]
    theirs = sides.send(whole)
    theirs *= 2
    sides.send(0, back=True)
    assert view.tolist() == [4.0, 6.0, 8.0, 10.0]


def test_an_array_that_may_not_be_written_stays_as_it_is(sides: Sides) -> None:
    """The judge's own; what a worker made read-only it may change all the same."""
    mine, odd = np.ones(2), np.ones(2)
    mine.flags.writeable = odd.flags.writeable = False
    theirs = sides.send(mine)
    theirs.flags.writeable = True
    theirs[0] = 5.0
    with pytest.raises(ProtocolError):
        sides.send(0, back=True)
    assert mine.tolist() == [1.0, 1.0]
    sides = Sides()
    here = sides.send(odd, back=True)
    odd.flags.writeable = True
    odd[0] = 5.0
    odd.flags.writeable = False
    sides.send(0, back=True)
    assert here.tolist() == [5.0, 1.0]
    assert not here.flags.writeable


@pytest.mark.parametrize(
    "other",
    [np.ones(3), np.ones(2, "f4"), np.ones(2, "i8"), np.array(["a", "b"])],
    ids=["size", "f4", "i8", "texts"],
)
def test_the_judges_array_keeps_dtype_and_size(sides: Sides, other: np.ndarray[Any, Any]) -> None:
    mine = np.zeros(2)
    sides.send(mine)
    header, raw = codec.array_content(other)
    with pytest.raises(ProtocolError):
        sides.judge.receive([[0, [codec.ARRAY, header[0].str, [*header[1]], 0]]], memoryview(raw))
    assert mine.tolist() == [0.0, 0.0]


KINDS = {
    "array": (np.zeros(2), [codec.ARRAY, "<f8", [0], 0]),
    "list": ([1.0], [codec.LIST, []]),
    "dict": ({"a": 1}, [codec.DICT, []]),
    "set": ({1}, [codec.SET, []]),
}


@pytest.mark.parametrize(
    ("kind", "other"), [(one, two) for one in KINDS for two in KINDS if one != two]
)
def test_a_shared_object_keeps_its_kind(sides: Sides, kind: str, other: str) -> None:
    shared = KINDS[kind][0]
    before = repr(shared)
    sides.send(shared)
    with pytest.raises(ProtocolError):
        sides.judge.receive([[0, KINDS[other][1]]], memoryview(b""))
    assert repr(shared) == before


def test_only_what_is_asked_for_is_looked_at(sides: Sides) -> None:
    one, two = [1.0], [[2.0]]
    theirs = sides.send(one, two)
    one.append(5.0)
    two[0].append(5.0)
    sides.send(two, everywhere=False)
    assert theirs == [[1.0], [[2.0, 5.0]]]
    sides.send(0)
    assert theirs[0] == [1.0, 5.0]
    one.append(6.0)
    number = sides.judge.encode(one)[1]
    sides.judge.changes(everywhere=False)
    one.append(7.0)
    assert sides.judge.changes(but=[number]) == ([], [])
    assert len(sides.judge.changes()[0]) == 1


def test_what_nobody_holds_any_more_is_named_once(sides: Sides) -> None:
    kept, inner = np.ones(2), [1.0]
    sides.send({"a": np.ones(3), "kept": kept, "inner": [inner, [2.0]]})
    assert len(sides.judge) == 6
    gone = sides.judge.unreferenced()
    assert len(gone) == 4  # the dict, its array, and two of the lists
    sides.judge.forget([*gone, 1234])
    assert len(sides.judge) == 2
    assert sides.send(kept) is sides.send(kept)
    assert sides.judge.unreferenced() == []
    view = kept[1:]
    del kept
    assert sides.judge.unreferenced() == []
    del view, inner
    assert len(sides.judge.unreferenced()) == 2


def test_what_is_disowned_is_new_when_it_comes_again(sides: Sides) -> None:
    array, rows = np.ones(2), [[1.0], ([2.0],)]
    theirs = sides.send([array, {"rows": rows}, {3}])[0]
    numbers = sides.judge.disown([array, {"rows": rows}])
    assert len(numbers) == 3 + 1
    assert len(sides.judge) == 3  # the outer list, its dict and its set
    sides.worker.forget(numbers)
    again = sides.send(array)
    assert again is not theirs
    assert again.tolist() == [1.0, 1.0]
    for plain in (3, "text", None, {1}):
        assert sides.judge.disown(plain) == []


def test_what_both_sides_know_the_same_of_is_unheld(sides: Sides) -> None:
    def forgotten(change: bool) -> list[int]:
        mine = [np.ones(2)]
        sides.send(mine)
        if change:
            mine[0][0] = 5.0
        del mine
        return sides.judge.unheld()

    assert len(forgotten(change=False)) == 2
    sides.judge.forget(sides.judge.unheld())
    assert len(forgotten(change=True)) == 1  # the list; its array was changed since
    sides.judge.changes()
    assert len(sides.judge.unheld()) == 2


def test_what_was_never_sent_is_named(sides: Sides) -> None:
    mine = [1.0]
    number = sides.judge.encode(mine)[1]
    assert sides.judge.unsent() == [number]
    sides.send(mine)
    assert sides.judge.unsent() == []


Point = namedtuple("Point", "x y")


@pytest.mark.parametrize(
    ("value", "arrives"),
    [
        (np.str_(""), np.str_("")),
        (np.array(["", "ab"])[0], np.str_("")),
        (np.array(["", ""]), np.array(["", ""])),
        (np.ndarray((2,), "U0", b""), np.array(["", ""])),
        (np.array(1.5), np.array(1.5)),
        (np.arange(6.0, dtype=">f8")[::-2], np.array([5.0, 3.0, 1.0])),
        (np.array(2.5, dtype=">f4")[()], np.float32(2.5)),
        (Point(1, [2.0]), (1, [2.0])),
        (True, True),
        (1 << 63, 1 << 63),
        (-(1 << 63) - 1, -(1 << 63) - 1),
        ((1 << 63) - 1, (1 << 63) - 1),
        (type("Level", (int,), {"__module__": "library"})(3), 3),
        (type("Share", (float,), {"__module__": "library"})(0.5), 0.5),
        (type("Wave", (complex,), {"__module__": "library"})(1j), 1j),
        (type("Name", (str,), {"__module__": "library"})("é\ud800"), "é\ud800"),
        (type("Raw", (bytes,), {"__module__": "library"})(b"\0"), b"\0"),
        (type("Rows", (list,), {"__module__": "library"})([1]), [1]),
        (type("Some", (frozenset,), {"__module__": "library"})([1]), frozenset([1])),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_value_of_a_kind_with_a_plain_one_arrives_as_that(
    sides: Sides, value: Any, arrives: Any
) -> None:
    found = sides.send(value)
    assert type(found) is type(arrives)
    if isinstance(found, np.ndarray):
        assert (found.dtype.kind, found.shape) == (arrives.dtype.kind, arrives.shape)
        found, arrives = found.tolist(), arrives.tolist()
    assert found == arrives


@pytest.mark.parametrize(
    "value",
    [
        object(), range(3), deque([1]), ..., slice(1), np.datetime64("2020-01-01"), np.bytes_(b"a"),
        np.array([None]), np.array([b"a"]), np.zeros(2, "M8[s]"), np.zeros(2, [("a", "f8")]),
        np.ones((1, 1)).view(np.matrix), type("Mine", (dict,), {"__module__": "__main__"})(), memoryview(b""),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_whatever_is_no_plain_data_needs_a_handle(sides: Sides, value: object) -> None:
    with pytest.raises(TypeError, match="no value on the wire"):
        sides.send(value)
    with pytest.raises(TypeError, match="no value on the wire"):
        Sides().send([(value,)])


@pytest.mark.parametrize(
    ("value", "what"),
    [
        (1 << (8 * MAX_INT_BYTES), "int of more than"),
        (-(1 << (8 * MAX_INT_BYTES)), "int of more than"),
        (eval("(" * (MAX_DEPTH + 1) + "()" + ",)" * (MAX_DEPTH + 1)), "nested deeper"),
        (eval("(" * MAX_DEPTH + "()" + ",)" * MAX_DEPTH), ""),
        (eval("[" * 80 + "1.0" + "]" * 80), ""),
    ],
    ids=["large", "small", "too deep", "deep tuples", "deep lists"],
)
def test_what_the_other_side_would_refuse_is_not_sent(sides: Sides, value: Any, what: str) -> None:
    if not what:
        assert sides.send(value) == value  # of lists each is numbered, and no depth at all
        return
    with pytest.raises(ValueError, match=what):
        sides.send(value)


def test_the_longest_int_arrives(sides: Sides) -> None:
    longest = (1 << (8 * MAX_INT_BYTES - 1)) - 1
    assert sides.send(longest) == longest
    assert sides.send(-longest) == -longest


def test_what_cannot_be_sent_does_not_count_as_sent(
    sides: Sides, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(codec, "MAX_ARRAY_BYTES", 100)
    one, large = np.ones(2), np.ones(50)
    for _ in range(2):
        with pytest.raises(ValueError, match="too much data"):
            sides.send(one, large)
    monkeypatch.undo()
    found = sides.send(one)
    assert found.tolist() == [1.0, 1.0]
    monkeypatch.setattr(heap, "MAX_SHARED_OBJECTS", len(sides.judge))
    with pytest.raises(ValueError, match="more than 2 arrays"):
        sides.send([])


NESTED = st.recursive(
    st.integers() | st.floats(allow_nan=False) | st.text(max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.integers(), inner, max_size=3),
    max_leaves=9,
)


@given(before=NESTED, steps=st.lists(st.tuples(NESTED, st.booleans()), max_size=4))
def test_however_both_sides_change_a_list_it_is_the_same_on_both(
    before: Any, steps: list[tuple[Any, bool]]
) -> None:
    sides = Sides()
    mine: list[Any] = [before]
    theirs = sides.send(mine)
    for value, is_mine in steps:
        changed = mine if is_mine else theirs
        changed[: len(changed) // 2] = [value, changed[-1]]
        sides.send(0, back=not is_mine)
        assert repr(theirs) == repr(mine)
    assert sides.send(theirs, back=True) is mine
