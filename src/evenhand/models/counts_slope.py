"""Slope and relative index of a rate over an ordered position, with honest errors.

The slope index is the difference in rate between the two ends of the whole ladder, read off a
weighted straight line; the relative index is the ratio of the two ends, read off a line on the
log scale. Both use every group, and each group stands where its people stand in the ladder.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from evenhand.core.errors import EvenhandError

Column = NDArray[np.float64]

_ROUNDS = 100
_CLOSE = 1e-12


@dataclass(frozen=True)
class Ladder:
    """A rate over an ordered position.

    ``slope`` is a difference of proportions between the far and the near end (−.126 is 12.6
    points lower), ``relative`` a ratio of the same two ends. ``phi`` says how many times more
    the groups scatter about the line than the binomial allows; errors are multiplied by its
    root and never shrunk.
    """

    slope: float
    slope_se: float
    slope_se_binomial: float
    slope_low: float
    slope_high: float
    phi: float
    relative: float
    relative_low: float
    relative_high: float
    phi_relative: float
    groups: int
    n: float
    df: int


@dataclass(frozen=True)
class _Line:
    slope: float
    se: float
    phi: float


def ridits(n: Column) -> Column:
    """Where the middle of each group stands when all people stand in one row, 0 to 1.

    Source: Bross 1958, Biometrics 14:18–38.
    """
    return np.asarray((np.cumsum(n) - n / 2) / n.sum(), dtype=float)


def slope_index(k: Column, n: Column) -> Ladder:
    """Slope and relative index of k of n over groups in their order.

    Args:
        k: people with the outcome, a group each.
        n: people at risk, a group each, from the near end of the ladder to the far end.

    Returns:
        Both indices with 95 % intervals by t on groups − 2, errors × √φ (Pearson).

    Raises:
        EvenhandError: fewer than three groups, an empty group, or counts that are none.

    Source: Mackenbach & Kunst 1997, Soc Sci Med 44:757–771; φ as in McCullagh & Nelder 1989,
    section 4.5, here never below 1.
    """
    _check(k, n)
    x = ridits(n)
    straight, log = _line(k, n, x, log=False), _line(k, n, x, log=True)
    df = len(k) - 2
    t = float(stdtrit(df, 0.975))
    root = max(1.0, straight.phi) ** 0.5
    wide = t * log.se * max(1.0, log.phi) ** 0.5
    return Ladder(
        slope=straight.slope,
        slope_se=straight.se * root,
        slope_se_binomial=straight.se,
        slope_low=straight.slope - t * straight.se * root,
        slope_high=straight.slope + t * straight.se * root,
        phi=straight.phi,
        relative=float(np.exp(log.slope)),
        relative_low=float(np.exp(log.slope - wide)),
        relative_high=float(np.exp(log.slope + wide)),
        phi_relative=log.phi,
        groups=len(k),
        n=float(n.sum()),
        df=df,
    )


def _check(k: Column, n: Column) -> None:
    if len(k) < 3:
        raise EvenhandError(
            "A slope needs at least three groups with people in them.",
            f"{len(k)} groups",
            "Compare the groups by their rates and odds ratios.",
        )
    if (n <= 0).any() or (k < 0).any() or (k > n).any():
        raise EvenhandError(
            "A group has nobody at risk, or more outcomes than people.",
            "counts",
            "Mend the counts, or leave the group out.",
        )
    if k.sum() in (0.0, float(n.sum())):
        raise EvenhandError(
            "Everybody or nobody has the outcome, so no line can be drawn.",
            "counts",
            "Take more years together.",
        )


def _line(k: Column, n: Column, x: Column, *, log: bool) -> _Line:
    """Binomial regression with an identity or a log link, by scoring."""
    design = np.column_stack([np.ones_like(x), x])
    mean = np.full(len(x), k.sum() / n.sum())
    found = np.array([np.log(mean[0]) if log else mean[0], 0.0])
    for _ in range(_ROUNDS):
        step = mean if log else np.ones_like(mean)
        weight = n * step**2 / (mean * (1 - mean))
        working = design @ found + (k / n - mean) / step
        gram = design.T @ (weight[:, None] * design)
        new = np.linalg.solve(gram, design.T @ (weight * working))
        done = float(np.abs(new - found).max()) < _CLOSE
        found = new
        mean = np.exp(design @ found) if log else design @ found
        if (mean <= 0).any() or (mean >= 1).any():
            raise _no_line("The line leaves the range of a rate.")
        if done:
            break
    else:
        raise _no_line("The line does not settle.")
    pearson = float(((k - n * mean) ** 2 / (n * mean * (1 - mean))).sum())
    error = float(np.sqrt(np.linalg.inv(gram)[1, 1]))
    return _Line(float(found[1]), error, pearson / (len(x) - 2))


def _no_line(what: str) -> EvenhandError:
    return EvenhandError(what, "slope index", "Compare the groups by their rates.")
