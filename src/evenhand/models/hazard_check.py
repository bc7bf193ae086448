"""How well leaving is foretold for therapists that the model has not seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.special import expit, logit, ndtri

from evenhand.core.errors import EvenhandError
from evenhand.core.share import wilson
from evenhand.models.course_series import Floats, codes_of
from evenhand.models.hazard import default_predictors, fit_hazard
from evenhand.models.hazard_logit import fit_plain_logit
from evenhand.models.hazard_table import OPEN

FOLDS = 10

MOST_ROWS = 60_000
"""Sessions that are foretold; where there are more, those of therapists drawn by chance."""

FEWEST_THERAPISTS = 10
"""Therapists without which nothing can be said of ones not seen."""


@dataclass(frozen=True, slots=True)
class Check:
    """Discrimination and calibration by therapist-grouped cross-validation.

    Args:
        auc: chance that a session before an ending was given the higher hazard than another,
            with its 95 % interval (therapists as clusters).
        slope: of observed log odds on foretold ones, 1 where calibrated, with interval.
        intercept: what is added to the foretold log odds on average, 0 where calibrated.
        calibration: foretold and observed shares by tenth of the foretold hazard.
        folds: parts that the therapists were put into.
        rows_n, events_n, therapists_n: what was foretold.
    """

    auc: tuple[float, float, float]
    slope: tuple[float, float, float]
    intercept: tuple[float, float, float]
    calibration: pl.DataFrame
    folds: int
    rows_n: int
    events_n: int
    therapists_n: int


def check_hazard(
    risk: pl.DataFrame,
    rng: np.random.Generator,
    cause: str = "dropped out",
    predictors: Sequence[str] | None = None,
    folds: int = FOLDS,
) -> Check:
    """Foretell each therapist's sessions from the other therapists' and compare.

    A therapist not seen has no frailty that is known, so what is checked are the weights.

    Args:
        risk: what `risk_table` gives.
        rng: puts therapists into parts.
        cause: the way of ending.
        predictors: as for `fit_hazard`.
        folds: parts.

    Raises:
        EvenhandError: too few therapists, or too few endings in a part's complement.
    """
    rows = risk.filter(pl.col("next") != OPEN)
    rows = _some_therapists(rows, rng)
    names, code = codes_of(rows["therapist_id"])
    if len(names) < FEWEST_THERAPISTS:
        raise EvenhandError(
            f"{len(names)} therapists: too few to check the hazard on therapists not seen.",
            "sessions.csv, column therapist_id",
            f"At least {FEWEST_THERAPISTS} are needed.",
        )
    parts = min(folds, len(names))
    part = (rng.permutation(len(names)) % parts)[code]
    foretold = np.empty(rows.height)
    chosen = predictors or default_predictors(risk)
    for fold in range(parts):
        held = part == fold
        fit = fit_hazard(rows.filter(~held), cause, chosen, frailty=False)
        foretold[held] = fit.log_odds(rows.filter(held))[0]
    ended = (rows["next"] == cause).to_numpy()
    return Check(
        auc=auc_by_cluster(foretold, ended, code),
        slope=_slope(foretold, ended, code),
        intercept=_intercept(foretold, ended, code),
        calibration=_tenths(foretold, ended),
        folds=parts,
        rows_n=rows.height,
        events_n=int(ended.sum()),
        therapists_n=len(names),
    )


def _some_therapists(rows: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    if rows.height <= MOST_ROWS:
        return rows
    sizes = rows.group_by("therapist_id").len().sort("therapist_id")
    drawn = sizes[rng.permutation(sizes.height)].with_columns(so_far=pl.col("len").cum_sum())
    fitting = drawn.filter(pl.col("so_far") <= MOST_ROWS)
    return rows.filter(pl.col("therapist_id").is_in(fitting["therapist_id"].implode()))


def auc_by_cluster(
    score: Floats, event: npt.NDArray[np.bool_], cluster: npt.NDArray[np.int64]
) -> tuple[float, float, float]:
    """Area under the curve with a 95 % interval on the logit scale, clusters as units.

    Source:
        Obuchowski 1997, Biometrics 53:567-578.
    """
    m, n = int(event.sum()), int((~event).sum())
    if not m or not n:
        raise EvenhandError("Nobody, or everybody, ended in this way.", "ended", "Wait for more.")
    from scipy.stats import rankdata  # slow to load, and few need it

    ranks, own = rankdata(score), np.empty(score.size)
    own[event], own[~event] = rankdata(score[event]), rankdata(score[~event])
    beaten = np.where(event, (ranks - own) / n, 1 - (ranks - own) / m)
    auc = float(beaten[event].mean())
    size = int(cluster.max()) + 1
    about = (beaten - auc) * np.where(event, 1 / m, 1 / n)
    sums = np.bincount(cluster, about, size)
    used = len(np.unique(cluster))
    se = float(np.sqrt(used / max(used - 1, 1) * np.sum(sums**2)))
    if not 0 < auc < 1:
        return auc, auc, auc
    half = float(ndtri(0.975)) * se / (auc * (1 - auc))
    middle = float(logit(auc))
    return auc, float(expit(middle - half)), float(expit(middle + half))


def _slope(
    foretold: Floats, ended: npt.NDArray[np.bool_], code: npt.NDArray[np.int64]
) -> tuple[float, float, float]:
    x = np.column_stack([np.ones_like(foretold), foretold])
    fit = fit_plain_logit(x, ended.astype(np.float64))
    se = _robust(x, ended - expit(x @ fit.fixed), fit.fixed_cov, code)[1]
    return _limits(float(fit.fixed[1]), se)


def _intercept(
    foretold: Floats, ended: npt.NDArray[np.bool_], code: npt.NDArray[np.int64]
) -> tuple[float, float, float]:
    """Newton's method for one number added to all foretold log odds."""
    at = 0.0
    for _ in range(50):
        p = expit(foretold + at)
        step = float((ended - p).sum() / (p * (1 - p)).sum())
        at += step
        if abs(step) < 1e-10:
            break
    p = expit(foretold + at)
    cov = np.array([[1 / (p * (1 - p)).sum()]])
    return _limits(at, _robust(np.ones((p.size, 1)), ended - p, cov, code)[0])


def _robust(x: Floats, left: Floats, cov: Floats, code: npt.NDArray[np.int64]) -> Floats:
    """Standard errors that allow for therapists' sessions being alike."""
    size = int(code.max()) + 1
    sums = np.stack([np.bincount(code, left * column, size) for column in x.T])
    robust = cov @ (sums @ sums.T * size / (size - 1)) @ cov
    return np.asarray(np.sqrt(np.diagonal(robust)), dtype=np.float64)


def _limits(estimate: float, se: float) -> tuple[float, float, float]:
    half = float(ndtri(0.975)) * float(se)
    return estimate, estimate - half, estimate + half


def _tenths(foretold: Floats, ended: npt.NDArray[np.bool_]) -> pl.DataFrame:
    """Foretold and observed shares by tenth, with Wilson's interval."""
    edges = np.quantile(foretold, np.linspace(0, 1, 11)[1:-1])
    tenth = np.searchsorted(edges, foretold, side="right")
    rows = []
    for part in np.unique(tenth):
        here = tenth == part
        n, share = int(here.sum()), float(ended[here].mean())
        rows.append(
            (int(part) + 1, n, float(expit(foretold[here]).mean()), share, *wilson(share, n))
        )
    names = ["tenth", "n", "foretold", "observed", "low", "high"]
    return pl.DataFrame(rows, schema=names, orient="row")
