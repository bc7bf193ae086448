"""Odds ratios of groups in tables of counts, and how they move over the years.

Counts of a whole country leave little sampling error, and yet groups move from year to year by
more than that. How much more is estimated from the years themselves, and widens the intervals.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

Column = NDArray[np.float64]
Cell = tuple[float, float]
"""People with the outcome, people at risk."""

LEAST_YEARS = 3
"""A line through two years fits them exactly, and says nothing of how years scatter."""


@dataclass(frozen=True)
class LogOdds:
    """A log odds ratio and its binomial error."""

    value: float
    se: float


@dataclass(frozen=True)
class Trend:
    """A straight line over the years: change a year, with a 95 % interval by t.

    ``phi`` is how many times more the years scatter about the line than their errors allow.
    """

    change: float
    low: float
    high: float
    phi: float
    df: int
    years: int


def log_odds(one: Cell, other: Cell) -> LogOdds | None:
    """Log odds ratio of `one` against `other` (Woolf), or None where a cell is empty."""
    cells = (one[0], one[1] - one[0], other[0], other[1] - other[0])
    if min(cells) <= 0:
        return None
    value = np.log(cells[0] / cells[1]) - np.log(cells[2] / cells[3])
    return LogOdds(float(value), float(np.sqrt(sum(1 / cell for cell in cells))))


def trend(years: Sequence[float], values: Sequence[float], errors: Sequence[float]) -> Trend | None:
    """The change a year, each year weighed by its error; None with fewer than three years.

    Args:
        years: when, as numbers.
        values: what, a year each.
        errors: its standard error, a year each.
    """
    if len(years) < LEAST_YEARS:
        return None
    x, y, w = (np.asarray(c, dtype=float) for c in (years, values, np.asarray(errors) ** -2.0))
    centred = x - (w * x).sum() / w.sum()
    spread = float((w * centred**2).sum())
    change = float((w * centred * y).sum()) / spread
    level = float((w * y).sum() / w.sum())
    df = len(x) - 2
    phi = float((w * (y - level - change * centred) ** 2).sum()) / df
    half = float(stdtrit(df, 0.975)) * (max(1.0, phi) / spread) ** 0.5
    return Trend(change, change - half, change + half, phi, df, len(x))


def pooled_phi(trends: Mapping[str, Trend | None]) -> tuple[float, int] | None:
    """Scatter of all groups about their lines together, and its degrees of freedom."""
    found = [one for one in trends.values() if one is not None]
    df = sum(one.df for one in found)
    if df == 0:
        return None
    return sum(one.phi * one.df for one in found) / df, df


def interval(value: float, se: float, scatter: tuple[float, int] | None) -> tuple[float, float]:
    """95 % interval of a log odds ratio, widened by the scatter of years where it is known."""
    if scatter is None:
        half = 1.959963984540054 * se
    else:
        half = float(stdtrit(scatter[1], 0.975)) * se * max(1.0, scatter[0]) ** 0.5
    return value - half, value + half
