"""Names the mistake behind a failed test case.

trace.py       what a test case asked of an object, and what it got
replay.py      the same test case on the solution, with mistakes made in it, in this process
compose.py     two mistakes made at once
candidates.py  which of them does what a student's code did
match.py       whether two traces tell the same story
chance.py      the same, where results are random
relations.py   what can be said where no known mistake fits: a factor, a sign, an order
observations.py  and where no such relation holds: where it is wrong, and how
naming.py      from a submission's failed test cases to names

All that is replayed is the course's own code; of a student there are only values.
"""

from .naming import Attempt, Diagnoser
from .replay import given_to
from .trace import Trace, recording

__all__ = ["Attempt", "Diagnoser", "Trace", "given_to", "recording"]
