"""Not on track: a course that looks as if it does not get better, with the flag's error rates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from evenhand.core.errors import EvenhandError
from evenhand.core.share import wilson
from evenhand.models.course_series import Floats, Series
from evenhand.models.growth import Growth
from evenhand.models.growth_band import wrong_way

ALARMS = 0.10
"""Of courses that do get better, how many may ever be flagged: the threshold is set by it."""

MOST_COURSES = 20_000
"""Courses simulated for the threshold, and again for the error rates."""

SCORES = 3
"""Scores without which nothing is flagged."""


@dataclass(frozen=True, slots=True)
class Flags:
    """The rule, its error rates under the fitted model, and what it says of each score.

    Args:
        threshold: a score is flagged where `chance` reaches it.
        chance: how likely it is, after each score, that the course does not get better.
        flag: whether each score is flagged.
        false_alarms: of simulated courses that get better, the share ever flagged.
        misses: of simulated courses that do not, the share never flagged, None without any.
        misses_low, misses_high: its 95 % interval from the number simulated.
        better_n: simulated courses that get better.
        not_better_n: those that do not.
    """

    threshold: float
    chance: Floats
    flag: npt.NDArray[np.bool_]
    false_alarms: float
    misses: float | None
    misses_low: float | None
    misses_high: float | None
    better_n: int
    not_better_n: int


def flag_courses(
    series: Series,
    growth: Growth,
    direction: int,
    rng: np.random.Generator,
    alarms: float = ALARMS,
) -> Flags:
    """Flag scores after which a course more likely fails than the rule's threshold allows.

    The threshold is set by simulation so that one in ten courses that get better (underneath the
    noise, over the same sessions as the study's) is flagged at some session; how many of the
    others it misses is what it then costs. Both rates are of a second simulation.

    Args:
        series: scores.
        growth: the study's growth model.
        direction: 1 where more is better, -1 where it is worse.
        rng: for the simulations.
        alarms: false alarms to set the threshold by.

    Raises:
        EvenhandError: dyads do not differ in their slopes, so that no course stands out.
    """
    if growth.dyad_cov[1, 1] <= 0:
        raise EvenhandError(
            "Courses in this study do not differ in how they change: none can stand out.",
            "ratings.csv",
            "Look at the scores and their band instead.",
        )
    layout = _layout(series, rng)
    highest, better = _simulated(layout, growth, direction, rng)
    if not better.any():
        raise EvenhandError(
            "Under the fitted model no course gets better: there is no track to leave.",
            "ratings.csv",
            "Check the direction of the scale.",
        )
    threshold = float(np.quantile(highest[better], 1 - alarms))
    again, better = _simulated(layout, growth, direction, rng)
    caught, failing = again >= threshold, int((~better).sum())
    misses = float(np.mean(~caught[~better])) if failing else None
    low, high = wilson(misses, failing) if misses is not None else (None, None)
    chance = wrong_way(series, growth, direction)
    return Flags(
        threshold=threshold,
        chance=chance,
        flag=(chance >= threshold) & (series.place >= SCORES - 1),
        false_alarms=float(np.mean(caught[better])),
        misses=misses,
        misses_low=low,
        misses_high=high,
        better_n=int(better.sum()),
        not_better_n=failing,
    )


def _layout(series: Series, rng: np.random.Generator) -> Series:
    """Sessions of dyads drawn from those with enough scores."""
    long = np.flatnonzero(series.counts >= SCORES)
    return series.only(np.sort(rng.choice(long, MOST_COURSES)))


def _simulated(
    layout: Series, growth: Growth, direction: int, rng: np.random.Generator
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """The highest chance that each simulated course reaches, and whether it truly gets better."""
    y, slopes = simulate_growth(layout, growth, rng)
    chance = wrong_way(layout.with_y(y), growth, direction)
    chance = np.where(layout.place >= SCORES - 1, chance, 0.0)
    return np.maximum.reduceat(chance, layout.starts), direction * slopes > 0


def simulate_growth(
    layout: Series, growth: Growth, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Scores under the fitted model at the same sessions, and each dyad's true slope."""
    mean = np.array([growth.level, growth.slope])
    own = rng.multivariate_normal(mean, growth.dyad_cov, layout.n, check_valid="ignore")
    noise = growth.noise_sd * rng.standard_normal(layout.y.size)
    x = growth.basis(layout.t)
    return own[layout.code, 0] + own[layout.code, 1] * x + noise, own[:, 1]


def flag_table(flags: Flags) -> pl.DataFrame:
    """The rule with its error rates, one row."""
    names = ("threshold", "false_alarms", "misses", "misses_low", "misses_high")
    counts = ("better_n", "not_better_n")
    kinds = pl.Schema(dict.fromkeys(names, pl.Float64) | dict.fromkeys(counts, pl.Int64))
    return pl.DataFrame({n: [getattr(flags, n)] for n in (*names, *counts)}, schema=kinds)
