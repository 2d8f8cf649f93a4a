"""Code for a new exercise: formulas that stand for the real ones, runs, calls and mistakes."""

from __future__ import annotations

import random
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

from grader.commands.signatures import Parameter, Part

#: The shape and scale of each run's arrays.
_SHAPES: tuple[tuple[tuple[int, ...], str], ...] = (
    ((3,), ""),
    ((3,), ""),
    ((2, 3), ""),
    ((2,), "e6"),
    ((2,), "e-6"),
)
_UNSEEN = ((2, 3), "")
_PUBLIC = ((1.0, -2.0), (3.0, 1.0), (-1.0, 4.0), (2.0, 5.0))


# -- formulas --------------------------------------------------------------------------


def _split(part: Part) -> tuple[list[str], list[str]]:
    """Return the factors (numbers) and the terms (arrays, or numbers where there are none)."""
    own = {one.name: one.name for one in part.own}
    every = {one.name: f"self.{one.name}" for one in part.maker if not one.is_left_out} | own
    numbers = {one.name for one in part.inputs if one.is_number}
    factors = [text for name, text in every.items() if name in numbers]
    terms = [text for name, text in every.items() if name not in numbers]
    return (factors, terms) if terms else ([], factors)


def _terms(part: Part) -> list[tuple[float, str]]:
    """Return the terms, each with a coefficient of its own, so that no two parts are alike."""
    first = 0.5 + part.place
    return [((-1) ** i * (first + i), text) for i, text in enumerate(_split(part)[1])]


def formula(part: Part, terms: Sequence[tuple[float, str]] = ()) -> str:
    """Return the formula that stands for the real one: a weighted sum, times the numbers."""
    (first, text), *others = terms or _terms(part)
    total = f"{first} * {text}"
    for weight, name in others:
        total += f" {'-' if weight < 0 else '+'} {abs(weight)} * {name}"
    factors = _split(part)[0]
    return " * ".join([*factors, f"({total})" if others else total]) if factors else total


def _otherwise(part: Part) -> list[str]:
    """Return the lines of the same formula, with terms added one by one."""
    (first, text), *others = _terms(part)
    lines = [f"total = {first} * np.array({text})"]
    lines += [f"total += {weight} * {name}" for weight, name in others]
    lines += [f"total *= {name}" for name in _split(part)[0]]
    return [*lines, "return total"]


# -- definitions -----------------------------------------------------------------------


def reference(parts: Sequence[Part]) -> str:
    """Return the definitions of a reference, with types and docstrings."""
    first = '"""Return what is asked for: its formula, its shape."""'
    bodies = [[first, f"result: Array = {formula(part)}", "return result"] for part in parts]
    return _definitions(parts, bodies, typed=True)


def variant(parts: Sequence[Part]) -> str:
    """Return the same definitions, written otherwise."""
    return _definitions(parts, map(_otherwise, parts), typed=False)


def _definitions(parts: Sequence[Part], bodies: Iterable[list[str]], *, typed: bool) -> str:
    owner, maker = parts[0].owner, parts[0].maker

    def function(
        name: str, parameters: Sequence[Parameter], lines: Sequence[str], gives: str = "Array"
    ) -> str:
        said = [*(["self"] if owner else []), *(_said(one, typed=typed) for one in parameters)]
        end = f" -> {gives}" if typed else ""
        return "\n    ".join([f"def {name}({', '.join(said)}){end}:", *lines])

    each = zip(parts, bodies, strict=True)
    blocks = [function(part.name, part.parameters, body) for part, body in each]
    if maker:
        kept = [f"self.{one.name} = {one.name}" for one in maker]
        blocks.insert(0, function("__init__", maker, kept, gives="None"))
    if not owner:
        return "\n\n\n".join(blocks)
    docstring = '    """To be described."""\n\n' if typed else ""
    return f"class {owner}:\n{docstring}" + textwrap.indent("\n\n".join(blocks), "    ")


def _said(one: Parameter, *, typed: bool) -> str:
    if not typed:
        return f"{one.name}={one.default}" if one.default else one.name
    kind = "Any" if one.is_left_out else "float" if one.is_number else "Array"
    return f"{one.name}: {kind}" + (f" = {one.default}" if one.default else "")


# -- runs and calls --------------------------------------------------------------------


def runs(part: Part) -> list[str]:
    """Return the code of the hidden runs, and of one more that is unlike them."""
    draw = random.Random(part.subject)  # always the same
    alone = all(one.is_number for one in part.inputs)
    return [
        _run(part, partial(_literal, shape, scale, draw, alone))
        for shape, scale in (*_SHAPES, _UNSEEN)
    ]


