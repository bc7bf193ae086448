from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evenhand.reports import read_disagreements, render_report
from tests.reports.made_up import made_data

CHROMIUM = (
    shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
)
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine"),
]
STUDY = [
    *((f"anjali-gwyn-{i}", "gwyn", "anjali", i) for i in range(1, 5)),
    ("ruth-1", "ruth", "marek", 1),
]
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("report")
    render_report(made_data(STUDY), home)
    render_report(made_data(STUDY, n=28), home / "short")
    render_report(
        made_data([("only", "a", "b", 1)], n=28, timed=False, sessions=None), home / "one"
    )
    return home


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as engine:
        opened = engine.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield opened
        opened.close()


@pytest.fixture
def visit(browser: Any, folder: Path) -> Iterator[Any]:
    """Open a page of the report; any complaint of the browser fails the test."""
    contexts, said = [], []

    def go(name: str, width: int = 1280, theme: str = "light", script: bool = True) -> Any:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=theme,
            java_script_enabled=script,
            accept_downloads=True,
            reduced_motion="reduce",
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda m: said.append(m.text))
        page.on("pageerror", lambda e: said.append(str(e)))
        page.on("request", lambda r: r.url.startswith(("file:", "blob:")) or said.append(r.url))
        page.goto((folder / name).as_uri())
        return page

    yield go
    for context in contexts:
        context.close()
    assert said == []


PAGES = ("index.html", "dyad-gwyn+anjali.html", "session-anjali-gwyn-2.html", "one/index.html")


SHORT = [f"short/{p}" for p in PAGES if "/" not in p]
LOOKS = [(390, "dark"), (1280, "light")]


