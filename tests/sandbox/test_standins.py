"""What takes the place of missing modules and dropped names: inert, equal, or told to be needed."""

from __future__ import annotations

import builtins
import copy
import importlib
import linecache
import math
import random
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader.sandbox.inside import places, standins
from grader.sandbox.inside.imports import Imports
from grader.sandbox.inside.standins import Needs, Origin, StandIn, StandInModule
from grader.sandbox.wire.bounds import MAX_FOUND_NEEDS, MAX_STOOD_IN_ENTRIES

NOTE: standins.Note = ("This needs {name}.", {"name": "torch"})
CERTAIN, PERHAPS = [(*NOTE, True)], [(*NOTE, False)]


@pytest.fixture
def origin() -> Origin:
    return Origin(
        NOTE, Needs(), lambda module, name: f"{module}'s {name}" if name != "pd" else None
    )


def made(origin: Origin, name: str = "torch.nn") -> Any:
    return StandIn(name, origin)


def changed(stand_in: Any) -> Any:
    stand_in.x = stand_in[0] = 3
    del stand_in[0], stand_in.y
    return stand_in if stand_in.x == 3 else None


INERT: dict[str, Callable[[Any], Any]] = {
    "call": lambda s: s.Linear(3, bias=True), "attribute": lambda s: s.a.b, "item": lambda s: s[0, ...],
    "arithmetic": lambda s: -(2 + s * 3 - s / 4) ** s % 5 // s @ s, "on the right": lambda s: 1 - (2**s) / 3 // 4 % 5,
    "bits": lambda s: ~(1 & s | 2 ^ s) & s, "compare": lambda s: s < 3, "of arrays": lambda s: np.ones(2) + s,
    "functions": lambda s: np.exp(s), "concatenated": lambda s: np.concatenate([s, s]), "rounded": lambda s: round(abs(+s)),
    "copied": lambda s: copy.deepcopy(copy.copy(s)), "with": lambda s: s.__enter__(), "changed": changed,
}  # fmt: skip


@pytest.mark.parametrize("use", INERT)
def test_what_gives_another_stand_in_needs_nothing(origin: Origin, use: str) -> None:
    assert isinstance(INERT[use](made(origin)), StandIn)
    assert origin.needs.take() == []


ASKED: list[tuple[str, Callable[[Any], Any], Any, list[Any]]] = [
    ("float", float, 0.0, CERTAIN), ("int", int, 0, CERTAIN), ("index", lambda s: [5][s], 5, CERTAIN),
    ("len", len, 0, CERTAIN), ("list", list, [], CERTAIN), ("bool of a name", bool, False, PERHAPS),
    ("bool of a result", lambda s: bool(s.f()), False, CERTAIN), ("bool of an item", lambda s: bool(s[0]), False, CERTAIN),
    ("equal", lambda s: s == 3, False, PERHAPS), ("equal to itself", lambda s: s == s, True, []),
    ("is there a GPU", lambda s: bool(s.cuda.is_available()), False, []), ("a device", lambda s: s.device("x") == "cpu", False, []),
    ("written into", lambda s: np.add(np.ones(1), s, out=np.ones(1)), None, CERTAIN),
    ("added at", lambda s: np.add.at(np.ones(1), [0], s), None, CERTAIN),
    ("format", lambda s: f"{s}{s:>5}", "", []), ("text", str, "<stand-in for torch.nn>", []), ("hash", lambda s: bool(hash(s)), True, []),
]  # fmt: skip


@pytest.mark.parametrize(("name", "use", "value", "needs"), ASKED, ids=[a[0] for a in ASKED])
def test_what_must_become_something_else_is_noted(
    origin: Origin, name: str, use: Callable[[Any], Any], value: Any, needs: list[Any]
) -> None:
    found = use(made(origin))
    assert value is None or found == value
    assert origin.needs.take() == needs
    assert origin.needs.take() == []


@pytest.mark.parametrize(
    ("name", "items"),
    [
        ("tqdm.tqdm", (range(3),)), ("tqdm.auto.trange", (3,)), ("tqdm.trange", (0, 3)), ("alive_progress.alive_it", ([0, 1, 2],)),
        ("rich.progress.track", ([0, 1, 2],)), ("numba.prange", (3,)), ("tqdm.tzip", ([0, 1, 2],)), ("tqdm.tenumerate", ("abc",)),
    ],
)  # fmt: skip
def test_progress_bars_give_their_items(origin: Origin, name: str, items: tuple[Any, ...]) -> None:
    found = [one if isinstance(one, int) else one[0] for one in made(origin, name)(*items)]
    assert [ord(one) - 97 if isinstance(one, str) else one for one in found] == [0, 1, 2]
    assert [*made(origin, "tqdm.tqdm")(iterable="ab")] == ["a", "b"]
    assert len(made(origin, "tqdm.tqdm")("abc")) == 3
    assert origin.needs.take() == []
    assert [*made(origin, "torch.loader")([1, 2])] == [1, 2]
    assert origin.needs.take() == CERTAIN


