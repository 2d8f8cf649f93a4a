"""Makes the worker look like a Jupyter kernel to notebooks that ask where they run.

``ipykernel`` itself is never imported, which would take as long as a small notebook.  The
modules here have what notebooks use of it, without effect.
"""

from __future__ import annotations

import ast
import importlib.machinery
import os
import sys
import types
import uuid
from collections.abc import Callable, Iterator
from typing import Any, Final

from traitlets.config import Config, SingletonConfigurable

from .definitions import parsed
from .equivalents import nothing

VERSION: Final = "6.29.5"
BACKEND: Final = "module://matplotlib_inline.backend_inline"
#: The file in which a kernel says how to reach it; it does not exist.
CONNECTION: Final = (
    "/root/.local/share/jupyter/runtime/kernel-6fa2a1c0-3f0e-4d43-9f4e-2b1d6f0f1c77.json"
)
_ENVIRONMENT: Final = {"TERM": "xterm-color", "CLICOLOR": "1", "PAGER": "cat", "GIT_PAGER": "cat"}
_LAUNCHER: Final = "ipykernel_launcher.py"


class Arguments(list[str]):
    """A kernel's command line that looks empty to code that parses it.

    ``"-f" in sys.argv`` is true, but ``len(sys.argv)`` is 1 and ``sys.argv[1:]`` is empty: so
    ``argparse`` and ``if len(sys.argv) > 1`` take a script's defaults.
    """

    def __len__(self) -> int:
        return min(1, super().__len__())

    def __reduce__(self) -> tuple[type, tuple[list[str]]]:
        return list, ([*self],)  # a new process that gets it has no such class

    def __getitem__(self, index: Any) -> Any:
        return ([*self][:1] if isinstance(index, slice) else [*self])[index]


def start(*folders: str) -> None:
    """Give this process a kernel's command line, environment and search path.

    Modules in ``folders``, of which the first is the notebook's, are found from every working
    folder, as Otter has it.
    """
    launcher = os.path.join(os.path.dirname(os.path.dirname(os.__file__)), _LAUNCHER)
    sys.argv = Arguments([launcher, "-f", CONNECTION])
    # Matplotlib is already imported and keeps its own backend.
    os.environ.update(JPY_PARENT_PID="1", MPLBACKEND=BACKEND, **_ENVIRONMENT)
    # Python would take the bytecode of a file that is rewritten within a second for up to date.
    sys.dont_write_bytecode = True
    # "" is the present working folder: before the installed packages, as in a kernel, and at
    # the front, as in older ones (``Imports`` keeps the standard library before it).
    places = [i for i, entry in enumerate(sys.path) if "site-packages" in entry]
    sys.path.insert(places[0] if places else len(sys.path), "")
    sys.path.insert(0, "")
    sys.path += [folder for folder in folders if folder not in sys.path]


def asks_for_file(source: str) -> bool:
    """Whether a cell expects a NameError of ``__file__`` in a notebook."""
    tree = parsed(source) if "__file__" in source and "except" in source else None
    if tree is None:
        return False
    guarded, uses = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Try) and any(_is_name_error(h) for h in node.handlers):
            guarded |= {inner for part in node.body for inner in ast.walk(part)}
        elif isinstance(node, ast.Name) and node.id == "__file__":
            uses.add(node)
    return bool(uses) and uses <= guarded


def _is_name_error(handler: ast.ExceptHandler) -> bool:
    return handler.type is None or "NameError" in ast.unparse(handler.type)


# -- the kernel's objects ----------------------------------------------------------


class Session:
    """A kernel's session, which sends nothing."""

    def __init__(self) -> None:
        self.session = uuid.uuid4().hex
        self.username = "username"

    send = nothing

    def msg_id(self) -> str:
        """Return a new message's number."""
        return uuid.uuid4().hex


class Comm:
    """A channel to a front end that never answers."""

    def __init__(self, target_name: str = "", data: Any = None, **keywords: Any) -> None:
        self.target_name = target_name
        self.comm_id = keywords.get("comm_id") or uuid.uuid4().hex
        self.primary = True

    open = send = close = on_msg = on_close = handle_msg = handle_close = nothing


class CommManager:
    """Keeps the registered targets and the open channels."""

    def __init__(self) -> None:
        self.targets: dict[str, Any] = {}
        self.comms: dict[str, Any] = {}

    def register_target(self, target_name: str, function: Any) -> None:
        """Register the function that is called for a target."""
        self.targets[target_name] = function

    def unregister_target(self, target_name: str, function: Any = None) -> Any:
        """Remove a target."""
        return self.targets.pop(target_name)

    def register_comm(self, comm: Any) -> str:
        """Register a channel; return its number."""
        self.comms[comm.comm_id] = comm
        return str(comm.comm_id)

    def unregister_comm(self, comm: Any) -> Any:
        """Remove a channel."""
        return self.comms.pop(comm.comm_id, None)

    def get_comm(self, comm_id: str) -> Any:
        """Return the channel of this number, or None."""
        return self.comms.get(comm_id)


