"""Pictures on a student's page: how they look, how they become SVG, how they travel.

An assignment may have a ``figures.py`` beside its tests that defines::

    def draw(question, env):
        '''Pictures for a question that lost points: (figure, caption, alt) each.'''

``env`` maps names to proxies of what the student defined.  :func:`styled` makes its
figures: transparent, in colours that the colour-blind can tell apart and in greys that
can be read on white and on black.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import msgspec

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
def styled(columns: int = 1, *, height: float = 2.8) -> Iterator[tuple[Drawing, Sequence[Any]]]:
    """A figure with one row of axes in the pages' style; draw in it inside the ``with``."""
    import matplotlib as mpl
    from matplotlib.figure import Figure as NewDrawing

    with mpl.rc_context(_STYLE):
        width = 7.4 if columns > 1 else 5.2
        drawing = NewDrawing(figsize=(width, height))
        axes = [drawing.add_subplot(1, columns, i + 1) for i in range(columns)]
        # Margins in inches; finding them by layout would draw everything twice.
        drawing.subplots_adjust(left=0.6 / width, right=1 - 0.1 / width, wspace=0.28,
                                bottom=0.5 / height, top=1 - 0.3 / height)  # fmt: skip
        yield drawing, axes


def svg(drawing: Drawing) -> bytes:
    """The drawing as an SVG image."""
    import matplotlib as mpl

    file = io.BytesIO()
    with mpl.rc_context(_STYLE):
        drawing.savefig(file, format="svg", transparent=True, metadata={"Date": None})
    return file.getvalue()


def packed(figures: Sequence[Figure]) -> dict[str, str]:
    """Pictures as they travel with a result (its ``extra``)."""
    kept = [figure for figure in figures if len(figure.image) <= MAX_SVG]
    return {_KEY: msgspec.json.encode(kept).decode()} if kept else {}


def figures_of(result: Result) -> list[Figure]:
    """The pictures that travelled with a result."""
    return msgspec.json.decode(result.extra.get(_KEY, "[]"), type=list[Figure])
