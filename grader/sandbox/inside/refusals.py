"""Errors of the commands of shell lines."""

from __future__ import annotations


class CommandError(ValueError):
    """A command failed; the text is its error message, without the command's name."""


class RefusedError(Exception):
    """A command is not supported here, or would leave the submission's own folders."""
