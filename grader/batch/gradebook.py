"""The gradebook: DIR/gradebook.sqlite, the truth about what has been graded.

One transaction for all results that came while the ones before were written: a stopped
grader loses at most what each of its jobs ended last.  What is on record under the same
:class:`Key` need not be graded again.  The *batch* is the set of names of the latest run:
reports show these only, while the rows of submissions no longer handed in stay for the day
that they come back.

A second grader on the same DIR is kept out by a lock on DIR/.gradebook.lock.  It is
a POSIX record lock: workers do not inherit it when forked, and it ends with the
process, however that dies.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec

from grader.batch.renamed import carry, renamed
from grader.batch.rows import (
    KNOWN,
    Key,
    Known,
    case_row,
    handin_column,
    handin_of,
    known_of,
    result_of,
    submission_row,
    text,
)
from grader.batch.schema import APPLICATION, MIGRATIONS, migrate
from grader.batch.wire import sound
from grader.errors import UsageError
from grader.exchange.table import Table
from grader.model import Handin, Result, Status

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

    ``language`` is that of its pages; ``catalogues`` hold, for each language, the assignment's
    own translations in gettext's binary form.  ``roster`` is the course's, as it was read;
    ``max_score`` what a submission can get, 0 where a grader of before did not say.
    """

    assignment: str
    title: str
    columns: tuple[tuple[str, str], ...]
    names: frozenset[str]
    started: str
    language: str
    catalogues: dict[str, bytes]
    roster: Table | None = None
    max_score: float = 0.0


@dataclass(frozen=True, slots=True)
class Graded:
    """A grade that is or was in the book; ``ended`` is when it was given, in ISO format."""

    name: str
    digest: str
    assignment_digest: str
    grader_version: str
    status: Status
    score: float | None
    max_score: float
    ended: str


