"""The names of the layers of confinement, in the order in which they are reported."""

from typing import Final

LAYERS: Final = (
    "mount", "network", "ipc", "pid", "user", "capabilities", "no_new_privs", "landlock",
    "syscalls", "limits", "together",
)  # fmt: skip
