"""What runs at each commit and in CI is what the documentation says."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
FILES = (".pre-commit-config.yaml", ".github/workflows/ci.yml", ".github/workflows/verify.yml")


def of_yaml(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text("utf-8"))


@pytest.mark.parametrize("name", FILES)
def test_yaml_can_be_read(name: str) -> None:
    assert isinstance(of_yaml(name), dict)


def test_ci_runs_the_tests_on_each_python_that_the_readme_names() -> None:
    jobs = of_yaml(".github/workflows/ci.yml")["jobs"]
    test, versions = jobs["test"], jobs["versions"]
    pythons = test["strategy"]["matrix"]["python"]
    assert ".ci/run" in [step.get("run") for step in test["steps"]]
    assert (ROOT / ".ci" / "run").read_text("utf-8").endswith("exec ./run test\n")
    assert f"Python {pythons[0]} to {pythons[-1]}" in (ROOT / "README.md").read_text("utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["requires-python"] == f">={pythons[0]}"
    named = " ".join(f"python{python}" for python in pythons)
    assert versions["steps"][-1]["run"].endswith(f"benchmarks/versions.py {named}")


def test_ci_runs_each_week_what_the_page_for_contributors_calls_the_long_part() -> None:
    ci = of_yaml(".github/workflows/ci.yml")
    command = ci["jobs"]["long"]["steps"][-1]["run"]
    page = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    assert f"| the long part | `{command}` |" in page
    assert "schedule" in ci[True]  # what YAML makes of "on"


def test_a_commit_is_asked_what_run_test_asks_first() -> None:
    (local,) = of_yaml(".pre-commit-config.yaml")["repos"]
    asked = [hook["entry"].removesuffix(" --force-exclude") for hook in local["hooks"]]
    run = (ROOT / "run").read_text("utf-8")
    assert asked == [".venv/bin/ruff check", ".venv/bin/ruff format", ".venv/bin/mypy"]
    assert all(command in run for command in asked)
