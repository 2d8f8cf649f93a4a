"""Grades on the workers of a Dask cluster: chunks go out, results come back as they end.

What a lost worker had is graded by another one; Dask sees to that.  A chunk that was
lost too often is taken apart, so that the submission that ends workers stands alone.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final

import distributed

from grader.batch.jobs import Task
from grader.batch.pages import Graded
from grader.batch.remote import Answer, grade_chunk, hello, order
from grader.batch.wire import decode, encode
from grader.bounds import CHUNK, CHUNKS_AHEAD, SCHEDULER_SECONDS, WORKERS_SECONDS
from grader.course.assignment import Assignment
from grader.errors import Fault, UsageError
from grader.judge.grade import faulty, ungraded
from grader.model import Submission
from grader.sandbox.outside.folder import Folder, remove_abandoned
from grader.submission import read

_LOCAL: Final = "local:"
_Chunk = tuple[Submission, ...]


class Cluster:
    """The workers at ``address`` (``tcp://HOST:PORT``, or ``local:N`` for N processes here).

    Use as a context manager, as :class:`~grader.batch.jobs.Jobs`; ``pages`` says whether the
    workers make them, who know nothing of the course.  Raises UsageError where the cluster cannot
    be reached, or where a worker's grader, NumPy or assignment is not the one here.
    """

    def __init__(
        self,
        assignment: Assignment,
        address: str,
        *,
        python: str | None = None,
        language: str = "en",
        pages: bool = True,
    ) -> None:
        self._assignment = assignment
        self._address = address
        asked = order(assignment, python=python, language=language, pages=pages)
        self._order = encode(asked)
        self._local: Any = None
        self._folder: Folder | None = None
        self._client: Any = None
        self.layers: tuple[str, ...] = ()

    def __enter__(self) -> Cluster:
        try:
            self._connect()
            self.layers = self._check()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Leave the cluster; processes that were started here end."""
        for opened in (self._client, self._local, self._folder):
            if opened is not None:
                opened.close()
        if self._local is not None:
            remove_abandoned()  # what a worker that was killed here left

    def groups(self, tasks: Iterable[Task]) -> Iterator[list[Graded]]:
        """Grade all hand-ins; results come with those of their chunk, as these end."""
        waiting = self._chunks(tasks)
        again: deque[_Chunk] = deque()
        flying: dict[str, _Chunk] = {}
        ended = distributed.as_completed()
        self._send(again, waiting, flying, ended)
        while flying:
            future = next(ended)
            chunk = flying.pop(future.key)
            answer = self._answer(future)
            if answer is None and len(chunk) > 1:
                again.extend((submission,) for submission in chunk)
            elif answer is not None and len(answer.graded) < len(chunk):
                again.append(chunk[len(answer.graded) :])
            self._send(again, waiting, flying, ended)
            if answer is not None:
                yield list(answer.graded)
            elif len(chunk) == 1:
                why = Fault("every worker that graded this died")
                yield [Graded(faulty(ungraded(chunk[0], self._assignment), why), {})]

    def _send(
        self,
        again: deque[_Chunk],
        waiting: Iterator[_Chunk],
        flying: dict[str, _Chunk],
        ended: Any,
    ) -> None:
        room = max(1, sum(self._client.nthreads().values())) * CHUNKS_AHEAD
        while len(flying) < room:
            chunk = again.popleft() if again else next(waiting, None)
            if chunk is None:
                return
            future = self._client.submit(grade_chunk, self._order, encode(chunk), pure=False)
            flying[future.key] = chunk
            ended.add(future)

    def _answer(self, future: Any) -> Answer | None:
        """What came back; None where too many workers died over it."""
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
            if self._address.startswith(_LOCAL):
                self._local = self._started(int(self._address.removeprefix(_LOCAL)))
            self._client = distributed.Client(
                self._local or self._address, timeout=SCHEDULER_SECONDS
            )
            self._client.wait_for_workers(1, timeout=WORKERS_SECONDS)
        except (OSError, RuntimeError, ValueError, TimeoutError) as error:
            raise UsageError(
                f"The scheduler {self._address} cannot be used ({error}): give tcp://HOST:PORT "
                "of one that runs and has workers, or local:N."
            ) from error

    def _started(self, count: int) -> Any:
        if count < 1:
            raise ValueError("at least one worker is needed")
        self._folder = Folder()
        return distributed.LocalCluster(
            n_workers=count,
            threads_per_worker=1,
            processes=True,
            dashboard_address=None,
            local_directory=str(self._folder.path),
            silence_logs=logging.CRITICAL,
        )

    def _check(self) -> tuple[str, ...]:
        """The layers that every worker has; each starts its judge meanwhile."""
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
    problem = problem.rstrip(".")
    return f"{worker} would grade otherwise ({problem}): make them the same; nothing of it counts."