def public_inputs(part: Part) -> dict[str, str]:
    """Return the code of each input of the public run: small whole numbers."""
    given = {}
    for place, one in enumerate(part.inputs):
        pair = [value * (1 + place // len(_PUBLIC)) for value in _PUBLIC[place % len(_PUBLIC)]]
        given[one.name] = f"{pair[1]!r}" if one.is_number else f"np.array({pair!r})"
    return given


def _run(part: Part, literal: Callable[[Parameter], str]) -> str:
    given = [f"{one.name}={literal(one)}" for one in part.inputs]
    line = f"Run({', '.join(given)})"
    return line if len(line) < 95 else "\n    ".join(["Run(", *(f"    {g}," for g in given), ")"])


def _literal(
    shape: tuple[int, ...], scale: str, draw: random.Random, alone: bool, one: Parameter
) -> str:
    """Return the code of an input; numbers are scaled only where all are (``alone``)."""

    def entry() -> str:
        # Never a whole number, and never 0.
        return f"{draw.choice('- ').strip()}{draw.randrange(0, 4)}.{draw.randrange(1, 10)}"

    if one.is_number:
        return entry().lstrip("-") + (scale if alone else "")
    rows = [[entry() + scale for _ in range(shape[-1])] for _ in range(shape[0])]
    told = [f"[{', '.join(row)}]" for row in (rows if len(shape) > 1 else rows[:1])]
    return f"np.array({told[0] if len(shape) == 1 else '[' + ', '.join(told) + ']'})"


def steps(
    part: Part, value: Callable[[str], str], *, made: str = "made", by_default: bool = False
) -> tuple[list[str], str]:
    """Return the lines before the call of a part, and the call.

    ``value`` is the code of an input, by name; ``made`` is the instance's name.  With
    ``by_default``, parameters with a default are left out.
    """

    def call(name: str, parameters: Sequence[Parameter]) -> str:
        given, by_name = [], False
        for one in parameters:
            if one.is_left_out or (by_default and one.default):
                by_name = True
            else:
                given.append(f"{one.name}={value(one.name)}" if by_name else value(one.name))
        return f"{name}({', '.join(given)})"

    if not part.owner:
        return [], call(part.name, part.parameters)
    lines = [f"{made} = {call(part.owner, part.maker)}"]
    lines += [call(f"{made}.{one.name}", one.parameters) for one in part.before]
    return lines, call(f"{made}.{part.name}", part.parameters)


# -- mistakes --------------------------------------------------------------------------


def mistakes(parts: Sequence[Part]) -> Iterator[dict[str, str]]:
    """Yield mistakes in each part's sign, its last term, and by changing an argument.

    Each has the fields of :class:`grader.model.Mistake`, and ``old``, which becomes ``new``.
    """
    for part in parts:
        line, terms, name = f"result = {formula(part)}", _terms(part), part.name
        made: Callable[..., dict[str, str]] = partial(dict, old=line, loses=f"{name}/values")
        sign = f"result = -({formula(part)})"
        yield made(name=f"{name} with the sign reversed", new=sign, hint="Look at the sign.")
        if len(terms) > 1:
            less = f"result = {formula(part, terms[:-1])}"
            hint = "Look at what each argument adds."
            yield made(name=f"{name} without its last term", new=less, hint=hint)
        for own in [one.name for one in part.own if one.name in part.keeps][:1]:
            changed = f"{line}\n{own}[...] = result"
            hint = "An argument is the caller's array; make a new one."
            lost = f"{name}/pure"
            yield made(name=f"{name} changes {own}", new=changed, hint=hint, loses=lost)


def context(part: Part) -> dict[str, Any]:
    """Return the variables of the template of a test file."""
    arrays = {one.name for one in part.inputs if not one.is_number}
    has_defaults = any(one.default for one in part.inputs)

    def value(name: str) -> str:
        # The first of two calls gets copies: what it changes must not affect the second.
        return f"snapshot(run.{name})" if has_defaults and name in arrays else f"run.{name}"

    before, call = steps(part, value)
    results = [(f'"{part.name}"', call)]
    if has_defaults:
        more, call = steps(part, "run.{}".format, made="other", by_default=True)
        before += more
        results.append((f'say("{part.name} with the defaults")', call))
    under = [f'called_twice("{part.name}")', f'results_read_late("{part.name}")']
    *hidden, unseen = runs(part)
    given = public_inputs(part)
    under += ["another_instance()"] if part.owner else []
    return {
        "part": part,
        "subjects": [part.subject, *part.uses],
        "rests": ", ".join(f'"{name}"' for name in part.uses),
        "scenario": "called" if part.name != "called" else "done",
        "runs": hidden,
        "unseen": unseen,
        "public": _run(part, lambda one: given[one.name]).replace("\n", "\n    "),
        "steps": before,
        "results": results,
        "keeps": str(part.keeps).replace("'", '"'),
        "under": under,
        "callers": [one.partition("(")[0] for one in under],
    }
