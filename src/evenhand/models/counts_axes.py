"""One axis and one outcome of a table of counts: the ladder, the odds ratios, the trends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import polars as pl

from evenhand.core.errors import EvenhandError
from evenhand.models.counts_odds import Trend, interval, log_odds, pooled_phi, trend
from evenhand.models.counts_slope import slope_index

Row = dict[str, Any]


@dataclass(frozen=True)
class Gaps:
    """What one axis says of one outcome."""

    gaps: list[Row] = field(default_factory=list)
    odds_ratios: list[Row] = field(default_factory=list)
    trends: list[Row] = field(default_factory=list)
    refused: list[Row] = field(default_factory=list)


def axis_gaps(cells: pl.DataFrame, key: Row) -> Gaps:
    """Gaps of one axis, known groups only.

    Args:
        cells: period, group, order, and ``k`` of ``n``.
        key: what each row says of itself: axis, outcome, among.
    """
    found = Gaps()
    ordered = cells.filter(pl.col("order").is_not_null())
    if ordered.height:
        _ladder(ordered.sort("order"), key, found)
    if cells["group"].n_unique() > 1:
        _odds(cells, key, found)
    return found


def year_of(period: str) -> int | None:
    """The year in which a period begins: 2024 for ``2024-25``; None where it names none."""
    return int(period[:4]) if period[:4].isdigit() else None


def _ladder(cells: pl.DataFrame, key: Row, found: Gaps) -> None:
    for (period,), part in sorted(cells.partition_by("period", as_dict=True).items()):
        try:
            one = slope_index(part["k"].to_numpy(), part["n"].to_numpy())
        except EvenhandError as error:
            found.refused.append(key | {"period": period, "group": None, "why": error.what})
            continue
        ends = {"first": part["group"][0], "last": part["group"][-1]}
        found.gaps.append(key | {"period": period} | ends | asdict(one))
    points = [(row["period"], row["slope"], row["slope_se"]) for row in found.gaps]
    _add_trend(points, key | {"group": None, "against": None, "of": "slope"}, found)


def _odds(cells: pl.DataFrame, key: Row, found: Gaps) -> None:
    """Each group against one: a point of comparison, and no standard."""
    against = _compared_with(cells)
    base = {row["period"]: row for row in _of(cells, against)}
    groups: dict[str, list[Row]] = {}
    for row in cells.sort("period", "order", "group").iter_rows(named=True):
        if row["group"] != against and row["period"] in base:
            groups.setdefault(row["group"], []).append(_ratio(row, base[row["period"]]))
    key = key | {"against": against}
    lines = {
        group: _add_trend(
            [(r["period"], r["value"], r["se"]) for r in rows if r["se"] is not None],
            key | {"group": group, "of": "log odds ratio"},
            found,
        )
        for group, rows in groups.items()
    }
    scatter = pooled_phi(lines)
    for group, rows in groups.items():
        found.odds_ratios.extend(key | {"group": group} | _told(row, scatter) for row in rows)


def _compared_with(cells: pl.DataFrame) -> str:
    """The near end of a ladder; without an order, the largest group of the latest period."""
    latest = cells.filter(pl.col("period") == cells["period"].max())
    by_size = latest.sort("order", "n", "group", descending=[False, True, False], nulls_last=True)
    return str(by_size["group"][0])


def _of(cells: pl.DataFrame, group: str) -> list[Row]:
    return cells.filter(pl.col("group") == group).to_dicts()


def _ratio(row: Row, base: Row) -> Row:
    odds = log_odds((row["k"], row["n"]), (base["k"], base["n"]))
    value, se = (None, None) if odds is None else (odds.value, odds.se)
    return {"period": row["period"], "value": value, "se": se, "n": row["n"], "n_base": base["n"]}


def _told(row: Row, scatter: tuple[float, int] | None) -> Row:
    told = {"period": row["period"], "n": row["n"], "n_against": row["n_base"]}
    told |= {"phi": None if scatter is None else scatter[0]}
    if row["se"] is None:
        return told | {"odds_ratio": None, "low": None, "high": None, "absent": "A cell is empty."}
    low, high = interval(row["value"], row["se"], scatter)
    ends = {"odds_ratio": row["value"], "low": low, "high": high}
    return told | {name: float(np.exp(x)) for name, x in ends.items()} | {"absent": None}


def _add_trend(points: Sequence[tuple[str, float, float]], key: Row, found: Gaps) -> Trend | None:
    """The line over the years, kept if there is one."""
    years = [year_of(period) for period, _, _ in points]
    if any(year is None for year in years):
        return None
    line = trend(
        [float(y) for y in years if y is not None],
        [value for _, value, _ in points],
        [se for _, _, se in points],
    )
    if line is not None:
        ends = {"from": points[0][0], "to": points[-1][0]}
        found.trends.append(key | ends | asdict(line))
    return line
