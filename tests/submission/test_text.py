"""Bytes of unknown kinds: how they are decoded, tidied, and what they are taken for."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.submission.sniff import (
    looks_like,
    looks_like_json,
    looks_like_python,
    special_kind,
)
from grader.submission.text import decode, latin, tidy, utf8

CODE = "x = 'Jörg 課題 🙂'\n"


@pytest.mark.parametrize(
    ("data", "text", "note"),
    [
        (CODE.encode(), CODE, ""),
        (codecs.BOM_UTF8 + CODE.encode(), CODE, "byte order mark"),
        (CODE.encode("utf-16"), CODE, "UTF-16"),
        (codecs.BOM_UTF16_BE + CODE.encode("utf-16-be"), CODE, "UTF-16"),
        ("name = 'Jörg 課'".encode("utf-16-le"), "name = 'Jörg 課'", "UTF-16"),
        ("name = 'Jörg 課'".encode("utf-16-be"), "name = 'Jörg 課'", "UTF-16"),
        (CODE.encode("utf-32"), CODE, "UTF-32"),
        (codecs.BOM_UTF32_BE + CODE.encode("utf-32-be"), CODE, "UTF-32"),
        ("x = 'é'".encode("latin-1"), "x = 'é'", "Latin-1"),
        ("x = '€ “q”'".encode("cp1252"), "x = '€ “q”'", "Latin-1"),
        (b"\x81\xe9", "\x81\xe9", "Latin-1"),
        ("# coding: cp932\nx = '課題'".encode("cp932"), "# coding: cp932\nx = '課題'", "in cp932"),
        ("\n# vim: fileencoding=koi8-r\n# Да".encode("koi8-r"),
         "\n# vim: fileencoding=koi8-r\n# Да", "in koi8-r"),
        ("# 1\n# 2\n# coding: koi8-r\né".encode("latin-1"), "# 1\n# 2\n# coding: koi8-r\né",
         "Latin-1"),
        ("x = '# coding: rot13'\né".encode("latin-1"), "x = '# coding: rot13'\né", "Latin-1"),
        ("# coding: utf-99\né".encode("latin-1"), "# coding: utf-99\né", "Latin-1"),
        ("# coding: utf-8\né".encode("latin-1"), "# coding: utf-8\né", "Latin-1"),
        (b"", "", ""),
        (b"\0", "\0", ""),
        (b"a\0", "a", "UTF-16"),
    ],
)  # fmt: skip
def test_text_is_decoded_and_what_was_guessed_is_noted(data: bytes, text: str, note: str) -> None:
    found, notes = decode(data)
    assert found == text
    assert [note in str(one) for one in notes] == ([True] if note else [])


ASCII = st.text(st.characters(min_codepoint=32, max_codepoint=126) | st.just("\n"), min_size=2)


@given(ASCII, st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be",
                               "utf-32", "latin-1", "cp1252"]))  # fmt: skip
def test_code_comes_back_whatever_it_was_saved_in(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding))[0] == text


@given(st.binary())
def test_any_bytes_are_some_text(data: bytes) -> None:
    for text in (decode(data)[0], latin(data), tidy(decode(data)[0])[0]):
        assert isinstance(text, str)
    recoded, notes = utf8(data)
    assert notes or recoded == data


@pytest.mark.parametrize(
    ("code", "tidied", "notes"),
    [
        ("a\nb", "a\nb", []),
        ("a\r\nb\rc\n\rd", "a\nb\nc\n\nd", ["Lines end"]),
        ("\r\r\n", "\n\n", ["Lines end"]),
        ("a\ud800b", "a\ufffdb", ["were replaced"]),
        ("a\0b", "ab", ["were replaced"]),
        ("\r\udfff\0", "\n\ufffd", ["Lines end", "were replaced", "were replaced"]),
        ("é 🙂 \u2028", "é 🙂 \u2028", []),
        ("", "", []),
    ],
)
def test_code_is_tidied(code: str, tidied: str, notes: list[str]) -> None:
    found, said = tidy(code)
    assert found == tidied
    assert [part in str(one) for part, one in zip(notes, said, strict=True)] == [True] * len(notes)


@given(st.text(st.characters() | st.sampled_from("\r\n\0\ud800"), max_size=20))
def test_tidy_code_can_be_written_and_stays_as_it_is(code: str) -> None:
    found, notes = tidy(code)
    found.encode()
    assert not set("\r\0") & set(found)
    assert tidy(found) == (found, ())
    assert (found == code) == (notes == ())


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"%PDF-1.7", "a PDF document"),
        (b" %PDF-1.7", "text"),
        (b"PK\x03\x04rest", "a zip archive"),
        (b"PK\x05\x06", "an empty zip archive"),
        (b"see [Content_Types].xml", "text"),
        (b"PK\x03\x04" + b"\x14" * 30 + b"[Content_Types].xml", "an Office document"),
        (b"PK\x03\x04" + b"\x14" * 5000 + b"[Content_Types].xml", "a zip archive"),
        (b"\x1f\x8b\x08", "a gzip archive"),
        (b"Rar!\x1a", "a RAR archive"),
        (b"7z\xbc\xaf", "a 7z archive"),
        (b"\x89PNG\r\n", "a picture"),
        (b"\xff\xd8\xff\xe0", "a picture"),
        (b"GIF89a", "a picture"),
        (b"\xd0\xcf\x11\xe0", "an old Office document"),
        (b"{\\rtf1", "an RTF document"),
        (b"\x7fELF", "a program"),
        (b"MZ\x90", "a program"),
        (b"version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer"),
        (b"<!DOCTYPE html><html>", "a web page (HTML)"),
        (b"<!-- saved from x -->\n <HTML lang='de'>", "a web page (HTML)"),
        (b"\n<body>", "a web page (HTML)"),
        (b"<headline>", "XML"),
        (b"  <?xml version='1.0'?>", "XML"),
        (b"\0\0", "zeros only"),
        (b"ab\0", "binary data"),
        (b"a" * 1024 + b"\0", "text"),
        (b"", "an empty file"),
        (b"a\n<<<<<<< HEAD\n", "a file with unresolved merge conflicts"),
        (b"{\n>>>>>>> x\n", "a file with unresolved merge conflicts"),
        (b"a <<<<<<< b", "text"),
        (b"<<<<<<<<< b", "XML"),
        (b' \n{"a": 1}', "JSON"),
        (b"[1]", "JSON"),
        (b"def f(x):\n    pass", "a Python script"),
        (b"import numpy as np", "a Python script"),
        (b"from a.b import c", "a Python script"),
        (b"class A:\n", "a Python script"),
        (b"x" * 20_000 + b"\nimport os", "text"),
        (b"an important definition", "text"),
        (b"\xff\xfe", "text"),
    ],
)
def test_what_bytes_look_like(data: bytes, kind: str) -> None:
    assert str(looks_like(data)) == kind
    assert looks_like_json(data) == (kind == "JSON")
    is_text = kind in {"XML", "JSON", "a Python script", "text",
                       "a file with unresolved merge conflicts"}  # fmt: skip
    assert not data or (special_kind(data) is None) == is_text


@pytest.mark.parametrize(
    ("code", "is_python"),
    [
        ("", True),
        ("x = 1", True),
        ("def f(x):\n    return x", True),
        ("    async def f(x): ...", True),
        ("for i in range(3):", True),
        ("while (x) {\n}", False),
        ("x <- 1", False),
        ("def f(x):\n    return x\nx <- 1", True),
        ("import os\nx <- 1\ny <- 2", False),
        ("library(ggplot2)", False),
        ("let x = 1;", False),
        ("#include <stdio.h>", False),
        ("SELECT * FROM t", False),
        ("functional = 1", True),
        ("using_it = 1", True),
    ],
)
def test_code_under_another_kernel_is_python_unless_more_speaks_against_it(
    code: str, is_python: bool
) -> None:
    assert looks_like_python([code]) == is_python
    assert looks_like_python(code.split("\n")) == is_python
