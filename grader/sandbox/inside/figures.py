"""Figures that are made before a notebook asks for them, which saves milliseconds each.

A figure consists of thousands of objects, and a forked process first copies each page of memory
that it writes to.  So the warm interpreter makes some figures with axes, and pyplot gets one of
them if it would make an equal one.  It makes its own if anything unusual is asked for, if
settings or classes have changed, and in versions of matplotlib that were not tested.
"""

from __future__ import annotations

import functools
from math import isfinite
from typing import Any, Final

import matplotlib
import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.axis import XAxis, YAxis
from matplotlib.figure import Figure, FigureBase
from matplotlib.gridspec import SubplotSpec
from matplotlib.projections import get_projection_class
from matplotlib.spines import Spine

TESTED: Final = ("3.8.", "3.9.", "3.10.", "3.11.")
#: How many axes each prepared figure has: most plots have one, a comparison two.
_AXES: Final = (1, 2, 1, 2, 1, 1)
#: The arguments that ``plt.figure`` passes on for a figure by its settings.
_USUAL: Final = {"dpi": None, "facecolor": None, "edgecolor": None, "frameon": True,
                 "FigureClass": Figure}  # fmt: skip
#: The keywords that ``subplots`` gives ``add_subplot`` for axes that share nothing.
_UNSHARED: Final = {"sharex": None, "sharey": None}
_KINDS: Final = {c for kind in (Figure, Axes, XAxis, YAxis, Spine) for c in kind.__mro__} - {object}


class Figures:
    """Prepared figures, each with axes that are not yet in it."""

    def __init__(self) -> None:
        self._ready: list[tuple[Any, list[Axes]]] = []  # managers of figures
        self._spare: dict[object, list[Axes]] = {}  # axes of figures that are in use
        self._settings: dict[Any, Any] = {}
        self._classes: list[dict[str, Any]] = []
        self._new_manager: Any = plt.new_figure_manager
        self._add_subplot: Any = FigureBase.add_subplot

    def install(self) -> None:
        """Let pyplot and figures use the prepared ones."""
        if not matplotlib.__version__.startswith(TESTED):
            return

        @functools.wraps(self._new_manager)  # a function, on which pyplot sets attributes
        def new_figure_manager(num: Any, *arguments: Any, **keywords: Any) -> Any:
            return self._manager(num, *arguments, **keywords)

        @functools.wraps(self._add_subplot)
        def add_subplot(figure: FigureBase, *arguments: Any, **keywords: Any) -> Any:
            return self._subplot(figure, arguments, keywords)

        plt.new_figure_manager = new_figure_manager
        FigureBase.add_subplot = add_subplot  # type: ignore[assignment]

    def fill(self) -> None:
        """Make new figures by the present settings."""
        if FigureBase.add_subplot is self._add_subplot:
            return
        self._ready = []
        for count in reversed(_AXES):
            manager = self._new_manager(1, FigureClass=Figure)
            figure = manager.canvas.figure
            axes = [self._add_subplot(figure) for _ in range(count)]
            for one in axes:
                figure.delaxes(one)
            self._ready.append((manager, axes))
        settings = dict.copy(matplotlib.rcParams)
        self._settings = {k: v[:] if isinstance(v, list) else v for k, v in settings.items()}
        self._classes = [dict(vars(kind)) for kind in _KINDS]

    def end_cell(self) -> None:
        """Drop unused axes; their figures are closed by now."""
        self._spare.clear()

    def _manager(self, num: Any, *arguments: Any, **keywords: Any) -> Any:
        size = keywords.get("figsize")
        usual = not arguments and keywords == {**_USUAL, "figsize": size}
        if not (self._ready and usual and _is_plain(size) and self._is_as_made()):
            return self._new_manager(num, *arguments, **keywords)
        manager, axes = self._ready.pop()
        figure = manager.canvas.figure
        manager.num = num
        manager.set_window_title(f"Figure {num:d}")
        if size is not None:
            figure.set_size_inches(size)
        self._spare[figure] = axes
        return manager

    def _subplot(self, figure: FigureBase, place: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        spare = self._spare.get(figure)
        if (
            spare
            and (not keywords or keywords == _UNSHARED)
            and all(type(part) in (int, SubplotSpec) for part in place)
            and self._is_as_made()
        ):
            specs: Any = SubplotSpec
            spec = specs._from_subplot_args(figure, place or (1, 1, 1))  # raises as usual
            axes: Any = spare.pop()
            axes.set_subplotspec(spec)
            axes._projection_init = Axes, keywords  # by which plt.subplot finds it again
            return self._add_subplot(figure, axes)
        return self._add_subplot(figure, *place, **keywords)

    def _is_as_made(self) -> bool:
        """Whether a figure made now would equal the prepared ones."""
        return (
            dict.__eq__(matplotlib.rcParams, self._settings) is True
            and [vars(kind) for kind in _KINDS] == self._classes
            and get_projection_class() is Axes
        )


def _is_plain(size: Any) -> bool:
    """Whether a figure's size is None or a plain width and height in inches."""
    return size is None or (
        type(size) in (tuple, list)
        and len(size) == 2
        and all(type(part) in (int, float) and isfinite(part) and part > 0 for part in size)
    )
