"""Messages for people: an English sentence with fields, which can be translated.

A message is made where something is found out, and read much later, maybe in Japanese.  So it
travels as :class:`Words`: the English sentence as in the catalogues, and the values of its
fields.  ``str`` gives the English; :mod:`grader.report.language` translates.  Under ``otter
run`` only the English is seen.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

_FIELD = re.compile(r"\{([a-z_0-9]+)\}")


@dataclass(frozen=True, slots=True)
class Words:
    """A sentence, or part of one, in English, with ``{field}`` for what varies.

    ``fields`` are (name, value) pairs.  A value may be Words again; a text with an entry of its
    own in a catalogue is translated, too, unless it is an identifier.  Only plain names of
    fields are looked up in ``text``, so that any text is harmless.
    """

    text: str
    fields: tuple[tuple[str, str | int | float | Words], ...] = ()

    def told(self, translate: Callable[[str], str]) -> str:
        """Return the sentence, with ``translate`` applied to each text in it."""
        # gettext translates an empty text to the catalogue's header.
        text = translate(self.text) if self.text else ""
        values = {name: _told(value, translate) for name, value in self.fields}
        return _FIELD.sub(lambda match: values.get(match[1], match[0]), text) if values else text

    def __str__(self) -> str:
        return self.told(lambda text: text)

    def __contains__(self, part: str) -> bool:
        return part in str(self)


def _told(value: str | int | float | Words, translate: Callable[[str], str]) -> str:
    if isinstance(value, Words):
        return value.told(translate)
    is_text = isinstance(value, str) and value and not value.isidentifier()  # a name is code
    return translate(str(value)) if is_text else str(value)


def say(text: str, /, **fields: str | int | float | Words) -> Words:
    """Return words to be translated; the catalogues are made from the calls of this name."""
    return Words(text, tuple(fields.items()))


def as_words(said: str | Words) -> Words:
    """Return ``said`` as words; a plain text may have an entry in a catalogue, too."""
    return said if isinstance(said, Words) else Words(said)


def join(between: Words, several: Sequence[str | Words]) -> str | Words:
    """Join several by a sentence with fields ``before`` and ``after``; "" for none."""
    if len(several) < 2:
        return several[0] if several else ""
    # In halves, so that the words of many are not nested too deeply.
    middle = len(several) // 2
    before, after = join(between, several[:middle]), join(between, several[middle:])
    return Words(between.text, (("before", before), ("after", after)))


def distinct(several: Iterable[Words]) -> tuple[Words, ...]:
    """Return the words without repetitions, in their order."""
    return tuple(dict.fromkeys(several))


def counted(count: float, noun: str) -> str:
    """Return a number with its English noun: 1 submission, 2 submissions, 0.5 points."""
    number = int(count) if count == int(count) else count
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
