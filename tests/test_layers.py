"""docs/architecture.md says which module may know which, and so it is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
#: Modules by their dotted names; a package is that of its ``__init__``.
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted((ROOT / "grader").rglob("*.py"))
}
LAYERS = [
    line.split("#")[0].split()
    for line in re.findall(r"```layers\n(.*?)```", PAGE, re.DOTALL)[0].splitlines()
]


def parents(name: str) -> list[str]:
    """The module that this dotted name is, or lies in, and the packages around it."""
    parts = name.split(".")
    return [".".join(parts[:n]) for n in range(len(parts), 0, -1)]


def imports(name: str, *, at_once: bool = False) -> Iterator[str]:
    """The modules of grader that this one imports; with ``at_once`` only when it is imported."""
    path = MODULES[name]
    package = name if path.stem == "__init__" else name.rpartition(".")[0]
    tree = ast.parse(path.read_text("utf-8"))
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
                yield found


def part_of(module: str) -> str:
    """The part of grader/ that a module belongs to: a package, or itself."""
    return module.split(".")[1]


def test_each_part_stands_in_one_layer() -> None:
    parts = {part_of(name) for name in MODULES if name not in ("grader", "grader.__main__")}
    assert sorted(part for layer in LAYERS for part in layer) == sorted(parts)


@pytest.mark.parametrize("layer", range(len(LAYERS)), ids=lambda n: LAYERS[n][0])
def test_a_layer_imports_only_itself_and_those_below(layer: int) -> None:
    allowed = {part for below in LAYERS[layer:] for part in below}
    told = [
        f"{name} imports {wanted}"
        for name in MODULES
        if name != "grader" and part_of(name) in LAYERS[layer]
        for wanted in imports(name)
        if part_of(wanted) not in allowed
    ]
    assert told == []


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
