"""The slow oracle of the mixed-model core: whole matrices, straight from the formulas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.special import expit, gammaln


def design(factors: Mapping[str, np.ndarray], slope_of: str = "", t: np.ndarray | None = None):
    """Z of each factor, a level's intercept and slope side by side."""
    found = {}
    for name, codes in factors.items():
        one = (codes[:, None] == np.arange(codes.max() + 1)).astype(float)
        if name == slope_of:
            one = np.stack([one, one * t[:, None]], axis=2).reshape(len(codes), -1)
        found[name] = one
    return found


def covariance(z: Mapping[str, np.ndarray], theta: Mapping[str, np.ndarray]) -> np.ndarray:
    """Σ ZΘZ' over the factors; a Θ is a number or a 2 × 2 matrix."""
    return sum(one @ spread(theta[name], one.shape[1]) @ one.T for name, one in z.items())


def spread(theta: np.ndarray | float, width: int) -> np.ndarray:
    block = np.atleast_2d(theta)
    return np.kron(np.eye(width // len(block)), block)


def deviance(y, x, z, theta, residual, weights=None, reml=True) -> float:
    """−2 log likelihood at given variances, fixed effects profiled out."""
    n, p = x.shape
    w = np.ones(n) if weights is None else weights
    v = covariance(z, theta) + np.diag(residual / w)
    inverse = np.linalg.inv(v)
    xvx = x.T @ inverse @ x
    beta = np.linalg.solve(xvx, x.T @ inverse @ y)
    r = y - x @ beta
    m = n - p if reml else n
    logs = np.linalg.slogdet(v)[1] + (np.linalg.slogdet(xvx)[1] if reml else 0.0)
    return float(m * np.log(2 * np.pi) + logs + r @ inverse @ r)


def henderson(y, x, z, theta, residual):
    """Fixed effects and effects of levels with their joint covariance (all variances above 0)."""
    whole = np.hstack(list(z.values()))
    prior = [np.linalg.inv(spread(theta[name], one.shape[1])) for name, one in z.items()]
    size = x.shape[1] + whole.shape[1]
    left = np.hstack([x, whole])
    equations = left.T @ left / residual
    at = x.shape[1]
    for block in prior:
        equations[at : at + len(block), at : at + len(block)] += block
        at += len(block)
    assert at == size
    cov = np.linalg.inv(equations)
    return cov @ (left.T @ y) / residual, cov


def laplace(k, m, x, z: Sequence[np.ndarray], theta: Sequence[float], beta, offset) -> float:
    """−2 log likelihood by Laplace's approximation."""
    whole = np.hstack(list(z))
    prior = np.concatenate([np.full(one.shape[1], 1 / v) for one, v in zip(z, theta, strict=True)])
    u = np.zeros(whole.shape[1])
    for _ in range(200):
        eta = offset + x @ beta + whole @ u
        p = expit(eta)
        curve = whole.T @ ((m * p * (1 - p))[:, None] * whole) + np.diag(prior)
        u = u + np.linalg.solve(curve, whole.T @ (k - m * p) - prior * u)
    eta = offset + x @ beta + whole @ u
    p = expit(eta)
    curve = whole.T @ ((m * p * (1 - p))[:, None] * whole) + np.diag(prior)
    log = (k * eta - m * np.logaddexp(0, eta)).sum()
    log += (gammaln(m + 1) - gammaln(k + 1) - gammaln(m - k + 1)).sum()
    inner = np.linalg.slogdet(curve)[1] - np.log(prior).sum()
    return float(-2 * log + u @ (prior * u) + inner)


def over_integrated(k, m, base, client, z, variances) -> float:
    """−2 log likelihood: clients integrated on a fine grid, the rest by Laplace; no constant."""
    others = np.hstack(list(z))
    prior = np.concatenate(
        [np.full(one.shape[1], v) for one, v in zip(z, variances[1:], strict=True)]
    )
    grid = np.linspace(-8, 8, 161) * np.sqrt(variances[0])
    bell = -0.5 * grid**2 / variances[0] - 0.5 * np.log(2 * np.pi * variances[0])
    bell += np.log(grid[1] - grid[0])
    inside = (client[:, None] == np.arange(client.max() + 1)).astype(float)

    def penalised(u):
        eta = (base + others @ u)[:, None] + grid
        logs = inside.T @ (k[:, None] * eta - m[:, None] * np.logaddexp(0, eta)) + bell
        top = logs.max(axis=1, keepdims=True)
        whole = (top[:, 0] + np.log(np.exp(logs - top).sum(axis=1))).sum()
        posterior = np.exp(logs - top)
        posterior /= posterior.sum(axis=1, keepdims=True)
        pull = k[:, None] - m[:, None] * expit(eta)
        slope = others.T @ (posterior[client] * pull).sum(axis=1) - u / prior
        return whole - 0.5 * (u**2 / prior).sum(), slope

    def curve(u):
        steps = 1e-5 * np.eye(len(u))
        return -np.array([(penalised(u + h)[1] - penalised(u - h)[1]) / 2e-5 for h in steps])

    u = np.zeros(others.shape[1])
    for _ in range(5):
        u = u + np.linalg.solve(curve(u), penalised(u)[1])
    inner = np.linalg.slogdet(curve(u))[1] + np.log(prior).sum()
    return float(-2 * penalised(u)[0] + inner)
