"""Gives student code something in place of missing modules and names.

A missing module is replaced by a stand-in, or by a module that does the same (``cupy``: NumPy).
A name that an installed package has dropped is replaced by what took its place
(``numpy.product``: ``np.prod``), or by a stand-in.  This holds only for the student's own
lines, and not inside ``try``: there an import fails, so that the student's fallback runs.
``hasattr(np, "product")`` stays false, since only attribute access by syntax is answered.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
import traceback
import types
from collections.abc import Callable, Sequence
from typing import Any, Final

from . import places, replacements, widgets
from .standins import QUIET, Needs, Note, Origin, StandIn, StandInModule, foreign, say

#: Replaced without a note if missing: no result can need them.
_UNNOTED: Final = QUIET | {"google"}
_FIND_SPEC: Final = importlib.util.find_spec.__code__


class Absent:
    """Answers for missing modules and names, with notes; ``needs`` collects what results use."""

    def __init__(
        self, *, is_student: Callable[[str], bool], note: Callable[..., None], needs: Needs
    ) -> None:
        self._is_student = is_student
        self._note = note
        self._needs = needs
        self._import: Callable[..., Any] = builtins.__import__
        self._unhooked = {*replacements.NAMES, *replacements.OTHERS}
        self._starred: list[tuple[types.ModuleType, dict[str, Any]]] = []  # imported with *
        self._tried: dict[tuple[int, int], tuple[types.CodeType, bool]] = {}

    def install(self) -> None:
        """Start to answer the student's imports and attributes."""
        sys.meta_path.insert(0, _Finder(self, quiet=True))
        sys.meta_path.append(_Finder(self, quiet=False))
        builtins.__import__ = self.import_
        self._hook()

    # -- names of installed packages ---------------------------------------------

    def import_(
        self,
        name: str,
        globals: Any = None,  # noqa: A002
        locals: Any = None,  # noqa: A002
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> Any:
        """Import as ``__import__``, and answer for names in ``fromlist`` that the module lacks."""
        frame = sys._getframe(1)
        if not self._is_student(frame.f_code.co_filename):
            return self._import(name, globals, locals, fromlist, level)
        try:
            module = self._import(name, globals, locals, fromlist, level)
        except ImportError:
            module = sys.modules.get(name)
            known = replacements.NAMES.get(name, {})
            if module is None or not any(one in known for one in fromlist or ()):
                raise
        self._hook()
        if not fromlist or not places.is_import(frame):
            return module
        if "*" in fromlist:
            self._star(module, frame)
            return module
        lacking = [one for one in fromlist if not _has(module, one)]
        is_loading = getattr(getattr(module, "__spec__", None), "_initializing", False)
        if not lacking or is_loading or places.inside_try(frame):
            return module
        given = types.ModuleType(module.__name__)
        vars(given).update((one, getattr(module, one)) for one in {*fromlist} - {*lacking})
        vars(given).update((one, self._given(module.__name__, one)) for one in lacking)
        return given

    def _given(self, module: str, name: str) -> Any:
        """Return what takes the place of a name that ``module`` lacks, with a note."""
        package, full = replacements.title(module), _full(module, name)
        found = replacements.found(module, name)
        self._say_lacking(module, full, None if found is None else found[1])
        if found is not None:
            return found[0]
        note = say("This needs {name}, which {package} does not have.", name=full, package=package)
        return StandIn(f"{module}.{name}", Origin(note, self._needs))

    def _say_lacking(self, module: str, name: str, other: str | None) -> None:
        """Note that the package of ``module`` lacks a name, and what took its place.

        ``other`` is the name of that, "" if it has none, None for a stand-in.
        """
        fields = {"package": replacements.title(module), "name": name}
        if other is None:
            note = say(
                "{package} has no {name}; an inert stand-in took its place. Results that need "
                "it are not graded.",
                **fields,
            )
        elif other:
            note = say("{package} has no {name}; {other} took its place.", other=other, **fields)
        else:
            note = say("{package} has no {name}; an equal one took its place.", **fields)
        self._note(note[0], replacements.befell(module), **note[1])

    def _hook(self) -> None:
        """Add a ``__getattr__`` to modules in the tables that have been imported since."""
        for name in [name for name in self._unhooked if name in sys.modules]:
            self._unhooked.discard(name)
            module = sys.modules[name]
            if not isinstance(module, StandInModule):
                vars(module)["__getattr__"] = self._hooked(module, name)

    def _hooked(self, module: types.ModuleType, module_name: str) -> Callable[[str], Any]:
        own = vars(module).get("__getattr__")
        known = replacements.NAMES.get(module_name, {})

        def __getattr__(name: str) -> Any:  # noqa: N807
            # Before the module's own, since NumPy's warns about some names before it fails.
            if name in known and self._answers(sys._getframe(1)):
                return self._given(module_name, name)
            try:
                if own is None:
                    text = f"module {module.__name__!r} has no attribute {name!r}"
                    raise AttributeError(text, name=name, obj=module)
                value = own(name)
            except (AttributeError, ImportError):
                if self._answers(sys._getframe(1)) and replacements.found(module_name, name):
                    return self._given(module_name, name)
                raise
            self._hook()
            return value

        return __getattr__

    def _answers(self, frame: types.FrameType) -> bool:
        """Whether a frame is the student's, asks by syntax, and does not catch AttributeError."""
        code = frame.f_code
        if not self._is_student(code.co_filename) or not places.is_attribute(frame):
            return False
        place = id(code), frame.f_lasti
        known = self._tried.get(place)
        if known is None:
            inside = places.inside_try(frame, catching="AttributeError")
            known = self._tried[place] = code, inside  # keeps the code alive, and so its id
        return not known[1]

    # -- modules -----------------------------------------------------------------

    def asks(self, fullname: str) -> bool:
        """Whether to stand in for a missing module: the student's own line imports it."""
        parent = sys.modules.get(fullname.rpartition(".")[0])
        if isinstance(parent, StandInModule):
            return True
        importer, is_name = _importer()
        if importer is None or not self._is_student(importer.f_code.co_filename):
            return False  # also for importlib.util.find_spec, which only asks
        if is_name or places.inside_try(importer):
            return False  # for ``from package import name`` see import_
        if replacements.mirrored(fullname) is None:
            self._say_missing(fullname, parent)
        return True

    def _say_missing(self, module: str, parent: types.ModuleType | None) -> None:
        if module.partition(".")[0] in _UNNOTED:
            return
        paths = getattr(parent, "__path__", ())
        is_own = any(self._is_student(f"{path}/") for path in paths)
        if is_own or (parent is None and not replacements.is_pythons(module)):
            self._note(
                "The module {module} is not installed here and was not handed in; an "
                "inert stand-in took its place. Results that need it are not graded.",
                module=module,
            )
        else:
            self._say_lacking(module, module, None)

    def module(self, name: str) -> types.ModuleType:
        """Return a module in place of a missing one."""
        if name.partition(".")[0] == "ipywidgets":
            return widgets.module(name)
        parent = sys.modules.get(name.rpartition(".")[0])
        if isinstance(parent, StandInModule):
            origin = parent._grader_origin
        else:
            note = say(
                "This needs the module {module}, which is not installed here and was not "
                "handed in.",
                module=name,
            )
            origin = Origin(note, self._needs, self._short)
        module = StandInModule(name, origin, self._asked)
        mirrored = replacements.mirrored(name)
        if mirrored is not None:
            other, renamed = mirrored
            vars(module)["__all__"] = list(getattr(other, "__all__", ()))
            vars(module)["_grader_other"] = other
            if renamed:
                self._say_lacking(name, name, _title(other))
            else:
                note = say(
                    "The module {module} is not installed here; {other} took its place.",
                    module=name,
                    other=_title(other),
                )
                self._note(note[0], **note[1])
                module._grader_mirror = Origin(note, self._needs)
        return module

    def _asked(self, module: StandInModule, name: str) -> Any:
        """Return an attribute of a stand-in module."""
        own, full = module.__name__, f"{module.__name__}.{name}"
        other = vars(module).get("_grader_other")
        if other is not None:
            if name == "ndarray" and module._grader_mirror and own != "autograd.numpy":
                vars(module)[name] = kind = foreign(module._grader_mirror)
                return kind
            if _has(other, name):
                return getattr(other, name)
            if replacements.found(other.__name__, name) is not None:
                return self._given(other.__name__, name)
        found = replacements.found(own, name)
        if found is not None:
            top = own.partition(".")[0]
            is_whole = isinstance(sys.modules.get(top), StandInModule)
            if other is not None or (is_whole and not replacements.is_pythons(top)):
                return found[0]
            return self._given(own, name)
        if replacements.mirrored(full) is not None:
            return importlib.import_module(full)
        return module._grader_origin.known(own, name) or StandIn(full, module._grader_origin)

    def _short(self, module: str, name: str) -> types.ModuleType | None:
        """Return NumPy for ``np`` of a helper that was not handed in, and the like."""
        try:
            known = importlib.import_module(replacements.SHORT[name])
        except (ImportError, KeyError):
            return None
        self._note(
            "{name} was asked of the module {module}, which was not handed in; it is taken to "
            "be {other}.",
            name=name,
            module=module,
            other=_title(known),
        )
        return known

    def _star(self, module: types.ModuleType, frame: types.FrameType) -> None:
        """Remember ``from module import *``, for the missing names that it should define."""
        if isinstance(module, StandInModule) or module.__name__ in replacements.NAMES:
            self._starred.append((module, frame.f_globals))
            self.look(places.tree_of(frame))

    def starred(self) -> Note | None:
        """Return the note on names that a missing module, imported with *, may have defined."""
        modules = [m for m, _ in self._starred if isinstance(m, StandInModule)]
        return modules[-1]._grader_origin.note if modules else None

    def look(self, tree: ast.AST) -> None:
        """Define the names in a cell, before it runs, that a module imported with * should have."""
        if not self._starred:
            return
        free = sorted(name for name in _free(tree) if not hasattr(builtins, name))
        for module, names in reversed(self._starred):
            known = replacements.NAMES.get(module.__name__, {})
            for name in free:
                if name in names or name.startswith("_"):
                    continue
                if isinstance(module, StandInModule):
                    names[name] = getattr(module, name)
                elif name in known and not str(known[name]).endswith("."):
                    names[name] = self._given(module.__name__, name)


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds and makes stand-ins: after all other finders, or before them for ``QUIET`` modules."""

    def __init__(self, absent: Absent, *, quiet: bool) -> None:
        self._absent = absent
        self._quiet = quiet

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Return a stand-in's spec if a student's own line imports the missing module."""
        if self._quiet and fullname.partition(".")[0] not in QUIET:
            return None
        if not self._absent.asks(fullname):
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return self._absent.module(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        pass


def _importer() -> tuple[types.FrameType | None, bool]:
    """Return the frame that imports now, and whether it asks for a name, not for a module."""
    is_name = False
    for frame, _ in traceback.walk_stack(sys._getframe(1)):
        name = frame.f_code.co_filename
        if name != __file__ and not name.startswith("<frozen importlib"):
            return frame, is_name
        if frame.f_code is _FIND_SPEC:
            return None, False
        is_name |= frame.f_code.co_name == "_handle_fromlist"
    return None, False


def _has(module: object, name: str) -> bool:
    if name in vars(module):
        return True
    try:
        getattr(module, name)
    except Exception:  # scikit-learn raises ImportError with an explanation
        return f"{getattr(module, '__name__', '')}.{name}" in sys.modules
    return True


def _free(tree: ast.AST) -> set[str]:
    """Return the names that a cell uses and does not define."""
    used: set[str] = set()
    made: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            (used if isinstance(node.ctx, ast.Load) else made).add(node.id)
        elif isinstance(node, ast.alias):
            made.add(node.asname or node.name.partition(".")[0])
        else:  # functions, classes, exceptions, captures; arguments
            made |= {getattr(node, "name", None) or "", getattr(node, "arg", None) or ""}
    return used - made


def _title(module: types.ModuleType) -> str:
    return {"numpy": "NumPy", "scipy": "SciPy"}.get(module.__name__, module.__name__)


def _full(module: str, name: str) -> str:
    """Return a module's name for a sentence that begins with its package."""
    top, _, rest = module.partition(".")
    if replacements.is_pythons(top):
        return f"{module}.{name}"
    return f"{rest}.{name}" if rest else name
