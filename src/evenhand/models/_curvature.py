"""The exact Hessian of the profiled Gaussian deviance where every factor has one effect a level.

With A the inverse of the equations (for REML with the fixed effects among them), the log
determinant's second derivatives are δ·tr(A_ff) − ‖A_fg‖², and those of the quadratic form are
−δ·b_f'b_f + 2b_f'(I − A)_fg b_g, by log variance ratio. Differences of gradients would cost two
factorisations a parameter; this costs one product of two dense matrices.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.linalg.blas import dsymm

from evenhand.models._elimination import System, scale_both
from evenhand.models._gaussian import GaussianProblem, Point, lower_product
from evenhand.models._scales import Scales
from evenhand.models._search import Curve


def exact_curve(problem: GaussianProblem) -> Callable[[Scales], Curve]:
    """The Hessian as a function of the factors that have a variance, and of the parameters."""

    def of(scales: Scales) -> Curve:
        return lambda params: gaussian_hessian(problem, scales, problem.at(scales, params))

    return of


def gaussian_hessian(problem: GaussianProblem, scales: Scales, at: Point) -> np.ndarray:
    """Second derivatives of the profiled deviance by log variance ratio."""
    keep = [f for f in range(len(scales.dims)) if f not in scales.zero]
    b = problem.by_factor(at.b1, at.br)
    squares = np.array([float((one**2).sum()) for one in b])
    quadratic = -np.diag(squares) + 2.0 * _between(problem, at, b)
    logs = _log_determinant(at.system)
    if problem.reml:
        logs -= _of_fixed(problem, at)
    m = problem.freedom(len(at.fixed))
    slope = squares / at.quadratic
    whole = m * (quadratic / at.quadratic - np.outer(slope, slope)) + logs
    return np.asarray(whole[np.ix_(keep, keep)])


def _parts(problem: GaussianProblem, first: np.ndarray, rest: np.ndarray) -> list[np.ndarray]:
    """Columns by factor: levels × columns."""
    return [x[:, 0, :] for x in problem.by_factor_many(first, rest)]


def _only(
    problem: GaussianProblem, f: int, first: np.ndarray, rest: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The same columns, 0 outside factor f."""
    if f == 0:
        return first, np.zeros_like(rest)
    layout = problem.pattern.layout
    kept = np.zeros_like(rest)
    at = slice(layout.starts[f - 1], layout.starts[f - 1] + layout.sizes[f])
    kept[at] = rest[at]
    return np.zeros_like(first), kept


def _between(problem: GaussianProblem, at: Point, b: list[np.ndarray]) -> np.ndarray:
    """b_f'(I − A)_fg b_g."""
    out = np.zeros((len(b), len(b)))
    first, rest = at.b1[..., None], at.br[:, None]
    for g in range(len(b)):
        e1, er = _only(problem, g, first, rest)
        a1, ar = at.system.solve(e1, er)
        fixed = np.einsum("qap,qac->pc", at.x1, e1) + at.xr.T @ er
        a1, ar = a1 + at.x1 @ (at.fixed_inverse @ fixed), ar + at.xr @ (at.fixed_inverse @ fixed)
        for f, (mine, solved) in enumerate(zip(b, _parts(problem, a1, ar), strict=True)):
            out[f, g] = (float((mine**2).sum()) if f == g else 0.0) - mine[:, 0] @ solved[:, 0]
    return (out + out.T) / 2


def _of_fixed(problem: GaussianProblem, at: Point) -> np.ndarray:
    """What the fixed effects add to ‖A_fg‖², less what they add to δ·tr(A_ff)."""
    root = np.linalg.cholesky(at.fixed_inverse)
    y1, yr = at.x1 @ root, at.xr @ root
    y = _parts(problem, y1, yr)
    out = np.zeros((len(y), len(y)))
    for g in range(len(y)):
        solved = _parts(problem, *at.system.solve(*_only(problem, g, y1, yr)))
        for f in range(len(y)):
            inner = np.sum((y[f].T @ y[f]) * (y[g].T @ y[g]))
            out[f, g] = 2.0 * np.sum(solved[f] * y[f]) + inner
        out[g, g] -= np.sum(y[g] ** 2)
    return (out + out.T) / 2


def _log_determinant(system: System) -> np.ndarray:
    """δ·tr(M⁻¹_ff) − ‖M⁻¹_fg‖²."""
    layout = system.layout
    full = system.full[:, 0, 0]
    out = np.zeros((len(layout.names), len(layout.names)))
    out[0, 0] = full.sum() - (full**2).sum()
    if not layout.rest:
        return out
    lower = system.rest_inverse
    u = system.reduced()[:, 0]
    row = system.pattern.row
    once = scale_both(layout, system.lam, system.pattern.gram(u, u))
    out[0, 0] += lower_product(once, lower)
    product = np.asarray(dsymm(1.0, lower.T, (once + np.tril(once, -1).T).T, lower=0)).T
    w = u * np.sqrt(full[row])
    again = scale_both(layout, system.lam, system.pattern.gram(w, w))
    out[0, 0] -= 2.0 * lower_product(again, lower) + np.vdot(product, product.T)
    cuts = [slice(s, s + q) for s, q in zip(layout.starts[:-1], layout.sizes[1:], strict=True)]
    whole = lower + np.tril(lower, -1).T
    for f, mine in enumerate(cuts, start=1):
        out[0, f] = out[f, 0] = -np.vdot(product[:, mine], whole[:, mine])
        for g, other in enumerate(cuts, start=1):
            out[f, g] = -np.vdot(whole[mine, other], whole[mine, other])
        out[f, f] += np.trace(whole[mine, mine])
    return out
