"""Other ways to write the same code, as students do: rewrites of Python source.

They change results only by rounding.  ``grader verify`` proves that on the solution, and then
checks that known mistakes are named in rewritten code, too.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeVar

_Node = TypeVar("_Node", bound=ast.AST)
_OWN: Final = ("self", "cls")
#: Calls that change nothing and draw no random numbers.
_PURE_METHODS: Final = frozenset(("mean", "sum", "copy", "std", "var", "reshape", "astype"))
_PURE_FUNCTIONS: Final = frozenset(("len", "abs", "float", "int", "min", "max"))
_AUGMENTED: Final = (ast.Add, ast.Sub, ast.Mult)
_TURNED: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Lt: ast.Gt, ast.Gt: ast.Lt, ast.LtE: ast.GtE, ast.GtE: ast.LtE,
}  # fmt: skip
#: Inside these, expressions are evaluated several times, later, or never.
_APART: Final = (
    ast.Lambda, ast.ListComp, ast.DictComp, ast.SetComp, ast.GeneratorExp, ast.IfExp, ast.BoolOp,
)  # fmt: skip

Rewrite = Callable[[str], str]


def _rewriting(*steps: Callable[[], ast.NodeTransformer]) -> Rewrite:
    def rewrite(source: str) -> str:
        tree: ast.AST = ast.parse(source)
        for step in steps:
            tree = ast.fix_missing_locations(step().visit(tree))
        return ast.unparse(tree)

    return rewrite


def _all(kind: type[_Node], node: ast.AST) -> Iterator[_Node]:
    return (inner for inner in ast.walk(node) if isinstance(inner, kind))


class _WithoutText(ast.NodeTransformer):
    """Removes docstrings and prompts."""

    def visit_Expr(self, node: ast.Expr) -> ast.Expr | None:
        return None if isinstance(node.value, ast.Constant) else node


class _Renamed(ast.NodeTransformer):
    """Renames the arguments and local names of each function and method."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        functions: list[ast.FunctionDef | ast.Lambda] = [
            *_all(ast.FunctionDef, node),
            *_all(ast.Lambda, node),
        ]
        given = [function.args for function in functions]
        arguments = [a for g in given for a in (*g.posonlyargs, *g.args, *g.kwonlyargs)]
        local = {argument.arg for argument in arguments} - {*_OWN}
        local |= {name.id for name in _all(ast.Name, node) if isinstance(name.ctx, ast.Store)}
        local -= _shared(node)
        for name in _all(ast.Name, node):
            name.id = f"my_{name.id}" if name.id in local else name.id
        for argument in arguments:
            argument.arg = f"my_{argument.arg}" if argument.arg in local else argument.arg
        return node


def _shared(node: ast.AST) -> set[str]:
    """Return the names that a function shares with the code around it."""
    shared: list[ast.Global | ast.Nonlocal] = [*_all(ast.Global, node), *_all(ast.Nonlocal, node)]
    return {name for statement in shared for name in statement.names}


class _Spelled(ast.NodeTransformer):
    """Spells squares as products or NumPy calls, and means as sums; turns comparisons round."""

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        self.generic_visit(node)
        if len(node.ops) == 1 and type(node.ops[0]) in _TURNED:
            turned = _TURNED[type(node.ops[0])]()
            return ast.Compare(node.comparators[0], [turned], [node.left])
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        if not isinstance(node.op, ast.Pow):
            return node
        if isinstance(node.right, ast.Constant) and node.right.value == 2:
            if isinstance(node.left, ast.Name | ast.Attribute | ast.Subscript):
                return ast.BinOp(node.left, ast.Mult(), copy.deepcopy(node.left))
            return _numpy("square", node.left)
        return _numpy("power", node.left, node.right)

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        asked = _mean(node)
        if asked is None:
            if ast.unparse(node.func) == "np.random.rand" and node.args:
                return _numpy("random.random", ast.Tuple(node.args, ast.Load()))
            return node
        values, over_rows = asked
        total = _numpy("sum", values)
        total.keywords = node.keywords
        number = "len" if over_rows else "np.size"
        return ast.BinOp(total, ast.Div(), _call(number, copy.deepcopy(values)))


