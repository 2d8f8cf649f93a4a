"""The class page: how a whole class did, in one file that needs no network and no server.

It takes results one at a time, so that a large class needs little memory.  Its script only
sorts and filters the tables; without it the page shows the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import fmean, median
from typing import Any, Final
from urllib.parse import quote

from grader.bounds import CLASS_ANSWERS, CLASS_BARS, CLASS_LINE_CHARACTERS
from grader.model import RIVALS, CaseResult, Outcome, Result, Standing, Status
from grader.report.language import Language
from grader.report.questions import Question, Questions
from grader.report.template import template
from grader.report.text import number, one_line
from grader.words import Words

_UNANSWERED: Final = (Outcome.MISSING, Outcome.ERROR)
#: Outcomes that a limit causes, not an answer.
_LIMITS: Final = (Outcome.TIMEOUT, Outcome.MEMORY, Outcome.CRASH)


@dataclass(slots=True)
class _Case:
    """A test case: ``outcomes`` counts those without a known mistake, ``named`` the others."""

    question: str
    name: str
    title: str = ""
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    named: int = 0


@dataclass(slots=True)
class _Mistake:
    """A mistake: the questions in which it was made, and by which submissions."""

    questions: dict[str, None] = field(default_factory=dict)
    names: dict[str, None] = field(default_factory=dict)


@dataclass(slots=True)
class _Answer:
    """A wrong answer without a known mistake: who gave it, and the code of the first."""

    code: str
    cases: tuple[str, ...]
    names: list[str] = field(default_factory=list)


class ClassPage:
    """Collects results and renders the page.

    ``columns`` are the assignment's (question, test case) pairs.
    """

    def __init__(
        self, *, title: str, columns: Sequence[tuple[str, str]], language: Language | None = None
    ) -> None:
        self._title, self._language = title, language or Language()
        self._cases = {column: _Case(*column) for column in columns}
        # By number and hint: one number may have several hints.
        self._mistakes: dict[tuple[int, Words], _Mistake] = {}
        # By question, and the answer in each of its test cases.
        self._answers: dict[tuple[str, tuple[str, ...]], _Answer] = {}
        self._rows: list[dict[str, Any]] = []
        self._shares: list[float] = []
        self._questions = Questions()
        self._same: dict[str, list[tuple[tuple[str, str], frozenset[str]]]] = {}
        self._missing: list[tuple[str, str]] = []

    def add(self, result: Result, standing: Standing | None = None) -> None:
        """Add one result; ``standing`` says whose it is, and its final score."""
        standing = standing or Standing()
        named = _linked(result.student, result.submission)
        self._rows.append(self._row(result, standing))
        if result.status is Status.MISSING:
            self._missing.append(named)
            return
        self._questions.add(result)
        if result.digest:
            whose = frozenset(standing.ids) or frozenset({result.student})
            self._same.setdefault(result.digest, []).append((named, whose))
        for case in result.cases:
            if known := self._cases.get((case.question, case.test_case)):
                known.title = case.title
                if case.mistake is None:
                    known.outcomes[case.outcome] += 1
                else:
                    known.named += 1
            if case.mistake is not None:
                key = case.mistake, case.hint or Words("")
                mistake = self._mistakes.setdefault(key, _Mistake())
                mistake.questions[case.question] = mistake.names[result.submission] = None
        self._add_answers(result)
        if result.score is not None and result.max_score:
            self._shares.append(min(max(result.score / result.max_score, 0.0), 1.0))

    def _add_answers(self, result: Result) -> None:
        """Group answers without a known mistake by question and by what was answered."""
        unnamed = [(case, case.answer) for case in result.cases if case.answer is not None]
        for question in dict.fromkeys(case.question for case, _ in unnamed):
            own = [(case, answer) for case, answer in unnamed if case.question == question]
            keys = tuple(f"{case.test_case} {answer.key}" for case, answer in own)
            cases = tuple(f"{question}/{case.test_case}" for case, _ in own)
            known = self._answers.setdefault((question, keys), _Answer(own[0][1].code, cases))
            known.names.append(result.submission)

    def render(self) -> str:
        """Return the page of all results that were added."""
        mistakes = sorted(
            self._mistakes.items(),
            key=lambda item: (-len(item[1].names), item[0][0], str(item[0][1])),
        )
        return template("class.html", self._language).render(
            title=self._language.tell(self._title),
            rows=self._rows,
            handed_in=len(self._rows) - len(self._missing),
            adjusted=any(row["adjusted"] for row in self._rows),
            missing=self._missing,
            same=self._identical(),
            questions=[_question_view(question) for question in self._questions.all()],
            human=[row for row in self._rows if row["reason"]],
            cases=[self._case_view(case) for case in self._cases.values()],
            mistakes=[self._mistake_view(*key, mistake) for key, mistake in mistakes],
            answers=[self._answer_view(answer) for answer in self._same_answers()],
            bars=_bars(self._shares),
            middle=_percent(median(self._shares or [0.0])),
            mean=_percent(fmean(self._shares or [0.0])),
        )

    def _mistake_view(self, number: int, hint: Words, mistake: _Mistake) -> dict[str, Any]:
        made = len(mistake.names)
        return {
            "number": number,
            "hint": one_line(self._language.tell(hint), CLASS_LINE_CHARACTERS),
            "questions": ", ".join(mistake.questions),
            "made": made,
            "percent": _percent(made / (len(self._rows) - len(self._missing))),
            "who": [_linked(name, name) for name in mistake.names],
        }

    def _identical(self) -> list[list[tuple[str, str]]]:
        """Return groups of submissions with the same bytes, of different students."""
        return [
            [named for named, _ in several]
            for several in self._same.values()
            if len({whose for _, whose in several}) > 1
        ]

    def _same_answers(self) -> list[_Answer]:
        """Return the answers that several gave, the most frequent first."""
        several = [answer for answer in self._answers.values() if len(answer.names) > 1]
        several.sort(key=lambda answer: (-len(answer.names), answer.cases))
        return several[:CLASS_ANSWERS]

    def _answer_view(self, answer: _Answer) -> dict[str, Any]:
        return {
            "made": len(answer.names),
            "cases": ", ".join(answer.cases),
            "code": answer.code,
            "entry": _entry(answer.cases),
            "who": [_linked(name, name) for name in answer.names],
        }

    def _case_view(self, case: _Case) -> dict[str, Any]:
        tried = case.outcomes.total() + case.named
        passed = case.outcomes[Outcome.PASSED]
        others = [
            (outcome.value, case.outcomes[outcome])
            for outcome in Outcome
            if outcome is not Outcome.PASSED and case.outcomes[outcome]
        ]
        return {
            "question": case.question,
            "name": case.name,
            "title": one_line(self._language.tell(case.title), CLASS_LINE_CHARACTERS),
            "passed": passed,
            "tried": tried,
            "percent": _percent(passed / tried if tried else 0.0),
            "others": others,
            "named": case.named,
        }

    def _row(self, result: Result, standing: Standing) -> dict[str, Any]:
        lost = [case for case in result.cases if case.outcome is not Outcome.PASSED]
        problem = self._language.tell(result.problem or "")
        absent = result.status is Status.MISSING
        final = "" if standing.final is None else number(round(standing.final, 2))
        return {
            "name": one_line(result.submission, CLASS_LINE_CHARACTERS),
            "link": _link(result.submission),
            "student": one_line(result.student, CLASS_LINE_CHARACTERS),
            # "missing" is a test case's outcome, too.
            "status": "absent" if absent else result.status.value,
            "adjusted": standing.is_adjusted,
            "excused": standing.is_excused,
            "final": final,
            "final_max": number(round(standing.final_max, 2)),
            "score": "" if result.score is None else number(round(result.score, 2)),
            "max_score": number(round(result.max_score, 2)),
            "lost": len(lost),
            "mistakes": sorted({c.mistake for c in result.cases if c.mistake is not None}),
            "reason": "" if absent else _reason(result, lost),
            "problem": one_line(problem, CLASS_LINE_CHARACTERS),
        }


def _question_view(question: Question) -> dict[str, Any]:
    telling = question.discrimination
    return {
        "name": question.name,
        "mean": _percent(question.mean),
        "deviation": _percent(question.deviation),
        "discrimination": "" if telling is None else f"{round(telling, 2) + 0.0:.2f}",
    }


def _entry(cases: Sequence[str]) -> str:
    """Return an entry for mistakes.py that loses these test cases, to be completed."""
    lost = ", ".join(f'"{case}"' for case in cases)
    return (
        f"table({lost}, rows=[\n"
        '    (0, "name_it",\n'
        '     "What helps to find it.",\n'
        '     ("lines of the solution", "what stands there in this answer")),\n'
        "])"
    )


def _reason(result: Result, lost: Iterable[CaseResult]) -> str:
    """Return why a person should look at this, a key of the template's words; or nothing."""
    if result.status is not Status.GRADED:
        return result.status.value
    if RIVALS in result.notes:
        return "rivals"
    outcomes = Counter(case.outcome for case in lost)
    if any(outcomes[limit] for limit in _LIMITS):
        return "limit"
    unanswered = sum(outcomes[outcome] for outcome in _UNANSWERED)
    half = sum(case.max_points - case.points for case in lost) >= result.max_score / 2
    # All points were lost without an answer: a single line may be wrong.
    return "near" if half and unanswered and unanswered == outcomes.total() else ""


def _bars(shares: Sequence[float]) -> list[dict[str, Any]]:
    """Return the histogram: for each tenth of the points, the submissions and the bar's height."""
    counts = Counter(min(int(share * CLASS_BARS + 1e-9), CLASS_BARS - 1) for share in shares)
    most = max(counts.values(), default=1)
    width = 100 // CLASS_BARS
    return [
        {
            "label": f"{i * width}–{(i + 1) * width} %",
            "start": i * width,
            "count": counts[i],
            "height": round(100 * counts[i] / most, 1),
        }
        for i in range(CLASS_BARS)
    ]


def _percent(share: float) -> str:
    return number(round(100 * share, 1))


def _linked(text: str, submission: str) -> tuple[str, str]:
    return one_line(text, CLASS_LINE_CHARACTERS), _link(submission)


def _link(submission: str) -> str:
    return f"submissions/{quote(submission, safe='', errors='surrogatepass')}/feedback.html"
