"""Errors of the commands of shell lines."""

from __future__ import annotations


class CommandError(Exception):
    """A command failed; the text is its error message."""


class RefusedError(Exception):
    """A command is not supported here, or would leave the submission's own folders."""
