"""Which cases of a table run always, and which under ``-m long``; how many examples there are."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import pytest
from hypothesis import settings


def spread(cases: Collection[Any], every: int) -> list[Any]:
    """All cases for parametrize: each *every*-th runs always, the others with ``-m long``."""
    return [_long(case) if n % every else case for n, case in enumerate(cases)]


def long_but(cases: Sequence[Any], *always: Any) -> list[Any]:
    """All cases for parametrize: those named run always, the others with ``-m long``."""
    assert all(case in cases for case in always)
    return [case if case in always else _long(case) for case in cases]


def _long(case: Any) -> Any:
    values = case if isinstance(case, tuple) else (case,)
    return pytest.param(*values, marks=pytest.mark.long)


def examples(few: int, **more: Any) -> settings:
    """Settings of a property: *few* examples, and in the profile "many" 25 times as many."""
    profile = settings()
    return settings(max_examples=few * profile.max_examples // 40, **more)
