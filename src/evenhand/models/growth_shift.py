"""Mean change if those who left are as their scores suggest, and if they are worse."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from scipy.special import ndtri

from evenhand.models.growth import Growth

SHIFTS = (0.0, 0.5, 1.0)
"""How much worse those who left are taken to be, in units of the reliable change."""


def shifted_change(
    growth: Growth,
    horizon: float,
    left_n: int,
    dyads_n: int,
    direction: int,
    unit: float,
    shifts: Sequence[float] = SHIFTS,
    level: float = 0.95,
) -> pl.DataFrame:
    """Mean change from session 1 to the horizon, missing at random beside delta-shifted.

    The growth model takes unseen scores to be what the seen ones of the same dyad suggest. That
    cannot be checked: those who left may do worse. So the same mean is given with their part
    shifted, and with the shift at which nothing is left of it.

    Args:
        growth: the fitted model.
        horizon: the session at which change is looked at.
        left_n: dyads that dropped out before it.
        dyads_n: all dyads.
        direction: 1 where more is better, -1 where it is worse.
        unit: points that shifts are counted in (the reliable change).
        shifts: how many units worse those who left are.
        level: of the intervals.

    Returns:
        ``shift`` (units), ``shift_points``, ``change`` (points of the scale), ``low, high``,
        ``left_n, dyads_n, horizon, tipping_points`` (points worse at which mean change is 0;
        null where nobody left or where the mean did not get better).

    Source:
        Carpenter, Roger & Kenward 2013, J Biopharm Stat 23:1352-1371 (delta adjustment).
    """
    z = float(ndtri(0.5 + level / 2))
    way = float(np.diff(growth.basis(np.array([1.0, horizon])))[0])
    at_random, variance = growth.slope * way, growth.fixed_cov[1, 1] * way**2
    part = left_n / dyads_n
    better = direction * at_random
    tipping = better / part if part > 0 and better > 0 else None
    rows = []
    for shift in shifts:
        points = shift * unit
        change = at_random - direction * points * part
        half = z * float(np.sqrt(variance + points**2 * part * (1 - part) / dyads_n))
        rows.append((shift, points, change, change - half, change + half))
    names = ["shift", "shift_points", "change", "low", "high"]
    return pl.DataFrame(rows, schema=names, orient="row").with_columns(
        left_n=pl.lit(left_n),
        dyads_n=pl.lit(dyads_n),
        horizon=pl.lit(horizon),
        tipping_points=pl.lit(tipping, pl.Float64),
    )
