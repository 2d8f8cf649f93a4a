"""A whole class: what is graded again and what is not, and jobs that die."""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from grader.batch import jobs as batch_jobs
from grader.batch.jobs import Jobs, Setup, Task
from grader.batch.run import Options, Summary, run
from grader.course.assignment import Assignment
from grader.errors import GraderError
from grader.intake import find
from grader.model import Handin, Status, Submission
from grader.sandbox.outside.interpreter import Interpreter
from grader.submission import read
from tests.batch.conftest import RIGHT, WRONG, Handed, all_of, notebook
from tests.conftest import SETTINGS, TEST_FILE, MakeCourse

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("one_interpreter")]
DEADLY = TEST_FILE.replace(
    "    assert double(2) == 4",
    "    if double(2) == 6:\n        import os; os._exit(1)\n    assert double(2) == 4",
)


def graded(assignment: Assignment, folder: Path, out: Path, *, jobs: int = 1) -> Summary:
    options = Options(out=out, jobs=jobs, quiet=True)
    return run(assignment, find([folder]).handins, options)


def test_the_number_of_jobs_changes_no_byte(
    make_course: MakeCourse, handed: Handed, tmp_path: Path
) -> None:
    folder, assignment = handed(9), make_course()
    tables = []
    for jobs in (1, 3):
        summary = graded(assignment, folder, tmp_path / f"out{jobs}", jobs=jobs)
        assert summary.counts == {Status.GRADED: 9}
        tables.append((tmp_path / f"out{jobs}" / "scores.csv").read_bytes())
    assert tables[0] == tables[1]
    assert tables[0].count(b"\n") == 10


def rewrite(folder: Path) -> None:
    (folder / "s001.ipynb").write_text(notebook(WRONG))


def rename(folder: Path) -> None:
    (folder / "s001.ipynb").rename(folder / "new.ipynb")


def end_anew(folder: Path) -> None:
    (folder / "s002.ipynb").rename(folder / "s002.ipynb.txt")


def add(folder: Path) -> None:
    (folder / "more.py").write_text(RIGHT)


def beside(folder: Path) -> None:
    (folder / "group" / "helper.py").write_text("b = 2")


def link(folder: Path) -> None:
    (folder / "new.ipynb").unlink()
    (folder / "new.ipynb").symlink_to(folder / "s000.ipynb")


def test_only_what_changed_is_graded_again(
    make_course: MakeCourse, handed: Handed, tmp_path: Path
) -> None:
    folder, out, assignment = handed(3), tmp_path / "out", make_course()
    (folder / "group").mkdir()
    (folder / "group" / "work.ipynb").write_text(notebook(RIGHT))
    (folder / "group" / "helper.py").write_text("a = 1")
    assert graded(assignment, folder, out).kept == 0
    for change in (rewrite, rename, end_anew, add, beside, link):
        change(folder)
        again = graded(assignment, folder, out)
        assert again.kept == again.counts.total() - 1, change
    all_kept = graded(assignment, folder, out)
    assert all_kept.kept == all_kept.counts.total()
    graded(assignment, folder, tmp_path / "fresh")
    table = (out / "scores.csv").read_bytes()
    assert table == (tmp_path / "fresh" / "scores.csv").read_bytes()


def test_a_changed_assignment_regrades_all(
    make_course: MakeCourse, handed: Handed, tmp_path: Path
) -> None:
    folder, out = handed(3), tmp_path / "out"
    graded(make_course(), folder, out)
    assert graded(make_course(test_file=TEST_FILE + "\n# more"), folder, out).kept == 0


def test_a_judge_that_dies_costs_its_submission_only(
    make_course: MakeCourse, handed: Handed, tmp_path: Path
) -> None:
    folder, out = handed(6), tmp_path / "out"
    summary = graded(make_course(test_file=DEADLY), folder, out, jobs=2)
    assert summary.counts == {Status.GRADED: 4, Status.FAULT: 2}
    assert [fault[:33] for fault in summary.faults] == [
        "s002: The grader itself failed: t",
        "s005: The grader itself failed: t",
    ]


def test_a_job_that_cannot_read_the_mistakes_says_why(
    make_course: MakeCourse, handed: Handed, tmp_path: Path
) -> None:
    course = make_course()
    course.notebook.write_text(notebook("# BEGIN SOLUTION", RIGHT, "# END SOLUTION"))
    (course.folder / "mistakes.py").write_text("1 / 0")
    with pytest.raises(GraderError, match=r"mistakes\.py cannot be used .*; correct it\."):
        graded(course, handed(1), tmp_path / "out")


