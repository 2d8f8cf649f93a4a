"""Reads a reference: the parts of a new exercise, and what each is called with.

A *part* is a function, or a method of a class, with a question of its own.  The reference exists,
or is outlined from signatures (:func:`outline`).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from grader.errors import UsageError

_Function = ast.FunctionDef
#: Names that the written files use themselves.
_TAKEN = frozenset({"made", "np", "other", "result", "run", "total"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A parameter of a part, which takes an array unless it ``is_number``."""

    name: str
    default: str = ""  # as code; empty without one
    is_number: bool = False  # by its default, or its annotation float
    is_left_out: bool = False  # it keeps its default, which is no number


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A function, or a method of the class ``owner``, whose __init__ takes ``maker``."""

    name: str
    parameters: tuple[Parameter, ...]
    owner: str = ""
    maker: tuple[Parameter, ...] = ()
    before: tuple[Part, ...] = ()  # the methods above it, which are called first
    place: int = 0  # among all parts
    uses: tuple[str, ...] = ()  # other functions that it calls, with some of its own inputs

    @property
    def subject(self) -> str:
        """The name that students define, and that scenarios get."""
        return self.owner or self.name

    @property
    def own(self) -> list[Parameter]:
        """The parameters given to the function or method itself."""
        return [one for one in self.parameters if not one.is_left_out]

    @property
    def inputs(self) -> list[Parameter]:
        """The inputs of a run: those of the class, of the methods before, and its own."""
        every = [*self.maker, *(one for part in self.before for one in part.parameters)]
        named = {one.name: one for one in [*every, *self.parameters] if not one.is_left_out}
        return list(named.values())

    @property
    def keeps(self) -> list[str]:
        """The arrays that it must not change; those of the class belong to the first method."""
        given = self.own if self.before else [*self.maker, *self.own]
        return [one.name for one in given if not (one.is_number or one.is_left_out)]


def parts(source: str) -> tuple[Part, ...]:
    """Return the public functions and methods in a reference's source, in its order.

    Raises UsageError where there are none, or one cannot be called with arrays and numbers.
    """
    found: list[Part] = []
    tree = ast.parse(source)
    for node in tree.body:
        if isinstance(node, _Function) and not node.name.startswith("_"):
            found.append(Part(name=node.name, parameters=_parameters(node)))
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            found += _methods(node)
    if not found:
        raise UsageError("The reference defines no function and no method to be asked for.")
    names = [part.name for part in found]
    for part in found:
        if names.count(part.name) > 1:
            raise UsageError(f"{part.name} is there twice; each needs a name of its own.")
        if not part.inputs:
            raise UsageError(f"{part.name} gets nothing that its result could depend on.")
    return tuple(
        replace(part, place=place, uses=_uses(part, found, tree))
        for place, part in enumerate(found)
    )


def _uses(part: Part, others: Sequence[Part], tree: ast.Module) -> tuple[str, ...]:
    """Return the other parts that a function calls, and that can be called with its inputs."""
    code = [n for n in tree.body if isinstance(n, _Function) and n.name == part.name]
    called = {inner.id for node in code for inner in ast.walk(node) if isinstance(inner, ast.Name)}
    own = {one.name for one in part.own}
    return tuple(
        other.name
        for other in others
        if not other.owner
        and other.name in called - {part.name}
        and {one.name for one in other.own} <= own
    )


def _methods(node: ast.ClassDef) -> Iterator[Part]:
    functions = [one for one in node.body if isinstance(one, _Function)]
    made = next((one for one in functions if one.name == "__init__"), None)
    maker = _parameters(made, bound=True) if made else ()
    before: tuple[Part, ...] = ()
    for one in functions:
        if not one.name.startswith("_"):
            parameters = _parameters(one, bound=True)
            part = Part(
                name=one.name, parameters=parameters, owner=node.name, maker=maker, before=before
            )
            yield part
            before += (part,)


def _parameters(node: _Function, *, bound: bool = False) -> tuple[Parameter, ...]:
    given = node.args
    if given.vararg or given.kwarg or given.posonlyargs or given.kwonlyargs:
        raise UsageError(f"{node.name} may have plain parameters only, without * and /.")
    lacking = len(given.args) - len(given.defaults)
    defaults = [*[None] * lacking, *given.defaults]
    return tuple(map(_parameter, given.args, defaults))[1 if bound else 0 :]


def _parameter(argument: ast.arg, default: ast.expr | None) -> Parameter:
    value = default.operand if isinstance(default, ast.UnaryOp) else default
    is_number = isinstance(value, ast.Constant) and type(value.value) in (int, float)
    annotated = ast.unparse(argument.annotation) if argument.annotation else ""
    return Parameter(
        name=argument.arg,
        default="" if default is None else ast.unparse(default),
        is_number=is_number or (default is None and annotated == "float"),
        is_left_out=default is not None and not is_number,
    )


# -- signatures ------------------------------------------------------------------------


def outline(signatures: Sequence[str], *, is_class: bool) -> str:
    """Return the source of functions with these signatures, such as ``"cross_entropy(y_hat, y)"``.

    For a class, the first signature is that of its making, the others are its methods'.  Raises
    UsageError where one cannot be read, or there is none.
    """
    nodes = [_signature(text) for text in signatures]
    if len(nodes) < 1 + is_class:
        raise UsageError(
            'Name what is asked for: --functions "softmax(z)" "cross_entropy(y_hat, y)", '
            'or --class "Layer(gamma, beta)" "forward(x)" "backward(dout)".'
        )
    if not is_class:
        return "\n".join(map(ast.unparse, nodes))
    made, *methods = nodes
    name, made.name = made.name, "__init__"
    for node in (made, *methods):
        node.args.args.insert(0, ast.arg("self"))
    whole = ast.ClassDef(name, [], [], [made, *methods], [])
    return ast.unparse(ast.fix_missing_locations(whole))


def _signature(text: str) -> _Function:
    try:
        (node,) = ast.parse(f"def {text.strip()}: pass").body
    except (SyntaxError, ValueError) as error:
        raise UsageError(
            f'{text!r} is no signature; write it as in "cross_entropy(y_hat, y)".'
        ) from error
    if not isinstance(node, _Function) or node.name.startswith("_"):
        raise UsageError(f"{text!r} cannot be asked for: its name begins with _.")
    if any(one.is_left_out for one in _parameters(node)):
        raise UsageError(f"{text!r} has a default that is no number; add it when all is written.")
    taken = _TAKEN & {node.name, *(one.arg for one in node.args.args)}
    for name in sorted(taken):
        raise UsageError(f"{name} is a name that the stubs use; give another, and rename it later.")
    if "self" in [one.arg for one in node.args.args]:
        raise UsageError(f"{text!r} names self, which every method has; leave it out.")
    return node
