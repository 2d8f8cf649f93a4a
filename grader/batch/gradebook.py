"""The gradebook: DIR/gradebook.sqlite, the record of what has been graded.

All results that arrive while the previous ones are written go into one transaction: a
grader that is stopped loses at most the last result of each job.  The *batch* is the set of
submissions of the latest run: reports show only these, but the rows of other submissions stay,
in case they come back.

A lock on DIR/.gradebook.lock keeps a second grader out of DIR.  It is a POSIX record lock:
forked workers do not inherit it, and it ends with the process, however that dies.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import msgspec

from grader.batch.renamed import carry, renamed
from grader.batch.rows import (
    Key,
    case_row,
    handin_column,
    handin_of,
    problem_of,
    result_of,
    submission_row,
    text,
)
from grader.batch.schema import APPLICATION, MIGRATIONS, migrate
from grader.batch.wire import sound
from grader.errors import UsageError
from grader.exchange.table import Table
from grader.model import Handin, Result, Status
from grader.report.language import ENGLISH
from grader.words import Words

__all__ = ["Batch", "Gradebook", "Key"]

FILE = "gradebook.sqlite"
LOCK = ".gradebook.lock"

_INSERT_SUBMISSION = f"INSERT INTO submissions VALUES ({', '.join('?' * 18)})"
_INSERT_CASE = f"INSERT INTO cases VALUES ({', '.join('?' * 16)})"
_GRADED = "name, digest, assignment_digest, grader_version, status, score, max_score, ended"
_KEEP = f"INSERT INTO history ({_GRADED}) SELECT {_GRADED} FROM submissions WHERE name = ?"
_HISTORY = f"""
    SELECT {_GRADED} FROM (
        SELECT number, {_GRADED} FROM history
        UNION ALL SELECT 1 << 62, {_GRADED} FROM submissions
    ) JOIN batch_names USING (name) ORDER BY name, number
"""
_KNOWN = """
    SELECT digest, problem FROM submissions WHERE (name, source, student) = (?, ?, ?)
    AND (assignment_digest, grader_version, limits) = (?, ?, ?) AND status != 'fault'
"""
_CASES = "SELECT * FROM cases WHERE submission = ? ORDER BY place"

_COLUMNS = msgspec.json.Decoder(tuple[tuple[str, str], ...])
_ROSTER = msgspec.json.Decoder(Table | None)
_HANDINS = """
    SELECT name, handin, source, student FROM batch_names LEFT JOIN submissions USING (name)
    ORDER BY name
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """The latest run: ``columns`` are the assignment's (question, test case) pairs.

    ``language`` is the language of its pages, ``catalogues`` the bytes of the assignment's own
    ``.po`` file for each language.  ``roster`` is the course's, as it was read; ``max_score``
    is 0 where an earlier grader did not record it.
    """

    assignment: str
    title: str
    columns: tuple[tuple[str, str], ...]
    language: str = ENGLISH
    catalogues: dict[str, bytes] = field(default_factory=dict)
    roster: Table | None = None
    max_score: float = 0.0


@dataclass(frozen=True, slots=True)
class Graded:
    """A grade that is or was in the book; ``ended`` is its time, in ISO format."""

    name: str
    digest: str
    assignment_digest: str
    grader_version: str
    status: Status
    score: float | None
    max_score: float
    ended: str


