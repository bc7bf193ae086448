"""Scores and leaving in one model: mean change where leaving may follow a dyad's own course.

The growth model takes scores that are not there to be like those of the same dyad that are. If
those leave whose course underneath goes badly (or complete, whose course goes well), that does
not hold. Here leaving depends on the dyad's own level and slope, which nobody sees. Whether it
does so in this way cannot be checked either: it is one more way to look, and not the truth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import polars as pl
from scipy.special import ndtri

from evenhand.core.errors import EvenhandError
from evenhand.models._search import Optimum, hessian, polish, search
from evenhand.models._threads import threads_for
from evenhand.models.course_series import Floats, Ints, Series
from evenhand.models.growth import FEWEST_THERAPISTS, Growth
from evenhand.models.hazard_table import OPEN
from evenhand.models.joint_integral import Joint, Nodes, by_dyad, evaluate, nodes_about, values_of
from evenhand.models.joint_units import Units, frequent, joint_of, start_of

ROUNDS = 6
"""Times that the nodes are moved to where the parameters have gone."""

STILL = 0.05
"""A move of the parameters, in typical errors, after which the nodes stay where they are."""

NO_SPREAD = 0.02
"""Standard deviation of slopes, in standard units of scores, below which nothing is shared."""


@dataclass(frozen=True)
class JointFit:
    """The growth model's mean course with leaving beside it.

    Args:
        slope: mean change for 1 of the basis.
        slope_se: its standard error, robust to caseloads where there are enough therapists.
        level: mean score where the basis is 0.
        slope_sd: standard deviation of dyads' own slopes.
        causes: ways of ending that are in the model.
        shares: a row a way: log odds for a standard deviation of dyads' levels (in the middle
            of all scores' sessions) and of their slopes, toward higher scores.
        shares_se: their standard errors.
        loglik: log likelihood of scores and endings together.
        dyads_n: dyads that it was fitted on.
        therapists_n: their therapists.
        scores_n: their scores.
        endings_n: endings of each kind.
        notes: what a reader has to know.
    """

    slope: float
    slope_se: float
    level: float
    slope_sd: float
    causes: tuple[str, ...]
    shares: Floats
    shares_se: Floats
    loglik: float
    dyads_n: int
    therapists_n: int
    scores_n: int
    endings_n: tuple[int, ...]
    notes: tuple[str, ...] = ()


def fit_joint(
    series: Series,
    growth: Growth,
    risk: pl.DataFrame,
    therapist: Ints | None = None,
    causes: Sequence[str] = ("dropped out", "completed"),
) -> JointFit:
    """Fit scores ~ growth and endings ~ time + the dyad's own level and slope, together.

    Each way of ending has its own log odds against another session (multinomial), in time and in
    what the dyad's own course is; given that course, scores and endings are independent. Maximum
    likelihood; scores missing from sessions that were attended are missing at random.

    Args:
        series: scores of all dyads.
        growth: the growth model of the same scores: its shape, and where the search starts.
        risk: what `hazard_table.risk_table` gives; dyads without a score are left out.
        therapist: code of each dyad's therapist, for errors that allow for caseloads.
        causes: ways of ending, of which those with `FEWEST_ENDINGS` are modelled.

    Returns:
        `JointFit`.

    Raises:
        EvenhandError: dyads' courses do not differ, endings are too few, or there is no maximum.

    Source:
        Wu & Carroll 1988, Biometrics 44:175-188; Henderson, Diggle & Dobson 2000, Biostatistics
        1:465-480. Ours has both ways of ending, in sessions and not in days.
    """
    if growth.singular:
        raise EvenhandError(
            "Dyads' levels or changes do not differ beyond noise: leaving has nothing of theirs "
            "to go with.",
            "ratings.csv",
            "The scores alone are modelled; more treatments may tell.",
        )
    known = risk.filter(pl.col("next") != OPEN, pl.col("dyad").is_in(series.dyads.implode()))
    kept, few = frequent(known, causes)
    units = Units.of(series, growth)
    joint, said = joint_of(units.scaled(series), known, kept)
    with threads_for(joint.parameters_n):
        found, nodes = _fitted(joint, start_of(joint, growth, units))
    scores = by_dyad(joint, found.params, nodes)[1]
    groups = np.zeros(series.n, dtype=np.int64) if therapist is None else therapist
    notes = (*few, *said)
    return _result(joint, units, found, _covariance(found, scores, groups), kept, groups, notes)


def _fitted(joint: Joint, start: Floats) -> tuple[Optimum, Nodes]:
    """The maximum, with nodes that stand where it is."""
    params, low = start, np.full(start.size, -np.inf)
    low[[2, 4]] = np.log(NO_SPREAD / 10)
    for _ in range(ROUNDS):
        nodes = nodes_about(joint, params)
        scores = by_dyad(joint, params, nodes)[1]
        steps = 1 / np.sqrt(np.maximum((scores**2).sum(axis=0), 1e-8))
        before, params = params, search(partial(_at, joint, nodes), params, steps, low)
        if np.abs((params - before) / steps).max() < STILL:
            break
    deviance = partial(_at, joint, nodes)
    found = polish(deviance, partial(hessian, deviance, steps=steps), params, steps)
    if values_of(joint, found.params).slope_sd < NO_SPREAD or not found.converged:
        raise EvenhandError(
            "Scores and leaving together have no maximum: dyads' courses differ too little, or "
            "leaving says too little of them.",
            "ratings.csv",
            "The scores alone are modelled; more treatments may tell.",
        )
    return found, nodes


def _at(joint: Joint, nodes: Nodes, params: Floats) -> tuple[float, Floats]:
    return evaluate(joint, params, nodes)


def _covariance(found: Optimum, scores: Floats, therapist: Ints) -> Floats:
    """Of the parameters; robust to therapists' caseloads where there are enough.

    Source:
        Liang & Zeger 1986, Biometrika 73:13-22, with J/(J - 1).
    """
    inverse = np.asarray(np.linalg.inv(found.hessian / 2), dtype=np.float64)
    code = np.unique(therapist, return_inverse=True)[1]
    j = int(code.max()) + 1
    if j < FEWEST_THERAPISTS:
        return inverse
    sums = np.stack([np.bincount(code, s, j) for s in scores.T])
    robust: Floats = inverse @ (sums @ sums.T) @ inverse * j / (j - 1)
    return robust


def _result(
    joint: Joint,
    units: Units,
    found: Optimum,
    cov: Floats,
    causes: tuple[str, ...],
    therapist: Ints,
    notes: tuple[str, ...],
) -> JointFit:
    """Back in the units of the scale; shares for a standard deviation of dyads' own courses."""
    v, n = values_of(joint, found.params), found.params.size
    scale = units.y_sd / units.x_sd
    shares, pulls = _shares(joint, found.params), np.empty((2 * len(causes), n))
    for a, e in enumerate(np.eye(n) * 1e-6):
        pulls[:, a] = (_shares(joint, found.params + e) - _shares(joint, found.params - e)) / 2e-6
    se = np.sqrt(np.einsum("sp,pq,sq->s", pulls, cov, pulls))
    slope = float(v.mean[1]) * scale
    return JointFit(
        slope=slope,
        slope_se=float(np.sqrt(cov[1, 1])) * scale,
        level=units.y + units.y_sd * float(v.mean[0]) - slope * units.x,
        slope_sd=v.slope_sd * scale,
        causes=causes,
        shares=shares.reshape(-1, 2),
        shares_se=se.reshape(-1, 2),
        loglik=-found.value / 2 - joint.series.y.size * float(np.log(units.y_sd)),
        dyads_n=joint.series.n,
        therapists_n=np.unique(therapist).size,
        scores_n=joint.series.y.size,
        endings_n=tuple(int(ended.sum()) for ended in joint.ended),
        notes=notes,
    )


def _shares(joint: Joint, params: Floats) -> Floats:
    """Log odds for a standard deviation of levels and of slopes, way by way."""
    v = values_of(joint, params)
    per_sd: Floats = v.shares * [v.level_sd, v.slope_sd]
    return per_sd.ravel()


def joint_table(fit: JointFit, level: float = 0.95) -> pl.DataFrame:
    """With what leaving goes, of the courses that nobody sees.

    Returns:
        ``cause, of`` (level, slope), ``log_odds`` for a standard deviation toward higher scores,
        ``low, high, endings_n, dyads_n``.
    """
    z = float(ndtri(0.5 + level / 2))
    rows = [
        (cause, of, value, value - z * se, value + z * se, n, fit.dyads_n)
        for cause, values, errors, n in zip(
            fit.causes, fit.shares.tolist(), fit.shares_se.tolist(), fit.endings_n, strict=True
        )
        for of, value, se in zip(("level", "slope"), values, errors, strict=True)
    ]
    names = ["cause", "of", "log_odds", "low", "high", "endings_n", "dyads_n"]
    return pl.DataFrame(rows, schema=names, orient="row")
