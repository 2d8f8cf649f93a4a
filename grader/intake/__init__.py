"""Who handed in what: from the paths that a teacher gives to one hand-in a student.

finding.py     the paths → hand-ins, named; several paths at once
tree.py        a folder or a zip as one and the same tree
work.py        what a layout finds: works, students, attempts
recognise.py   which layout a tree has, and wrappers around it
telling.py     what was recognised, in a line
canvas.py, moodle.py, …   a layout each: a function of a tree (docs/layouts.md)
plain.py       what no layout recognises: a file or a folder a student
"""

from grader.intake.finding import Found, find

__all__ = ["Found", "find"]
