"""Hidden tests: Xavier's start values."""

from assignments.initialization.inputs import XAVIER, cases

OK_FORMAT = False
name, points = "xavier", 10

shape, spread, normal, independent, fresh = cases(XAVIER, name, 1.0)