class Gradebook:
    """The gradebook of the folder ``DIR``; use it as a context manager.

    ``fresh`` begins an empty one; ``write=False`` opens an existing one to read,
    without the lock.  Raises UsageError where DIR cannot be used, is in use by
    another grader, or holds a gradebook that is damaged or of a newer grader.
    """

    def __init__(self, folder: Path, *, fresh: bool = False, write: bool = True) -> None:
        self._path = folder / FILE
        self._mutex = threading.Lock()
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

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file and lets other graders in; closing twice is no error."""
        self._connection.close()
        self._unlock()

    def begin(
        self,
        names: Iterable[str],
        *,
        assignment: str,
        title: str,
        columns: Sequence[tuple[str, str]],
        language: str = "en",
        catalogues: Mapping[str, bytes] | None = None,
        handins: Iterable[Handin] = (),
        roster: Table | None = None,
        max_score: float | None = None,
    ) -> None:
        """Starts a run over the submissions ``names``: they are the batch from now on.

        ``language`` is that of the pages, ``catalogues`` translate the assignment's own texts;
        ``handins`` say who handed in, where that is known.
        """
        row = (assignment, title, text(tuple(columns)), _now(), language, text(roster), max_score)
        handins = tuple(handins)
        known = [(handin_column(handin), sound(handin.name)) for handin in handins]
        before = self.handins() if self.assignment() == assignment else ()
        former = [(sound(name), old) for name, old in renamed(before, handins)]
        with self._transaction() as run:
            carry(run, former)
            run.execute("INSERT OR REPLACE INTO batch VALUES (1, ?, ?, ?, ?, ?, ?, ?)", row)
            run.execute("DELETE FROM catalogues")
            run.executemany("INSERT INTO catalogues VALUES (?, ?)", (catalogues or {}).items())
            run.execute("DELETE FROM batch_names")
            run.executemany(
                "INSERT OR IGNORE INTO batch_names (name) VALUES (?)", ((n,) for n in names)
            )
            run.executemany("UPDATE batch_names SET handin = ? WHERE name = ?", known)

    def speak(self, language: str) -> None:
        """Notes that the batch's pages are in this ``language`` now."""
        with self._transaction() as run:
            run.execute("UPDATE batch SET language = ?", (language,))

    def assignment(self) -> str | None:
        """Whose grades these are, whatever grader wrote the book; None before the first."""
        with self._named_errors():
            row = self._connection.execute("SELECT assignment FROM batch").fetchone()
        return None if row is None else str(row[0])

    def batch(self) -> Batch | None:
        """The latest run, or None before the first."""
        with self._named_errors():
            row = self._connection.execute("SELECT * FROM batch").fetchone()
            names = self._connection.execute("SELECT name FROM batch_names").fetchall()
            catalogues = self._connection.execute("SELECT * FROM catalogues").fetchall()
        if row is None:
            return None
        return Batch(
            assignment=row[1],
            title=row[2],
            columns=_COLUMNS.decode(row[3]),
            started=row[4],
            names=frozenset(name for (name,) in names),
            language=row[5],
            catalogues=dict(catalogues),
            roster=_ROSTER.decode(row[6]),
            max_score=row[7] or 0.0,
        )

    def handins(self) -> tuple[Handin, ...]:
        """What was handed in for the batch, sorted by name, with all that is known of it."""
        with self._named_errors():
            rows = self._connection.execute(_HANDINS).fetchall()
            return tuple(handin_of(*row) for row in rows)

    def noted(self) -> frozenset[str]:
        """The submissions whose pages show what adjust.toml said when they were written."""
        with self._named_errors():
            return frozenset(name for (name,) in self._connection.execute("SELECT * FROM noted"))

    def note(self, names: Iterable[str]) -> None:
        """Puts on record that these pages, and no others, show it."""
        with self._transaction() as run:
            run.execute("DELETE FROM noted")
            run.executemany("INSERT INTO noted VALUES (?)", ((sound(name),) for name in names))

    def use_roster(self, roster: Table) -> None:
        """Takes another roster for the batch."""
        with self._transaction() as run:
            run.execute("UPDATE batch SET roster = ?", (text(roster),))

    def record(self, result: Result, *, key: Key) -> None:
        """Puts ``result`` on record; of what stood under its name, ``history`` keeps the grade."""
        self.record_all([(result, key)])

    def record_all(self, results: Iterable[tuple[Result, Key]]) -> None:
        """Puts several results on record, in one transaction: all of them, or none."""
        with self._transaction() as run:
            for result, key in results:
                row, name = submission_row(result, key), result.submission
                run.execute(_KEEP, row[:1])
                run.execute("DELETE FROM submissions WHERE name = ?", row[:1])
                run.execute(_INSERT_SUBMISSION, row)
                cases = (case_row(name, place, case) for place, case in enumerate(result.cases))
                run.executemany(_INSERT_CASE, cases)

    def done(self, key: Key) -> bool:
        """Whether a result for exactly this ``key`` is on record; a fault is none."""
        known = self.known(key.submission)
        if known is None or known.status is Status.FAULT:
            return False
        return known.key == replace(key, submission=sound(key.submission))

    def known(self, name: str) -> Known | None:
        """What the result on record for ``name`` was made from; None where there is none."""
        query = f"SELECT {KNOWN} FROM submissions WHERE name = ?"
        with self._named_errors():
            row = self._connection.execute(query, (sound(name),)).fetchone()
        return None if row is None else known_of(row)

    def get(self, name: str) -> Result | None:
        """The result on record for the submission ``name``, in the batch or not."""
        with self._named_errors():
            query = "SELECT * FROM submissions WHERE name = ?"
            row = self._connection.execute(query, (sound(name),)).fetchone()
            return None if row is None else self._result(row)

    def results(self) -> Iterator[Result]:
        """The batch's results on record, sorted by name, one at a time."""
        query = "SELECT submissions.* FROM submissions JOIN batch_names USING (name) ORDER BY name"
        with self._named_errors():
            for row in self._connection.execute(query):
                yield self._result(row)

    def history(self) -> Iterator[Graded]:
        """Every grade that the batch's submissions were given, by name, the oldest first.

        Empty where a grader without a history wrote the book and none has opened it since.
        """
        with self._named_errors():
            (version,) = self._connection.execute("PRAGMA user_version").fetchone()
            for row in self._connection.execute(_HISTORY) if version > 1 else ():
                yield replace(Graded(*row), status=Status(row[4]))

    def _result(self, row: tuple[Any, ...]) -> Result:
        return result_of(row, self._connection.execute(_CASES, row[:1]))

    def _opened(self, write: bool) -> sqlite3.Connection:
        mode = "rwc" if write else "rw"  # a reader too must be able to read the log
        with self._named_errors():
            address = f"{self._path.absolute().as_uri()}?mode={mode}"
            connection = sqlite3.connect(
                address, uri=True, isolation_level=None, check_same_thread=False
            )
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
            raise UsageError(f"{self._path} is no gradebook: give another folder with --out.")
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
        with self._mutex, self._named_errors():
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
        """Turns SQLite's errors into sentences for people."""
        try:
            yield
        except sqlite3.IntegrityError:
            raise  # a result that no schema allows: ours to mend, not the file's
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
    """A descriptor that holds the lock of ``folder``, which is made if need be."""
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
