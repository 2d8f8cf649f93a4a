"""The documentation says what is true."""

from __future__ import annotations

import re
import runpy
import shlex
from pathlib import Path

import click
import pytest

from grader import __version__
from grader.cli import cli
from grader.course import known
from grader.course.assignment import available, load
from grader.exchange.adjust import Adjust, read_adjust
from grader.sandbox.inside import confine
from grader.sandbox.inside.layers import LAYERS
from grader.sandbox.outside.doctor import ADVICE

ROOT = Path(__file__).resolve().parent.parent


def _named(path: Path) -> str:
    return path.name


def test_the_catalogue_of_mistakes_is_not_stale() -> None:
    page = runpy.run_path(str(ROOT / "docs" / "write_mistakes.py"))["page"]()
    assert (ROOT / "docs" / "mistakes.md").read_text("utf-8") == page


def test_the_page_of_checks_is_not_stale_and_says_something_of_each() -> None:
    script = runpy.run_path(str(ROOT / "docs" / "write_checks.py"))
    assert (ROOT / "docs" / "checks.md").read_text("utf-8") == script["page"]()
    entries = [part.split("\n\n", 1) for part in script["page"]().split("\n### ")[1:]]
    assert len(entries) > 90
    assert [name for name, text in entries if not text.strip() or text.startswith("#")] == []
    assert not any(":func:" in text or " at 0x" in name for name, text in entries)


def test_the_changelog_has_a_section_for_this_version() -> None:
    heads = re.findall(r"^## \[(.+?)\](.*)$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.M)
    assert heads[0] == ("Unreleased", "")
    assert heads[1][0] == __version__
    assert all(re.fullmatch(r" - \d{4}-\d\d-\d\d", date) for _, date in heads[1:])


@pytest.mark.parametrize("name", available())
def test_the_page_of_fairness_counts_what_verify_grades(name: str) -> None:
    assignment = load(name)
    variants, mistakes = len(known.variants(assignment)), len(known.mistakes(assignment))
    row = f"| {name} | 0 of {variants} variants | 0 of {mistakes} |"
    assert row in (ROOT / "docs" / "fairness.md").read_text("utf-8")


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_every_command_has_help_with_an_example_and_stands_in_the_readme(name: str) -> None:
    command = cli.commands[name]
    assert command.help
    assert "Example: grader" in " ".join(command.help.split())
    assert f"grader {name}" in (ROOT / "README.md").read_text("utf-8")
    for option in command.params:
        if isinstance(option, click.Option) and option.name not in ("out", "assignment"):
            assert option.help, option.name


def test_the_commands_of_a_week_can_be_parsed() -> None:
    page = (ROOT / "docs" / "courses.md").read_text("utf-8")
    blocks = [block for block in page.split("```")[1::2] if block.startswith("\n")]
    lines = [line for block in blocks for line in block.strip().splitlines()]
    assert len(lines) > 8
    for line in lines:
        program, name, *arguments = shlex.split(line)
        assert program == "grader"
        cli.commands[name].make_context(name, arguments)


def test_the_adjustments_of_a_week_are_read(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "courses.md").read_text("utf-8")
    (tmp_path / "adjust.toml").write_text(page.split("```toml\n")[1].split("```")[0], "utf-8")
    adjust = read_adjust(tmp_path)
    assert all(getattr(adjust, name) for name in Adjust.__struct_fields__)


def test_the_readme_leads_to_every_page_in_a_line_of_its_own() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    section = readme.split("\n## Documentation\n")[1].split("\n## ")[0]
    lines = re.findall(r"^- \[.+?\]\((.+?)\): .+\.$", section, re.MULTILINE)
    pages = [path.relative_to(ROOT).as_posix() for path in ROOT.glob("docs/*.md")]
    assert sorted(lines) == sorted([*pages, "CONTRIBUTING.md"])


@pytest.mark.parametrize("page", sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]), ids=_named)
def test_links_lead_to_files(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text("utf-8"))
    paths = [link for link in links if "://" not in link]
    assert [path for path in paths if not (page.parent / path).exists()] == []


def test_each_layer_of_confinement_is_told_wherever_layers_are() -> None:
    page = (ROOT / "docs" / "security.md").read_text("utf-8")
    rows = "".join(re.findall(r"^\| (`.+?) \|", page, re.MULTILINE))
    assert sorted(re.findall(r"`(\w+)`", rows)) == sorted(LAYERS)
    items = "".join(re.findall(r"^- (``.+?):", str(confine.__doc__), re.MULTILINE))
    assert sorted(re.findall(r"``(\w+)``", items)) == sorted(LAYERS)
    assert sorted(ADVICE) == sorted(LAYERS)
