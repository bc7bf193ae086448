"""From an optimum to what a fit says: variances with errors, the state behind effects."""

from __future__ import annotations

import numpy as np

from evenhand.models._gaussian import GaussianProblem, Point
from evenhand.models._known import UNIT, KnownProblem
from evenhand.models._laplace import LogitProblem
from evenhand.models._layout import Layout
from evenhand.models._scales import Scales
from evenhand.models._search import Optimum
from evenhand.models.fits import GaussianFit, LogitFit, State


def gaussian_fit(
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
        variance_se=_errors(names, estimates, se),
        loglik=-0.5 * at.deviance,
        singular=bool(scales.zero or scales.pinned),
        converged=optimum.converged,
        state=State(
            at.system, scales, optimum.params, cov, s2,
            at.fixed_inverse, at.b1, at.br, at.x1, at.xr, problem, optimum.params,
        ),
    )  # fmt: skip


def known_fit(problem: KnownProblem, scales: Scales, optimum: Optimum, method: str) -> GaussianFit:
    """A model with known error variances as a fit; effects are in the outcome's own units."""
    layout, count = problem.pattern.layout, scales.count
    free = len(optimum.params) > count
    log = problem.log(float(optimum.params[-1])) if free else problem.nothing
    held = problem.held(log)
    params = optimum.params[:count]
    at = held.at(scales, params)
    residual = float(np.exp(log)) if free else 0.0
    values, moves = scales.flat(params)
    cov = _inverse(optimum.hessian) * 2.0
    rows = np.vstack([moves, np.zeros(count)])
    if free:
        rows = np.column_stack([rows, np.append(np.zeros(len(moves)), UNIT * residual)])
    se = np.sqrt(np.clip(np.einsum("ij,jk,ik->i", rows, cov, rows), 0, None))
    names, estimates = [*variance_names(layout), "residual"], np.append(values, residual)
    return GaussianFit(
        method=method,
        n=problem.cells.n,
        levels=dict(zip(layout.names, layout.sizes, strict=True)),
        fixed=at.fixed,
        fixed_cov=at.fixed_inverse,
        variances=dict(zip(names, map(float, estimates), strict=True)),
        variance_se=_errors(names, estimates, se),
        loglik=-0.5 * at.deviance,
        singular=bool(scales.zero or scales.pinned) or not free,
        converged=optimum.converged,
        state=State(
            at.system, scales, params, cov[:count, :count], 1.0,
            at.fixed_inverse, at.b1, at.br, at.x1, at.xr, held, params,
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


def _inverse(curve: np.ndarray) -> np.ndarray:
    """Inverse of a Hessian; infinite where it does not curve upward."""
    if not len(curve):
        return curve
    if not np.isfinite(curve).all() or np.linalg.eigvalsh(curve).min() <= 0:
        return np.full_like(curve, np.nan)
    return np.asarray(np.linalg.inv(curve))


def logit_fit(
    problem: LogitProblem,
    scales: Scales,
    optimum: Optimum,
    root: np.ndarray,
    method: str,
    n: int,
) -> LogitFit:
    """A logit model's optimum as a fit; `root` leads back from columns of typical error 1."""
    layout, count = problem.pattern.layout, scales.count
    cov = _inverse(optimum.hessian) * 2.0
    fixed_cov = root @ cov[count:, count:] @ root.T
    params, params_cov = optimum.params[:count], cov[:count, :count]
    at = problem.at(scales, optimum.params)
    columns = problem.fixed @ np.linalg.inv(root)
    wx = [one[:, None] * columns for one in problem.powers(at.weights)[:2]]
    sums = problem.pattern.eliminated_sums(wx), problem.pattern.rest_sums(wx)
    x1, xr = at.system.unwhiten(*at.system.whiten(*sums))
    values, moves = scales.flat(params)
    se = np.sqrt(np.clip(np.einsum("ij,jk,ik->i", moves, params_cov, moves), 0, None))
    names = variance_names(layout)
    return LogitFit(
        method=method,
        n=n,
        levels=dict(zip(layout.names, layout.sizes, strict=True)),
        fixed=root @ optimum.params[count:],
        fixed_cov=fixed_cov,
        variances=dict(zip(names, map(float, values), strict=True)),
        variance_se=_errors(names, values, se),
        loglik=-0.5 * optimum.value,
        singular=bool(scales.zero or scales.pinned),
        converged=optimum.converged,
        state=State(
            at.system, scales, params, params_cov, 1.0,
            fixed_cov, at.b1, at.br, x1, xr, problem, optimum.params,
        ),
    )  # fmt: skip


def _errors(names: list[str], values: np.ndarray, se: np.ndarray) -> dict[str, float]:
    """Standard errors by name, NaN for a variance of 0."""
    return {
        name: float(e) if v > 0 or name.endswith(".covariance") else float("nan")
        for name, v, e in zip(names, values, se, strict=True)
    }
