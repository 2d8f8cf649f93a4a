"""Started as ``python -I -c <this file> FD FD``: receives the worker side's modules.

So the worker's interpreter needs nothing of this project on its disk, and learns
no path of it.  The only frame on the second FD is JSON: the modules' sources, and
what they are compiled to by the Python that sends them, for another of the same kind.
Only the standard library may be imported here.
"""

import base64
import gc
import importlib.abc
import importlib.machinery
import importlib.util
import json
import marshal
import os
import socket
import sys
import types


class _Sources(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Imports modules from memory."""

    def __init__(self, sources: dict[str, str], compiled: dict[str, str]) -> None:
        self._sources = sources
        self._compiled = compiled

    def find_spec(
        self, fullname: str, path: object, target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname not in self._sources:
            return None
        spec = importlib.machinery.ModuleSpec(fullname, self, is_package=self.is_package(fullname))
        spec.origin = f"<{fullname}>"
        spec.has_location = True
        return spec

    def get_source(self, fullname: str) -> str:
        return self._sources[fullname]

    def get_code(self, fullname: str) -> types.CodeType:
        if fullname not in self._compiled:
            return compile(self._sources[fullname], f"<{fullname}>", "exec", dont_inherit=True)
        code: types.CodeType = marshal.loads(base64.b64decode(self._compiled[fullname]))
        return code

    def is_package(self, fullname: str) -> bool:
        return any(name.startswith(fullname + ".") for name in self._sources)


def _read(control: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = control.recv(size - len(data))
        if not part:
            sys.exit(0)
        data += part
    return data


def _forget_other_paths() -> None:
    """Keep only the interpreter's own folders importable: no editable install, no PYTHONPATH."""
    own = {os.path.realpath(p) for p in (sys.prefix, sys.base_prefix, sys.exec_prefix)}
    sys.path[:] = [
        entry
        for entry in sys.path
        if any(os.path.realpath(entry).startswith(prefix + os.sep) for prefix in own)
    ]
    sys.meta_path[:] = [f for f in sys.meta_path if "editable" not in getattr(f, "__name__", "")]
    sys.path_hooks[:] = [h for h in sys.path_hooks if "editable" not in repr(h)]
    for name in [name for name in sys.modules if "editable" in name]:
        del sys.modules[name]


def _boot() -> None:
    gc.disable()  # little of what is imported is ever garbage; see interpreter.main
    control = socket.socket(fileno=int(sys.argv[1]))
    with socket.socket(fileno=int(sys.argv[2])) as stream:
        sent = json.loads(_read(stream, int.from_bytes(_read(stream, 8), "little")))
    _forget_other_paths()
    is_same = sent["magic"] == importlib.util.MAGIC_NUMBER.hex()
    finder = _Sources(sent["sources"], sent["compiled"] if is_same else {})
    sys.meta_path.insert(0, finder)
    sys.argv = ["grader"]
    from grader.sandbox.inside import interpreter

    # It stays, for modules that few notebooks need, which are imported where they are used; but
    # it is asked last, and knows only its own names.
    sys.meta_path.remove(finder)
    sys.meta_path.append(finder)
    interpreter.main(control)


_boot()
