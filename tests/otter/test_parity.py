"""The same test file, the same submission, the same points: under Otter and isolated.

Two comparisons.  A few submissions go through the real ``otter run``, with the autograder.zip
that ``grader build`` makes; always those of the toy, which has all of Otter's rules.  All
others (the sample class, every known mistake, every variant) go through Otter's own test files
in one process without a kernel, which takes milliseconds instead of seconds.  What takes
minutes is marked as long.

Exceptions are in the student's favour.  What reaches a limit here is not compared.  Stand-in
modules, a required name put back, definitions after an error in their cell leave a note:
there, isolated grading may pass more, never less.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import nbformat
import pytest

from grader.course import assignment, known, master
from grader.course.assignment import Assignment
from grader.course.otter import build
from grader.intake import find
from grader.judge.grade import Grader
from grader.model import Outcome, Result, Status, Submission
from grader.sandbox.outside.host import Zygote
from grader.submission import read
from tests.cases import spread
from tests.courses import ASSIGNMENTS, NAMES, of_cells

from .otters import Otter
from .toy_course import write_notebook

STOPPED = {Outcome.TIMEOUT, Outcome.MEMORY, Outcome.CRASH}
# Never run outside a worker what reaches for the machine.
UNSAFE = re.compile(
    r"\b(os|sys|subprocess|socket|ctypes|signal|multiprocessing|threading|shutil)\b"
)

pytestmark = pytest.mark.slow


def by_otter_run(
    otter: Otter, asked: Assignment, folder: Path, submissions: dict[str, Submission]
) -> dict[str, Any]:
    """Grade with the real thing: notebooks, the built autograder.zip, a kernel each."""
    autograder = build(asked, folder / "built").autograder
    notebooks = {}
    for number, (name, submission) in enumerate(submissions.items()):
        cells = [nbformat.v4.new_code_cell(cell) for cell in submission.cells]
        notebooks[name] = write_notebook(folder / f"{number}.ipynb", cells)
    return otter.run(autograder, notebooks)


def by_test_files(
    otter: Otter, asked: Assignment, submissions: dict[str, Submission]
) -> dict[str, Any]:
    """Grade with Otter's test files on cells run in one process."""
    return otter.by_test_files(asked, {name: each.cells for name, each in submissions.items()})


def written(asked: Assignment) -> dict[str, Submission]:
    """The solution, the template, every mistake and every variant."""
    notebook = master.read(asked.notebook)
    cells = {"solution": notebook.solution, "template": notebook.template}
    for mistake in known.mistakes(asked):
        cells[f"mistake {mistake.name}"] = (*notebook.solution, mistake.code)
    for variant in known.variants(asked):
        cells[f"variant {variant.name}"] = variant.cells
    return {name: of_cells(*each, name=name) for name, each in cells.items()}


def handed_in(asked: Assignment) -> dict[str, Submission]:
    """The sample class, as far as it can be run without a worker around it."""
    folder = asked.folder / "sample_class"
    found = {}
    for handin in find([folder]).handins if folder.is_dir() else ():
        submission = read(handin, names=asked.names)
        unsafe = UNSAFE.search("\n".join(submission.cells))
        if submission.problem is None and not submission.files and not unsafe:
            found[submission.name] = submission
    return found


def differences(result: Result, theirs: dict[str, Any]) -> list[str]:
    """The test cases on which isolated grading and Otter do not agree as they should."""
    favoured = bool(result.notes)
    theirs_of = {question: iter(passed) for question, passed in theirs["passed"].items()}
    found = []
    for case in result.cases:
        ours, other = case.outcome is Outcome.PASSED, next(theirs_of[case.question])
        if ours != other and not (ours and favoured):
            found.append(
                f"{case.question}/{case.test_case}: {case.outcome} isolated ({case.message}), "
                f"{'passed' if other else 'failed'} under Otter"
            )
    if not favoured and not found and result.score != pytest.approx(theirs["score"]):
        found.append(f"score: {result.score} isolated, {theirs['score']} under Otter")
    return found


def compare(
    asked: Assignment,
    zygote: Zygote,
    submissions: dict[str, Submission],
    ask: Callable[[dict[str, Submission]], dict[str, Any]],
) -> dict[str, Any]:
    """Grade isolated, ask Otter, hold each answer against the other; Otter's answers.

    What reached a limit of ours would hang or kill Otter: it is not asked about that.
    """
    grader = Grader(asked, zygote=zygote, verifies=True)
    results = {name: grader.grade(submission) for name, submission in submissions.items()}
    faults = {name: each.problem for name, each in results.items() if each.status is Status.FAULT}
    assert faults == {}
    ended = {
        name: submissions[name]
        for name, each in results.items()
        if each.status is Status.GRADED and not STOPPED & {case.outcome for case in each.cases}
    }
    theirs = ask(ended)
    assert theirs.keys() == ended.keys()
    found = {name: differences(results[name], theirs[name]) for name in ended}
    assert {name: different for name, different in found.items() if different} == {}
    return theirs


def few(submissions: dict[str, Submission]) -> dict[str, Submission]:
    """The solution, the template and a mistake."""
    wrong = [name for name in submissions if name.startswith("mistake")]
    return {name: submissions[name] for name in ("solution", "template", wrong[-1])}


@pytest.mark.long
@pytest.mark.parametrize("name", NAMES)
def test_otter_run(name: str, zygote: Zygote, otter: Otter, tmp_path: Path) -> None:
    asked = assignment.load(ASSIGNMENTS / name)
    ask = partial(by_otter_run, otter, asked, tmp_path)
    theirs = compare(asked, zygote, few(written(asked)), ask)
    assert theirs["solution"]["score"] == pytest.approx(asked.max_score)
    assert theirs["template"]["score"] == pytest.approx(asked.template_score)


@pytest.mark.parametrize("name", spread(NAMES, 3))
@pytest.mark.parametrize("most", [1, pytest.param(None, marks=pytest.mark.long)])
def test_otters_test_files(name: str, most: int | None, zygote: Zygote, otter: Otter) -> None:
    """The solution, mistakes, variants; and the sample class, which begins with a half done one."""
    asked = assignment.load(ASSIGNMENTS / name)
    each = (written(asked), handed_in(asked))
    submissions = dict(pair for part in each for pair in list(part.items())[:most])
    compare(asked, zygote, submissions, partial(by_test_files, otter, asked))


def test_toy(toy: Path, zygote: Zygote, otter: Otter, tmp_path: Path) -> None:
    """Both of Otter's ways and ours agree on an assignment that uses all of Otter's rules."""
    asked = assignment.load(toy)
    submissions = written(asked)
    theirs = compare(asked, zygote, submissions, partial(by_otter_run, otter, asked, tmp_path))
    assert theirs == by_test_files(otter, asked, submissions)
    scores = {name: answer["score"] for name, answer in theirs.items()}
    assert scores == {
        "solution": 4.5,
        "template": 0,
        "mistake triple": 1.5,
        "mistake by two": 3,
        "variant lambda": 4.5,
    }
