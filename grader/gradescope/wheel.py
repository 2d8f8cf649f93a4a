"""Writes a wheel of this package as it is installed here, and the versions of what it needs.

The files are those of the imported package: that takes no checkout, build tool or network, and
what grades here grades there.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Final

import grader
from grader.report.files import write_zip

_NAME: Final = "grader"  # to import
_TAG: Final = "py3-none-any"


def write_wheel(folder: Path) -> Path:
    """Write the wheel into ``folder``; return its path."""
    path = folder / f"{grader.DISTRIBUTION}-{grader.__version__}-{_TAG}.whl"
    info = f"{grader.DISTRIBUTION}-{grader.__version__}.dist-info"
    package = files_of(Path(grader.__file__).parent)
    files = {f"{_NAME}/{name}": data for name, data in package}
    files |= {
        f"{info}/METADATA": _metadata().encode(),
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: {_NAME}\n"
        f"Root-Is-Purelib: true\nTag: {_TAG}\n".encode(),
        f"{info}/entry_points.txt": b"[console_scripts]\ngrader = grader.cli:script\n",
    }
    record = [f"{name},sha256={_hash(data)},{len(data)}" for name, data in files.items()]
    files[f"{info}/RECORD"] = "\n".join([*record, f"{info}/RECORD,,", ""]).encode()
    write_zip(path, files.items())
    return path


def requirements(others: Iterable[str] = ()) -> list[str]:
    """Return ``name==version``, sorted, of all that this package and ``others`` need.

    The versions are those installed here; what is not installed stays as it was asked for.
    Extras are left out: those of a notebook converter bring a browser.
    """
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    found: dict[str, str] = {}
    waiting = [*_needed(_distribution()), *others]
    while waiting:
        wanted = waiting.pop()
        name = canonicalize_name(Requirement(wanted).name)
        if name in found:
            continue
        try:
            found[name] = f"{name}=={metadata.version(name)}"
        except metadata.PackageNotFoundError:
            found[name] = wanted
            continue
        waiting += _needed(name)
    return sorted(found.values())


def files_of(folder: Path, *left_out: str) -> Iterator[tuple[str, bytes]]:
    """Yield the files below ``folder``, by name, without caches and what is ``left_out``."""
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if path.is_file() and not {"__pycache__", *left_out} & {*inside.parts}:
            yield inside.as_posix(), path.read_bytes()


def _metadata() -> str:
    name = grader.DISTRIBUTION
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {grader.__version__}"]
    return "\n".join([*lines, *(f"Requires-Dist: {need}" for need in _needed(_distribution())), ""])


def _distribution() -> str:
    found = metadata.packages_distributions().get(_NAME, [])
    return grader.DISTRIBUTION if grader.DISTRIBUTION in found or not found else found[0]


def _needed(name: str) -> list[str]:
    """Return what a distribution requires in this environment, without its extras."""
    from packaging.requirements import Requirement

    found = []
    for text in metadata.requires(name) or ():
        required = Requirement(text)
        if required.marker is None or required.marker.evaluate({"extra": ""}):
            found.append(f"{required.name}{required.specifier}")
    return found


def _hash(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
