"""``grader new``: writes a small assignment that is sound as it stands, to be changed step by step.

The templates lie in ``skeleton/``; ``NAME`` in them stands for the assignment's name.
"""

from __future__ import annotations

import keyword
from importlib.resources import files
from pathlib import Path
from typing import Final

from grader.errors import UsageError

#: Where each template goes, below the course's root.
_PLACES: Final = {
    "assignment.toml": "assignments/NAME/assignment.toml",
    "notebook.ipynb": "assignments/NAME/NAME.ipynb",
    "forward.py": "assignments/NAME/tests/forward.py",
    "backward.py": "assignments/NAME/tests/backward.py",
    "mistakes.py": "assignments/NAME/mistakes.py",
    "variants.py": "assignments/NAME/variants.py",
    "reference.py": "reference/NAME.py",
}
_REFERENCE: Final = '"""NumPy reference implementations, one module an assignment."""\n'


def write_skeleton(name: str, start: Path) -> tuple[Path, ...]:
    """Write the files of a new assignment; gives them in the order in which to change them.

    The course is the nearest folder from ``start`` upwards that holds ``assignments/``, or
    else ``start`` itself.  Raises UsageError where the name cannot be one, or is taken:
    nothing is ever overwritten.
    """
    if not name.isidentifier() or keyword.iskeyword(name) or name != name.lower():
        raise UsageError(
            f"{name!r} cannot be an assignment's name: its reference is a Python module of that "
            "name; use small letters, digits and _, like batch_norm."
        )
    root = next((p for p in (start, *start.parents) if (p / "assignments").is_dir()), start)
    folder = root / "assignments" / name
    for taken in (folder, root / "reference" / f"{name}.py"):
        if taken.exists():
            raise UsageError(f"{taken} exists already; choose another name, or remove it first.")
    written = []
    for template, place in _PLACES.items():
        path = root / place.replace("NAME", name)
        path.parent.mkdir(parents=True, exist_ok=True)
        text = (files("grader") / "skeleton" / f"{template}.tmpl").read_text("utf-8")
        path.write_text(text.replace("NAME", name), "utf-8")
        written.append(path)
    package = root / "reference" / "__init__.py"
    if not package.exists():
        package.write_text(_REFERENCE, "utf-8")
    return tuple(written)
