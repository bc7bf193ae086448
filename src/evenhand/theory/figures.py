"""Published figures, worked out on simulated dyads as the studies behind them did on real ones."""

from __future__ import annotations

import numpy as np

from evenhand.theory.dyads import logistic
from evenhand.theory.luck import Floats
from evenhand.theory.people import Bools, Ints
from evenhand.theory.summary import Summary

CASE = (10.0, 8.0)
"""Caseness on the two symptom scales."""
RELIABLE = (6.0, 4.0)
"""Reliable change on the two symptom scales."""
FEWEST_SESSIONS = 2
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(31)


def sample(s: Summary) -> Bools:
    """Cases at the start, on the first scale, who came at least twice."""
    return np.asarray((s.pre[0] >= CASE[0]) & (s.attended >= FEWEST_SESSIONS))


def outcome(s: Summary) -> Floats:
    """How much better than expected: minus the residual of post on pre and pre squared."""
    pre = s.pre[0] - s.pre[0].mean()
    x = np.stack([np.ones_like(pre), pre, pre * pre], axis=1)
    fit, *_ = np.linalg.lstsq(x, s.post[0], rcond=None)
    return np.asarray(x @ fit - s.post[0])


def correlation(x: Floats, y: Floats) -> float:
    """Pearson's r over the pairs that are there."""
    both = np.isfinite(x) & np.isfinite(y)
    return float(np.corrcoef(x[both], y[both])[0, 1])


def effect(treated: Floats, control: Floats) -> float:
    """Cohen's d with pooled SD; nan entries are left out."""
    a, b = treated[np.isfinite(treated)], control[np.isfinite(control)]
    pooled = ((len(a) - 1) * a.var(ddof=1) + (len(b) - 1) * b.var(ddof=1)) / (len(a) + len(b) - 2)
    return float((a.mean() - b.mean()) / np.sqrt(pooled))


def odds_ratio(first: Bools, second: Bools) -> float:
    """Odds in the first over odds in the second."""
    a, b = first.mean(), second.mean()
    return float(a / (1.0 - a) / (b / (1.0 - b)))


def component(y: Floats, group: Ints) -> tuple[float, float]:
    """Between and within variance of a one-way layout, by moments (groups of unequal size)."""
    _, at = np.unique(group, return_inverse=True)
    n = np.bincount(at).astype(float)
    means = np.bincount(at, y) / n
    total, groups = n.sum(), len(n)
    within = float(((y - means[at]) ** 2).sum() / (total - groups))
    between = float((n * (means - y.mean()) ** 2).sum() / (groups - 1))
    size = (total - (n**2).sum() / total) / (groups - 1)
    return (between - within) / size, within


def share(y: Floats, group: Ints) -> float:
    """Share of variance that lies between groups."""
    between, within = component(y, group)
    return between / (between + within)


def latent_share(y: Bools, group: Ints) -> float:
    """The same for yes and no, on the logistic scale: σ² ÷ (σ² + π²/3).

    σ² is the variance of a Normal on the logit scale that gives the groups' probabilities the
    mean and the variance that were found (by one-way components).
    """
    wanted, _ = component(y.astype(float), group)
    if wanted <= 0:
        return 0.0
    low, high = 0.0, 5.0
    for _ in range(50):
        middle = (low + high) / 2.0
        low, high = (middle, high) if _spread(y.mean(), middle) < wanted else (low, middle)
    return float(low**2 / (low**2 + np.pi**2 / 3.0))


def _spread(mean: float, sd: float) -> float:
    """Variance of σ(c + sd·z) where c gives it that mean."""
    weights = WEIGHTS / WEIGHTS.sum()
    low, high = -20.0, 20.0
    for _ in range(60):
        middle = (low + high) / 2.0
        found = float(weights @ logistic(middle + sd * NODES))
        low, high = (middle, high) if found < mean else (low, middle)
    chances = logistic(low + sd * NODES)
    return float(weights @ chances**2 - (weights @ chances) ** 2)


class England:
    """Rates as NHS Talking Therapies counts them, among cases on either scale who came twice."""

    def __init__(self, s: Summary, minoritised: float) -> None:
        """Weigh clients so that `minoritised` is their share."""
        case = (s.pre[0] >= CASE[0]) | (s.pre[1] >= CASE[1])
        self.s = s.take(case & (s.attended >= FEWEST_SESSIONS))
        few = self.s.minoritised.mean()
        ratio = minoritised / few if few else 0.0
        self.weight = np.where(self.s.minoritised, ratio, (1.0 - minoritised) / (1.0 - few))
        fall = self.s.pre - self.s.post
        better = (fall[0] >= RELIABLE[0]) | (fall[1] >= RELIABLE[1])
        worse = (-fall[0] >= RELIABLE[0]) | (-fall[1] >= RELIABLE[1])
        below = (self.s.post[0] < CASE[0]) & (self.s.post[1] < CASE[1])
        self.improved = better & ~worse
        self.deteriorated = worse & ~better
        self.recovered = below & self.improved

    def rate(self, what: Bools, who: Bools | None = None) -> float:
        """A weighted share, of all or of some."""
        weight = self.weight if who is None else self.weight * who
        return float((weight * what).sum() / weight.sum())

    def decile(self, number: int) -> Bools:
        """Who lives in a tenth of areas, 1 the least deprived."""
        return np.asarray(self.s.decile == number)
