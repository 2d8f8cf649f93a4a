"""What a worker cannot see: the course, the judge, other files, other processes."""

from __future__ import annotations

import ast
import os
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import grader
from grader.sandbox.outside.host import Link, Zygote

from .conftest import LIMITS

ROOT = Path(grader.__file__).resolve().parent.parent
OWN_MODULES = {
    "grader", "grader.sandbox", "grader.sandbox.wire",
    "grader.sandbox.wire.arrays", "grader.sandbox.wire.bounds", "grader.sandbox.wire.codec",
    "grader.sandbox.wire.extent", "grader.sandbox.wire.heap", "grader.sandbox.wire.holdings", "grader.sandbox.wire.protocol",
    "grader.sandbox.inside",
}  # fmt: skip


def value(link: Link, expression: str) -> Any:
    """What ``expression`` is in the worker."""
    done = link.run_cell(1, f"import os, sys\nprint(repr({expression}))")
    assert done.error is None, done.error
    return ast.literal_eval(done.output)


def test_a_worker_has_loaded_none_of_the_judges_modules(link: Link) -> None:
    loaded = value(link, "sorted(sys.modules)")
    assert isinstance(loaded, list)
    ours = {name for name in loaded if name.partition(".")[0] in ("grader", "assignments", "tests")}
    inside = {name for name in ours if name.startswith("grader.sandbox.inside.")}
    assert ours - inside == OWN_MODULES
    assert not [name for name in loaded if name.startswith(("reference", "otter", "grader.checks"))]


@pytest.mark.parametrize(
    "module",
    [
        "reference", "reference.shallow_narrow", "assignments", "grader.bounds", "grader.checks",
        "grader.judge.grade", "grader.sandbox.outside.host",
    ],
)  # fmt: skip
def test_the_courses_modules_cannot_be_imported(link: Link, module: str) -> None:
    done = link.run_cell(1, f"try:\n    import {module}\nexcept ImportError:\n    print('none')")
    assert done.output == "none\n"


def test_no_path_of_the_course_is_importable_from(link: Link) -> None:
    paths, scratch = value(link, "(sys.path, os.getcwd())")
    assert isinstance(paths, list)
    prefixes = (sys.prefix, sys.base_prefix, scratch)
    assert [path for path in paths if path and not path.startswith(prefixes)] == []


def course_files() -> list[Path]:
    tests = sorted(ROOT.glob("assignments/*/tests/*.py"))
    return [*tests[:3], *sorted(ROOT.glob("reference/*.py"))[:3], ROOT / "pyproject.toml"]


@pytest.mark.parametrize("path", course_files(), ids=lambda p: str(p.relative_to(ROOT)))
def test_the_courses_files_cannot_be_opened_by_path(link: Link, path: Path) -> None:
    assert path.exists()
    done = link.run_cell(1, f"open({str(path)!r}).read()")
    assert done.error is not None
    assert done.error.startswith(("FileNotFoundError", "PermissionError"))


@pytest.mark.parametrize("folder", ["/home", "/root", "/var", "/etc/ssh", "/proc/1/root/etc/ssh"])
def test_other_folders_are_not_there_or_closed(link: Link, folder: str) -> None:
    done = link.run_cell(1, f"import os\nprint([f for f in os.listdir({folder!r})])")
    assert done.error is not None or ROOT.as_posix().startswith(folder) or "pyenv" in done.output


def test_no_other_process_is_seen_or_signalled(link: Link) -> None:
    done = link.run_cell(1, "import os\nprint([p for p in os.listdir('/proc') if p.isdigit()])")
    assert done.output == "['1']\n" or "PermissionError" in str(done.error)
    for pid in (os.getpid(), os.getppid()):
        assert link.run_cell(2, f"os.kill({pid}, 0)").error is not None


def test_the_worker_is_not_root_and_holds_no_descriptor_of_ours(link: Link) -> None:
    assert value(link, "os.getuid() != 0 and os.geteuid() != 0") is True
    link.run_cell(
        1,
        "import os\ndef is_open(n):\n    try:\n        return os.fstat(n) is not None\n"
        "    except OSError:\n        return False",
    )
    assert value(link, "[n for n in range(4096) if is_open(n)]") == [0, 1, 2, 3]
    environment = value(link, "dict(os.environ)")
    assert isinstance(environment, dict)
    assert not [v for v in environment.values() if str(ROOT) in v and "venv" not in v]


def test_no_note_is_left_for_the_next_submission(zygote: Zygote) -> None:
    places = ("/dev/shm", "/tmp", "/var/tmp", "/run", ".", "~")
    write = (
        "import os\nfor place in {places}:\n    try:\n"
        "        open(os.path.expanduser(place) + '/grader_note', 'w').write('x')\n"
        "    except OSError: pass"
    )
    look = (
        "import os\nprint([p for p in {places} "
        "if os.path.exists(os.path.expanduser(p) + '/grader_note')])"
    )
    for first, cell in ((True, write), (False, look)):
        link = zygote.spawn(limits=LIMITS, deadline=time.monotonic() + 60)
        link.prepare(files=(), names=())
        done = link.run_cell(1, cell.format(places=places))
        link.close()
        zygote.end()
        assert first or done.output == "[]\n", done


def test_the_network_is_not_there(link: Link) -> None:
    done = link.run_cell(
        1,
        "import _socket\ntry:\n    s = _socket.socket(); s.connect(('127.0.0.1', 9))\n"
        "except OSError as e:\n    print(type(e).__name__)",
    )
    assert done.output in ("OSError\n", "PermissionError\n")


def test_the_scratch_folder_is_bounded(link: Link) -> None:
    done = link.run_cell(
        1, "f = open('big', 'wb')\nfor _ in range(200):\n    f.write(b'x' * 2**20)"
    )
    assert done.error is not None
    assert "OSError" in done.error
