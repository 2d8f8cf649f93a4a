"""Names the mistake behind a failed test case.

trace.py      what a test case asked of an object, and what it got
candidates.py the same test case ... 
replay.py     the same test case on the solution, or on a known mistake, in this process
match.py      whether two traces tell the same story
relations.py  what can be said where no known mistake fits: a factor, a sign, an order
naming.py     from a submission's failed test cases to names

All that is replayed is the course's own code; of a student there are only values.
"""

from .naming import Attempt, Diagnoser
from .replay import arguments
from .trace import Trace, recording

__all__ = ["Attempt", "Diagnoser", "Trace", "arguments", "recording"]
