"""A row of the validation page, and the few statistics that rows share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
DRAWS = 2_000
SEED = 20240229


@dataclass(frozen=True)
class Row:
    """One expectation, what was found, and whether it holds."""

    data: str
    what: str
    bar: str
    found: str
    holds: bool
    how: str
    reported: bool = False
    """True where the table of INDICATORS.md sets no bar: shown beside a row that has one."""

    @property
    def verdict(self) -> str:
        if self.reported:
            return "reported"
        return "holds" if self.holds else "**does not hold**"


@dataclass(frozen=True)
class Value:
    """A value and its bootstrap interval."""

    value: float
    low: float
    high: float
    n: int

    def text(self, digits: int = 3, level: int = 95) -> str:
        rounded = (f"{x:.{digits}f}" for x in (self.value, self.low, self.high))
        value, low, high = rounded
        return f"{value} [{low}, {high}] ({level} %), n = {self.n:,}"


def auc(high: Floats, low: Floats) -> float:
    """How often a value of `high` lies above one of `low`; ties count half."""
    from scipy.stats import rankdata

    ranks = rankdata(np.concatenate([high, low]))
    above = ranks[: len(high)].sum() - len(high) * (len(high) + 1) / 2
    return float(above / (len(high) * len(low)))


def bootstrap(
    statistic: Callable[[NDArray[np.intp]], float], n: int, level: float = 0.95, draws: int = DRAWS
) -> Value:
    """A statistic of n units (given their indices) and its percentile interval."""
    rng = np.random.default_rng(SEED)
    drawn = [statistic(rng.integers(0, n, n)) for _ in range(draws)]
    tail = 50.0 * (1.0 - level)
    low, high = np.nanpercentile(drawn, [tail, 100.0 - tail])
    return Value(statistic(np.arange(n)), float(low), float(high), n)


def bootstrap_groups(
    statistic: Callable[[Floats, Floats], float], one: Floats, other: Floats, draws: int = DRAWS
) -> Value:
    """A statistic of two groups, each drawn again from itself."""
    rng = np.random.default_rng(SEED)
    drawn = [
        statistic(rng.choice(one, len(one)), rng.choice(other, len(other))) for _ in range(draws)
    ]
    low, high = np.percentile(drawn, [2.5, 97.5])
    return Value(statistic(one, other), float(low), float(high), len(one) + len(other))


def f1(counts: Floats) -> float:
    """F1 from (true positives, false positives, false negatives)."""
    hit, false, missed = counts
    return float(2 * hit / (2 * hit + false + missed))
