"""Grades NumPy deep-learning notebook exercises; see README.md."""

__version__ = "0.1.0"

#: What ``pip install`` calls it: on PyPI, ``grader`` is somebody else's.
DISTRIBUTION = "numgrader"
