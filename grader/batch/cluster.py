"""Grades on the workers of a Dask cluster, in chunks of submissions.

Dask gives the chunk of a worker that is lost to another one.  A chunk that is lost too often
is graded one by one, so that only the submission that kills workers has no result.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import islice
from typing import Any, Final

import distributed

from grader.batch.jobs import Task
from grader.batch.pages import Graded
from grader.batch.remote import Answer, Order, grade_chunk, hello
from grader.batch.wire import decode, encode
from grader.bounds import CHUNK, CHUNKS_AHEAD, SCHEDULER_SECONDS, WORKERS_SECONDS
from grader.course.assignment import Assignment
from grader.errors import Fault, UsageError
from grader.judge.grade import faulty, ungraded
from grader.model import Submission
from grader.sandbox.outside.folder import Folder, remove_abandoned
from grader.submission import read

__all__ = ["Cluster", "Order"]

_LOCAL: Final = "local:"
_Chunk = tuple[Submission, ...]


class Cluster:
    """The workers at ``address`` (``tcp://HOST:PORT``, or ``local:N`` for N processes here).

    Use it as a context manager, as :class:`~grader.batch.jobs.Jobs`.  Raises UsageError where
    the cluster cannot be reached, or where a worker's grader, NumPy or assignment differs.
    """

    def __init__(self, assignment: Assignment, address: str, order: Order) -> None:
        self._assignment = assignment
        self._address = address
        self._order = encode(order)
        self._opened = ExitStack()
        self._client: Any = None
        self.layers: tuple[str, ...] = ()

    def __enter__(self) -> Cluster:
        try:
            self._connect()
            self.layers = self._check()
        except BaseException:
            self._opened.close()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        self._opened.close()

    def groups(self, tasks: Iterable[Task]) -> Iterator[list[Graded]]:
        """Grade all hand-ins; yield the results of each chunk, with pages, as it ends."""
        waiting = self._chunks(tasks)
        again: deque[_Chunk] = deque()
        flying: dict[str, _Chunk] = {}
        ended = distributed.as_completed()

        def send() -> None:
            room = max(1, sum(self._client.nthreads().values())) * CHUNKS_AHEAD
            while len(flying) < room:
                chunk = again.popleft() if again else next(waiting, None)
                if chunk is None:
                    return
                future = self._client.submit(grade_chunk, self._order, encode(chunk), pure=False)
                flying[future.key] = chunk
                ended.add(future)

        send()
        while flying:
            future = next(ended)
            chunk = flying.pop(future.key)
            answer = self._answer(future)
            if answer is None and len(chunk) > 1:
                again.extend((submission,) for submission in chunk)
            elif answer is not None and len(answer.graded) < len(chunk):
                again.append(chunk[len(answer.graded) :])
            send()
            if answer is not None:
                yield list(answer.graded)
            elif len(chunk) == 1:
                why = Fault("every worker that graded this died")
                yield [Graded(faulty(ungraded(chunk[0], self._assignment), why), {})]

    def _answer(self, future: Any) -> Answer | None:
        """Return a worker's answer; None where too many workers died over it."""
        try:
            answer = decode(future.result(), Answer)
        except distributed.scheduler.KilledWorker:
            return None
        except (distributed.client.FutureCancelledError, OSError) as error:
            raise UsageError(
                f"The scheduler {self._address} was lost ({error}); run the same command again "
                "to go on where it stopped."
            ) from error
        except RuntimeError as error:
            raise UsageError(
                f"The cluster {self._address} cannot grade ({str(error).splitlines()[0]}): "
                "install the same grader for its scheduler and its workers."
            ) from error
        if answer.problem is not None:
            raise UsageError(_different("A worker that came later", answer.problem))
        return answer

    def _chunks(self, tasks: Iterable[Task]) -> Iterator[_Chunk]:
        handins = (task.handin for task in tasks)
        while some := tuple(islice(handins, CHUNK)):
            yield tuple(read(handin, names=self._assignment.names) for handin in some)

    def _connect(self) -> None:
        try:
            address: Any = self._address
            if self._address.startswith(_LOCAL):
                address = self._started(int(self._address.removeprefix(_LOCAL)))
            self._client = distributed.Client(address, timeout=SCHEDULER_SECONDS)
            self._opened.callback(self._client.close)
            self._client.wait_for_workers(1, timeout=WORKERS_SECONDS)
        except (OSError, RuntimeError, ValueError, TimeoutError) as error:
            raise UsageError(
                f"The scheduler {self._address} cannot be used ({error}): give tcp://HOST:PORT "
                "of one that runs and has workers, or local:N."
            ) from error

    def _started(self, count: int) -> Any:
        if count < 1:
            raise ValueError("at least one worker is needed")
        self._opened.callback(remove_abandoned)  # left by a worker that was killed
        folder = Folder()
        self._opened.callback(folder.close)
        local = distributed.LocalCluster(
            n_workers=count,
            threads_per_worker=1,
            processes=True,
            # No dashboard.  Without an address Dask takes port 8787, and warns where it is taken.
            dashboard_address="127.0.0.1:0",
            scheduler_kwargs={"dashboard": False},
            local_directory=str(folder.path),
            silence_logs=logging.CRITICAL,
        )
        self._opened.callback(local.close)
        return local

    def _check(self) -> tuple[str, ...]:
        """Start each worker's judge; return the layers that all workers have."""
        try:
            answers = self._client.run(hello, self._order)
        except Exception as error:
            raise UsageError(
                f"A worker of {self._address} cannot grade ({type(error).__name__}: {error}): "
                "install the same grader there."
            ) from error
        layers: list[set[str]] = []
        for address, data in sorted(answers.items()):
            answer = decode(data, Answer)
            if answer.problem is not None:
                raise UsageError(_different(f"The worker {address}", answer.problem))
            layers.append(set(answer.layers))
        return tuple(sorted(set.intersection(*layers))) if layers else ()


def _different(worker: str, problem: str) -> str:
    return (
        f"{worker} would grade differently ({problem.rstrip('.')}): install the same there; its "
        "results do not count."
    )
