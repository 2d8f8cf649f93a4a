"""Gradescope: ``assignment_555_export/submission_9001/hw.ipynb``, and submission_metadata.yml."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from grader.bounds import MAX_METADATA_BYTES, NAMED_PERSON_CHARACTERS, PERSON_CHARACTERS
from grader.intake.metadata import MetadataError, Submitted, metadata
from grader.intake.telling import listed
from grader.intake.tree import Kind, Node
from grader.intake.work import Asked, Recognised, Work, recognised
from grader.model import Person
from grader.submission.content import UnusableError
from grader.submission.naming import printable

#: A folder, or one file, be it a PDF.
_SUBMISSION = re.compile(r"(submission_\d+)(?:\.[\w.]+)?")
_METADATA = ("submission_metadata.yml", "submission_metadata.yaml")


def gradescope(root: Node, asked: Asked) -> Recognised | None:
    """The submissions of an export: several of the same people count as attempts."""
    described = [node for node in root.files if node.name in _METADATA]
    mine = [node for node in root.children if _SUBMISSION.fullmatch(node.name)]
    folders = [node for node in mine if node.kind is Kind.FOLDER]
    if not mine or not (described or (folders and len(folders) == len(root.folders))):
        return None
    said, notes = _said(described[0]) if described else ({}, ())
    works = [_work(node, said) for node in mine]
    unnamed = [printable(n.name) for n in mine if said and not _known(n, said).people]
    if unnamed:
        notes = (*notes, f"{described[0].name} names no student of {listed(unnamed)}.")
    held = {_folder(node) for node in mine}
    if lacking := [
        _who(name, one) for name, one in said.items() if one.people and name not in held
    ]:
        notes = (*notes, f"{described[0].name} names {listed(lacking)}: the export holds no such "
                         "folder.")  # fmt: skip
    others = [node for node in root.children if node not in mine and node not in described]
    return recognised("Gradescope", works, others=others, used=described, notes=notes)


def _said(node: Node) -> tuple[dict[str, Submitted], tuple[str, ...]]:
    try:
        return metadata(node.data(MAX_METADATA_BYTES)), ()
    except (MetadataError, UnusableError) as error:
        why = f"{node.name} {error}: the students are named by their folders."
        return {}, (why,)


def _known(node: Node, said: dict[str, Submitted]) -> Submitted:
    return said.get(_folder(node)) or Submitted()


def _folder(node: Node) -> str:
    """``submission_9001``, also of ``submission_9001.pdf``."""
    match = _SUBMISSION.fullmatch(node.name)
    return match[1] if match else node.name


def _who(name: str, one: Submitted) -> str:
    people = ", ".join(person.name or person.email or person.id for person in one.people)
    shown = printable(name, limit=NAMED_PERSON_CHARACTERS)
    return f"{shown} ({people})" if people else shown


def _work(node: Node, said: dict[str, Submitted]) -> Work:
    name = _folder(node)
    known = _known(node, said)
    people = known.people or (Person(name=printable(name, limit=PERSON_CHARACTERS)),)
    ids = sorted(person.email or person.id or person.name for person in people)
    return Work(
        parts=(("" if node.kind is Kind.FOLDER else node.name, node),),
        key=" ".join(ids) if known.people else node.name,
        people=people,
        submitted=known.when,
        order=(_utc(known.when), int(name.rpartition("_")[2])) if known.when else (),
    )


def _utc(when: str) -> str:
    """``when`` so that later ones are greater, whatever their zones."""
    return datetime.fromisoformat(when).astimezone(UTC).isoformat()
