"""`evenhand explain`: every part has a page, and the page's numbers are worked out."""

from dataclasses import fields

import pytest

from evenhand.coders._phrasebook import Rule
from evenhand.core.discovery import discover
from evenhand.core.errors import EvenhandError, Exit
from evenhand.runs._explain_codes import _CONDITIONS, MADE, known_codes
from evenhand.runs._explain_indicators import NEEDS
from evenhand.runs._explain_layout import cell, md_table, number, period
from evenhand.runs._explain_tables import COLUMNS, TABLES
from evenhand.runs.explain import Explanation, all_pages, explain

EVERY = [(kind, name) for kind, pages in all_pages().items() for name in pages]


@pytest.mark.parametrize(("kind", "name"), EVERY)
def test_every_part_has_a_page(kind: str, name: str) -> None:
    page = all_pages()[kind][name]()
    assert page.startswith("## ")
    assert f"`{name}`" in page
    assert "None" not in page


def test_an_indicator_says_what_why_from_where_and_works_its_example_through() -> None:
    page = explain("directives")
    for part in ("How it is computed", "Why it bears on power", "Source", "Example", "Tilt +"):
        assert part in page
    assert "| amount | 20 | 0 |" in page
    assert "“You need to”" in page


def test_a_title_that_a_page_prints_is_a_name_too() -> None:
    assert explain("Talking time") == explain("talk_share")
    assert explain("TALK-SHARE") == explain("talk_share")


def test_a_name_that_two_parts_share_gives_both() -> None:
    page = explain("disagreement")
    assert "## Disagreed aloud" in page
    assert "## Code `disagreement`" in page


def test_an_unknown_name_is_a_usage_error_with_near_names() -> None:
    with pytest.raises(EvenhandError) as error:
        explain("talk_shore")
    assert error.value.code == Exit.USAGE
    assert "talk_share" in error.value.remedy


def test_a_name_like_no_other_lists_what_there_is() -> None:
    with pytest.raises(EvenhandError) as error:
        explain("zzzz")
    assert error.value.code == Exit.USAGE
    assert "turns" in error.value.remedy


def test_every_column_has_a_meaning() -> None:
    assert {c for schema, _ in TABLES.values() for c in schema} == set(COLUMNS)


def test_every_code_has_a_meaning() -> None:
    without = [name for name in known_codes() if "What it means" not in explain(name)]
    assert without == []
    assert set(MADE) <= set(known_codes())


def test_every_condition_that_is_told_is_one_of_a_rules() -> None:
    assert set(_CONDITIONS) <= {field.name for field in fields(Rule)}


def test_every_need_is_said_in_words() -> None:
    assert {n for i in discover("indicator").values() for n in i.needs} <= set(NEEDS)


def test_a_notebook_shows_the_page_laid_out() -> None:
    assert Explanation("## A")._repr_markdown_() == "## A"


def test_an_exchange_that_repeats_is_shown_once() -> None:
    rows = [{"role": r, "text": r} for r in "abababab"]
    assert period(rows) == 2
    assert period(rows[:3]) == 3
    assert period([]) == 0


@pytest.mark.parametrize(
    ("value", "shown"), [(None, "–"), (3.0, "3"), (0.07692, "0.0769"), (-0.5, "−0.5")]
)
def test_numbers_are_short_and_a_missing_one_is_a_dash(value: float | None, shown: str) -> None:
    assert number(value) == shown


def test_a_cell_cannot_break_its_table() -> None:
    assert cell("a|b\nc") == "a\\|b ⏎ c"
    assert md_table(["x"], [["a|b"]]) == "| x |\n| --- |\n| a\\|b |"
