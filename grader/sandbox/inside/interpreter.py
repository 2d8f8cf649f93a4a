"""The warm interpreter: forks the zygotes of all jobs, so that the imports are done only once.

It runs no student code.  Judges send it packets of ``Fork``; it ends when the last of them
closes the socket.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
import traceback

import msgspec

from grader.sandbox.wire.bounds import MAX_PACKET_BYTES
from grader.sandbox.wire.protocol import worker_decoder

from . import shell, zygote
from .packets import Fork


def main(control: socket.socket) -> None:
    """Serve until ``control`` is closed."""
    warm = shell.warm()
    worker_decoder()
    gc.freeze()
    gc.enable()
    is_ready = False
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # zygotes are reaped without a wait
    decoder = msgspec.msgpack.Decoder(Fork)
    while True:
        data, descriptors, _, _ = socket.recv_fds(control, MAX_PACKET_BYTES, 2)
        if not data:
            return
        request = decoder.decode(data)
        lacking = [module for module in request.preload if module not in sys.modules]
        shell.preload(lacking)
        if lacking or not (is_ready or request.is_for_one):
            _make_ready(warm)
            is_ready = True
        try:
            pid = os.fork()
        except OSError as error:  # the judge sees that the socket is closed
            print(f"no process could be started: {error}", file=sys.stderr, flush=True)
            pid = -1
        if pid == 0:
            control.close()
            _become_zygote(warm, request, *descriptors)
        for descriptor in descriptors:
            os.close(descriptor)


def _become_zygote(warm: shell.Shell, request: Fork, control: int, errors: int) -> None:
    status = 1
    try:
        os.dup2(errors, 2)
        os.close(errors)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        zygote.main(warm, socket.socket(fileno=control), base=request.base)
        status = 0
    except BaseException:
        traceback.print_exc(file=sys.__stderr__)
    finally:
        os._exit(status)


def _make_ready(warm: shell.Shell) -> None:
    """Do once what each submission of a class would do: it takes a tenth of a second.

    All present objects are kept out of later collections, which would copy their pages.  The
    prepared figures are made afterwards: a notebook that closes one can free it.
    """
    shell.warm_for_many()
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    warm.figures.fill()
    gc.collect()
