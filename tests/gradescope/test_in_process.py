"""What the autograder writes for Gradescope and tells the staff; what goes into its zip."""

from __future__ import annotations

import json
import zipfile
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest

import grader
from grader.course.assignment import Assignment
from grader.gradescope import __main__ as autograder
from grader.gradescope.build import COURSE, SETTINGS, write_autograder
from grader.gradescope.wheel import files_of, requirements, write_wheel
from tests.batch.conftest import RIGHT, WRONG, notebook
from tests.conftest import MakeCourse

pytestmark = pytest.mark.usefixtures("one_interpreter")


class Image:
    """The folder /autograder of a container, with a course in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in ("source", "submission", "results"):
            (root / name).mkdir(parents=True)
        (root / "submission_metadata.json").write_text("{}")
        self.settings()

    def settings(self, **changes: str) -> None:
        asked = {"assignment": "doubling", "language": "en", "visibility": "visible"}
        (self.root / "source" / SETTINGS).write_text(json.dumps(asked | changes))

    def graded(self, code: str | None = RIGHT) -> tuple[int, dict[str, Any]]:
        if code is not None:
            (self.root / "submission" / "hw.ipynb").write_text(notebook(code))
        status = autograder.main(self.root)
        return status, json.loads((self.root / "results" / "results.json").read_text("utf-8"))


@pytest.fixture
def image(make_course: MakeCourse, tmp_path: Path) -> Image:
    make_course()
    made = Image(tmp_path / "autograder")
    (tmp_path / "course").rename(made.root / "source" / COURSE)
    return made


@pytest.mark.parametrize(
    ("code", "score", "points"), [(RIGHT, 3, [2, 1]), (WRONG, 0, [0, 0])], ids=["right", "wrong"]
)
def test_whatever_the_score_the_run_ends_well(
    image: Image, capsys: pytest.CaptureFixture[str], code: str, score: float, points: list[float]
) -> None:
    status, found = image.graded(code)
    assert (status, found["score"]) == (0, score)
    assert [test["score"] for test in found["tests"]] == points
    told = capsys.readouterr().out
    assert f"grader {grader.__version__}: graded, {score} of 3, " in told
    assert "Isolation of the student's code: " in told
    modes = {(image.root / name).stat().st_mode & 0o777 for name in ("source", "submission",
             "submission_metadata.json", "results")}  # fmt: skip
    assert modes == {0o700}  # nobody else looks at tests and hand-ins


def test_the_settings_say_the_language_and_when_students_see_what(image: Image) -> None:
    image.settings(language="de", visibility="after_published")
    _, found = image.graded(WRONG)
    assert {test["visibility"] for test in found["tests"]} == {"after_published"}
    assert "Testfälle" in found["output"]


def test_what_cannot_be_run_is_a_zero_with_its_reason(
    image: Image, capsys: pytest.CaptureFixture[str]
) -> None:
    status, found = image.graded(None)
    assert (status, found["score"]) == (0, 0)
    assert {test["score"] for test in found["tests"]} == {0}
    told = capsys.readouterr().out
    assert "unreadable, 0 of 3" in told
    assert found["output"].splitlines()[0] in told


def spoil_settings(image: Image) -> None:
    (image.root / "source" / SETTINGS).write_text("{")


def no_settings(image: Image) -> None:
    (image.root / "source" / SETTINGS).unlink()


def other_assignment(image: Image) -> None:
    image.settings(assignment="tripling")


def other_language(image: Image) -> None:
    image.settings(language="xx")


def no_metadata(image: Image) -> None:
    (image.root / "submission_metadata.json").unlink()


@pytest.mark.parametrize("spoil", [spoil_settings, no_settings, other_assignment, other_language])
def test_our_fault_is_no_zero_and_the_staff_see_why(
    image: Image, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, spoil: Any
) -> None:
    spoil(image)
    status, found = image.graded()
    caplog.clear()
    assert status == 2
    assert "score" not in found
    assert "no zero" in found["output"]
    told = capsys.readouterr().out
    assert "Traceback" in told
    assert "fault, no score" in told
    assert "no code was run" in told


def test_the_metadata_need_not_be_there(image: Image) -> None:
    no_metadata(image)
    assert image.graded()[0] == 0


@pytest.mark.parametrize(
    ("layers", "is_closed"),
    [(("limits", "network"), False), (("landlock",), True), (("mount", "pid"), True),
     (("user",), True)],
)  # fmt: skip
def test_nothing_is_run_where_students_could_read_the_hidden_tests(
    image: Image, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str], layers: tuple[str, ...], is_closed: bool,
) -> None:  # fmt: skip
    monkeypatch.setattr(autograder, "probe", lambda zygote: layers)
    status, found = image.graded()
    caplog.clear()
    assert ("score" in found) == is_closed == (status == 0)
    told = capsys.readouterr().out
    assert ("it must run as root, or offer Landlock" in told) != is_closed
    assert "it must run as root" not in found["output"]


# The zip and the wheel in it.


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_wheel(tmp_path_factory.mktemp("wheel"))


def test_the_wheel_lists_each_file_with_its_hash(wheel: Path) -> None:
    assert wheel.name == f"{grader.DISTRIBUTION}-{grader.__version__}-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as archive:
        (info,) = {name.split("/")[0] for name in archive.namelist() if ".dist-info/" in name}
        record = archive.read(f"{info}/RECORD").decode().splitlines()
        metadata = message_from_bytes(archive.read(f"{info}/METADATA"))
        names = archive.namelist()
        lengths = {name: len(archive.read(name)) for name in names}
    assert [line.split(",")[0] for line in record] == names
    assert record[-1] == f"{info}/RECORD,,"
    assert all(line.split(",")[1].startswith("sha256=") for line in record[:-1])
    assert {line.split(",")[0]: int(line.split(",")[2]) for line in record[:-1]} == {
        name: lengths[name] for name in names[:-1]
    }
    assert "grader/gradescope/run_autograder.sh" in names
    assert "grader/report/templates/feedback.html" in names
    assert not any("__pycache__" in name for name in names)
    assert (metadata["Name"], metadata["Version"]) == (grader.DISTRIBUTION, grader.__version__)
    assert any(need.startswith("numpy") for need in metadata.get_all("Requires-Dist", []))
    assert not any("extra" in need for need in metadata.get_all("Requires-Dist", []))


def test_files_are_given_in_order_without_what_is_left_out(tmp_path: Path) -> None:
    for name in ("b.py", "a/x.py", "a/__pycache__/x.pyc", "a/sample_class/s.py", "variants.py"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    assert list(files_of(tmp_path, "sample_class", "variants.py")) == [
        ("a/x.py", b"a/x.py"), ("b.py", b"b.py"),
    ]  # fmt: skip
    assert len(list(files_of(tmp_path))) == 4


def test_what_is_not_installed_is_asked_for_as_it_was() -> None:
    found = requirements(["no-such-package-of-ours>=3", "NumPy"])
    assert "no-such-package-of-ours>=3" in found
    assert found == sorted(found)
    assert len([need for need in found if need.lower().startswith("numpy==")]) == 1
    assert any(need.startswith("msgspec==") for need in found)


def test_a_zip_holds_the_course_but_no_sample_class_and_no_variants(
    make_course: MakeCourse, tmp_path: Path
) -> None:
    course: Assignment = make_course()
    (course.folder / "sample_class").mkdir()
    (course.folder / "sample_class" / "somebody.py").write_text("pass")
    (course.folder / "variants.py").write_text("import reference.unused")
    (course.folder / "figures.py").write_text("from reference.helping import numbers")
    reference = course.course_root / "reference"
    reference.mkdir()
    for name, code in (("helping", "import reference.deeper"), ("deeper", ""), ("unused", "")):
        (reference / f"{name}.py").write_text(code)
    path = tmp_path / "a.zip"
    write_autograder(course, path, language="ja", hidden="after_due_date")
    with zipfile.ZipFile(path) as archive:
        names = {name for name in archive.namelist() if name.startswith(f"{COURSE}/")}
        settings = json.loads(archive.read(SETTINGS))
        pinned = archive.read("requirements.txt").decode()
    own = {"assignment.toml", "tests/double.py", "figures.py"}
    assert names == {f"{COURSE}/reference/{name}.py" for name in ("helping", "deeper")} | {
        f"{COURSE}/assignments/doubling/{name}" for name in own
    }
    assert settings == {
        "assignment": "doubling", "language": "ja", "visibility": "after_due_date",
    }  # fmt: skip
    assert pinned.endswith("\n")
