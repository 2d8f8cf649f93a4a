"""Correct solutions of deep_narrow, written otherwise: each must get full marks."""
from grader.model import Variant
VARIANTS = ()
EQUIVALENT = {}
