"""The packets between judge and zygote, in msgpack.

    judge → warm interpreter
    ---------------------------------
    Fork, with one end of the next

    judge → zygote                     zygote → judge
    ---------------------------------  ----------------------------------
                                       Born (process number)
    Enter                              Started
    Spawn, with one end of the pipe    Spawned (process number) | Failed
    End                                Ended (wait status)

End kills the worker, if it still runs, and every process that it started, and reaps them.
"""

from __future__ import annotations

import msgspec


class Fork(msgspec.Struct):
    """Fork a zygote: ``base`` is an empty folder for its root, ``preload`` is imported first.

    If it ``is_for_one`` submission, what only a class repays is not made ready.
    """

    base: str
    preload: tuple[str, ...]
    is_for_one: bool


class Enter(msgspec.Struct, tag="enter"):
    """The judge has put the zygote into its control group; it may go on."""


class Spawn(msgspec.Struct, tag="spawn"):
    """Fork a worker.  It uses ``scratch`` if it cannot have a private folder."""

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
    """The worker's exit status as from os.waitpid; -1 if there was no worker."""

    status: int


class Failed(msgspec.Struct, tag="failed"):
    """The zygote could not fork a worker."""

    reason: str


class Born(msgspec.Struct, tag="born"):
    """The first packet: the zygote's process number, as the judge sees it."""

    pid: int


class Started(msgspec.Struct, tag="started"):
    """The zygote is ready.  ``versions`` are those of Python and its packages."""

    versions: dict[str, str]


FromZygote = Born | Spawned | Ended | Failed | Started
ToZygote = Enter | Spawn | End
