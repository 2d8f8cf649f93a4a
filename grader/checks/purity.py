"""Checks what a call leaves behind: arguments changed, arrays shared, state that leaks.

The checks only call again and compare; none looks into a student's objects.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import numpy as np

from grader.checks import plain
from grader.checks.compare import array_size
from grader.checks.failure import CheckFailure, Name, first_place, part, place_text, type_name
from grader.sandbox.wire.arrays import overwrite
from grader.words import Words, say

_SAME = 1e-6  # of the array's size: what two equal calls may differ by, in float32 and threads too


class Touch(Protocol):
    """Overwrites an array in place, as the caller may; see :func:`unaliased`."""

    def __call__(self, thing: Any, label: str) -> None: ...


@contextmanager
def unchanged(**arguments: Any) -> Iterator[None]:
    """Check that the arguments given by name leave the ``with`` block as they entered it.

    Arrays (also in lists, tuples and dictionaries) must keep shape, dtype and every bit;
    other values must stay equal::

        with checks.unchanged(x=x, y_true=y_true):
            net.dloss_dw(x, y_true)

    Raises :class:`CheckFailure` of kind ``mutated``, naming the argument and the place.
    An exception in the block is not caught.
    """
    before = copy.deepcopy(arguments)
    yield
    for name, thing in arguments.items():
        require_unchanged(before[name], thing, name)


def unaliased(scenario: Callable[[Touch], Any], *, name: Name) -> None:
    """Check that overwriting an array after a call changes no later result.

    *scenario* makes its own objects and arrays, calls ``touch(array, "label")`` where a caller
    may overwrite an array that it passed or got back, and returns the results to compare::

        def scenario(touch):
            layer, mine = BatchNormalization(gamma.copy(), beta.copy()), x.copy()
            out = layer.forward(mine)
            touch(mine, "x")
            touch(out, "the output of forward")
            return layer.backward(dout.copy())

        checks.unaliased(scenario, name="backward")

    It runs once with no array overwritten, once with all and, if that differs, once for each
    label to name the culprit.  The results may be arrays, numbers, and tuples, lists and
    dictionaries of them.  Raises :class:`CheckFailure` of kind ``aliased``.
    """
    labels: list[str] = []

    def results(overwritten: Collection[str]) -> dict[Name, plain.Real]:
        def touch(thing: Any, label: str) -> None:
            labels.append(label)
            if label in overwritten:
                overwrite(thing)

        return leaves(scenario(touch), name)

    right = results(())
    every = tuple(dict.fromkeys(labels))
    if _difference(right, results(every)) is None:
        return
    for culprit in every:
        if (found := _difference(right, results([culprit]))) is not None:
            break
    else:
        culprit, found = ", ".join(every), name
    text = say("{found} changes when the caller overwrites {culprit} first: keep a copy of it.",
               found=found, culprit=culprit)  # fmt: skip
    raise CheckFailure(text, kind="aliased", name=name)


def separate(make: Callable[[], Any], use: Callable[[Any], Any], *, name: Name) -> None:
    """Check that instances share no state.

    ``make()`` returns a new instance, ``use(instance)`` works with it and returns results
    (arrays, numbers, nested).  A new instance must give the same results after another
    one was used, and after another one was used in between.  Raises :class:`CheckFailure`
    of kind ``shared_state``.
    """
    right = leaves(use(make()), name)
    later = leaves(use(make()), name)
    early = make()
    use(make())
    between = leaves(use(early), name)
    text = say(
        "{found} depends on what another instance did before: state is shared (a class "
        "attribute, a mutable default or a global?)."
    )
    for other in (later, between):
        _require_same(right, other, text, "shared_state", name)


def repeatable(f: Callable[..., Any], calls: Sequence[tuple[Any, ...]], *, name: Name) -> list[Any]:
    """Check that each result depends on the arguments alone, not on earlier calls.

    *f* is called with copies of each tuple in *calls*, then again in reverse order; the
    same arguments must give the same results.  Returns the results of the first round.
    Raises :class:`CheckFailure` of kind ``order``.
    """
    first = [f(*copy.deepcopy(arguments)) for arguments in calls]
    right = [leaves(copy.deepcopy(result), name) for result in first]
    text = say(
        "{found} is different at the second call with the same arguments: it depends on earlier "
        "calls."
    )
    for own, arguments in reversed(list(zip(right, calls, strict=True))):
        _require_same(own, leaves(f(*copy.deepcopy(arguments)), name), text, "order", name)
    return first


def unseeded(draw: Callable[[], Any], *, name: Name, draws: int = 4) -> None:
    """Check that repeated random draws differ: no seed is set inside.

    ``draw()`` returns an array of numbers, continuous or so many that two draws are not equal by
    chance: with 100 floats or 200 fair bits a false rejection is less likely than 1e-50.  Raises
    :class:`CheckFailure` of kind ``seed``.
    """
    seen = [leaves(draw(), name) for _ in range(draws)]
    for i, one in enumerate(seen):
        for other in seen[i + 1 :]:
            if all(np.array_equal(one[key], other.get(key, np.empty(0))) for key in one):
                text = say(
                    "{name} gives the same random numbers again: is a seed set inside, or are "
                    "they drawn only once?"
                )
                raise CheckFailure(text, kind="seed", name=name)


def same(first: Any, second: Any, *, name: Name, kind: str, message: Name) -> None:
    """Check that two results (arrays, numbers, nested) are the same, to 1e-6 of their size.

    Raises :class:`CheckFailure` of the given *kind* with "*name* *message*", e.g.
    ``kind="order", message="changes after a test-time forward"``.
    """
    text = say("{found} {message}.", message=message)
    _require_same(leaves(first, name), leaves(second, name), text, kind, name)


def are_same(one: Any, other: Any) -> bool:
    """Return whether two results are the same numbers, to 1e-6 of their size."""
    try:
        same(one, other, name="", kind="", message="")
    except CheckFailure:
        return False
    return True


def leaves(result: Any, name: Name) -> dict[Name, plain.Real]:
    """Return the arrays and numbers in a result, each as a plain copy with a name of its own."""
    if _are_rows(result):
        try:
            return {name: plain.reals(result, name=name)}
        except CheckFailure:
            pass  # rows of different lengths do not make an array
    if issubclass(type(result), dict):
        entries = [(repr(key), entry) for key, entry in dict.items(result)]
    elif issubclass(type(result), (list, tuple)):
        entries = [(str(i), entry) for i, entry in enumerate(plain.items(result))]
    else:
        return {name: plain.reals(result, name=name)}
    found: dict[Name, plain.Real] = {}
    for place, entry in entries:
        found |= leaves(entry, part(name, place))
    return found


def _are_rows(result: Any) -> bool:
    """Return whether this is a list of lists of floats, of any depth, as from an array's tolist."""
    return (
        type(result) is list
        and len(result) > 0
        and all(
            type(row) is list and (set(map(type, row)) == {float} or _are_rows(row))
            for row in result
        )
    )


