"""Encodes what travels between processes as msgpack: pickle would run a student's code."""

from __future__ import annotations

import os
from typing import Any, TypeVar

import msgspec

_Value = TypeVar("_Value")


def encode(value: object) -> bytes:
    """Return ``value``, made of dataclasses, containers, texts, bytes, numbers and paths."""
    encoder = msgspec.msgpack.Encoder(enc_hook=os.fsencode)
    try:
        return encoder.encode(value)
    except UnicodeEncodeError:  # a student may print half a character
        return encoder.encode(mended(msgspec.to_builtins(value, builtin_types=(bytes,))))


def decode(data: bytes, kind: type[_Value]) -> _Value:
    """Return the encoded value, which must be of this ``kind``."""
    return msgspec.msgpack.decode(data, type=kind, dec_hook=_hook)


def sound(text: str) -> str:
    """Return ``text`` with what UTF-8 cannot encode (a student may print it) replaced."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def mended(value: Any) -> Any:
    """Return ``value``, made of lists, dicts and texts, with each text :func:`sound`."""
    if isinstance(value, str):
        return sound(value)
    if isinstance(value, dict):
        return {sound(key): mended(item) for key, item in value.items()}
    return [mended(item) for item in value] if isinstance(value, list | tuple) else value


def _hook(kind: type, value: Any) -> Any:
    return kind(os.fsdecode(value))
