"""Errors of effects where a variance is poorly known: averaged over what it may be.

Near the boundary no first-order correction will do: at an estimate of 0 every effect is 0 with an
error of 0, which nobody believes. So effects and their errors are worked out over a grid of the
factor's standard deviation, each point weighted by its (restricted) likelihood under a prior that
is flat in the standard deviation; other variances stay at their estimates.

Source: Gelman (2006), doi 10.1214/06-BA117A, for the flat prior on a standard deviation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from evenhand.models._elimination import System
from evenhand.models._gaussian import GaussianProblem, split_rest
from evenhand.models._laplace import LogitProblem
from evenhand.models._leverage import unit_blocks
from evenhand.models._scales import Scales

POINTS = 16
NEGLIGIBLE = 12.0
"""Rise of the deviance beyond which a value has no weight."""

Corner = tuple[float, np.ndarray, np.ndarray]
"""Deviance, effects and variances of effects of a factor's levels at one value."""


def integrated_variance(
    problem: GaussianProblem | LogitProblem,
    scales: Scales,
    optimum: np.ndarray,
    f: int,
    effect: np.ndarray,
) -> np.ndarray:
    """Mean squared error of each level's effect around `effect`, variance unknown."""
    free = replace(scales, zero=scales.zero - {f})
    at = free.places[f].start
    known = f not in scales.zero
    others = np.delete(optimum, at) if known else optimum
    start = float(np.exp(0.5 * optimum[at])) if known else _small(problem, f)

    def corner(sd: float) -> Corner:
        params = np.insert(others, at, 2.0 * np.log(sd))
        return _corner(problem, free, params, f)

    sds = np.linspace(0.0, _last(corner, start), POINTS + 1)[1:]
    points = [corner(float(sd)) for sd in sds]
    deviance = np.array([p[0] for p in points])
    weights = np.exp(-0.5 * (deviance - deviance.min()))
    weights /= weights.sum()
    errors = [v + (u - effect) ** 2 for _, u, v in points]
    return np.asarray(np.tensordot(weights, np.array(errors), axes=1))


def _small(problem: GaussianProblem | LogitProblem, f: int) -> float:
    """A standard deviation that the data would hardly see."""
    size = problem.pattern.layout.sizes[f]
    if isinstance(problem, GaussianProblem):
        told = float(problem.blocks.d.sum())
    else:
        told = float(problem.trials.sum()) / 4.0
    return float(np.sqrt(0.3 * size / told))


def _last(corner: Callable[[float], Corner], start: float) -> float:
    """A standard deviation beyond which nothing has weight."""
    sd, least = start, corner(start)[0]
    for _ in range(40):
        sd *= 1.3
        deviance = corner(sd)[0]
        least = min(least, deviance)
        if deviance - least > NEGLIGIBLE:
            break
    return sd


def _corner(
    problem: GaussianProblem | LogitProblem, scales: Scales, params: np.ndarray, f: int
) -> Corner:
    if isinstance(problem, GaussianProblem):
        at = problem.at(scales, params)
        scale = problem.residual or at.quadratic / problem.freedom(len(at.fixed))
        system, inverse, x1, xr = at.system, at.fixed_inverse, at.x1, at.xr
        b1, br, deviance = at.b1, at.br, at.deviance
    else:
        point = problem.at(scales, params)
        inverse, x1, xr = columns_at(problem, point.system, point.weights)
        system, b1, br, deviance, scale = point.system, point.b1, point.br, point.deviance, 1.0
    pattern = problem.pattern
    unit = [b1[..., None], *split_rest(pattern, br[:, None])][f][:, 0, 0]
    x = [x1, *split_rest(pattern, xr)][f][:, 0, :]
    low = system.lam[f][0, 0]
    variance = unit_blocks(system, f)[:, 0, 0] + np.einsum("qp,ps,qs->q", x, inverse, x)
    return deviance, low * unit, scale * low**2 * variance


def columns_at(
    problem: LogitProblem, system: System, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(X'V⁻¹X)⁻¹ and M⁻¹Λ'Z'WX at the mode."""
    wx = [one[:, None] * problem.fixed for one in problem.powers(weights)[:2]]
    sums = problem.pattern.eliminated_sums(wx), problem.pattern.rest_sums(wx)
    w1, wr = system.whiten(*sums)
    g = problem.fixed.T @ wx[0]
    g = g - np.einsum("qac,qad->cd", w1, w1) - np.einsum("rc,rd->cd", wr, wr)
    x1, xr = system.unwhiten(w1, wr)
    return np.linalg.inv(g), x1, xr
