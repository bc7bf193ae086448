"""A tilt as a latent mediator: the dyad's own, seen only through its counts.

The dyad's log rate ratio η is not known; its counts say how likely each value of it is. On a grid
of values the likelihood of the counts is worked out once, and what remains is two regressions with
an unknown η between them, fitted by expectation and maximisation.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from evenhand.core.errors import EvenhandError
from evenhand.models.mirror_stacked import Stack, indicator_effects

Numbers = NDArray[np.float64]

GRID = 61
_ROUNDS = 500
_CLOSE = 1e-8


@dataclass(frozen=True)
class Dyads:
    """A row a dyad.

    Args:
        counts: sessions by indicator, k_T of k_T + k_C with log(e_T/e_C).
        x: what the mediator is regressed on; the first column is 1, the second the gap.
        z: what the outcome is regressed on beside η, likewise.
        y: the outcome, in standard deviations.
        weight: how often each dyad counts (1, or drawn).
    """

    counts: Stack
    x: Numbers
    z: Numbers
    y: Numbers
    weight: Numbers


@dataclass(frozen=True)
class Latent:
    """Both regressions: η = xa + N(0, τ²), y = zc + bη + N(0, σ²); and the grid behind them."""

    a: Numbers
    tau: float
    c: Numbers
    b: float
    sigma: float
    grid: Numbers
    seen: Numbers

    @property
    def indirect(self) -> float:
        """The gap's effect on the outcome by way of the tilt."""
        return float(self.a[1] * self.b)


def fit_latent(dyads: Dyads) -> Latent:
    """Fit both regressions.

    Raises:
        EvenhandError: the fit does not settle, or the counts say nothing of the dyads.
    """
    phi = np.ones(int(dyads.counts.indicator.max()) + 1)
    theta = np.zeros(len(dyads.y))
    found = None
    for _ in range(3):
        found = _maximise(dyads, _start(dyads, theta, phi))
        theta = _moments(dyads, found)[0]
        phi = _scatter(dyads, found, theta)
    assert found is not None
    return found


def refit(dyads: Dyads, near: Latent) -> Latent:
    """Fit again with other weights, from a fit that is near; the counts' scatter is kept."""
    return _maximise(dyads, near)


def scores(dyads: Dyads, at: Latent) -> Numbers:
    """Each dyad's slope of the log likelihood: a, log τ, (c, b), log σ.

    Source: Louis 1982, J R Stat Soc B 44:226–233 (the expected slope of the complete data).
    """
    m1, m2 = _moments(dyads, at)
    fit = dyads.x @ at.a
    first = (m1 - fit)[:, None] * dyads.x / at.tau**2
    spread = (m2 - 2 * fit * m1 + fit**2) / at.tau**2 - 1
    left = dyads.y - dyads.z @ at.c
    outcome = np.column_stack([(left - at.b * m1)[:, None] * dyads.z, left * m1 - at.b * m2]) / (
        at.sigma**2
    )
    noise = (left**2 - 2 * at.b * left * m1 + at.b**2 * m2) / at.sigma**2 - 1
    return np.asarray(np.column_stack([first, spread, outcome, noise]))


def moved(at: Latent, step: Numbers) -> Latent:
    """The fit with its parameters moved, in the order of `scores`."""
    p, q = len(at.a), len(at.c)
    return replace(
        at,
        a=at.a + step[:p],
        tau=float(at.tau * np.exp(step[p])),
        c=at.c + step[p + 1 : p + 1 + q],
        b=float(at.b + step[p + 1 + q]),
        sigma=float(at.sigma * np.exp(step[p + 2 + q])),
    )


def reliability(dyads: Dyads, at: Latent) -> float:
    """Share of the dyads' own scatter that their counts show: 1 known, 0 not seen at all."""
    counts_only = np.exp(at.seen - at.seen.max(axis=1, keepdims=True))
    prior = np.exp(-0.5 * ((at.grid - (dyads.x @ at.a)[:, None]) / at.tau) ** 2)
    weight = counts_only * prior
    weight = weight / weight.sum(axis=1, keepdims=True)
    mean = weight @ at.grid
    left = weight @ at.grid**2 - mean**2
    return float(1 - left.mean() / at.tau**2)


