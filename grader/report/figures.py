"""Pictures on a student's page: how they look, how they become SVG, how they travel.

An assignment may have a ``figures.py`` beside its tests that defines::

    def draw(question, env):
        '''Pictures for a question that lost points: (picture, caption, alt) each.'''

    def draw_for_all(env):
        '''Pictures for everybody: (question, picture, caption, alt) each.'''

``env`` maps names to proxies of what the student defined; a picture is a matplotlib figure
or an SVG.  Either function may be missing.  :func:`styled` makes figures: transparent, in
colours that the colour-blind can tell apart and in greys that can be read on white and on
black.  What is the same for all is drawn once, as a :class:`Board`; putting a student's
marks on it costs a hundredth of drawing it.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np

from grader.model import Result

from .page import Figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

#: Of Okabe and Ito: apart for every kind of sight, and on white as on black.
STUDENT: Final = "#d55e00"
RIGHT: Final = "#2a8fd6"
MARK: Final = "#cc79a7"
OTHERS: Final = ("#009e73", "#56b4e9", "#e69f00", "#999999")
NEUTRAL: Final = "#7b8490"
MAX_SVG: Final = 200_000  # bytes; a larger picture is left out
_KEY: Final = "figures"
_POINTS: Final = 72.0  # an inch, as SVGs are measured
_FAR: Final = 5000.0  # points; renderers stumble over larger numbers
# No grey can be read well on white and on black: letters follow the page they stand on.
_LETTERING: Final = (
    b"text{fill:#49515c!important}@media(prefers-color-scheme:dark){text{fill:#c8ced6!important}}"
)
_STYLE: Final[Any] = {
    "svg.fonttype": "none",  # text stays text: small, and can be searched
    "svg.hashsalt": "grader",  # the same picture gives the same bytes
    "font.family": "sans-serif",
    "font.size": 9.0,
    "path.simplify": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.25,
    "legend.frameon": False,
    **{
        f"{part}.color": NEUTRAL
        for part in ("text", "xtick", "ytick", "grid")
    },
    "axes.edgecolor": NEUTRAL,
    "axes.labelcolor": NEUTRAL,
    "axes.titlecolor": NEUTRAL,
}  # fmt: skip


@contextmanager
def styled(
    count: int = 1, *, rows: int = 1, height: float = 2.8
) -> Iterator[tuple[Drawing, Sequence[Any]]]:
    """A figure with ``count`` axes in the pages' style; draw in it inside the ``with``."""
    import matplotlib as mpl
    from matplotlib.figure import Figure as NewDrawing

    with mpl.rc_context(_STYLE):
        width = 7.4 if count > 1 else 5.2
        drawing = NewDrawing(figsize=(width, height))
        columns = count // rows
        axes = [drawing.add_subplot(rows, columns, i + 1) for i in range(count)]
        # Margins in inches; finding them by layout would draw everything twice.
        drawing.subplots_adjust(left=0.6 / width, right=1 - 0.1 / width, wspace=0.28,
                                bottom=0.5 / height, top=1 - 0.3 / height, hspace=0.35)  # fmt: skip
        yield drawing, axes


