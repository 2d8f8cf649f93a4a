"""What tells a notebook that it runs in Jupyter, and the kernel's objects that it may ask for.

``ipykernel`` itself is not loaded, installed or not: it takes as long as a whole small
notebook.  The modules here answer what is asked of it, and lead nowhere.
"""

from __future__ import annotations

import ast
import importlib.machinery
import os
import sys
import types
import uuid
from collections.abc import Callable, Iterator
from typing import Any, Final, SupportsIndex, overload

from traitlets.config import Config, SingletonConfigurable

VERSION: Final = "6.29.5"
BACKEND: Final = "module://matplotlib_inline.backend_inline"
#: Where a kernel would say how to reach it; there is no such file.
_CONNECTION: Final = (
    "/root/.local/share/jupyter/runtime/kernel-6fa2a1c0-3f0e-4d43-9f4e-2b1d6f0f1c77.json"
)
_ENVIRONMENT: Final = {"TERM": "xterm-color", "CLICOLOR": "1", "PAGER": "cat", "GIT_PAGER": "cat"}
_LAUNCHER: Final = "ipykernel_launcher.py"


class Arguments(list[str]):
    """A kernel's command line for who looks at it, an empty one for who parses it.

    ``"-f" in sys.argv`` holds, but ``len(sys.argv)`` is 1 and ``sys.argv[1:]`` is empty: so
    ``argparse`` and ``if len(sys.argv) > 1`` take a script's defaults.
    """

    def __len__(self) -> int:
        return min(1, super().__len__())

    def __reduce__(self) -> tuple[type, tuple[list[str]]]:
        return list, ([*self],)  # a process that is started anew does not know this class

    @overload
    def __getitem__(self, index: SupportsIndex) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: Any) -> Any:
        return super().__getitem__(slice(0, 1))[index] if isinstance(index, slice) else (
            super().__getitem__(index)
        )  # fmt: skip


def start(*folders: str) -> None:
    """Let this process look like a kernel's: command line, environment, search path.

    What lies in ``folders``, the notebook's first, is found from everywhere, as Otter has it.
    """
    launcher = os.path.join(os.path.dirname(os.path.dirname(os.__file__)), _LAUNCHER)
    sys.argv = Arguments([launcher, "-f", _CONNECTION])
    # Matplotlib has been set up before: it keeps its own backend.
    os.environ.update(JPY_PARENT_PID="1", MPLBACKEND=BACKEND, **_ENVIRONMENT)
    # A helper file written twice within a second must not be taken for its older self.
    sys.dont_write_bytecode = True
    # "" is the working folder, wherever that is by then: before the installed packages, as a
    # kernel has it, and at the front, as older ones had it (``Imports`` lets it hide no
    # module of the standard library).
    places = [i for i, entry in enumerate(sys.path) if "site-packages" in entry]
    sys.path.insert(places[0] if places else len(sys.path), "")
    sys.path.insert(0, "")
    sys.path += [folder for folder in folders if folder not in sys.path]


def asks_for_file(source: str) -> bool:
    """Whether a cell takes a NameError of ``__file__`` as the sign of a notebook."""
    if "__file__" not in source or "except" not in source:
        return False
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
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


def _nothing(*arguments: object, **keywords: object) -> None:
    """Send, close, draw, or wait for what never comes."""


class Session:
    """Sends nothing: nobody listens."""

    def __init__(self) -> None:
        self.session = uuid.uuid4().hex
        self.username = "username"

    def send(self, *arguments: object, **keywords: object) -> None:
        """Send a message to the front end that is not there."""

    def msg_id(self) -> str:
        """A message's number."""
        return uuid.uuid4().hex


class Comm:
    """A channel to the front end, where nobody answers."""

    def __init__(self, target_name: str = "", data: Any = None, **keywords: Any) -> None:
        self.target_name = target_name
        self.comm_id = keywords.get("comm_id") or uuid.uuid4().hex
        self.primary = True

    open = send = close = on_msg = on_close = handle_msg = handle_close = _nothing


