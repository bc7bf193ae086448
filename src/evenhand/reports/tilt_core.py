"""The inner half of a tilt's interval, so that the drawing can show where most of it lies."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from evenhand.core.contracts import Indicator
from evenhand.core.tilt import FEWEST_DISPERSION, carry

SAME = 1e-6
"""A median that differs by more was not made by the closed form, and gets no core."""


def with_core(
    readings: pl.DataFrame, rates: pl.DataFrame, indicators: Mapping[str, Indicator]
) -> pl.DataFrame:
    """Readings with ``core_low`` and ``core_high``, the 25 and 75 % quantiles of the tilt.

    Args:
        readings: `tables.READINGS`.
        rates: `tables.RATES`, for the dispersion of each role's amount.
        indicators: for the direction.

    Returns:
        The same rows; the two columns are null where the tilt is absent or was not worked out
        in closed form from these counts (coordination, room tilt).
    """
    from scipy.special import betaincinv

    spread = rates.pivot("role", index=["session_id", "indicator"], values="dispersion")
    for role in ("therapist", "client"):
        if role not in spread.columns:
            spread = spread.with_columns(pl.lit(None, pl.Float64).alias(role))
    spread = spread.select(
        "session_id", "indicator", phi_t=pl.col("therapist"), phi_c=pl.col("client")
    )
    ways = pl.DataFrame(
        {
            "indicator": list(indicators),
            "direction": [float(i.direction) for i in indicators.values()],
        },
        schema={"indicator": pl.String, "direction": pl.Float64},
    )
    full = readings.join(
        spread, on=["session_id", "indicator"], how="left", maintain_order="left"
    ).join(ways, on="indicator", how="left", maintain_order="left")
    names = ("k_therapist", "k_client", "e_therapist", "e_client", "phi_t", "phi_c", "direction")
    k_t, k_c, e_t, e_c, phi_t, phi_c, d = (
        full[n].cast(pl.Float64).fill_null(np.nan).to_numpy() for n in names
    )
    phi_t, phi_c = (np.maximum(x, FEWEST_DISPERSION) for x in (phi_t, phi_c))
    with np.errstate(invalid="ignore", divide="ignore"):
        a, b = k_t / phi_t + 0.5, k_c / phi_c + 0.5
        ends = [carry(betaincinv(a, b, q), e_t / phi_t, e_c / phi_c, d) for q in (0.25, 0.5, 0.75)]
        ours = np.abs(ends[1] - full["tilt"].fill_null(np.nan).to_numpy()) < SAME
    low, high = np.fmin(ends[0], ends[2]), np.fmax(ends[0], ends[2])
    return readings.with_columns(
        pl.Series("core_low", np.where(ours, low, np.nan)).fill_nan(None),
        pl.Series("core_high", np.where(ours, high, np.nan)).fill_nan(None),
    )
