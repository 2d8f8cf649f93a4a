"""Gradescope: ``assignment_555_export/submission_9001/hw.ipynb``, and submission_metadata.yml."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from grader.bounds import MAX_METADATA_BYTES, NAMED_PERSON_CHARACTERS, PERSON_CHARACTERS
from grader.model import Person
from grader.submission.content import UnusableError
from grader.submission.naming import printable

from .metadata import MetadataError, Submitted, metadata
from .telling import listed
from .tree import Kind, Node
from .work import Asked, Recognised, Work, part, recognised

# A folder, or one file of any kind.
_SUBMISSION = re.compile(r"(submission_\d+)(?:\.[\w.]+)?")
_METADATA = ("submission_metadata.yml", "submission_metadata.yaml")


def gradescope(root: Node, asked: Asked) -> Recognised | None:
    """Return the submissions of an export: several by the same people count as attempts."""
    described = [node for node in root.files if node.name in _METADATA]
    mine = {n: match[1] for n in root.children if (match := _SUBMISSION.fullmatch(n.name))}
    folders = [node for node in mine if node.kind is Kind.FOLDER]
    if not mine or not (described or (folders and len(folders) == len(root.folders))):
        return None
    said, notes = _said(described[0]) if described else ({}, [])
    works = [_work(node, name, said.get(name) or Submitted()) for node, name in mine.items()]
    named = {name for name, one in said.items() if one.people}
    unnamed = [printable(node.name) for node, name in mine.items() if said and name not in named]
    if unnamed:
        notes.append(f"{described[0].name} names no student of {listed(unnamed)}.")
    if lacking := [_who(name, said[name]) for name in said if name in named - {*mine.values()}]:
        notes.append(
            f"{described[0].name} names {listed(lacking)}: the export holds no such folder."
        )
    return recognised("Gradescope", root, works, used=described, notes=notes)


def _said(node: Node) -> tuple[dict[str, Submitted], list[str]]:
    try:
        return metadata(node.data(MAX_METADATA_BYTES)), []
    except (MetadataError, UnusableError) as error:
        return {}, [f"{node.name} {error}: the students are named by their folders."]


def _who(name: str, one: Submitted) -> str:
    people = ", ".join(person.name or person.email or person.id for person in one.people)
    return f"{printable(name, limit=NAMED_PERSON_CHARACTERS)} ({people})"


def _work(node: Node, name: str, known: Submitted) -> Work:
    # By name alone, two students of one name would be attempts of each other.
    ids = sorted(person.email or person.id for person in known.people)
    # In UTC, so that later times are greater.
    utc = known.when and datetime.fromisoformat(known.when).astimezone(UTC).isoformat()
    return Work(
        parts=(part(node),),
        key=" ".join(ids) if all(ids) and ids else node.name,
        people=known.people or (Person(name=printable(name, limit=PERSON_CHARACTERS)),),
        submitted=known.when,
        order=(utc, int(name.rpartition("_")[2])) if known.when else (),
    )
