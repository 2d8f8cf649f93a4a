"""Cells that are changed before they run: annotations, %%add_to, decorators, match, old methods."""

from __future__ import annotations

import ast
import builtins
import importlib
import linecache
import sys
from collections.abc import Callable, Iterator
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader.sandbox.inside import adding, hints, rewriting
from grader.sandbox.inside.standins import Needs, Origin, StandIn

Run = Callable[..., dict[str, Any]]
FILE = "<cell 1>"
is_eager = pytest.mark.skipif(sys.version_info >= (3, 14), reason="annotations are not evaluated")


class Notes(list[str]):
    def __call__(self, text: str, *rest: object, **fields: str) -> None:
        self.append(text.format(**fields))


@pytest.fixture
def notes(monkeypatch: pytest.MonkeyPatch) -> Notes:
    """What is noted while cells, and modules in a folder ``handed``, are rewritten."""
    for name in (adding.KEYWORD, hints.KEYWORD, "__pattern__", "__dropped__"):
        monkeypatch.setattr(builtins, name, None, raising=False)
    monkeypatch.setattr(SourceFileLoader, "source_to_code", SourceFileLoader.source_to_code)
    found = Notes()
    rewriting.install(is_student=lambda path: "/handed/" in path, note=found)
    return found


@pytest.fixture
def run(notes: Notes) -> Iterator[Run]:
    """Runs cells in one namespace, which has a stand-in for each missing module named."""

    def do(*cells: str, missing: str = "d2l torch patch patch_to patch_property delegates",
           flags: int = 0) -> dict[str, Any]:  # fmt: skip
        origin = Origin(("missing", {}), Needs())
        names: dict[str, Any] = {"np": np, "__name__": "__main__"}
        names |= {name: StandIn(name, origin) for name in missing.split()}
        for cell in cells:
            linecache.cache[FILE] = len(cell), None, cell.splitlines(keepends=True), FILE
            tree = rewriting.rewritten(ast.parse(cell), cell, flags)
            exec(compile(tree, FILE, "exec", flags, dont_inherit=True), names)
        return names

    yield do
    linecache.cache.pop(FILE, None)


# -- annotations -----------------------------------------------------------------


@is_eager
@pytest.mark.parametrize(
    ("cell", "count"),
    [
        ("def f(x: Missing) -> None:\n    return x", 1),
        ("def f(x, /, *, y: Missing = 1, **more: np.nothing) -> Missing[0]:\n    return x", 3),
        ("async def g(x: Missing): pass\ndef f(x): return x", 1),
        ("class A:\n    n: Missing = 3\n    def f(self, x: Missing): return x\nf = A().f", 2),
        ("if True:\n    def f(x: Missing): return x", 1),
        ("try:\n    raise KeyError\nexcept KeyError:\n    def f(x: Missing): return x", 1),
        ("match 1:\n    case 1:\n        def f(x: Missing): return x", 1),
        ("x: Missing = 1\ny: 1 / 0\ndef f(x): return x", 2),
        ("def f(x):\n    n: Missing = 2\n    def g(y: Missing): return y\n    return g(x)", 1),
        ("def f(x):\n    class A:\n        n: Missing = 2\n    return x", 1),
        ("f: Missing = lambda x: x", 1),
    ],
)  # fmt: skip
def test_an_annotation_that_fails_costs_nothing(
    run: Run, notes: Notes, cell: str, count: int
) -> None:
    assert run(cell)["f"](5) == 5
    assert len(notes) == count
    assert all(note.startswith("An annotation could not be evaluated") for note in notes)


@is_eager
def test_annotations_that_do_not_fail_are_what_they_are(run: Run, notes: Notes) -> None:
    names = run(
        "from dataclasses import dataclass, field\nfrom typing import ClassVar\n"
        "def f(a: int, b: np.ndarray, *c: 'text', d: list[int] = [], e: 3 = 0) -> dict[str, float]: ...\n"
        "@dataclass\nclass A:\n    Alias = tuple[int, ...]\n    x: float = 1.5\n    y: list[Missing] = field(default_factory=list)\n"
        "    z: ClassVar[int] = 3\n    def g(self, i: Alias) -> Alias: ...\n"
        "number: (named := int) = 3"
    )
    wanted = {
        "a": int,
        "b": np.ndarray,
        "c": "text",
        "d": list[int],
        "e": 3,
        "return": dict[str, float],
    }
    assert names["f"].__annotations__ == wanted
    assert names["A"].g.__annotations__ == {"i": tuple[int, ...], "return": tuple[int, ...]}
    assert (names["A"](2.0).x, names["A"]().y, names["A"].z, names["named"]) == (2.0, [], 3, int)
    assert len(notes) == 1  # of Missing


