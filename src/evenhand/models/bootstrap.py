"""Parametric bootstrap from sums alone: new outcomes under a fitted model, no row needed.

A Gaussian outcome's sums over cells, its cross-products with X and its square have a known joint
distribution, so that a replicate costs as much as its cells, however many rows they stand for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from scipy.special import expit

from evenhand.core.errors import EvenhandError
from evenhand.models._blocks import Sums
from evenhand.models._cells import Cells, add_cells
from evenhand.models._counts import Counts
from evenhand.models._layout import Layout, layout_of
from evenhand.models.fits import MixedFit
from evenhand.models.intervals import restricted_ratio
from evenhand.models.mixed import fit_cells


def simulate(
    data: Cells | Counts,
    layout: Layout,
    fixed: np.ndarray,
    variances: Mapping[str, float],
    rng: np.random.Generator,
) -> Cells | Counts:
    """The same design with a new outcome.

    Args:
        data: sums or counts; columns of X that are not in the model have a fixed effect of 0.
        layout: its factors, one effect a level.
        fixed: fixed effects, one a column of X.
        variances: by factor, and ``residual``; factors left out have none.
        rng: where the draws come from.
    """
    if max(layout.dims) > 1:
        raise EvenhandError(
            "A model with slopes is not simulated from.", "slopes", "Leave the slope out."
        )
    effect = np.zeros(len(data.codes[0]))
    for name, size, codes in zip(layout.names, layout.sizes, data.codes, strict=True):
        effect += rng.normal(0.0, np.sqrt(variances.get(name, 0.0)), size)[codes]
    if isinstance(data, Counts):
        p = expit(data.offset + data.fixed @ fixed + effect)
        drawn = rng.binomial(data.trials.astype(np.int64), p)
        return replace(data, k=drawn.astype(float))
    return _new_sums(data, fixed, effect, float(np.sqrt(variances["residual"])), rng)


def _new_sums(
    cells: Cells, fixed: np.ndarray, effect: np.ndarray, sd: float, rng: np.random.Generator
) -> Cells:
    w, x = cells.sums.w[0], cells.sums.wx[0][:, :-1]
    whole = cells.sums.g[:-1, :-1]
    noise = sd * np.sqrt(w) * rng.normal(size=len(w))  # Σ w·e of each cell
    within = whole - (x / w[:, None]).T @ x
    values, vectors = np.linalg.eigh(within)
    some = values > 1e-9 * max(float(np.trace(whole)), 1e-300)
    drawn = rng.normal(size=int(some.sum()))
    inner = sd * vectors[:, some] @ (np.sqrt(values[some]) * drawn)
    cross = x.T @ (noise / w) + inner  # Σ w·x·e
    left = max(cells.n - len(w) - int(some.sum()), 0)
    square = float((noise**2 / w).sum() + sd**2 * (drawn @ drawn))
    square += sd**2 * float(rng.chisquare(left)) if left else 0.0
    by_effect = x.T @ effect
    new = cells.sums.g.copy()
    new[:-1, -1] = new[-1, :-1] = whole @ fixed + by_effect + cross
    new[-1, -1] = (
        fixed @ whole @ fixed
        + 2 * fixed @ (by_effect + cross)
        + (w * effect) @ effect
        + 2 * effect @ noise
        + square
    )
    sums = np.column_stack([x, x @ fixed + w * effect + noise])
    return replace(cells, sums=Sums(cells.sums.w, (sums,), new))


def simulated_null(
    cells: Cells, layout: Layout, factor: str, fit: MixedFit, draws: int, rng: np.random.Generator
) -> tuple[float, float]:
    """The restricted likelihood ratio test of a variance, against its simulated null.

    Args:
        cells: the sums that were fitted.
        layout: their factors.
        factor: whose variance is tested against 0.
        fit: the model with it.
        draws: simulated tables in which it is 0.
        rng: where they come from.

    Returns:
        The statistic and its p value, (1 + tables at least as far) / (1 + tables).

    Source: Crainiceanu and Ruppert (2004), doi 10.1111/j.1467-9868.2004.00438.x; ours simulates
        from the fitted null, whatever other factors there are.
    """
    method = "ml" if fit.method == "ml" else "reml"
    statistic = restricted_ratio(fit, factor)[0]
    fixed, variances = _without(cells, layout, factor, fit, method)
    beyond = 0
    for _ in range(draws):
        made = simulate(cells, layout, fixed, variances, rng)
        assert isinstance(made, Cells)
        again = fit_cells(made, layout, method="ml" if method == "ml" else "reml", errors=False)
        beyond += restricted_ratio(again, factor)[0] >= statistic
    return statistic, (1 + beyond) / (1 + draws)


def _without(
    cells: Cells, layout: Layout, factor: str, fit: MixedFit, method: str
) -> tuple[np.ndarray, dict[str, float]]:
    """Fixed effects and variances of the model without a factor."""
    if len(layout.names) == 1:
        g = cells.sums.g
        fixed = np.linalg.solve(g[:-1, :-1], g[:-1, -1])
        left = float(g[-1, -1] - g[:-1, -1] @ fixed)
        return fixed, {"residual": left / (cells.n - len(fixed))}
    at = layout.place(factor)
    codes = tuple(one for n, one in enumerate(cells.codes) if n != at)
    sizes = {name: q for name, q in zip(layout.names, layout.sizes, strict=True) if name != factor}
    smaller = add_cells([replace(cells, codes=codes)])
    less = fit_cells(smaller, layout_of(sizes), method="ml" if method == "ml" else "reml")
    return less.fixed, dict(less.variances)
