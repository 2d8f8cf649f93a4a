"""``grader verify --adopt``: mutants that lose points become known mistakes that lack only a hint.

A mutant is a changed syntax tree; a known mistake is a change of the notebook's text.  The text
chosen is the smallest that occurs once and whose change makes the same tree.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from grader.course import catalogue
from grader.model import CaseResult, Mistake, Outcome
from grader.proof.mutants import Changed, Definition

_HEAD = '"""Known mistakes: changes of the notebook\'s own solution."""\n\n'
_IMPORT = "from grader.model import Mistake\n"


def adopted(
    killed: Iterable[tuple[Changed, Sequence[CaseResult]]],
    core: Sequence[str],
    solution: Mapping[str, str],
    known: Sequence[Mistake],
) -> list[Mistake]:
    """Return a mistake for each mutant that gives wrong answers and is not named yet.

    ``core`` are the solution's cells, ``solution`` the notebook's definitions with the comments
    that mark the solution.  A mutant that cannot be written as one change is left out.
    """
    names = {mistake.name for mistake in known}
    number = max((mistake.number for mistake in known), default=0)
    plain = catalogue.defined_in(core, solution)
    found: list[Mistake] = []
    for mutant, cases in killed:
        lost = [case for case in cases if case.points < case.max_points]
        is_wrong = bool(lost) and all(case.outcome is Outcome.FAILED for case in lost)
        if not is_wrong or mutant.name in names or any(c.mistake is not None for c in cases):
            continue
        for change in _changes(plain, mutant):
            mistake = Mistake(
                number=number + len(found) + 1,
                name=mutant.name,
                loses=frozenset(f"{case.question}/{case.test_case}" for case in lost),
                hint="",
                changes=(change,),
                in_=_name(mutant),
            )
            if _makes(mistake, mutant, plain, solution):
                found.append(mistake)
                break
    return found


def write(path: Path, mistakes: Sequence[Mistake]) -> None:
    """Add mistakes to the end of a catalogue, or to a new one."""
    text = path.read_text("utf-8") if path.is_file() else _HEAD + _IMPORT + "\nMISTAKES = ()\n"
    if _IMPORT not in text:
        imports = [n for n in ast.parse(text).body if isinstance(n, ast.Import | ast.ImportFrom)]
        lines = text.splitlines(keepends=True)
        lines.insert((imports[-1].end_lineno or 0) if imports else 0, _IMPORT)
        text = "".join(lines)
    entries = "".join(textwrap.indent(source(mistake), "    ") for mistake in mistakes)
    path.write_text(f"{text}\nMISTAKES += (\n{entries})\n", "utf-8")


def source(mistake: Mistake) -> str:
    """Return the code of an entry of the catalogue."""
    loses = ", ".join(map(_quoted, sorted(mistake.loses)))
    lines = [
        "Mistake(",
        f"    number={mistake.number},",
        f"    name={_quoted(mistake.name)},",
        f"    hint={_quoted(mistake.hint)},",
        f"    loses=frozenset({{{loses}}}),",
        f"    in_={_quoted(mistake.in_)},",
        "    changes=(",
        *(f"        ({_quoted(old)}, {_quoted(new)})," for old, new in mistake.changes),
        "    ),",
        "),",
    ]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    code = repr(text)
    is_plain = code.startswith("'") and '"' not in text and "\\'" not in code
    return f'"{code[1:-1]}"' if is_plain else code


def _name(mutant: Changed) -> str:
    (node,) = ast.parse(mutant.code).body
    assert isinstance(node, Definition)
    return node.name


def _makes(
    mistake: Mistake, mutant: Changed, plain: Mapping[str, str], solution: Mapping[str, str]
) -> bool:
    """Return whether the mistake can be made in the notebook, and makes the mutant's tree."""
    try:
        catalogue.written(solution, mistake)
        code = catalogue.written(plain, mistake)
    except ValueError:
        return False
    return ast.dump(ast.parse(code)) == ast.dump(ast.parse(mutant.code))


def _changes(plain: Mapping[str, str], mutant: Changed) -> Iterator[tuple[str, str]]:
    """Yield pairs (old, new) of text: of a whole simple statement first, then of larger places."""
    text = plain[_name(mutant)]
    places = list(_differing(ast.parse(text), ast.parse(mutant.code)))[::-1]
    simple = [pair for pair in places if isinstance(pair[0], ast.stmt)
              and not hasattr(pair[0], "body")][:1]  # fmt: skip
    for before, after in [*simple, *places]:
        old = ast.get_source_segment(text, before, padded=isinstance(before, ast.stmt))
        if old is not None:
            yield textwrap.dedent(old), ast.unparse(after)


def _differing(before: ast.AST, after: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
    """Yield the nodes that hold the whole difference, the largest first."""
    while True:
        if hasattr(before, "lineno"):
            yield before, after
        pairs = [list(ast.iter_child_nodes(node)) for node in (before, after)]
        if type(before) is not type(after) or len(pairs[0]) != len(pairs[1]):
            return
        unlike = [(a, b) for a, b in zip(*pairs, strict=True) if ast.dump(a) != ast.dump(b)]
        if len(unlike) != 1 or not isinstance(unlike[0][0], ast.expr | ast.stmt | ast.arguments):
            return
        before, after = unlike[0]
