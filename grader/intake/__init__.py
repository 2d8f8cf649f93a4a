"""Who handed in what: from the paths that a teacher gives to one hand-in a student.

finding.py     the paths → hand-ins, named; several paths at once
tree.py        a folder or a zip as one and the same tree
work.py        what a layout finds: works, students, attempts
recognise.py   which layout a tree has, and wrappers around it
telling.py     what was recognised, in a line
canvas.py, moodle.py, …   a layout each: a function of a tree (docs/layouts.md)
plain.py       what no layout recognises: a file or a folder a student
"""

# Whichever package is asked for first: this one is made of the modules of that one, which
# hands out :func:`find` in turn.
import grader.submission  # noqa: F401
