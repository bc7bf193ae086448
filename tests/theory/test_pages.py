"""The pages in a browser: the explorer moves, and without a script its table is there."""

import shutil
from pathlib import Path

import pytest

from evenhand.runs.experiments import experiment
from evenhand.theory.experiments import OUTCOMES

CHROMIUM = (
    shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
)
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine"),
]


def made_up(theory, asked, seed, blocks):
    """Outcomes that follow the steepness of the society alone."""
    found = {"as it is": dict.fromkeys(OUTCOMES, 1.0)}
    for e in asked:
        found[e.name] = dict.fromkeys(OUTCOMES, dict(e.settings).get("h", 1.0))
    return found


@pytest.fixture(scope="module")
def page_file(tmp_path_factory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("evenhand.runs.experiments.compare", made_up)
        made = experiment(out=tmp_path_factory.mktemp("e"), draws=1, explored=1)
    return made.out / "experiments.html"


@pytest.fixture(scope="module")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as engine:
        opened = engine.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--no-first-run"]
        )
        yield opened
        opened.close()


def test_moving_a_slider_moves_the_numbers(browser, page_file):
    page = browser.new_page(viewport={"width": 390, "height": 800})
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(page_file.as_uri())
    now = page.locator("[data-row='1'] .now")
    assert now.inner_text().startswith("1.0 [")
    slider = page.locator("[data-slider='0']")
    slider.press("End")
    assert now.inner_text().startswith("2.0 [")
    assert page.locator("[data-slider='0'] + output").inner_text() == "2"
    assert slider.get_attribute("aria-valuetext") == "2"
    slider.press("ArrowLeft")
    assert float(slider.get_attribute("aria-valuetext")) < 2
    slider.press("Home")
    assert now.inner_text().startswith("0.0 [")
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390
    label = page.locator("#explorer label span").first.bounding_box()
    assert label is not None
    assert label["height"] < 60  # no word is broken up
    assert said == []
    page.close()


def test_without_a_script_the_table_stands_for_the_sliders(browser, page_file):
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(page_file.as_uri())
    assert not page.locator("#explorer").is_visible()
    page.locator("#explorer-part summary, summary").first.click()
    assert page.get_by_text("Steepness of the society: 2").first.is_visible()
    page.close()
