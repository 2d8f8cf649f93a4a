"""``grader new``: writes a small, sound assignment, to be changed step by step.

It is a sigmoid layer, unless signatures or a reference say what to ask for.  The templates lie in
``skeleton/``; ``NAME`` in them stands for the assignment's name.
"""

from __future__ import annotations

import json
import keyword
from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from grader.commands import drafted, signatures, stubs
from grader.errors import UsageError

#: Where the files of the sigmoid layer go, below the course's root.
_PLACES: Final = {
    "assignment.toml": "assignments/NAME/assignment.toml",
    "notebook.ipynb": "assignments/NAME/NAME.ipynb",
    "forward.py": "assignments/NAME/tests/forward.py",
    "backward.py": "assignments/NAME/tests/backward.py",
    "mistakes.py": "assignments/NAME/mistakes.py",
    "variants.py": "assignments/NAME/variants.py",
    "reference.py": "reference/NAME.py",
}
_REFERENCE_HEAD: Final = '''"""What is right in {name}: formulas, and where they are from."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]


'''
_REFERENCE: Final = '"""NumPy reference implementations, one module an assignment."""\n'


def write_skeleton(name: str, start: Path) -> tuple[Path, ...]:
    """Write the files of a new assignment; return them in the order in which to change them.

    The course is the nearest folder from ``start`` upwards that holds ``assignments/``, else
    ``start`` itself.  Raises UsageError where the name cannot be used or is taken: nothing is
    overwritten.
    """
    root = _course(name, start)
    texts = {place: _template(template, name) for template, place in _PLACES.items()}
    return _write(root, name, texts)


def write_stubs(
    name: str, start: Path, asked: Sequence[str], *, is_class: bool = False
) -> tuple[Path, ...]:
    """Write an assignment with a stub for each of these signatures; else as above.

    For a class, the first signature is that of its making, the others are its methods'.
    """
    parts = signatures.parts(signatures.outline(asked, is_class=is_class))
    root = _course(name, start)
    source = _REFERENCE_HEAD.format(name=name) + stubs.reference(parts) + "\n"
    texts = dict(_texts(name, source, parts, is_stub=True))
    return _write(root, name, texts | {"reference/NAME.py": source})


def write_from_reference(name: str, start: Path) -> tuple[Path, ...]:
    """Write an assignment around an existing reference, whose source is the solution.

    It has no known mistakes yet.  Raises UsageError where there is no such reference, or it
    defines nothing to ask for.
    """
    root = _course(name, start)
    path = root / "reference" / f"{name}.py"
    try:
        source = path.read_text("utf-8")
        parts = signatures.parts(source)
    except FileNotFoundError as error:
        raise UsageError(f"{path} is not there; write what is right first.") from error
    except SyntaxError as error:
        raise UsageError(f"{path} is no Python ({error.msg}, line {error.lineno}).") from error
    return _write(root, name, dict(_texts(name, source, parts, is_stub=False)))


def _course(name: str, start: Path) -> Path:
    if not name.isidentifier() or keyword.iskeyword(name) or name != name.lower():
        raise UsageError(
            f"{name!r} cannot be an assignment's name: its reference is a Python module of that "
            "name; use small letters, digits and _, like batch_norm."
        )
    return next((p for p in (start, *start.parents) if (p / "assignments").is_dir()), start)


def _template(template: str, name: str) -> str:
    text = (files("grader.commands") / "skeleton" / f"{template}.tmpl").read_text("utf-8")
    return text.replace("NAME", name)


def _texts(
    name: str, source: str, parts: Sequence[signatures.Part], *, is_stub: bool
) -> Iterator[tuple[str, str]]:
    """Yield where each file except the reference goes, and its text."""
    names = dict.fromkeys(part.subject for part in parts)
    told: dict[str, Any] = {
        "names": list(map(_quoted, names)),
        "mistakes": list(stubs.mistakes(parts)) if is_stub else [],
        "variant": stubs.variant(parts) if is_stub else "",
    }
    yield "assignments/NAME/assignment.toml", _filled("of_settings.toml", name, told)
    yield "assignments/NAME/NAME.ipynb", drafted.notebook(name, source, parts)
    for part in parts:
        place = f"assignments/NAME/tests/{part.name}.py"
        yield place, _filled("of_part.py", name, stubs.context(part))
    yield "assignments/NAME/mistakes.py", _filled("of_mistakes.py", name, told)
    yield "assignments/NAME/variants.py", _filled("of_variants.py", name, told)


def _filled(template: str, name: str, values: dict[str, Any]) -> str:
    from jinja2 import Environment, StrictUndefined

    options: dict[str, Any] = {"trim_blocks": True, "keep_trailing_newline": True}
    environment = Environment(undefined=StrictUndefined, autoescape=False, **options)
    environment.filters["quoted"] = _quoted
    return environment.from_string(_template(template, name)).render(values)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _write(root: Path, name: str, texts: dict[str, str]) -> tuple[Path, ...]:
    written = {root / place.replace("NAME", name): text for place, text in texts.items()}
    taken = [path for path in (root / "assignments" / name, *written) if path.exists()]
    if taken:
        raise UsageError(f"{taken[0]} exists already; choose another name, or remove it first.")
    for path, text in written.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    package = root / "reference" / "__init__.py"
    if not package.exists():
        package.write_text(_REFERENCE, "utf-8")
    return tuple(written)