class Kernel:
    """``get_ipython().kernel``, which can be asked but not shut down."""

    implementation = "ipython"
    implementation_version = "9"
    banner = ""
    language_info: Final = {"name": "python", "file_extension": ".py", "mimetype": "text/x-python"}
    iopub_socket = shell_stream = control_stream = None

    def __init__(self, shell: Any, note: Callable[..., None]) -> None:
        self.shell = shell
        self.session = Session()
        self.comm_manager = CommManager()
        self.ident = uuid.uuid4().hex
        self._note = note
        header = {"msg_id": uuid.uuid4().hex, "msg_type": "execute_request", "username": "username"}
        about = {"msg_id": header["msg_id"], "msg_type": header["msg_type"], "parent_header": {}}
        rest: dict[str, Any] = {"metadata": {}, "content": {}, "buffers": []}
        self._parent_header: dict[str, Any] = {"header": header, **about, **rest}

    @property
    def execution_count(self) -> int:
        """The cell's number."""
        return int(self.shell.execution_count)

    @property
    def user_ns(self) -> Any:
        """The notebook's names."""
        return self.shell.user_ns

    def get_parent(self, channel: str | None = None) -> dict[str, Any]:
        """Return the message that asked for this cell."""
        return self._parent_header

    set_parent = nothing

    async def do_one_iteration(self) -> None:
        """Do nothing: there are no messages."""

    def do_shutdown(self, restart: bool) -> dict[str, Any]:
        """Note that the kernel goes on; return the reply of one that does not."""
        self._note("The restart of the runtime was passed over while grading.")
        return {"status": "ok", "restart": restart}


class IPKernelApp(SingletonConfigurable):
    """The application of a kernel."""

    name = "ipython-kernel"
    kernel: Any = None
    shell: Any = None
    connection_file = ""


class _Module(types.ModuleType):
    """A package with these contents and no file."""

    def __init__(self, name: str, **contents: Any) -> None:
        super().__init__(name)
        self.__dict__.update(contents)
        self.__spec__ = importlib.machinery.ModuleSpec(name, None, is_package=True)
        self.__path__: list[str] = []


def _modules(shell: Any, output: type) -> Iterator[_Module]:
    """Yield the parts of ``ipykernel`` that notebooks import."""
    app = IPKernelApp.instance()
    app.kernel, app.shell = shell.kernel, shell
    app.connection_file = CONNECTION
    info = {"transport": "tcp", "ip": "127.0.0.1", "key": b"", "kernel_name": "python3"}

    def get_connection_info(connection_file: Any = None, unpack: bool = False) -> Any:
        return dict(info) if unpack else str(info)

    version = tuple(map(int, VERSION.split(".")))
    connect = {
        "get_connection_file": lambda app=None: CONNECTION,
        "get_connection_info": get_connection_info,
        "connect_qtconsole": nothing,
    }
    yield _Module("ipykernel", __version__=VERSION, version_info=version, **connect)
    yield _Module("ipykernel.zmqshell", ZMQInteractiveShell=type(shell))
    yield _Module("ipykernel.kernelapp", IPKernelApp=IPKernelApp, launch_new_instance=nothing)
    yield _Module("ipykernel.kernelbase", Kernel=Kernel)
    yield _Module("ipykernel.ipkernel", IPythonKernel=Kernel)
    yield _Module("ipykernel.iostream", OutStream=output)
    yield _Module("ipykernel.connect", **connect)
    for name in ("comm", "comm.comm", "comm.manager"):
        yield _Module(f"ipykernel.{name}", Comm=Comm, CommManager=CommManager, BaseComm=Comm)
    yield _Module("ipykernel.embed", embed_kernel=nothing)
    inline = dict.fromkeys(("flush_figures", "show", "set_matplotlib_formats"), nothing)
    yield _Module("ipykernel.pylab", **inline)
    yield _Module("ipykernel.pylab.backend_inline", **inline)
    yield _Module("ipykernel.pylab.config", InlineBackend=Config)


def install(shell: Any, output: type) -> None:
    """Make the modules of ``ipykernel`` importable; ``output`` is the class of its streams."""
    Kernel.__name__ = Kernel.__qualname__ = "IPythonKernel"
    for kind, home in ((Kernel, "ipkernel"), (IPKernelApp, "kernelapp"), (output, "iostream")):
        kind.__module__ = f"ipykernel.{home}"
    for module in _modules(shell, output):
        sys.modules[module.__name__] = module
        parent, _, name = module.__name__.rpartition(".")
        if parent:
            setattr(sys.modules[parent], name, module)
