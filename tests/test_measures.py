"""How the size of the code is counted, and that it is what we ask of it."""

from __future__ import annotations

import measures
import pytest

SOURCE = '''"""A docstring
of two lines."""

# a comment
VALUE = (
    1,  # with a comment

    2,
)


def outer():
    """A docstring."""

    def inner(): return "text that is no docstring"

    return inner
'''


def test_lines_of_code_are_no_blanks_comments_or_docstrings() -> None:
    assert measures.code_lines(SOURCE) == 7  # four of VALUE, and three of outer


def test_functions_are_measured_from_def_to_their_last_line() -> None:
    assert sorted(measures.function_lines(SOURCE)) == [1, 6]


@pytest.mark.parametrize(
    ("one", "is_met"),
    [
        (measures.at_most("lines", 400, 400), True),
        (measures.at_most("lines", 401, 400), False),
        (measures.at_least("ratio", 1.0, 1.0), True),
        (measures.at_least("ratio", 0.99, 1.0), False),
    ],
    ids=["at the most", "more", "at the least", "less"],
)
def test_a_goal_is_met_at_its_bound(one: measures.Measure, is_met: bool) -> None:
    assert one.is_met is is_met
    assert ("missed" in [*measures.table([one])][-1]) is not is_met
