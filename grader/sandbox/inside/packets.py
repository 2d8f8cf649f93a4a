"""What judge and zygote say to each other: one msgpack packet each.

    judge → warm interpreter
    ---------------------------------
    Fork, with one end of the next

    judge → zygote                     zygote → judge
    ---------------------------------  ----------------------------------
                                       Born (process number)
    Enter                              Started
    Spawn, with one end of the pipe    Spawned (process number) | Failed
    End                                Ended (wait status)

End kills the worker, if it still lives, and all it started, and reaps it.
"""

from __future__ import annotations

import msgspec


class Fork(msgspec.Struct):
    """Fork a zygote.  ``base`` is an empty folder for its view; ``preload`` is imported before.

    Where it ``is_for_one`` submission, what only a class repays is not made ready.
    """

    base: str
    preload: tuple[str, ...]
    is_for_one: bool


class Enter(msgspec.Struct, tag="enter"):
    """Go on: the judge has put the zygote into its control group."""


class Spawn(msgspec.Struct, tag="spawn"):
    """Fork a worker.  ``scratch`` is used where it cannot have a private folder."""

    scratch: str
    memory_mb: int
    scratch_mb: int
    processes: int
    seconds: float


class End(msgspec.Struct, tag="end"):
    """Kill and reap the worker."""


class Spawned(msgspec.Struct, tag="spawned"):
    """The worker's process number, as the judge sees it."""

    pid: int


class Ended(msgspec.Struct, tag="ended"):
    """How the worker ended, as os.waitpid gives it; -1 when there was none."""

    status: int


class Failed(msgspec.Struct, tag="failed"):
    """The zygote could not do it."""

    reason: str


class Born(msgspec.Struct, tag="born"):
    """The first packet: the zygote's process number, as the judge sees it."""

    pid: int


class Started(msgspec.Struct, tag="started"):
    """The zygote is ready.  ``versions`` of what matters to results."""

    versions: dict[str, str]


FromZygote = Born | Spawned | Ended | Failed | Started
ToZygote = Enter | Spawn | End
