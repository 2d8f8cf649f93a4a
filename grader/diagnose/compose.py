"""Two known mistakes made at once: their changes made one after the other."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from contextlib import suppress

from grader.catalogue import written
from grader.model import Mistake


def combined(solution: Mapping[str, str], first: Mistake, second: Mistake) -> ast.Module | None:
    """What makes both mistakes, in either order; None where they exclude each other.

    ``solution`` holds what is changed, as :func:`grader.catalogue.definitions` gives it.
    """
    for pair in ((first, second), (second, first)):
        with suppress(ValueError):
            return ast.parse(written(solution, *pair))
    return None
