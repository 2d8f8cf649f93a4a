"""What is read of test files, mistakes and notebooks besides the rules that are Otter's."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grader.course import alone, assignment, fromotter, known, master, testfile
from grader.course.catalogue import (
    defined_in,
    definitions,
    in_turn,
    question_names,
    rewriting,
    together,
    without_magics,
)
from grader.errors import AssignmentError, UsageError
from grader.model import Mistake

from .test_assignment import spoil
from .test_fromotter import SQUARE, ok, write

# Test files


@pytest.mark.parametrize(
    ("name", "words"),
    [("test_first_step", "First step"), ("values", "Values"), ("test_dW_of_relu", "DW of relu"),
     ("a  b__c", "A b c"), ("test_", ""), ("échelle", "Échelle"), ("test_test_it", "Test it")],
)  # fmt: skip
def test_names_are_read_as_words(name: str, words: str) -> None:
    assert testfile.readable(name) == words


@pytest.mark.parametrize(
    ("decorator", "title"),
    [
        ("@test_case(hidden=False)", "First step"),  # Otter's name is a number
        ("@test_case(hidden=True)", "Q - 1"),  # of a hidden one no more is told
        ("@test_case(name='small_values', hidden=False)", "Small values"),
        ("@test_case(name='q', hidden=False)", "Q"),
        ("@test_case(name='q - odd', hidden=False)", "First step"),
    ],
)
def test_a_title_says_what_is_tested(decorator: str, title: str) -> None:
    source = (
        "from otter.test_files import test_case\nOK_FORMAT = False\nname = 'q'\n"
        f"{decorator}\ndef test_first_step(f):\n    assert f\n"
    )
    (case,) = testfile.parse(source, "q.py").cases
    assert case.title == title
    assert (case.success_message, case.failure_message) == ("", "")
    assert case.source == ("" if case.hidden else source)


ASSERTS = "x = 1\nassert f(\n    [1,\n     2])\nif x:\n    assert x, 'words'\n"


@pytest.mark.parametrize(
    ("line", "shown"),
    [(None, ""), (0, ""), (1, ""), (2, "assert f([1, 2])"), (3, "assert f([1, 2])"),
     (4, "assert f([1, 2])"), (5, ""), (6, "assert x, 'words'"), (7, "")],
)  # fmt: skip
def test_an_assert_is_found_by_any_of_its_lines(line: int | None, shown: str) -> None:
    assert testfile.assert_at(line, ASSERTS) == shown


@pytest.mark.parametrize(
    ("source", "is_test_file", "is_ok"),
    [
        ("OK_FORMAT = True", True, True),
        ("x = 1\r\nOK_FORMAT=True\r\n", True, True),
        ("OK_FORMAT = False", True, False),
        ("a = OK_FORMAT = True", False, True),
        ("OK_FORMAT = True\nOK_FORMAT = False", True, False),
        ("OK_FORMAT = 1", True, False),
        ("OK_FORMAT = bool(1)", True, False),
        ("if True:\n    OK_FORMAT = True", False, False),
        ("# OK_FORMAT = True", False, False),
        ("OK_FORMAT = True\nx = (", True, False),
        ("OK_FORMAT = True\n\0", True, False),
        ("", False, False),
    ],
)
def test_a_file_says_of_what_format_it_is(source: str, is_test_file: bool, is_ok: bool) -> None:
    assert testfile.is_test_file(source) is is_test_file
    assert testfile.is_ok_format(source) is is_ok


@pytest.mark.parametrize(
    ("folder", "source", "found"),
    [
        ("tests", "import a.b.c", ["a", "a.b", "a.b.c"]),
        ("tests", "from a import b as c", ["a", "a", "a.b"]),
        ("tests", "def f():\n    import late", ["late"]),
        ("tests", "from . import b\nfrom .c import d", []),
        ("reference", "from . import b", ["reference", "reference", "reference.b"]),
        ("reference", "from .c import d",
         ["reference", "reference.c", "reference", "reference.c", "reference.c.d"]),
        ("tests", "x = 'import a'", []),
    ],
)  # fmt: skip
def test_what_a_file_imports(folder: str, source: str, found: list[str], tmp_path: Path) -> None:
    path = write(tmp_path / folder, {"one.py": source}) / "one.py"
    assert list(testfile.imported_modules(path)) == found


@pytest.mark.parametrize(
    ("line", "asked"),
    [('grader.check("q1")', ["q1"]), ("g.check( 'q 2' )", ["q 2"]), ("grader.check_all()", []),
     ("check('q1')", []), ("a.check('q1'); b.check('q2')", ["q1", "q2"]),
     ("grader.check(\n'q1')", ["q1"]), ("grader.check(name)", []), ("grader.check('a', 1)", [])],
)  # fmt: skip
def test_which_questions_a_notebook_asks_for(line: str, asked: list[str]) -> None:
    assert testfile.CHECK.findall(line) == asked


def test_questions_stand_where_they_are_first_named() -> None:
    several = [testfile.Question(name=name, cases=()) for name in "abcd"]
    order = testfile.in_order(several, ["c", "a", "c", "nothing"])
    assert [question.name for question in order] == ["c", "a", "b", "d"]


# Catalogues of mistakes


SOURCE = "def f(x):\n    y = x + 1\n    return y"


@pytest.mark.parametrize(
    ("convention", "found"),
    [
        (rewriting(("x + 1", "x + 2")), "def f(x):\n    y = x + 2\n    return y"),
        (rewriting(("x + 1", "x + 2"), ("none", "z")), SOURCE),
        (rewriting(("y", "z")), "def f(x):\n    z = x + 1\n    return z"),
        (in_turn(rewriting(("1", "2")), rewriting(("2", "3"))), SOURCE.replace("1", "3")),
        (in_turn(rewriting(("2", "3")), rewriting(("1", "2"))), SOURCE.replace("1", "2")),
    ],
)
def test_a_convention_changes_a_definition_that_has_all_of_it(
    convention: Callable[[str], str], found: str
) -> None:
    assert convention(SOURCE) == found


def test_definitions_are_the_last_ones_of_the_top_level() -> None:
    cells = ["def f(): return 1\nclass g: pass\ndef other(): ...", "if x:\n    def h(): ...\nf = 3",
             "x = 0\ndef f():\n    return 2  # so\n"]  # fmt: skip
    assert defined_in(cells, ["f", "g", "h"]) == {
        "f": "def f():\n    return 2  # so", "g": "class g: pass",
    }  # fmt: skip


def test_magics_and_shell_lines_are_left_out() -> None:
    assert without_magics("%time\n!ls\nx = 5 % 3\n    %indented\n") == "x = 5 % 3\n    %indented"


def mistake(name: str, *changes: tuple[str, str]) -> Mistake:
    return Mistake(number=1, name=name, loses=frozenset(), hint="", changes=changes)


def test_mistakes_are_made_together_in_whichever_order_is_possible() -> None:
    first, second = mistake("a", ("x + 1", "x + 2")), mistake("b", ("x + 2", "x + 3"))
    found = together({"f": SOURCE}, second, first)
    assert found == together({"f": SOURCE}, first, second) == SOURCE.replace("1", "3")
    assert together({"f": SOURCE}, first, mistake("c", ("x + 1", "x"))) is None


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"cells": 3}', '{"cells": [{"source": "x"}]}'])
def test_a_notebook_that_is_none_is_named(text: str, tmp_path: Path) -> None:
    path = tmp_path / "hw.ipynb"
    path.write_text(text)
    with pytest.raises(AssignmentError, match=r"hw\.ipynb cannot be read as a notebook"):
        definitions(path, ["f"])
    assert question_names(path) == question_names(tmp_path / "none.ipynb") == ()


def test_a_cell_that_is_no_python_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "hw.ipynb"
    path.write_text(json.dumps({"cells": [{"cell_type": "code", "source": ["def f(", ":"]}]}))
    with pytest.raises(AssignmentError, match="holds a cell that is no Python"):
        definitions(path, ["f"])


MORE = """
from grader.course.catalogue import rewriting
CONVENTIONS = (rewriting(("2 * x", "x + x")),)
FORMS = [rewriting(("self.n += 1", "self.n = 1 + self.n"))]
COSTLY = {"triple": "it is all that is asked"}
"""


def test_what_mistakes_and_variants_say_besides(toy: Path) -> None:
    with (toy / "mistakes.py").open("a") as file:
        file.write(MORE)
    with (toy / "variants.py").open("a") as file:
        file.write("EQUIVALENT = {'m': 'why'}\nCHEATS = {'c': 'why'}\n")
    loaded = assignment.load(toy)
    assert known.conventions(loaded)[0]("return 2 * x") == "return x + x"
    assert len(known.forms(loaded)) == 1
    assert known.costly_mistakes(loaded) == {"triple": "it is all that is asked"}
    assert known.equivalent_mutants(loaded) == {"m": "why"}
    assert known.harmless_cheats(loaded) == {"c": "why"}


READERS: list[Callable[[assignment.Assignment], Any]] = [
    known.mistakes, known.variants, known.conventions, known.forms, known.costly_mistakes,
    known.equivalent_mutants, known.harmless_cheats,
]  # fmt: skip


@pytest.mark.parametrize("read", READERS, ids=lambda read: read.__name__)
def test_without_these_files_nothing_is_known(
    toy: Path, read: Callable[[assignment.Assignment], Any]
) -> None:
    for file in ("mistakes.py", "variants.py"):
        (toy / file).unlink()
    assert not read(assignment.load(toy))


def test_a_convention_that_changes_nothing_is_named(toy: Path) -> None:
    with (toy / "mistakes.py").open("a") as file:
        file.write(MORE.replace('("2 * x", ', '("3 * x", '))
    with pytest.raises(AssignmentError, match="number 1 of CONVENTIONS changes nothing"):
        known.conventions(assignment.load(toy))


def test_a_mistake_without_a_hint_is_not_named_on_pages(toy: Path) -> None:
    spoil(toy / "mistakes.py", '"Look at the step."', '"  "')
    loaded = assignment.load(toy)
    assert [one.name for one in known.mistakes(loaded)] == ["triple"]
    assert [one.name for one in known.all_mistakes(loaded)] == ["triple", "by two"]


@pytest.mark.parametrize(
    ("names", "kept"),
    [(["f"], 1), (["f", "Net"], 3), (["Net"], 3), (["late"], 5), (["none"], 5), (["de"], 5)],
)
def test_demos_after_the_last_definition_are_left_out(names: list[str], kept: int) -> None:
    cells = ["def f(x): ...", "plot(f)", "class  Net(Base): ...", "def f_2(): ...\n  def f(): ...",
             "Net()\nclass late: ..."]  # fmt: skip
    assert master.definitions(cells, names) == tuple(cells[:kept])


# Otter's own files


@pytest.mark.parametrize(
    ("path", "is_otters"),
    [
        ("a.zip", True), ("A.ZIP", True), ("a.ipynb", False), ("none", False),
        ("config", True), ("tests", True), ("inside", True), ("notes", False), ("empty", False),
        ("ours/tests", False),
    ],
)  # fmt: skip
def test_what_is_taken_for_otters(path: str, is_otters: bool, tmp_path: Path) -> None:
    test = ok("q", ">>> f(1)\n1")
    write(tmp_path, {
        "a.zip": "", "A.ZIP": "", "a.ipynb": "", "config/otter_config.json": "{}",
        "tests/q.py": test, "inside/tests/q.py": test, "notes/q.py": "x = 1", "empty/a.txt": "",
        "ours/assignment.toml": "", "ours/tests/q.py": test,
    })  # fmt: skip
    assert fromotter.is_otters(tmp_path / path) is is_otters


@pytest.mark.parametrize(
    ("config", "seed"),
    [
        ({}, None),
        ({"seed": 0}, (0, "")),
        ({"seed": 2**32 - 1, "seed_variable": "rng"}, (2**32 - 1, "rng")),
        ({"seed": None, "seed_variable": "rng"}, None),
        ({"seed": 2**32}, AssignmentError),
        ({"seed": -1}, AssignmentError),
        ({"seed": 1.5}, AssignmentError),
        ({"seed": 1, "seed_variable": 3}, AssignmentError),
    ],
)
def test_the_seed_of_each_cell(config: dict[str, Any], seed: Any, tmp_path: Path) -> None:
    write(tmp_path, {"tests/q.py": SQUARE, "otter_config.json": json.dumps(config)})
    if seed is AssignmentError:
        with pytest.raises(AssignmentError, match="write a whole number"):
            fromotter.load(tmp_path)
    else:
        assert fromotter.load(tmp_path).seed == seed


def test_what_tests_import_stays_here_with_the_rest_of_its_package(tmp_path: Path) -> None:
    write(tmp_path, {
        "tests/q.py": "import pack.one, alone_\n" + SQUARE,
        "files/pack/__init__.py": "", "files/pack/one.py": "", "files/pack/secret.csv": "1",
        "files/alone_.py": "import deep", "files/deep.py": "",
        "files/data.csv": "1,2", "files/sub/data.csv": "3", "files/__pycache__/a.pyc": "",
        "environment.yml": "",
    })  # fmt: skip
    loaded = fromotter.load(tmp_path)
    assert loaded.files == (("data.csv", b"1,2"), ("sub/data.csv", b"3"))
    told = "\n".join(loaded.notices)
    assert "alone_.py, deep.py, pack: imported by tests" in told
    assert "environment.yml: students' code runs in this Python" in told
    assert loaded.in_place == {"square"}


@pytest.mark.parametrize("config", ["[]", "3", '"text"'])
def test_settings_that_are_no_table(config: str, tmp_path: Path) -> None:
    write(tmp_path, {"tests/q.py": SQUARE, "otter_config.json": config})
    with pytest.raises(AssignmentError, match="holds no table of settings"):
        fromotter.load(tmp_path)


# A notebook that carries its tests


def carrying(path: Path, *cells: Any, bom: str = "", **metadata: Any) -> Path:
    several = [{"cell_type": "code", "source": c} if isinstance(c, str) else c for c in cells]
    metadata = metadata or {"otter": {"tests": {"q": ok("q", ">>> square(2)\n4")}}}
    path.write_text(bom + json.dumps({"cells": several, "metadata": metadata}), "utf-8")
    return path


@pytest.mark.parametrize("bom", ["", "\ufeff"], ids=["plain", "BOM"])
def test_the_tests_that_a_notebook_carries(bom: str, tmp_path: Path) -> None:
    loaded = alone.load(carrying(tmp_path / "hw.ipynb", "grader.check('q')", bom=bom))
    assert (loaded.name, loaded.names, set(loaded.in_place)) == ("hw", ("square",), {"q"})
    assert not any(case.hidden for question in loaded.questions for case in question.cases)


def test_a_cell_that_otter_passes_over_asks_for_no_test_in_its_place(tmp_path: Path) -> None:
    cell = {"cell_type": "code", "source": ["grader.", "check('q')"],
            "metadata": {"tags": ["otter_ignore"]}}  # fmt: skip
    assert alone.load(carrying(tmp_path / "hw.ipynb", cell)).in_place == frozenset()


@pytest.mark.parametrize(
    ("cell", "beside"),
    [
        ("open('data.csv')", ["data.csv"]),
        ('np.load("sub/x.npy")\nimport mine', ["sub/x.npy", "mine.py"]),
        ("    from mine import f", ["mine.py"]),
        ("open('../outside.csv'); open('sub'); open('none.csv'); open('hw.ipynb')", []),
        ("open('./data.csv'); open('sub/../data.csv')", ["data.csv"]),
        ("open('\\0'); open('data\\ncsv')", []),
    ],
)
def test_files_that_a_notebook_names_are_beside_it(
    cell: str, beside: list[str], tmp_path: Path
) -> None:
    write(tmp_path, {"outside.csv": "", "in/data.csv": "", "in/sub/x.npy": "", "in/mine.py": ""})
    found = alone.load(carrying(tmp_path / "in" / "hw.ipynb", cell)).files
    assert [name for name, _ in found] == beside


@pytest.mark.parametrize("metadata", [{"otter": 3}, {"otter": {"tests": []}}, {"other": {}}])
def test_without_tests_it_is_said_what_to_give(metadata: Any, tmp_path: Path) -> None:
    path = carrying(tmp_path / "hw.ipynb", "x = 1", **metadata)
    with pytest.raises(UsageError, match="carries no tests"):
        alone.load(path)
    write(tmp_path / "tests", {"q.py": ok("q", ">>> f(1)\n1"), "other.py": "x = 1"})
    assert alone.load(path).names == ("f",)
    with pytest.raises(UsageError, match="carries no tests"):
        alone.load(carrying(path, "grader.check('another')", **metadata))
