"""Classes that a notebook builds cell by cell.

``%%add_to Class`` (jdc) adds the functions of a cell to a class; ``@d2l.add_to_class(Class)``,
fastcore's ``@patch`` and similar decorators add the function that they decorate.  Their packages
are rarely installed, so this module does what they do.
"""

from __future__ import annotations

import ast
import builtins
import re
import sys
import types
import typing
from contextlib import suppress
from typing import Any, Final

from . import places
from .definitions import FUNCTIONS

MAGICS: Final = frozenset({"add_to", "add_to_class", "extend_class"})
#: The name by which cells under ``%%add_to`` find :class:`Adding`.
KEYWORD: Final = "__add_to__"
_MARKED: Final = re.compile(r"#%%(\w+)[ \t]+([A-Za-z_][\w.]*)")
_ADDS: Final = re.compile(
    r"(add|patch|attach|extend|extension|monkey_?patch|bind|inject)"
    r"(_?(to|into|method|function|attr|property|class|cls))*s?|method_?(of|for|to)",
    re.IGNORECASE,
)
_PATCHES: Final = frozenset({"patch", "patch_property"})
_MADE_BY_CLASS: Final = frozenset(
    "__module__ __qualname__ __classcell__ __firstlineno__ __static_attributes__ "
    "__annotations__ __annotate__ __annotate_func__ __conditional_annotations__".split()
)


# -- decorators of missing modules ------------------------------------------------


def _added(thing: Any, targets: list[type], keywords: dict[str, Any], *, certain: bool) -> Any:
    """Add what a decorator decorates to classes; return what the name is bound to then.

    Unless this is ``certain`` to be what the decorator does, only methods are added.
    """
    inner = thing.fget if isinstance(thing, property) else thing
    name = keywords.get("nm") or getattr(inner, "__name__", None)
    if not name or not (certain or _is_method(thing)):
        return thing
    for target in targets:
        with suppress(AttributeError, TypeError):  # a built-in class cannot be changed
            setattr(target, name, _made(thing, target, name, keywords))
    if not certain:
        return thing
    # As with fastcore, the decorated name keeps its value if it had one.
    return getattr(thing, "__globals__", {}).get(name, thing)


def _made(thing: Any, target: type, name: str, keywords: dict[str, Any]) -> Any:
    if keywords.get("cls_method"):
        return classmethod(thing)
    if keywords.get("set_prop"):
        return getattr(target, name).setter(thing)
    return property(thing) if keywords.get("as_prop") else thing


