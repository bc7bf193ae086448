"""What the rows of a level say of it, by adaptive Gauss-Hermite quadrature over its effect."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import expit

CENTRED = 1e-9
"""Step of a level's mode, in its own standard deviations, at which it is found."""
MOST_STEPS = 60
LONGEST = 2.0
"""Longest step of a level's log odds."""


@dataclass(frozen=True)
class Binomial:
    """Counts, and the level of the integrated factor that each row belongs to."""

    k: np.ndarray
    trials: np.ndarray
    codes: np.ndarray
    levels: int

    def by_level(self, rows: np.ndarray) -> np.ndarray:
        """Sums by level."""
        return np.asarray(np.bincount(self.codes, rows, self.levels))


@dataclass(frozen=True)
class Nodes:
    """The posterior of each level's unit effect, as points and shares.

    Args:
        data: counts and levels.
        low: the factor's standard deviation.
        centre: modes, from which the next are searched.
        b: nodes × levels, the points.
        share: nodes × levels, their posterior shares.
        pull: nodes × rows, outcomes less their expectation at the points.
        log: log of the integrated likelihood, all levels together.
    """

    data: Binomial
    low: float
    centre: np.ndarray
    b: np.ndarray
    share: np.ndarray
    pull: np.ndarray
    log: float

    @cached_property
    def mean(self) -> np.ndarray:
        """Outcomes less their expectation, averaged over the posterior."""
        out = np.zeros(self.pull.shape[1])
        for share, pull in zip(self.share, self.pull, strict=True):
            out += share[self.data.codes] * pull
        return out

    @cached_property
    def weight(self) -> np.ndarray:
        """Variances of the rows, averaged over the posterior."""
        out = np.zeros(self.pull.shape[1])
        for n, share in enumerate(self.share):
            out += share[self.data.codes] * self.weights(n)
        return out

    @cached_property
    def by_scale(self) -> np.ndarray:
        """Nodes × levels: derivatives of the rows' log likelihood by the factor's log variance."""
        sums = np.array([self.data.by_level(pull) for pull in self.pull])
        return np.asarray(0.5 * self.low * self.b * sums)

    def weights(self, n: int) -> np.ndarray:
        """Variances of the rows at one point."""
        p = (self.data.k - self.pull[n]) / self.data.trials
        return np.asarray(self.data.trials * p * (1.0 - p))

    def curved(self, rows: np.ndarray) -> np.ndarray:
        """−(d² log integrated likelihood / dη²) times a value a row; blocks by level."""
        out = self.weight * rows
        for share, pull in zip(self.share, self.pull, strict=True):
            left = pull - self.mean
            out -= (share * self.data.by_level(left * rows))[self.data.codes] * left
        return np.asarray(out)


def nodes_at(
    data: Binomial, offset: np.ndarray, low: float, start: np.ndarray, count: int
) -> Nodes:
    """Points around each level's mode, the other parts of the predictor given.

    Args:
        data: counts and levels.
        offset: all of the predictor but this factor.
        low: the factor's standard deviation.
        start: where the modes are looked for.
        count: points a level.

    Source: Pinheiro and Bates (1995), doi 10.1080/10618600.1995.10474663.
    """
    centre, spread = _centre(data, offset, low, start)
    z, w = np.polynomial.hermite_e.hermegauss(count)
    b = centre + z[:, None] * spread
    logs, pull = np.empty_like(b), np.empty((count, len(offset)))
    for n in range(count):
        eta = offset + low * b[n][data.codes]
        small = np.exp(-np.abs(eta))
        p = np.where(eta >= 0, 1.0, small) / (1.0 + small)
        rows = data.k * eta - data.trials * (np.log1p(small) + np.maximum(eta, 0.0))
        logs[n] = data.by_level(rows) - 0.5 * b[n] ** 2 + np.log(w[n]) + 0.5 * z[n] ** 2
        pull[n] = data.k - data.trials * p
    top = logs.max(axis=0)
    share = np.exp(logs - top)
    total = share.sum(axis=0)
    log = top + np.log(total) + np.log(spread) - 0.5 * np.log(2 * np.pi)
    return Nodes(data, low, centre, b, share / total, pull, float(log.sum()))


def _centre(
    data: Binomial, offset: np.ndarray, low: float, start: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Modes of the levels' unit effects, and the standard deviations there."""
    b = start
    for _ in range(MOST_STEPS):
        p = expit(offset + low * b[data.codes])
        expected = data.trials * p
        curve = 1.0 + low**2 * data.by_level(expected * (1.0 - p))
        step = (low * data.by_level(data.k - expected) - b) / curve
        most = LONGEST / max(low, 1e-12)
        b = b + np.clip(step, -most, most)
        if float(np.abs(step * np.sqrt(curve)).max(initial=0.0)) < CENTRED:
            break
    return b, 1.0 / np.sqrt(curve)