def test_annotations_that_python_does_not_evaluate_stay_texts(run: Run, notes: Notes) -> None:
    own = "from __future__ import annotations\ndef f(x: Missing) -> 1 / 0: return x"
    assert run(own)["f"].__annotations__ == {"x": "Missing", "return": "1 / 0"}
    cell = "def f(x: Missing): return x"
    assert run(cell, flags=annotations.compiler_flag)["f"].__annotations__ == {"x": "Missing"}
    assert notes == []


# -- %%add_to and decorators -----------------------------------------------------

NET = """
class Base:
    def scale(self): return 10
class Net(Base):
    def __init__(self): self.w = 2
    @property
    def width(self): return self.w
net = Net()
"""


def add_to(target: str, code: str, magic: str = "add_to") -> str:
    return f"{adding.marked(magic, f' {target}')}\n{code}"


@pytest.mark.parametrize("magic", sorted(adding.MAGICS))
def test_functions_of_a_cell_become_methods(run: Run, magic: str) -> None:
    names = run(
        NET,
        add_to(
            "Net",
            "def twice(self):\n    return 2 * self.w\nrate = 0.5\nif True:\n    loose = 1",
            magic,
        ),
    )
    assert (names["net"].twice(), names["Net"].rate, names["rate"]) == (4, 0.5, 0.5)
    assert names["twice"](names["net"]) == 4  # it is a function of that name, too
    assert not hasattr(names["Net"], "loose")


def test_methods_that_are_added_see_their_class(run: Run) -> None:
    names = run(
        NET,
        add_to("Net", "def scale(self):\n    return super().scale() + self.w\n"
               "@width.setter\ndef width(self, w):\n    self.w = w\n"
               "@staticmethod\ndef sum(x):\n    return max(x)\n"
               "async def wait(self): ..."),
    )  # fmt: skip
    net = names["net"]
    net.width = 7
    assert (net.w, net.scale(), names["Net"].sum([1, 3])) == (7, 17, 3)
    assert "sum" not in names  # which is Python's own
    assert callable(net.wait)


def test_a_function_may_be_added_to_an_object_or_a_modules_class(run: Run) -> None:
    names = run(NET, "import types\nm = types.SimpleNamespace(Net=Net)",
                add_to("net", "def one(self):\n    return self.w"),
                add_to("m.Net", "def two(self):\n    return 2 * self.w"))  # fmt: skip
    assert (names["net"].one(), names["Net"]().two()) == (2, 4)
    assert not hasattr(names["Net"](), "one")
    names = run(NET, "#%%other Net\ndef three(self): ...")
    assert not hasattr(names["Net"], "three")


ADDED = [
    "@d2l.add_to_class(Net)\ndef f(self, x): return x + self.w",
    "@d2l.add_to_class((Net, Base))\ndef f(self, x): return x + self.w",
    "@patch\ndef f(self: Net, x): return x + self.w",
    "@patch\ndef f(self: 'Net', x): return x + self.w",
    "@patch()\ndef f(self: Net, x): return x + self.w",
    "@patch\ndef f(self: Net | Base, x): return x + self.w",
    "@patch_to(Net)\ndef f(self, x): return x + self.w",
    "@patch_to([Net], nm='f')\ndef g(self, x): return x + self.w",
    "@torch.method_of(Net)\ndef f(self, x): return x + self.w",
    "@torch.anything(Net)\ndef f(self, x): return x + self.w",  # a method that is decorated
]


@pytest.mark.parametrize("cell", ADDED)
def test_a_decorator_that_adds_to_a_class_adds(run: Run, cell: str) -> None:
    assert run(NET, cell)["net"].f(3) == 5


@pytest.mark.parametrize(
    "cell",
    [
        "@torch.anything(Net)\ndef f(x): return x",  # no method
        "@d2l.add_to_class(3)\ndef f(self, x): return x",
        "@patch\ndef f(x, y: Net): return x",
        "@patch\ndef f(): return 1",
        "f = torch.anything(Net)",
        "@torch.register(Net, Base)\nclass f: pass",
        "@torch.wraps((Net, Base))\ndef f(self, x): return x",
    ],
)
def test_other_decorators_add_nothing(run: Run, cell: str) -> None:
    assert not hasattr(run(NET, cell)["Net"], "f")


def test_a_class_that_is_decorated_stays_one(run: Run) -> None:
    names = run(
        "@torch.extend_class\nclass A:\n    n = 1\n@torch.anything\nclass B(A): pass\n"
        "@torch.register()\nclass C(B): pass"
    )
    assert names["C"].n == 1
    assert names["A"] in names["C"].__mro__


