"""How scores change over a treatment: the study's mean course, and how far dyads differ."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.special import ndtri

from evenhand.core.errors import EvenhandError
from evenhand.models.course_series import Floats, Series, sample_of
from evenhand.models.fits import GaussianFit
from evenhand.models.mixed import fit_gaussian

Shape = Literal["linear", "log"]

FEWEST_DYADS = 8
"""Dyads with three scores or more without which no growth model is fitted."""

SHAPE_DYADS = 4_000
"""Dyads by which the shape of the course is chosen."""

FEWEST_THERAPISTS = 10
"""Therapists without which the mean course's errors are the model's own."""


@dataclass(frozen=True, slots=True)
class Growth:
    """The fitted growth model: score = mean course + the dyad's own course + noise.

    Args:
        shape: ``linear`` in the session number, or ``log``, in log(1 + number).
        level: mean score where the basis is 0.
        slope: mean change for 1 of the basis.
        fixed_cov: their covariance, robust to therapists' caseloads where there are enough.
        dyad_cov: covariance of the dyads' own levels and slopes about the mean.
        middle: the basis at the mean of all scores' sessions.
        middle_var: variance of the dyads' levels there.
        dyad_se: standard errors of that and of the slopes' variance, NaN at 0.
        noise_sd: standard deviation of a score about its dyad's course.
        noise_se: standard error of the noise's variance.
        loglik: restricted log likelihood.
        singular: a variance is 0, or levels and slopes go together exactly.
        dyads_n: dyads that it was fitted on.
        therapists_n: their therapists.
        scores_n: their scores.
        notes: what a reader has to know.
    """

    shape: Shape
    level: float
    slope: float
    fixed_cov: Floats
    dyad_cov: Floats
    middle: float
    middle_var: float
    dyad_se: tuple[float, float]
    noise_sd: float
    noise_se: float
    loglik: float
    singular: bool
    dyads_n: int
    therapists_n: int
    scores_n: int
    notes: tuple[str, ...] = ()

    def basis(self, number: Floats) -> Floats:
        """Session numbers on the scale on which courses are straight."""
        return basis(number, self.shape)

    def mean(self, number: Floats) -> Floats:
        """The mean course."""
        return self.level + self.slope * self.basis(number)


def basis(number: Floats, shape: Shape) -> Floats:
    """Session numbers, or log(1 + number); what is before treatment stands at 0."""
    number = np.maximum(number, 0.0)
    return np.log1p(number) if shape == "log" else np.asarray(number, dtype=np.float64)


def fit_growth(
    series: Series, therapist: npt.NDArray[np.int64] | None = None, shape: Shape | None = None
) -> Growth:
    """Fit score ~ 1 + session + (1 + session | dyad) by REML.

    Args:
        series: scores of all dyads, missing at random given the scores that are there.
        therapist: code of each dyad's therapist, for the mean course's errors.
        shape: of the course; None takes the one with the higher likelihood.

    Returns:
        `Growth`.

    Raises:
        EvenhandError: too few dyads have three scores, or nothing varies.

    Source:
        Laird & Ware 1982, Biometrics 38:963-974. The logarithm as in Lutz, Martinovich & Howard
        1999, J Consult Clin Psychol 67:571-577.
    """
    _refuse(series)
    part, rows, note = sample_of(series, "The growth model")
    best = shape or _likelier(part)
    growth = _growth(_fit(part, best), best, part, note)
    if therapist is None:
        return growth
    return _with_caseloads(growth, part, therapist[rows])


def _likelier(series: Series) -> Shape:
    """The likelier shape, on as many dyads as tell; sessions are scaled, so that both compare."""
    some = series.only(np.arange(min(series.n, SHAPE_DYADS)))
    shapes: tuple[Shape, ...] = ("linear", "log")
    return max(shapes, key=lambda shape: _fit(some, shape).loglik)


def _refuse(series: Series) -> None:
    enough = int((series.counts >= 3).sum())
    if enough < FEWEST_DYADS:
        raise EvenhandError(
            f"{enough} dyads have three scores or more: too few for a course of this study.",
            "ratings.csv",
            f"At least {FEWEST_DYADS} are needed; the scores themselves are shown.",
        )
    if np.ptp(series.y) == 0:
        raise EvenhandError(
            "All scores are the same: nothing varies.", "ratings.csv", "Check the scores."
        )


def _fit(series: Series, shape: Shape) -> GaussianFit:
    """The core's fit, with sessions centred and scaled so that its search is well conditioned."""
    x = basis(series.t, shape)
    x = (x - x.mean()) / x.std()
    fixed = np.column_stack([np.ones_like(x), x])
    return fit_gaussian(series.y, fixed, {"dyad": series.code}, slopes={"dyad": x})


