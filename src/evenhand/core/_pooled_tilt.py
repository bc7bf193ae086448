"""The pooled tilt of each dyad, or of a study, of one indicator: numbers in, numbers out."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from evenhand.core._spread import (
    FEWEST_DYADS,
    Floats,
    Ints,
    Spread,
    design,
    fit_spread,
    fit_together,
    sums,
)
from evenhand.core.tilt import Tilt, carry

ENOUGH_SESSIONS = 50
"""From here on the hyper-parameters are taken as known."""
DRAWS = 200
"""Draws of the parametric bootstrap of the hyper-parameters below that."""
PER_DRAW = 20
"""Draws of the tilt for each of them."""


class Role(NamedTuple):
    """One role's effective counts and exposures, sessions in order of dyads."""

    k: Floats
    e: Floats


class Beta(NamedTuple):
    """What a tilt is drawn from: Beta(a_t, a_c) carried through exposures x."""

    a_t: Floats
    a_c: Floats
    x_t: Floats
    x_c: Floats


def _prior(spread: Spread, factor: Floats, role: Role, starts: Ints) -> tuple[Floats, Floats]:
    """Gamma(α, β) of a dyad's rate: between dyads, and the doubt about the mean itself."""
    known = (sums(role.k, starts) / factor).sum(-1)
    dyads = len(starts)
    if dyads < FEWEST_DYADS:
        return np.full_like(known, 0.5), np.zeros_like(known)
    with np.errstate(divide="ignore", invalid="ignore"):
        alpha = 1.0 / (spread.between * (1.0 + 1.0 / dyads) + 1.0 / known)
        beta = alpha / spread.mean
    seen = (known > 0) & (spread.mean > 0)
    return np.where(seen, alpha, 0.5), np.where(seen, beta, 0.0)


def _together(v_t: Floats, v_c: Floats, shared: Floats) -> Floats:
    """Factor on both roles' variances that makes room for what they share."""
    both = v_t + v_c
    return np.clip((both - 2.0 * shared) / both, 0.05, 2.0)


def dyad_beta(
    t: Role, c: Role, starts: Ints, spreads: tuple[Spread, Spread], rho: tuple[float, float]
) -> Beta:
    """What each dyad's tilt is drawn from.

    Args:
        t: the therapists' effective counts; `c` the clients'.
        c: see `t`.
        starts: where each dyad begins.
        spreads: of the two roles, with any leading axes.
        rho: correlation of the roles' rates within dyads, and between them.
    """
    parts, variances = [], []
    for role, spread in zip((t, c), spreads, strict=True):
        total, over = sums(role.k, starts), sums(role.e, starts)
        factor = design(role.e, starts, spread.mean, spread.within)
        alpha, beta = (x[..., None] for x in _prior(spread, factor, role, starts))
        rate = (total / factor + alpha) / (over / factor + beta)
        factor = 1.0 + rate * spread.within[..., None] * sums(role.e**2, starts) / over
        parts.append((total, over, factor, alpha, beta))
        variances.append(factor / np.maximum(rate * over, 0.5))
    over_both = sums(t.e, starts) * sums(c.e, starts)
    sd_within = np.sqrt(spreads[0].within * spreads[1].within)[..., None]
    shared = rho[0] * sd_within * sums(t.e * c.e, starts) / over_both
    common = _together(variances[0], variances[1], shared)
    sd_between = np.sqrt(spreads[0].between * spreads[1].between)
    prior_common = _together(1 / parts[0][3], 1 / parts[1][3], (rho[1] * sd_between)[..., None])
    out = []
    for total, over, factor, alpha, beta in parts:
        scale = factor * common
        out.append((total / scale + alpha / prior_common, over / scale + beta / prior_common))
    return Beta(out[0][0], out[1][0], out[0][1], out[1][1])


def study_beta(
    t: Role, c: Role, starts: Ints, spreads: tuple[Spread, Spread], rho: tuple[float, float]
) -> Beta:
    """What the tilt of the whole study is drawn from: its dyads are a sample of dyads."""
    whole = np.array([0])
    parts, variances = [], []
    for role, spread in zip((t, c), spreads, strict=True):
        total, over = role.k.sum(), role.e.sum()
        apart = (sums(role.e, starts) ** 2).sum() / over
        factor = design(role.e, whole, spread.mean, spread.within)[..., 0]
        factor = factor + spread.mean * spread.between * apart
        parts.append((total, over, factor))
        variances.append(factor / max(total, 0.5))
    over_both = parts[0][1] * parts[1][1]
    shared = rho[0] * np.sqrt(spreads[0].within * spreads[1].within) * (t.e * c.e).sum()
    apart_both = (sums(t.e, starts) * sums(c.e, starts)).sum()
    shared = shared + rho[1] * np.sqrt(spreads[0].between * spreads[1].between) * apart_both
    common = _together(variances[0], variances[1], shared / over_both)
    out = [(k / (f * common) + 0.5, e / (f * common)) for k, e, f in parts]
    return Beta(*(x[..., None] for x in (out[0][0], out[1][0], out[0][1], out[1][1])))