def test_a_decorator_gives_what_it_decorates_or_says_so(origin: Origin) -> None:
    def function(x: int) -> int:
        return x

    jit = made(origin, "jax.jit")
    assert jit(function) is jit(static_argnums=0)(function) is jit(int) or jit(int) is int
    assert jit(function) is function
    assert jit(function, nopython=True) is function
    for name in ("jax.grad", "jax.vmap", "numba.vectorize"):
        assert isinstance(made(origin, name)(function), StandIn)
        assert isinstance(made(origin, name)()(function), StandIn)
    assert isinstance(jit(lambda x: x), StandIn)
    assert isinstance(jit(3), StandIn)
    assert isinstance(made(origin, "ipywidgets.interactive")(function, n=3), StandIn)
    assert made(origin, "ipywidgets.interact")(function) is function


def test_a_class_may_be_derived_from_a_stand_in(origin: Origin) -> None:
    module = made(origin, "torch.nn.Module")
    other = made(origin, "torch.nn.Mixin")

    class Net(module, other, made(origin, other._name)):  # type: ignore[misc,valid-type]
        def __init__(self, width: int, _hidden: int = 1, **more: int) -> None:
            module.__init__(self)
            super().__init__()
            self.save_hyperparameters(ignore=["more"])

        def forward(self, x: int) -> int:
            return x * self.width  # type: ignore[no-any-return]

    net = Net(3, more=1)
    assert net(2) == 6
    assert (net.width, hasattr(net, "_hidden")) == (3, True)  # a stand-in, for what it has not
    assert isinstance(net.parameters(), StandIn)
    assert isinstance(net, module)
    assert issubclass(Net, module)
    assert not isinstance(3, module)
    with pytest.raises(AttributeError):
        _ = net.__nothing__
    assert type(made(origin, "torch.Meta")("Own", (), {"a": 1})).__name__ == "type"
    assert origin.needs.take() == []


def test_needs_are_few_and_become_certain(origin: Origin) -> None:
    needs = origin.needs
    for certain in (False, True, False):
        origin.needed(certain=certain)
    assert needs.take() == CERTAIN
    for number in range(MAX_FOUND_NEEDS + 3):
        needs.add((str(number), {}), certain=False)
    needs.add(("0", {}), certain=True)
    found = needs.take()
    assert len(found) == MAX_FOUND_NEEDS
    assert [certain for *_, certain in found] == [True] + [False] * (MAX_FOUND_NEEDS - 1)


def test_a_missing_module_answers_for_its_names(origin: Origin) -> None:
    asked: list[str] = []

    def ask(own: StandInModule, name: str) -> Any:
        asked.append(name)
        return made(origin)

    module = StandInModule("d2l", origin, ask)
    assert isinstance(module.tensor, StandIn)
    assert isinstance(module(3), StandIn)
    assert (module.__version__ > "9", [*module.__all__], asked) == (True, [], ["tensor"])
    assert not hasattr(module, "__nothing__")
    nested = made(origin, "d2l.torch")
    assert nested.np == "d2l.torch's np"
    assert isinstance(nested.pd, StandIn)
    assert isinstance(nested.f().np, StandIn)
    assert isinstance(nested.numpy, StandIn)


def test_a_stand_in_that_is_a_result_is_noted(origin: Origin) -> None:
    one = made(origin)
    for plain in (3, None, [one], np.ones(3), np.array([1, "a", None], object)):
        standins.leaks(plain)
    assert origin.needs.take() == []
    several = np.empty((2, 2), object)
    several[1, 1] = one
    many = np.empty(MAX_STOOD_IN_ENTRIES + 1, object)
    for value in (one, StandInModule("torch", origin, lambda *_: None), several):
        standins.leaks(value)
        assert origin.needs.take() == CERTAIN
    many[-1] = one
    standins.leaks(many)
    assert origin.needs.take() == []  # so far nobody looks