AGREES = """
import os
import warnings
from pathlib import Path
from grader.checks.exercise import Exercise
from grader.checks.scenario import Run

OK_FORMAT = False
name = "double"
points = 3


def double(x):
    with Path("ASKED").open("a") as stream:
        print(os.getpid(), file=stream)
    warnings.warn("of the reference")
    if x < 0:
        raise ValueError("the reference does not know")
    return 2 * x


def called(double, run):
    return {"double": double(run.x)}


known = Exercise(double, runs=[Run(x=1.5), Run(x=2.5)]).agrees(
    called, name="known", points=2, says="double must double.")
unknown = Exercise(double, runs=[Run(x=-1.5)]).agrees(
    called, name="unknown", points=1, says="double must double what is negative.")
"""


def test_what_is_right_is_found_out_once_for_all_jobs(
    make_course: MakeCourse, handed: Handed, tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    asked = tmp_path / "asked"
    source = AGREES.replace("ASKED", str(asked))
    course = make_course(test_file=source.replace("x < 0", "False"))
    asked.unlink(missing_ok=True)  # what reading the file has asked
    summary = graded(course, handed(2), tmp_path / "out", jobs=2)
    assert summary.counts == {Status.GRADED: 2}
    assert set(asked.read_text().split()) == {str(os.getpid())}
    # What raises is said where a submission is judged, as ever.
    course = make_course(test_file=source)
    summary = graded(course, tmp_path / "handed", tmp_path / "out")
    assert summary.counts == {Status.GRADED: 2}
    assert not recwarn.list


def test_a_job_goes_on_while_its_result_is_written(
    make_course: MakeCourse, handed: Handed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def noted(handin: Handin, *, names: tuple[str, ...]) -> Submission:
        (tmp_path / handin.name).touch()
        return read(handin, names=names)

    monkeypatch.setattr(batch_jobs, "read", noted)
    with Jobs(Setup(assignments=(make_course(),)), count=1) as jobs:
        results = jobs.grade(Task(handin=handin) for handin in find([handed(3)]).handins)
        assert next(results).submission == "s000"
        deadline = time.monotonic() + 60
        while not (tmp_path / "s001").exists():
            assert time.monotonic() < deadline, "the next submission waits for this one"
        assert [result.submission for result in results] == ["s001", "s002"]


def test_results_that_came_meanwhile_are_given_together(
    make_course: MakeCourse, handed: Handed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_jobs, "wait", all_of)
    with Jobs(Setup(assignments=(make_course(),)), count=2) as jobs:
        handins = find([handed(5)]).handins
        groups = [sorted(r.submission for r, _ in g) for g in jobs.groups(map(task, handins))]
    assert groups == [["s000", "s001"], ["s002", "s003"], ["s004"]]


def task(handin: Handin) -> Task:
    return Task(handin=handin)


def test_a_job_ends_though_a_process_forked_meanwhile_holds_its_pipe(
    make_course: MakeCourse,
) -> None:
    before = set(multiprocessing.active_children())
    with Jobs(Setup(assignments=(make_course(),)), count=1):
        (job,) = set(multiprocessing.active_children()) - before
        asked, answer = os.pipe()
        holder = os.fork()
        if holder == 0:
            os.close(answer)
            os.read(asked, 1)  # until the test has seen what it came for
            os._exit(0)
    ended = job.exitcode
    os.close(answer)
    os.close(asked)
    os.waitpid(holder, 0)
    assert ended == 0  # by itself; one that waits for the pipe to close is killed


def test_a_judge_that_hangs_is_ended_and_the_class_goes_on(
    make_course: MakeCourse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = read

    def hangs(handin: Handin, **options: Any) -> Submission:
        if handin.name == "a":
            threading.Event().wait()
        return plain(handin, **options)

    monkeypatch.setattr(batch_jobs, "read", hangs)
    monkeypatch.setattr(batch_jobs, "HANG_LOOK_SECONDS", 0.1)
    monkeypatch.setattr(batch_jobs, "HANG_SPARE_SECONDS", 0.0)
    monkeypatch.setattr(batch_jobs, "WALL_FACTOR", 0.1)
    folder = tmp_path / "class"
    folder.mkdir()
    for name in "ab":
        (folder / f"{name}.py").write_text("def double(x):\n    return 2 * x")
    course = make_course(settings=SETTINGS.replace("total_seconds = 20", "total_seconds = 8"))
    setup = Setup(assignments=(course,), interpreter=Interpreter())
    with Jobs(setup, count=1) as some:
        tasks = [Task(handin=handin) for handin in find([folder]).handins]
        results = {result.submission: result for result in some.grade(tasks)}
    assert results["a"].status is Status.FAULT
    assert "hung" in str(results["a"].problem)
    assert results["b"].score == results["b"].max_score
