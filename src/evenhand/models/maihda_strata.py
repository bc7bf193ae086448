"""A row a stratum: what its axes add up to, what is over, and what is predicted for it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from scipy.special import expit

from evenhand.models._cells import Cells
from evenhand.models._counts import Counts
from evenhand.models._layout import layout_of
from evenhand.models.fits import MixedFit
from evenhand.models.maihda_table import STRATUM, Coding

Z95 = 1.959963984540054


def strata_table(
    data: Cells | Counts,
    coding: Coding,
    null: MixedFit,
    adjusted: MixedFit | None,
    keep: Sequence[int],
) -> pl.DataFrame:
    """Effects of strata with 95 % intervals.

    Returns:
        ``name``, ``n``; ``effect``, ``low``, ``high``: the stratum's own effect in the adjusted
        model (what its axes do not add up to), in the null model where there is no other;
        ``predicted``: what the same model predicts for it, on the outcome's scale; ``total``,
        ``total_low``, ``total_high``: its whole difference from the average (null model); and
        the axes. Effects of a yes-or-no outcome are log odds.
    """
    at = layout_of(coding.sizes).place(STRATUM)
    codes = data.codes[at]
    own = [j for j in keep if j < coding.own]
    fit, columns = (null, own) if adjusted is None else (adjusted, list(keep))
    effect, low, high = _interval(fit)
    total, total_low, total_high = _interval(null)
    weights = data.sums.w[0] if isinstance(data, Cells) else data.trials
    size = len(coding.names)
    n = np.bincount(codes, weights, size)
    axes = zip(*coding.keys, strict=True)
    named = {c: list(v) for c, v in zip(coding.question.strata, axes, strict=True)}
    return pl.DataFrame(
        {
            "name": coding.names,
            "n": n.round().astype(int),
            "effect": effect,
            "low": low,
            "high": high,
            "predicted": _predicted(data, codes, fit, columns, n),
            "total": total,
            "total_low": total_low,
            "total_high": total_high,
        }
    ).with_columns(pl.Series(f"axis {c}", v) for c, v in named.items())


def _interval(fit: MixedFit) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    effect, se = fit.effect(STRATUM), fit.se(STRATUM)
    return effect, effect - Z95 * se, effect + Z95 * se


def _predicted(
    data: Cells | Counts,
    codes: np.ndarray,
    fit: MixedFit,
    columns: Sequence[int],
    n: np.ndarray,
) -> np.ndarray:
    """Mean prediction over a stratum's rows, all other random effects at 0."""
    effect = fit.effect(STRATUM)
    if isinstance(data, Cells):
        lines = data.sums.wx[0][:, list(columns)] @ fit.fixed
        return np.asarray(np.bincount(codes, lines, len(n)) / n + effect)
    p = expit(data.fixed[:, list(columns)] @ fit.fixed + effect[codes])
    return np.asarray(np.bincount(codes, p * data.trials, len(n)) / n)
