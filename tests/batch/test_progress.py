"""What people see while a class is graded, and what Ctrl-C does."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from grader.batch.gradebook import Gradebook
from grader.batch.progress import Lines, Tally
from grader.cli import main
from grader.model import CaseResult, Outcome, Result, Status
from tests.batch.conftest import RIGHT, Handed, command, notebook


def ended(status: Status, *outcomes: Outcome) -> Result:
    cases = tuple(
        CaseResult(question="q", test_case=str(n), hidden=True, outcome=outcome, points=0.0,
                   max_points=1.0) for n, outcome in enumerate(outcomes)
    )  # fmt: skip
    return Result(submission="a", source="a", student="a", digest="", status=status, score=0.0,
                  max_score=1.0, cases=cases)  # fmt: skip


def test_a_line_says_all(capsys: pytest.CaptureFixture[str]) -> None:
    with Lines(8) as lines:
        lines.done(ended(Status.GRADED, Outcome.PASSED, Outcome.FAILED))
        lines.done(ended(Status.TIMEOUT, Outcome.MISSING, Outcome.PASSED))
        lines.done(ended(Status.UNREADABLE))
    line = capsys.readouterr().err
    assert re.fullmatch(
        r"3 of 8 submissions, \S+ a second, .* left; 2 failures \(1 timeout, 1 unreadable\); "
        r"test cases: 2 passed, 1 failed, 1 missing\n",
        line,
    )


def test_before_the_first_result_no_time_is_promised() -> None:
    tally = Tally(5)
    assert tally.left == float("inf")
    assert tally.failures() == "0 failures"


def test_one_failure_is_no_failures() -> None:
    tally = Tally(5)
    tally.add(ended(Status.CRASH))
    assert tally.failures() == "1 failure (1 crash)"


@pytest.mark.slow
@pytest.mark.usefixtures("one_interpreter")
def test_plain_and_quiet(
    handed: Handed, course: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    arguments = ["grade", handed(2), "--assignment", course, "--out", tmp_path / "out", "--fresh"]
    assert main([*map(str, arguments), "--plain"]) == 0
    printed = "".join(capfd.readouterr())
    assert "2 of 2 submissions" in printed
    assert "\x1b" not in printed
    assert main([*map(str, arguments), "--quiet"]) == 0
    assert "".join(capfd.readouterr()) == ""


@pytest.mark.slow
@pytest.mark.parametrize("closed", ["0<&-", "1>&-", "2>&-", "0<&- 1>&- 2>&-"])
def test_a_closed_stream(handed: Handed, course: Path, tmp_path: Path, closed: str) -> None:
    out = tmp_path / "out"
    arguments = command("grade", handed(1), "--assignment", course, "--out", out)
    shell = ["sh", "-c", f'exec "$@" {closed}', "sh", *arguments]
    assert subprocess.run(shell, capture_output=True, timeout=120, check=False).returncode == 0
    assert "s000,s000.ipynb,s000,graded,3,3" in (out / "scores.csv").read_text("utf-8")


def read_all(terminal: int) -> str:
    """What was shown on a terminal until it was closed."""
    shown = b""
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:
            part = b""
        if not part:
            return shown.decode()
        shown += part


@pytest.mark.slow
def test_a_terminal_shows_a_bar(handed: Handed, course: Path, tmp_path: Path) -> None:
    terminal, theirs = pty.openpty()
    out = tmp_path / "out"
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "200"}
    environment.pop("NO_COLOR", None)
    with subprocess.Popen(
        command("grade", handed(3), "--assignment", course, "--out", out),
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        env=environment,
    ):
        os.close(theirs)
        shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", read_all(terminal))
    os.close(terminal)
    assert "3/3" in shown
    assert re.search(r"0 failures; 4 passed, 2 failed", shown)
    assert "left" in shown


@pytest.mark.slow
@pytest.mark.parametrize(
    "number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.long)]
)
def test_stopped_and_gone_on_with(
    handed: Handed,
    course: Path,
    tmp_path: Path,
    number: signal.Signals,
    one_interpreter: None,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder, out, temporary = handed(6), tmp_path / "out", tmp_path / "temporary"
    temporary.mkdir()
    # Seconds each, so that the signal comes before the end also on a loaded machine.
    for name in ("s003", "s004", "s005"):
        (folder / f"{name}.ipynb").write_text(notebook("while True: pass", "while True: pass"))
    arguments = ("grade", folder, "--assignment", course, "--out", out, "--jobs", "1")
    with subprocess.Popen(
        command(*arguments, "--plain"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(temporary)},
        start_new_session=True,
    ) as process:
        deadline = time.monotonic() + 60
        while not (out / "submissions" / "s002" / "results.json").exists():
            assert time.monotonic() < deadline
            time.sleep(0.005)
        os.killpg(process.pid, number)  # as a terminal does: everybody gets it
        said = process.communicate(timeout=30)[1]
    assert process.returncode == 1
    assert said.endswith("Stopped. Run the same command again to go on where it stopped.\n")
    assert "Traceback" not in said
    assert list(temporary.iterdir()) == []
    with Gradebook(out, write=False) as book:
        kept = {result.submission for result in book.results()}
    assert 2 <= len(kept) < 6
    for name in {"s003", "s004", "s005"} - kept:
        (folder / f"{name}.ipynb").write_text(notebook(RIGHT))  # enough was waited for
    assert main([*map(str, arguments)]) == 0
    assert f"{len(kept)} of them were graded before" in capsys.readouterr().out
