"""Crossed mixed models, sparse and exact: `fit_gaussian` and `fit_logit`.

Everything that a fit needs is a table of cross-products by combination of levels, so that after
one group-by the number of rows no longer matters. Nested factors are crossed factors with codes
of their own: sessions of clients of therapists are three factors.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np

from evenhand.core.errors import EvenhandError
from evenhand.models._blocks import Pattern
from evenhand.models._cells import Cells, cells_of
from evenhand.models._counts import Counts, counts_of, start_fixed
from evenhand.models._curvature import exact_curve
from evenhand.models._fitted import gaussian_fit, known_fit, logit_fit
from evenhand.models._gaussian import GaussianProblem, check_columns
from evenhand.models._known import KnownProblem, known_problem
from evenhand.models._laplace import LogitProblem
from evenhand.models._layout import Layout, check_dense, lay_out
from evenhand.models._mode import Mode
from evenhand.models._near import expected_curvature, part_of
from evenhand.models._nested import outer_pattern
from evenhand.models._optimise import Near, optimise
from evenhand.models._quadrature import QuadratureProblem
from evenhand.models._threads import threads_for
from evenhand.models.fits import GaussianFit, LogitFit, MixedFit

__all__ = [
    "GaussianFit",
    "LogitFit",
    "MixedFit",
    "fit_cells",
    "fit_counts",
    "fit_gaussian",
    "fit_logit",
]


NEAR_NOTHING = 12.0
"""Logs above a residual variance that is as good as 0, up to which it is held there."""
FEWEST_NODES = 5
"""Below it, the gradient of the integral is not that of the quadrature."""


def fit_gaussian(
    y: np.ndarray,
    fixed: np.ndarray,
    factors: Mapping[str, np.ndarray],
    *,
    slopes: Mapping[str, np.ndarray] | None = None,
    weights: np.ndarray | None = None,
    known: np.ndarray | None = None,
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
        known: error variances of the outcome that are known, so that the residual variance of an
            observation is σ² + known; kept in 32 log-spaced classes. Not together with weights.
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
    layout, codes = lay_out(factors, len(y), slope_of, slope)
    if known is None:
        cells = cells_of(y, fixed, codes, weights=weights, slope=slope)
        return fit_cells(cells, layout, method=method)
    if weights is not None:
        raise EvenhandError(
            "Weights and known variances are both given.", "weights", "Leave one of them out."
        )
    check_dense(layout)
    check_columns(np.column_stack([fixed, y]).T @ np.column_stack([fixed, y]))
    problem = known_problem(y, fixed, codes, layout, known, slope, method == "reml")
    return _fit_known(problem, layout, method)


def _fit_known(problem: KnownProblem, layout: Layout, method: Literal["reml", "ml"]) -> GaussianFit:
    information = float((problem.counts / (np.exp(problem.start) + problem.classes)).sum())
    with threads_for(layout.rest):
        scales, optimum = optimise(layout, information, problem.deviance, np.zeros(1))
        if problem.log(float(optimum.params[-1])) < problem.nothing + NEAR_NOTHING:
            scales, optimum = optimise(layout, information, problem.deviance, np.zeros(0))
        return known_fit(problem, scales, optimum, method)


def fit_cells(
    cells: Cells, layout: Layout, *, method: Literal["reml", "ml"] = "reml", errors: bool = True
) -> GaussianFit:
    """Fit a Gaussian model to cross-products (`cells_of`), from one table or from many parts.

    Without `errors` the fit is quicker and has no standard errors of variances: for replicates.
    """
    if cells.n <= cells.sums.g.shape[0]:
        raise EvenhandError(
            f"There are {cells.n} rows for {cells.sums.g.shape[0] - 1} fixed effects.",
            "rows",
            "Use a larger table, or fewer fixed effects.",
        )
    check_dense(layout)
    check_columns(cells.sums.g)
    pattern = Pattern(layout, cells.codes)
    blocks = pattern.fill(cells.sums)
    problem = GaussianProblem(pattern, blocks, cells.n, cells.log_weights, method == "reml")
    with threads_for(layout.rest):
        curve = exact_curve(problem) if max(layout.dims) == 1 else None
        scales, optimum = optimise(
            layout, cells.n, problem.deviance, np.zeros(0), curve, errors=errors
        )
        point = problem.at(scales, optimum.params)
    return gaussian_fit(problem, scales, optimum, point, method)


def fit_logit(
    k: np.ndarray,
    n_trials: np.ndarray | None,
    fixed: np.ndarray,
    factors: Mapping[str, np.ndarray],
    *,
    offset: np.ndarray | None = None,
    slopes: Mapping[str, np.ndarray] | None = None,
    quadrature: int = 0,
) -> LogitFit:
    """Fit k ~ Binomial(n_trials, p), logit p = offset + Xβ + Σ Zu, with crossed random factors.

    A discrete hazard with therapists' frailty: a row a client and session at risk, k = 1 where
    the client left, ``fit_logit(left, None, X, {"therapist": t})``. Counts of two roles: k the
    therapist's amount, n_trials that of both, offset log(e_T/e_C).

    Laplace's approximation understates a factor's variance where its levels have few rows and
    few outcomes each (clients with a handful of yes-or-no sessions). `quadrature` mends that for
    the factor with most levels, alone or crossed with others, which stay Laplace's: therapists and
    strata have rows enough.

    Args:
        k: counts, n (0 or 1 where an outcome is yes or no).
        n_trials: trials, n; None where each row is one.
        fixed: n × p, with a column of ones for the intercept.
        factors: name to integer codes from 0, n each.
        offset: added to the log odds, n.
        slopes: one factor to the variable on which its levels have slopes of their own.
        quadrature: nodes of adaptive quadrature over the factor with most levels (7 where its
            levels vary by less than one on the log odds, 15 where by more), for factors of
            intercepts; 0 is Laplace's approximation throughout.

    Returns:
        The fit; effects and predictors are log odds.

    Raises:
        EvenhandError: as `fit_gaussian`; and where a column foretells the outcome without fail.

    Source: Breslow and Clayton (1993); Bates et al. (2015). The fixed effects are maximised with
        the variances (lme4's nAGQ = 1), and their errors are from the whole Hessian. Factors that
        are nested in one another (sessions in clients) are eliminated together.
    """
    k, fixed = _numbers(k, fixed)
    slope_of, slope = _slope(slopes)
    layout, codes = lay_out(factors, len(k), slope_of, slope)
    counts = counts_of(k, n_trials, fixed, codes, offset, slope)
    return fit_counts(counts, layout, quadrature=quadrature)


def fit_counts(
    counts: Counts, layout: Layout, *, errors: bool = True, quadrature: int = 0
) -> LogitFit:
    """Fit a logit model to counts (`counts_of`), from one table or from many parts.

    Without `errors` the fit is quicker and has no standard errors: for replicates.
    """
    beta, root = start_fixed(counts)
    problem = _logit_problem(counts, layout, root, quadrature)
    with threads_for(problem.dense):
        scales, optimum = optimise(
            layout,
            information(problem),
            problem.deviance,
            np.linalg.solve(root, beta),
            errors=errors,
            near=_near(problem, counts, root, quadrature),
        )
        method = "quadrature" if quadrature else "laplace"
        return logit_fit(problem, scales, optimum, root, method, counts.n)


def _near(problem: LogitProblem, counts: Counts, root: np.ndarray, quadrature: int) -> Near | None:
    """Where a part of a large table has its optimum, in the parameters of the whole."""
    layout = problem.pattern.layout
    if quadrature and layout.rest:
        fit = fit_counts(counts, layout, errors=False)
    else:
        found = None if problem.outer else part_of(counts, layout)
        if found is None:
            return None
        fit = fit_counts(*found, errors=False, quadrature=quadrature)
    if fit.singular:
        return None
    fixed = np.linalg.solve(root, fit.fixed)
    params = np.concatenate([fit.state.params, fixed])
    return params, expected_curvature(problem, fit.state.scales, params)


def _logit_problem(
    counts: Counts, layout: Layout, root: np.ndarray, quadrature: int
) -> LogitProblem:
    outer = None if quadrature else outer_pattern(layout, counts.codes)
    check_dense(outer.layout if outer else layout)
    parts = (
        Pattern(layout, counts.codes),
        counts.k,
        counts.trials,
        counts.fixed @ root,
        counts.offset,
        counts.slope,
        counts.constant,
        Mode(np.zeros((layout.sizes[0], layout.dims[0])), np.zeros(layout.rest)),
    )
    if not quadrature:
        return LogitProblem(*parts, outer=outer)
    if max(layout.dims) > 1 or quadrature < FEWEST_NODES:
        raise EvenhandError(
            f"Quadrature is for factors of intercepts, with {FEWEST_NODES} nodes at least.",
            ", ".join(layout.names),
            "Leave quadrature at 0 for slopes: Laplace's approximation takes them.",
        )
    return QuadratureProblem(*parts, count=quadrature)


def information(problem: LogitProblem) -> float:
    """What all rows say of the log odds, at the share of all."""
    share = float(problem.k.sum() / problem.trials.sum())
    return max(float(problem.trials.sum()) * share * (1 - share), 1.0)


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
