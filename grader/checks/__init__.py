"""Checks for hidden tests.

- values (compare, plain, tolerance): :func:`value`, :func:`scalar` and :func:`dictionary`
  compare within a :class:`Tolerance` that :func:`tolerance` takes from the problem itself;
  :func:`array`, :func:`number`, :func:`integers`, :func:`pair`, :func:`sequence` look at
  the structure alone;
- gradients (gradient, carried): :func:`gradient` and :func:`vjp` by finite differences,
  :func:`carried` and its like for error carried forward;
- randomness (randomness, distribution, draws): masks and samples by their statistics;
- purity: what a call leaves behind;
- :func:`say`: a test file's own messages, with fields, which a course can translate.

A check raises :class:`CheckFailure` for a wrong result, and issues a :class:`CheckWarning` for one
that is accepted though not as asked.  The same checks work in the student's own process (``otter
run``) and in the judge's.
"""

from grader.checks.calls import calls
from grader.checks.carried import carried, gradient_or_carried, vjp_or_carried
from grader.checks.compare import Tolerance, dictionary, scalar, value
from grader.checks.distribution import (
    bell,
    distribution,
    log_uniform,
    normal,
    spread,
    standardised,
    uniform,
    whole_numbers,
)
from grader.checks.draws import distinct_draws, fresh_draws, independent_draws, scores, whole_scores
from grader.checks.failure import CheckFailure, CheckWarning
from grader.checks.gradient import gradient, vjp
from grader.checks.plain import Real, array, integers, number, pair, sequence
from grader.checks.purity import Touch, repeatable, same, separate, unaliased, unchanged, unseeded
from grader.checks.randomness import (
    RISK,
    Mask,
    drop_rate,
    fresh,
    independent,
    mask_inputs,
    mask_of,
    masks,
    same_mask,
)
from grader.checks.tolerance import tolerance
from grader.words import Words, say

__all__ = [
    "RISK",
    "CheckFailure",
    "CheckWarning",
    "Mask",
    "Real",
    "Tolerance",
    "Touch",
    "Words",
    "array",
    "bell",
    "calls",
    "carried",
    "dictionary",
    "distinct_draws",
    "distribution",
    "drop_rate",
    "fresh",
    "fresh_draws",
    "gradient",
    "gradient_or_carried",
    "independent",
    "independent_draws",
    "integers",
    "log_uniform",
    "mask_inputs",
    "mask_of",
    "masks",
    "normal",
    "number",
    "pair",
    "repeatable",
    "same",
    "same_mask",
    "say",
    "scalar",
    "scores",
    "separate",
    "sequence",
    "spread",
    "standardised",
    "tolerance",
    "unaliased",
    "unchanged",
    "uniform",
    "unseeded",
    "value",
    "vjp",
    "vjp_or_carried",
    "whole_numbers",
    "whole_scores",
]
