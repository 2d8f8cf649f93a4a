"""The zygote: a copy of the warm interpreter that forks one confined worker per submission.

It runs no student code.  The judge sends it ``packets``; when the judge closes the socket,
the zygote ends, and its worker with it.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import tempfile
import traceback

import msgspec

from grader.sandbox.wire.bounds import MAX_DESCRIPTORS, MAX_PACKET_BYTES
from grader.sandbox.wire.protocol import Channel

from . import confine, kernel, processes, shell
from .packets import Born, End, Ended, Enter, Failed, Spawn, Spawned, Started, ToZygote
from .worker import Worker


def main(warm: shell.Shell, control: socket.socket, *, base: str) -> None:
    """Serve the judge until it closes ``control``.

    The root of this process's file system is built at ``base``, an empty folder.
    """
    decoder = msgspec.msgpack.Decoder(ToZygote)
    send(control, Born(pid=os.getpid()))
    data = control.recv(MAX_PACKET_BYTES)
    if not data or not isinstance(decoder.decode(data), Enter):
        return
    view = confine.enter_view(base)
    # A daemon's parent is init, or this process, which ends it.
    kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)
    send(control, Started(versions=_versions()))
    pid = 0
    while True:
        data, descriptors, _, _ = socket.recv_fds(control, MAX_PACKET_BYTES, 1)
        if not data:
            break
        request = decoder.decode(data)
        if isinstance(request, End):
            send(control, Ended(status=_end(pid)))
            pid = 0
            continue
        if not isinstance(request, Spawn):
            break
        _end(pid)
        try:
            pid = confine.fork_worker(view)
        except OSError as error:
            pid = 0
            os.close(descriptors[0])
            send(control, Failed(reason=str(error)))
            continue
        if pid == 0:
            control.close()
            _become_worker(warm, view, request, descriptors[0])
        os.close(descriptors[0])
        send(control, Spawned(pid=pid))
    _end(pid)


def _become_worker(warm: shell.Shell, view: confine.View, request: Spawn, descriptor: int) -> None:
    status = 1
    try:
        pipe = socket.socket(fileno=_only(descriptor))
        layers, private = confine.confine(
            view,
            scratch=request.scratch,
            memory_mb=request.memory_mb,
            scratch_mb=request.scratch_mb,
            processes=request.processes,
            seconds=request.seconds,
        )
        os.dup2(0, 2)  # what went wrong so far was ours; from here on it is the student's
        scratch, home, temporary = (f"{private}/{name}" for name in confine.FOLDERS)
        os.environ.update(HOME=home, MPLCONFIGDIR=home)
        if os.path.realpath("/tmp") != temporary:
            os.environ["TMPDIR"] = temporary
        tempfile.tempdir = None  # found out anew
        os.environ.update(USER="student", LOGNAME="student")  # its number may have no name here
        Worker(Channel(pipe), warm, layers=layers, scratch=scratch).serve()
        status = 0
    except BaseException:
        traceback.print_exc(file=sys.__stderr__)
    finally:
        os._exit(status)


def _only(descriptor: int) -> int:
    """Close all descriptors except 0 to 2 and this one, which becomes 3; return 3."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    if descriptor != 3:  # dup2 of a descriptor onto itself is an error
        os.dup2(descriptor, 3)
    os.set_inheritable(3, False)
    os.closerange(4, MAX_DESCRIPTORS)
    return 3


def _end(pid: int) -> int:
    if pid == 0:
        return -1
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    status = os.waitpid(pid, 0)[1]
    # With a pid namespace nothing is left; else whatever it started is now ours.
    processes.end_descendants()
    return status


def send(control: socket.socket, packet: msgspec.Struct) -> None:
    """Send one packet."""
    control.send(msgspec.msgpack.encode(packet))


def _versions() -> dict[str, str]:
    import IPython
    import matplotlib
    import numpy

    return {
        "python": sys.version.split()[0],
        "numpy": numpy.__version__,
        "matplotlib": matplotlib.__version__,
        "ipython": IPython.__version__,
    }
