"""What a table of counts by year, axis and group can say, axis by axis.

Published tables of counts give each axis by itself. Rates, gaps and trends can be read off
them; how positions meet cannot, since no table says how many people share two of them.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import polars as pl
from scipy.special import betaincinv

from evenhand.core.errors import EvenhandError
from evenhand.models.counts_axes import Gaps, Row, axis_gaps

COUNTS = pl.Schema(
    {
        "period": pl.String,
        "axis": pl.String,
        "group": pl.String,
        "known": pl.Boolean,
        "order": pl.Int64,
        "referrals": pl.Float64,
        "finished": pl.Float64,
        "not_at_caseness": pl.Float64,
        "recovery": pl.Float64,
        "reliable_recovery": pl.Float64,
        "improvement": pl.Float64,
        "no_reliable_change": pl.Float64,
        "deterioration": pl.Float64,
    }
)
"""A row a period, axis and group. ``known`` is false for declined, not asked and unknown;
``order`` counts from the near end of a ladder and is null where the groups have no order."""

NO_MEETING = (
    "Each axis stands by itself: no cross-tabulation is published, so nothing intersectional can "
    "be said from this table, neither how positions meet (a gap by gender within an ethnic group, "
    "say) nor whether one axis explains another."
)


@dataclass(frozen=True)
class Outcome:
    """A rate that a table of counts gives: `count` of those at `risk`."""

    name: str
    title: str
    count: str
    among: str
    risk: pl.Expr
    risk_words: str
    caution: str = ""


_FINISHED, _REFERRALS = pl.col("finished"), pl.col("referrals")
_AT_CASENESS = _FINISHED - pl.col("not_at_caseness")
_CASENESS_WORDS = "finished a course, and at caseness when they began"
_COHORTS = (
    "Referrals and endings of one year are not the same people: some who finished were referred "
    "the year before."
)

OUTCOMES = (
    Outcome("recovery", "Recovery", "recovery", "finishers", _AT_CASENESS, _CASENESS_WORDS),
    Outcome(
        "reliable_recovery",
        "Reliable recovery",
        "reliable_recovery",
        "finishers",
        _AT_CASENESS,
        _CASENESS_WORDS,
    ),
    Outcome(
        "improvement", "Improvement", "improvement", "finishers", _FINISHED, "finished a course"
    ),
    Outcome(
        "no_reliable_change",
        "No reliable change",
        "no_reliable_change",
        "finishers",
        _FINISHED,
        "finished a course",
    ),
    Outcome(
        "deterioration",
        "Deterioration",
        "deterioration",
        "finishers",
        _FINISHED,
        "finished a course",
    ),
    Outcome(
        "finished", "Course finished", "finished", "referrals", _REFERRALS, "referred", _COHORTS
    ),
    Outcome(
        "reliable_recovery",
        "Reliable recovery",
        "reliable_recovery",
        "referrals",
        _REFERRALS,
        "referred",
        _COHORTS,
    ),
)
"""Recovery is counted among those who finished a course and were at caseness when they began,
``finished − not_at_caseness``. The column ``count_at_caseness`` of England's table counts others
too, and misses the published rates by up to two points."""


@dataclass(frozen=True)
class CountsMirror:
    """All that a table of counts says; each list is a table."""

    rates: list[Row]
    gaps: list[Row]
    odds_ratios: list[Row]
    trends: list[Row]
    refused: list[Row]

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)


def mirror_counts(table: pl.DataFrame) -> CountsMirror:
    """Rates, gaps, odds ratios and trends of a table of counts, each axis by itself.

    Args:
        table: a frame with the columns of `COUNTS`.

    Raises:
        EvenhandError: a group stands twice in one period of an axis.
    """
    _no_twins(table)
    found = CountsMirror([], [], [], [], [])
    for outcome in OUTCOMES:
        cells, left_out = _cells(table, outcome)
        found.rates.extend(_rates(cells, outcome))
        found.refused.extend(left_out)
        for axis in cells["axis"].unique(maintain_order=True):
            key = {"axis": axis, "outcome": outcome.name, "among": outcome.among}
            _add(found, axis_gaps(cells.filter((pl.col("axis") == axis) & pl.col("known")), key))
    return found


def _add(found: CountsMirror, gaps: Gaps) -> None:
    found.gaps.extend(gaps.gaps)
    found.odds_ratios.extend(gaps.odds_ratios)
    found.trends.extend(gaps.trends)
    found.refused.extend(gaps.refused)


def _no_twins(table: pl.DataFrame) -> None:
    twice = table.filter(table.select("period", "axis", "group").is_duplicated())
    if twice.height:
        row = twice.row(0, named=True)
        raise EvenhandError(
            "A group stands in more than one row of the same period.",
            f"{row['period']}, {row['axis']}",
            "Keep one row a group and period.",
        )


def _cells(table: pl.DataFrame, outcome: Outcome) -> tuple[pl.DataFrame, list[Row]]:
    """Cells with k of n; and those that cannot be used, each with its reason."""
    cells = table.with_columns(k=pl.col(outcome.count), n=outcome.risk)
    why = (
        pl.when(pl.col("k").is_null() | pl.col("n").is_null())
        .then(pl.lit("A count is missing."))
        .when((pl.col("n") <= 0) | (pl.col("k") < 0) | (pl.col("k") > pl.col("n")))
        .then(pl.lit("Nobody is at risk, or there are more outcomes than people."))
    )
    cells = cells.with_columns(why=why)
    out = cells.filter(pl.col("why").is_not_null())
    left_out = out.select(
        "axis",
        outcome=pl.lit(outcome.name),
        among=pl.lit(outcome.among),
        period="period",
        group="group",
        why="why",
    )
    return cells.filter(pl.col("why").is_null()), left_out.to_dicts()


def _rates(cells: pl.DataFrame, outcome: Outcome) -> list[Row]:
    """Each rate with its 95 % interval (Jeffreys), closed where none or all have the outcome."""
    k, n = cells["k"].to_numpy(), cells["n"].to_numpy()
    low, high = betaincinv(k + 0.5, n - k + 0.5, 0.025), betaincinv(k + 0.5, n - k + 0.5, 0.975)
    return (
        cells.select("period", "axis", "group", "known", "order", "k", "n")
        .with_columns(
            outcome=pl.lit(outcome.name),
            among=pl.lit(outcome.among),
            rate=pl.Series(k / n),
            low=pl.Series(np.where(k == 0, 0.0, low)),
            high=pl.Series(np.where(k == n, 1.0, high)),
        )
        .to_dicts()
    )
