"""Pictures on a student's page: their style, and drawing them as SVG.

An assignment may have a ``figures.py`` beside its tests that defines::

    def draw(question, env):
        '''Pictures for a question that lost points: (picture, caption, alt) each.'''

    def draw_for_all(env):
        '''Pictures for everybody: (question, picture, caption, alt) each.'''

``env`` maps names to proxies of what the student defined; a picture is a matplotlib figure, an
SVG, or several SVGs, which are shown side by side or, on a phone, one below another.  Either
function may be missing.  :func:`styled` makes figures: transparent, in colours that the
colour-blind can tell apart and in greys that can be read on white and on black.  What is the
same for all is drawn once, as a :class:`Board`; putting a student's marks on it costs a
hundredth of drawing it.  Where all marks lie in the right place, there is no picture.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from grader.bounds import PICTURE_POINTS

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

#: Colours of Okabe and Ito: distinct for every kind of sight, on white and on black.
STUDENT: Final = "#d55e00"
RIGHT: Final = "#2a8fd6"
MARK: Final = "#cc79a7"
OTHERS: Final = ("#009e73", "#56b4e9", "#e69f00", "#999999")
NEUTRAL: Final = "#7b8490"
CUT: Final = b' class="cut"'  # on a mark that leaves the axes
_POINTS: Final = 72.0  # per inch, in an SVG
_SEEN: Final = 1.5  # points, 2 pixels: what is nearer to the right place looks right
# Inches around the axes of a panel: labels, with and without those of ticks, and the edge.
_LABELS, _BARE, _EDGE, _BELOW, _ABOVE = 0.6, 0.15, 0.15, 0.5, 0.3
# No grey can be read well on white and on black: the colour of text follows the page.
_LETTERING: Final = (
    b"text{fill:#49515c!important}@media(prefers-color-scheme:dark){text{fill:#c8ced6!important}}"
)
# Hundredths of a point are enough.
_PATH: Final = re.compile(rb' d="[^"]*"')
_DIGITS: Final = re.compile(rb"(\.\d\d)\d+")
_SIZE: Final = re.compile(rb'width="[^"]*" height="[^"]*" viewBox="[^"]*"')
_STYLE: Final[Any] = {
    "svg.fonttype": "none",  # text stays text: small, and can be searched
    "svg.hashsalt": "grader",  # the same picture gives the same bytes
    "font.family": "sans-serif",
    "font.size": 9.5,
    "path.simplify": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.25,
    "legend.frameon": False,
    **dict.fromkeys(("text.color", "xtick.color", "ytick.color", "grid.color"), NEUTRAL),
    **dict.fromkeys(("axes.edgecolor", "axes.labelcolor", "axes.titlecolor"), NEUTRAL),
}


@contextmanager
def styled(
    count: int = 1, *, rows: int = 1, height: float = 2.8
) -> Iterator[tuple[Drawing, Sequence[Any]]]:
    """Give a figure with ``count`` axes in the pages' style; draw in it inside the ``with``."""
    import matplotlib as mpl
    from matplotlib.figure import Figure as NewDrawing

    with mpl.rc_context(_STYLE):
        width = 7.0 if count > 1 else 3.9  # a phone shows 3.9 inches in full size
        drawing = NewDrawing(figsize=(width, height))
        columns = count // rows
        axes = [drawing.add_subplot(rows, columns, i + 1) for i in range(count)]
        # Margins in inches; a layout engine would draw everything twice.
        drawing.subplots_adjust(left=0.6 / width, right=1 - 0.1 / width, wspace=0.28,
                                bottom=0.5 / height, top=1 - 0.3 / height, hspace=0.35)  # fmt: skip
        yield drawing, axes


def images(picture: Drawing | bytes | tuple[bytes, ...]) -> tuple[bytes, ...]:
    """Return a picture as SVG images, which it may be already."""
    if isinstance(picture, tuple):
        return picture
    return (picture if isinstance(picture, bytes) else svg(picture),)


