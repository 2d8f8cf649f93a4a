"""Tries the package in clean environments, with the oldest and newest packages.

For each Python given, pip fills the environments from the package index, which takes minutes.
In each, a student's notebook is checked and a sample class graded; with the extra ``course``, a
new assignment is also verified and built.  The oldest packages are the lower bounds of
pyproject.toml.

    python benchmarks/versions.py ~/.pyenv/versions/3.1[123]*/bin/python
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from packaging.requirements import Requirement  # noqa: E402

from grader import DISTRIBUTION  # noqa: E402
from tests.install import trial  # noqa: E402

#: The oldest packages are tried on this Python only: newer ones lack wheels for them.
_OLDEST_ON = (3, 11)


def oldest(extras: tuple[str, ...]) -> Iterator[str]:
    """Yield each requirement at its lower bound, with any patch of that version."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = list(project["dependencies"])
    for extra in extras:
        wanted += project["optional-dependencies"][extra]
    for text in wanted:
        requirement = Requirement(text)
        (low,) = (each.version for each in requirement.specifier if each.operator == ">=")
        yield f"{requirement.name}=={low}.*" if "." in low else f"{requirement.name}=={low}.0.*"


def tried(python: str, wheel: Path, folder: Path, packages: list[str], extras: list[str]) -> str:
    """Make an environment and try the package in it; return the outcome in one line."""
    environment = folder / "environment"
    subprocess.run([python, "-m", "venv", environment], check=True)
    own = environment / "bin" / "python"
    wanted = f"{DISTRIBUTION}[{','.join(extras)}] @ {wheel.as_uri()}"
    pip = ["-m", "pip", "--disable-pip-version-check", "install", "-q", wanted, *packages]
    done = subprocess.run([own, *pip], capture_output=True, text=True, check=False)
    if done.returncode:
        return f"cannot be installed: {done.stderr.strip().splitlines()[-1]}"
    size = sum(p.lstat().st_size for p in environment.rglob("*") if p.is_file()) / 1e6
    begin = time.perf_counter()
    grader = trial.Installed(environment, folder / "elsewhere")
    try:
        trial.student(grader)
        trial.class_(grader)
        (trial.course if extras else trial.no_course)(grader)
    except AssertionError as error:
        return f"{size:.0f} MB, fails: {error}"
    return f"{size:.0f} MB, all as it should be, in {time.perf_counter() - begin:.0f} s"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pythons", nargs="+", metavar="PYTHON")
    arguments = parser.parse_args()
    failed = False
    with tempfile.TemporaryDirectory() as scratch:
        (Path(scratch) / "wheel").mkdir()
        wheel = trial.build_wheel(Path(scratch) / "wheel")
        for python in arguments.pythons:
            version = "import sys; print(*sys.version_info[:2])"
            told = subprocess.run([python, "-c", version], capture_output=True, check=True).stdout
            for extras in ([], ["course"]):
                for name in ("newest", "oldest"):
                    if name == "oldest" and tuple(map(int, told.split())) > _OLDEST_ON:
                        continue  # NumPy 1.26, for one, has no wheels for newer ones
                    packages = [] if name == "newest" else list(oldest(tuple(extras)))
                    with tempfile.TemporaryDirectory(dir=scratch) as folder:
                        said = tried(python, wheel, Path(folder), packages, extras)
                    failed |= "all as it should be" not in said
                    print(f"{python} {','.join(extras) or '-'} {name}: {said}", flush=True)
    sys.exit(failed)


if __name__ == "__main__":
    main()
