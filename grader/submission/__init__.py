"""Reads what was handed in; what :mod:`grader.intake` finds.

    reading.py    a hand-in → a submission: code cells and the files beside them
    bundle.py     a student's folder or zip: which file counts; uses.py what it takes from others
    notebook.py   the code cells of a notebook, script.py those of a script, which exported.py,
                  marimo.py and lines.py find
    archive.py    zips, content.py files, text.py encodings, sniff.py file kinds
    naming.py     names of submissions, students and rows

No student's input makes :func:`read` raise: what cannot be read is a submission
with a ``problem``.
"""

from grader.submission.naming import printable
from grader.submission.reading import read

# The last: what finds hand-ins is made of the modules here.
from grader.intake.finding import Found, find  # isort: skip

__all__ = ["Found", "find", "printable", "read"]
