"""Verification finds what is unsound in an assignment, and says it in one line."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from grader.commands.verified import junit_xml
from grader.commands.verify import verify
from grader.course.assignment import load
from grader.course.known import mistakes
from grader.errors import AssignmentError
from grader.model import Check
from grader.proof.public_tests import failures
from tests.cases import spread

from .conftest import SETTINGS, TEST_FILE

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("one_interpreter")]
MISTAKES = """
from grader.model import Mistake

MISTAKES = (
    Mistake(number=1, name="3/1: thrice", loses=frozenset({LOSES}), hint="Twice, not thrice.",
            changes=(("SOLUTION", "FACTOR * x"),)),
)
"""
#: What the few test cases of this course do not see.
UNSEEN = ("keeps results by shape", "rounds to six digits", "clips to 1000",
          "gives a buffer of its own")  # fmt: skip
CHEATS = {f"double {what}": "for the test's sake" for what in UNSEEN}
VARIANTS = """
from grader.model import Variant

VARIANTS = (
    Variant(name="sum", description="adds x to itself",
            cells=("def double(x):\\n    return x + x",)),
    Variant(name="other", description="", cells=("def double(x):\\n    return @VALUE@",)),
)
"""


def raw(text: str) -> dict[str, object]:
    return {"cell_type": "raw", "metadata": {}, "source": text}


def code(text: str) -> dict[str, object]:
    return {"cell_type": "code", "metadata": {}, "source": text, "outputs": [],
            "execution_count": None}  # fmt: skip


def write_course(folder: Path, *, factor: str, loses: str, variant: str, solution: str) -> Path:
    """An assignment whose parts are sound or not, as the test says."""
    place = folder / "assignments" / "doubling"
    (place / "tests").mkdir(parents=True)
    (place / "assignment.toml").write_text(SETTINGS)
    (place / "tests" / "double.py").write_text(TEST_FILE)
    mistakes = MISTAKES.replace("FACTOR", factor).replace("LOSES", loses)
    mistakes = mistakes.replace("SOLUTION", solution)
    (place / "mistakes.py").write_text(mistakes)
    variants = VARIANTS.replace("@VALUE@", variant) + f"CHEATS = {CHEATS}\n"
    (place / "variants.py").write_text(variants)
    body = (
        f"def double(x):\n    # BEGIN SOLUTION NO PROMPT\n    return {solution}\n    # END SOLUTION"
    )
    prompt = '\n    """ # BEGIN PROMPT\n    raise NotImplementedError\n    """; # END PROMPT'
    cells = [
        raw(
            "# ASSIGNMENT CONFIG\ninit_cell: false\nexport_cell: false\ntests:\n  ok_format: false"
        ),
        raw("# BEGIN QUESTION\nname: double\npoints: 0"),
        {"cell_type": "markdown", "metadata": {}, "source": "Double x."},
        raw("# BEGIN SOLUTION"),
        code(body + prompt),
        raw("# END SOLUTION"),
        raw("# END QUESTION"),
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    book = {"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 4}
    (place / "doubling.ipynb").write_text(json.dumps(book))
    return place


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({}, {}),
        (
            {"factor": "2", "variant": "x * 2.5"},
            {"mistake": "loses nothing in double", "variant": "scores 0 of 3"},
        ),
        (
            {"loses": '"double/arrays"', "variant": "x * (2 if isinstance(x, int) else 3)"},
            {"mistake": "also loses double/values", "variant": "scores 2 of 3"},
        ),
        ({"solution": "x * 4"}, {"solution": "scores 0 of 3"}),
    ],
)
def test_what_is_unsound_is_found(
    tmp_path: Path, parts: dict[str, str], expected: dict[str, str]
) -> None:
    sound = {"factor": "3", "loses": '"double"', "variant": "2 * x", "solution": "x * 2"}
    place = write_course(tmp_path, **(sound | parts))
    checks = verify([load(place)], jobs=1, repetitions=0 if expected else 1, otter=False)
    findings = [(check.kind, check.finding) for check in checks if check.finding]
    assert [kind for kind, _ in findings] == list(expected)
    assert all(expected[kind] in said for kind, said in findings)
    if not expected:
        kinds = {"solution", "template", "mistake", "variant", "cheat", "rewritten", "sentences",
                 "naming"}  # fmt: skip
        assert {check.kind for check in checks} >= kinds


@pytest.mark.parametrize(
    ("explained", "finding"),
    spread(
        [
            ({}, ""),
            ({"double rounds to six digits": None}, "loses nothing"),
            ({"double reads its arguments once": "wrongly"}, "loses points"),
            ({"double is slow": "?"}, "no such one"),
        ],
        2,
    ),
)
def test_a_cheat_loses_points_or_is_explained(
    tmp_path: Path, explained: dict[str, str | None], finding: str
) -> None:
    place = write_course(tmp_path, factor="3", loses='"double"', variant="2 * x", solution="x * 2")
    kept = {name: why for name, why in (CHEATS | explained).items() if why is not None}
    with (place / "variants.py").open("a") as file:
        file.write(f"CHEATS = {kept}\n")
    checks = verify([load(place)], jobs=1, repetitions=0, otter=False)
    found = {check.name: check.finding for check in checks if check.finding}
    assert found.keys() == explained.keys()
    assert all(finding in text for text in found.values())


