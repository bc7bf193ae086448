"""How sure: many tests at once, a null that is claimed, and what could explain it away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

COMMON = 0.15
"""Above this risk an odds ratio overstates a risk ratio, and its root is nearer."""


def benjamini_hochberg(p: Sequence[float]) -> list[float]:
    """Q values of a family of tests: the false discovery rate at which each would be named.

    Args:
        p: one a test, none missing.

    Source: Benjamini & Hochberg 1995, J R Stat Soc B 57:289–300.
    """
    if not p:
        return []
    from scipy.stats import false_discovery_control  # slow to load

    return [float(q) for q in false_discovery_control(p)]


def is_equivalent(low90: float, high90: float, margin: float) -> bool:
    """Whether the whole 90 % interval lies inside ±margin: only then is a null claimed.

    Source: Schuirmann 1987, J Pharmacokinet Biopharm 15:657–680 (two one-sided tests).
    """
    return -margin < low90 and high90 < margin


@dataclass(frozen=True)
class EValue:
    """How strongly something unmeasured would have to go with both, on the risk-ratio scale.

    ``estimate`` to move the estimate to no difference, ``limit`` to move the nearer end of its
    interval there (1 where the interval holds no difference already).
    """

    estimate: float
    limit: float


def e_value(ratio: float, low: float, high: float) -> EValue:
    """E-value of a risk ratio with its interval.

    Source: VanderWeele & Ding 2017, Ann Intern Med 167:268–274.
    """
    nearer = low if ratio >= 1 else high
    crosses = low <= 1 <= high
    return EValue(_e(ratio), 1.0 if crosses else _e(nearer))


def _e(ratio: float) -> float:
    above = max(ratio, 1 / ratio)
    return float(above + np.sqrt(above * (above - 1)))


def ratio_of_odds(odds_ratio: float, risk: float) -> float:
    """A risk ratio that stands for an odds ratio: itself if the outcome is rare, else its root."""
    return float(np.sqrt(odds_ratio)) if risk > COMMON else odds_ratio


def ratio_of_difference(d: float) -> float:
    """A risk ratio that stands for a standardised difference: exp(.91 d)."""
    return float(np.exp(0.91 * d))


def ratio_of_hazards(hazard_ratio: float, risk: float) -> float:
    """A risk ratio that stands for a hazard ratio, by its own formula if the outcome is common."""
    if risk <= COMMON:
        return hazard_ratio
    return float((1 - 0.5 ** np.sqrt(hazard_ratio)) / (1 - 0.5 ** np.sqrt(1 / hazard_ratio)))
