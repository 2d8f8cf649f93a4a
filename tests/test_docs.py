"""The documentation says what is true."""

from __future__ import annotations

import runpy
from pathlib import Path

import click
import pytest

from grader.cli import cli

ROOT = Path(__file__).resolve().parent.parent


def test_the_catalogue_of_mistakes_is_not_stale() -> None:
    page = runpy.run_path(str(ROOT / "docs" / "write_mistakes.py"))["page"]()
    assert (ROOT / "docs" / "mistakes.md").read_text("utf-8") == page


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_every_command_has_help_with_an_example_and_stands_in_the_readme(name: str) -> None:
    command = cli.commands[name]
    assert command.help
    assert "Example: grader" in " ".join(command.help.split())
    assert f"grader {name}" in (ROOT / "README.md").read_text("utf-8")
    for option in command.params:
        if isinstance(option, click.Option) and option.name not in ("out", "assignment"):
            assert option.help, option.name