_Leaves = dict[Name, plain.Real]


def _require_same(first: _Leaves, second: _Leaves, text: Words, kind: str, name: Name) -> None:
    """Raise CheckFailure if two results differ; ``{found}`` in *text* is where."""
    if (found := _difference(first, second)) is not None:
        words = Words(text.text, (("found", found), *text.fields))
        raise CheckFailure(words, kind=kind, name=name)


def _difference(first: _Leaves, second: _Leaves) -> Name | None:
    """Return the first leaf in which two results differ by more than rounding, or None."""
    if first.keys() != second.keys():
        return next(iter(first.keys() ^ second.keys()))
    for name, one in first.items():
        other = second[name]
        if one.shape != other.shape:
            return name
        with np.errstate(invalid="ignore", over="ignore"):
            close = np.abs(one - other) <= _SAME * array_size(one)
        if not (close | (one == other) | (np.isnan(one) & np.isnan(other))).all():
            return name
    return None


def require_unchanged(before: Any, after: Any, name: Name) -> None:
    """Raise CheckFailure of kind ``mutated`` if *after* is not, bit by bit, what *before* was."""
    if type(before) is not type(after):
        text = say("{name} was changed: it is now of type {type}.", type=type_name(after))
        raise _mutated(text, name)
    if isinstance(before, np.ndarray):
        _require_same_bits(before, after, name)
    elif isinstance(before, Mapping):
        if before.keys() != after.keys():
            raise _mutated(say("{name} was changed: it has other keys now."), name)
        for key in before:
            require_unchanged(before[key], after[key], part(name, repr(key)))
    elif isinstance(before, (list, tuple)):
        if (count := len(after)) != len(before):
            raise _mutated(
                say("{name} was changed: it has {count} entries now.", count=count), name
            )
        for i, (one, other) in enumerate(zip(before, after, strict=True)):
            require_unchanged(one, other, part(name, i))
    elif before != after and not (before != before and after != after):
        raise _mutated(say("{name} was changed."), name)


def _require_same_bits(before: Any, after: Any, name: Name) -> None:
    if before.dtype != after.dtype:
        text = say("{name} was changed: its dtype is now {dtype}.", dtype=str(after.dtype))
        raise _mutated(text, name)
    if before.shape != after.shape:
        text = say("{name} was changed: its shape is now {shape}.", shape=str(after.shape))
        raise _mutated(text, name)
    if before.tobytes() == after.tobytes():
        return
    shape = (*before.shape, before.dtype.itemsize)
    bits = [np.frombuffer(a.tobytes(), np.uint8).reshape(shape) for a in (before, after)]
    where = first_place((bits[0] != bits[1]).any(axis=-1)) or ()
    text = say("{name} was changed by the call, first at {place}.",
               place=place_text(where) or say("its only entry"))  # fmt: skip
    raise _mutated(text, name, where)


def _mutated(message: Words, name: Name, where: tuple[int, ...] | None = None) -> CheckFailure:
    return CheckFailure(message, kind="mutated", name=name, where=where)
