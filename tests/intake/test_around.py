"""What lies around an export or a class: wrappers, strays, and paths given one by one."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.intake import Found, find, recognise
from grader.intake.telling import listed, told
from grader.intake.work import Asked
from grader.submission import read

from .trees import ASKED, NB, OTHER, PDF, both, lay, notebook, students, zipped

STAMP = b"2026-01-02 03:04:05 UTC"
RESULTS = {"out/gradebook.sqlite": b"", "out/class.html": b"", "out/submissions/x/a.html": b""}


def found(folder: Path, *paths: str) -> Found:
    return find([folder / path for path in paths], asked=ASKED)


@pytest.mark.parametrize(
    ("files", "rows", "passed_over"),
    [
        ({"up/readme.txt": b"", "up/in/doe_1_9.txt": b"", "up/in/d_1001_9001_hw.ipynb": NB,
          "up/in/r_1002_9002_hw.ipynb": NB}, {"d", "r"}, ["up/in/doe_1_9.txt", "up/readme.txt"]),
        ({"readme.txt": b"", "e/submission_metadata.yml": b"a: 1", "e/submission_1/hw.ipynb": NB},
         {"submission_1"}, ["readme.txt"]),
        ({"a.txt": b"", "jane/b.txt": b"", "jane/in/hw.ipynb": NB}, {"jane"}, ["a.txt"]),
        ({"a.txt": b"", "c/b.txt": b"", "c/ann.ipynb": NB, "c/bob.ipynb": NB}, {"ann", "bob"},
         ["a.txt", "c/b.txt"]),
        (RESULTS | {"c/ann/hw.ipynb": NB, "c/bob/hw.ipynb": NB}, {"ann", "bob"}, ["out"]),
        ({f"1/2/3/4/{who}/hw.ipynb": NB for who in ("ann", "bob")}, {"ann", "bob"}, []),
        ({f"1/2/3/4/5/{who}/hw.ipynb": NB for who in ("ann", "bob")}, {"1"}, []),
    ],
    ids=["Canvas", "one submission", "one student", "a class", "results beside", "four wrappers",
         "five wrappers"],
)  # fmt: skip
def test_what_lies_beside_wrappers_is_passed_over_once(
    files: dict[str, bytes], rows: set[str], passed_over: list[str], tmp_path: Path
) -> None:
    both_found = both(tmp_path, files)
    assert set(students(both_found)) == rows
    assert sorted(both_found.passed_over) == passed_over


def test_a_link_beside_a_wrapper_has_a_row(tmp_path: Path) -> None:
    folder = lay(tmp_path / "x", {"in/d_1001_9001_hw.ipynb": NB, "in/r_1002_9002_hw.ipynb": NB})
    (folder / "lee.ipynb").symlink_to("in/d_1001_9001_hw.ipynb")
    rows = {handin.student: read(handin).problem for handin in find([folder]).handins}
    assert [name for name, problem in rows.items() if problem is None] == ["d", "r"]
    assert "is a link" in str(rows["lee"])


@pytest.mark.parametrize(
    ("files", "is_passed_over"),
    [
        ({"gradebook.sqlite": b"", "submissions/ann/x.html": b""}, True),
        ({"gradebook.sqlite": b"", "submissions/": b""}, True),
        ({"gradebook.sqlite": b"", "submissions/ann/x.html": b"", "work/x": b""}, True),
        ({"gradebook.sqlite": b"", "submissions": b""}, False),
        ({"gradebook.sqlite": b"", "other/x.html": b""}, False),
        ({"submissions/ann/x.html": b""}, False),
        ({"gradebook.sqlite": b"", "submissions/x.html": b"", "hw.ipynb": NB, "a": b""}, False),
    ],
    ids=["results", "of nobody", "and more", "a file", "another folder", "no gradebook",
         "a notebook beside"],
)  # fmt: skip
def test_only_earlier_results_are_no_students(
    files: dict[str, bytes], is_passed_over: bool, tmp_path: Path
) -> None:
    here = {f"dee/{name}": data for name, data in files.items()}
    found = both(tmp_path, here | {"ann.ipynb": NB, "bob.ipynb": NB})
    assert ("dee" in students(found)) != is_passed_over
    assert found.passed_over == (("dee",) if is_passed_over else ())


@pytest.mark.parametrize(
    ("files", "noted"),
    [
        ({"ann.ipynb": NB, "c/bob/hw.ipynb": NB, "c/cy/hw.ipynb": NB}, ["c"]),
        ({"ann.ipynb": NB, "c/bob/hw.ipynb": NB, "c/cy/hw.ipynb": NB, "c/cy/h.py": b""}, ["c"]),
        ({"c/bob/hw.ipynb": NB, "c/cy/hw.ipynb": NB, "d/e/hw.ipynb": NB, "d/f/x.ipynb": NB},
         ["c", "d"]),
        ({"ann.ipynb": NB, "bob/hw/hw.ipynb": NB}, []),
        ({"ann.ipynb": NB, "bob/part1/hw.ipynb": NB, "bob/part2/hw.ipynb": NB}, []),
        ({"ann.ipynb": NB, "bob/x/h.py": b"", "bob/y/h.py": b""}, []),
    ],
    ids=["a class", "with helpers", "two", "one inside", "parts", "no notebooks"],
)  # fmt: skip
def test_a_folder_that_may_be_a_class_is_told(
    files: dict[str, bytes], noted: list[str], tmp_path: Path
) -> None:
    notes = both(tmp_path, files).notes
    verb = "hold" if len(noted) > 1 else "holds"
    assert [n.partition(" several folders")[0] for n in notes] == (
        [f"{', '.join(noted)} {verb}"] if noted else []
    )


F, G = notebook("def double(x): return 1"), notebook("def double(x): return 2")


@pytest.mark.parametrize(
    ("files", "are_several"),
    [
        ({"ann.ipynb": F, "bob.ipynb": G}, True),
        ({"hw.ipynb": F, "HW (1).ipynb": G}, False),
        ({"hw.ipynb": F, "hw_final.ipynb": G}, False),
        ({"ann.ipynb": F, "bob.ipynb": OTHER}, False),
        ({"ann.ipynb": F, "bob.ipynb": G, "cy.ipynb": OTHER}, True),
        ({"ann.ipynb": F, "bob.ipynb": notebook("%run ann.ipynb\ndouble = 1")}, False),
        ({"ann.ipynb": F, "bob.ipynb": G, "cy.ipynb": notebook("%run bob.ipynb")}, False),
        ({"ann.ipynb": F, "bob.py": b"double = 1"}, False),
        ({"ann.py": b"double = 1", "bob.py": b"double = 2"}, True),
        ({"ann.zip": zipped({"hw.ipynb": F}), "bob.zip": b""}, True),
        ({"ann.zip": zipped({"hw.ipynb": F}), "bob.ipynb": OTHER}, False),
        ({"ann.ipynb": F, "bob.ipynb": b"{"}, False),
    ],
    ids=["two", "saved again", "a version", "half", "one has none", "uses another",
         "one is used", "a helper", "scripts", "zips", "a zip", "broken"],
)  # fmt: skip
def test_files_in_a_lonely_folder_are_a_class_where_each_answers_by_itself(
    files: dict[str, bytes], are_several: bool, tmp_path: Path
) -> None:
    rows = both(tmp_path, {f"jane/{name}": data for name, data in files.items()}).handins
    assert [row.source for row in rows] == (
        [f"jane/{name}" for name in files] if are_several else ["jane"]
    )


def test_a_notebook_that_is_too_large_to_look_at_tells_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = F + b" " * 2000
    files = {"jane/ann.ipynb": F, "jane/bob.ipynb": large}
    assert len(both(tmp_path / "1", files).handins) == 2
    monkeypatch.setattr(recognise, "MAX_SAMPLE_BYTES", 2000)
    assert len(both(tmp_path / "2", files).handins) == 1


@pytest.mark.parametrize(
    ("files", "rows"),
    [
        ({"w/a.zip": zipped({"hw.ipynb": NB}), "w/b.ipynb": NB}, 2),
        ({"w/a.ipynb": NB, "w/b.ipynb": NB}, 2),
        ({"w/a.ipynb": NB, "w/b.py": b""}, 1),
        ({"w/a.zip": zipped({"hw.ipynb": NB})}, 1),
    ],
)
def test_notebooks_in_a_zips_only_folder_are_students_where_nothing_is_asked(
    files: dict[str, bytes], rows: int, tmp_path: Path
) -> None:
    (tmp_path / "x.zip").write_bytes(zipped(files))
    assert len(find([tmp_path / "x.zip"], asked=Asked()).handins) == rows
    assert len(find([lay(tmp_path / "x", files)], asked=Asked()).handins) == 1


# -- several paths ---------------------------------------------------------------------


def test_exports_in_a_zip_stay_one_row_each(tmp_path: Path) -> None:
    """They could not be read: of a zip in a zip nothing is known but its bytes."""
    one = zipped({"doe_1001_9001_hw.ipynb": NB, "roe_1002_9002_hw.ipynb": NB})
    two = zipped({"lee_1003_9003_hw.ipynb": NB, "poe_1004_9004_hw.ipynb": NB})
    (tmp_path / "x.zip").write_bytes(zipped({"in/one.zip": one, "in/two.zip": two}))
    assert set(students(found(tmp_path, "x.zip"))) == {"one", "two"}


@pytest.mark.parametrize(
    ("paths", "rows"),
    [
        (["1/ann", "2/bob"], {"ann", "bob"}),
        (["1/ann", "2/bob", "2/essay.ipynb"], {"ann", "bob", "essay"}),
        (["1/ann/hw.ipynb", "2/bob/hw.ipynb"], {"1", "2"}),
        (["1/ann/hw.ipynb", "2/bob/in/hw.ipynb"], {"hw"}),
        (["1/ann/hw.ipynb", "2/bob/hw.ipynb", "2/essay.ipynb"], {"hw", "essay"}),
    ],
    ids=["folders", "a file", "files", "files of unequal depth", "files of other names"],
)
def test_notebooks_of_one_name_in_folders_anywhere_are_students(
    paths: list[str], rows: set[str], tmp_path: Path
) -> None:
    names = ("1/ann/hw.ipynb", "2/bob/hw.ipynb", "2/bob/in/hw.ipynb", "2/essay.ipynb")
    lay(tmp_path, dict.fromkeys(names, NB))
    handins = found(tmp_path, *paths).handins
    assert len(handins) == len({handin.name for handin in handins}) == len(paths)
    assert {handin.student for handin in handins} == rows


@pytest.mark.parametrize(
    ("given", "layout", "unknown"),
    [
        (["doe_1001_9001_hw.ipynb", "roe_1002_9003_hw.ipynb"], "Canvas", []),
        (["doe_1001_9001_hw.ipynb", "extra.ipynb"], "Canvas", ["extra.ipynb"]),
        (["doe_1001_9001_hw.ipynb", "extra.ipynb", "more.ipynb"], "", []),
        (["extra.ipynb", "more.ipynb"], "", []),
    ],
    ids=["all of it", "half", "a third", "none"],
)
def test_files_are_an_exports_where_half_of_them_are(
    given: list[str], layout: str, unknown: list[str], tmp_path: Path
) -> None:
    names = [f"doe_1001_900{n}_{name}" for n, name in ((1, "hw.ipynb"), (2, "helper.py"))]
    names += ["roe_1002_9003_hw.ipynb", "lee_1003_9004_hw.ipynb", "extra.ipynb", "more.ipynb"]
    lay(tmp_path, dict.fromkeys(names, NB))
    some = found(tmp_path, *given)
    assert (some.layout, list(some.unknown)) == (layout, unknown)
    assert {handin.source for handin in some.handins} == set(given)
    beside = [read(h).files for h in some.handins if h.source.startswith("doe")]
    assert all(bool(files) == bool(layout) for files in beside)


@pytest.mark.parametrize("stamped", [["ann"], ["ann", "bob"], []])
def test_folders_of_an_assignment_are_nbgraders_where_one_has_a_time(
    stamped: list[str], tmp_path: Path
) -> None:
    lay(tmp_path, {f"x/{who}/ps1/hw.ipynb": NB for who in ("ann", "bob")})
    lay(tmp_path, {f"x/{who}/ps1/timestamp.txt": STAMP for who in stamped})
    some = found(tmp_path, "x/ann/ps1", "x/bob/ps1")
    assert set(students(some)) == {"ann", "bob"}
    assert some.layout == ("nbgrader" if stamped else "")
    times = {handin.student: handin.submitted for handin in some.handins}
    assert times == {w: "2026-01-02T03:04:05+00:00" * (w in stamped) for w in ("ann", "bob")}


def test_paths_in_any_order_and_twice_give_the_same(tmp_path: Path) -> None:
    lay(tmp_path, {"ann.zip": zipped({"hw.ipynb": NB}), "bob/hw.ipynb": NB, "cy.ipynb": NB,
                   "dee.pdf": PDF})  # fmt: skip
    paths = ["ann.zip", "bob", "cy.ipynb", "dee.pdf"]
    wanted = found(tmp_path, *paths)
    assert set(students(wanted)) == {"ann", "bob", "cy"}
    assert wanted.passed_over == ("dee.pdf",)
    again = found(tmp_path, *reversed(paths), *paths)
    assert [h.source for h in again.handins] == [h.source for h in wanted.handins]


# -- what is said of it ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, ""), (1, "a"), (5, "a, b, c, d, e"), (6, "a, b, c, d, e and 1 more"),
     (26, "a, b, c, d, e and 21 more")],
)  # fmt: skip
def test_a_few_names_stand_for_many(count: int, said: str) -> None:
    assert listed([chr(ord("a") + number) for number in range(count)]) == said


def test_names_are_listed_on_one_line_and_cut() -> None:
    assert listed(["a\nb", "x" * 1000]) == f"a\\nb, {'x' * 79}\u2026"


@pytest.mark.parametrize(
    ("others", "said"),
    [
        ([], "Notebooks and folders: 1 student."),
        (["a.txt"], "Notebooks and folders: 1 student. Passed over 1 file or folder: a.txt."),
        (["a.txt", "Z.PDF"],
         "Notebooks and folders: 1 student. Passed over 2 files or folders: Z.PDF, a.txt."),
        (["Z\t.pdf"], "Notebooks and folders: 1 student. Passed over 1 file or folder: Z\\t.pdf."),
    ],
)  # fmt: skip
def test_what_is_passed_over_is_told(others: list[str], said: str, tmp_path: Path) -> None:
    files = {"ann.ipynb": NB} | dict.fromkeys(others, b"")
    assert list(told(both(tmp_path, files))) == [said]