def _growth(fit: GaussianFit, shape: Shape, series: Series, notes: tuple[str, ...]) -> Growth:
    x = basis(series.t, shape)
    middle, scale = float(x.mean()), float(x.std())
    back = np.array([[1.0, -middle / scale], [0.0, 1 / scale]])
    v, se = fit.variances, fit.variance_se
    cross = v["dyad.covariance"]
    cov = np.array([[v["dyad"], cross], [cross, v["dyad.slope"]]])
    level, slope = back @ fit.fixed
    if fit.singular:
        notes = (*notes, "Dyads' levels or slopes do not differ beyond noise: a boundary fit.")
    return Growth(
        shape=shape,
        level=float(level),
        slope=float(slope),
        fixed_cov=back @ fit.fixed_cov @ back.T,
        dyad_cov=back @ cov @ back.T,
        middle=middle,
        middle_var=float(v["dyad"]),
        dyad_se=(float(se["dyad"]), float(se["dyad.slope"]) / scale**2),
        noise_sd=float(np.sqrt(fit.residual)),
        noise_se=float(se["residual"]),
        loglik=fit.loglik - float(np.log(scale)),
        singular=fit.singular,
        dyads_n=series.n,
        therapists_n=0,
        scores_n=series.y.size,
        notes=notes,
    )


def _with_caseloads(growth: Growth, series: Series, therapist: npt.NDArray[np.int64]) -> Growth:
    """Errors of the mean course that allow for therapists' clients being alike.

    Source:
        Liang & Zeger 1986, Biometrika 73:13-22, with J/(J - 1).
    """
    code = np.unique(therapist, return_inverse=True)[1]
    j = int(code.max()) + 1
    growth = replace(growth, therapists_n=j)
    if j < FEWEST_THERAPISTS:
        note = f"{j} therapists: errors of the mean course do not allow for caseloads."
        return replace(growth, notes=(*growth.notes, note))
    from evenhand.models.growth_band import own_course

    course = own_course(series, replace(growth, fixed_cov=np.zeros((2, 2))))
    x = growth.basis(series.t)
    own = course.level[series.code] + course.slope[series.code] * x
    left = (series.y - own) / growth.noise_sd**2
    pulls = np.column_stack([series.total(left), series.total(left * x)])
    sums = np.stack([np.bincount(code, p, j) for p in pulls.T])
    meat = sums @ sums.T * j / (j - 1)
    return replace(growth, fixed_cov=growth.fixed_cov @ meat @ growth.fixed_cov)


def growth_table(growth: Growth, level: float = 0.95) -> pl.DataFrame:
    """The model's parameters with intervals.

    Returns:
        ``what, estimate, low, high``: level and change (for 1 of the basis) of the mean course,
        and standard deviations of dyads' levels (in the middle of all scores' sessions), dyads'
        changes and noise. Intervals of standard deviations are on the log scale, absent at 0.
    """
    z = float(ndtri(0.5 + level / 2))
    se = np.sqrt(np.diagonal(growth.fixed_cov))
    rows: list[tuple[str, float, float | None, float | None]] = [
        ("level", growth.level, growth.level - z * se[0], growth.level + z * se[0]),
        ("change", growth.slope, growth.slope - z * se[1], growth.slope + z * se[1]),
    ]
    variances = (growth.middle_var, growth.dyad_cov[1, 1], growth.noise_sd**2)
    names = ("sd of dyads' levels", "sd of dyads' changes", "sd of noise")
    for name, v, e in zip(names, variances, (*growth.dyad_se, growth.noise_se), strict=True):
        rows.append((name, float(np.sqrt(v)), *_sd_limits(float(v), float(e), z)))
    return pl.DataFrame(rows, schema=["what", "estimate", "low", "high"], orient="row")


def _sd_limits(variance: float, se: float, z: float) -> tuple[float | None, float | None]:
    if not variance > 0 or not np.isfinite(se):
        return None, None
    half = z * se / (2 * variance)
    return float(np.sqrt(variance) * np.exp(-half)), float(np.sqrt(variance) * np.exp(half))
