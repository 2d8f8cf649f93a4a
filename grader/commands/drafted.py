"""A master notebook drafted from a reference: its source is the solution, signatures the template.

Annotations, and what only they use, are left out; so are comments, since the code is written anew
from its syntax tree.
"""

from __future__ import annotations

import ast
import copy
import json
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from grader.commands.signatures import Part
from grader.commands.stubs import public_inputs, steps
from grader.errors import log

_CONFIG = """# ASSIGNMENT CONFIG
name: {name}
init_cell: true
check_all_cell: true
export_cell:
  pdf: false
  instructions: Hand in the zip file, or this notebook itself.
tests:
  files: false
  ok_format: false"""
_PROMPT = '''""" # BEGIN PROMPT
raise NotImplementedError("`{name}` is not written yet")
"""; # END PROMPT'''


def notebook(name: str, source: str, parts: Sequence[Part]) -> str:
    """Return the master notebook, as JSON, with a question and a public test for each part."""
    cells = [("raw", _CONFIG.format(name=name)), ("markdown", f"# {name}\n\nWhat, why, formula.")]
    cells += [("code", "import numpy as np"), *_solution(source, parts)]
    book = {
        "cells": [
            {"cell_type": kind, "metadata": {}, "source": text, "id": f"cell-{place}"}
            | ({"outputs": [], "execution_count": None} if kind == "code" else {})
            for place, (kind, text) in enumerate(cells)
        ],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(book, indent=1, ensure_ascii=False) + "\n"


def _solution(source: str, parts: Sequence[Part]) -> Iterator[tuple[str, str]]:
    """Yield the cells (kind, source) of each part's question; helpers come with the first."""
    tree = _plain(ast.parse(source))
    asked = {part.subject for part in parts}
    helpers = [node for node in tree.body if getattr(node, "name", "") not in asked]
    written: set[str] = set()
    for part in parts:
        yield "raw", f"# BEGIN QUESTION\nname: {part.name}\npoints: 0"
        yield "markdown", f"## `{part.name}`\n\nShapes, and a small example by hand."
        if part.subject not in written:
            written.add(part.subject)
            node = next(one for one in tree.body if getattr(one, "name", "") == part.subject)
            yield "raw", "# BEGIN SOLUTION"
            if helpers and len(written) == 1:
                yield "code", _solved("\n\n".join(map(ast.unparse, helpers)))
            yield "code", _asked(node)
            yield "raw", "# END SOLUTION"
        yield "raw", "# BEGIN TESTS"
        yield "code", _public_test(part, source)
        yield "raw", "# END TESTS"
        yield "raw", "# END QUESTION"


def _asked(node: ast.stmt) -> str:
    """Return a class or function, with marks around what students are to write."""
    if isinstance(node, ast.FunctionDef):
        return _marked(node)
    assert isinstance(node, ast.ClassDef)
    head, body = _parted(node)
    blocks = [
        _marked(one)
        if isinstance(one, ast.FunctionDef) and one.name != "__init__"
        else ast.unparse(one)
        for one in body
    ]
    space = "\n\n" if ast.get_docstring(node) is not None else "\n"
    return head + space + textwrap.indent("\n\n".join(blocks), "    ")


def _marked(node: ast.FunctionDef) -> str:
    """Return a function whose body, after its docstring, is the solution."""
    if node.name.startswith("_"):
        return _solved(ast.unparse(node))
    head, body = _parted(node)
    code = _solved("\n".join(map(ast.unparse, body))) + "\n" + _PROMPT.format(name=node.name)
    return head + "\n" + textwrap.indent(code, "    ")


def _solved(code: str) -> str:
    return f"# BEGIN SOLUTION NO PROMPT\n{code}\n# END SOLUTION"


def _parted(node: ast.ClassDef | ast.FunctionDef) -> tuple[str, list[ast.stmt]]:
    """Return the code of a class or function up to its docstring, and the rest of its body."""
    told = 1 if ast.get_docstring(node) is not None else 0
    head = copy.copy(node)
    head.body = node.body[:told]
    return ast.unparse(head), node.body[told:]


# -- what only types need --------------------------------------------------------------


class _Untyped(ast.NodeTransformer):
    """Removes annotations."""

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        if node.value is None:
            return None
        return ast.copy_location(ast.Assign([node.target], node.value), node)


def _plain(tree: ast.Module) -> ast.Module:
    """Return the module without its docstring, annotations, and what is then unused."""
    tree = ast.fix_missing_locations(_Untyped().visit(tree))
    told = 1 if ast.get_docstring(tree) is not None else 0
    tree.body = [node for node in tree.body[told:] if not _is_for_all(node)]
    while gone := [node for node in tree.body if _is_unused(node, tree)]:
        tree.body = [node for node in tree.body if node not in gone]
    return tree


def _is_for_all(node: ast.stmt) -> bool:
    """Return whether it is an import that the notebook has, or does not need."""
    future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
    return future or ast.unparse(node) == "import numpy as np"


def _is_unused(node: ast.stmt, tree: ast.Module) -> bool:
    """Return whether nothing else in a module uses its import, constant or private function."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        names = [alias.asname or alias.name.partition(".")[0] for alias in node.names]
    elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        names = [node.targets[0].id]
    elif isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name.startswith("_"):
        names = [node.name]
    else:
        return False
    others = (inner for other in tree.body if other is not node for inner in ast.walk(other))
    return not any(isinstance(inner, ast.Name) and inner.id in names for inner in others)


# -- the public test -------------------------------------------------------------------


def _public_test(part: Part, source: str) -> str:
    """Return the cell of a public test, with the reference's numbers to six digits."""
    given = public_inputs(part)
    before, call = steps(part, given.__getitem__)
    found = _result([*before, f"result = {call}"], source)
    asked = f"np.allclose(result, {found})" if found else "result is not None"
    said = f"{part.name} is not what it is by hand"
    lines = ["import numpy as np", "", *before, f"result = {call}", f'assert {asked}, "{said}"']
    head = f"test_{part.name}_by_hand({part.subject})"
    return f"def {head}:\n" + textwrap.indent("\n".join(lines), "    ") + f"\n\n{head}"


def _result(lines: Sequence[str], source: str) -> str:
    """Return the code of the reference's numbers; empty where it gives none."""
    space: dict[str, Any] = {"__name__": "reference"}
    try:
        exec(compile(source, "<reference>", "exec"), space)
        exec("\n".join(["import numpy as np", *lines]), space)
        return repr(np.round(np.asarray(space["result"], float), 6).tolist())
    except Exception:  # it cannot take these inputs: the author writes a test instead
        log.debug("A reference gives no numbers for %s", lines, exc_info=True)
        return ""
