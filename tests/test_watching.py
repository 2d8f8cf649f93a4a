"""``grader verify --watch``: what changed is verified again, until Ctrl-C."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path

import pytest

from grader.cli import main
from grader.commands import watching
from grader.commands.new import write_skeleton

pytestmark = pytest.mark.usefixtures("one_interpreter")


@pytest.fixture
def course(tmp_path: Path) -> Path:
    for name in ("first", "second"):
        write_skeleton(name, tmp_path)
    return tmp_path


def append(course: Path, file: str, text: str = "# changed\n") -> None:
    with (course / file).open("a") as stream:
        stream.write(text)


def verified(course: Path, *steps: Callable[[], None]) -> list[list[str]]:
    """What is verified each time, where each step is done in a pause, and Ctrl-C in the last."""
    seen: list[list[str]] = []
    left = list(steps)

    def pause() -> None:
        if not left:
            raise KeyboardInterrupt
        left.pop(0)()

    folders = {name: course / "assignments" / name for name in ("first", "second")}
    watching.watch(folders, lambda names: seen.append(list(names)), pause=pause)
    return seen


@pytest.mark.parametrize(
    ("file", "again"),
    [
        ("assignments/first/tests/forward.py", [["first"]]),
        ("assignments/second/second.ipynb", [["second"]]),
        ("assignments/first/new.py", [["first"]]),
        ("reference/second.py", [["second"]]),
        ("reference/__init__.py", [["first", "second"]]),
        ("notes.txt", []),
        ("assignments/first/.hidden", []),
    ],
)
def test_what_changed_is_verified_again(course: Path, file: str, again: list[list[str]]) -> None:
    def change() -> None:
        append(course, file)

    assert verified(course, lambda: None, change, lambda: None) == [["first", "second"], *again]


def test_a_file_that_is_half_written_or_gone_counts_as_a_change(course: Path) -> None:
    def half() -> None:
        append(course, "assignments/first/tests/forward.py", "def f(:\n")

    def imported() -> None:
        append(course, "reference/first.py")

    def gone() -> None:
        (course / "assignments/first/tests/forward.py").unlink()

    seen = verified(course, half, imported, gone, lambda: None)
    assert seen == [["first", "second"], ["first"], ["first"], ["first"]]


def test_what_changes_meanwhile_is_verified_afterwards(course: Path) -> None:
    seen: list[Sequence[str]] = []

    def verify(names: Sequence[str]) -> None:
        seen.append(names)
        if len(seen) == 1:
            append(course, "reference/first.py")

    def pause() -> None:
        if len(seen) == 2:
            raise KeyboardInterrupt

    watching.watch({"first": course / "assignments" / "first"}, verify, pause=pause)
    assert len(seen) == 2


def test_the_command_runs_itself_with_the_same_options(
    course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands: list[list[str]] = []

    def started(command: list[str]) -> nullcontext[None]:
        commands.append(command[1:])
        return nullcontext()

    def stop(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.chdir(course)
    monkeypatch.setattr(subprocess, "Popen", started)
    monkeypatch.setattr("grader.commands.watching.time.sleep", stop)
    assert main(["verify", "first", "--watch", "--mutants", "--repetitions", "1"]) == 0
    wanted = ["-m", "grader", "verify", "first", "--mutants", "--repetitions", "1"]
    assert commands == [wanted]
