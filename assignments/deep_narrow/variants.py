"""Correct solutions of deep_narrow, written otherwise: each must get full marks."""

VARIANTS = ()
EQUIVALENT: dict[str, str] = {}