def _start(dyads: Dyads, theta: Numbers, phi: Numbers) -> Latent:
    """A first guess, and the likelihood of each dyad's counts on the grid."""
    stack = dyads.counts
    effects = indicator_effects(stack, theta)
    base = stack.offset + effects[stack.indicator]
    grid = np.asarray(np.linspace(-4.0, 4.0, GRID), dtype=np.float64)
    at = base[:, None] + grid[None, :]
    each = stack.k[:, None] * at - stack.n[:, None] * np.logaddexp(0.0, at)
    each = each / phi[stack.indicator][:, None]
    seen = np.zeros((len(dyads.y), GRID))
    np.add.at(seen, stack.dyad, each)
    p = dyads.x.shape[1]
    c = np.asarray(np.linalg.lstsq(dyads.z, dyads.y, rcond=None)[0], dtype=np.float64)
    sigma = float((dyads.y - dyads.z @ c).std())
    return Latent(np.zeros(p), 0.5, c, 0.0, sigma, grid, seen)


def _posterior(dyads: Dyads, at: Latent) -> Numbers:
    fit = (dyads.x @ at.a)[:, None]
    left = (dyads.y - dyads.z @ at.c)[:, None] - at.b * at.grid[None, :]
    log = at.seen - 0.5 * ((at.grid - fit) / at.tau) ** 2 - 0.5 * (left / at.sigma) ** 2
    weight = np.exp(log - log.max(axis=1, keepdims=True))
    return np.asarray(weight / weight.sum(axis=1, keepdims=True))


def _moments(dyads: Dyads, at: Latent) -> tuple[Numbers, Numbers]:
    posterior = _posterior(dyads, at)
    return posterior @ at.grid, posterior @ at.grid**2


def _maximise(dyads: Dyads, start: Latent) -> Latent:
    at = start
    for _ in range(_ROUNDS):
        new = _step(dyads, at)
        shift = max(abs(new.b - at.b), float(np.abs(new.a - at.a).max()), abs(new.tau - at.tau))
        at = new
        if shift < _CLOSE * 100:
            return at
    raise EvenhandError(
        "The counts hardly show the dyads' tilts: the fit does not settle.",
        "mediation",
        "It takes more dyads, more sessions a dyad, or an act that is done more often.",
    )


def _step(dyads: Dyads, at: Latent) -> Latent:
    m1, m2 = _moments(dyads, at)
    w = dyads.weight
    total = w.sum()
    gram = dyads.x.T @ (w[:, None] * dyads.x)
    a = np.asarray(np.linalg.solve(gram, dyads.x.T @ (w * m1)), dtype=np.float64)
    fit = dyads.x @ a
    tau = float(np.sqrt((w * (m2 - 2 * fit * m1 + fit**2)).sum() / total))
    q = dyads.z.shape[1]
    joint = np.zeros((q + 1, q + 1))
    joint[:q, :q] = dyads.z.T @ (w[:, None] * dyads.z)
    joint[:q, q] = joint[q, :q] = dyads.z.T @ (w * m1)
    joint[q, q] = (w * m2).sum()
    found = np.linalg.solve(joint, np.append(dyads.z.T @ (w * dyads.y), (w * m1 * dyads.y).sum()))
    left = dyads.y - dyads.z @ found[:q]
    noise = left**2 - 2 * found[q] * left * m1 + found[q] ** 2 * m2
    sigma = np.sqrt((w * noise).sum() / total)
    return replace(at, a=a, tau=max(tau, 1e-3), c=found[:q], b=float(found[q]), sigma=float(sigma))


def _scatter(dyads: Dyads, at: Latent, theta: Numbers) -> Numbers:
    """Over-dispersion of each indicator's counts about their dyads, at least 1.

    Pearson's, expected over what the dyads' tilts may be, so that it takes no degrees of freedom
    from counts that hardly show a tilt.
    """
    stack, posterior = dyads.counts, _posterior(dyads, at)
    base = stack.offset + indicator_effects(stack, theta)[stack.indicator]
    p = expit(base[:, None] + at.grid[None, :])
    pearson = (stack.k[:, None] - stack.n[:, None] * p) ** 2
    pearson = pearson / np.maximum(stack.n[:, None] * p * (1 - p), 1e-9)
    each = (posterior[stack.dyad] * pearson).sum(axis=1)
    rows = np.bincount(stack.indicator)
    return np.maximum(1.0, np.bincount(stack.indicator, each) / np.maximum(rows, 1))