def simulate_counts(
    spread: Spread, e: Floats, starts: Ints, draws: int, rng: np.random.Generator
) -> Floats:
    """Counts of every session as the fitted Gamma and Poisson would give them, draws first."""
    n, dyads = len(e), len(starts)
    of_dyad = np.repeat(np.arange(dyads), np.diff(np.append(starts, n)))
    rate = spread.mean * _gamma_factor(spread.between, (draws, dyads), rng)[:, of_dyad]
    rate = rate * _gamma_factor(spread.within, (draws, n), rng)
    return rng.poisson(rate * e).astype(np.float64)


def _gamma_factor(spread: Floats, shape: tuple[int, int], rng: np.random.Generator) -> Floats:
    """Gamma draws of mean 1 and this squared coefficient of variation."""
    if spread <= 0:
        return np.ones(shape)
    return rng.gamma(1.0 / spread, spread, shape)


def _quantiles(beta: Beta, seen: tuple[Floats, Floats], direction: float) -> Tilt:
    """Closed form: the quantiles of the Beta carried through."""
    from scipy.special import betaincinv

    one = np.ones(1)
    share = [betaincinv(beta.a_t, beta.a_c, q) for q in (0.5, 0.025, 0.975)]
    share[1] = np.where(seen[0] > 0, share[1], 0.0)
    share[2] = np.where(seen[1] > 0, share[2], 1.0)
    points = [carry(s, beta.x_t, beta.x_c, direction * one) for s in share]
    return Tilt(points[0], np.minimum(*points[1:]), np.maximum(*points[1:]))


def _mixture(
    beta: Beta, seen: tuple[Floats, Floats], direction: float, rng: np.random.Generator
) -> Tilt:
    """Quantiles over draws of the hyper-parameters and of the tilt given them."""
    shape = (PER_DRAW, *np.broadcast_shapes(beta.a_t.shape, beta.a_c.shape))
    gamma_t, gamma_c = rng.gamma(beta.a_t, size=shape), rng.gamma(beta.a_c, size=shape)
    with np.errstate(invalid="ignore"):
        share = np.nan_to_num(gamma_t / (gamma_t + gamma_c), nan=0.5)
    draws = carry(share, beta.x_t, beta.x_c, direction * np.ones(1))
    middle, low, high = np.quantile(draws.reshape(-1, draws.shape[-1]), (0.5, 0.025, 0.975), axis=0)
    floor, ceiling = seen[0] > 0, seen[1] > 0
    if direction < 0:
        floor, ceiling = ceiling, floor
    return Tilt(middle, np.where(floor, low, -1.0), np.where(ceiling, high, 1.0))


def pooled_tilt(
    t: Role,
    c: Role,
    starts: Ints,
    level: str,
    direction: float,
    rng: np.random.Generator,
) -> Tilt:
    """Pooled tilt of each dyad, or of the study as one, with a 95 % interval.

    Args:
        t: the therapists' effective counts and exposures (above 0); `c` the clients'.
        c: see `t`.
        starts: where each dyad's sessions begin.
        level: ``dyad`` or ``study``.
        direction: +1 or -1.
        rng: for the bootstrap of the hyper-parameters, under 50 sessions.

    Returns:
        `Tilt` with an entry a dyad, or one entry for the study.
    """
    spreads = (fit_spread(t.k, t.e, starts), fit_spread(c.k, c.e, starts))
    rho = fit_together(t.k, t.e, c.k, c.e, starts, spreads)
    make = study_beta if level == "study" else dyad_beta
    known = [sums(r.k, starts) if level == "dyad" else r.k.sum(keepdims=True) for r in (t, c)]
    pools = level == "dyad" and len(starts) >= FEWEST_DYADS
    seen = tuple(np.full_like(k, k.sum()) if pools else k for k in known)
    if len(t.k) >= ENOUGH_SESSIONS:
        return _quantiles(make(t, c, starts, spreads, rho), (seen[0], seen[1]), direction)
    drawn = tuple(
        fit_spread(simulate_counts(s, r.e, starts, DRAWS, rng), r.e, starts)
        for s, r in zip(spreads, (t, c), strict=True)
    )
    beta = make(t, c, starts, (drawn[0], drawn[1]), rho)
    return _mixture(beta, (seen[0], seen[1]), direction, rng)
