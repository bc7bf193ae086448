"""What alliance usually does from session to session: growth, a level of each dyad, AR(1)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.optimize import minimize
from scipy.special import stdtrit

from evenhand.core.errors import EvenhandError
from evenhand.models.course_series import Floats, Series, sample_of

FEWEST_DYADS = 8
"""Dyads with three ratings or more without which nothing is said of what is usual."""


@dataclass(frozen=True, slots=True)
class Usual:
    """The fitted no-rupture model: score = mean course + level of the dyad + AR(1) deviation.

    Args:
        level: expected score at session 0.
        slope: expected change a session.
        between_sd: standard deviation of the dyads' levels.
        within_sd: standard deviation of a dyad's deviations from its level.
        persistence: correlation of deviations one session apart, 0 … .95.
        fixed_cov: covariance of level and slope.
        loglik: the log likelihood at its maximum.
        dyads_n: dyads that it was fitted on.
        scores_n: scores that it was fitted on.
        notes: what a reader has to know.
    """

    level: float
    slope: float
    between_sd: float
    within_sd: float
    persistence: float
    fixed_cov: Floats
    loglik: float
    dyads_n: int
    scores_n: int
    notes: tuple[str, ...] = ()

    def mean(self, number: Floats) -> Floats:
        """The mean course at session numbers."""
        return self.level + self.slope * number

    @property
    def df(self) -> int:
        """Degrees of freedom of the deviations' standard deviation."""
        return max(self.scores_n - self.dyads_n - 2, 1)

    def limit(self, rate: float) -> float:
        """How many standard deviations below expectation one score in 1/rate lies."""
        return float(-stdtrit(self.df, rate))


@dataclass(frozen=True, slots=True)
class Expected:
    """One-step-ahead expectations: from the dyad's earlier scores only.

    Args:
        mean: expected score.
        sd: standard deviation of a score about it.
        dyad_level: what the earlier scores say of the dyad's level, about the mean course.
        earlier_n: how many earlier scores there were.
    """

    mean: Floats
    sd: Floats
    dyad_level: Floats
    earlier_n: Floats


def fit_usual(series: Series) -> Usual:
    """Maximum likelihood of the no-rupture model.

    Scores are taken relative to what the last one leaves of them (Prais and Winsten), after
    which a dyad's scores share one random number only, and the likelihood is a sum over dyads.

    Args:
        series: alliance scores of all dyads.

    Returns:
        `Usual`. A boundary (no persistence, dyads all at one level) is a result, not an error.

    Raises:
        EvenhandError: too few dyads have three ratings, or all scores are the same.

    Source:
        Chi & Reinsel 1989, J Am Stat Assoc 84:452-459 (random effects with AR(1) errors).
    """
    enough = int((series.counts >= 3).sum())
    if enough < FEWEST_DYADS:
        raise EvenhandError(
            f"{enough} dyads have three ratings or more: too few to say what is usual here.",
            "ratings.csv",
            f"At least {FEWEST_DYADS} are needed; the ratings themselves are shown.",
        )
    if np.ptp(series.y) == 0:
        raise EvenhandError(
            "All ratings are the same: nothing varies.", "ratings.csv", "Check the scores."
        )
    series, _, notes = sample_of(series, "The usual course of the alliance")
    starts = [np.array([0.5, 0.2]), np.array([0.8, 0.6])]
    bounds = [(0.0, 0.99), (0.0, 0.95)]
    fits = [
        minimize(lambda at: _profile(series, *at)[0], s, method="L-BFGS-B", bounds=bounds)
        for s in starts
    ]
    best = min(fits, key=lambda fit: fit.fun)
    deviance, fixed, scale, cov = _profile(series, *best.x)
    share, persistence = map(float, best.x)
    return Usual(
        level=float(fixed[0]),
        slope=float(fixed[1]),
        between_sd=float(np.sqrt(scale * share / (1 - share))),
        within_sd=float(np.sqrt(scale)),
        persistence=persistence,
        fixed_cov=cov,
        loglik=-deviance / 2,
        dyads_n=series.n,
        scores_n=series.y.size,
        notes=notes,
    )


