"""What is changed of this process while test files are read, or run, is put back afterwards."""

from __future__ import annotations

import ast
import importlib
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from grader.course import hooks

ROOT = Path(hooks.__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def of_nobody(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Meanwhile nothing of a course, and nothing of Otter's, was imported."""
    monkeypatch.setattr(hooks, "_kept", {})
    before = taken_out()
    yield
    taken_out()
    sys.modules.update(before)


def taken_out() -> dict[str, ModuleType]:
    """What was imported of courses and Otter, and is no more."""
    tops = (*hooks.COURSE, "otter", "helping")
    return {n: sys.modules.pop(n) for n in [*sys.modules] if n.partition(".")[0] in tops}


@pytest.fixture
def roots(tmp_path: Path) -> tuple[Path, Path]:
    """Two courses with modules of the same names."""
    for number in (1, 2):
        (tmp_path / str(number) / "reference").mkdir(parents=True)
        (tmp_path / str(number) / "reference" / "__init__.py").touch()
        (tmp_path / str(number) / "reference" / "right.py").write_text(f"SELF = {number}")
        (tmp_path / str(number) / "helping.py").write_text(f"SELF = {number}")
    return tmp_path / "1", tmp_path / "2"


def state() -> tuple[Any, ...]:
    """What of this process may be changed."""
    return list(sys.path), dict(sys.modules), Path.cwd()


@pytest.mark.parametrize("fails", [False, True])
def test_nothing_of_a_course_stays(roots: tuple[Path, Path], fails: bool) -> None:
    data = {"numbers": [1], "array": np.ones(2), "count": 0, "text": "a"}
    kept = dict(data)
    before = state()
    given = (data, {"numbers", "array"})
    with suppress(ZeroDivisionError), hooks.course(roots[0], data=[given], is_working=True):
        importlib.import_module("reference.right")
        importlib.import_module("helping")
        assert Path.cwd() == roots[0]
        data["numbers"].append(2)  # type: ignore[attr-defined]
        data["array"][0] = 7  # type: ignore[index]
        data["count"] = 1
        data["more"] = 1
        del data["text"]
        sys.path.append("elsewhere")
        if fails:
            raise ZeroDivisionError
    assert state() == before
    assert data.keys() == kept.keys()
    assert all(data[name] is value for name, value in kept.items())
    assert data["numbers"] == [1]
    assert np.array_equal(kept["array"], np.ones(2))  # type: ignore[arg-type]


def test_each_course_has_its_own_modules_and_each_is_executed_once(
    roots: tuple[Path, Path],
) -> None:
    found: list[Any] = []
    for root in (*roots, *roots):
        with hooks.course(root):
            found += [importlib.import_module(name) for name in ("reference.right", "helping")]
    assert [module.SELF for module in found] == [1, 1, 2, 2, 1, 1, 2, 2]
    assert found[:4] == found[4:]


def test_one_course_within_another(roots: tuple[Path, Path]) -> None:
    before = state()
    with hooks.course(roots[0]):
        first = importlib.import_module("reference.right")
        with hooks.course(roots[1]):
            assert importlib.import_module("reference.right").SELF == 2
        with hooks.course(roots[0]):
            assert importlib.import_module("reference.right") is first
        assert importlib.import_module("reference.right") is first
    assert state() == before


def test_what_was_imported_for_others_is_let_be(roots: tuple[Path, Path]) -> None:
    sys.path.insert(0, str(roots[1]))
    try:
        helping = importlib.import_module("helping")
    finally:
        sys.path.remove(str(roots[1]))
    with hooks.course(roots[0]):
        assert importlib.import_module("helping") is helping
        import grader.report.scores  # noqa: F401 - of no course, whenever it is imported
    assert sys.modules.pop("helping") is helping
    assert "grader.report.scores" in sys.modules


REACHING = """
def near():
    return [ONE for _ in range(2)]
class Kind:
    def far(self):
        return TWO, near()
def test():
    return lambda: Kind().far()
def other():
    return THREE
def imported():
    return elsewhere()
"""


def test_data_is_what_a_function_reaches() -> None:
    space: dict[str, Any] = {"elsewhere": state}
    exec(REACHING, space)
    (found,) = hooks.data_of([space["test"], space["imported"], len])
    assert found[0] is space
    assert {"ONE", "TWO", "Kind"} <= found[1]
    assert not {"THREE", "sys"} & found[1]
    assert hooks.data_of([]) == []


@pytest.mark.parametrize("installed", [True, False])
@pytest.mark.parametrize("fails", [False, True])
def test_what_test_files_need_of_otter_does_not_stay(
    installed: bool, fails: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not installed:
        monkeypatch.setattr(hooks, "_OTTERS", {"otter_that_is_not_installed": {}})
    found = []
    for _ in range(2):
        with suppress(ZeroDivisionError), hooks.otter():
            found.append(importlib.import_module("otter.test_files").test_case)
            if fails:
                raise ZeroDivisionError
        assert not [name for name in sys.modules if name.partition(".")[0] == "otter"]
    assert found[0] is found[1]


@pytest.mark.parametrize("within", [True, False])
def test_otter_itself_stays(within: bool) -> None:
    if within:
        with hooks.otter():
            sys.modules["otter"].__class__ = ModuleType  # as where more of it is asked for
    else:
        hooks.use_otter()
    own = sys.modules["otter"]
    with hooks.otter():
        assert sys.modules["otter"] is own
    assert sys.modules["otter"] is own


#: What changes a whole process, beside hooks.py, and why it may.
ELSEWHERE = {
    "batch.jobs": "a job's own process, until it ends",
    "batch.run": "Ctrl-C's like, in a context manager of its own",
    "checks.mixing": "the names of a copy, made for one call",
    "cli.__init__": "before anything is imported",
    "course.otter": "a process of its own for Otter",
    "judge.diagnose.replay": "chance, in a context manager of its own",
}


def changes(tree: ast.Module) -> Iterator[str]:
    """What a module changes of the process that it is in."""
    for node in ast.walk(tree):
        targets: list[ast.expr] = []
        match node:
            case ast.Assign(targets=several) | ast.Delete(targets=several):
                targets = several
            case ast.AugAssign(target=one) | ast.AnnAssign(target=one):
                targets = [one]
            case ast.Call(func=ast.Attribute(value=value, attr=name)):
                changing = "append insert remove pop clear update setdefault extend".split()
                if name in changing:
                    targets = [value]
                own = ast.unparse(node.func)
                if own in CALLS:
                    yield own
        for target in targets:
            text = ast.unparse(target)
            if "__globals__" in text or text.startswith(OF_PROCESS):
                yield text


OF_PROCESS = ("sys.", "os.environ", "builtins.", "np.random.", "warnings.", "signal.")
CALLS = ("os.chdir", "signal.signal", "np.random.seed", "random.seed", "sys.setswitchinterval",
         "sys.setrecursionlimit", "os.putenv", "os.umask", "np.seterr")  # fmt: skip


def test_nothing_else_changes_this_process() -> None:
    found: dict[str, list[str]] = {}
    for path in sorted(ROOT.rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        several = sorted(set(changes(ast.parse(path.read_text("utf-8")))))
        if several and not name.startswith("sandbox.inside.") and name != "course.hooks":
            found[name] = several
    assert found.keys() == ELSEWHERE.keys(), found
