"""Which layers of confinement are active, what their absence means, and how to get them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from grader.bounds import DOCTOR_SECONDS
from grader.errors import Fault
from grader.model import Limits
from grader.sandbox.inside.layers import LAYERS

from .host import Stopped, Zygote


@dataclass(frozen=True, slots=True)
class Advice:
    """For people: what a layer prevents, what its absence means, and how to get it."""

    closes: str
    absence: str
    remedy: str


_NAMESPACES: Final = (
    "allow user namespaces (sysctl user.max_user_namespaces=10000; on Ubuntu also "
    "kernel.apparmor_restrict_unprivileged_userns=0), or run as root; in Docker, start the "
    "container with --security-opt seccomp=unconfined --cap-add SYS_ADMIN"
)
ADVICE: Final = {
    "mount": Advice(
        "reading files of the course, of others and of this machine",
        "Landlock alone keeps files closed; the scratch folder lies on this machine's disk",
        _NAMESPACES,
    ),
    "network": Advice(
        "connecting to any network", "a submission can send what it reads", _NAMESPACES
    ),
    "ipc": Advice(
        "exchanging messages through shared memory with other processes",
        "the system call filter alone prevents that",
        _NAMESPACES,
    ),
    "pid": Advice(
        "seeing or signalling other processes, and running on after the end",
        "the zygote finds and ends what was started; Landlock 6 alone prevents signals to other "
        "processes of the same user",
        _NAMESPACES,
    ),
    "user": Advice(
        "running as root",
        "a submission is root, without its capabilities",
        "give root the right to become another user (CAP_SETUID and CAP_SETGID)",
    ),
    "capabilities": Advice(
        "making privileged system calls",
        "a submission may look up any file's name and size, though it may open none",
        "where only root can read the interpreter, use one that everybody can read "
        "(not below /root; see --worker-python)",
    ),
    "no_new_privs": Advice(
        "gaining rights from set-user-id programs",
        "a set-user-id program gives its rights away",
        "use Linux 3.5 or newer",
    ),
    "landlock": Advice(
        "opening other files, using TCP and sending signals, as a second barrier",
        "the namespaces alone prevent that",
        "use Linux 5.13 or newer with landlock in the kernel's list of security modules (lsm=)",
    ),
    "syscalls": Advice(
        "leaving keys behind, hiding memory, tracing, and opening sockets to the host",
        "a submission can leave a note in the user's keyring for the next one",
        "use Linux 3.17 or newer on x86_64 or aarch64, with CONFIG_SECCOMP_FILTER",
    ),
    "limits": Advice("using up memory, processes or the disk", "only time is limited", "use Linux"),
    "together": Advice(
        "evading the memory limit with many processes",
        "each process is limited by itself, but not all together",
        "mount /proc, on a kernel with CONFIG_PROC_CHILDREN; better a control group that may be "
        "written (run as root, or with: systemd-run --user --scope grader ...)",
    ),
}


def describe(layers: tuple[str, ...]) -> Iterator[str]:
    """Return lines on each layer, then on how to get those that are missing, each remedy once."""
    absent = missing(layers)
    remedies: dict[str, list[str]] = {}
    for layer, advice in ADVICE.items():
        if layer not in absent:
            yield f"{layer:13} active   It prevents {advice.closes}."
            continue
        yield f"{layer:13} MISSING  It would prevent {advice.closes}."
        yield f"{'':22} Without it, {advice.absence}."
        remedies.setdefault(advice.remedy, []).append(layer)
    for remedy, names in remedies.items():
        yield f"To get {', '.join(names)}: {remedy}."


def probe(zygote: Zygote) -> tuple[str, ...]:
    """Return the layers that are active in a worker started here; raise Fault if none starts."""
    link = zygote.spawn(limits=Limits(), deadline=time.monotonic() + DOCTOR_SECONDS)
    try:
        link.prepare(files=(), names=())
    except Stopped as stopped:
        raise Fault(f"a worker did not start: {zygote.why()}") from stopped
    finally:
        link.close()
        zygote.end()
    return tuple(link.layers)


def missing(layers: tuple[str, ...]) -> tuple[str, ...]:
    """Return the layers that are not active."""
    return tuple(layer for layer in LAYERS if layer not in layers)
