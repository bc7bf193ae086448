"""How many have left by a session, and how: cumulative incidence with each way competing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.special import ndtri, stdtrit

from evenhand.core.errors import EvenhandError
from evenhand.models.course_series import Floats, Ints, codes_of
from evenhand.models.incidence_clusters import clustered_variance

NOBODY = 1e-9
"""Counts that need not be whole may miss 0 by rounding of the machine."""

INCIDENCE = pl.Schema(
    {
        "cause": pl.String,
        "time": pl.Float64,
        "at_risk": pl.Int64,
        "events": pl.Int64,
        "censored": pl.Int64,
        "share": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
        "variance": pl.Float64,
        "therapists_n": pl.Int64,
    }
)
"""A row for each cause and time; ``at_risk`` counts those still there just before it.

``therapists_n``: clusters that the variance and the interval allow for, null where they take
treatments as independent.
"""

FEWEST_THERAPISTS = 10
"""Therapists without which treatments are taken as independent: so few tell too little."""


def cumulative_incidence(
    time: Sequence[float] | Floats,
    event: Sequence[str],
    causes: Sequence[str] = ("dropped out", "completed"),
    level: float = 0.95,
    therapist: Sequence[str] | None = None,
) -> pl.DataFrame:
    """Share of treatments that have ended in each way by each time.

    Who completes can no longer drop out: the ways compete, and all that is no cause is censored.
    Kaplan-Meier with completion censored answers another question and is not offered.

    Args:
        time: sessions attended (or days) at the end of each treatment, or so far.
        event: how it ended; what is not in ``causes`` is still going on.
        causes: ways of ending.
        level: of the pointwise intervals.
        therapist: of each treatment: with `FEWEST_THERAPISTS` or more, intervals allow for a
            therapist's treatments being alike; without, they take treatments as independent.

    Returns:
        A frame of `INCIDENCE`. Intervals are absent where nobody has ended in that way yet.

    Raises:
        EvenhandError: there is no treatment, or a time is missing.

    Source:
        Aalen & Johansen 1978, Scand J Stat 5:141-150. Variance and the log(-log) interval as in
        Collett 2015, Modelling Survival Data in Medical Research, chapter 12; with therapists as
        in `clustered_variance`.
    """
    times = np.asarray(time, dtype=np.float64)
    if not times.size or not np.isfinite(times).all():
        raise EvenhandError(
            "There are no treatments whose length is known.",
            "sessions.csv",
            "Give each session its number and whether it was attended.",
        )
    labels = np.asarray(list(event), dtype=object)
    steps, at = np.unique(times, return_inverse=True)
    counts = np.stack([np.bincount(at[labels == c], minlength=steps.size) for c in causes])
    censored = np.bincount(at, minlength=steps.size) - counts.sum(axis=0)
    table = incidence_of_counts(steps, counts, censored, causes, level)
    table = table.with_columns(therapists_n=pl.lit(None, pl.Int64)).cast(INCIDENCE)
    if therapist is None:
        return table
    way = np.select([labels == c for c in causes], list(range(len(causes))), -1)
    group = codes_of(pl.Series(list(therapist), dtype=pl.String))[1]
    return _with_therapists(table, clustered_variance(at, way, group, len(causes)), group, level)


def _with_therapists(
    table: pl.DataFrame, variance: Floats, group: Ints, level: float
) -> pl.DataFrame:
    """The table with intervals that allow for therapists, where there are enough of them."""
    therapists = int(group.max()) + 1
    if therapists < FEWEST_THERAPISTS:
        return table
    quantile = float(stdtrit(therapists - 1, 0.5 + level / 2))
    low, high = _loglog(table["share"].to_numpy(), variance.ravel(), quantile)
    return table.with_columns(
        pl.Series("low", low).fill_nan(None),
        pl.Series("high", high).fill_nan(None),
        pl.Series("variance", variance.ravel()),
        therapists_n=pl.lit(therapists, pl.Int64),
    )


def incidence_of_counts(
    steps: Floats,
    events: npt.NDArray[Any],
    censored: npt.NDArray[Any],
    causes: Sequence[str],
    level: float = 0.95,
) -> pl.DataFrame:
    """The same from counts by time, which need not be whole numbers.

    Args:
        steps: times, rising.
        events: how many ended in each way at each time, a row a cause.
        censored: how many were last seen at each time and go on.
        causes: the ways, as many as rows.
        level: of the pointwise intervals.

    Returns:
        The columns of `INCIDENCE` but the last one.
    """
    ended = events.sum(axis=0)
    leaving = ended + censored
    at_risk = leaving.sum() - np.concatenate(([0], np.cumsum(leaving)[:-1]))
    tables = [
        _one_cause(cause, steps, at_risk, events[i], ended, leaving, level)
        for i, cause in enumerate(causes)
    ]
    return pl.concat(tables)


def _one_cause(
    cause: str,
    steps: Floats,
    at_risk: npt.NDArray[Any],
    events: npt.NDArray[Any],
    ended: npt.NDArray[Any],
    leaving: npt.NDArray[Any],
    level: float,
) -> pl.DataFrame:
    still = np.cumprod(1 - ended / at_risk)
    before = np.concatenate(([1.0], still[:-1]))
    share = np.cumsum(before * events / at_risk)
    variance = _variance(share, before, at_risk, events, ended)
    low, high = _loglog(share, variance, float(ndtri(0.5 + level / 2)))
    columns = [[cause] * steps.size, steps, at_risk, events, leaving - ended]
    return pl.DataFrame(
        [*columns, share, low, high, variance], schema=INCIDENCE.names()[:-1], strict=False
    ).with_columns(pl.col("low", "high").fill_nan(None))


def _variance(
    share: Floats,
    before: Floats,
    at_risk: npt.NDArray[Any],
    events: npt.NDArray[Any],
    ended: npt.NDArray[Any],
) -> Floats:
    """Collett's delta-method variance at each time, in running sums."""
    left = np.maximum(at_risk - ended, 0)
    # Where everyone ends at once nobody is left to vary: that time adds nothing from then on.
    first = np.divide(ended, at_risk * left, out=np.zeros_like(share), where=left > NOBODY)
    second = np.cumsum(before**2 * events * (at_risk - events) / at_risk.astype(float) ** 3)
    third = before * events / at_risk.astype(float) ** 2
    squares = (
        share**2 * np.cumsum(first)
        - 2 * share * np.cumsum(first * share)
        + np.cumsum(first * share**2)
    )
    crossed = share * np.cumsum(third) - np.cumsum(third * share)
    variance: Floats = np.maximum(squares + second - 2 * crossed, 0.0)
    return variance


def _loglog(share: Floats, variance: Floats, quantile: float) -> tuple[Floats, Floats]:
    """Bounds on the scale of log(-log), which keeps them between 0 and 1."""
    inside = (share > 0) & (share < 1)
    safe = np.where(inside, share, 0.5)
    inner = np.log(-np.log(safe))
    width = quantile * np.sqrt(variance) / np.abs(safe * np.log(safe))
    low = np.where(inside, np.exp(-np.exp(inner + width)), np.nan)
    return low, np.where(inside, np.exp(-np.exp(inner - width)), np.nan)