def svg(drawing: Drawing) -> bytes:
    """Return the drawing as an SVG image."""
    import matplotlib as mpl

    file = io.BytesIO()
    with mpl.rc_context(_STYLE):
        drawing.savefig(file, format="svg", transparent=True, metadata={"Date": None})
    image = _PATH.sub(lambda path: _DIGITS.sub(rb"\1", path[0]), file.getvalue())
    return image.replace(b"</style>", _LETTERING + b"</style>", 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A line through points, shape (N, 2), in the coordinates of one of a board's axes.

    ``shape`` is drawn at each point: "circle", "square", "box", "diamond", "cross" or nothing.
    ``width`` (0: no line) and ``size`` are in points, ``dash`` is SVG's, such as "4 2".  Points
    that are not finite are left out; what lies outside the axes is cut off.  ``right`` are the
    right points (``()``: there should be none); None where they are unknown.
    """

    points: Any
    right: Any = None
    axis: int = 0
    color: str = STUDENT
    width: float = 1.4
    dash: str = ""
    shape: str = ""
    size: float = 4.0
    opacity: float = 1.0


class Board:
    """A figure that is the same for all, to which marks are added one student at a time.

    Each of its ``axes`` is a panel, an image of its own.
    """

    def __init__(self, drawing: Drawing, axes: Sequence[Any]) -> None:
        self._height = drawing.get_figheight() * _POINTS
        self._scale = _POINTS / drawing.dpi
        self._transforms = [axis.transData.frozen() for axis in axes]
        self._boxes = [axis.get_window_extent().frozen() for axis in axes]
        if len(axes) == 1:
            self._panels = [svg(drawing)]
            return
        self._panels = []
        for place, axis in enumerate(axes):
            for other in axes:
                other.set_visible(other is axis)
            self._panels.append(self._cut(svg(drawing), place, labelled=_is_labelled(axis)))

    def marked(self, *marks: Mark) -> tuple[bytes, ...]:
        """Return the panels as SVG images with marks on them, the last one on top.

        Return nothing where every mark with a right place seems to lie there, or is not seen.
        """
        if any(m.right is not None for m in marks) and not any(map(self._differs, marks)):
            return ()
        return tuple(self._marked(place, marks) for place in range(len(self._panels)))

    def _marked(self, place: int, marks: Sequence[Mark]) -> bytes:
        own = (self._svg(mark) for mark in marks if mark.axis == place)
        start, _, end = self._panels[place].rpartition(b"</svg>")
        return start + (self._clip(place) + "".join(own)).encode() + b"</svg>" + end

    def _cut(self, image: bytes, place: int, *, labelled: bool) -> bytes:
        """Return the image, in which only one of the axes is drawn, cut down to that one."""
        (x, y), (right, bottom) = self._corners(place)
        left, above = x - _POINTS * (_LABELS if labelled else _BARE), y - _POINTS * _ABOVE
        wide, high = right + _POINTS * _EDGE - left, bottom + _POINTS * _BELOW - above
        size = f'width="{wide:.1f}pt" height="{high:.1f}pt" '
        size += f'viewBox="{left:.1f} {above:.1f} {wide:.1f} {high:.1f}"'
        return _SIZE.sub(size.encode(), image, count=1)

    def _differs(self, mark: Mark) -> bool:
        """Return whether a mark visibly lies in another place than it should."""
        if mark.right is None:
            return False
        own, right = (self._places(points, mark.axis) for points in (mark.points, mark.right))
        low, high = self._corners(mark.axis)
        if not ((low <= own) & (own <= high)).all(axis=1).any():
            return False
        if not np.isfinite(own).all() or not len(right):
            return True
        # The picture shows no more than the axes.
        own, right = (np.clip(places, low, high) for places in (own, right))
        line = mark.width > 0
        return max(_distance(own, right, line=line), _distance(right, own, line=line)) >= _SEEN

    def _corners(self, axis: int) -> tuple[tuple[float, float], tuple[float, float]]:
        """Return the upper left and lower right corner of the axes in the image, in points."""
        x, y, width, height = (self._scale * n for n in self._boxes[axis].bounds)
        return (x, self._height - y - height), (x + width, self._height - y)

    def _leaves(self, places: Any, axis: int) -> bool:
        """Return whether places lie visibly outside the axes."""
        low, high = np.array(self._corners(axis))
        return bool(((places < low - _SEEN) | (places > high + _SEEN)).any())

    def _places(self, points: Any, axis: int) -> Any:
        """Return the places of ``points`` in the image, in points from its upper left corner."""
        with np.errstate(all="ignore"):
            pairs = np.asarray(points, dtype=np.float64).reshape(-1, 2)
            places = self._transforms[axis].transform(pairs) * self._scale
        places[:, 1] = self._height - places[:, 1]
        return places

    def _clip(self, axis: int) -> str:
        (left, top), (right, bottom) = self._corners(axis)
        return (
            f'<clipPath id="axes{axis}"><rect x="{left:.1f}" y="{top:.1f}" '
            f'width="{right - left:.1f}" height="{bottom - top:.1f}"/></clipPath>'
        )

    def _svg(self, mark: Mark) -> str:
        places = self._places(mark.points, mark.axis)
        seen = np.isfinite(places).all(axis=1)
        cut = CUT if self._leaves(places[seen], mark.axis) else b""
        places = np.clip(places, -PICTURE_POINTS, PICTURE_POINTS)
        line = dots = ""
        if mark.width:
            line = (
                f'<path d="{_path(places, seen)}" fill="none" stroke="{mark.color}" '
                f'stroke-width="{mark.width:g}" stroke-dasharray="{mark.dash or "none"}" '
                f'stroke-linejoin="round"/>'
            )
        if mark.shape:
            outline = "".join(_SHAPES[mark.shape](x, y, mark.size / 2) for x, y in places[seen])
            filled = "none" if mark.shape in _HOLLOW else mark.color
            thick = 1.6 if mark.shape in _HOLLOW else 1.0
            dots = (
                f'<path d="{outline}" fill="{filled}" stroke="{mark.color}" '
                f'stroke-width="{thick:g}"/>'
            )
        group = f'<g{cut.decode()} clip-path="url(#axes{mark.axis})" opacity="{mark.opacity:g}">'
        return f"{group}{line}{dots}</g>"


def _is_labelled(axis: Any) -> bool:
    """Return whether there is text to the left of the axes."""
    return any(label.get_text() for label in axis.get_yticklabels()) or bool(axis.get_ylabel())


def _distance(points: Any, path: Any, *, line: bool) -> float:
    """Return how far the farthest of ``points`` is from ``path``, a ``line`` or just points."""
    if not line or len(path) < 2:
        return float(np.hypot(*(points[:, None] - path).T).min(axis=0).max())
    start, way = path[:-1], np.diff(path, axis=0)
    offset = points[:, None] - start
    square = np.maximum((way**2).sum(axis=1), 1e-12)
    along = np.clip((offset * way).sum(axis=2) / square, 0.0, 1.0)
    return float(np.hypot(*(offset - along[..., None] * way).T).min(axis=0).max())


def _path(places: Any, seen: Any) -> str:
    """Return the line through places, interrupted where one is not seen."""
    parts = []
    pen = "M"
    for (x, y), shown in zip(places.tolist(), seen.tolist(), strict=True):
        if shown:
            parts.append(f"{pen}{x:.1f} {y:.1f}")
        pen = "L" if shown else "M"
    return "".join(parts)


def _square(x: float, y: float, r: float) -> str:
    return f"M{x - r:.1f} {y - r:.1f}h{2 * r:g}v{2 * r:g}h{-2 * r:g}z"


_HOLLOW: Final = ("box", "cross")
_SHAPES: Final[dict[str, Callable[[float, float, float], str]]] = {
    "circle": lambda x, y, r: f"M{x - r:.1f} {y:.1f}a{r:g} {r:g} 0 1 0 {2 * r:g} 0"
                              f"a{r:g} {r:g} 0 1 0 {-2 * r:g} 0z",
    "square": _square,
    "box": _square,
    "diamond": lambda x, y, r: f"M{x:.1f} {y - 1.4 * r:.1f}l{1.4 * r:g} {1.4 * r:g}"
                               f"l{-1.4 * r:g} {1.4 * r:g}l{-1.4 * r:g} {-1.4 * r:g}z",
    "cross": lambda x, y, r: f"M{x - r:.1f} {y - r:.1f}l{2 * r:g} {2 * r:g}"
                             f"m0 {-2 * r:g}l{-2 * r:g} {2 * r:g}",
}  # fmt: skip
