"""What ``grader verify`` found: a table for people, JUnit's XML for CI."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from typing import Protocol

from rich.console import Console
from rich.markup import escape
from rich.table import Table

_KINDS = {
    "solution": "solution",
    "template": "template",
    "mistake": "mistakes",
    "variant": "variants",
    "repetition": "repeated",
    "handout": "handout",
    "otter run": "as Otter",
}


class Check(Protocol):
    """See :class:`grader.verify.Check`."""

    @property
    def assignment(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def finding(self) -> str: ...


def print_table(checks: Sequence[Check]) -> None:
    """Print one row an assignment, then one line a finding, to standard output."""
    console = Console()
    table = Table("", *_KINDS.values())
    for name in dict.fromkeys(check.assignment for check in checks):
        cells = []
        for kind in _KINDS:
            own = [check for check in checks if (check.assignment, check.kind) == (name, kind)]
            held = sum(not check.finding for check in own)
            good = held == len(own)
            cells.append(f"[{'green' if good else 'red'}]{held} of {len(own)}[/]" if own else "-")
        table.add_row(escape(name), *cells)
    console.print(table)
    findings = [check for check in checks if check.finding]
    for check in findings:
        line = f"{check.assignment}, {check.kind} {check.name}: {check.finding}"
        console.print(escape(line), soft_wrap=True)
    if not findings:
        console.print(f"All {len(checks)} checks hold.")


def junit_xml(checks: Sequence[Check]) -> str:
    """A JUnit report: one test suite an assignment, one test case a check."""
    root = ET.Element("testsuites")
    for name in dict.fromkeys(check.assignment for check in checks):
        own = [check for check in checks if check.assignment == name]
        failures = sum(bool(check.finding) for check in own)
        suite = ET.SubElement(
            root, "testsuite", name=name, tests=str(len(own)), failures=str(failures)
        )
        for check in own:
            case = ET.SubElement(suite, "testcase", classname=check.kind, name=check.name)
            if check.finding:
                ET.SubElement(case, "failure", message=check.finding)
    return ET.tostring(root, encoding="unicode", xml_declaration=True)
