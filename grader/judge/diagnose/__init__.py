"""Names the mistake behind a failed test case.

trace.py         what a test case looked at: the results, by execution
replay.py        the same test case on the solution with mistakes made in it, in this process
candidates.py    the traces of the solution and of mistakes, made when they are needed
table.py         keeps these between runs
match.py         how far two traces lie apart
chance.py        the same for random results
relations.py     sentences if no known mistake fits: a factor, a sign, an order
observations.py  sentences if no such relation holds: where the results are wrong, and how
naming.py        from a submission's failed test cases to mistakes

Only the course's own code is replayed; of a student there are only values.
"""

from .naming import WRONG, Attempt, Diagnoser
from .replay import given_to
from .trace import Trace, recording

__all__ = ["WRONG", "Attempt", "Diagnoser", "Trace", "given_to", "recording"]
