"""``grader verify --adopt``: killed mutants become entries of the catalogue that lack a hint."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

import pytest

from grader.commands.new import write_from_reference, write_skeleton
from grader.commands.verify import verify
from grader.course import catalogue
from grader.course.assignment import load
from grader.course.known import all_mistakes, mistakes
from grader.model import CaseResult, Mistake, Outcome
from grader.proof import adopting
from grader.proof.mutants import mutants

SOLUTION = """class Layer:
    def forward(self, x, twice=False):
        # BEGIN SOLUTION NO PROMPT
        y = x * (x + 1)
        z = x * (x + 1)
        if y.sum() > 2:
            y = (y
                 - 3)
        # END SOLUTION
        return y + z
"""


def case(*, mistake: int | None = None, outcome: Outcome = Outcome.FAILED) -> CaseResult:
    return CaseResult(question="forward", test_case="values", outcome=outcome, points=0.0,
                      max_points=1.0, hidden=True, mistake=mistake)  # fmt: skip


PASSED = replace(case(outcome=Outcome.PASSED), test_case="pure", points=1.0)


def adopted(source: str, *cases: CaseResult, known: tuple[Mistake, ...] = ()) -> list[Mistake]:
    killed = [(one, list(cases)) for one in mutants([source], ["Layer"])]
    return adopting.adopted(killed, [source], {"Layer": source}, known)


def test_each_makes_its_mutant_by_one_change_of_the_text() -> None:
    found = adopted(SOLUTION, case())
    trees = {one.name: ast.dump(ast.parse(one.code)) for one in mutants([SOLUTION], ["Layer"])}
    for mistake in found:
        code = catalogue.written({"Layer": SOLUTION}, mistake)
        assert ast.dump(ast.parse(code)) == trees[mistake.name]
        assert (mistake.hint, mistake.loses) == ("", frozenset({"forward/values"}))
    assert len(found) == len(trees)
    changes = {mistake.name: mistake.changes for mistake in found}
    assert changes["Layer.forward: x + 1 -> x - 1"] == (("y = x * (x + 1)", "y = x * (x - 1)"),)
    assert changes["Layer.forward: y - 3 -> y + 3"] == (("y = (y\n     - 3)", "y = y + 3"),)
    assert changes["Layer.forward: y.sum() > 2 -> y.sum() <= 2"] == (
        ("y.sum() > 2", "y.sum() <= 2"),
    )


@pytest.mark.parametrize(
    ("cases", "known"),
    [
        ([case(mistake=3)], False),
        ([case(outcome=Outcome.ERROR)], False),
        ([], False),
        ([case()], True),
        ([case(), case(outcome=Outcome.ERROR)], False),
        ([case(), case(mistake=3)], False),
        ([PASSED], False),
    ],
)
def test_what_is_named_or_raises_or_loses_nothing_or_is_there_is_left_out(
    cases: list[CaseResult], known: bool
) -> None:
    there = tuple(adopted(SOLUTION, case())) if known else ()
    assert adopted(SOLUTION, *cases, known=there) == []


@pytest.mark.parametrize(
    "text",
    [
        None,
        "MISTAKES = ()\n",
        '"""Words."""\n\nfrom grader.course.catalogue import table\n\nMISTAKES = table(rows=[])\n',
        "from grader.model import Mistake\n\nMISTAKES: tuple[Mistake, ...] = ()\n",
    ],
)
def test_the_catalogue_is_python_that_gives_the_mistakes(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "mistakes.py"
    if text is not None:
        path.write_text(text)
    found = adopted(SOLUTION, case())
    adopting.write(path, found)
    written = path.read_text()
    assert written.count("from grader.model import Mistake\n") == 1
    assert ast.get_docstring(ast.parse(written)) or "Words" not in written
    space: dict[str, object] = {}
    exec(written, space)
    assert space["MISTAKES"] == tuple(found)


def test_what_is_kept_is_not_lost_and_numbers_go_on() -> None:
    known = (replace(adopted(SOLUTION, case())[0], number=41, name="known"),)
    found = adopted(SOLUTION, case(), PASSED, known=known)
    assert [mistake.number for mistake in found] == list(range(42, 42 + len(found)))
    assert {mistake.loses for mistake in found} == {frozenset({"forward/values"})}
    assert {mistake.in_ for mistake in found} == {"Layer"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("plain", '"plain"'),
        ("it's", '"it\'s"'),
        ('say "no"', "'say \"no\"'"),
        ("both ' and \"", "'both \\' and \"'"),
        ("a\nb\\", repr("a\nb\\")),
        ("課題", '"課題"'),
    ],
)
def test_an_entry_is_code_that_gives_the_text(text: str, code: str) -> None:
    mistake = Mistake(
        number=1, name=text, loses=frozenset({text}), hint="", changes=((text, text),)
    )
    source = adopting.source(mistake)
    assert eval(source.strip().rstrip(","), {"Mistake": Mistake}) == mistake
    assert f"name={code}," in source


@pytest.mark.slow
@pytest.mark.usefixtures("one_interpreter")
def test_verify_adopts_once_and_asks_for_the_hints(tmp_path: Path) -> None:
    write_skeleton("sigmoid", tmp_path)
    path = tmp_path / "assignments" / "sigmoid" / "mistakes.py"
    path.write_text("MISTAKES = ()\n")
    made = load("sigmoid", start=tmp_path)
    first = verify([made], jobs=1, repetitions=0, otter=False, adopt=True)
    (told,) = [check for check in first if check.name == "adopted"]
    assert "each to be given a hint" in told.remark
    written = path.read_text()
    again = verify([made], jobs=1, repetitions=0, otter=False, adopt=True)
    assert path.read_text() == written
    hintless = [check for check in again if "has no hint" in check.finding]
    assert len(hintless) == len(all_mistakes(made)) >= 8
    assert {check.kind for check in hintless} == {"mistake"}
    assert mistakes(made) == ()


@pytest.mark.slow
@pytest.mark.usefixtures("one_interpreter")
def test_nothing_is_adopted_from_a_solution_that_loses_points(tmp_path: Path) -> None:
    (tmp_path / "reference").mkdir()
    source = "def f(x):\n    return x.tolist()[0] if x.ndim > 1 else 1.0 / 0 * x\n"
    (tmp_path / "reference" / "broken.py").write_text(source)
    write_from_reference("broken", tmp_path)
    path = tmp_path / "assignments" / "broken" / "mistakes.py"
    before = path.read_text()
    verify([load("broken", start=tmp_path)], jobs=1, repetitions=0, otter=False, adopt=True)
    assert path.read_text() == before
