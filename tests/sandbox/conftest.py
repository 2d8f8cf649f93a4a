"""A worker that has run some cells, for each test."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from grader.model import Limits
from grader.sandbox.outside.host import Link, Zygote
from grader.sandbox.outside.proxy import Environment

LIMITS = Limits(cell_seconds=2.0, call_seconds=1.0, total_seconds=30.0, memory_mb=512)
Student = Callable[..., Environment]


@pytest.fixture
def link(zygote: Zygote) -> Iterator[Link]:
    """A prepared worker that has run nothing yet."""
    worker = zygote.spawn(limits=LIMITS, deadline=time.monotonic() + 60)
    worker.prepare(files=(), names=())
    yield worker
    worker.close()
    zygote.end()


@pytest.fixture
def student(link: Link) -> Student:
    """Runs cells and gives what they defined; a cell that fails fails the test."""

    def run(*cells: str) -> Environment:
        for index, source in enumerate(cells, start=1):
            done = link.run_cell(index, source)
            assert done.error is None, done
        return Environment(link, link.operate("defined")[0])

    return run
