"""Makes calls harmless that want a screen, a keyboard or a network.

``soften`` is called once, in the warm interpreter; ``listen`` in each worker.
"""

from __future__ import annotations

import builtins
import code
import getpass
import importlib
import io
import itertools
import multiprocessing
import os
import pdb
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any

import IPython.core.debugger
import IPython.core.display
import IPython.display
import matplotlib
import matplotlib.pyplot as plt

from grader.sandbox.wire.bounds import MAX_INPUTS, MAX_PROGRAM_CHARACTERS, MAX_STYLE_CHARACTERS

from . import jupyter, terminal
from .equivalents import nothing

Note = Callable[..., None]


def soften(note: Note) -> None:
    """Let matplotlib draw without a screen or LaTeX, and restore old names of IPython."""
    plt.switch_backend("Agg")
    for owner, name in ((matplotlib, "use"), (plt, "switch_backend")):
        setattr(owner, name, nothing)
        vars(owner)["get_backend"] = lambda **keywords: jupyter.BACKEND
    plt.show = lambda *arguments, **keywords: plt.close("all")
    matplotlib.RcParams.validate["text.usetex"] = lambda value: False
    use = plt.style.use

    def use_style(style: Any) -> None:
        try:
            use(style)
        except OSError:
            name = str(style)[:MAX_STYLE_CHARACTERS]
            note("The plot style {style} could not be loaded; drawn without it.", style=name)

    plt.style.use = use_style
    for module, name, value in (
        (IPython.core.display, "display", IPython.display.display),
        (IPython.display, "set_matplotlib_formats", nothing),
        (IPython.display, "set_matplotlib_close", nothing),
    ):
        if not hasattr(module, name):
            setattr(module, name, value)
    backend = importlib.import_module("matplotlib_inline.backend_inline")
    for name in ("set_matplotlib_formats", "set_matplotlib_close"):
        setattr(backend, name, nothing)
    # A worker sees the interpreter itself, but not a virtual environment's link to it.
    multiprocessing.set_executable(os.path.realpath(sys.executable))


def listen(note: Note, *, is_student: Callable[[str], bool]) -> None:
    """Answer calls for a keyboard, and let those for the network fail, with notes."""
    asked = itertools.count()

    def ask(*arguments: Any, **keywords: Any) -> str:
        note("input() and its like get an empty line while grading.")
        if next(asked) >= MAX_INPUTS:
            raise EOFError("no more input while grading")
        return ""

    def stop_here(*arguments: Any, **keywords: Any) -> None:
        note("breakpoint() and its like are passed over while grading.")

    kill = os.kill

    def kill_others(pid: int, number: int) -> None:
        # So notebooks restart their runtime after an install.
        if pid == os.getpid() and number == signal.SIGKILL:
            note("The restart of the runtime was passed over while grading.")
        else:
            kill(pid, number)

    os.kill = kill_others
    sys.stdin = io.StringIO()
    builtins.input = getpass.getpass = ask
    sys.breakpointhook = pdb.set_trace = IPython.core.debugger.set_trace = stop_here
    IPython.embed = code.interact = stop_here
    sys.addaudithook(_audit(note, is_student))


def _audit(note: Note, is_student: Callable[[str], bool]) -> Callable[[str, tuple[Any, ...]], None]:
    """Return a hook that lets the network and programs fail at once, with notes.

    It only saves time: the confinement is what prevents these.
    """

    def audit(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "socket.getaddrinfo":
            note("The network was asked for; there is none while grading.")
            raise socket.gaierror(socket.EAI_AGAIN, "no network while grading")
        if event == "socket.connect" and arguments and isinstance(arguments[-1], tuple):
            note("The network was asked for; there is none while grading.")
            raise OSError(101, "no network while grading")
        if event == "subprocess.Popen":
            if is_student(_caller_of("subprocess", terminal.__name__)):
                name = str(arguments[0])
                is_python = name == sys.executable
                name = os.path.basename(name) if is_python else name[:MAX_PROGRAM_CHARACTERS]
                note(
                    "The program {name} was not run: no program is started while grading.",
                    name=name,
                )
            raise FileNotFoundError(2, "no program is run while grading", arguments[0])

    return audit


def _caller_of(*modules: str) -> str:
    """Return the file of the code that called into ``modules``."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__") in (__name__, *modules):
        frame = frame.f_back
    return frame.f_code.co_filename