def svg(drawing: Drawing | bytes) -> bytes:
    """The drawing as an SVG image, which it may be already."""
    if isinstance(drawing, bytes):
        return drawing
    import matplotlib as mpl

    file = io.BytesIO()
    with mpl.rc_context(_STYLE):
        drawing.savefig(file, format="svg", transparent=True, metadata={"Date": None})
    return file.getvalue().replace(b"</style>", _LETTERING + b"</style>", 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A line through points, shape (N, 2), in the coordinates of one of a board's axes.

    ``shape`` is drawn at each point: "circle", "square", "diamond", "cross" or nothing.
    ``width`` (0: no line) and ``size`` are in points, ``dash`` is SVG's, as "4 2".
    What is not finite is left out; what lies outside the axes is cut off.
    """

    points: Any
    axis: int = 0
    color: str = STUDENT
    width: float = 1.4
    dash: str = ""
    shape: str = ""
    size: float = 4.0
    opacity: float = 1.0


class Board:
    """A figure that is the same for all, to which marks are added one student at a time."""

    def __init__(self, drawing: Drawing, axes: Sequence[Any]) -> None:
        self._start, _, self._end = svg(drawing).rpartition(b"</svg>")
        self._height = drawing.get_figheight() * _POINTS
        self._scale = _POINTS / drawing.dpi
        self._transforms = [axis.transData.frozen() for axis in axes]
        self._boxes = [axis.get_window_extent().frozen() for axis in axes]

    def marked(self, *marks: Mark) -> bytes:
        """The board with marks on it, the last one on top, as an SVG image."""
        body = "".join(map(self._clip, range(len(self._boxes)))) + "".join(map(self._svg, marks))
        return self._start + body.encode() + b"</svg>" + self._end

    def _clip(self, axis: int) -> str:
        x, y, width, height = (self._scale * n for n in self._boxes[axis].bounds)
        return (
            f'<clipPath id="axes{axis}"><rect x="{x:.1f}" y="{self._height - y - height:.1f}" '
            f'width="{width:.1f}" height="{height:.1f}"/></clipPath>'
        )

    def _svg(self, mark: Mark) -> str:
        points = np.asarray(mark.points, dtype=np.float64).reshape(-1, 2)
        with np.errstate(all="ignore"):
            places = self._transforms[mark.axis].transform(points) * self._scale
        places[:, 1] = self._height - places[:, 1]
        seen = np.isfinite(places).all(axis=1)
        places = np.clip(places, -_FAR, _FAR)
        line = dots = ""
        if mark.width:
            line = (
                f'<path d="{_path(places, seen)}" fill="none" stroke="{mark.color}" '
                f'stroke-width="{mark.width:g}" stroke-dasharray="{mark.dash or "none"}" '
                f'stroke-linejoin="round"/>'
            )
        if mark.shape:
            outline = "".join(_SHAPES[mark.shape](x, y, mark.size / 2) for x, y in places[seen])
            filled = "none" if mark.shape == "cross" else mark.color
            thick = 1.8 if mark.shape == "cross" else 1.0
            dots = (
                f'<path d="{outline}" fill="{filled}" stroke="{mark.color}" '
                f'stroke-width="{thick:g}"/>'
            )
        return f'<g clip-path="url(#axes{mark.axis})" opacity="{mark.opacity:g}">{line}{dots}</g>'


def _path(places: Any, seen: Any) -> str:
    """The line through places, interrupted where one is not seen."""
    parts = []
    pen = "M"
    for (x, y), shown in zip(places.tolist(), seen.tolist(), strict=True):
        if shown:
            parts.append(f"{pen}{x:.1f} {y:.1f}")
        pen = "L" if shown else "M"
    return "".join(parts)


_SHAPES: Final[dict[str, Callable[[float, float, float], str]]] = {
    "circle": lambda x, y, r: f"M{x - r:.1f} {y:.1f}a{r:g} {r:g} 0 1 0 {2 * r:g} 0"
                              f"a{r:g} {r:g} 0 1 0 {-2 * r:g} 0z",
    "square": lambda x, y, r: f"M{x - r:.1f} {y - r:.1f}h{2 * r:g}v{2 * r:g}h{-2 * r:g}z",
    "diamond": lambda x, y, r: f"M{x:.1f} {y - 1.4 * r:.1f}l{1.4 * r:g} {1.4 * r:g}"
                               f"l{-1.4 * r:g} {1.4 * r:g}l{-1.4 * r:g} {-1.4 * r:g}z",
    "cross": lambda x, y, r: f"M{x - r:.1f} {y - r:.1f}l{2 * r:g} {2 * r:g}"
                             f"m0 {-2 * r:g}l{-2 * r:g} {2 * r:g}",
}  # fmt: skip


def packed(figures: Sequence[Figure]) -> dict[str, str]:
    """Pictures as they travel with a result (its ``extra``)."""
    kept = [figure for figure in figures if len(figure.image) <= MAX_SVG]
    return {_KEY: msgspec.json.encode(kept).decode()} if kept else {}


def figures_of(result: Result) -> list[Figure]:
    """The pictures that travelled with a result."""
    return msgspec.json.decode(result.extra.get(_KEY, "[]"), type=list[Figure])
