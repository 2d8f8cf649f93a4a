"""What travels between processes, as msgpack: nothing of a student's is ever unpickled."""

from __future__ import annotations

import os
from typing import Any, TypeVar

import msgspec

_Value = TypeVar("_Value")


def encode(value: object) -> bytes:
    """``value``, built of dataclasses, containers, texts, bytes, numbers and paths."""
    encoder = msgspec.msgpack.Encoder(enc_hook=os.fsencode)
    try:
        return encoder.encode(value)
    except UnicodeEncodeError:  # a student may print half a character
        return encoder.encode(mended(msgspec.to_builtins(value, builtin_types=(bytes,))))


def decode(data: bytes, kind: type[_Value]) -> _Value:
    """The value of this ``kind`` that was encoded."""
    return msgspec.msgpack.decode(data, type=kind, dec_hook=_hook)


def sound(text: str) -> str:
    """``text``, with what UTF-8 cannot hold (a student may print it) replaced."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def mended(value: Any) -> Any:
    """``value``, built of lists, dicts and texts, with each text :func:`sound`."""
    if isinstance(value, str):
        return sound(value)
    if isinstance(value, dict):
        return {sound(key): mended(item) for key, item in value.items()}
    return [mended(item) for item in value] if isinstance(value, list | tuple) else value


def _hook(kind: type, value: Any) -> Any:
    return kind(os.fsdecode(value))
