"""The pages in a real browser: from disk, on a phone, in the dark, read aloud, in each language."""

from __future__ import annotations

import os
import re
from itertools import product
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from grader.report.language import languages
from tests.cases import long_but

from .conftest import MISSING, PHONE, SIZE, open_page

pytestmark = pytest.mark.slow
CLASS = "class.html"
STUDENT = "submissions/A student whose name is long 学生 0/feedback.html"
LATE = "submissions/student01 1/feedback.html"
PAGES = (CLASS, STUDENT, LATE)
LANGUAGES = pytest.mark.parametrize("language", languages())


@pytest.mark.parametrize(
    ("language", "name"),
    long_but(list(product(languages(), PAGES)), *product(["en"], PAGES), ("ja", STUDENT)),
)
def test_a_page_opens_from_disk_and_asks_for_nothing(
    browser: Browser, pages: Path, language: str, name: str
) -> None:
    path = pages / language / name
    context = browser.new_context(viewport={"width": PHONE, "height": 800})
    page, asked, complaints = context.new_page(), [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(path.as_uri())
    page.locator("summary").evaluate_all("all => all.forEach(each => each.click())")
    assert [url for url in asked if not url.startswith("data:")] == [path.as_uri()]
    assert complaints == []
    # On a phone nothing reaches over the edge, with everything that opens opened.
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE
    assert page.evaluate(CUT_OFF) == []
    assert page.locator("html").get_attribute("lang") == language
    context.close()


#: Whatever ends right of the screen, unless it lies in a box that scrolls.
CUT_OFF = """
[...document.querySelectorAll("body *")].filter(each => {
  for (let box = each; box; box = box.parentElement)
    if (getComputedStyle(box).overflowX !== "visible") return false;
  return each.getBoundingClientRect().right > innerWidth + 1;
}).map(each => each.outerHTML.slice(0, 80))
"""


@pytest.mark.parametrize(
    ("language", "scheme"),
    long_but(list(product(languages(), ("light", "dark"))), ("en", "light"), ("ja", "dark")),
)
def test_contrast_landmarks_and_headings_pass_axe(
    browser: Browser, pages: Path, language: str, scheme: str
) -> None:
    for name in (CLASS, STUDENT):
        page = open_page(browser, pages / language / name, color_scheme=scheme, bypass_csp=True)
        page.locator("summary").evaluate_all("all => all.forEach(each => each.click())")
        found = Axe().run(page).response["violations"]
        assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []
        page.context.close()


def test_a_dark_page_is_dark_and_a_printed_one_is_white(browser: Browser, pages: Path) -> None:
    page = open_page(browser, pages / "en" / STUDENT, color_scheme="dark")
    background = "getComputedStyle(document.body).backgroundColor"
    assert max(map(int, re.findall(r"\d+", page.evaluate(background)))) < 60
    page.emulate_media(media="print", color_scheme="light")
    assert page.evaluate(background) == "rgb(255, 255, 255)"
    page.context.close()


#: The page's characters that are drawn as a box, as one that no font has (U+FFFFF) is.
TOFU = """
() => {
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d", {willReadFrequently: true});
  canvas.width = canvas.height = 48;
  const drawn = character => {
    pen.clearRect(0, 0, 48, 48);
    pen.font = "32px " + getComputedStyle(document.body).fontFamily;
    pen.fillText(character, 4, 36);
    return pen.getImageData(0, 0, 48, 48).data.join();
  };
  const box = drawn(String.fromCodePoint(0xFFFFF));
  const all = new Set(document.body.innerText.match(/[^\\x00-\\x7f]/gu));
  return [...all].filter(each => each.trim() && drawn(each) === box);
}
"""


@pytest.mark.parametrize("language", long_but(languages(), "ja"))
def test_every_character_has_a_glyph(browser: Browser, pages: Path, language: str) -> None:
    for name in PAGES:
        page = open_page(browser, pages / language / name)
        boxes = page.evaluate(TOFU)
        page.context.close()
        if boxes and not os.environ.get("CI"):
            pytest.skip(f"No font has {boxes[0]}; {MISSING.partition('; ')[2]}")
        assert boxes == []


@pytest.fixture
def table(browser: Browser, pages: Path) -> Page:
    return open_page(browser, pages / "en" / CLASS)


def _column(page: Page, table: str, number: int) -> list[str]:
    return page.locator(f"#{table} tbody tr td:nth-child({number})").all_inner_texts()


def test_a_click_on_a_head_sorts_and_another_turns_round(table: Page) -> None:
    score = table.locator("#all th button", has_text="score")
    score.click()
    scores = [float(text.split()[0]) for text in _column(table, "all", 4)]
    assert scores == sorted(scores)
    assert len(set(scores)) > 9
    score.click()
    assert [float(text.split()[0]) for text in _column(table, "all", 4)] == sorted(scores)[::-1]
    assert table.locator("#all th", has_text="score").get_attribute("aria-sort") == "descending"
    table.locator("#all th button", has_text="student").focus()
    table.keyboard.press("Enter")  # by the keyboard too
    names = _column(table, "all", 2)
    assert names == sorted(names, key=str.lower)
    table.locator("#cases th button", has_text="passed").click()
    rates = [int(text.split(" / ")[0]) for text in _column(table, "cases", 3)]
    assert rates == sorted(rates)


def test_the_table_is_filtered_by_words_and_by_who_needs_a_person(table: Page) -> None:
    rows = table.locator("#all tbody tr:visible")
    assert rows.count() == SIZE
    table.locator("#find").fill("TOOK student1")
    texts = rows.all_inner_texts()
    assert 0 < len(texts) < SIZE
    assert all("student1" in text and "took too long" in text for text in texts)
    assert table.locator("#shown").inner_text() == f"{len(texts)} / {SIZE}"
    table.locator("#find").fill("")
    table.locator("#human").check()
    assert rows.count() == table.locator("ul.human li").count() > 0
    table.locator("#find").fill("nobody")
    assert rows.count() == 0


def test_a_mistake_shows_who_made_it_and_leads_to_their_pages(table: Page) -> None:
    row = table.locator("#mistakes tbody tr").first
    row.locator("summary").click()
    number = row.locator("td").nth(1).inner_text()
    made = int(row.locator("td").first.inner_text().split()[0])
    assert row.locator("a").count() == made
    row.locator("button.show").click()
    shown = table.locator("#all tbody tr:visible")
    assert shown.count() == made
    assert all(f"{number} " in f"{text} " for text in shown.all_inner_texts())


def test_a_link_of_the_table_opens_the_students_page(table: Page) -> None:
    table.locator("#all tbody a", has_text="学生").click()
    assert table.locator("h1").inner_text() == "A student whose name is long 学生"
