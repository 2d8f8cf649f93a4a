"""Reads Gradescope's submission_metadata.yml: who handed in what, and when.

The file also holds every result of every attempt, so it can be large.  It is read event by
event, and only names and times are kept: no tag is constructed and no alias is expanded, so
that a bomb of aliases is harmless.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from grader.bounds import MAX_ANCHOR_CHARACTERS, MAX_METADATA_DEPTH, NAMED_ERROR_CHARACTERS
from grader.model import Person
from grader.submission.naming import printable

from .work import person_name

_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.\d+)?\s*(?:Z|UTC|([+-])(\d\d):?(\d\d))?"
)


class MetadataError(Exception):
    """The metadata cannot be read; the message is a clause that says why."""


@dataclass(frozen=True, slots=True)
class Submitted:
    """Who handed in a submission, and when (ISO 8601, or empty)."""

    people: tuple[Person, ...] = ()
    when: str = ""


def metadata(data: bytes) -> dict[str, Submitted]:
    """Return who handed in each submission and when, by its folder.  Raises MetadataError."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        content = _Content(yaml.parse(data, Loader=loader)).document()
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        why = printable(" ".join(str(error).split()), limit=NAMED_ERROR_CHARACTERS)
        raise MetadataError(f"is broken ({why})") from error
    if not isinstance(content, dict):
        raise MetadataError("is no list of submissions")
    return {key: _submitted(value) for key, value in content.items() if isinstance(value, dict)}


def _submitted(fields: Mapping[str, Any]) -> Submitted:
    submitters = fields.get("submitters")
    people = [
        Person(name=_text(one.get("name")), id=_text(one.get("sid")), email=_text(one.get("email")))
        for one in submitters or ()
        if isinstance(one, dict)
    ]
    return Submitted(
        people=tuple(person for person in people if person != Person()),
        when=_iso(fields.get("created_at")),
    )


def _text(value: object) -> str:
    return person_name(value) if isinstance(value, str) and value.strip() else ""


def _iso(value: object) -> str:
    """Return ``2026-01-02 03:04:05.000000000 Z`` in ISO 8601; empty for anything else."""
    if isinstance(value, dict):  # some exports write a Ruby object
        value = value.get("utc") or value.get("time")
    match = _TIME.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        return ""
    date, time, sign, hours, minutes = match.groups(default="")
    zone = f"{sign}{hours}:{minutes}" if sign else "+00:00"
    try:
        return datetime.fromisoformat(f"{date}T{time}{zone}").isoformat()
    except ValueError:
        return ""


class _Content:
    """Builds the few fields that are needed from YAML's events."""

    def __init__(self, events: Iterator[Any]) -> None:
        self._events = events
        self._anchors: dict[str, str] = {}

    def document(self) -> object:
        for event in self._events:
            if type(event).__name__ in ("MappingStartEvent", "SequenceStartEvent", "ScalarEvent"):
                return self._value(event, 0)
        return None

    def _value(self, event: Any, depth: int) -> object:
        kind = type(event).__name__
        if depth > MAX_METADATA_DEPTH:
            raise ValueError("it is nested too deeply")
        if kind == "AliasEvent":
            return self._anchors.get(event.anchor, "")  # of a text only
        if kind == "ScalarEvent":
            self._remember(event)
            return event.value
        if kind == "MappingStartEvent":
            return self._mapping(depth)
        items = []
        while type(item := next(self._events)).__name__ != "SequenceEndEvent":
            items.append(self._value(item, depth + 1))
        return items

    def _mapping(self, depth: int) -> dict[str, object]:
        found: dict[str, object] = {}
        while type(event := next(self._events)).__name__ != "MappingEndEvent":
            key = self._value(event, depth + 1)
            name = key.lstrip(":") if isinstance(key, str) else ""
            value = next(self._events)
            if depth == 1 and name not in ("submitters", "created_at"):
                self._skip(value)
            else:
                found[name] = self._value(value, depth + 1)
        return found

    def _remember(self, event: Any) -> None:
        if event.anchor and len(event.value) < MAX_ANCHOR_CHARACTERS:
            self._anchors[event.anchor] = event.value

    def _skip(self, event: Any) -> None:
        depth = 0
        while True:
            kind = type(event).__name__
            depth += kind.endswith("StartEvent")
            depth -= kind.endswith("EndEvent")
            if kind == "ScalarEvent":
                self._remember(event)
            if depth == 0:
                return
            event = next(self._events)
