"""What verification finds by the results of an assignment's specimens, and how it is shown."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace

import pytest

from grader.commands.verified import junit_xml, line, print_table
from grader.course.assignment import Assignment
from grader.model import (
    CaseResult,
    Check,
    Confirmed,
    Mistake,
    Outcome,
    Result,
    Status,
    Variant,
)
from grader.proof import findings as findings_module
from grader.proof.findings import earns, judge, told
from grader.proof.mutants import Changed
from grader.proof.specimens import Course
from grader.words import Words

RIGHT, WRONG = "def double(x):\n    return 2 * x", "def double(x):\n    return 3 * x"
THRICE = Mistake(
    number=7, name="thrice", loses=frozenset({"double/values"}), hint="Look at 7.", changes=()
)
CHEAT, MUTANT = (
    Changed(name="double rounds", code=RIGHT),
    Changed(name="double: 2 -> 3", code=WRONG),
)
VALUES = CaseResult(
    question="double", test_case="values", hidden=True, outcome=Outcome.PASSED, points=2.0,
    max_points=2.0,
)  # fmt: skip
ARRAYS = replace(VALUES, test_case="arrays", points=1.0, max_points=1.0)
LOST = replace(VALUES, outcome=Outcome.FAILED, points=0.0, said=(Words("Not twice x."),))
NAMED = replace(LOST, mistake=7, hint=Words("Look at 7."))
BOTH = (NAMED, replace(ARRAYS, outcome=Outcome.FAILED, points=0.0))
Judged = Callable[..., dict[str, list[Check]]]


def result(*cases: CaseResult, status: Status = Status.GRADED, **more: object) -> Result:
    score = None if status is Status.FAULT else sum(case.points for case in cases)
    told = {"submission": "s", "source": "s", "student": "s", "digest": "0", **more}
    return Result(status=status, score=score, max_score=3.0, cases=cases, **told)  # type: ignore[arg-type]


FULL, NOTHING = result(VALUES, ARRAYS), result(*BOTH)
FAULT = result(status=Status.FAULT, problem=Words("the worker vanished"))
SOUND = {
    "solution": FULL,
    "template": NOTHING,
    "mistake-thrice": result(NAMED, ARRAYS),
    "variant-sum": FULL,
    "cheat-double rounds": NOTHING,
    "mutant-double: 2 -> 3": NOTHING,
}


@pytest.fixture
def judged(make_course: Callable[..., Assignment], monkeypatch: pytest.MonkeyPatch) -> Judged:
    """The checks by kind, where some results or parts are not as in a sound assignment."""
    # The public tests, for which a whole notebook would be needed, hold.
    monkeypatch.setattr(findings_module, "failures", lambda *given: [("public tests", "")])

    def judging(
        *, variants: str = "", mistakes: str = "", hint: str = "Look at 7.",
        known: bool = True, mutate: bool = True, **results: Result,
    ) -> dict[str, list[Check]]:  # fmt: skip
        assignment = make_course()
        (assignment.folder / "variants.py").write_text(variants)
        (assignment.folder / "mistakes.py").write_text(mistakes)
        course = Course(
            assignment=assignment, place=0, solution=(RIGHT,), template=("double = None",),
            mistakes=(replace(THRICE, hint=hint),) if known else (),
            variants=(Variant(name="sum", description="", cells=(RIGHT,)),),
            cheats=(CHEAT,), mutants=(MUTANT,) if mutate else (),
        )  # fmt: skip
        of_kind = {kind: next(name for name in SOUND if name.startswith(kind)) for kind in results}
        changed = SOUND | {of_kind[kind]: one for kind, one in results.items()}
        found: dict[str, list[Check]] = {}
        for check in judge(course, {f"doubling-{name}": one for name, one in changed.items()}):
            assert check.assignment == "doubling"
            found.setdefault(check.kind, []).append(check)
        return found

    return judging


def findings(judged: dict[str, list[Check]]) -> dict[str, str]:
    """What is found, by kind and name."""
    return {f"{c.kind} {c.name}": c.finding for kind in judged.values() for c in kind if c.finding}


def test_a_sound_assignment_has_each_check_and_no_finding(judged: Judged) -> None:
    found = judged()
    assert findings(found) == {}
    assert not [check.remark for kind in found.values() for check in kind if check.remark]
    assert {kind: [check.name for check in checks] for kind, checks in found.items()} == {
        "public": ["public tests"],
        "solution": ["solution"], "template": ["template"], "mistake": ["7 thrice"],
        "named": ["7 thrice"], "cost": ["7 thrice"], "truth": ["0 of 0 sentences confirmed"],
        "variant": ["sum"], "cheat": ["double rounds"], "mutant": ["double: 2 -> 3"],
        "hints": ["of 1 that give a wrong answer 1 are hinted, 0 told what is expected "
                  "(100% together); 0 more raise"],
    }  # fmt: skip
    assert {"mutant", "hints"}.isdisjoint(judged(mutate=False))


@pytest.mark.parametrize(
    ("results", "found"),
    [
        ({"solution": result(LOST, ARRAYS)},
         {"solution solution": "scores 1 of 3; double/values failed: Not twice x."}),
        ({"solution": FAULT}, {"solution solution": "the grader failed: the worker vanished"}),
        ({"template": FULL}, {"template template": "scores 3 of 0; "}),
        ({"variant": result(LOST, ARRAYS)},
         {"variant sum": "scores 1 of 3; double/values failed: Not twice x."}),
        ({"variant": result(replace(VALUES, mistake=7), ARRAYS)},
         {"variant sum": "is right, and is given the mistake 7"}),
        ({"cheat": FULL},
         {"cheat double rounds": "loses nothing: a hole in the tests, or right, too"}),
        ({"cheat": FAULT}, {"cheat double rounds": "the grader failed: the worker vanished"}),
        ({"mutant": FULL},
         {"mutant double: 2 -> 3": "loses nothing: a hole in the tests, or right, too"}),
        ({"mistake": FULL}, {"mistake 7 thrice": "loses nothing in double/values"}),
        ({"mistake": FAULT}, {"mistake 7 thrice": "the grader failed: the worker vanished"}),
    ],
    ids=["solution", "a fault of ours", "template", "variant", "accused variant", "cheat",
         "fault of a cheat", "mutant", "mistake", "fault of a mistake"],
)  # fmt: skip
def test_what_is_unsound_is_found_where_it_is(
    results: dict[str, Result], found: dict[str, str], judged: Judged
) -> None:
    assert findings(judged(**results)) == found


def test_of_an_unsound_solution_no_cheat_is_judged(judged: Judged) -> None:
    assert "cheat" not in judged(solution=NOTHING, cheat=FULL)


@pytest.mark.parametrize(
    ("explained", "results", "found"),
    [
        ("CHEATS = {'double rounds': 'why'}", {"cheat": FULL}, {}),
        ("CHEATS = {'double rounds': 'why'}", {},
         {"cheat double rounds": "is explained in CHEATS, and loses points"}),
        ("CHEATS = {'gone': 'why'}", {},
         {"cheat gone": "is explained in CHEATS, and there is no such one"}),
        ("EQUIVALENT = {'double: 2 -> 3': 'why'}", {"mutant": FULL}, {}),
        ("EQUIVALENT = {'double: 2 -> 3': 'why'}", {},
         {"mutant double: 2 -> 3": "is explained in EQUIVALENT, and loses points"}),
        ("EQUIVALENT = {'gone': 'why'}", {},
         {"mutant gone": "is explained in EQUIVALENT, and there is no such one"}),
    ],
)  # fmt: skip
def test_what_is_explained_loses_nothing_and_is_there(
    explained: str, results: dict[str, Result], found: dict[str, str], judged: Judged
) -> None:
    assert findings(judged(variants=explained, **results)) == found


@pytest.mark.parametrize(
    ("mistake", "finding", "remark"),
    [
        (NAMED, "", ""),
        (replace(NAMED, mistake=8), "is named as 8", ""),
        (LOST, "", "is not named"),
        (replace(LOST, hint=Words("Look at 7.")), "", "has its hint, but no number"),
        (replace(LOST, hint=Words("Look at 8.")), "", "is not named"),
    ],
    ids=["named", "as another", "silent", "hinted", "another's hint"],
)
def test_how_a_known_mistake_is_named(
    mistake: CaseResult, finding: str, remark: str, judged: Judged
) -> None:
    (check,) = judged(mistake=result(mistake, ARRAYS))["named"]
    assert (check.finding, check.remark) == (finding, remark)


def test_a_mistake_without_a_hint_is_not_asked_for_its_name(judged: Judged) -> None:
    found = judged(hint=" ")
    assert "named" not in found
    assert ["has no hint" in check.finding for check in found["mistake"]] == [True]


OTHER = replace(VALUES, question="other", max_points=2.0)


@pytest.mark.parametrize(
    ("why", "cases", "finding", "remark"),
    [
        ("", (NAMED, replace(OTHER, points=0.0)),
         "costs 4 of 3 points, more than the 3 of double", ""),
        ("it must", (NAMED, replace(OTHER, points=0.0)), "",
         "costs 4 of 3 points, more than the 3 of double: it must"),
        ("", (NAMED, replace(OTHER, points=1.0)), "", ""),
        ("it must", (NAMED,), "is explained in COSTLY, and costs no more than its question", ""),
    ],
    ids=["two questions", "explained", "just its worth", "explained in vain"],
)  # fmt: skip
def test_what_a_mistake_costs_beyond_its_question(
    why: str, cases: tuple[CaseResult, ...], finding: str, remark: str, judged: Judged
) -> None:
    text = f"COSTLY = {{'thrice': {why!r}}}" if why else ""
    (check,) = judged(mistakes=text, mistake=result(*cases))["cost"]
    assert (check.finding, check.remark) == (finding, remark)


def test_sentences_of_mistakes_are_counted_and_untrue_ones_found(judged: Judged) -> None:
    page = result(NAMED, ARRAYS, confirmed=Confirmed(2, 5, ("It is 3.", "It is 4.")))
    found = judged(mistake=page)
    assert [check.name for check in found["truth"]] == ["2 of 5 sentences confirmed"]
    assert findings(found) == {
        "sentences 7 thrice": "this was not borne out: It is 3.; this was not borne out: It is 4."
    }


def test_a_course_that_knows_no_mistake_is_told(judged: Judged) -> None:
    (said,) = findings(judged(known=False)).values()
    assert said.startswith("none is known: write mistakes.py")


@pytest.mark.parametrize(
    ("score", "points", "is_right"),
    [(3.0, 3.0, True), (2.0, 3.0, False), (0.1 + 0.2, 0.3, True), (0.3 + 1e-6, 0.3, False)],
)
def test_a_score_is_right_up_to_rounding(score: float, points: float, is_right: bool) -> None:
    said = earns(replace(FULL, score=score), points)
    assert (said == "") == is_right
    assert is_right or said == told(replace(FULL, score=score), points)


# -- how it is shown -------------------------------------------------------------------

CHECKS = [
    Check(assignment="a", kind="mistake", name="one"),
    Check(assignment="a", kind="mistake", name="two", finding="loses [nothing]"),
    Check(assignment="a", kind="mistake", name="three", remark="is [bold]not[/] named"),
    Check(assignment="b", kind="variant", name='<four> & "five"', finding="scores < 3"),
    Check(assignment="b", kind="truth", name="3 of 4 sentences confirmed"),
]


def shown(checks: list[Check], capsys: pytest.CaptureFixture[str]) -> list[str]:
    print_table(checks)
    return [" ".join(text.split()) for text in capsys.readouterr().out.splitlines()]


def test_the_table_counts_what_holds_and_lists_the_rest(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines = shown(CHECKS, capsys)
    table = {text.strip("│ ").partition("│")[0].strip(): text for text in lines if "│" in text}
    assert "1 of 3 │ 0 of 0" in table["mistakes"]
    assert "0 of 0 │ 0 of 1" in table["variants"]
    assert "mutants" not in table  # nobody asked for them
    assert lines[-4:] == [
        "b, pages of mistakes: 3 of 4 sentences confirmed",
        "a, mistake two: loses [nothing]",
        'b, variant <four> & "five": scores < 3',
        "a, mistake three: is [bold]not[/] named",
    ]
    assert line(CHECKS[1], "x") == "a, mistake two: x"


def test_a_long_finding_is_one_line_which_can_be_searched_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    finding = " ".join(f"word{number}" for number in range(60))
    checks = [Check(assignment="a", kind=kind, name="x", **{field: finding})
              for kind, field in (("cheat", "finding"), ("variant", "remark"))]  # fmt: skip
    checks.append(Check(assignment="a", kind="truth", name=finding))
    assert sum(line.endswith(finding) for line in shown(checks, capsys)) == 3


def test_all_that_holds_is_said_in_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    checks = [CHECKS[0], CHECKS[4], Check(assignment="a", kind="mutant", name="six")]
    lines = shown(checks, capsys)
    assert lines[-1] == "All 3 checks hold."
    assert any(text.strip("│ ").startswith("mutants") for text in lines)


def test_junit_tells_each_assignment_and_each_failure() -> None:
    suites = ET.fromstring(junit_xml(CHECKS)).findall("testsuite")
    counts = [(one.get("name"), one.get("tests"), one.get("failures")) for one in suites]
    assert counts == [("a", "3", "1"), ("b", "2", "1")]
    cases = {case.get("name"): case for suite in suites for case in suite}
    assert set(cases) == {check.name for check in CHECKS}
    failures = {name: case.find("failure") for name, case in cases.items()}
    assert {name: one.get("message") for name, one in failures.items() if one is not None} == {
        "two": "loses [nothing]", '<four> & "five"': "scores < 3",
    }  # fmt: skip