SURVIVES = "double: x ** 1 -> x * 1"


@pytest.mark.parametrize(
    ("explained", "findings"),
    spread(
        [
            ("{}", {SURVIVES: "loses nothing"}),
            (f"{{{SURVIVES!r}: 'the same number'}}", {}),
            ("{'double: x -> y': '?'}", {SURVIVES: "loses nothing", "double: x -> y": "no such"}),
            (
                f"{{{SURVIVES!r}: 'the same number', 'double: 2 -> 3': 'wrongly'}}",
                {"double: 2 -> 3": "loses points"},
            ),
        ],
        2,
    ),
)
def test_a_mutant_loses_points_or_is_explained(
    tmp_path: Path, explained: str, findings: dict[str, str]
) -> None:
    place = write_course(
        tmp_path, factor="3", loses='"double"', variant="2 * x", solution="x ** 1 * 2"
    )
    with (place / "variants.py").open("a") as file:
        file.write(f"EQUIVALENT = {explained}\n")
    checks = verify([load(place)], jobs=1, repetitions=0, otter=False, mutate=True)
    mutants = {check.name: check.finding for check in checks if check.kind == "mutant"}
    assert len(mutants) >= 5
    found = {name: finding for name, finding in mutants.items() if finding}
    assert found.keys() == findings.keys()
    assert all(text in found[name] for name, text in findings.items())


def test_junit_has_a_test_case_for_each_check() -> None:
    checks = [
        Check(assignment="a", kind="mistake", name="one"),
        Check(assignment="a", kind="variant", name="two", finding="lost <points>"),
    ]
    suite = ET.fromstring(junit_xml(checks)).find("testsuite")
    assert suite is not None
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    failure = suite.find("testcase/failure")
    assert failure is not None
    assert failure.get("message") == "lost <points>"


def test_what_is_found_of_each_assignment_is_told_before_the_next_step(tmp_path: Path) -> None:
    places = [
        write_course(tmp_path / name, factor=factor, loses='"double"', variant="x * 2",
                     solution="x * 2")
        for name, factor in (("first", "3"), ("second", "2"))
    ]  # fmt: skip
    for number, place in enumerate(places):
        places[number] = place.rename(place.with_name(f"doubling_{number}"))
        (places[number] / "doubling.ipynb").rename(places[number] / f"doubling_{number}.ipynb")
    told: list[str] = []
    verify(list(map(load, places)), jobs=2, repetitions=0, otter=False, tell=told.append)
    until = told[1 : told.index("mistakes in other code")]
    assert sum(" hold" in text for text in until) == 2
    (finding,) = [text for text in until if "loses nothing" in text]
    assert finding.startswith("doubling_1, mistake 1 3/1: thrice: ")


SOUND = {"factor": "3", "loses": '"double"', "variant": "2 * x", "solution": "x * 2"}


def test_an_empty_catalogue_proves_nothing(tmp_path: Path) -> None:
    place = write_course(tmp_path, **SOUND)
    (place / "mistakes.py").write_text("MISTAKES = ()\n")
    checks = verify([load(place)], jobs=1, repetitions=0, otter=False)
    assert any("none is known" in check.finding for check in checks if check.kind == "mistake")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"3 * x"', '"3 * * x"', "makes code that is no Python"),
    ],
)
def test_a_mistake_that_cannot_be_made_or_told_is_refused(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    place = write_course(tmp_path, **SOUND)
    path = place / "mistakes.py"
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(AssignmentError, match=said):
        mistakes(load(place))


@pytest.mark.parametrize(
    ("asked", "template", "found"),
    [
        ("double(3) == 6", "raise NotImplementedError", set()),
        ("double(3) == 7", "raise NotImplementedError", {"the solution", "sum"}),
        ("type(double(3)) is int", "return x", {"the template"}),
    ],
)
def test_public_tests_pass_on_right_code_and_fail_on_the_template(
    tmp_path: Path, asked: str, template: str, found: set[str]
) -> None:
    place = write_course(tmp_path, **SOUND)
    tests = place / "tests" / "double.py"
    public = TEST_FILE.replace("hidden=True, failure", "failure").replace("double(2) == 4", asked)
    tests.write_text(public)
    right = {"the solution": ["def double(x):\n    return 2 * x"],
             "sum": ["%matplotlib inline", "def double(x):\n    return x + x"]}  # fmt: skip
    cells = [f"def double(x):\n    {template}"]
    amiss = [name for name, why in failures(load(place), right, cells) if why]
    assert {name.removeprefix("public tests on ") for name in amiss} == found
