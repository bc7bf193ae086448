"""What every indicator promises, over all that are discovered."""

from collections.abc import Mapping
from typing import Any

import polars as pl
import pytest

from evenhand.core.contracts import Indicator
from evenhand.core.discovery import discover
from evenhand.core.example import turns_of
from evenhand.core.features import build_features
from evenhand.core.tables import READINGS
from evenhand.study.amounts import amounts_by_turn, amounts_of, session_facts, wanted_columns
from evenhand.study.readings import read_amounts

INDICATORS: dict[str, Indicator] = discover("indicator")
RULES = discover("coder")["rules"]
NAMES = sorted(INDICATORS)


def read(turns: pl.DataFrame, options: Mapping[str, bool] | None = None) -> pl.DataFrame:
    """All readings of these turns, as `evenhand examine` has them."""
    given = {"overlap_or_dash": True, "court_titles": False, **(options or {})}
    features = build_features(turns, RULES.code(turns), wanted_columns(INDICATORS.values()), {})
    by_turn = amounts_by_turn(features, INDICATORS.values())
    amounts = amounts_of(features, INDICATORS, by_turn)
    facts = session_facts(features)
    named = [
        frame.join(features.sessions, on="session").drop("session") for frame in (amounts, facts)
    ]
    return read_amounts(*named, INDICATORS, given)


def reading(turns: pl.DataFrame, name: str) -> dict[str, Any]:
    return read(turns).filter(pl.col("indicator") == name).row(0, named=True)


def swapped(turns: pl.DataFrame) -> pl.DataFrame:
    other = {"therapist": "client", "client": "therapist"}
    return turns.with_columns(pl.col("role").replace(other), pl.col("speaker").replace(other))


@pytest.mark.parametrize("name", NAMES)
def test_the_worked_example_comes_out(name: str) -> None:
    indicator = INDICATORS[name]
    found = reading(turns_of(indicator.example), name)
    for column, value in indicator.expected.items():
        if isinstance(value, float | int):
            assert found[column] == pytest.approx(value, abs=1e-6), column
        else:
            assert found[column] == value, column


@pytest.mark.parametrize("name", [n for n in NAMES if INDICATORS[n].kind == "tilted"])
def test_swapping_the_roles_mirrors_the_tilt(name: str) -> None:
    turns = turns_of(INDICATORS[name].example)
    one, two = reading(turns, name), reading(swapped(turns), name)
    if one["tilt"] is None or two["tilt"] is None:
        pytest.skip(f"{name}: codes of its example belong to one role only")
    assert two["tilt"] == pytest.approx(-one["tilt"], abs=1e-9)
    assert two["tilt_low"] == pytest.approx(-one["tilt_high"], abs=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_renaming_people_changes_nothing(name: str) -> None:
    turns = turns_of(INDICATORS[name].example)
    renamed = turns.with_columns(speaker=pl.format("Q{}", pl.col("speaker").str.len_chars()))
    assert reading(turns, name) == reading(renamed, name)


@pytest.mark.parametrize("name", NAMES)
def test_a_short_session_gives_a_reason_never_a_tilt(name: str) -> None:
    found = reading(turns_of(INDICATORS[name].example[:4]), name)
    assert found["absent"]
    assert found["tilt"] is None


@pytest.mark.parametrize("name", NAMES)
def test_the_time_of_day_changes_nothing(name: str) -> None:
    turns = turns_of(INDICATORS[name].example)
    later = turns.with_columns(pl.col("start_s") + 5.0, pl.col("end_s") + 5.0)
    one, two = reading(turns, name), reading(later, name)
    for column in READINGS:
        if isinstance(one.get(column), float):
            assert two[column] == pytest.approx(one[column])
        else:
            assert two[column] == one[column]


@pytest.mark.parametrize("name", NAMES)
def test_it_says_what_why_and_from_where(name: str) -> None:
    indicator = INDICATORS[name]
    for text in (indicator.title, indicator.why, indicator.formula, indicator.source):
        assert len(text) > 5
    assert indicator.version >= 1
    assert (indicator.direction != 0) == (indicator.kind == "tilted") or name == "coordination"


def test_every_session_has_a_row_for_every_indicator() -> None:
    turns = turns_of(INDICATORS["questions"].example)
    both = pl.concat([turns, turns.with_columns(session_id=pl.lit("b")).head(3)])
    counts = read(both).group_by("session_id").len()
    assert set(counts["len"]) == {len(INDICATORS)}


def test_titles_never_enter_a_tilt_between_therapist_and_client() -> None:
    found = reading(turns_of(INDICATORS["deference"].example), "deference")
    assert found["tilt"] is None
    assert found["k_client"] > 0
