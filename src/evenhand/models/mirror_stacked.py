"""Several indicators of a dyad as one row that says the same of the dyad.

Stacked indicators would need an effect for each client and indicator, and the fit would be slow.
Here the likelihoods of a dyad's indicators are replaced by one binomial that has their sum's slope
and curvature at the dyad's own predictor, which is found in a few rounds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

Numbers = NDArray[np.float64]

_ROUNDS = 30


@dataclass(frozen=True)
class Stack:
    """Counts of several indicators: k of n, an offset, and whose and which they are."""

    k: Numbers
    n: Numbers
    offset: Numbers
    dyad: NDArray[np.int64]
    indicator: NDArray[np.int64]


@dataclass(frozen=True)
class OneRow:
    """A binomial a dyad: k of n (not whole numbers), and an offset."""

    k: Numbers
    n: Numbers
    offset: Numbers


def indicator_effects(stack: Stack, theta: Numbers) -> Numbers:
    """Log odds of each indicator, the dyads' predictors being given (Newton steps)."""
    many = int(stack.indicator.max()) + 1
    found = np.zeros(many)
    base = stack.offset + theta[stack.dyad]
    for _ in range(_ROUNDS):
        p = expit(base + found[stack.indicator])
        left = np.bincount(stack.indicator, stack.k - stack.n * p, many)
        curve = np.bincount(stack.indicator, stack.n * p * (1 - p), many)
        step = np.clip(left / np.maximum(curve, 1e-12), -2, 2)
        found = found + step
        if float(np.abs(step).max()) < 1e-10:
            break
    return found


def one_row(stack: Stack, theta: Numbers) -> OneRow:
    """A binomial a dyad with the slope and the curvature of its indicators at `theta`.

    Args:
        stack: the counts.
        theta: a predictor a dyad.
    """
    many = len(theta)
    at = stack.offset + indicator_effects(stack, theta)[stack.indicator] + theta[stack.dyad]
    p = expit(at)
    slope = np.bincount(stack.dyad, stack.k - stack.n * p, many)
    weight = stack.n * p * (1 - p)
    curve = np.bincount(stack.dyad, weight, many)
    mean = np.bincount(stack.dyad, weight * p, many) / curve
    n = curve / (mean * (1 - mean))
    k = np.clip(n * mean + slope, 0.0, n)
    return OneRow(k, n, logit(mean) - theta)
