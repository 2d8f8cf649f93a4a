"""Hidden tests: Xavier's start values."""

from assignments.initialization.inputs import cases
from reference.initialization import he, xavier

OK_FORMAT = False
name, points = "xavier", 10

shape, spread, normal, independent, fresh = cases(xavier, he, 1.0)
