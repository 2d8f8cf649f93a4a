"""Gradescope's metadata, field by field: what is taken of it, and what is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.bounds import MAX_ANCHOR_CHARACTERS, MAX_METADATA_DEPTH
from grader.intake.metadata import MetadataError, Submitted, metadata
from grader.model import Person

JANE = Person(name="Jane Doe", id="7", email="j@x.edu")


def of(text: str) -> Submitted:
    """What is said of a submission with these fields."""
    lines = "\n".join(f"  {line}" for line in text.splitlines())
    return metadata(f"submission_1:\n{lines or '  a: b'}\n".encode())["submission_1"]


@pytest.mark.parametrize(
    ("fields", "people"),
    [
        (":submitters:\n- :name: Jane Doe\n  :sid: '7'\n  :email: j@x.edu", (JANE,)),
        ("submitters:\n- name: Jane Doe\n  sid: 7\n  email: j@x.edu", (JANE,)),
        (":submitters:\n- :name: ' Jane Doe '\n  :sid: 7\n  :email: j@x.edu", (JANE,)),
        (":submitters:\n- :name: Jo\u0308rg\n- :email: j@x", (Person(name="J\u00f6rg"),
                                                           Person(email="j@x"))),
        (":submitters:\n- :name: \"a\\nb\"", (Person(name="a\\nb"),)),
        (":submitters:\n- :name:\n  :sid: ''\n- :other: x\n- text\n- [a]\n- :sid: '7'",
         (Person(id="7"),)),
        (":submitters: []", ()),
        (":submitters:", ()),
        (":submitters: Jane Doe", ()),
        (":submitters:\n  :name: Jane Doe", ()),
        (":submitters:\n- :name: [Jane]\n  :email: {a: b}", ()),
        (":history:\n- :submitters:\n  - :name: Old One", ()),
        (":results:\n  :submitters:\n  - :name: Old One\n:submitters:\n- :sid: '7'",
         (Person(id="7"),)),
        (":submitters:\n- :name: Old One\n:submitters:\n- :sid: '7'", (Person(id="7"),)),
        (":submitters:\n- &jane\n  :name: Jane Doe", (Person(name="Jane Doe"),)),
        (":score: &who Jane Doe\n:submitters:\n- :name: *who", (Person(name="Jane Doe"),)),
        (":results: {a: [&who Jane Doe]}\n:submitters:\n- :name: *who",
         (Person(name="Jane Doe"),)),
        (":all: &all {a: b}\n:submitters:\n- :name: *all", ()),
        (":submitters:\n- :name: *nobody", ()),
        (f":long: &who {'x' * MAX_ANCHOR_CHARACTERS}\n:submitters:\n- :name: *who", ()),
    ],
    ids=["Ruby", "plain", "spaces", "two", "a line end", "empty ones", "none", "null", "text",
         "one, not in a list", "odd types", "history", "in the results", "twice", "anchor", "alias",
         "alias of what is skipped", "alias of more", "alias of nothing", "a long alias"],
)  # fmt: skip
def test_who_is_named(fields: str, people: tuple[Person, ...]) -> None:
    assert of(fields).people == people


@pytest.mark.parametrize(
    ("time", "iso"),
    [
        ("2026-01-02 03:04:05.123456789 Z", "2026-01-02T03:04:05+00:00"),
        ("2026-01-02 03:04:05 UTC", "2026-01-02T03:04:05+00:00"),
        ("2026-01-02T03:04:05", "2026-01-02T03:04:05+00:00"),
        ("2026-01-02 03:04:05 -0800", "2026-01-02T03:04:05-08:00"),
        ("2026-01-02 03:04:05.5 +05:30", "2026-01-02T03:04:05+05:30"),
        ("' 2026-01-02 03:04:05 Z '", "2026-01-02T03:04:05+00:00"),
        (
            "!ruby/object:Time\n  utc: 2026-01-02 03:04:05 Z\n  time: 2027-01-02 03:04:05 Z",
            "2026-01-02T03:04:05+00:00",
        ),
        ("!ruby/object:Time\n  time: 2026-01-02 03:04:05 Z", "2026-01-02T03:04:05+00:00"),
        ("!ruby/object:Time\n  zone: x", ""),
        ("2026-13-02 03:04:05 Z", ""),
        ("2026-01-02 25:04:05 Z", ""),
        ("2026-01-02 03:04:05 +9999", ""),
        ("2026-01-02", ""),
        ("yesterday", ""),
        ("[2026-01-02]", ""),
        ("", ""),
    ],
)
def test_when_it_was_handed_in(time: str, iso: str) -> None:
    indented = time.replace("\n", "\n  ")
    assert of(f":created_at: {indented}\n:score: 1").when == iso


def test_each_submission_is_by_its_folder_and_other_values_are_none() -> None:
    data = b"submission_1:\n  :score: 1\nsubmission_2: text\n:submission_3: {a: b}\n4: {}\n[a]: {}"
    assert set(metadata(data)) == {"submission_1", "submission_3", "4", ""}


@pytest.mark.parametrize(("depth", "is_read"), [(MAX_METADATA_DEPTH - 3, True), (500, False)])
def test_what_is_skipped_may_be_deep_and_what_is_read_may_not(depth: int, is_read: bool) -> None:
    assert of(f":results: {'[' * 400}{']' * 400}").people == ()
    text = f":submitters: {'[' * depth}{']' * depth}"
    if is_read:
        assert of(text).people == ()
    else:
        with pytest.raises(MetadataError, match="nested too deeply"):
            of(text)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is no list of submissions"),
        (b"# nothing", "is no list of submissions"),
        (b"- a", "is no list of submissions"),
        (b"text", "is no list of submissions"),
        (b"a: b: c", "is broken"),
        (b"a: 'b", "is broken"),
        (b"a: {b", "is broken"),
        (b"\xff\xff", "is broken"),
    ],
)
def test_why_it_cannot_be_read(data: bytes, said: str) -> None:
    with pytest.raises(MetadataError, match=said) as raised:
        metadata(data)
    assert str(raised.value).isprintable()


NAMES = st.text("abé 'x\":#", min_size=1, max_size=8).filter(lambda name: name.strip() == name)


@given(st.dictionaries(st.from_regex(r"submission_\d{1,4}", fullmatch=True),
                       st.lists(NAMES, min_size=1, max_size=3), max_size=4))  # fmt: skip
def test_what_is_written_comes_back(people: dict[str, list[str]]) -> None:
    lines = ["{}"] if not people else []
    for folder, names in people.items():
        lines += [f"{folder}:", "  :submitters:"]
        lines += ["  - :name: '" + name.replace("'", "''") + "'" for name in names]
    found = metadata("\n".join(lines).encode())
    assert {folder: [p.name for p in one.people] for folder, one in found.items()} == people
