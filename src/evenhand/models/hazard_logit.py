"""A plain logistic fit: the discrete hazard without frailty."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from evenhand.core.errors import EvenhandError
from evenhand.models.course_series import Floats

STEPS = 40
"""Newton steps after which a fit that has not settled is refused."""


@dataclass(frozen=True, slots=True)
class Logit:
    """Coefficients with their covariance, and the log likelihood."""

    fixed: Floats
    fixed_cov: Floats
    loglik: float


def fit_plain_logit(x: Floats, k: Floats) -> Logit:
    """Maximum likelihood of a logistic regression, by Newton's method with step halving.

    Args:
        x: rows × columns, with a column of ones.
        k: 0 or 1 a row.

    Raises:
        EvenhandError: a column (or several together) foretells the outcome without fail, or says
            the same as another.
    """
    share = float(np.clip(k.mean(), 1e-9, 1 - 1e-9))
    fixed = np.zeros(x.shape[1])
    fixed[0] = np.log(share / (1 - share))
    best = _loglik(x, k, fixed)
    for _ in range(STEPS):
        p = expit(x @ fixed)
        step = _solve(_information(x, p), x.T @ (k - p))
        reached, fixed = _line(x, k, fixed, step, best)
        if reached - best < 1e-10 * (1 + abs(best)):
            return _settled(x, fixed, reached)
        best = reached
    raise EvenhandError(
        "A predictor foretells who leaves without fail: its weight has no bound.",
        "predictors",
        "Leave it out, or wait for more treatments to end.",
    )


def _settled(x: Floats, fixed: Floats, loglik: float) -> Logit:
    p = expit(x @ fixed)
    if np.abs(fixed[1:]).max(initial=0.0) > 30:
        raise EvenhandError(
            "A predictor foretells who leaves without fail: its weight has no bound.",
            "predictors",
            "Leave it out, or wait for more treatments to end.",
        )
    cov = np.linalg.inv(_information(x, p))
    return Logit(fixed, np.asarray(cov, dtype=np.float64), loglik)


def _information(x: Floats, p: Floats) -> Floats:
    root = np.sqrt(p * (1 - p))[:, None] * x
    information: Floats = root.T @ root
    return information


def _solve(information: Floats, pull: Floats) -> Floats:
    scale = np.sqrt(np.diagonal(information))
    if not (scale > 0).all() or np.linalg.cond(information / np.outer(scale, scale)) > 1e12:
        raise EvenhandError(
            "Two predictors say the same thing, or one says nothing.",
            "predictors",
            "Leave one of them out.",
        )
    return np.asarray(np.linalg.solve(information, pull), dtype=np.float64)


def _loglik(x: Floats, k: Floats, fixed: Floats) -> float:
    eta = x @ fixed
    return float(k @ eta - np.logaddexp(0.0, eta).sum())


def _line(x: Floats, k: Floats, fixed: Floats, step: Floats, best: float) -> tuple[float, Floats]:
    """The first of ever shorter steps that does not go down."""
    for halving in range(30):
        tried = fixed + step / 2**halving
        reached = _loglik(x, k, tried)
        if reached >= best:
            return reached, tried
    return best, fixed