def attached(name: str, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """Return the result of a call of a missing ``name`` that adds to a class; None for others."""
    last = name.rpartition(".")[2]
    if last in _PATCHES:
        if not arguments:
            return lambda function: _patched(function, keywords) or function
        if len(arguments) == 1 and isinstance(arguments[0], types.FunctionType):
            own = {"as_prop": True} if last != "patch" else {}
            return _patched(arguments[0], own | keywords)
    first = arguments[0] if arguments else None
    several = first if isinstance(first, tuple | list) else (first,)
    targets = [target for target in several if isinstance(target, type)]
    if not targets or len(targets) < len(several):
        return None
    frame, certain = sys._getframe(2), _ADDS.fullmatch(last) is not None
    if not certain and (len(targets) > 1 or not places.in_decorator(frame)):
        return None
    names = (*frame.f_locals.values(), *frame.f_globals.values())
    if len(targets) == 1 and not any(value is targets[0] for value in names):
        return None  # ``@decorator`` above a class, which is not bound to its name yet
    return lambda thing: _added(thing, targets, keywords, certain=certain)


def store(
    frame: types.FrameType,
    names: Any = None,
    self: Any = None,
    but: Any = "",
    cast: bool = False,
    store_args: Any = None,
    **attributes: Any,
) -> None:
    """Keep the caller's arguments as attributes, as fastcore's ``store_attr`` does."""
    code, given = frame.f_code, frame.f_locals
    arguments = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    if not isinstance(names, str | list | tuple | None):
        names, self = self, names  # the order in older versions
    target = given[arguments[0]] if self is None else self
    wanted = _words(names) or [name for name in arguments if given.get(name) is not target]
    for name in wanted:
        if name not in _words(but):
            setattr(target, name, given[name])
    for name, value in attributes.items():
        setattr(target, name, value)


def _words(names: Any) -> list[str]:
    return re.findall(r"[^\s,;]+", names) if isinstance(names, str) else [*(names or ())]


def _patched(function: Any, keywords: dict[str, Any]) -> Any:
    """Add a function to the class that its first parameter is annotated with."""
    code = getattr(function, "__code__", None)
    if code is None or not code.co_argcount:
        return None
    kind = function.__annotations__.get(code.co_varnames[0])
    if isinstance(kind, str):
        kind = function.__globals__.get(kind)
    targets = list(typing.get_args(kind) or (kind,))
    if not all(isinstance(target, type) for target in targets):
        return None
    return _added(function, targets, keywords, certain=True)


def _is_method(thing: Any) -> bool:
    code = getattr(getattr(thing, "__func__", thing), "__code__", None)
    return code is not None and code.co_varnames[:1] in (("self",), ("cls",))


# -- %%add_to ---------------------------------------------------------------------


class Adding:
    """The metaclass of a class statement whose body is added to ``target``."""

    def __init__(self, target: Any) -> None:
        self._target = target

    def __prepare__(self, name: str, bases: tuple[type, ...]) -> dict[str, Any]:
        return _Space(vars(self._target), sys._getframe(1).f_globals)

    def __call__(self, name: str, bases: tuple[type, ...], space: dict[str, Any]) -> Any:
        target, names = self._target, sys._getframe(1).f_globals
        cell = space.get("__classcell__")
        if cell is not None:  # for super() in a method
            cell.cell_contents = target if isinstance(target, type) else type(target)
        for key in space.keys() - _MADE_BY_CLASS:
            value = space[key]
            if not isinstance(target, type) and isinstance(value, types.FunctionType):
                value = types.MethodType(value, target)
            setattr(target, key, value)
            if not hasattr(builtins, key):
                names.setdefault(key, value)  # jdc also defines them as functions
        return target


class _Space(dict[str, Any]):
    """A class body that sees what the class already has, as ``@weights.setter`` needs."""

    def __init__(self, known: Any, names: dict[str, Any]) -> None:
        super().__init__()
        self._known, self._names = known, names

    def __missing__(self, key: str) -> Any:
        if key in self._names or hasattr(builtins, key):
            raise KeyError(key)
        return self._known[key]


def marked(magic: str, line: str) -> str:
    """Return a comment in place of the magic, which :func:`into_class` finds again."""
    return f"#%%{magic}{line}"


def into_class(tree: ast.Module, source: str) -> None:
    """Make each function in a cell under ``%%add_to Class`` a method of the class."""
    found = _MARKED.match(source)
    if found is None or found[1] not in MAGICS:
        return
    body: list[ast.stmt] = []
    for node in tree.body:
        if isinstance(node, FUNCTIONS):
            body.append(_class(found[2], node))
            continue
        body.append(node)
        if isinstance(node, ast.Assign) and all(isinstance(t, ast.Name) for t in node.targets):
            names = [t.id for t in node.targets if isinstance(t, ast.Name)]
            body += [_class(found[2], places.put(f"{name} = {name}", node)) for name in names]
    tree.body = body


def _class(target: str, body: ast.stmt) -> ast.stmt:
    """Return a class statement around ``body`` whose metaclass adds it to ``target``."""
    name = target.rpartition(".")[2]
    node = places.put(f"class {name}(metaclass={KEYWORD}({target})): pass", body)
    node.body = [body]
    return node  # type: ignore[no-any-return]
