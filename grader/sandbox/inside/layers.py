"""The names of the layers of confinement, in the order in which they are reported.

A name that ``confine`` gives and this module does not list is left out of every report.
"""

from typing import Final

LAYERS: Final = (
    "mount", "network", "ipc", "pid", "user", "capabilities", "no_new_privs", "landlock",
    "syscalls", "limits", "together",
)  # fmt: skip
