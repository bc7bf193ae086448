"""A share's interval."""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist


def wilson(share: float, n: float, level: float = 0.95) -> tuple[float, float]:
    """Wilson's interval of a share.

    Args:
        share: of ``n``, 0 … 1.
        n: how many it is of; an effective number need not be whole.
        level: of the interval.

    Source:
        Wilson 1927, J Am Stat Assoc 22:209-212.
    """
    z = NormalDist().inv_cdf(0.5 + level / 2)
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    # With none or all of them that end is 0 or 1 itself, which rounding would miss.
    low = 0.0 if share == 0 else max(middle - half, 0.0)
    return low, 1.0 if share == 1 else min(middle + half, 1.0)


def share_of(k: int, n: int) -> tuple[float, float, float]:
    """A share and its 95 % interval, from counts."""
    return k / n, *wilson(k / n, n)
