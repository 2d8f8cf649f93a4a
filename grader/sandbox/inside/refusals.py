"""Why a command of a shell line does not give its output."""

from __future__ import annotations


class CommandError(Exception):
    """A command ended with another status than 0; the text is what it would have said."""


class RefusedError(Exception):
    """It is none of the commands that are done here, or would leave the own folders."""
