"""Run as ``python -I -c <this file> FD FD``: imports the worker side's modules from a socket.

The interpreter needs nothing of this project on its disk, and learns no path of it.  The
second FD carries one frame: a length of 8 bytes, then JSON: the modules' sources, and what
the sender's Python compiled them to, which another of the same kind can use.
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
        spec = importlib.machinery.ModuleSpec(
            fullname, self, origin=f"<{fullname}>", is_package=self.is_package(fullname)
        )
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
    gc.disable()  # imports leave little garbage; interpreter.main enables it
    control = socket.socket(fileno=int(sys.argv[1]))
    with socket.socket(fileno=int(sys.argv[2])) as stream, stream.makefile("rb") as file:
        frame = file.read(int.from_bytes(file.read(8), "little"))
    if not frame:
        return  # the grader has ended
    _forget_other_paths()
    sent = json.loads(frame)
    is_same = sent["magic"] == importlib.util.MAGIC_NUMBER.hex()
    finder = _Sources(sent["sources"], sent["compiled"] if is_same else {})
    sys.meta_path.insert(0, finder)
    sys.argv = ["grader"]
    from grader.sandbox.inside import interpreter

    # It stays for modules that are imported where a notebook first needs them, but is asked last.
    sys.meta_path.remove(finder)
    sys.meta_path.append(finder)
    interpreter.main(control)


_boot()
