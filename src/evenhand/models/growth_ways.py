"""Mean change three ways: as the scores suggest, clients weighing alike, leaving modelled too.

Who stays longer gives more scores, so a mean over scores says more of them. Where the three agree,
that does not matter here; where they do not, it is said.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.special import ndtri, stdtrit

from evenhand.core.errors import EvenhandError
from evenhand.models.course_series import Ints, Series
from evenhand.models.growth import FEWEST_DYADS, FEWEST_THERAPISTS, Growth, basis

WAYS = pl.Schema(
    {
        "how": pl.String,
        "change": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
        "horizon": pl.Float64,
        "slope": pl.Float64,
        "slope_se": pl.Float64,
        "dyads_n": pl.Int64,
        "therapists_n": pl.Int64,
        "scores_n": pl.Int64,
    }
)
"""``change`` from session 1 to the horizon, in points; ``slope`` is for 1 of the basis."""

ALONE = "scores alone"
ALIKE = "clients weigh alike"
TOGETHER = "scores and leaving together"


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean change for 1 of the basis.

    Args:
        how: one of `ALONE`, `ALIKE`, `TOGETHER`.
        slope: the mean.
        se: its standard error.
        freedom: degrees of freedom of its interval, None for a normal one.
        dyads_n: dyads behind it.
        therapists_n: their therapists.
        scores_n: their scores.
    """

    how: str
    slope: float
    se: float
    freedom: int | None
    dyads_n: int
    therapists_n: int
    scores_n: int


def mean_of_lines(series: Series, growth: Growth, therapist: Ints) -> Mean:
    """The plain mean of the lines through each dyad's scores: every client weighs alike.

    Whatever a dyad's own course has to do with when it ends, its own line is not bent by it. But
    a line needs two scores: who left before the second is not in it, and short lines are rough.

    Args:
        series: scores of all dyads.
        growth: of the same scores, for the shape of the course.
        therapist: code of each dyad's therapist.

    Raises:
        EvenhandError: too few dyads have two scores.

    Source:
        Wu & Bailey 1989, Biometrics 45:939-955 (the unweighted mean of individual slopes). Errors
        by Liang & Zeger 1986 with therapists as clusters, where there are enough.
    """
    x = basis(series.t, growth.shape)
    n = series.counts
    about = x - (series.total(x) / n)[series.code]
    spread = series.total(about * about)
    known = spread > 0
    if int(known.sum()) < FEWEST_DYADS:
        raise EvenhandError(
            f"{int(known.sum())} dyads have two scores: too few for a mean of their lines.",
            "ratings.csv",
            f"At least {FEWEST_DYADS} are needed.",
        )
    slopes = series.total(about * series.y)[known] / spread[known]
    mean, groups = float(slopes.mean()), np.unique(therapist[known], return_inverse=True)[1]
    j = int(groups.max()) + 1
    if j < FEWEST_THERAPISTS:
        groups, freedom = np.arange(slopes.size), slopes.size - 1
    else:
        freedom = j - 1
    sums = np.bincount(groups, slopes - mean)
    se = float(np.sqrt((sums**2).sum() * (freedom + 1) / freedom)) / slopes.size
    return Mean(ALIKE, mean, se, freedom, slopes.size, j, int(n[known].sum()))


def change_by_way(
    growth: Growth, means: list[Mean], horizon: float, level: float = 0.95
) -> pl.DataFrame:
    """Mean change from session 1 to the horizon, once for each way of looking.

    Args:
        growth: the study's growth model, which stands first.
        means: the other ways.
        horizon: the session at which change is looked at.
        level: of the intervals.

    Returns:
        A frame of `WAYS`.
    """
    way = float(np.diff(growth.basis(np.array([1.0, horizon])))[0])
    alone = alone_of(growth)
    rows = []
    for one in (alone, *means):
        tail = 0.5 + level / 2
        z = float(ndtri(tail) if one.freedom is None else stdtrit(one.freedom, tail))
        limits = [(one.slope + k * z * one.se) * way for k in (0, -1, 1)]
        size = (one.dyads_n, one.therapists_n, one.scores_n)
        rows.append((one.how, *limits, horizon, one.slope, one.se, *size))
    return pl.DataFrame(rows, schema=WAYS, orient="row")


def alone_of(growth: Growth, how: str = ALONE) -> Mean:
    """The growth model's own mean change."""
    se = float(np.sqrt(growth.fixed_cov[1, 1]))
    size = (growth.dyads_n, growth.therapists_n, growth.scores_n)
    return Mean(how, growth.slope, se, None, *size)
