"""docs/architecture.md says which module may know which, and so it is."""

from __future__ import annotations

import ast
import re
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from grader.course.otter import SHIPPED

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
#: Modules by their dotted names; a package is that of its ``__init__``.
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted((ROOT / "grader").rglob("*.py"))
}
PACKAGES = [name for name, path in MODULES.items() if path.stem == "__init__"]
LAYERS = [
    line.split("#")[0].split()
    for line in re.findall(r"```layers\n(.*?)```", PAGE, re.DOTALL)[0].splitlines()
]


def parents(name: str) -> list[str]:
    """The module that this dotted name is, or lies in, and the packages around it."""
    parts = name.split(".")
    return [".".join(parts[:n]) for n in range(len(parts), 0, -1)]


@cache
def imports(name: str, *, at_once: bool = False) -> list[str]:
    """The modules of grader that this one imports; with ``at_once`` only when it is imported."""
    package = name if MODULES[name].stem == "__init__" else name.rpartition(".")[0]
    tree, known = ast.parse(MODULES[name].read_text("utf-8")), list[str]()
    for node in tree.body if at_once else ast.walk(tree):
        wanted: list[str] = []
        if isinstance(node, ast.Import):
            wanted = [each.name for each in node.names]
        elif isinstance(node, ast.ImportFrom):
            around = ["", *parents(package)][node.level] if node.level else ""
            base = ".".join(filter(None, (around, node.module)))
            wanted = [f"{base}.{each.name}" for each in node.names]
        for each in wanted:
            found = next((module for module in parents(each) if module in MODULES), "")
            if found not in ("", "grader", name):
                known.append(found)
    return known


def part_of(module: str) -> str:
    """The part of grader/ that a module belongs to: a package, or itself."""
    return module.split(".")[1]


def child_of(package: str, module: str) -> str:
    """What lies right in the package and holds the module, or is it; "" where it is not in it."""
    depth = package.count(".") + 2
    return ".".join(module.split(".")[:depth]) if module.startswith(f"{package}.") else ""


def test_each_part_stands_in_one_layer() -> None:
    parts = {part_of(name) for name in MODULES if name not in ("grader", "grader.__main__")}
    assert sorted(part for layer in LAYERS for part in layer) == sorted(parts)


@pytest.mark.parametrize("layer", range(len(LAYERS)), ids=lambda n: LAYERS[n][0])
def test_a_part_imports_only_itself_and_those_in_the_layers_below(layer: int) -> None:
    below = {part for layer_below in LAYERS[layer + 1 :] for part in layer_below}
    told = [
        f"{name} imports {wanted}"
        for name in MODULES
        if name != "grader" and part_of(name) in LAYERS[layer]
        for wanted in imports(name)
        if part_of(wanted) not in {part_of(name), *below}
    ]
    assert told == []


@pytest.mark.parametrize("package", PACKAGES)
def test_no_packages_in_a_package_import_each_other_in_a_circle(package: str) -> None:
    """Not even through an import within a function, or for the sake of types alone."""
    known: dict[str, set[str]] = {}
    for name in MODULES:
        for wanted in imports(name):
            inner, other = child_of(package, name), child_of(package, wanted)
            if inner in PACKAGES and other in PACKAGES and inner != other:
                known.setdefault(inner, set()).add(other)
    list(TopologicalSorter(known).static_order())  # raises CycleError


def test_no_import_runs_in_a_circle() -> None:
    known = {name: set(imports(name, at_once=True)) for name in MODULES}
    list(TopologicalSorter(known).static_order())  # raises CycleError


def test_what_a_worker_loads_imports_nothing_of_the_rest() -> None:
    (sentence,) = re.findall(
        r"^(.*) import nothing of the project but each other", PAGE, re.MULTILINE
    )
    named = re.findall(r"`([\w/]+)`", sentence)
    own = {f"grader.sandbox.{name.removeprefix('sandbox/').replace('/', '.')}" for name in named}
    assert len(own) == 2
    for name in MODULES:
        if own & {*parents(name)}:
            for wanted in imports(name):
                assert own & {*parents(wanted)}, (name, wanted)


def test_an_autograder_of_otters_holds_all_that_hidden_tests_import() -> None:
    shipped = tuple(f"grader/{name}" for name in SHIPPED)
    places = {name: path.relative_to(ROOT).as_posix() for name, path in MODULES.items()}
    lacking = [
        f"{name} imports {wanted}"
        for name in MODULES
        if places[name].startswith(shipped)
        for wanted in imports(name, at_once=True)
        if not places[wanted].startswith(shipped)
    ]
    assert lacking == []
