"""Hidden tests: He's start values, which a student's own may take from xavier."""

from assignments.initialization.inputs import cases, judges
from reference.initialization import he, xavier

OK_FORMAT = False
name, points = "he", 10

shape, spread, normal, independent, fresh = cases(he, xavier, 2.0, part=judges("xavier", 1.0))
