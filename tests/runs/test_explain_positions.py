"""Every axis, code system and preset has a page that says where it ends."""

import pytest

from evenhand.positions import all_presets, all_systems
from evenhand.runs._explain_positions import (
    axis_page,
    known_axes,
    known_presets,
    known_systems,
    preset_page,
    system_page,
)


@pytest.mark.parametrize("name", known_axes())
def test_an_axis_says_who_may_say_it_and_that_it_is_never_worked_out(name: str) -> None:
    page = axis_page(name)
    assert "May be said by: " in page
    assert "Never worked out from anything else" in page


@pytest.mark.parametrize("name", known_systems())
def test_a_system_shows_all_its_codes_and_its_source(name: str) -> None:
    page, one = system_page(name), all_systems()[known_systems()[name]]
    assert one.source in page
    assert all(f"`{code.code}` | {code.label}" in page for code in one.codes)


@pytest.mark.parametrize("name", known_presets())
def test_a_preset_shows_its_limits(name: str) -> None:
    page, one = preset_page(name), all_presets()[known_presets()[name]]
    assert one.limits in page
    assert "does nothing until a study names it" in page


def test_what_is_lost_on_the_way_is_told_code_by_code() -> None:
    page = system_page("us_spd15_2024")
    assert "`2118-8` becomes `2106-3`: Told as White" in page


def test_a_ranking_is_told_in_words() -> None:
    assert "from the lowest: Elementary occupations" in preset_page("isco_08_skill")
