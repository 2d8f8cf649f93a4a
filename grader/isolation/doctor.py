"""Which layers of confinement work here, what their absence means, and how to get them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

from grader.errors import Fault
from grader.model import Limits

from .host import Stopped, Zygote
from .inside.layers import LAYERS


@dataclass(frozen=True, slots=True)
class Advice:
    """For people: what a layer closes, and what to do where it is missing."""

    closes: str
    remedy: str


_NAMESPACES: Final = (
    "allow user namespaces (sysctl user.max_user_namespaces=10000; on Ubuntu also "
    "kernel.apparmor_restrict_unprivileged_userns=0), or run as root; in Docker, start the "
    "container with --security-opt seccomp=unconfined --cap-add SYS_ADMIN"
)
ADVICE: Final = {
    "mount": Advice("reading files of the course, of others and of this machine", _NAMESPACES),
    "network": Advice("any network connection", _NAMESPACES),
    "ipc": Advice("messages through shared memory to other processes", _NAMESPACES),
    "pid": Advice("seeing or signalling other processes, and surviving the end", _NAMESPACES),
    "user": Advice("the rights of root", "run as root, so that workers can become nobody"),
    "capabilities": Advice("privileged system calls", "use Linux 2.6.25 or newer"),
    "no_new_privs": Advice("gaining rights from set-user-id programs", "use Linux 3.5 or newer"),
    "landlock": Advice(
        "files, TCP and signals, a second time",
        "use Linux 5.13 or newer with landlock in the kernel's list of security modules (lsm=)",
    ),
    "syscalls": Advice(
        "leaving keys behind, hiding memory, tracing, sockets to the host",
        "use Linux 3.17 or newer on x86_64 or aarch64, with CONFIG_SECCOMP_FILTER",
    ),
    "limits": Advice("using up memory, processes or the disk", "use Linux"),
    "together": Advice(
        "using many processes to get around the limit of memory",
        "mount /proc, on a kernel with CONFIG_PROC_CHILDREN; better a control group that may be "
        "written (run as root, or with: systemd-run --user --scope grader ...)",
    ),
}


def probe(zygote: Zygote) -> tuple[str, ...]:
    """The layers that are active in a worker started here.  Raises Fault where none starts."""
    link = zygote.spawn(limits=Limits(), deadline=time.monotonic() + 120)
    try:
        link.prepare(files=(), names=())
    except Stopped as stopped:
        raise Fault(f"a worker did not start: {zygote.why()}") from stopped
    finally:
        link.close()
        zygote.end()
    return tuple(link.layers)


def missing(layers: tuple[str, ...]) -> tuple[str, ...]:
    """The layers that are not active."""
    return tuple(layer for layer in LAYERS if layer not in layers)
