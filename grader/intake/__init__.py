"""Who handed in what: from the paths that a teacher gives to one hand-in per student.

finding.py     paths → named hand-ins
several.py     paths given together: classes, or one student each
tree.py        a folder or a zip as the same kind of tree
work.py        what a layout finds: works, students, attempts
recognise.py   which layout a tree has, and wrappers around it
telling.py     what was recognised, in a few lines
canvas.py, moodle.py, …   one layout each: a function of a tree (docs/layouts.md)
plain.py       what no layout recognises: one file or folder per student
"""

from grader.intake.finding import Found, find

__all__ = ["Found", "find"]
