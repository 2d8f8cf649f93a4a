"""Answers a student's code that asks for a module or a name which is not there.

A module that is missing gets a stand-in, or the one that does the same (``cupy``: NumPy); a
name that an installed package has dropped gets what took its place (``numpy.product``:
``np.prod``), else a stand-in.  Only lines written by the student are answered so, and no
import inside ``try``: there it fails as it should, so that the student's own fallback works.
``hasattr(np, "product")`` stays false, for libraries and for students: a frame that asks by
a call is told the truth.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
import types
from collections.abc import Callable, Sequence
from typing import Any, Final

from . import places, replacements, widgets
from .standins import QUIET, Needs, Note, Origin, StandIn, StandInModule, foreign, say

#: Stood in for where missing, without a warning: no result can need them.
_UNNOTED: Final = QUIET | {"google"}
#: Here stands the find_spec that a student may call.
_UTIL: Final = importlib.util.find_spec.__code__.co_filename


class Absent:
    """What one worker's student asks for in vain; ``note`` tells the page, ``needs`` remembers."""

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
        """From here on the student's imports and attributes are answered."""
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
        """``__import__``, which finds a student's names that the module lacks."""
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
        if not lacking or _is_loading(module) or places.inside_try(frame):
            return module
        given = types.ModuleType(module.__name__)
        vars(given).update((one, getattr(module, one)) for one in {*fromlist} - {*lacking})
        vars(given).update((one, self._given(module.__name__, one)) for one in lacking)
        return given

    def _given(self, module: str, name: str) -> Any:
        """What takes the place of a name that ``module`` lacks, with a note."""
        package, full = replacements.title(module), _full(module, name)
        found, befell = replacements.found(module, name), replacements.befell(module)
        if found is None:
            self._note(
                "{package} has no {name}; an inert stand-in took its place. Results that need "
                "it are not graded.",
                befell,
                package=package,
                name=full,
            )
            note = say(
                "This needs {name}, which {package} does not have.", name=full, package=package
            )
            return StandIn(f"{module}.{name}", Origin(note, self._needs))
        value, other = found
        if other:
            self._note(
                "{package} has no {name}; {other} took its place.",
                befell,
                package=package,
                name=full,
                other=other,
            )
        else:
            self._note(
                "{package} has no {name}; an equal one took its place.",
                befell,
                package=package,
                name=full,
            )
        return value

    def _hook(self) -> None:
        """Answer for the modules of the tables, as soon as they are imported."""
        for name in [name for name in self._unhooked if name in sys.modules]:
            self._unhooked.discard(name)
            module = sys.modules[name]
            if not isinstance(module, StandInModule):
                vars(module)["__getattr__"] = self._hooked(module, name)

    def _hooked(self, module: types.ModuleType, module_name: str) -> Callable[[str], Any]:
        own = vars(module).get("__getattr__")
        known = replacements.NAMES.get(module_name, {})

        def __getattr__(name: str) -> Any:  # noqa: N807
            # At once, since NumPy warns of some before it fails.
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
        """Whether a frame is the student's, asks by syntax, and has no way out of its own."""
        code = frame.f_code
        if not self._is_student(code.co_filename) or not places.is_attribute(frame):
            return False
        place = id(code), frame.f_lasti
        known = self._tried.get(place)
        if known is None:
            inside = places.inside_try(frame, catching="AttributeError")
            known = self._tried[place] = code, inside  # the code is kept, and so its number
        return not known[1]

    # -- modules -----------------------------------------------------------------

    def asks(self, fullname: str) -> bool:
        """Whether the student's own line imports this module that nobody found, with a note."""
        parent = sys.modules.get(fullname.rpartition(".")[0])
        if isinstance(parent, StandInModule):
            return True
        importer, is_name = _importer()
        if importer is None or not self._is_student(importer.f_code.co_filename):
            return False  # and who only asks by importlib.util.find_spec is told the truth
        if is_name or places.inside_try(importer):
            return False  # ``from package import name``: see import_
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
            self._note(
                "{package} has no {name}; an inert stand-in took its place. Results that need "
                "it are not graded.",
                replacements.befell(module),
                package=replacements.title(module),
                name=module,
            )

    def module(self, name: str) -> types.ModuleType:
        """The module that stands in for a missing one."""
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
            note = _of_mirrored(name, _title(other), renamed=renamed)
            self._note(note[0], replacements.befell(name) if renamed else None, **note[1])
            module._grader_mirror = None if renamed else Origin(note, self._needs)
        return module

    def _asked(self, module: StandInModule, name: str) -> Any:
        """An attribute of a stand-in module."""
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
        """``np`` of a helper that was not handed in: it can only be NumPy."""
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
        """After ``from module import *``: the names that would have come along."""
        if isinstance(module, StandInModule) or module.__name__ in replacements.NAMES:
            self._starred.append((module, frame.f_globals))
            self.look(places.tree_of(frame))

    def starred(self) -> Note | None:
        """What is said of a name that a missing module, imported with *, may have defined."""
        modules = [m for m, _ in self._starred if isinstance(m, StandInModule)]
        return modules[-1]._grader_origin.note if modules else None

    def look(self, tree: ast.AST) -> None:
        """Before a cell is run: the names in it that a module imported with * should have given."""
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


