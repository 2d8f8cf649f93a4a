"""Hidden tests: He's start values, which a student's own may take from xavier."""

from assignments.initialization.inputs import HE, cases

OK_FORMAT = False
name, points = "he", 10

shape, spread, normal, independent, fresh = cases(HE, name, 2.0)