@pytest.mark.parametrize(
    ("name", "width", "theme"),
    [*((name, *look) for name in SHORT for look in LOOKS), ("one/index.html", 390, "light")],
)
def test_axe_finds_nothing(visit: Any, name: str, width: int, theme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page = visit(name, width, theme)
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    found = axe.Axe().run(page, options={"resultTypes": ["violations"]})
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("name", PAGES)
def test_no_page_is_wider_than_its_window(visit: Any, name: str) -> None:
    page = visit(name)
    for width in (390, 860, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, width


def test_a_number_marks_its_turns_and_lists_them(visit: Any) -> None:
    page = visit("session-anjali-gwyn-2.html")
    number = page.locator('a[href="#ev-questions-therapist"]')
    n = int(number.inner_text())
    number.click()
    assert page.locator("#mark-questions").is_checked()
    assert page.locator("#found a").count() == n
    first = page.locator("#found a").first.get_attribute("href")
    assert page.evaluate("'#' + document.activeElement.id") == first
    shown = page.evaluate(
        "getComputedStyle(document.querySelector('.k-questions')).backgroundColor"
    )
    other = page.evaluate(
        "getComputedStyle(document.querySelector('.k-directives')).backgroundColor"
    )
    assert shown != other
    page.get_by_role("button", name="Close the list").click()
    assert page.locator("#found").is_hidden()


def test_the_keyboard_alone_shows_a_stretch(visit: Any) -> None:
    page = visit("session-anjali-gwyn-2.html")
    whole = page.locator(".turns li:visible").count()
    page.locator("#to").focus()
    for _ in range(5):
        page.keyboard.press("PageDown")
    fewer = page.locator(".turns li:visible").count()
    assert 0 < fewer < whole
    assert "turns" in page.locator("#filtered").inner_text()
    page.locator("#whole").focus()
    page.keyboard.press("Enter")
    assert page.locator(".turns li:visible").count() == whole


def test_dragging_over_the_bars_shows_a_stretch(visit: Any) -> None:
    page = visit("session-anjali-gwyn-2.html")
    page.locator(".brushable").scroll_into_view_if_needed()
    box = page.locator(".brushable").bounding_box()
    y = box["y"] + box["height"] * 0.9
    page.mouse.move(box["x"] + box["width"] * 0.2, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.4, y, steps=4)
    page.mouse.up()
    assert 0 < page.locator(".turns li:visible").count() < page.locator(".turns li").count()
    assert abs(float(page.locator("#from").input_value()) - 20) < 2


def test_a_finger_over_the_bars_shows_a_stretch(browser: Any, folder: Path) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    page = context.new_page()
    page.goto((folder / "session-anjali-gwyn-2.html").as_uri())
    page.locator(".brushable").scroll_into_view_if_needed()
    box = page.locator(".brushable").bounding_box()
    y = box["y"] + box["height"] * 0.8
    finger = context.new_cdp_session(page)
    places = [box["x"] + box["width"] * share for share in (0.2, 0.25, 0.3, 0.35, 0.4)]
    kinds = ["touchStart", *["touchMove"] * 4]
    for kind, x in zip(kinds, places, strict=True):
        point = [{"x": x, "y": y}]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": point})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    shown = page.locator(".turns li:visible").count()
    assert 0 < shown < page.locator(".turns li").count()
    assert abs(float(page.locator("#to").input_value()) - 40) < 3
    context.close()


def test_the_pairs_stand_side_by_side_on_a_desk_and_below_each_other_on_a_phone(
    visit: Any,
) -> None:
    page = visit("index.html")
    tops = "Array.from(document.querySelectorAll('.pair'), e => e.getBoundingClientRect().top)"
    desk = page.evaluate(tops)
    assert len(desk) == 2
    assert desk[0] == desk[1]
    page.set_viewport_size({"width": 390, "height": 900})
    phone = page.evaluate(tops)
    assert phone[0] < phone[1]


def test_i_disagree_is_kept_and_saved_as_a_file_that_is_read_again(
    visit: Any, tmp_path: Path
) -> None:
    page = visit("session-anjali-gwyn-2.html")
    moment = page.locator(".moment").first
    page.locator('input[name="by"][value="client"]').check()
    moment.locator('input[name="reading"]').first.check()
    moment.get_by_role("button", name="I disagree").click()
    page.keyboard.type("We were laughing.")
    page.keyboard.press("Tab")
    page.reload()
    again = page.locator(".moment").first
    assert again.locator(".disagree").get_attribute("aria-pressed") == "true"
    assert again.locator('input[type="text"]').input_value() == "We were laughing."
    with page.expect_download() as caught:
        page.locator("#export").click()
    assert caught.value.suggested_filename == "evenhand-disagreements.json"
    path = tmp_path / "evenhand-disagreements.json"
    caught.value.save_as(path)
    (entry,) = read_disagreements(path)
    assert entry["session_id"] == "anjali-gwyn-2"
    assert entry["by"] == "client"
    assert entry["disagree"] is True
    assert entry["reason"] == "We were laughing."
    assert len(entry["readings"]) == 1
    assert set(json.loads(path.read_text())) == {"schema", "study", "disagreements"}


def test_the_theme_can_be_switched(visit: Any) -> None:
    page = visit("session-anjali-gwyn-2.html")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.get_by_role("button", name="Dark").click()
    assert page.evaluate(ground) != light


def test_the_page_is_whole_without_javascript(visit: Any) -> None:
    page = visit("session-anjali-gwyn-2.html", script=False)
    assert page.locator(".turns li:visible").count() == 100
    assert page.locator("#theme").is_hidden()
    assert page.locator(".disagree").first.is_hidden()
    page.locator("#mark-questions").check()
    plain = page.locator(".turns .words:not([class*='k-'])").first
    marked = page.locator("mark.k-questions").first
    ground = "e => getComputedStyle(e).backgroundColor"
    assert marked.evaluate(ground) != plain.evaluate(ground)


def test_a_printed_page_has_its_sections_and_no_buttons(visit: Any) -> None:
    page = visit("session-anjali-gwyn-2.html", theme="dark")
    page.emulate_media(media="print")
    assert page.locator(".moment").first.is_visible()
    assert page.locator("button:visible").count() == 0
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert len(page.pdf()) > 20_000