class _Looped(ast.NodeTransformer):
    """Writes comprehensions as loops, and sums and means over samples row by row."""

    def visit_Assign(self, node: ast.Assign) -> ast.stmt | list[ast.stmt]:
        self.generic_visit(node)
        value, (target, *others) = node.value, node.targets
        if others or not isinstance(value, ast.DictComp | ast.ListComp):
            return node
        if len(value.generators) > 1 or _root(target) in _read(value):
            return node
        entry: ast.stmt
        stored = copy.deepcopy(target)
        stored.ctx = ast.Load()  # type: ignore[attr-defined]
        if isinstance(value, ast.DictComp):
            empty: ast.expr = ast.Dict([], [])
            place = ast.Subscript(stored, value.key, ast.Store())
            entry = ast.Assign([place], value.value)
        else:
            empty = ast.List([], ast.Load())
            append = ast.Attribute(stored, "append", ast.Load())
            entry = ast.Expr(ast.Call(append, [value.elt], []))
        (loop,) = value.generators
        for test in loop.ifs:
            entry = ast.If(test, [entry], [])
        return [ast.Assign([target], empty), ast.For(loop.target, loop.iter, [entry], [])]

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        asked = _mean(node)
        if asked is not None and asked[1]:
            number = _call("len", copy.deepcopy(asked[0]))
            return ast.BinOp(_call("sum", asked[0]), ast.Div(), number)
        if _is_numpy(node, "sum") and _axes(node) == [0]:
            return _call("sum", node.args[0])
        return node


def _mean(node: ast.Call) -> tuple[ast.expr, bool] | None:
    """Return what a call takes the mean of, and whether over rows; None for other calls."""
    axes = _axes(node)
    if axes not in ([], [0]):
        return None
    if _is_numpy(node, "mean") and len(node.args) == 1:
        return node.args[0], bool(axes)
    own = isinstance(node.func, ast.Attribute) and node.func.attr == "mean" and not node.args
    return (node.func.value, bool(axes)) if own else None  # type: ignore[attr-defined]


def _axes(node: ast.Call) -> list[object]:
    """Return the values of a call's ``axis`` keywords; two values where it has other keywords."""
    if any(keyword.arg != "axis" for keyword in node.keywords):
        return [None, None]
    return [getattr(keyword.value, "value", None) for keyword in node.keywords]


def _is_numpy(node: ast.Call, name: str) -> bool:
    return ast.unparse(node.func) == f"np.{name}"


def _numpy(name: str, *given: ast.expr) -> ast.Call:
    return _call(f"np.{name}", *given)


def _call(name: str, *given: ast.expr) -> ast.Call:
    return ast.Call(ast.parse(name, mode="eval").body, [*given], [])


class _Split(ast.NodeTransformer):
    """Splits expressions in two lines: the first names a part of the expression."""

    def __init__(self) -> None:
        self._parts = 0

    def _parted(self, node: ast.Assign | ast.AugAssign | ast.Return) -> list[ast.stmt]:
        part = next((n for n in _evaluated(node.value) if isinstance(n, ast.BinOp)), None)
        if node.value is None or part is None:
            return [node]
        self._parts += 1
        name = f"part_{self._parts}"
        node.value = _Replaced(part, ast.Name(name, ast.Load())).visit(node.value)
        return [ast.Assign([ast.Name(name, ast.Store())], part), node]

    visit_Assign = visit_AugAssign = visit_Return = _parted  # noqa: N815 (ast's names)


class _Replaced(ast.NodeTransformer):
    """Replaces one node by another."""

    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self._old, self._new = old, new

    def visit(self, node: ast.AST) -> Any:
        return self._new if node is self._old else self.generic_visit(node)


def _evaluated(node: ast.AST | None) -> Iterator[ast.AST]:
    """Yield the parts that are evaluated once whenever the expression is, outer ones first."""
    if node is None or isinstance(node, _APART):
        return
    inner = list(ast.iter_child_nodes(node))
    yield from inner
    for child in inner:
        yield from _evaluated(child)


