"""What a mutant is: one small change of a definition, and a name that says it."""

from __future__ import annotations

import pytest

from grader.proof.mutants import mutants


@pytest.mark.parametrize(
    ("line", "changes"),
    [
        ("a = x + y", {"x + y -> x - y"}),
        ("a **= 2", {"a **= 2 -> a *= 2", "2 -> 3"}),
        ("a = -x", {"-x -> +x"}),
        ("a = x @ y", {"x @ y -> x * y"}),
        ("a = x < y", {"x < y -> x >= y"}),
        ("a = x is None", {"x is None -> x is not None"}),
        ("a = 0.25", {"0.25 -> 0.5"}),
        ("a = 0.0", {"0.0 -> 1.0"}),
        ("a = True", {"True -> False"}),
        ("a = x.copy()", {"x.copy() -> np.asarray(x)"}),
        ("a = x.sum(axis=y)", {"x.sum(axis=y) -> x.sum()"}),
        ("'only words'", set()),
        ("assert x.shape", set()),
        ("import math", set()),
    ],
)
def test_a_line_is_changed_in_each_way(line: str, changes: set[str]) -> None:
    found = mutants([f"def f(x, y):\n    {line}\n    return g(x)"], ["f"])
    left_out = {"return g(x) -> (nothing)"}
    if not line.startswith(("'", "assert", "import")):
        left_out.add(f"{line} -> (nothing)")
    assert {mutant.name.removeprefix("f: ") for mutant in found} == changes | left_out


def test_a_mutant_differs_from_the_solution_in_one_place() -> None:
    (mutant, *_) = mutants(["class A:\n    def f(self):\n        return 1 + 1"], ["A"])
    assert mutant.name == "A.f: return 1 + 1 -> (nothing)"
    assert mutant.code == "class A:\n\n    def f(self):\n        pass"


def test_what_reads_alike_is_told_apart_and_what_is_not_asked_for_stays() -> None:
    cells = ["def f(x):\n    return (x + 1) * (x + 1)", "def helper():\n    return 1 + 1"]
    names = [mutant.name for mutant in mutants(cells, ["f"])]
    assert "f: x + 1 -> x - 1" in names
    assert "f: x + 1 -> x - 1 (2)" in names
    assert len(set(names)) == len(names)
    assert not any("helper" in name for name in names)
