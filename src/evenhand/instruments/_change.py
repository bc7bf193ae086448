"""The reliable change of Jacobson and Truax, worked out from a spread and a reliability."""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist

ROUNDED_DOWN, ROUNDED_UP = 0.5, 1.0
"""How far a published limit may lie below and above the exact one: some round, some round up."""


def reliable_change(sd: float, reliability: float, confidence: float = 0.95) -> float:
    """The change that measurement error alone goes beyond in 1 − confidence of cases.

    z · SD · √2 · √(1 − reliability). It says that a person's score has changed by more than the
    instrument's noise; why it changed it does not say.

    Args:
        sd: spread of the scores before treatment, in points.
        reliability: internal consistency or test–retest, 0 to 1.
        confidence: two-sided, 0 to 1; CORE-10's is 0.90.

    Returns:
        Points, unrounded.

    Source:
        Jacobson and Truax 1991, Journal of Consulting and Clinical Psychology 59, 12–19.
    """
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    return z * sd * sqrt(2.0) * sqrt(1.0 - reliability)


def follows(points: float, sd: float, reliability: float, confidence: float) -> bool:
    """Whether a published limit is what its spread and reliability give, rounding aside."""
    exact = reliable_change(sd, reliability, confidence)
    return -ROUNDED_DOWN <= points - exact < ROUNDED_UP