def _left_over(series: Series, persistence: float) -> tuple[Floats, Floats]:
    """What a score keeps of the one before (0 at the first), and the root of the rest."""
    kept = persistence ** (series.t - series.previous(series.t))
    kept[series.starts] = 0.0
    return kept, np.sqrt(1 - kept**2)


def _whiten(series: Series, x: Floats, kept: Floats, rest: Floats) -> Floats:
    return (x - kept * series.previous(x, 0.0)) / rest


def _profile(
    series: Series, share: float, persistence: float
) -> tuple[float, Floats, float, Floats]:
    """-2 log likelihood with mean course and scale profiled out, and these."""
    kept, rest = _left_over(series, persistence)
    ones = np.ones_like(series.y)
    z = _whiten(series, ones, kept, rest)
    columns = (z, _whiten(series, series.t, kept, rest), _whiten(series, series.y, kept, rest))
    ratio = share / (1 - share)
    inflation = 1 + ratio * series.total(z * z)
    sums = np.stack([series.total(c * z) for c in columns])
    flat = np.stack(columns)
    products = flat @ flat.T - (sums * (ratio / inflation)) @ sums.T
    solved = np.linalg.solve(products[:2, :2], products[:2, 2])
    fixed = np.asarray(solved, dtype=np.float64)
    n = series.y.size
    scale = float(products[2, 2] - fixed @ products[:2, 2]) / n
    deviance = n * (np.log(2 * np.pi * scale) + 1) + np.log(inflation).sum()
    deviance += 2 * np.log(rest).sum()
    cov = np.asarray(scale * np.linalg.inv(products[:2, :2]), dtype=np.float64)
    return float(deviance), fixed, scale, cov


def expect(series: Series, usual: Usual) -> Expected:
    """What each score was expected to be, from the same dyad's earlier scores.

    Args:
        series: scores, of the fitted dyads or of others.
        usual: the fitted model.

    Returns:
        `Expected`; a dyad's first score is expected at the mean course.
    """
    kept, rest = _left_over(series, usual.persistence)
    z = _whiten(series, np.ones_like(series.y), kept, rest)
    slope = _whiten(series, series.t, kept, rest)
    about = _whiten(series, series.y - usual.mean(series.t), kept, rest)
    ratio = (usual.between_sd / usual.within_sd) ** 2
    shrink = ratio / (1 + ratio * series.before(z * z))
    level = shrink * series.before(z * about)
    scale = usual.within_sd**2
    # How far the mean course itself is uncertain, after what the dyad's own scores say.
    d0 = z * (1 - shrink * series.before(z * z))
    d1 = slope - z * shrink * series.before(z * slope)
    c = usual.fixed_cov
    course = d0 * d0 * c[0, 0] + 2 * d0 * d1 * c[0, 1] + d1 * d1 * c[1, 1]
    variance = scale + z**2 * scale * shrink + course
    last = series.previous(series.y - usual.mean(series.t), 0.0)
    mean = usual.mean(series.t) + kept * last + rest * z * level
    return Expected(mean, rest * np.sqrt(variance), level, series.place.astype(np.float64))


def simulate_usual(series: Series, usual: Usual, rng: np.random.Generator) -> Floats:
    """Scores of dyads in which nothing but the usual happens, at the same sessions."""
    kept, rest = _left_over(series, usual.persistence)
    y = usual.within_sd * rest * rng.standard_normal(series.y.size)
    place = series.place
    order = np.argsort(place, kind="stable")
    edges = np.searchsorted(place[order], np.arange(1, place.max(initial=0) + 2))
    for low, high in pairwise(edges):
        rows = order[low:high]
        y[rows] += kept[rows] * y[rows - 1]
    levels = usual.between_sd * rng.standard_normal(series.n)
    return usual.mean(series.t) + levels[series.code] + y