class CommManager:
    """Knows the targets that were registered and the channels that were opened."""

    def __init__(self) -> None:
        self.targets: dict[str, Any] = {}
        self.comms: dict[str, Any] = {}

    def register_target(self, target_name: str, function: Any) -> None:
        """Remember who answers to a name."""
        self.targets[target_name] = function

    def unregister_target(self, target_name: str, function: Any = None) -> Any:
        """Forget it."""
        return self.targets.pop(target_name)

    def register_comm(self, comm: Any) -> str:
        """Remember a channel."""
        self.comms[comm.comm_id] = comm
        return str(comm.comm_id)

    def unregister_comm(self, comm: Any) -> Any:
        """Forget it."""
        return self.comms.pop(comm.comm_id, None)

    def get_comm(self, comm_id: str) -> Any:
        """The channel of this number."""
        return self.comms.get(comm_id)


class Kernel:
    """``get_ipython().kernel``: it can be asked, and not be ended."""

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
        """The message that asked for this cell."""
        return self._parent_header

    set_parent = _nothing

    async def do_one_iteration(self) -> None:
        """Answer the front end that is not there."""

    def do_shutdown(self, restart: bool) -> dict[str, Any]:
        """Not ended, but told so."""
        self._note("The restart of the runtime was passed over while grading.")
        return {"status": "ok", "restart": restart}


class IPKernelApp(SingletonConfigurable):
    """The program that a kernel is."""

    name = "ipython-kernel"
    kernel: Any = None
    shell: Any = None
    connection_file = ""


class _Module(types.ModuleType):
    """Has what it was made with; asked for anything else, says that there is no such thing."""

    def __init__(self, name: str, **contents: Any) -> None:
        super().__init__(name)
        self.__dict__.update(contents)
        self.__spec__ = importlib.machinery.ModuleSpec(name, None, is_package=True)
        self.__path__: list[str] = []


def modules(shell: Any, output: type) -> Iterator[_Module]:
    """The parts of ``ipykernel`` that notebooks import."""
    app = IPKernelApp.instance()
    app.kernel, app.shell = shell.kernel, shell
    app.connection_file = _CONNECTION
    info = {"transport": "tcp", "ip": "127.0.0.1", "key": b"", "kernel_name": "python3"}

    def get_connection_file(app: Any = None) -> str:
        return _CONNECTION

    def get_connection_info(connection_file: Any = None, unpack: bool = False) -> Any:
        return dict(info) if unpack else str(info)

    version = tuple(map(int, VERSION.split(".")))
    comm = {"Comm": Comm, "CommManager": CommManager, "BaseComm": Comm}
    connect = {
        "get_connection_file": get_connection_file,
        "get_connection_info": get_connection_info,
        "connect_qtconsole": _nothing,
    }
    inline = {"flush_figures": _nothing, "show": _nothing, "set_matplotlib_formats": _nothing}
    yield _Module("ipykernel", __version__=VERSION, version_info=version, **connect)
    yield _Module("ipykernel.zmqshell", ZMQInteractiveShell=type(shell))
    yield _Module("ipykernel.kernelapp", IPKernelApp=IPKernelApp, launch_new_instance=_nothing)
    yield _Module("ipykernel.kernelbase", Kernel=Kernel)
    yield _Module("ipykernel.ipkernel", IPythonKernel=Kernel)
    yield _Module("ipykernel.iostream", OutStream=output)
    yield _Module("ipykernel.connect", **connect)
    yield _Module("ipykernel.comm", **comm)
    yield _Module("ipykernel.comm.comm", **comm)
    yield _Module("ipykernel.comm.manager", **comm)
    yield _Module("ipykernel.embed", embed_kernel=_nothing)
    yield _Module("ipykernel.pylab", **inline)
    yield _Module("ipykernel.pylab.backend_inline", **inline)
    yield _Module("ipykernel.pylab.config", InlineBackend=Config)


def configure(config: Config) -> None:
    """Say in a shell's configuration that it is a kernel's."""
    config.IPKernelApp.connection_file = _CONNECTION


def install(shell: Any, output: type) -> None:
    """Let ``import ipykernel`` give these modules."""
    Kernel.__name__ = Kernel.__qualname__ = "IPythonKernel"
    for kind, home in ((Kernel, "ipkernel"), (IPKernelApp, "kernelapp"), (output, "iostream")):
        kind.__module__ = f"ipykernel.{home}"
    for module in modules(shell, output):
        sys.modules[module.__name__] = module
        parent, _, name = module.__name__.rpartition(".")
        if parent:
            setattr(sys.modules[parent], name, module)
