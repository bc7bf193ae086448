"""The course that a dyad's earlier scores lead one to expect, and how wide that is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.special import ndtr, stdtrit

from evenhand.models.course_series import Floats, Series
from evenhand.models.growth import Growth

EARLIER = 2
"""Earlier scores without which no band is drawn: the third session has the first one."""


@dataclass(frozen=True, slots=True)
class Course:
    """What scores say of dyads' own courses: level and slope, with their covariance.

    One value a dyad (`own_course`) or a score (`course_before`, `course_through`). Level and
    slope are those of the dyad, the mean course included.
    """

    level: Floats
    slope: Floats
    v_level: Floats
    v_cross: Floats
    v_slope: Floats

    def at(self, x: Floats) -> tuple[Floats, Floats]:
        """Expected score without noise, and its variance, at a value of the basis."""
        variance = self.v_level + 2 * x * self.v_cross + x * x * self.v_slope
        return self.level + self.slope * x, variance

    def only(self, rows: npt.NDArray[np.int64]) -> Course:
        """Those of some scores."""
        return Course(
            self.level[rows],
            self.slope[rows],
            self.v_level[rows],
            self.v_cross[rows],
            self.v_slope[rows],
        )


def own_course(series: Series, growth: Growth) -> Course:
    """Each dyad's course from all of its scores."""
    return _course(growth, *(series.total(s) for s in _terms(series, growth)))


def course_before(series: Series, growth: Growth) -> Course:
    """Each dyad's course from the scores before each score."""
    return _course(growth, *(series.before(s) for s in _terms(series, growth)))


def course_through(series: Series, growth: Growth) -> Course:
    """Each dyad's course from each score and those before it."""
    return _course(growth, *(series.before(s) + s for s in _terms(series, growth)))


def _terms(series: Series, growth: Growth) -> tuple[Floats, ...]:
    """What is summed: 1, x, x², and the deviation from the mean course with and without x."""
    x = growth.basis(series.t)
    about = series.y - growth.mean(series.t)
    return np.ones_like(x), x, x * x, about, about * x


def _course(growth: Growth, n: Floats, sx: Floats, sxx: Floats, sr: Floats, sxr: Floats) -> Course:
    """Normal posterior of a level and slope; a prior of no spread is no trouble.

    The mean course's own uncertainty is part of the prior, so that a small study's bands are
    wider.
    """
    g = growth.dyad_cov + growth.fixed_cov
    s2 = growth.noise_sd**2
    # (I + G A)⁻¹ G with A = Z'Z/σ², all two by two
    a, b = 1 + (g[0, 0] * n + g[0, 1] * sx) / s2, (g[0, 0] * sx + g[0, 1] * sxx) / s2
    c, d = (g[1, 0] * n + g[1, 1] * sx) / s2, 1 + (g[1, 0] * sx + g[1, 1] * sxx) / s2
    det = a * d - b * c
    v00 = (d * g[0, 0] - b * g[1, 0]) / det
    v01 = (d * g[0, 1] - b * g[1, 1]) / det
    v11 = (a * g[1, 1] - c * g[0, 1]) / det
    level = growth.level + (v00 * sr + v01 * sxr) / s2
    slope = growth.slope + (v01 * sr + v11 * sxr) / s2
    return Course(level, slope, v00, v01, np.maximum(v11, 0.0))


def _quantile(growth: Growth, level: float) -> float:
    """Student's quantile: the spread of courses is known from so many dyads only."""
    return float(stdtrit(max(growth.dyads_n - 2, 1), 0.5 + level / 2))


def expected_band(series: Series, growth: Growth, level: float = 0.95) -> pl.DataFrame:
    """Where each score was expected, from the dyad's earlier scores and the study's courses.

    Args:
        series: scores.
        growth: the study's growth model.
        level: of the band.

    Returns:
        A row a score: ``expected, band_low, band_high, earlier_n, inside``; null with fewer
        than `EARLIER` earlier scores.
    """
    mean, variance = course_before(series, growth).at(growth.basis(series.t))
    half = _quantile(growth, level) * np.sqrt(variance + growth.noise_sd**2)
    known = pl.col("earlier_n") >= EARLIER
    frame = pl.DataFrame(
        {
            "expected": mean,
            "band_low": mean - half,
            "band_high": mean + half,
            "earlier_n": series.place,
            "inside": np.abs(series.y - mean) <= half,
        }
    )
    return frame.with_columns(
        pl.when(known).then(pl.col("expected", "band_low", "band_high", "inside"))
    )


def band_ahead(
    series: Series, growth: Growth, until: Floats, level: float = 0.95, most: int = 60
) -> pl.DataFrame:
    """The band of sessions still to come, for dyads with three scores or more.

    Args:
        series: scores.
        growth: the study's growth model.
        until: by dyad, the last session to draw; none is drawn where it is past or NaN.
        level: of the band.
        most: sessions ahead at most.

    Returns:
        ``dyad, number, expected, band_low, band_high``.
    """
    last = series.t[series.starts + series.counts - 1]
    ahead = np.clip(np.nan_to_num(until - last), 0, most).astype(np.int64)
    ahead[series.counts <= EARLIER] = 0
    code = np.repeat(np.arange(series.n), ahead)
    step = np.arange(code.size) - np.repeat(np.cumsum(ahead) - ahead, ahead) + 1
    number = last[code] + step
    mean, variance = own_course(series, growth).only(code).at(growth.basis(number))
    half = _quantile(growth, level) * np.sqrt(variance + growth.noise_sd**2)
    return pl.DataFrame(
        {
            "dyad": series.dyads.gather(code),
            "number": number.astype(np.int64),
            "expected": mean,
            "band_low": mean - half,
            "band_high": mean + half,
        }
    )


def wrong_way(series: Series, growth: Growth, direction: int) -> Floats:
    """How likely it is, after each score, that the dyad's course does not get better.

    Args:
        series: scores.
        growth: the study's growth model.
        direction: 1 where more is better, -1 where it is worse.

    Returns:
        Probabilities in 0…1; 0 or 1 where dyads do not differ in their slopes.
    """
    course = course_through(series, growth)
    sd = np.sqrt(np.maximum(course.v_slope, 1e-300))
    chance: Floats = ndtr(-direction * course.slope / sd)
    return chance
