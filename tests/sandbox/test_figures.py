"""Figures that are held ready are like those that matplotlib would make at that moment."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure, FigureBase

from grader.sandbox.inside.figures import TESTED, Figures
from grader.sandbox.outside.host import Link
from tests.cases import spread

TELL = """
import hashlib, io, pickle
import matplotlib.pyplot as plt
import numpy as np

own = dict(plt.rcParams)

def usual():
    plt.rcParams.update(own)

def tell():
    print(plt.get_fignums(), plt.get_figlabels(), len(plt.gcf().axes))
    for number in plt.get_fignums():
        figure = plt.figure(number)
        again = pickle.loads(pickle.dumps(figure))
        plt.close(again)
        for one in (figure, again):
            picture = io.BytesIO()
            one.savefig(picture, format="png")
            print(hashlib.sha256(picture.getvalue()).hexdigest())
        manager = figure.canvas.manager
        print(figure, figure.number, figure.get_dpi(), figure.get_size_inches(), figure.stale)
        print(manager.num, manager.get_window_title(), figure.canvas.get_default_filename())
        print(sorted(map(str, vars(figure))), figure.gca() is plt.gca(), figure.get_axes())
        for axes in figure.axes:
            spec = axes.get_subplotspec()
            print(spec, spec and spec.get_gridspec(), axes.get_position(), axes.bbox.bounds)
            print(axes.get_xlim(), axes.get_ylim(), sorted(map(str, vars(axes))))
            print(axes.get_shared_x_axes().get_siblings(axes), axes.figure is figure)
        for part in figure.findobj():
            print(type(part).__name__, part.zorder, part.get_label(), part.get_visible())
    plt.close("all")
