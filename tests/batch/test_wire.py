"""What travels between processes: the same value comes out, whatever a student printed."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from grader.batch.gradebook import Batch, Gradebook, Key
from grader.batch.jobs import Task
from grader.batch.pages import Graded
from grader.batch.remote import Answer, Order
from grader.batch.wire import decode, encode, mended, sound
from grader.model import Figure, Handin, Limits, Result, Submission
from tests.cases import examples
from tests.report.results import results

ANY = st.text(st.characters(min_codepoint=0), max_size=20)


def plain(result: Result) -> object:
    """A result as lists, dicts and texts that UTF-8 can encode."""
    return mended(msgspec.to_builtins(result, builtin_types=(bytes,)))


@given(results())
def test_a_result_comes_out_as_it_was_but_for_half_characters(result: Result) -> None:
    graded = Graded(result, {"feedback.html": "é\x00"})
    once = decode(encode(graded), Graded)
    assert decode(encode(once), Graded) == once
    assert once.pages == graded.pages
    assert plain(once.result) == plain(result)


@given(results())
@examples(10, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_gradebook_keeps_every_field(tmp_path: Path, result: Result) -> None:
    name = result.submission
    handin = Handin(name=name, source="", student="", path=Path("a"))
    with Gradebook(tmp_path, fresh=True) as book:
        book.begin(Batch(assignment="a", title="A", columns=()), [handin])
        book.record([result], Key("a", "1", Limits()))
        (found,) = book.results()
    assert plain(found) == plain(result)


@given(ANY, ANY)
def test_half_a_character_is_replaced_and_the_rest_is_kept(before: str, after: str) -> None:
    submission = Submission(name="a\ud800", source=before, student=after, digest="d",
                            files=(("x", b"\xff\x00"),))  # fmt: skip
    found = decode(encode(submission), Submission)
    assert (found.name, found.files) == ("a\ufffd", submission.files)
    assert (found.source, found.student) == (sound(before), sound(after))


@given(ANY)
def test_sound_text_is_left_alone_and_other_text_becomes_so(text: str) -> None:
    made = sound(text)
    made.encode()
    assert sound(made) == made
    halves = any("\ud800" <= c <= "\udfff" for c in text)
    assert halves or made == text


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"a\ud800": ["b", ("\udfff", 1)]}, {"a\ufffd": ["b", ["\ufffd", 1]]}),
        ("\ud83d\ude42", "🙂"),  # two halves that belong together
        ([None, 1.5, b"\xff", True], [None, 1.5, b"\xff", True]),
    ],
)
def test_all_texts_of_a_value_are_mended(value: object, expected: object) -> None:
    assert mended(value) == expected


@pytest.mark.parametrize(
    "path", ["a/b.ipynb", "/é 課題", b"\xff\xfe".decode("utf-8", "surrogateescape")]
)
def test_a_path_is_the_same_file_there(path: str) -> None:
    handin = Handin(name="a", source="a", student="a", path=Path(path),
                    files=(("x", Path(path), None), ("y", Path("z"), "member")))  # fmt: skip
    task = Task(handin=handin, assignment=2)
    assert decode(encode(task), Task) == task


def test_what_dask_carries_has_its_defaults() -> None:
    order = Order(folder="f", digest="d")
    assert decode(encode(order), Order) == order
    picture = Figure(question="q", caption="c", alt="", image=b"\x89PNG")
    assert decode(encode((picture,)), tuple[Figure, ...]) == (picture,)
    assert decode(encode(Answer(problem="why")), Answer) == Answer(problem="why")


@given(st.binary(max_size=60))
def test_any_bytes_are_a_value_or_an_error_of_decoding(data: bytes) -> None:
    try:
        found = decode(data, Task)
    except msgspec.DecodeError:
        return
    assert isinstance(found, Task)
