"""Crossed mixed models, sparse and exact: `fit_gaussian` and `fit_logit`.

Everything that a fit needs is a table of cross-products by combination of levels, so that after
one group-by the number of rows no longer matters. Nested factors are crossed factors with codes
of their own: sessions of clients of therapists are three factors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

import numpy as np

from evenhand.core.errors import EvenhandError
from evenhand.models._blocks import Pattern
from evenhand.models._cells import Cells, cells_of
from evenhand.models._gaussian import GaussianProblem, Point
from evenhand.models._layout import Layout, lay_out
from evenhand.models._scales import LOWEST, Scales
from evenhand.models._search import Evaluate, Optimum, polish, search
from evenhand.models._threads import threads_for
from evenhand.models.fits import GaussianFit, LogitFit, MixedFit, State

__all__ = ["GaussianFit", "LogitFit", "MixedFit", "fit_gaussian"]

HIGHEST = 25.0
"""Log of a variance ratio over which there is no telling."""
NEAR_ZERO = 0.05
"""What the data must take from a factor's prior, as a share of its levels, to be far from 0."""
SAME = 1e-7
"""Deviances that differ by less are the same."""


def fit_gaussian(
    y: np.ndarray,
    fixed: np.ndarray,
    factors: Mapping[str, np.ndarray],
    *,
    slopes: Mapping[str, np.ndarray] | None = None,
    weights: np.ndarray | None = None,
    method: Literal["reml", "ml"] = "reml",
) -> GaussianFit:
    """Fit y = Xβ + Σ Zu + e with crossed random factors.

    Growth by client, with therapists: ``fit_gaussian(score, X, {"client": c, "therapist": t},
    slopes={"client": session})``, where X has a column of ones and the session number.

    Args:
        y: outcome, n.
        fixed: n × p, with a column of ones for the intercept.
        factors: name to integer codes from 0, n each. Nested factors get codes of their own.
        slopes: one factor to the variable on which its levels have slopes of their own, beside
            their intercepts, freely correlated.
        weights: the residual variance of an observation is σ²/weight.
        method: ``reml`` or ``ml``.

    Returns:
        The fit: fixed effects with their covariance, variances with standard errors, effects
        of levels with joint errors (`effect`, `se`), predictions (`predict`).

    Raises:
        EvenhandError: columns that say the same thing twice, missing values, codes that are no
            codes, or too few rows.

    Source: Henderson (1953); Patterson and Thompson (1971); Bates et al. (2015), doi
        10.18637/jss.v067.i01. Ours eliminates the largest factor from cross-products and has
        analytic gradients.
    """
    y, fixed = _numbers(y, fixed)
    slope_of, slope = _slope(slopes)
    layout, codes = lay_out(factors, len(y), slope_of)
    cells = cells_of(y, fixed, codes, weights=weights, slope=slope)
    return fit_cells(cells, layout, method=method)


def fit_cells(
    cells: Cells, layout: Layout, *, method: Literal["reml", "ml"] = "reml"
) -> GaussianFit:
    """Fit a Gaussian model to cross-products (`cells_of`), from one table or from many parts."""
    if cells.n <= cells.sums.g.shape[0]:
        raise EvenhandError(
            f"There are {cells.n} rows for {cells.sums.g.shape[0] - 1} fixed effects.",
            "rows",
            "Use a larger table, or fewer fixed effects.",
        )
    pattern = Pattern(layout, cells.codes)
    blocks = pattern.fill(cells.sums)
    problem = GaussianProblem(pattern, blocks, cells.n, cells.log_weights, method == "reml")
    with threads_for(layout.rest):
        scales, optimum = _optimise(problem, layout)
        point = problem.at(scales, optimum.params)
    return _gaussian_fit(problem, scales, optimum, point, method)


def _optimise(problem: GaussianProblem, layout: Layout) -> tuple[Scales, Optimum]:
    """The optimum, with factors at the boundary held at 0."""
    scales = Scales(layout.dims)
    per_level = [problem.n / q for q in layout.sizes]
    params = scales.start([min(1.0, 2.0 / n + 0.05) for n in per_level])
    params, value = _search(problem, scales, params)
    for f in _doubtful(problem, scales, params):
        tried = replace(scales, zero=scales.zero | {f})
        start = np.delete(params, scales.places[f])
        less, at_zero = _search(problem, tried, start)
        if at_zero <= value + SAME:
            scales, params, value = tried, less, min(value, at_zero)
    return scales, polish(_evaluator(problem, scales), params, scales.steps(layout.sizes))


def _search(
    problem: GaussianProblem, scales: Scales, start: np.ndarray
) -> tuple[np.ndarray, float]:
    steps = scales.steps(problem.pattern.layout.sizes)
    return search(_evaluator(problem, scales), start, steps, LOWEST, HIGHEST)


def _evaluator(problem: GaussianProblem, scales: Scales) -> Evaluate:
    def evaluate(params: np.ndarray) -> tuple[float, np.ndarray]:
        at = problem.at(scales, params)
        return at.deviance, at.gradient

    return evaluate


