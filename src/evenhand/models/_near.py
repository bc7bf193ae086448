"""A start that is near the optimum, for large tables: a tenth of the clients, and the curvature.

From a thousand levels on, a part of the levels of the largest factor tells where the optimum is to
within a few of its own errors. There the expected curvature, which one evaluation gives, takes the
place of what a search would have to learn step by step.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from evenhand.models._counts import Counts
from evenhand.models._integrated import columns_at
from evenhand.models._laplace import LogitProblem
from evenhand.models._layout import Layout
from evenhand.models._leverage import leverages
from evenhand.models._scales import Scales

MANY_ROWS, FEWEST_LEVELS, MOST_APART = 40_000, 2_000, 10
"""Rows from which a start is worked out; levels that it needs; at most one level in so many."""


def part_of(counts: Counts, layout: Layout) -> tuple[Counts, Layout] | None:
    """Every tenth level of the largest factor, with its rows; None where the table is small."""
    apart = min(MOST_APART, layout.sizes[0] // FEWEST_LEVELS)
    if len(counts.k) < MANY_ROWS or apart < 2 or max(layout.dims) > 1:
        return None
    keep = counts.codes[0] % apart == 0
    codes = (counts.codes[0][keep] // apart, *(one[keep] for one in counts.codes[1:]))
    smaller = replace(
        counts,
        codes=codes,
        k=counts.k[keep],
        trials=counts.trials[keep],
        fixed=counts.fixed[keep],
        offset=counts.offset[keep],
        n=int(keep.sum()),
    )
    return smaller, replace(layout, sizes=(-(-layout.sizes[0] // apart), *layout.sizes[1:]))


def expected_curvature(problem: LogitProblem, scales: Scales, params: np.ndarray) -> np.ndarray:
    """What the Hessian of the deviance is expected to be, by blocks; one effect a level."""
    at = problem.at(scales, params)
    blocks = leverages(at.system, None)[1]
    by_variance = [
        float(((1.0 - one[:, 0, 0]) ** 2).sum())
        for f, one in enumerate(blocks)
        if f not in scales.zero
    ]
    out = np.diag(np.concatenate([by_variance, np.zeros(len(params) - scales.count)]))
    out[scales.count :, scales.count :] = 2.0 * np.linalg.inv(
        columns_at(problem, at.system, at.weights)[0]
    )
    return out
