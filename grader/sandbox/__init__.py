"""Everything that touches a student's code, and nothing that knows the answers.

``codec``, ``extent``, ``heap`` and ``protocol`` are spoken on both sides of the pipe; ``inside``
runs beside the student's code (untrusted from the first cell on); ``host`` and
``proxy`` run in the judge.
"""
