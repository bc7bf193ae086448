"""An interval of the PCV by parametric bootstrap: new outcomes under the adjusted model."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from evenhand.models._cells import Cells
from evenhand.models._counts import Counts
from evenhand.models._layout import Layout
from evenhand.models.bootstrap import simulate
from evenhand.models.fits import MixedFit
from evenhand.models.maihda_table import STRATUM

Refit = Callable[[Cells | Counts, Sequence[int]], MixedFit]


def pcv_interval(
    data: Cells | Counts,
    layout: Layout,
    adjusted: MixedFit,
    columns: tuple[Sequence[int], Sequence[int]],
    refit: Refit,
    draws: int,
    rng: np.random.Generator,
) -> tuple[float, float] | None:
    """A 95 % percentile interval.

    Args:
        data: sums or counts.
        layout: their factors.
        adjusted: the model that outcomes are drawn from.
        columns: those of X in the null model, and in the adjusted one.
        refit: fits a model to new outcomes with these columns.
        draws: replicates.
        rng: where they come from.

    Returns:
        Low and high; None where the null model found no variance in half of the replicates.
    """
    own, all_of_them = columns
    width = len(data.sums.g) - 1 if isinstance(data, Cells) else data.fixed.shape[1]
    fixed = np.zeros(width)
    fixed[list(all_of_them)] = adjusted.fixed
    found = []
    for _ in range(draws):
        made = simulate(data, layout, fixed, adjusted.variances, rng)
        null = refit(made, own).variances[STRATUM]
        if null > 0:
            found.append(1.0 - refit(made, all_of_them).variances[STRATUM] / null)
    if 2 * len(found) < draws:
        return None
    low, high = np.percentile(found, [2.5, 97.5])
    return float(low), float(high)
