"""The names of the layers of confinement, in the order of reports.

A layer that is not listed here is missing from every report.
"""

from typing import Final

LAYERS: Final = (
    "mount", "network", "ipc", "pid", "user", "capabilities", "no_new_privs", "landlock",
    "syscalls", "limits", "together",
)  # fmt: skip
