"""Errors of the grader's own: who hears them, and what a missing package is called."""

from __future__ import annotations

import logging

import pytest

from grader.errors import (
    AssignmentError,
    Fault,
    GraderError,
    UsageError,
    absent,
    not_installed,
    overheard,
)


def test_nothing_is_heard_before_or_after(caplog: pytest.LogCaptureFixture) -> None:
    log = logging.getLogger("grader")
    handlers = list(log.handlers)
    log.error("before")

    def failing(heard: list[logging.LogRecord]) -> None:
        with overheard() as those:
            log.error("within")
            log.warning("no error")
            heard += those
            raise KeyError

    heard: list[logging.LogRecord] = []
    with pytest.raises(KeyError):
        failing(heard)
    log.error("after")
    assert [record.getMessage() for record in heard] == ["within"]
    assert log.handlers == handlers
    caplog.clear()


def test_ears_hear_each_for_themselves(caplog: pytest.LogCaptureFixture) -> None:
    log = logging.getLogger("grader")
    with overheard() as outer:
        with overheard() as inner:
            log.error("one")
        log.error("two")
    assert (len(outer), len(inner)) == (2, 1)
    caplog.clear()


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ModuleNotFoundError("", name="otter"), "Otter is needed for this"),
        (ModuleNotFoundError("", name="babel.messages.pofile"), "Babel is needed for this"),
        (ModuleNotFoundError("", name="distributed"), "Dask distributed is needed for this"),
        (ModuleNotFoundError("", name="nbformat"), "pip install 'numgrader[course]'"),
        (ModuleNotFoundError("", name="distributed"), "pip install 'numgrader[dask]'"),
        (ModuleNotFoundError("", name="otters"), None),
        (ModuleNotFoundError("", name="reference"), None),
        (ModuleNotFoundError("no name"), None),
        (ImportError("", name="otter"), None),
        (ValueError("otter"), None),
    ],
)
def test_a_missing_package_is_named_with_the_extra_that_brings_it(
    error: Exception, said: str | None
) -> None:
    told = absent(error)
    assert (told is None) if said is None else said in str(told)


def test_errors_on_purpose_have_one_base() -> None:
    assert all(issubclass(kind, GraderError) for kind in (UsageError, AssignmentError, Fault))
    assert isinstance(not_installed("X", "course"), UsageError)