def test_patches_may_be_properties_and_methods_of_the_class(run: Run) -> None:
    names = run(
        NET,
        "@patch(as_prop=True)\ndef double(self: Net): return 2 * self.w\n"
        "@patch_property\ndef half(self: Net): return self.w / 2\n"
        "@patch(cls_method=True)\ndef make(cls: Net): return cls().w\n"
        "@patch(set_prop=True)\ndef width(self: Net, w): self.w = 10 * w\n"
        "kept = 3\n@patch\ndef kept(self: Net): return 4",
    )
    net = names["net"]
    assert (net.double, net.half, names["Net"].make(), net.kept()) == (4, 1.0, 2, 4)
    net.width = 2
    assert (net.w, names["kept"]) == (20, 3)  # a name keeps the value that it had


@pytest.mark.parametrize(
    ("call", "stored"),
    [
        ("store_attr()", {"a": 1, "b": 2, "c": 3}),
        ("store_attr('a, c')", {"a": 1, "c": 3}),
        ("store_attr(['b'])", {"b": 2}),
        ("store_attr(but='a')", {"b": 2, "c": 3}),
        ("store_attr(but=['a', 'b'], d=4)", {"c": 3, "d": 4}),
        ("store_attr(self, 'a;b')", {"a": 1, "b": 2}),
    ],
)
def test_arguments_are_stored_as_fastcore_does(run: Run, call: str, stored: dict[str, int]) -> None:
    names = run(f"class A:\n    def __init__(self, a, b=2, *, c=3):\n        x = 5\n        core.{call}",
                "a = A(1)", missing="core")  # fmt: skip
    assert vars(names["a"]) == stored


# -- match, and methods that arrays have dropped ----------------------------------


def test_a_class_that_is_missing_matches_nothing(run: Run) -> None:
    cell = (
        "def kind(x):\n    match x:\n        case torch.Tensor(): return 'tensor'\n"
        "        case Unknown(): return 'unknown'\n        case Own(w=[torch.Size(), *_]): return 'size'\n"
        "        case Own(w=w): return w\n        case int() | str(): return 'plain'\n"
        "        case np.ndarray(): return 'array'\n"
        "class Own:\n    def __init__(self, w): self.w = w\nkinds = [kind(x) for x in (Own(5), 3, 'x', np.ones(1), None)]"
    )
    assert run(cell)["kinds"] == [5, "plain", "plain", "array", None]


@pytest.mark.skipif(hasattr(np.ndarray, "ptp"), reason="this NumPy still has them")
def test_methods_that_arrays_have_dropped_still_work(run: Run, notes: Notes) -> None:
    names = run(
        "x = np.arange(6.0).reshape(2, 3)\nspan = x.ptp(), x.ptp(axis=1), np.float64(2).ptp()\n"
        "x.itemset(5, 9.0); x.itemset((0, 1), 7.0); x.itemset(1, 0, 8.0)\nswapped = x.newbyteorder().dtype\n"
        "class Own:\n    ptp = 3\nown = Own().ptp\nOwn.ptp = 4\nscalar = np.zeros(()); scalar.itemset(2.0)"
    )
    assert names["span"][0] == 5.0
    assert names["span"][1].tolist() == [2.0, 2.0]
    assert names["x"].tolist() == [[0.0, 7.0, 2.0], [8.0, 4.0, 9.0]]
    assert names["swapped"] == np.dtype(float).newbyteorder("S")
    assert (names["own"], names["Own"].ptp, names["scalar"]) == (3, 4, 2.0)
    assert {note.partition(" has no ")[2] for note in notes} == {
        "ndarray.ptp; np.ptp took its place.",
        "ndarray.itemset; a[i] = x took its place.",
        "ndarray.newbyteorder; a.view took its place.",
    }


@is_eager
def test_modules_that_were_handed_in_are_rewritten_and_no_others(
    notes: Notes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("handed", "others"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"mine_{name}.py").write_text(
            "# é\ndef f(x: Missing):\n    return x\n", "utf-8"
        )
        (tmp_path / name / f"bad_{name}.py").write_text("def f(x: Missing:\n")
        monkeypatch.syspath_prepend(str(tmp_path / name))
    assert importlib.import_module("mine_handed").f(3) == 3
    assert len(notes) == 1
    with pytest.raises(NameError):
        importlib.import_module("mine_others")
    for name in ("handed", "others"):
        with pytest.raises(SyntaxError):
            importlib.import_module(f"bad_{name}")