class Gradebook:
    """The gradebook of ``folder``; use it as a context manager.

    ``fresh`` begins an empty one; ``write=False`` opens an existing one to read, without the
    lock.  Raises UsageError where the folder cannot be used, is in use by another grader, or
    holds a gradebook that is damaged or of a newer grader.
    """

    def __init__(self, folder: Path, *, fresh: bool = False, write: bool = True) -> None:
        self._path = folder / FILE
        self._lock: int | None = None
        if write:
            self._lock = _locked(folder)
        elif not self._path.is_file():
            raise UsageError(f"{folder} holds no gradebook: grade into it first.")
        try:
            if fresh and write:
                _remove(self._path)
            self._connection = self._opened(write)
        except BaseException:
            self._unlock()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file and let other graders in; closing twice is no error."""
        self._connection.close()
        self._unlock()

    def begin(self, batch: Batch, handins: Sequence[Handin]) -> None:
        """Start a run: ``handins`` are the batch from now on."""
        row = (batch.assignment, batch.title, text(batch.columns), _now(), batch.language,
               text(batch.roster), batch.max_score)  # fmt: skip
        names = [(sound(handin.name), handin_column(handin)) for handin in handins]
        before = self.handins() if self.assignment() == batch.assignment else ()
        former = [(sound(name), old) for name, old in renamed(before, handins)]
        with self._transaction() as run:
            carry(run, former)
            run.execute("INSERT OR REPLACE INTO batch VALUES (1, ?, ?, ?, ?, ?, ?, ?)", row)
            run.execute("DELETE FROM catalogues")
            run.executemany("INSERT INTO catalogues VALUES (?, ?)", batch.catalogues.items())
            run.execute("DELETE FROM batch_names")
            run.executemany("INSERT OR IGNORE INTO batch_names VALUES (?, ?)", names)

    def amend(self, batch: Batch) -> None:
        """Record the language and the roster of ``batch`` as those of the latest run."""
        with self._transaction() as run:
            row = (batch.language, text(batch.roster))
            run.execute("UPDATE batch SET language = ?, roster = ?", row)

    def assignment(self) -> str | None:
        """Return the assignment's name, whatever grader wrote the book; None before a run."""
        with self._named_errors():
            row = self._connection.execute("SELECT assignment FROM batch").fetchone()
        return None if row is None else str(row[0])

    def batch(self) -> Batch | None:
        """Return the latest run; None before the first."""
        with self._named_errors():
            row = self._connection.execute("SELECT * FROM batch").fetchone()
            catalogues = self._connection.execute("SELECT * FROM catalogues").fetchall()
        if row is None:
            return None
        return Batch(
            assignment=row[1],
            title=row[2],
            columns=_COLUMNS.decode(row[3]),
            language=row[5],
            catalogues=dict(catalogues),
            roster=_ROSTER.decode(row[6]),
            max_score=row[7] or 0.0,
        )

    def handins(self) -> tuple[Handin, ...]:
        """Return the batch's hand-ins, sorted by name."""
        with self._named_errors():
            rows = self._connection.execute(_HANDINS).fetchall()
            return tuple(handin_of(*row) for row in rows)

    def noted(self) -> frozenset[str]:
        """Return the submissions whose pages show something of adjust.toml."""
        with self._named_errors():
            return frozenset(name for (name,) in self._connection.execute("SELECT * FROM noted"))

    def note(self, names: Iterable[str]) -> None:
        """Record that the pages of these submissions, and no others, show it."""
        with self._transaction() as run:
            run.execute("DELETE FROM noted")
            run.executemany("INSERT INTO noted VALUES (?)", ((sound(name),) for name in names))

    def record(self, results: Iterable[Result], key: Key) -> None:
        """Record results in one transaction: all of them, or none.

        ``history`` keeps the grades that they replace.
        """
        with self._transaction() as run:
            for result in results:
                row, name = submission_row(result, key), result.submission
                run.execute(_KEEP, row[:1])
                run.execute("DELETE FROM submissions WHERE name = ?", row[:1])
                run.execute(_INSERT_SUBMISSION, row)
                cases = (case_row(name, place, case) for place, case in enumerate(result.cases))
                run.executemany(_INSERT_CASE, cases)

    def known(self, handin: Handin, key: Key) -> tuple[str, Words | None] | None:
        """Return the digest and the problem of what was graded as ``handin`` under ``key``.

        None where nothing was, or where that failed.
        """
        names = map(sound, (handin.name, handin.source, handin.student))
        with self._named_errors():
            row = self._connection.execute(_KNOWN, (*names, *key.columns())).fetchone()
            return None if row is None else (row[0], problem_of(row[1]))

    def results(self) -> Iterator[Result]:
        """Yield the batch's results, sorted by name."""
        query = "SELECT submissions.* FROM submissions JOIN batch_names USING (name) ORDER BY name"
        with self._named_errors():
            for row in self._connection.execute(query):
                yield result_of(row, self._connection.execute(_CASES, row[:1]))

    def history(self) -> Iterator[Graded]:
        """Yield every grade of the batch's submissions, by name, the oldest first.

        Nothing where a grader without a history wrote the book and no other has opened it since.
        """
        with self._named_errors():
            (version,) = self._connection.execute("PRAGMA user_version").fetchone()
            for row in self._connection.execute(_HISTORY) if version > 1 else ():
                yield replace(Graded(*row), status=Status(row[4]))

    def _opened(self, write: bool) -> sqlite3.Connection:
        mode = "rwc" if write else "rw"  # a reader, too, must be able to read the log
        with self._named_errors():
            address = f"{self._path.absolute().as_uri()}?mode={mode}"
            connection = sqlite3.connect(address, uri=True, isolation_level=None)
            try:
                self._prepare(connection, write)
            except BaseException:
                connection.close()
                raise
            return connection

    def _prepare(self, connection: sqlite3.Connection, write: bool) -> None:
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        if application != APPLICATION and (tables or not write):
            raise UsageError(f"{self._path} is not a gradebook: give another folder with --out.")
        if version > len(MIGRATIONS):
            raise UsageError(
                f"{self._path} was written by a newer grader: "
                "update this one, or give another folder with --out."
            )
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise sqlite3.DatabaseError(verdict)
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA busy_timeout = 10000")
        if not write:
            connection.execute("PRAGMA query_only = ON")
            return
        connection.execute("PRAGMA journal_mode = WAL")
        # In WAL mode this keeps the file sound; a power cut may cost the last results.
        connection.execute("PRAGMA synchronous = NORMAL")
        migrate(connection, version)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._named_errors():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    @contextmanager
    def _named_errors(self) -> Iterator[None]:
        """Turn SQLite's errors into sentences for people."""
        try:
            yield
        except sqlite3.IntegrityError:
            raise  # a result that the schema does not allow: a fault of ours, not the file's
        except sqlite3.OperationalError as error:
            raise UsageError(
                f"{self._path} cannot be used ({error}): check the folder's rights and free space."
            ) from error
        except (sqlite3.DatabaseError, msgspec.DecodeError) as error:
            raise UsageError(
                f"{self._path} is damaged ({error}): put a copy of it back, "
                "or start over with --fresh."
            ) from error

    def _unlock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def _locked(folder: Path) -> int:
    """Make ``folder`` if need be; return a descriptor that holds its lock."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except FileExistsError as error:
        raise UsageError(f"{folder} is a file, not a folder: give another --out.") from error
    except OSError as error:
        raise UsageError(
            f"{folder} cannot be written to ({error.strerror}): give another --out."
        ) from error
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise UsageError(
            f"{folder} is in use by another grader: wait for it, or give another --out."
        ) from error
    return descriptor


def _remove(path: Path) -> None:
    for ending in ("", "-wal", "-shm", "-journal"):
        try:
            path.with_name(path.name + ending).unlink(missing_ok=True)
        except OSError as error:
            raise UsageError(
                f"{path} cannot be removed ({error.strerror}): give another --out."
            ) from error


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