class _Returning(ast.NodeTransformer):
    """Returns in each branch, not at the end, and without naming the result."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        self.generic_visit(node)
        *rest, last = node.body
        if not (rest and isinstance(last, ast.Return) and isinstance(last.value, ast.Name)):
            return node
        before, name = rest[-1], last.value.id
        if name in _shared(node):
            return node
        if _gives(before, name):
            node.body = [*rest[:-1], ast.Return(before.value)]  # type: ignore[attr-defined]
        elif isinstance(before, ast.If) and before.orelse:
            branches = before.body, before.orelse
            if all(_gives(branch[-1], name) for branch in branches):
                yes, no = ([*b[:-1], ast.Return(b[-1].value)] for b in branches)  # type: ignore[attr-defined]
                node.body = [*rest[:-1], ast.If(before.test, yes, []), *no]
        return node


def _gives(statement: ast.stmt, name: str) -> bool:
    """Return whether a statement is just ``name = …``."""
    if not isinstance(statement, ast.Assign) or len(statement.targets) > 1:
        return False
    return isinstance(statement.targets[0], ast.Name) and statement.targets[0].id == name


class _Augmented(ast.NodeTransformer):
    """Writes ``a[k] += b`` as ``a[k] = a[k] + b``, and ``self.a = self.a - b`` as ``self.a -= b``.

    Not where one array may have two names, since the two then differ.
    """

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        bare = (ast.Name, ast.Attribute, ast.Subscript)
        if not any(isinstance(statement.value, bare) for statement in _all(ast.Assign, node)):
            self.generic_visit(node)
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.stmt:
        if not isinstance(node.target, ast.Subscript):
            return node
        own = copy.deepcopy(node.target)
        own.ctx = ast.Load()
        return ast.Assign([node.target], ast.BinOp(own, node.op, node.value))

    def visit_Assign(self, node: ast.Assign) -> ast.stmt:
        (target, *others), value = node.targets, node.value
        if others or not isinstance(target, ast.Attribute) or not isinstance(value, ast.BinOp):
            return node
        if ast.unparse(value.left) != ast.unparse(target) or type(value.op) not in _AUGMENTED:
            return node
        return ast.AugAssign(target, value.op, value.right)


class _Reordered(ast.NodeTransformer):
    """Exchanges neighbouring assignments where neither needs the other."""

    def visit(self, node: ast.AST) -> ast.AST:
        self.generic_visit(node)
        for block in ("body", "orelse"):
            statements = getattr(node, block, None)
            if isinstance(statements, list):
                _exchange(statements)
        return node


def _exchange(statements: list[ast.stmt]) -> None:
    place = 1
    while place < len(statements):
        first, second = statements[place - 1 : place + 1]
        if _independent(first, second):
            statements[place - 1 : place + 1] = second, first
            place += 1
        place += 1


def _independent(first: ast.stmt, second: ast.stmt) -> bool:
    if not (isinstance(first, ast.Assign) and isinstance(second, ast.Assign)):
        return False
    if not (_is_pure(first.value) and _is_pure(second.value)):
        return False
    one, two = _written(first), _written(second)
    return not (one & two or one & _read(second) or two & _read(first))


def _is_pure(value: ast.expr) -> bool:
    for call in _all(ast.Call, value):
        name = ast.unparse(call.func)
        numpy = name.startswith("np.") and not name.startswith("np.random")
        if not (numpy or name in _PURE_FUNCTIONS or name.split(".")[-1] in _PURE_METHODS):
            return False
    return True


def _written(statement: ast.Assign) -> set[str]:
    targets: list[ast.expr] = []
    for target in statement.targets:
        targets += target.elts if isinstance(target, ast.Tuple | ast.List) else [target]
    return {_root(target) for target in targets}


def _read(node: ast.AST) -> set[str]:
    """Return the names and attributes of ``self`` that a statement or an expression reads."""
    found = {name.id for name in _all(ast.Name, node) if isinstance(name.ctx, ast.Load)}
    return found | {_root(attribute) for attribute in _all(ast.Attribute, node)}


def _root(node: ast.AST) -> str:
    """Return the name, or attribute of ``self``, that a target belongs to."""
    while isinstance(node, ast.Subscript | ast.Attribute):
        if isinstance(node.value, ast.Name) and node.value.id in _OWN:
            return ast.unparse(node)
        node = node.value
    return ast.unparse(node)


#: Rewrites by name.
STYLES: Final[dict[str, Rewrite]] = {
    "renamed, squares and means spelt out": _rewriting(_WithoutText, _Renamed, _Spelled),
    "expressions split, early returns": _rewriting(_WithoutText, _Returning, _Split),
    "loops": _rewriting(_WithoutText, _Looped, _Renamed),
    "reordered, other assignments": _rewriting(_WithoutText, _Reordered, _Augmented),
}
