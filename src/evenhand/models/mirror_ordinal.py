"""Proportional odds: an answer on ordered steps, by what may move it up or down."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from evenhand.core.errors import EvenhandError

Numbers = NDArray[np.float64]
Whole = NDArray[np.int64]

_ROUNDS = 60
_CLOSE = 1e-9
_LEAST = 1e-300
_ENDLESS = 100.0
"""A standard error of log odds beyond this belongs to an estimate without end."""


@dataclass(frozen=True)
class Ordinal:
    """A fitted proportional-odds model: logit P(y > k) = xβ − α_k.

    Args:
        n: answers.
        steps: α, where one answer turns into the next.
        beta: log odds ratios of a higher answer.
        cov: covariance of `beta`.
        loglik: log likelihood; `null` that of the steps alone.
    """

    n: int
    steps: Numbers
    beta: Numbers
    cov: Numbers
    loglik: float
    null: float

    @property
    def r2(self) -> float:
        """Nagelkerke's R², 0 … 1.

        Source: Nagelkerke 1991, Biometrika 78:691-692.
        """
        most = -np.expm1(2 * self.null / self.n)
        return float(-np.expm1(2 * (self.null - self.loglik) / self.n) / most)


def fit_ordinal(y: Whole, x: Numbers) -> Ordinal:
    """Fit ordered answers by Newton's method; like rows are counted once.

    Args:
        y: codes of the answers from 0, each of which occurs.
        x: n × p, without a column of ones; p may be 0.

    Raises:
        EvenhandError: one answer only, columns that say the same twice, or answers that the
            columns foretell without fail.

    Source: McCullagh 1980, J R Stat Soc B 42:109-142.
    """
    counts = np.bincount(y)
    if len(counts) < 2 or counts.min() == 0:
        raise _unfit("All give the same answer.")
    share = np.cumsum(counts)[:-1] / len(y)
    null = float(counts @ np.log(counts / len(y)))
    rows, times = np.unique(np.column_stack([y, x]), axis=0, return_counts=True)
    made = _Made(rows[:, 0].astype(np.int64), rows[:, 1:], times.astype(float), len(counts) - 1)
    start = np.concatenate([np.log(share / (1 - share)), np.zeros(x.shape[1])])
    at, loglik, bend = _climb(made, start)
    inverse, k = np.asarray(np.linalg.inv(bend), dtype=np.float64), made.steps
    if bool((np.diagonal(inverse) > _ENDLESS**2).any()):
        raise _unfit("What stands beside them foretells the answers without fail.")
    return Ordinal(len(y), at[:k], at[k:], inverse[k:, k:], loglik, null)


@dataclass(frozen=True)
class _Made:
    """Different rows, and how often each occurs."""

    y: Whole
    x: Numbers
    times: Numbers
    steps: int

    def edges(self, at: Numbers) -> tuple[Numbers, Numbers]:
        """Both ends of each answer's stretch, ∓∞ at the lowest and the highest."""
        alpha = np.concatenate([[-np.inf], at[: self.steps], [np.inf]])
        moved = self.x @ at[self.steps :]
        return alpha[self.y] - moved, alpha[self.y + 1] - moved

    def designs(self) -> tuple[Numbers, Numbers]:
        """How both ends move with each parameter."""
        unit = np.zeros((self.steps + 2, self.steps))
        unit[1:-1] = np.eye(self.steps)
        return np.hstack([unit[self.y], -self.x]), np.hstack([unit[self.y + 1], -self.x])


def _loglik(made: _Made, at: Numbers) -> float:
    low, high = made.edges(at)
    chance = expit(high) - expit(low)
    if bool((chance <= _LEAST).any()):
        return -np.inf
    return float(made.times @ np.log(chance))


def _slopes(made: _Made, at: Numbers) -> tuple[Numbers, Numbers]:
    """Slope of the log likelihood, and its curvature with the sign turned."""
    low, high = made.edges(at)
    up, down = expit(high), expit(low)
    chance = up - down
    f_up, f_down = up * (1 - up) / chance, down * (1 - down) / chance
    below, above = made.designs()
    slope = above.T @ (made.times * f_up) - below.T @ (made.times * f_down)
    w_up = made.times * (f_up * (1 - 2 * up) - f_up**2)
    w_down = made.times * (-f_down * (1 - 2 * down) - f_down**2)
    cross = above.T @ ((made.times * f_up * f_down)[:, None] * below)
    bend = above.T @ (w_up[:, None] * above) + below.T @ (w_down[:, None] * below)
    return slope, -(bend + cross + cross.T)


def _climb(made: _Made, at: Numbers) -> tuple[Numbers, float, Numbers]:
    now = _loglik(made, at)
    for _ in range(_ROUNDS):
        slope, bend = _slopes(made, at)
        try:
            step = np.linalg.solve(bend, slope)
        except np.linalg.LinAlgError:
            raise _unfit("Two of its columns say the same.") from None
        if float(slope @ step) < _CLOSE * made.times.sum() ** 0.5:
            return at, now, bend
        size = 1.0
        while (new := _loglik(made, at + size * step)) < now and size > 1e-8:
            size /= 2
        at, now = at + size * step, max(new, now)
    raise _unfit("The fit of these answers does not settle.")


def _unfit(what: str) -> EvenhandError:
    return EvenhandError(what, "ordered answers", "Leave this item or this column out.")
