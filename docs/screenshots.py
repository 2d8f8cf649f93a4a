"""Makes docs/images: pages of the sample classes as a browser shows them.

    .venv/bin/python docs/screenshots.py [--results DIR] [--exercises]

Grades the sample class of shallow_narrow first (a minute), unless DIR holds it graded
already; with ``--exercises`` one hand-in of each exercise instead.  Needs Chromium and a
Japanese font: apt-get install chromium fonts-ipaexfont-gothic.
"""

from __future__ import annotations

import argparse
import io
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from grader import cli

IMAGES = Path(__file__).parent / "images"
WRONG = "submissions/wrong_gradients_swapped/feedback.html"
DESK, PHONE = 820, 360
COLORS = 256  # of a picture's palette


@dataclass(frozen=True)
class Shot:
    """One picture: the page at this width, down to ``height``, or only the part ``of`` it."""

    name: str
    page: str
    language: str
    width: int = DESK
    height: int = 900
    dark: bool = False
    of: str = ""


SHOTS = (
    Shot("class", "class.html", "en", height=1000),
    Shot("class-phone", "class.html", "ja", width=PHONE, height=760, dark=True),
    Shot("student", WRONG, "en", height=900),
    Shot("student-phone", WRONG, "de", width=PHONE, height=760),
    Shot("mistake", WRONG, "en", of="#q4"),
    Shot("mistake-ja", WRONG, "ja", of="#q4"),
    Shot("mistake-de", WRONG, "de", of="#q4", dark=True),
)


#: The hand-in of each exercise whose page the README shows.
EXERCISES = {
    "batchnorm": "wrong_dropped_paths",
    "deep_narrow": "wrong_text",
    "dropout": "wrong_rows",
    "hyperparameters": "wrong_uniform",
    "initialization": "wrong_fan_out",
    "optimizers": "wrong_signs",
    "regression_net": "wrong_backpropagation",
    "shallow_narrow": "wrong_error_sign",
    "softmax": "wrong_axis",
    "weight_decay": "wrong_biases",
}


def main() -> None:
    """Grade, open, and keep the pictures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--results", type=Path, help="The sample class, graded already.")
    parser.add_argument("--exercises", action="store_true", help="A page of each exercise.")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright:
        path = shutil.which("chromium") or sys.exit("Install chromium first.")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        if given.exercises:
            _take_exercises(browser, Path(temporary))
        else:
            _take_class(browser, given.results, Path(temporary))
        browser.close()


def _take_exercises(browser: Browser, folder: Path) -> None:
    for name, handin in EXERCISES.items():
        path = IMAGES.parents[1] / "assignments" / name / "sample_class" / f"{handin}.ipynb"
        _run("grade", str(path), "--assignment", name, "--out", str(folder / name))
        page = f"submissions/{handin}/feedback.html"
        _take(browser, folder / name, Shot(f"exercise-{name}", page, "en", height=1200))


def _take_class(browser: Browser, given: Path | None, folder: Path) -> None:
    results = given or folder / "results"
    if given is None:
        _run("demo", "--out", str(results))
    for language in dict.fromkeys(shot.language for shot in SHOTS):
        _run("report", str(results), "--lang", language)
        for shot in SHOTS:
            if shot.language == language:
                _take(browser, results, shot)


def _run(*arguments: str) -> None:
    if cli.main([*arguments]):
        sys.exit(1)


def _take(browser: Browser, results: Path, shot: Shot) -> None:
    scheme = "dark" if shot.dark else "light"
    size = {"width": shot.width, "height": shot.height}
    page = browser.new_page(viewport=size, color_scheme=scheme)  # type: ignore[arg-type]
    page.goto((results / shot.page).resolve().as_uri())
    png = page.locator(shot.of).screenshot() if shot.of else page.screenshot()
    page.close()
    IMAGES.mkdir(exist_ok=True)
    picture = (
        Image.open(io.BytesIO(png)).convert("RGB").quantize(COLORS, Image.Quantize.MAXCOVERAGE)
    )
    picture.save(IMAGES / f"{shot.name}.png", optimize=True)


if __name__ == "__main__":
    main()
