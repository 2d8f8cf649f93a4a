"""Gradescope: ``assignment_555_export/submission_9001/hw.ipynb``, and submission_metadata.yml."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from grader.intake.metadata import MAX_METADATA, MetadataError, Submitted, metadata
from grader.intake.telling import listed
from grader.intake.tree import Kind, Node
from grader.intake.work import Asked, Recognised, Work, recognised
from grader.model import Person
from grader.submission.content import UnusableError
from grader.submission.naming import printable, without_ending

_SUBMISSION = re.compile(r"submission_\d+")
_METADATA = ("submission_metadata.yml", "submission_metadata.yaml")


def gradescope(root: Node, asked: Asked) -> Recognised | None:
    """The submissions of an export: several of the same people count as attempts."""
    described = [node for node in root.files if node.name in _METADATA]
    mine = [node for node in root.children if _SUBMISSION.fullmatch(without_ending(node.name))]
    folders = [node for node in mine if node.kind is Kind.FOLDER]
    if not mine or not (described or (folders and len(folders) == len(root.folders))):
        return None
    said, notes = _said(described[0]) if described else ({}, ())
    works = [_work(node, said) for node in mine]
    unnamed = [printable(n.name) for n in mine if said and not _known(n, said).people]
    if unnamed:
        notes = (*notes, f"{described[0].name} names no student of {listed(unnamed)}.")
    others = [node for node in root.children if node not in mine and node not in described]
    return recognised("Gradescope", works, others=others, used=described, notes=notes)


def _said(node: Node) -> tuple[dict[str, Submitted], tuple[str, ...]]:
    try:
        return metadata(node.data(MAX_METADATA)), ()
    except (MetadataError, UnusableError) as error:
        why = f"{node.name} {error}: the students are named by their folders."
        return {}, (why,)


def _known(node: Node, said: dict[str, Submitted]) -> Submitted:
    return said.get(node.name) or said.get(without_ending(node.name)) or Submitted()


def _work(node: Node, said: dict[str, Submitted]) -> Work:
    name = without_ending(node.name)
    known = _known(node, said)
    people = known.people or (Person(name=printable(name, limit=200)),)
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
