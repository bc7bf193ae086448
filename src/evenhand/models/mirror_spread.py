"""Do clients of some groups differ more among themselves? Residual variance, a group each.

A model with one residual variance lends a group whose clients differ much the certainty of one
whose clients hardly do, and a random slope of position can be nothing but that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, chdtri

from evenhand.models.mixed import GaussianFit, fit_gaussian

Whole = NDArray[np.int64]

FEWEST = 10
"""Clients that a group must have for a residual variance of its own; the others share one."""
OTHERS = "smaller groups"
_ROUNDS = 60
_CLOSE = 1e-4


@dataclass(frozen=True)
class GroupSpread:
    """What is left of a group's clients, as a standard deviation with its 95 % interval."""

    group: str
    clients: int
    sd: float
    low: float
    high: float


@dataclass(frozen=True)
class Spreads:
    """A fit with a residual variance for each group.

    Args:
        fit: the weighted fit; `weights` are its.
        groups: each one's residual spread.
        p: of one residual variance for all (likelihood ratio, χ²); None with one group only.
    """

    fit: GaussianFit
    weights: np.ndarray
    groups: tuple[GroupSpread, ...]
    p: float | None


def grouped(names: Sequence[str | None]) -> tuple[Whole, tuple[str, ...]]:
    """Codes of groups that are large enough, the others together; and what each code means."""
    told = np.array([OTHERS if name is None else str(name) for name in names])
    found, sizes = np.unique(told, return_counts=True)
    small = found[sizes < FEWEST]
    told = np.where(np.isin(told, small), OTHERS, told)
    labels, codes = np.unique(told, return_inverse=True)
    return np.asarray(codes, dtype=np.int64), tuple(str(name) for name in labels)


def fit_spreads(
    y: np.ndarray,
    fixed: np.ndarray,
    factors: Mapping[str, np.ndarray],
    slopes: Mapping[str, np.ndarray],
    names: Sequence[str | None],
) -> Spreads:
    """Fit a Gaussian mixed model with a residual variance for each group.

    Args:
        y: outcome; `fixed`, `factors` and `slopes` as in `fit_gaussian`.
        fixed: the fixed effects' columns.
        factors: name to codes.
        slopes: one factor to the variable of its slopes.
        names: each row's group.

    Source: Pinheiro & Bates 2000, Mixed-Effects Models in S and S-PLUS, chapter 5 (variances by
        stratum); by expectation and maximisation (Dempster, Laird & Rubin 1977, J R Stat Soc B
        39:1-38), the fixed effects integrated out as REML has it.
    """
    codes, labels = grouped(names)
    one = fit_gaussian(y, fixed, factors, slopes=slopes)
    n, (slope,) = np.bincount(codes).astype(float), slopes.values()
    scale, fit = np.ones(len(labels)), one
    for _ in range(_ROUNDS):
        middle, unsure = fit.predict(fixed, factors, slope)
        variance = np.bincount(codes, (y - middle) ** 2 + unsure**2) / n
        df = n - np.bincount(codes, unsure**2) / variance
        new = variance / np.exp(np.mean(np.log(variance)))
        close = float(np.abs(np.log(new / scale)).max()) < _CLOSE
        if len(labels) == 1 or close:
            break
        scale = new
        fit = fit_gaussian(y, fixed, factors, slopes=slopes, weights=1 / scale[codes])
    better = max(0.0, 2 * (fit.loglik - one.loglik))
    groups = tuple(
        _told(label, int(n[g]), fit.residual * float(scale[g]), max(float(df[g]), 1.0))
        for g, label in enumerate(labels)
    )
    p = float(chdtrc(len(labels) - 1, better)) if len(labels) > 1 else None
    return Spreads(fit, 1 / scale[codes], groups, p)


def _told(group: str, clients: int, variance: float, df: float) -> GroupSpread:
    """Its interval by χ² on the degrees of freedom that the fit leaves the group."""
    ends = [float(np.sqrt(variance * df / chdtri(df, upper))) for upper in (0.025, 0.975)]
    return GroupSpread(group, clients, float(np.sqrt(variance)), ends[0], ends[1])
