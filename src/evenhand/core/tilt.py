"""The tilt of two rates and its interval, in closed form.

Two roles did something k times over exposures e. With the amounts' over-dispersion φ, the
therapist's part of the whole is B ~ Beta(k_T/φ_T + ½, k_C/φ_C + ½); the tilt is monotone in B,
so its posterior median and its 2.5 and 97.5 % quantiles are those of B carried through.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

FEWEST_DISPERSION = 0.05
"""A dispersion is not let below this: twenty like amounts are not a certainty."""


class Tilt(NamedTuple):
    """Posterior median of a tilt and its 95 % interval, each in -1…1, nan where not defined."""

    tilt: Floats
    low: Floats
    high: Floats


def carry(share: Floats, e_t: Floats, e_c: Floats, direction: Floats) -> Floats:
    """The tilt at the therapist's share B of the whole, given both exposures."""
    rate_t, rate_c = share / e_t, (1.0 - share) / e_c
    with np.errstate(invalid="ignore", divide="ignore"):
        tilt: Floats = direction * (rate_t - rate_c) / (rate_t + rate_c)
    return tilt


def tilt_of(
    k_t: ArrayLike,
    e_t: ArrayLike,
    k_c: ArrayLike,
    e_c: ArrayLike,
    dispersion_t: ArrayLike = 1.0,
    dispersion_c: ArrayLike = 1.0,
    direction: ArrayLike = 1.0,
    prior_t: ArrayLike = 0.5,
    prior_c: ArrayLike = 0.5,
) -> Tilt:
    """Tilt of two rates with its interval, for any number of sessions and indicators at once.

    Why: a raw ratio of small counts swings to ±1; the median of the posterior does not, and
    tells known roles apart better. The interval is for the underlying rate: the session's own
    share is exact.

    Args:
        k_t: the therapist's amounts, any shape; `k_c` the client's.
        e_t: the therapist's exposures (turns, words, the other's turns); `e_c` the client's.
        k_c: see `k_t`.
        e_c: see `e_t`.
        dispersion_t: variance over mean of the therapist's amount per turn.
        dispersion_c: the client's.
        direction: +1 where doing it holds power, -1 where doing it yields.
        prior_t: added to the therapist's effective amount (½ is Jeffreys').
        prior_c: added to the client's.

    Returns:
        `Tilt` of the broadcast shape, nan where nothing was seen or an exposure is not positive.

    Source: Evenhand, INDICATORS.md. With both dispersions 1 it is the conditional posterior of
    two Poisson rates under Jeffreys' prior.
    """
    from scipy.special import betaincinv

    given = np.broadcast_arrays(
        k_t, e_t, k_c, e_c, dispersion_t, dispersion_c, direction, prior_t, prior_c
    )
    shape = given[0].shape
    k_t, e_t, k_c, e_c, phi_t, phi_c, d, a0, b0 = (
        np.asarray(x, dtype=np.float64).ravel() for x in given
    )
    ok = (k_t + k_c > 0) & (e_t > 0) & (e_c > 0) & np.isfinite(phi_t) & np.isfinite(phi_c)
    out = np.full((3, ok.size), np.nan)
    if ok.any():
        phi_t, phi_c = (np.maximum(phi[ok], FEWEST_DISPERSION) for phi in (phi_t, phi_c))
        a, b = k_t[ok] / phi_t + a0[ok], k_c[ok] / phi_c + b0[ok]
        share = [betaincinv(a, b, q) for q in (0.5, 0.025, 0.975)]
        share[1] = np.where(k_t[ok] == 0, 0.0, share[1])
        share[2] = np.where(k_c[ok] == 0, 1.0, share[2])
        points = [carry(s, e_t[ok] / phi_t, e_c[ok] / phi_c, d[ok]) for s in share]
        out[:, ok] = points[0], np.minimum(*points[1:]), np.maximum(*points[1:])
    return Tilt(*out.reshape(3, *shape))


def rate_interval(
    k: ArrayLike, e: ArrayLike, dispersion: ArrayLike = 1.0, share: ArrayLike = False
) -> tuple[Floats, Floats]:
    """95 % interval of a rate k/e: Gamma posterior, or Beta where the amount is a share of e.

    Args:
        k: amounts; `e` exposures; `dispersion` the amount's variance over mean.
        e: see `k`.
        dispersion: see `k`.
        share: True where the amount is 0 or 1 for each unit of exposure.

    Returns:
        Lower and upper limits, 0 below where k = 0, nan where e is not positive.

    Source: Jeffreys' prior; Brown, Cai & DasGupta 2001, doi:10.1214/ss/1009213286, for shares.
    """
    from scipy.special import betaincinv, gammaincinv

    k, e, phi, is_share = np.broadcast_arrays(
        np.asarray(k, float), np.asarray(e, float), np.asarray(dispersion, float), share
    )
    ok = (e > 0) & np.isfinite(k) & np.isfinite(phi)
    low, high = np.full(k.shape, np.nan), np.full(k.shape, np.nan)
    gamma, beta = ok & ~is_share, ok & is_share
    f = np.maximum(phi[gamma], FEWEST_DISPERSION)
    shape, exposure = k[gamma] / f + 0.5, e[gamma] / f
    seen = k[gamma] > 0
    least = np.zeros_like(shape)
    least[seen] = gammaincinv(shape[seen], 0.025)
    low[gamma] = least / exposure
    high[gamma] = gammaincinv(shape, 0.975) / exposure
    kb, eb = k[beta], e[beta]
    low[beta] = np.where(kb == 0, 0.0, betaincinv(kb + 0.5, np.maximum(eb - kb, 0) + 0.5, 0.025))
    high[beta] = np.where(kb >= eb, 1.0, betaincinv(kb + 0.5, np.maximum(eb - kb, 0) + 0.5, 0.975))
    return low, high


def mean_tilt(tilts: Floats, lows: Floats, highs: Floats) -> Tilt:
    """Mean of several tilts by row, interval by MOVER; nan entries are left out.

    Args:
        tilts: rows by components; `lows` and `highs` alike.
        lows: lower limits.
        highs: upper limits.

    Source: Zou & Donner 2008, doi:10.1002/sim.3095 (method of variance estimates recovery).
    """
    q = np.sum(np.isfinite(tilts), axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.nansum(tilts, axis=1) / q
        low = mean - np.sqrt(np.nansum((tilts - lows) ** 2, axis=1)) / q
        high = mean + np.sqrt(np.nansum((highs - tilts) ** 2, axis=1)) / q
    return Tilt(mean, np.maximum(low, -1.0), np.minimum(high, 1.0))