def _doubtful(problem: GaussianProblem, scales: Scales, params: np.ndarray) -> list[int]:
    """Factors of one effect whose variance may be 0, the least first."""
    layout = problem.pattern.layout
    found = []
    for f, place in enumerate(scales.places):
        if layout.dims[f] == 1:
            ratio = float(np.exp(params[place][0]))
            shrunk = ratio * problem.n / layout.sizes[f]
            if shrunk < NEAR_ZERO:
                found.append((shrunk, f))
    return [f for _, f in sorted(found)]


def _gaussian_fit(
    problem: GaussianProblem, scales: Scales, optimum: Optimum, at: Point, method: str
) -> GaussianFit:
    layout = problem.pattern.layout
    m = problem.freedom(len(at.fixed))
    s2 = at.quadratic / m
    values, slopes = scales.flat(optimum.params)
    cov = _inverse(optimum.hessian) * 2.0
    with_residual = _with_residual(problem, scales, optimum.params, at, cov, m)
    rows = np.hstack([s2 * slopes, (s2 * values)[:, None]])
    rows = np.vstack([rows, np.append(np.zeros(len(optimum.params)), s2)])
    se = np.sqrt(np.clip(np.einsum("ij,jk,ik->i", rows, with_residual, rows), 0, None))
    names = [*variance_names(layout), "residual"]
    estimates = np.append(s2 * values, s2)
    return GaussianFit(
        method=method,
        n=problem.n,
        levels=dict(zip(layout.names, layout.sizes, strict=True)),
        fixed=at.fixed,
        fixed_cov=s2 * at.fixed_inverse,
        variances=dict(zip(names, map(float, estimates), strict=True)),
        variance_se={
            name: float(e) if v > 0 or name.endswith(".covariance") else np.nan
            for name, v, e in zip(names, estimates, se, strict=True)
        },
        loglik=-0.5 * at.deviance,
        singular=bool(scales.zero) or _degenerate(scales, optimum.params),
        converged=optimum.converged,
        state=State(
            at.system, scales, optimum.params, cov, s2,
            at.fixed_inverse, at.b1, at.br, at.x1, at.xr,
        ),
    )  # fmt: skip


def _with_residual(
    problem: GaussianProblem,
    scales: Scales,
    params: np.ndarray,
    at: Point,
    cov: np.ndarray,
    m: int,
) -> np.ndarray:
    """Covariance of the parameters and of the log residual variance."""
    s2 = at.quadratic / m
    squares = [b.T @ b / s2 for b in problem.by_factor(at.b1, at.br)]
    cross = np.array([np.sum(g * squares[f]) for f, g in scales.moves(params)])
    between = -cov @ cross / m
    last = 2.0 / m + cross @ cov @ cross / m**2
    return np.block([[cov, between[:, None]], [between[None, :], np.array([[last]])]])


def variance_names(layout: Layout) -> list[str]:
    """Names of the variances, in the order of `Scales.flat`."""
    names: list[str] = []
    for name, d in zip(layout.names, layout.dims, strict=True):
        names += [name] if d == 1 else [name, f"{name}.covariance", f"{name}.slope"]
    return names


def _degenerate(scales: Scales, params: np.ndarray) -> bool:
    """Whether an intercept and slope have a correlation of 1, or a variance of 0."""
    for f, low in enumerate(scales.lam(params)):
        if scales.dims[f] == 2:
            spread = np.sqrt(np.diagonal(low @ low.T))
            if low[0, 0] < 1e-4 or low[1, 1] < 1e-4 * max(spread[1], 1e-300) or spread[1] < 1e-6:
                return True
    return False


def _inverse(curve: np.ndarray) -> np.ndarray:
    """Inverse of a Hessian; infinite where it does not curve upward."""
    if not len(curve):
        return curve
    if not np.isfinite(curve).all() or np.linalg.eigvalsh(curve).min() <= 0:
        return np.full_like(curve, np.nan)
    return np.asarray(np.linalg.inv(curve))


def _numbers(y: np.ndarray, fixed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    y, fixed = np.asarray(y, float), np.asarray(fixed, float)
    if y.ndim != 1 or fixed.ndim != 2 or len(fixed) != len(y) or not fixed.shape[1]:
        raise EvenhandError(
            "The outcome and the fixed effects do not have the same rows.",
            "fixed",
            "Give y with n numbers and fixed with n rows and a column of ones.",
        )
    if not (np.isfinite(y).all() and np.isfinite(fixed).all()):
        raise EvenhandError(
            "A value is missing or infinite.", "y or fixed", "Leave such rows out, and count them."
        )
    return y, fixed


def _slope(slopes: Mapping[str, np.ndarray] | None) -> tuple[str | None, np.ndarray | None]:
    if not slopes:
        return None, None
    if len(slopes) > 1:
        raise EvenhandError(
            "More than one factor has a slope.", ", ".join(slopes), "Choose one factor."
        )
    name, values = next(iter(slopes.items()))
    return name, np.asarray(values, float)
