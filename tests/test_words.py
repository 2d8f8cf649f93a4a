"""What is said to people: words with fields, harmless whatever stands in them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.report.language import Language
from grader.words import Words, as_words, counted, distinct, join, say

ANY = st.text(max_size=30) | st.sampled_from(["{a}", "{0}", "{a.__class__}", "%(a)s", "{a!r}"])


def test_fields_are_filled_in_each_language() -> None:
    words = say("{name} is nested too deeply.", name="params['W1']")
    assert str(words) == "params['W1'] is nested too deeply."
    assert Language("de").tell(words) == "params['W1'] ist zu tief verschachtelt."
    assert Language("ja").tell(words) == "params['W1'] の入れ子が深すぎます。"


def test_words_may_stand_in_words() -> None:
    kind = say("a PDF document")
    words = say("is not a notebook but looks like {kind}: hand in the .ipynb itself", kind=kind)
    assert "ein PDF-Dokument" in Language("de").tell(words)


@pytest.mark.parametrize("text", ["nobody has translated this", "", "{}", "{x"])
def test_what_has_no_translation_stays_as_it_is(text: str) -> None:
    assert Language("ja").tell(text) == Language("ja").tell(Words(text)) == text


def test_an_assignments_catalogue_comes_first_and_needs_nothing_of_the_grader() -> None:
    catalogue = 'msgid "Doubling"\nmsgstr "二倍"\n\nmsgid "passed"\nmsgstr "○"\n'.encode()
    language = Language("ja", catalogue=catalogue)
    assert [language.tell(t) for t in ("Doubling", "passed", "error")] == ["二倍", "○", "エラー"]


@given(text=ANY, value=ANY)
def test_a_students_words_are_never_a_template(text: str, value: str) -> None:
    """``str.format`` would read attributes of what it is given."""
    assert str(say(text)) == text
    assert str(say("<{a}>", a=value)) == f"<{value}>"
    assert str(say("{a}{b}", a="{b}", b=value)) == "{b}" + value


def test_the_same_words_count_once() -> None:
    assert distinct([say("{a}", a=1), say("{a}", a=1), say("{a}", a=2)]) == (
        say("{a}", a=1),
        say("{a}", a=2),
    )


@pytest.mark.parametrize(
    ("count", "told"),
    [(0, "0 points"), (1, "1 point"), (1.0, "1 point"), (0.5, "0.5 points"),
     (1_234_567, "1234567 points")],
)  # fmt: skip
def test_a_number_is_told_with_its_noun(count: float, told: str) -> None:
    assert counted(count, "point") == told


def test_a_name_in_a_sentence_is_code_whatever_a_catalogue_has() -> None:
    said = say("{name} of shape {shape}", name="before", shape="(3,)")
    assert said.told(lambda text: text.replace("before", "vorher")) == "before of shape (3,)"


BETWEEN = say("{before}; {after}")


@pytest.mark.parametrize(
    ("several", "joined"),
    [([], ""), (["a"], "a"), (["a", "b"], "a; b"), (["a", say("{x}b", x=1), "c"], "a; 1b; c"),
     ([str(number) for number in range(9)], "0; 1; 2; 3; 4; 5; 6; 7; 8")],
)  # fmt: skip
def test_sentences_are_joined_in_their_order(several: list[str | Words], joined: str) -> None:
    assert str(join(BETWEEN, several)) == joined


def test_many_sentences_are_not_nested_deeply() -> None:
    joined = join(BETWEEN, [f"{number}." for number in range(5000)])
    assert str(joined).startswith("0.; 1.; ")
    assert str(joined).endswith("; 4998.; 4999.")


def test_only_what_is_said_is_translated() -> None:
    heard: list[str] = []

    def translate(text: str) -> str:
        heard.append(text)
        return text.upper()

    words = say(
        "{name} is {what}{none}, {count}", name="loss", what=say("not it"), none="", count=2
    )
    assert words.told(translate) == "{NAME} IS {WHAT}{NONE}, {COUNT}"
    assert heard == ["{name} is {what}{none}, {count}", "not it"]
    assert say("").told(lambda text: "a catalogue's header") == ""
    assert say("a b", x="c d").told(str.title) == "A B"


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("c d", "C D"),
        ("loss", "loss"),
        ("x.W1", "X.W1"),
        (2.5, "2.5"),
        (say("a b"), "A B"),
        ("", ""),
    ],
)
def test_a_field_is_translated_unless_it_is_a_name(value: str | float | Words, told: str) -> None:
    def translate(text: str) -> str:
        return text if "{" in text else text.upper()

    assert say("{x}", x=value).told(translate) == told


@pytest.mark.parametrize("said", ["a {b}", Words("a {b}")])
def test_what_is_said_can_be_looked_through(said: str | Words) -> None:
    assert as_words(said) == Words("a {b}")
    assert "{b}" in as_words(said)
    assert "c" not in as_words(said)
    assert "x=7" in say("x={a}", a=7)
