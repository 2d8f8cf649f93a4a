"""results.json in Gradescope's documented schema, one entry a test case.

https://gradescope-autograders.readthedocs.io/en/latest/specs/ ("Output format").
Every test case is ``visible`` unless told otherwise: what is said of a hidden one never
holds an expected value, and while any entry is hidden Gradescope shows students no score.
Where the grader itself failed there is no ``score``: Gradescope then reports that the
autograder failed, and records no zero.
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
    """The results.json of ``result``; UTF-8, indented, ending in a line feed.

    ``standing`` says what adjust.toml makes of the score; ``hidden`` is when students see
    hidden test cases, one of ``VISIBILITIES``.
    """
    language = language or Language()
    document: dict[str, Any] = {
        "output": clean(
            "\n".join([*_told(standing, language), *_summary(result, language)]),
            GRADESCOPE_OUTPUT_CHARACTERS,
        ),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": VISIBLE,
        "stdout_visibility": "hidden",  # the grader's own output is for teachers
        "execution_time": round(result.seconds, 3),
        "extra_data": {
            "status": result.status.value,
            "submission": one_line(result.submission, GRADESCOPE_LINE_CHARACTERS),
            "isolation": list(result.isolation),
        },
    }
    if result.status is not Status.FAULT and result.score is not None:
        document["score"] = _rounded(_score(result, standing))
        document["tests"] = [_test(case, language, hidden) for case in result.cases]
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"


def _told(standing: Standing | None, language: Language) -> list[str]:
    return (
        []
        if standing is None
        else [one_line(language.tell(s), GRADESCOPE_LINE_CHARACTERS) for s in standing.said]
    )


def _score(result: Result, standing: Standing | None) -> float:
    """The final score, where there is one."""
    adjusted = standing is not None and standing.is_adjusted and not standing.is_excused
    return (standing.final if standing and adjusted else result.score) or 0.0


def _summary(result: Result, language: Language) -> list[str]:
    tell, lines = language.tell, []
    if result.status is Status.FAULT:
        # How it failed is for teachers: it may tell of hidden tests.
        lines.append(
            tell(say("The grader itself failed: this is no zero, the course staff will see to it."))
        )
    elif result.problem:
        lines.append(tell(result.problem))
    else:
        lines += map(tell, summary(result.cases))
    lines += [one_line(tell(note), GRADESCOPE_LINE_CHARACTERS) for note in result.notes]
    failed = [cell for cell in result.cells if cell.error]
    errors = [say("Code cell {index}: {error}", index=c.index, error=c.error or "") for c in failed]
    return [*lines, *(one_line(tell(error), GRADESCOPE_LINE_CHARACTERS) for error in errors)]


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
    """Points without the noise of adding them up (0.1 + 0.2), as scores.csv has them."""
    return float(f"{points:.10g}")
