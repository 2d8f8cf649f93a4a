"""Grading on Dask workers: the same bytes, also where a worker is killed."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
import warnings
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from grader.batch.changes import listing
from grader.batch.gradebook import Gradebook
from grader.batch.remote import Answer, Order, grade_chunk, hello
from grader.batch.wire import decode, encode
from grader.cli import main
from grader.model import Status, Submission
from tests.batch.conftest import RIGHT, Handed, command
from tests.conftest import MakeCourse

pytestmark = pytest.mark.skipif(
    find_spec("distributed") is None, reason="the extra dask is not installed"
)

COUNT = 36  # some chunks for each of two workers


def work(name: str, code: str) -> Submission:
    return Submission(name=name, source=name, student=name, digest="0" * 64, cells=(code,))


@pytest.fixture
def asked(make_course: MakeCourse) -> Order:
    course = make_course()
    return Order(folder=str(course.folder), digest=course.digest)


def test_a_chunk_there_and_back(asked: Order) -> None:
    chunk = (work("a", RIGHT), work("b", "print('\ud800')\nraise ValueError('\ud800')"))
    answer = decode(grade_chunk(encode(asked), encode(chunk)), Answer)
    assert answer.problem is None
    assert [(r.submission, r.status, r.score) for r, _ in answer.graded] == [
        ("a", Status.GRADED, 3.0),
        ("b", Status.GRADED, 0.0),
    ]
    assert answer.layers == decode(hello(encode(asked)), Answer).layers != ()
    assert all(sorted(pages) == ["feedback.html", "results.json"] for _, pages in answer.graded)


def test_a_worker_makes_no_pages_where_only_the_course_knows_what_is_on_them(asked: Order) -> None:
    chunk = encode((work("a", RIGHT),))
    answer = decode(grade_chunk(encode(replace(asked, pages=False)), chunk), Answer)
    assert [pages for _, pages in answer.graded] == [{}]


@pytest.mark.parametrize(
    ("other", "named"),
    [
        ({"grader": "9.9"}, "grader is "),
        ({"numpy": "9.9"}, "NumPy is "),
        ({"digest": "f" * 64}, "the assignment doubling is "),
        ({"folder": "/nowhere/unheard_of"}, "unheard_of"),
        ({"python": "/bin/false"}, "/bin/false does not start"),
    ],
)
def test_a_worker_that_has_something_else_says_so(
    asked: Order, other: dict[str, Any], named: str
) -> None:
    answer = decode(hello(encode(replace(asked, **other))), Answer)
    assert answer.problem is not None
    assert named in answer.problem
    assert answer.graded == ()


def test_an_address_where_nobody_is(
    handed: Handed, course: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["grade", str(handed(1)), "--assignment", str(course), "--out", str(tmp_path / "o")]
    for address in ("local:0", "local:many", "nonsense"):
        assert main([*arguments, "--scheduler", address]) == 1
        assert f"The scheduler {address} cannot be used" in capsys.readouterr().err
    assert main([*arguments, "--scheduler", "local:1", "--jobs", "2"]) == 1
    assert "leave out --jobs" in capsys.readouterr().err


@pytest.mark.slow
def test_a_cluster_beside_another_one(make_course: MakeCourse) -> None:
    from grader.batch.cluster import Cluster

    course = make_course()
    order = Order(folder=str(course.folder), digest=course.digest)
    with socket.socket() as other:
        with contextlib.suppress(OSError):  # it may be taken already
            other.bind(("", 8787))
            other.listen()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with Cluster(course, "local:1", order) as cluster:
                assert cluster.layers


def workers(of: int) -> list[int]:
    """The Dask workers among the children of the process ``of``."""
    children = Path(f"/proc/{of}/task").glob("*/children")
    numbers = [int(number) for path in children for number in path.read_text().split()]
    return [n for n in numbers if b"spawn_main" in Path(f"/proc/{n}/cmdline").read_bytes()]


@pytest.mark.slow
@pytest.mark.parametrize("killed", [pytest.param(False, marks=pytest.mark.long), True])
def test_two_workers_give_the_same_bytes(
    handed: Handed, course: Path, tmp_path: Path, killed: bool, one_interpreter: None
) -> None:
    folder, out, temporary = handed(COUNT), tmp_path / "out", tmp_path / "temporary"
    temporary.mkdir()
    here = ["grade", folder, "--assignment", course, "--out", tmp_path / "here", "--quiet"]
    assert main([*map(str, here)]) == 0
    arguments = command("grade", folder, "--assignment", course, "--out", out)
    with subprocess.Popen(
        [*arguments, "--scheduler", "local:2"],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(temporary)},
    ) as process:
        deadline = time.monotonic() + 120
        while killed and not (out / "submissions").exists():
            assert time.monotonic() < deadline
            assert process.poll() is None
            time.sleep(0.002)
        if killed:
            os.kill(max(workers(process.pid)), signal.SIGKILL)
        said = process.communicate(timeout=240)[1]
    assert process.returncode == 0, said
    assert (out / "scores.csv").read_bytes() == (tmp_path / "here" / "scores.csv").read_bytes()
    with Gradebook(out, write=False) as book:
        assert len(list(book.history())) == COUNT
        assert list(listing(book)) == ["No score has moved."]
    assert len(list(out.glob("submissions/*/feedback.html"))) == COUNT
    assert [path for path in temporary.iterdir() if path.name.startswith("grader-")] == []