def test_an_error_that_a_stand_in_caused_is_blamed_on_it(origin: Origin) -> None:
    def fails(used: Any, text: str) -> None:
        raise TypeError(text)

    for text, needs in (("unsupported: 'StandIn' and 'int'", CERTAIN), ("exceptions must derive from BaseException", CERTAIN),
                        ("something else", [])):  # fmt: skip
        for value, blamed in ((made(origin), needs), (3, [])):
            with pytest.raises(TypeError) as caught:
                fails(value, text)
            standins.blame(caught.value)
            assert origin.needs.take() == blamed

    class Odd(Exception):  # noqa: N818
        def __str__(self) -> str:
            raise SystemExit

    standins.blame(Odd())


def test_arrays_of_a_gpu_are_numpys_and_no_instances(origin: Origin) -> None:
    foreign: Any = standins.foreign(origin)
    assert not isinstance(np.ones(2), foreign)
    assert origin.needs.take() == PERHAPS
    assert type(foreign((2, 3))) is np.ndarray
    assert standins.pattern(made(origin)) is standins.pattern() is not standins.pattern(int)
    assert not isinstance(3, standins.pattern())


# -- imports, and places in the source ----------------------------------------------


def test_the_standard_library_comes_before_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "colorsys.py").write_text("mine = True")
    (tmp_path / "own_module.py").write_text("mine = True")
    monkeypatch.setattr(sys, "path", ["", str(tmp_path), *sys.path])
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    monkeypatch.delitem(sys.modules, "own_module", raising=False)
    completed: list[str] = []
    after: Mapping[str, Callable[[Any], None]] = {
        "own_module": lambda module: completed.append(module.mine),
        "random": lambda module: completed.append(module.__name__),
    }
    Imports(after).install()
    assert completed == [random.__name__]
    sys.path.remove(str(tmp_path))
    assert not hasattr(importlib.import_module("colorsys"), "mine")
    assert importlib.import_module("own_module").mine
    assert completed == ["random", True]
    assert Imports({}).find_spec("json.decoder", ["x"]) is None
    assert Imports({}).find_spec("own_module", None) is None
    monkeypatch.delitem(sys.modules, "own_module")


def frames(source: str) -> dict[str, list[bool]]:
    """What is known of a frame at each call of ``look(name)`` in the source."""
    found: dict[str, list[bool]] = {}

    def look(name: str) -> Callable[[Any], Any]:
        frame = sys._getframe(1)
        found[name] = [
            places.inside_try(frame),
            places.inside_try(frame, catching="KeyError"),
            places.in_decorator(frame),
        ]
        return lambda thing: thing

    lines = source.splitlines(keepends=True)
    linecache.cache["<places>"] = len(source), None, lines, "<places>"
    try:
        exec(
            compile(source, "<places>", "exec"),
            {"look": look, "suppress": __import__("contextlib").suppress},
        )
    finally:
        linecache.cache.pop("<places>")
    return found


def test_where_a_line_stands() -> None:
    found = frames(
        "look('plain')\ntry:\n    look('any')\n    1 / 0\nexcept:\n    look('handler')\ntry:\n    look('key')\n    1 / 0\n"
        "except (KeyError, ZeroDivisionError):\n    look('caught')\ntry:\n    look('other')\nexcept ValueError: pass\n"
        "try:\n    look('finally')\nfinally:\n    pass\nwith suppress(Exception):\n    look('suppressed')\n"
        "@look('decorator')\ndef f():\n    look('within')\nf()\n"
    )
    assert found["key"] == found["suppressed"] == [True, True, False]
    assert found["any"] == found["other"] == [True, False, False]  # it does not name KeyError
    for name in ("plain", "handler", "caught", "finally", "within"):
        assert found[name] == [False, False, False]
    assert found["decorator"] == [False, False, True]


def test_which_operation_a_frame_is_at(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []

    class Thing:
        def __getattr__(self, name: str) -> int:
            asked.append(places.is_attribute(sys._getframe(1)))
            return 1

    imported: list[bool] = []

    def import_(*arguments: Any, **keywords: Any) -> Any:
        imported.append(places.is_import(sys._getframe(1)))
        return math

    exec("thing.a\ngetattr(thing, 'b')\nhasattr(thing, 'c')\nthing.d + 1", {"thing": Thing()})
    assert asked == [True, False, False, True]
    names = {"__builtins__": {**vars(builtins), "__import__": import_}}
    exec("import a\nfrom b import pi\n__import__('c')", names)
    assert imported == [True, True, False]
