"""Figures made before a notebook asks for them: a worker makes each from thousands of objects.

That takes milliseconds, the more since a forked process first copies each page of memory that
it writes to.  So the warm interpreter makes some, axes and all, and pyplot is handed one of
them where it would make the same one.  Where anything is asked for that is out of the ordinary,
where settings or classes are no longer what they were, and in a matplotlib that this was not
tested with, it makes its own.
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
#: The axes of each figure that is held ready; most plots are one, a comparison is two.
_AXES: Final = (1, 2, 1, 2, 1, 1)
#: What ``plt.figure`` passes on when a figure is as its settings have it.
_USUAL: Final = {"dpi": None, "facecolor": None, "edgecolor": None, "frameon": True,
                 "FigureClass": Figure}  # fmt: skip
#: What ``add_subplot`` is given for one that shares no axis: nothing, or this by ``subplots``.
_UNSHARED: Final = {"sharex": None, "sharey": None}
_KINDS: Final = {c for kind in (Figure, Axes, XAxis, YAxis, Spine) for c in kind.__mro__} - {object}


class Figures:
    """Figures, each with axes that are not yet in it, as they are after ``fill``."""

    def __init__(self) -> None:
        self._ready: list[tuple[Any, list[Axes]]] = []  # managers of figures
        self._spare: dict[object, list[Axes]] = {}  # of figures that were handed out
        self._settings: dict[Any, Any] = {}
        self._classes: list[dict[str, Any]] = []
        self._new_manager: Any = plt.new_figure_manager
        self._add_subplot: Any = FigureBase.add_subplot

    def install(self) -> None:
        """Let pyplot and figures ask here first."""
        if not matplotlib.__version__.startswith(TESTED):
            return

        @functools.wraps(self._new_manager)
        def new_figure_manager(num: Any, *arguments: Any, **keywords: Any) -> Any:
            return self._manager(num, *arguments, **keywords)

        @functools.wraps(self._add_subplot)
        def add_subplot(figure: FigureBase, *arguments: Any, **keywords: Any) -> Any:
            return self._subplot(figure, arguments, keywords)

        plt.new_figure_manager = new_figure_manager
        FigureBase.add_subplot = add_subplot  # type: ignore[assignment]

    def fill(self) -> None:
        """Make the figures anew, by the present settings."""
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
        """Let go of axes that were not asked for; their figures are closed by now."""
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
            spec = specs._from_subplot_args(figure, place or (1, 1, 1))  # or an error, as usual
            axes: Any = spare.pop()
            axes.set_subplotspec(spec)
            axes._projection_init = Axes, keywords  # by which plt.subplot finds it again
            return self._add_subplot(figure, axes)
        return self._add_subplot(figure, *place, **keywords)

    def _is_as_made(self) -> bool:
        """Whether a figure made now would be like those that are ready."""
        return (
            dict.__eq__(matplotlib.rcParams, self._settings) is True
            and [vars(kind) for kind in _KINDS] == self._classes
            and get_projection_class() is Axes
        )


def _is_plain(size: Any) -> bool:
    """Whether a figure's size is no other than width and height in inches, or its settings'."""
    return size is None or (
        type(size) in (tuple, list)
        and len(size) == 2
        and all(type(part) in (int, float) and isfinite(part) and part > 0 for part in size)
    )
