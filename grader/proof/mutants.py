"""Mutants: small changes of the solution, one at a time, made without knowing the exercise.

Each is a submission that should lose points: one that loses none is either right, too, or shows
a hole in the hidden tests.  An assignment says which are right, and why, in ``EQUIVALENT`` of
its variants.py.
"""

from __future__ import annotations

import ast
import copy
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

Definition = ast.ClassDef | ast.FunctionDef
_OPERATORS: Final[dict[type[ast.operator], tuple[type[ast.operator], ...]]] = {
    ast.Add: (ast.Sub,), ast.Sub: (ast.Add,), ast.Mult: (ast.Div,), ast.Div: (ast.Mult,),
    ast.Pow: (ast.Mult,), ast.MatMult: (ast.Mult,),
}  # fmt: skip
_COMPARISONS: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Lt: ast.GtE, ast.LtE: ast.Gt, ast.Gt: ast.LtE, ast.GtE: ast.Lt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A changed solution: ``name`` says where and how, ``code`` is a cell after the solution's."""

    name: str
    code: str


def definitions(cells: Iterable[str], names: Sequence[str]) -> Iterator[Definition]:
    """Yield the classes and functions called ``names`` that the cells define, in their order."""
    for cell in cells:
        for node in ast.parse(cell).body:
            if isinstance(node, Definition) and node.name in names:
                yield node


def mutants(cells: Iterable[str], names: Sequence[str]) -> list[Changed]:
    """Return all mutants of what a solution's cells define of ``names``, in the order of the code.

    Operators and comparisons are exchanged, numbers changed; signs, keyword arguments, copies
    and whole statements left out.  Equal names are told apart by a number.
    """
    found: list[Changed] = []
    seen: Counter[str] = Counter()
    for node in definitions(cells, names):
        for what, changed in _changed(node):
            seen[what] += 1
            name = what if seen[what] == 1 else f"{what} ({seen[what]})"
            found.append(Changed(name=name, code=ast.unparse(changed)))
    return found


def _changed(definition: Definition) -> Iterator[tuple[str, ast.stmt]]:
    """Yield what was changed, and a copy of the definition with that one change."""
    for place, node in enumerate(ast.walk(definition)):
        for change in _changes(node):
            whole = copy.deepcopy(definition)
            target = next(n for i, n in enumerate(ast.walk(whole)) if i == place)
            before, after = change(target)
            yield f"{_where(definition, node)}: {before} -> {after}", whole


_Change = Callable[[Any], tuple[str, str]]


def _changes(node: ast.AST) -> Iterator[_Change]:
    """Yield the possible changes of a node, as functions that change a copy of it in place."""
    if isinstance(node, ast.BinOp | ast.AugAssign):
        for other in _OPERATORS.get(type(node.op), ()):
            yield _setting("op", other())
    elif isinstance(node, ast.Compare):
        yield _setting("ops", [_COMPARISONS[type(node.ops[0])](), *node.ops[1:]])
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield _setting("op", ast.UAdd())
    elif isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        yield _setting("value", _another(node.value))
    elif isinstance(node, ast.Call):
        for place in range(len(node.keywords)):
            yield _setting("keywords", node.keywords[:place] + node.keywords[place + 1 :])
        if isinstance(node.func, ast.Attribute) and node.func.attr == "copy" and not node.args:
            yield _setting("func", ast.Name("np.asarray"), args=[node.func.value])
    for block in ("body", "orelse", "finalbody"):
        statements = getattr(node, block, None)
        for place, statement in enumerate(statements if isinstance(statements, list) else ()):
            if _may_go(statement):
                yield _without(block, place)


def _another(value: float) -> float:
    if isinstance(value, bool):
        return not value
    return value + 1 if isinstance(value, int) else 2 * value + (value == 0)


def _setting(field: str, value: object, **others: object) -> _Change:
    def change(node: Any) -> tuple[str, str]:
        before = ast.unparse(node)
        for name, new in {field: value, **others}.items():
            setattr(node, name, new)
        return before, ast.unparse(node)

    return change


def _without(block: str, place: int) -> _Change:
    def change(node: Any) -> tuple[str, str]:
        statements = getattr(node, block)
        gone, statements[place] = statements[place], ast.Pass()
        return ast.unparse(gone).partition("\n")[0], "(nothing)"

    return change


def _may_go(statement: ast.stmt) -> bool:
    """Return whether a statement does something and can be left out."""
    is_text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    # What is asserted holds for all inputs that the text promises.
    kept = ast.FunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom | ast.Pass | ast.Assert
    return not is_text and not isinstance(statement, kept)


def _where(definition: Definition, node: ast.AST) -> str:
    """Return the class and method, or the function, that holds a node."""
    if isinstance(definition, ast.ClassDef):
        for method in definition.body:
            if any(node is inner for inner in ast.walk(method)):
                return f"{definition.name}.{getattr(method, 'name', 'body')}"
    return definition.name