"""
PROGRAMS = [
    "plt.plot([1, 3, 2], label='a'); plt.legend(); plt.title('t')",
    "plt.figure(figsize=(6, 4)); plt.plot([1, 2]); plt.xlabel('x'); plt.tight_layout()",
    "f, a = plt.subplots(); a.imshow(np.eye(3)); plt.colorbar(a.images[0])",
    "f, (a, b) = plt.subplots(1, 2, figsize=[8, 3]); a.bar([1, 2], [3, 4]); b.scatter([1], [2])",
    "f, a = plt.subplots(2, 2, sharex=True, sharey='row'); a[1, 1].plot([5, 6])",
    "f, a = plt.subplots(1, 2, gridspec_kw={'width_ratios': [1, 3]}); a[1].hist([1, 1, 2])",
    "plt.subplot(1, 2, 1); plt.plot([1]); plt.subplot(122); plt.plot([2]); plt.subplot(1, 2, 1)",
    "plt.subplot(211); plt.subplot(2, 2, 3); plt.subplot(2, 2, 3, projection='polar')",
    "plt.subplots(); a = plt.subplot(1, 1, 1); plt.subplot(1, 1, 1)",
    "plt.subplot(2, 1, (1, 2)); plt.suptitle('over'); plt.subplots_adjust(left=0.3)",
    "a = plt.gca(); print(plt.gca() is a); a.twinx().plot([3, 1])",
    "f = plt.gcf(); f.clear(); f.add_subplot(); f.clf(); plt.plot([1, 2])",
    "plt.figure(3); plt.figure('named'); plt.plot([1]); plt.figure(3).gca(); plt.figure()",
    "for k in range(7): plt.figure(); plt.plot([k])",
    "plt.plot([1]); plt.close(); plt.plot([2]); plt.show(); plt.plot([3, 4])",
    "f = plt.figure(); a = f.add_subplot(); f.delaxes(a); f.add_subplot(a); f.add_subplot(2, 1, 2)",
    "f = plt.figure(); f.subplots_adjust(bottom=0.4); f.set_size_inches(3, 3); plt.plot([1])",
    "f = plt.figure(); f.set_layout_engine('constrained'); f.subplots(2, 1)[0].plot([1])",
    "f = plt.figure(); f.add_axes([0.1, 0.1, 0.5, 0.5]); f.add_subplot(); plt.plot([1, 2])",
    "f = plt.figure(); g = f.add_gridspec(2, 3); f.add_subplot(g[0, :2]); f.add_subplot(g[1, 2])",
    "plt.figure(figsize=(3, 2), dpi=50); plt.plot([1]); plt.figure(facecolor='red').gca()",
    "f, a = plt.subplots(layout='constrained', subplot_kw={'title': 't'}); a.plot([1])",
    "f, a = plt.subplots(subplot_kw={'projection': '3d'}); a.plot([1], [2], [3])",
    "f, a = plt.subplot_mosaic('AB;CC'); a['C'].plot([1, 2])",
    "plt.style.use('ggplot'); plt.plot([1, 2]); usual(); plt.figure().gca().plot([1])",
    "with plt.rc_context({'lines.linewidth': 5, 'axes.grid': True}): plt.plot([1, 2])",
    "f = plt.figure()\nwith plt.rc_context({'axes.facecolor': 'red'}): f.add_subplot().plot([1])",
    "plt.xkcd(); usual(); plt.plot([1])",
    "plt.rcParams['axes.prop_cycle'] = plt.cycler(color=['red', 'lime']); plt.plot([1]); "
    "plt.plot([2]); usual()",
    "for bad in ((0, 0, 1), (1, 2, 3), (7,), (1, 1), ('a',), (1, 1, 1.0)):\n"
    "    try: plt.subplot(*bad)\n    except Exception as e: print(type(e), e)",
    "for bad in ((-1, 1), (1,), 3, 'a', (1, float('nan'))):\n"
    "    try: plt.figure(figsize=bad)\n    except Exception as e: print(type(e), e)",
]  # fmt: skip
#: Settings that no picture shows, but which are not those that the figures were made with.
OTHER = "own['keymap.home'] = ['h']\nusual()\n"


@pytest.mark.slow
@pytest.mark.parametrize("program", spread(PROGRAMS, 2))
def test_a_program_draws_what_it_would_draw_without_them(link: Link, program: str) -> None:
    link.run_cell(1, TELL)
    ready = link.run_cell(2, f"{program}\ntell()")
    made = link.run_cell(3, f"{OTHER}{program}\ntell()")
    assert (ready.error, made.error) == (None, None)
    assert ready.output == made.output != ""


@pytest.fixture
def ready(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Any], bool]]:
    """Holds figures ready; tells whether axes are of one of them."""
    if not matplotlib.__version__.startswith(TESTED):
        pytest.skip("not used with this matplotlib")
    plt.close("all")
    monkeypatch.setattr(plt, "new_figure_manager", plt.new_figure_manager)
    monkeypatch.setattr(FigureBase, "add_subplot", FigureBase.add_subplot)
    figures = Figures()
    figures.install()
    figures.fill()
    held = {id(one): one for one in gc.get_objects() if isinstance(one, Axes)}
    yield lambda axes: id(axes) in held
    plt.close("all")


def test_usual_calls_are_given_one(ready: Callable[[Any], bool]) -> None:
    assert ready(plt.gca())
    assert all(map(ready, plt.subplots(1, 2)[1]))
    assert ready(plt.figure(figsize=(6, 4)).add_subplot(111))
    assert not ready(plt.figure().add_subplot(projection="polar"))


@pytest.mark.parametrize(
    ("owner", "name", "value"),
    [
        (Axes, "plot", lambda self, *arguments: None),
        (Figure, "__init__", lambda self, **keywords: FigureBase.__init__(self)),
        (matplotlib, "rcParams", matplotlib.rc_params()),
    ],
)
def test_nothing_is_given_where_classes_or_settings_were_changed(
    ready: Callable[[Any], bool], monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, value: Any
) -> None:
    figure = plt.figure()
    monkeypatch.setattr(owner, name, value)
    if owner is matplotlib:
        value["axes.grid"] = True
    assert not ready(figure.add_subplot())
