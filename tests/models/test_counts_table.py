"""Rates, odds ratios and trends of a table of counts, axis by axis."""

import math

import polars as pl
import pytest

from evenhand.core.errors import EvenhandError
from evenhand.models.counts_odds import interval, log_odds, pooled_phi, trend
from evenhand.models.counts_table import COUNTS, NO_MEETING, OUTCOMES, mirror_counts


def row(group: str, period: str = "2020-21", axis: str = "gender", **more: object) -> dict:
    counts = {"referrals": 400.0, "finished": 120.0, "not_at_caseness": 20.0, "recovery": 50.0}
    counts |= {"reliable_recovery": 40.0, "improvement": 60.0, "no_reliable_change": 50.0}
    base = {"period": period, "axis": axis, "group": group, "known": True, "order": None}
    return base | counts | {"deterioration": 10.0} | more


def table(*rows: dict) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=COUNTS)


def pick(rows: list[dict], **wanted: object) -> list[dict]:
    return [one for one in rows if all(one[k] == v for k, v in wanted.items())]


def test_recovery_is_counted_among_those_at_caseness_who_finished() -> None:
    found = mirror_counts(table(row("a"), row("b")))
    rates = {(r["outcome"], r["among"]): r["rate"] for r in pick(found.rates, group="a")}
    assert rates["recovery", "finishers"] == pytest.approx(50 / 100)
    assert rates["reliable_recovery", "finishers"] == pytest.approx(40 / 100)
    assert rates["reliable_recovery", "referrals"] == pytest.approx(40 / 400)
    assert rates["deterioration", "finishers"] == pytest.approx(10 / 120)
    assert rates["finished", "referrals"] == pytest.approx(120 / 400)


def test_every_rate_has_its_interval_and_its_n() -> None:
    found = mirror_counts(table(row("a", recovery=0.0), row("b", recovery=100.0)))
    assert all(r["low"] <= r["rate"] <= r["high"] and r["n"] > 0 for r in found.rates)
    none, all_of_them = pick(found.rates, outcome="recovery")
    assert (none["low"], all_of_them["high"]) == (0.0, 1.0)


def test_an_odds_ratio_by_hand() -> None:
    # (40 / 60) / (20 / 80) = 2.667; its log has variance 1/40 + 1/60 + 1/20 + 1/80
    found = log_odds((40, 100), (20, 100))
    assert found is not None
    assert math.exp(found.value) == pytest.approx(8 / 3)
    assert found.se == pytest.approx(math.sqrt(1 / 40 + 1 / 60 + 1 / 20 + 1 / 80))
    assert log_odds((0, 100), (20, 100)) is None


def test_the_largest_group_is_compared_with_and_an_empty_cell_has_no_ratio() -> None:
    rows = table(row("small", recovery=0.0), row("large", finished=920.0))
    found = mirror_counts(rows)
    (only,) = pick(found.odds_ratios, outcome="recovery")
    assert (only["group"], only["against"], only["odds_ratio"]) == ("small", "large", None)
    assert only["absent"] == "A cell is empty."


def test_a_ladder_is_compared_with_its_near_end() -> None:
    rows = [row(f"{n}", axis="deprivation", order=n, recovery=60.0 - n) for n in range(1, 6)]
    found = mirror_counts(table(*rows))
    assert {r["against"] for r in found.odds_ratios} == {"1"}
    (gap,) = pick(found.gaps, outcome="recovery")
    assert (gap["first"], gap["last"], gap["groups"]) == ("1", "5", 5)
    assert gap["slope"] == pytest.approx(-0.05, abs=1e-6)  # .01 a step of .2 in ridit


def test_unknown_groups_are_shown_and_enter_no_gap() -> None:
    found = mirror_counts(table(row("a"), row("b"), row("Not stated", known=False)))
    assert pick(found.rates, group="Not stated")
    assert not pick(found.odds_ratios, group="Not stated")


def test_a_missing_count_is_told_and_is_no_zero() -> None:
    found = mirror_counts(table(row("a", recovery=None), row("b")))
    assert not pick(found.rates, group="a", outcome="recovery")
    (told,) = pick(found.refused, group="a", outcome="recovery")
    assert told["why"] == "A count is missing."


def test_more_outcomes_than_people_are_refused() -> None:
    found = mirror_counts(table(row("a", recovery=150.0), row("b")))
    assert "more outcomes than people" in pick(found.refused, group="a")[0]["why"]


def test_a_group_that_stands_twice_in_a_period_is_an_error() -> None:
    with pytest.raises(EvenhandError, match="more than one row"):
        mirror_counts(table(row("a"), row("a")))


def test_a_trend_is_the_weighted_line() -> None:
    found = trend([2018, 2019, 2020, 2021], [0.1, 0.3, 0.4, 0.6], [0.1, 0.1, 0.1, 0.1])
    assert found is not None
    assert found.change == pytest.approx(0.16)  # plain least squares, since weights are equal
    # fitted .11, .27, .43, .59: squared residuals .0001 + .0009 + .0009 + .0001 over .01 and 2
    assert found.phi == pytest.approx(0.1)
    assert found.df == 2
    assert found.high - found.low == pytest.approx(2 * 4.302653 * 0.1 / math.sqrt(5), rel=1e-5)


def test_two_years_make_no_trend() -> None:
    assert trend([2018, 2019], [0.1, 0.3], [0.1, 0.1]) is None


def test_years_that_scatter_widen_the_intervals() -> None:
    years, error = [2018, 2019, 2020, 2021], [0.01] * 4
    scattered = pooled_phi({"a": trend(years, [0.1, 0.3, 0.0, 0.2], error), "b": None})
    assert scattered is not None
    narrow, wide = interval(0.2, 0.01, None), interval(0.2, 0.01, scattered)
    assert wide[0] < narrow[0] < narrow[1] < wide[1]
    assert pooled_phi({"a": None}) is None


def test_periods_without_a_year_have_no_trend_and_keep_the_rest() -> None:
    rows = [row(g, period=p) for g in "ab" for p in ("before", "during", "after")]
    found = mirror_counts(table(*rows))
    assert found.trends == []
    assert found.odds_ratios


def test_the_table_says_that_positions_never_meet_in_it() -> None:
    assert "nothing intersectional" in NO_MEETING


def test_outcomes_are_told_apart_by_name_and_by_those_at_risk() -> None:
    assert len({(one.name, one.among) for one in OUTCOMES}) == len(OUTCOMES)
