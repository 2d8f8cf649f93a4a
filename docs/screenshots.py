"""Makes docs/images: pages of the sample class as a browser shows them.

    .venv/bin/python docs/screenshots.py [--results DIR]

Grades the sample class of shallow_narrow first (a minute), unless DIR holds it graded
already.  Needs Chromium and a Japanese font: apt-get install chromium fonts-ipaexfont-gothic.
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


def main() -> None:
    """Grade, open, and keep the pictures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--results", type=Path, help="The sample class, graded already.")
    given = parser.parse_args().results
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright:
        results = given or Path(temporary) / "results"
        if given is None:
            _run("demo", "--out", str(results))
        path = shutil.which("chromium") or sys.exit("Install chromium first.")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for language in dict.fromkeys(shot.language for shot in SHOTS):
            _run("report", str(results), "--lang", language)
            for shot in SHOTS:
                if shot.language == language:
                    _take(browser, results, shot)
        browser.close()


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
