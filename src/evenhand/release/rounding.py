"""Rounding, and what it leaves: rates and intervals are worked out from rounded counts alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Whole = NDArray[np.int64]

Z = 1.959963984540054
"""The normal quantile of a 95 % interval."""


def rounded(counts: Whole, base: int) -> Whole:
    """Counts to the nearest multiple of `base`, halves up."""
    return (2 * counts + base) // (2 * base) * base


def behind(printed: Whole, base: int) -> tuple[Whole, Whole]:
    """The least and the most that may stand behind rounded counts."""
    return printed - base // 2, printed + (base - 1) // 2


def share_bounds(k: float, n: float, base: int) -> tuple[float, float]:
    """The lowest and highest share that rounding leaves open.

    At least half a step of the numerator to each side (±2.5/n for a step of 5), and further
    where rounding of the denominator can take it further.
    """
    half = base / 2
    low = min((k - half) / n, (k - half) / (n + half))
    high = max((k + half) / n, (k + half) / (n - half) if n > half else 1.0)
    return max(low, 0.0), min(high, 1.0)


def mean_interval(mean: float, sd: float, n: float) -> tuple[float, float]:
    """The 95 % interval of a mean, from what is published."""
    half = Z * sd / float(np.sqrt(n))
    return mean - half, mean + half
