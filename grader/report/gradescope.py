"""results.json in Gradescope's documented schema, one entry per test case.

https://gradescope-autograders.readthedocs.io/en/latest/specs/ ("Output format").
Every test case is ``visible`` by default: the text of a hidden one never holds an expected
value, and while any entry is hidden Gradescope shows students no score.  Where the grader
itself failed, and nobody gave a score, there is none: Gradescope then reports that the autograder
failed, and records no zero.
"""

from __future__ import annotations

from typing import Any

import msgspec

from grader.bounds import (
    GRADESCOPE_LINE_CHARACTERS,
    GRADESCOPE_NAME_CHARACTERS,
    GRADESCOPE_OUTPUT_CHARACTERS,
)
from grader.model import CaseResult, Outcome, Result, Standing, Status
from grader.report.language import Language
from grader.report.summary import summary
from grader.report.text import clean, one_line
from grader.words import Words, say

VISIBLE = "visible"
#: When students see an entry, in Gradescope's words.
VISIBILITIES = (VISIBLE, "after_due_date", "after_published", "hidden")


def results_json(
    result: Result,
    language: Language | None = None,
    standing: Standing | None = None,
    *,
    hidden: str = VISIBLE,
) -> str:
    """Return the results.json of ``result``: indented, ending in a line feed.

    ``standing`` holds the final score; ``hidden`` is when students see hidden test cases, one
    of ``VISIBILITIES``.
    """
    language, standing = language or Language(), standing or Standing()
    told = [_line(language.tell(said)) for said in standing.said]
    is_settled = standing.is_excused or standing.final is not None
    output = "\n".join([*told, *_summary(result, language, is_settled=is_settled)])
    document: dict[str, Any] = {
        "output": clean(output, GRADESCOPE_OUTPUT_CHARACTERS),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": VISIBLE,
        "stdout_visibility": "hidden",  # the grader's own output is for teachers
        "execution_time": round(result.seconds, 3),
        "extra_data": {
            "status": result.status.value,
            "submission": _line(result.submission),
            "isolation": list(result.isolation),
        },
    }
    has_score = result.status is not Status.FAULT and result.score is not None
    score = result.score if has_score else None
    if standing.is_adjusted and not standing.is_excused:
        score = standing.final  # people may give one where the grader failed
    if score is not None:
        document["score"] = _rounded(score)
        document["tests"] = [_test(case, language, hidden) for case in result.cases if has_score]
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"


def _line(text: str) -> str:
    return one_line(text, GRADESCOPE_LINE_CHARACTERS)


def _summary(result: Result, language: Language, *, is_settled: bool) -> list[str]:
    tell, lines = language.tell, []
    if result.status is Status.FAULT:
        # Why it failed is for teachers: it may tell of hidden tests.
        failed = say("The grader itself failed: this is no zero, the course staff will see to it.")
        lines += [] if is_settled else [tell(failed)]
    elif result.problem:
        lines.append(tell(result.problem))
    else:
        lines += map(tell, summary(result.cases))
    errors = [
        say("Code cell {index}: {error}", index=cell.index, error=cell.error)
        for cell in result.cells
        if cell.error
    ]
    return [*lines, *(_line(tell(said)) for said in (*result.notes, *errors))]


def _test(case: CaseResult, language: Language, hidden: str) -> dict[str, Any]:
    passed = case.outcome is Outcome.PASSED
    return {
        "name": one_line(f"{case.question} - {case.test_case}", GRADESCOPE_NAME_CHARACTERS),
        "name_format": "text",
        "score": _rounded(case.points),
        "max_score": _rounded(case.max_points),
        "status": "passed" if passed else "failed",
        "output": clean(_output(case, language), GRADESCOPE_OUTPUT_CHARACTERS),
        "output_format": "text",
        "visibility": hidden if case.hidden else VISIBLE,
        "extra_data": {
            "question": case.question,
            "test_case": case.test_case,
            "outcome": case.outcome.value,
            "mistake": case.mistake,
        },
    }


def _output(case: CaseResult, language: Language) -> str:
    hint = () if case.hint is None else (say("Hint: {hint}", hint=case.hint),)
    warnings = [say("Accepted, but: {warning}", warning=warning) for warning in case.warnings]
    title = Words(case.title)
    told = map(language.tell, (title, *(s for s in case.said if s != title), *hint, *warnings))
    return "\n".join(part for part in (*told, *_example(case, language), case.traceback) if part)


def _example(case: CaseResult, language: Language) -> list[str]:
    if case.example is None:
        return []
    tell, example = language.tell, case.example
    return [
        f"{tell(say('Try it yourself, in a cell of your notebook:'))}\n{example.code}",
        f"{tell(say('Yours:'))} {example.yours}",
        f"{tell(say('Right:'))} {example.right}",
    ]


def _rounded(points: float) -> float:
    """Return points without the noise of a sum (0.1 + 0.2), as in scores.csv."""
    return float(f"{points:.10g}")
