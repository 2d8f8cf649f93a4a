"""The gradebook's tables.  Each script makes the next version of the schema: add scripts, but
never change one."""

from __future__ import annotations

import sqlite3
from typing import Final

from grader.batch.rows import figures_of_extra

#: "grad": marks an SQLite file as a gradebook.
APPLICATION: Final = 0x67726164

MIGRATIONS: Final = (
    """
    CREATE TABLE batch (
        one INTEGER PRIMARY KEY CHECK (one = 1), assignment TEXT NOT NULL,
        title TEXT NOT NULL, columns TEXT NOT NULL, started TEXT NOT NULL
    );
    CREATE TABLE batch_names (name TEXT PRIMARY KEY) WITHOUT ROWID;
    CREATE TABLE submissions (
        name TEXT PRIMARY KEY, source TEXT NOT NULL, student TEXT NOT NULL,
        digest TEXT NOT NULL, assignment_digest TEXT NOT NULL,
        grader_version TEXT NOT NULL, limits TEXT NOT NULL,
        status TEXT NOT NULL, score REAL, max_score REAL NOT NULL, problem TEXT,
        isolation TEXT NOT NULL, notes TEXT NOT NULL, cells TEXT NOT NULL,
        extra TEXT NOT NULL, started TEXT NOT NULL, ended TEXT NOT NULL,
        seconds REAL NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE cases (
        submission TEXT NOT NULL REFERENCES submissions (name) ON DELETE CASCADE,
        place INTEGER NOT NULL, question TEXT NOT NULL, test_case TEXT NOT NULL,
        hidden INTEGER NOT NULL, outcome TEXT NOT NULL, points REAL NOT NULL,
        max_points REAL NOT NULL, message TEXT NOT NULL, traceback TEXT NOT NULL,
        warnings TEXT NOT NULL, mistake INTEGER, PRIMARY KEY (submission, place)
    ) WITHOUT ROWID;
    """,
    # Grades that later ones replaced, the oldest first by number.
    """
    CREATE TABLE history (
        number INTEGER PRIMARY KEY, name TEXT NOT NULL, digest TEXT NOT NULL,
        assignment_digest TEXT NOT NULL, grader_version TEXT NOT NULL, status TEXT NOT NULL,
        score REAL, max_score REAL NOT NULL, ended TEXT NOT NULL
    );
    CREATE INDEX history_by_name ON history (name);
    """,
    # Sentences for people become translatable: each is an object with its fields.
    # The catalogues are the assignment's own: pages can be made again without the assignment.
    """
    CREATE TABLE catalogues (language TEXT PRIMARY KEY, catalogue BLOB NOT NULL) WITHOUT ROWID;
    ALTER TABLE batch ADD COLUMN language TEXT NOT NULL DEFAULT 'en';
    ALTER TABLE cases ADD COLUMN hint TEXT NOT NULL DEFAULT 'null';
    UPDATE submissions SET problem = json_object('text', problem) WHERE problem IS NOT NULL;
    UPDATE submissions SET
        notes = (SELECT json_group_array(json_object('text', value)) FROM json_each(notes)),
        cells = (SELECT json_group_array(json_set(cell.value, '$.notes', (
            SELECT json_group_array(json_object('text', note.value))
            FROM json_each(cell.value, '$.notes') AS note
        ))) FROM json_each(cells) AS cell);
    UPDATE cases SET
        message = json_array(json_object('text', message)),
        warnings = (SELECT json_group_array(json_object('text', value)) FROM json_each(warnings));
    """,
    # Wrong answers without a known mistake, to be grouped on the class page.
    """
    ALTER TABLE cases ADD COLUMN answer TEXT NOT NULL DEFAULT 'null';
    """,
    # The example that a student can try.
    "ALTER TABLE cases ADD COLUMN example TEXT NOT NULL DEFAULT 'null';",
    # The test case in words.
    """
    ALTER TABLE cases ADD COLUMN title TEXT NOT NULL DEFAULT '';
    """,
    # Who handed in, and the roster, which belong to the batch: grades can be matched again.
    # ``noted`` are the submissions whose pages show something of adjust.toml.
    """
    ALTER TABLE batch_names ADD COLUMN handin TEXT NOT NULL DEFAULT 'null';
    ALTER TABLE batch ADD COLUMN roster TEXT NOT NULL DEFAULT 'null';
    ALTER TABLE batch ADD COLUMN max_score REAL;
    CREATE TABLE noted (name TEXT PRIMARY KEY) WITHOUT ROWID;
    """,
    # Pictures get a column; they were packed among other texts (see rows.figures_of_extra).
    """
    ALTER TABLE submissions RENAME COLUMN extra TO figures;
    UPDATE submissions SET figures = figures_of_extra(figures);
    """,
)


def migrate(connection: sqlite3.Connection, version: int) -> None:
    """Take a gradebook of this ``version`` to the newest, one script after the other."""
    connection.create_function("figures_of_extra", 1, figures_of_extra)
    for number, script in enumerate(MIGRATIONS[version:], start=version + 1):
        connection.executescript(
            f"BEGIN; {script} PRAGMA application_id = {APPLICATION};"
            f"PRAGMA user_version = {number}; COMMIT;"
        )
