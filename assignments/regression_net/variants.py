"""Correct variants."""

from grader.model import Variant

VARIANTS: tuple[Variant, ...] = ()
EQUIVALENT: dict[str, str] = {}
