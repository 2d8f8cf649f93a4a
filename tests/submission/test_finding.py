"""What counts as a submission under the paths that a teacher gives."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from grader.errors import UsageError
from grader.intake import find
from grader.model import RIVALS
from grader.submission import read

from .handed import lay, notebook, zipped

NB = notebook("x = 1")


def names(*paths: Path) -> list[str]:
    return [handin.name for handin in find(paths).handins]


def sources(*paths: Path) -> list[str]:
    return [handin.source for handin in find(paths).handins]


def test_a_notebook(tmp_path: Path) -> None:
    found = find([lay(tmp_path, {"alice.ipynb": NB}) / "alice.ipynb"])
    (handin,) = found.handins
    assert (handin.name, handin.source, handin.student) == ("alice", "alice.ipynb", "alice")
    assert found.passed_over == ()


def test_a_folder_of_files_passes_over_the_rest(tmp_path: Path) -> None:
    lay(tmp_path, dict.fromkeys(["c.py", "a.ipynb", "b.IPYNB", "d.ipynb.txt", "e.zip"], NB))
    lay(tmp_path, dict.fromkeys(["README.md", "a.pdf", ".hidden.ipynb"], b"?"))
    lay(tmp_path, {".ipynb_checkpoints/a.ipynb": NB, "__MACOSX/a": b"", "__pycache__/c.pyc": b""})
    found = find([tmp_path])
    assert [handin.name for handin in found.handins] == ["a", "b", "c", "d", "e"]
    assert found.passed_over == ("README.md", "a.pdf")


def test_a_folder_of_folders(tmp_path: Path) -> None:
    lay(
        tmp_path,
        {"bob/hw.ipynb": NB, "alice/deep/hw.ipynb": NB, "carol/": b"", "dora.v2/x.txt": b""},
    )
    assert names(tmp_path) == ["alice", "bob", "carol", "dora.v2"]
    assert sources(tmp_path) == names(tmp_path)


def test_notebooks_beside_folders_are_students_too(tmp_path: Path) -> None:
    lay(tmp_path, {"alice.ipynb": NB, "bob/hw.ipynb": NB, "notes.txt": b""})
    assert names(tmp_path) == ["alice", "bob"]


def test_results_inside_the_class_folder_are_no_student(tmp_path: Path) -> None:
    lay(tmp_path, {"alice.ipynb": NB, "out/gradebook.sqlite": b"", "out/submissions/x.ipynb": NB})
    assert names(tmp_path) == ["alice"]


@pytest.mark.parametrize("wrapper", ["", "class/", "exported things/"])
def test_a_zip_is_a_class_folder(tmp_path: Path, wrapper: str) -> None:
    files = {"bob.ipynb": NB, "alice.py": b"x = 1", "__MACOSX/._bob.ipynb": b"", "cv.pdf": b""}
    data = zipped({wrapper + name: data for name, data in files.items()} | {"__MACOSX/x": b""})
    files2 = {wrapper + "carol.ipynb": NB}
    data = zipped({wrapper + name: d for name, d in files.items()} | files2)
    path = lay(tmp_path, {"class.zip": data}) / "class.zip"
    found = find([path])
    assert [handin.name for handin in found.handins] == ["alice", "bob", "carol"]
    assert [handin.source for handin in found.handins] == [
        wrapper + name for name in ("alice.py", "bob.ipynb", "carol.ipynb")
    ]
    assert found.passed_over == (f"{wrapper}cv.pdf",)
    assert all(read(handin).problem is None for handin in found.handins)


def test_a_zip_of_folders(tmp_path: Path) -> None:
    data = zipped(
        {"alice/hw.ipynb": NB, "alice/data.csv": b"1", "bob/": b"", "bob/sub/x.ipynb": NB}
    )
    path = lay(tmp_path, {"class.zip": data}) / "class.zip"
    alice, bob = find([path]).handins
    assert (alice.name, alice.student, alice.source) == ("alice", "alice", "alice")
    assert read(alice).files == (("data.csv", b"1"),)
    assert read(bob).cells == ("x = 1",)


def test_a_zip_of_one_students_folder(tmp_path: Path) -> None:
    data = zipped({"alice/hw.ipynb": NB, "alice/helper.py": b"y = 2"})
    (alice,) = find([lay(tmp_path, {"class.zip": data}) / "class.zip"]).handins
    assert alice.name == "alice"
    assert read(alice).files == (("helper.py", b"y = 2"),)


def test_zips_in_a_zip_are_one_students_each(tmp_path: Path) -> None:
    inner = zipped({"hw.ipynb": NB, "helper.py": b"y = 2"})
    data = zipped({"alice.zip": inner, "bob.zip": b"no zip"})
    alice, bob = find([lay(tmp_path, {"class.zip": data}) / "class.zip"]).handins
    assert read(alice).cells == ("x = 1",)
    assert read(alice).files == (("helper.py", b"y = 2"),)
    assert "zip" in (read(bob).problem or "")


@pytest.mark.parametrize(
    ("second", "is_doubtful"),
    [
        ("def f():\n    return 2\ndef g():\n    return 3", True),
        ("def f():\n    return 2", False),
        ("def f():\n    raise NotImplementedError\ndef g():\n    return 3", False),
    ],
    ids=["all", "half", "template"],
)
def test_several_notebooks_that_answer_everything_are_told(
    second: str, is_doubtful: bool, tmp_path: Path
) -> None:
    first = notebook("def f():\n    return 1\ndef g():\n    return 1")
    data = zipped({"hal.ipynb": first, "ivy.ipynb": notebook(second)})
    (handin,) = find([lay(tmp_path, {"class/rest.zip": data}) / "class"]).handins
    assert (RIVALS in read(handin, names=("f", "g")).notes) == is_doubtful


def test_gradescope_export(tmp_path: Path) -> None:
    files = {
        "assignment_9_export/submission_metadata.yml": b"...",
        "assignment_9_export/submission_101/hw.ipynb": NB,
        "assignment_9_export/submission_102/hw.ipynb": NB,
    }
    path = lay(tmp_path, {"export.zip": zipped(files)}) / "export.zip"
    assert names(path) == ["submission_101", "submission_102"]
    assert names(lay(tmp_path / "unpacked", files)) == ["submission_101", "submission_102"]


def test_moodle_export(tmp_path: Path) -> None:
    files = {
        "Jane Doe_1234_assignsubmission_file_/hw.ipynb": NB,
        "Jane Doe_1234_assignsubmission_onlinetext_/onlinetext.html": b"hi",
        "Max Muster_1235_assignsubmission_onlinetext_/onlinetext.html": b"hi",
    }
    path = lay(tmp_path, {"export.zip": zipped(files)}) / "export.zip"
    jane, other = find([path]).handins
    assert (jane.student, other.student) == ("Jane Doe", "Max Muster")
    assert read(jane).problem is None
    assert "no notebook" in (read(other).problem or "")


def test_canvas_export(tmp_path: Path) -> None:
    files = {"doejane_1234_5678_hw.ipynb": NB, "rossbob_LATE_1235_5679_hw-1.ipynb": NB}
    path = lay(tmp_path, {"submissions.zip": zipped(files)}) / "submissions.zip"
    assert [handin.student for handin in find([path]).handins] == ["doejane", "rossbob"]


def test_flat_files_lie_beside_nobody(tmp_path: Path) -> None:
    lay(tmp_path, {"alice.ipynb": NB, "bob.py": b"x = 1", "data.csv": b"1"})
    for handin in find([tmp_path]).handins:
        assert read(handin).files == ()


def test_links_pipes_and_sockets_have_rows_and_are_not_opened(tmp_path: Path) -> None:
    secret = lay(tmp_path, {"outside/secret.ipynb": NB}) / "outside"
    folder = lay(tmp_path / "class", {"ok.ipynb": NB})
    (folder / "link.ipynb").symlink_to(secret / "secret.ipynb")
    (folder / "linked").symlink_to(secret)
    (folder / "lost.txt").symlink_to("nowhere")
    os.mkfifo(folder / "pipe.ipynb")
    with socket.socket(socket.AF_UNIX) as listener:
        here = os.getcwd()
        os.chdir(folder)  # a socket's path may not be long
        try:
            listener.bind("socket")
        finally:
            os.chdir(here)
    problems = {handin.name: read(handin).problem for handin in find([folder]).handins}
    assert problems.pop("ok") is None
    assert {name: str(problem).split(",")[0] for name, problem in problems.items()} == {
        "link": "link.ipynb is a link",
        "linked": "linked is a link",
        "lost.txt": "lost.txt is a link",
        "pipe": "pipe.ipynb is a named pipe",
        "socket": "socket is a socket",
    }


def test_links_within_a_students_folder_are_left_out(tmp_path: Path) -> None:
    outside = lay(tmp_path, {"outside/secret.ipynb": NB, "outside/key.txt": b"k"}) / "outside"
    alice = lay(tmp_path / "class", {"alice/hw.ipynb": NB, "bob/": b""}) / "alice"
    (alice / "key.txt").symlink_to(outside / "key.txt")
    (alice / "folder").symlink_to(outside)
    os.mkfifo(alice / "pipe.csv")
    (tmp_path / "class/bob/hw.ipynb").symlink_to(outside / "secret.ipynb")
    alices, bobs = (read(handin) for handin in find([tmp_path / "class"]).handins)
    assert alices.problem is None
    assert alices.files == ()
    assert sum("link" in note or "pipe" in note for note in alices.notes) == 3
    assert "link" in (bobs.problem or "")


def test_odd_names_have_rows_and_printable_sources(tmp_path: Path) -> None:
    odd = [b"a\xffb.ipynb", b"line\nbreak.ipynb", b"=cmd.ipynb", "ä.ipynb".encode(), b"Case.ipynb"]
    for name in (*odd, b"case.ipynb", "a\u0308.ipynb".encode()):
        (tmp_path / os.fsdecode(name)).write_bytes(NB)
    found = find([tmp_path]).handins
    assert len({handin.name.casefold() for handin in found}) == 7
    assert {"_cmd", "a_b", "line_break"} < {handin.name for handin in found}
    assert {"a\\xffb.ipynb", "line\\nbreak.ipynb", "=cmd.ipynb"} < {h.source for h in found}
    for handin in found:
        submission = read(handin)
        assert submission.problem is None
        (submission.name + submission.source + submission.student).encode()


def test_adding_files_renames_only_what_collides(tmp_path: Path) -> None:
    lay(tmp_path, {"alice.ipynb": NB, "bob.ipynb": NB})
    assert names(tmp_path) == ["alice", "bob"]
    lay(tmp_path, {"Bob.ipynb": NB, "carol.ipynb": NB})
    after = names(tmp_path)
    assert "alice" in after
    assert "carol" in after
    assert sum(name.startswith(("bob-", "Bob-")) for name in after) == 2


def test_the_same_name_under_two_paths(tmp_path: Path) -> None:
    for section in ("one", "two"):
        lay(tmp_path / section, {"alice.ipynb": NB, f"{section}.ipynb": NB, f"bob{section}.py": NB})
        lay(tmp_path / section, {f"carol of {section}.ipynb": NB})
    found = find([tmp_path / "one", tmp_path / "two"]).handins
    assert len({handin.name for handin in found}) == 8
    assert [handin.source for handin in found][:2] == ["alice.ipynb", "alice.ipynb"]


def test_the_same_file_given_twice_counts_once(tmp_path: Path) -> None:
    again = lay(tmp_path / "elsewhere", {}) / "again"
    again.parent.mkdir()
    again.symlink_to(tmp_path / "class")
    lay(tmp_path / "class", {"alice.ipynb": NB})
    assert names(tmp_path / "class", tmp_path / "class/alice.ipynb", again) == ["alice"]


def test_a_zip_with_bad_members_still_gives_the_good_ones(tmp_path: Path) -> None:
    members = {"../up.ipynb": NB, "/abs.ipynb": NB, "good.ipynb": NB, "a/../../b.ipynb": NB}
    members |= {"C:\\win.ipynb": NB, "Good.ipynb": NB}
    path = lay(tmp_path, {"class.zip": zipped(members)}) / "class.zip"
    problems = {handin.source: read(handin).problem for handin in find([path]).handins}
    assert problems.pop("good.ipynb") is None
    assert problems.pop("Good.ipynb") is None
    assert len(problems) == 4
    assert all("leads out" in (problem or "") for problem in problems.values())


@pytest.mark.parametrize("name", ["missing", "missing.ipynb", "no\0path"])
def test_a_path_that_does_not_exist(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="check the path"):
        find([tmp_path / name])


def test_a_class_zip_that_is_none(tmp_path: Path) -> None:
    path = lay(tmp_path, {"class.zip": b"PK\x03\x04 broken"}) / "class.zip"
    with pytest.raises(UsageError, match="cannot be read as a zip"):
        find([path])


def test_an_empty_folder(tmp_path: Path) -> None:
    assert find([tmp_path]).handins == ()


def test_what_vanishes_after_it_was_found(tmp_path: Path) -> None:
    lay(tmp_path, {"alice.ipynb": NB, "bob/hw.ipynb": NB, "class.zip": zipped({"c.ipynb": NB})})
    handins = find([tmp_path, tmp_path / "class.zip"]).handins
    (tmp_path / "alice.ipynb").unlink()
    (tmp_path / "bob/hw.ipynb").unlink()
    (tmp_path / "bob").rmdir()
    (tmp_path / "class.zip").unlink()
    assert all(read(handin).problem for handin in handins)


def test_a_link_given_as_a_path_is_what_it_is_called(tmp_path: Path) -> None:
    lay(tmp_path, {"blob": b"# %%\nx = 1", "zip": zipped({"a.ipynb": NB, "b.ipynb": NB})})
    (tmp_path / "latest.py").symlink_to("blob")
    (tmp_path / "class.zip").symlink_to("zip")
    (handin,) = find([tmp_path / "latest.py"]).handins
    assert (handin.name, handin.source) == ("latest", "latest.py")
    assert read(handin).cells == ("x = 1",)
    assert names(tmp_path / "class.zip") == ["a", "b"]