class _Loader(importlib.abc.Loader):
    def __init__(self, absent: Absent) -> None:
        self._absent = absent

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        if spec.name.partition(".")[0] == "ipywidgets":
            return widgets.module(spec.name)
        return self._absent.module(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        pass


class _Finder(importlib.abc.MetaPathFinder):
    """Finds a stand-in: after everybody else, or before them for ``QUIET`` modules."""

    def __init__(self, absent: Absent, *, quiet: bool) -> None:
        self._absent = absent
        self._quiet = quiet

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: types.ModuleType | None = None,
    ) -> importlib.machinery.ModuleSpec | None:
        """A stand-in's spec when a student's own line imports the missing module."""
        if self._quiet and fullname.partition(".")[0] not in QUIET:
            return None
        if not self._absent.asks(fullname):
            return None
        return importlib.machinery.ModuleSpec(fullname, _Loader(self._absent), is_package=True)


def _importer() -> tuple[types.FrameType | None, bool]:
    """The frame that imports now, and whether it asks for a name of a package, not a module."""
    frame: types.FrameType | None = sys._getframe(1)
    is_name = False
    while frame is not None:
        name = frame.f_code.co_filename
        if name != __file__ and not name.startswith("<frozen importlib"):
            return frame, is_name
        if (
            frame.f_code.co_name == "find_spec"
            and frame.f_globals.get("__name__") == "importlib.util"
        ):
            return None, False
        is_name |= frame.f_code.co_name == "_handle_fromlist"
        frame = frame.f_back
    return None, False


def _has(module: object, name: str) -> bool:
    if name in vars(module):
        return True
    try:
        getattr(module, name)
    except Exception:  # scikit-learn raises ImportError with an explanation
        return f"{getattr(module, '__name__', '')}.{name}" in sys.modules
    return True


def _is_loading(module: types.ModuleType) -> bool:
    return bool(getattr(getattr(module, "__spec__", None), "_initializing", False))


def _free(tree: ast.AST) -> set[str]:
    """The names that are used in a cell, and made nowhere in it."""
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


def _of_mirrored(name: str, other: str, *, renamed: bool) -> Note:
    if renamed:
        return say(
            "{package} has no {name}; {other} took its place.",
            package=replacements.title(name),
            name=name,
            other=other,
        )
    return say(
        "The module {module} is not installed here; {other} took its place.",
        module=name,
        other=other,
    )


def _title(module: types.ModuleType) -> str:
    return {"numpy": "NumPy", "scipy": "SciPy"}.get(module.__name__, module.__name__)


def _full(module: str, name: str) -> str:
    """A name as a sentence about its package says it."""
    top, _, rest = module.partition(".")
    if replacements.is_pythons(top):
        return f"{module}.{name}"
    return f"{rest}.{name}" if rest else name
