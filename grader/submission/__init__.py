"""Reads the hand-ins that :mod:`grader.intake` found.

    reading.py    a hand-in → a submission: code cells and the files beside them
    bundle.py     a student's folder or zip: which file counts; uses.py what it uses of others
    notebook.py   the code cells of a notebook
    script.py     the cells of a script, found by exported.py, marimo.py and lines.py
    archive.py    zips; content.py files, text.py encodings, sniff.py kinds of files
    naming.py     names of submissions, students and rows

No student's input makes :func:`read` raise: what cannot be read is a submission with a
``problem``.
"""

from grader.submission.naming import printable
from grader.submission.reading import read

__all__ = ["printable", "read"]
