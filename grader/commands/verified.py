"""Shows what ``grader verify`` found: a table for people, JUnit's XML for CI."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from grader.proof.findings import Check

_KINDS = {
    "solution": "solution",
    "template": "template",
    "public": "public",
    "mistake": "mistakes",
    "named": "named",
    "cost": "costs",
    "variant": "variants",
    "cheat": "cheats",
    "rewritten": "rewritten",
    "sentences": "sentences",
    "elsewhere": "elsewhere",
    "mutant": "mutants",
    "repetition": "repeated",
    "handout": "handout",
    "otter run": "as Otter",
}
#: Kinds whose name says all: a line per assignment.
_LINES = {"truth": "pages of mistakes", "naming": "mistakes in other code", "hints": "mutants"}


def print_table(checks: Sequence[Check]) -> None:
    """Print a column per assignment, then a line per finding, to standard output."""
    console = Console()
    names = list(dict.fromkeys(check.assignment for check in checks))
    table = Table("", *map(escape, names))
    for kind, title in _KINDS.items():
        own = [[c for c in checks if (c.assignment, c.kind) == (name, kind)] for name in names]
        if kind == "mutant" and not any(own):
            continue  # nobody asked for them
        table.add_row(title, *map(_count, own))
    console.print(table)
    for check in checks:
        if check.kind in _LINES:
            text = f"{check.assignment}, {_LINES[check.kind]}: {check.name}"
            console.print(escape(text), soft_wrap=True)
    findings = [check for check in checks if check.finding]
    for check in findings:
        console.print(escape(_line(check, check.finding)), soft_wrap=True)
    for check in checks:
        if check.remark:
            console.print(escape(_line(check, check.remark)), soft_wrap=True, style="yellow")
    if not findings:
        console.print(f"All {len(checks)} checks hold.")


def _count(checks: Sequence[Check]) -> str:
    """Return how many checks hold without a remark, in red where one fails."""
    clear = sum(not check.finding and not check.remark for check in checks)
    short = any(check.finding for check in checks)
    colour = "red" if short else "green" if clear == len(checks) else "yellow"
    return f"[{colour}]{clear} of {len(checks)}[/]"


def _line(check: Check, text: str) -> str:
    return f"{check.assignment}, {check.kind} {check.name}: {text}"


def junit_xml(checks: Sequence[Check]) -> str:
    """Return a JUnit report: one test suite per assignment, one test case per check."""
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
