"""The whole grader, killed at random moments, loses nothing and leaves nothing behind."""

from __future__ import annotations

import gc
import multiprocessing
import os
import random
import signal
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from grader.batch import gradebook, jobs
from grader.batch.gradebook import Gradebook, Key
from grader.batch.rows import submission_row
from grader.cli import main
from grader.model import Result
from grader.sandbox.inside import kernel, processes
from tests.batch.conftest import Handed, all_of
from tests.cases import long_but
from tests.conftest import SETTINGS, MakeCourse

pytestmark = pytest.mark.slow
EACH = 6  # submissions for each kill: more than a grader that is killed gets done
SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER: orphans become children of this process


def grade(folder: Path, course: Path, out: Path, jobs: int) -> None:
    os.setsid()
    arguments = ["grade", str(folder), "--assignment", str(course), "--out", str(out)]
    os._exit(main([*arguments, "--jobs", str(jobs), "--quiet"]))


def started(*arguments: object) -> BaseProcess:
    """The command in a process group of its own; a fork, which spares it Python's start."""
    process = multiprocessing.get_context("fork").Process(target=grade, args=arguments)
    process.start()
    return process


def recorded(out: Path) -> dict[str, tuple[object, ...]]:
    """The book's rows by name; they hold the moment of grading, too."""
    if not (out / "gradebook.sqlite").exists():
        return {}
    with closing(sqlite3.connect(out / "gradebook.sqlite")) as book:
        try:
            return {row[0]: row for row in book.execute("SELECT * FROM submissions")}
        except sqlite3.OperationalError:  # killed before there was a table
            return {}


