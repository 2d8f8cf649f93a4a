"""What travels between processes, as msgpack: nothing of a student's is ever unpickled."""

from __future__ import annotations

import os
from typing import Any, TypeVar

import msgspec

from grader.batch.rows import mended

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


def _hook(kind: type, value: Any) -> Any:
    return kind(os.fsdecode(value))
