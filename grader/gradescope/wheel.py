"""A wheel of this package, as it is installed here, and the versions that it was tried with.

The files are those of the imported package, so that nothing needs a checkout, a build tool or
the network: what grades here grades there.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Final

import grader
from grader.report.files import write_zip

_NAME: Final = "grader"  # to import
_TAG: Final = "py3-none-any"
_REQUIRED: Final = re.compile(r"\s*([A-Za-z0-9._-]+)")


def write_wheel(folder: Path) -> Path:
    """Write the wheel into ``folder``; gives its path."""
    path = folder / f"{grader.DISTRIBUTION}-{grader.__version__}-{_TAG}.whl"
    info = f"{grader.DISTRIBUTION}-{grader.__version__}.dist-info"
    files = {f"{_NAME}/{name}": data for name, data in _package()}
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
    """``name==version``, sorted, of all that this package and ``others`` need, as installed here.

    Extras are not followed: a notebook converter's would bring a browser.  What is not
    installed here stands as it was asked for.
    """
    found: dict[str, str] = {}
    waiting = [*_needed(_distribution()), *others]
    while waiting:
        wanted = waiting.pop()
        name = _name(wanted)
        if name in found:
            continue
        try:
            found[name] = f"{name}=={metadata.version(name)}"
        except metadata.PackageNotFoundError:
            found[name] = wanted
            continue
        waiting += _needed(name)
    return sorted(found.values())


def _package() -> Iterator[tuple[str, bytes]]:
    base = Path(grader.__file__).parent
    for path in sorted(base.rglob("*")):
        inside = path.relative_to(base)
        if path.is_file() and "__pycache__" not in inside.parts and path.suffix != ".pyc":
            yield inside.as_posix(), path.read_bytes()


def _metadata() -> str:
    name = grader.DISTRIBUTION
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {grader.__version__}"]
    return "\n".join([*lines, *(f"Requires-Dist: {need}" for need in _needed(_distribution())), ""])


def _distribution() -> str:
    found = metadata.packages_distributions().get(_NAME, [])
    return grader.DISTRIBUTION if grader.DISTRIBUTION in found or not found else found[0]


def _needed(name: str) -> list[str]:
    """What a distribution asks for in this environment, without its extras."""
    from packaging.requirements import Requirement

    found = []
    for text in metadata.requires(name) or ():
        required = Requirement(text)
        if required.marker is None or required.marker.evaluate({"extra": ""}):
            found.append(f"{required.name}{required.specifier}")
    return found


def _name(requirement: str) -> str:
    match = _REQUIRED.match(requirement)
    name = match.group(1) if match else requirement
    return re.sub(r"[-_.]+", "-", name).lower()


def _hash(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