def parent(process: int) -> int:
    """Whose child a process is; 0 where it has ended."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return 0 if fields[0] == "Z" else int(fields[1])


def descendants() -> set[int]:
    parents = {int(place.name): parent(int(place.name)) for place in Path("/proc").glob("[0-9]*")}
    found = {os.getpid()}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {os.getpid()}


def wait_for(condition: Callable[[], bool], message: str) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, message
        time.sleep(0.002)


def mounts() -> list[str]:
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    return sorted(line.split(" ", 1)[1] for line in lines)


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The graders' temporary folder; at the end no process and no mount may be left."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    kernel.prctl(SUBREAPER, 1)
    gc.collect()
    before, mounted = descendants(), mounts()
    yield folder
    wait_for(lambda: descendants() <= before, "processes were left behind")
    kernel.prctl(SUBREAPER, 0)
    assert mounts() == mounted


def pages_since(out: Path, moment: float) -> list[Path]:
    """The submissions whose pages were written after a moment, in seconds since 1970."""
    return [p for p in (out / "submissions").glob("*") if p.stat().st_mtime > moment]


class Killer:
    """Kills graders of one class, half of them while they start, half while they grade."""

    def __init__(self, folder: Path, course: Path, out: Path, seed: int) -> None:
        self.where = (folder, course, out)
        self.out = out
        self.random = random.Random(seed)
        self.start = 2.0  # seconds until the first grade, known better later
        self.stages: set[int] = set()  # how many were graded at each kill

    def kill_one(self) -> None:
        before = recorded(self.out)
        beginning = descendants()
        process = started(*self.where, self.random.choice((1, 2)))
        self.wait(process)
        if self.random.random() < 0.8:
            os.killpg(process.pid or 0, signal.SIGKILL)
        else:
            os.kill(process.pid or 0, signal.SIGKILL)  # the others must see it themselves
        process.join()
        assert process.exitcode == -signal.SIGKILL, "the class was graded before all kills"
        wait_for(lambda: descendants() <= beginning, "a process outlives its grader")
        after = recorded(self.out)
        assert before.items() <= after.items(), "a grade was lost, or given again"
        self.stages.add(len(after))

    def wait(self, process: BaseProcess) -> None:
        begin, now = time.monotonic(), time.time()
        wait_for(lambda: os.getpgid(process.pid or 0) == process.pid, "no session of its own")
        if self.random.random() < 0.5:
            until = begin + self.random.uniform(0, self.start)
            # A machine that was busy until now may be quick all at once.
            wait_for(
                lambda: time.monotonic() > until or len(pages_since(self.out, now)) > EACH // 2,
                "nothing is graded",
            )
            return
        # Pages of this run: an earlier one may have left some that were never on record.
        wait_for(lambda: len(pages_since(self.out, now)) > 1, "nothing is graded")
        self.start = time.monotonic() - begin
        time.sleep(self.random.uniform(0, 0.05))


def kill_and_finish(
    kills: int, handed: Handed, course: Path, tmp_path: Path, temporary: Path
) -> Killer:
    count = EACH * kills
    folder, out = handed(count), tmp_path / "out"
    whole = started(folder, course, tmp_path / "whole", 2)
    whole.join()
    killer = Killer(folder, course, out, seed=5)
    for _ in range(kills):
        killer.kill_one()
    last = started(folder, course, out, 2)
    last.join()
    assert last.exitcode == 0
    assert sorted(recorded(out)) == [f"s{number:03}" for number in range(count)]
    assert (out / "scores.csv").read_bytes() == (tmp_path / "whole" / "scores.csv").read_bytes()
    assert list(temporary.iterdir()) == []
    assert [path for path in out.rglob("*") if path.name.endswith(".part")] == []
    return killer


def grade_and_die(moment: str, folder: Path, course: Path, out: Path) -> None:
    """Grade with two jobs, whose results come in pairs, until the second pair is recorded."""
    turns, keep, row = iter(range(9)), Gradebook.record, submission_row

    def record(book: Gradebook, results: Iterable[Result], key: Key) -> None:
        turn = next(turns)
        if (turn, moment) == (1, "before"):
            os.kill(os.getpid(), signal.SIGKILL)
        if (turn, moment) == (1, "within"):
            rows = iter(range(9))

            def dies(result: Result, key: Key) -> tuple[object, ...]:
                if next(rows) == 1:
                    os.kill(os.getpid(), signal.SIGKILL)
                return row(result, key)

            vars(gradebook)["submission_row"] = dies
        keep(book, results, key)
        if (turn, moment) == (1, "after"):
            os.kill(os.getpid(), signal.SIGKILL)

    vars(jobs)["wait"] = all_of
    Gradebook.record = record  # type: ignore[assignment,method-assign]
    grade(folder, course, out, 2)


@pytest.mark.parametrize(
    ("moment", "kept"), long_but([("before", 2), ("within", 2), ("after", 4)], ("within", 2))
)
def test_results_that_were_to_be_recorded_together_are_graded_again(
    handed: Handed, course: Path, tmp_path: Path, temporary: Path, moment: str, kept: int
) -> None:
    folder, out = handed(6), tmp_path / "out"
    whole = started(folder, course, tmp_path / "whole", 2)
    whole.join()
    beginning = descendants()
    killed = multiprocessing.get_context("fork").Process(
        target=grade_and_die, args=(moment, folder, course, out)
    )
    killed.start()
    killed.join()
    assert killed.exitcode == -signal.SIGKILL
    wait_for(lambda: descendants() <= beginning, "a process outlives its grader")
    before = recorded(out)
    assert len(before) == kept
    paged = {page.parent.name for page in (out / "submissions").glob("*/feedback.html")}
    assert set(before) <= paged
    last = started(folder, course, out, 2)
    last.join()
    assert last.exitcode == 0
    assert before.items() <= recorded(out).items(), "a grade was lost, or given again"
    assert (out / "scores.csv").read_bytes() == (tmp_path / "whole" / "scores.csv").read_bytes()
    pages = {page.parent.name for page in (out / "submissions").glob("*/feedback.html")}
    assert set(recorded(out)) == pages == {f"s{number:03}" for number in range(6)}


@pytest.mark.parametrize("victim", ["main", "judge", "zygote"])
def test_none_outlives_its_parent(
    make_course: MakeCourse, tmp_path: Path, temporary: Path, victim: str
) -> None:
    (tmp_path / "endless.py").write_text("open('begun', 'w')\nwhile True: pass")
    settings = SETTINGS.replace("cell_seconds = 1.0", "cell_seconds = 600")
    course = make_course(settings=settings.replace("total_seconds = 20", "total_seconds = 900"))
    main = started(tmp_path / "endless.py", course.folder, tmp_path / "out", 1)
    try:
        wait_for(lambda: bool(line_of(main.pid or 0)), "no worker was started")
        line = line_of(main.pid or 0)
        os.kill(line[victim], signal.SIGKILL)
        below = set(list(line.values())[list(line).index(victim) :])
        wait_for(lambda: not descendants() & below, "one outlives its parent")
    finally:
        main.kill()
        main.join()


def line_of(main: int) -> dict[str, int]:
    """A grader's processes, each above the next; empty while no student's code is running."""
    for interpreter in processes.children(main):
        for zygote in processes.children(interpreter):
            for worker in processes.children(zygote):
                judge = set(processes.children(main)) - {interpreter}
                # The worker that only shows what is confined here ends at once.
                if judge and processes.cpu_seconds(worker) > 0.3:
                    return {
                        "main": main,
                        "interpreter": interpreter,
                        "judge": judge.pop(),
                        "zygote": zygote,
                        "worker": worker,
                    }
    return {}


def test_three_kills(handed: Handed, course: Path, tmp_path: Path, temporary: Path) -> None:
    killer = kill_and_finish(3, handed, course, tmp_path, temporary)
    assert len(killer.stages) > 1


@pytest.mark.long
def test_a_hundred_kills(handed: Handed, course: Path, tmp_path: Path, temporary: Path) -> None:
    killer = kill_and_finish(100, handed, course, tmp_path, temporary)
    assert len(killer.stages) > 20
