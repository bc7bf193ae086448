"""Ruptures: alliance lower than what came before allows; repair: two returns in a row."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from evenhand.models.course_series import Floats, Series
from evenhand.models.rupture_model import Expected, Usual, expect

RATE = 0.025
"""Of sessions without any rupture, how many come out as one: stated, and simulated."""

EARLIER = 2
"""Earlier ratings of the dyad without which no rating is judged."""

WINDOW = 5
"""Rated sessions after a rupture in which a repair is looked for."""

RUPTURES = pl.Schema(
    {
        "row": pl.Int64,
        "expected": pl.Float64,
        "limit": pl.Float64,
        "standardised": pl.Float64,
        "after_n": pl.Int64,
        "repair": pl.String,
        "repair_row": pl.Int64,
    }
)
"""A row a rupture: where in the series it is, and what came of it.

``repair`` is ``repaired``, ``not repaired``, or ``cannot be judged`` with fewer than two
ratings after it.
"""


def find_ruptures(series: Series, usual: Usual, rate: float = RATE) -> pl.DataFrame:
    """Scores below the study's pooled limit, and whether two returns in a row followed.

    A return is a rating at least as high as was expected for that session before the rupture.
    Ratings go up after a low one by themselves: read this beside `expected_counts`, or not at
    all.

    Args:
        series: alliance scores.
        usual: the study's no-rupture model.
        rate: share of usual ratings that may fall below the limit.

    Returns:
        A frame of `RUPTURES`.
    """
    ahead = expect(series, usual)
    standard = (series.y - ahead.mean) / ahead.sd
    limit = usual.limit(rate)
    rows = np.flatnonzero((standard < -limit) & (ahead.earlier_n >= EARLIER))
    after, at = _returns(series, usual, ahead, rows)
    repaired = np.where(at > 0, "repaired", np.where(after < 2, "cannot be judged", "not repaired"))
    return pl.DataFrame(
        {
            "row": rows,
            "expected": ahead.mean[rows],
            "limit": (ahead.mean - limit * ahead.sd)[rows],
            "standardised": standard[rows],
            "after_n": after,
            "repair": repaired.astype(str),
            "repair_row": pl.Series(np.where(at > 0, rows + at, -1)).replace(-1, None),
        },
        schema=RUPTURES,
    )


def judgeable(series: Series) -> npt.NDArray[np.bool_]:
    """Which scores have enough earlier ones to be judged."""
    return series.place >= EARLIER


def _returns(
    series: Series, usual: Usual, ahead: Expected, rows: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Ratings after each rupture within the window, and after how many it was repaired (0: not)."""
    ends = (series.starts + series.counts)[series.code[rows]] if rows.size else rows
    after = np.minimum(ends - rows - 1, WINDOW)
    repaired = np.zeros(rows.size, dtype=np.int64)
    was_back = np.zeros(rows.size, dtype=bool)
    for step in range(1, WINDOW + 1):
        there = after >= step
        at = np.where(there, rows + step, rows)
        back = there & (series.y[at] >= _forecast(series, usual, ahead, rows, at))
        repaired = np.where((repaired == 0) & was_back & back, step, repaired)
        was_back = back
    return after, repaired


def _forecast(
    series: Series,
    usual: Usual,
    ahead: Expected,
    rows: npt.NDArray[np.int64],
    at: npt.NDArray[np.int64],
) -> Floats:
    """What a later score was expected to be before the score at ``rows`` came in."""
    level = ahead.dyad_level[rows]
    last = np.maximum(rows - 1, 0)
    deviation = series.y[last] - usual.mean(series.t[last]) - level
    kept = usual.persistence ** (series.t[at] - series.t[last])
    forecast: Floats = usual.mean(series.t[at]) + level + kept * deviation
    return forecast
