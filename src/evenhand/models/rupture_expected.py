"""Ruptures and repairs beside those that would come without any: only the excess counts."""

from __future__ import annotations

import numpy as np
import polars as pl

from evenhand.models.course_series import Floats, Series
from evenhand.models.rupture import RATE, find_ruptures, judgeable
from evenhand.models.rupture_model import Usual, simulate_usual

MOST_SCORES = 1_000_000
MOST_COPIES = 200
"""How much is simulated: as many copies of the study as fit, one at least."""

COUNTS = pl.Schema(
    {
        "what": pl.String,
        "observed": pl.Int64,
        "of": pl.Int64,
        "expected": pl.Float64,
        "expected_low": pl.Float64,
        "expected_high": pl.Float64,
        "excess": pl.Float64,
        "excess_low": pl.Float64,
        "excess_high": pl.Float64,
        "copies_n": pl.Int64,
    }
)
"""``of`` counts what could be one: ratings judged, dyads judged, ruptures judged."""

_TALLIES = ("ruptures", "dyads with a rupture", "repairs")


def expected_counts(
    series: Series,
    usual: Usual,
    ruptures: pl.DataFrame,
    rng: np.random.Generator,
    rate: float = RATE,
    bounds: tuple[float | None, float | None] = (None, None),
) -> pl.DataFrame:
    """Observed counts beside those of the fitted no-rupture model, simulated.

    Args:
        series: alliance scores.
        usual: the no-rupture model fitted to them.
        ruptures: what `find_ruptures` gives.
        rng: for the simulation.
        rate: as for `find_ruptures`.
        bounds: lowest and highest possible score; simulated ones stay within.

    Returns:
        A frame of `COUNTS`: 95 % of copies of the study in which nothing happens lie within
        ``expected_low … expected_high``; the interval of the excess takes in that the observed
        count varies between dyads. Repairs are expected per rupture judged.
    """
    observed = _tally(series, ruptures)
    copies = int(np.clip(MOST_SCORES // max(series.y.size, 1), 1, MOST_COPIES))
    drawn = [_tally(series, _copy(series, usual, rng, rate, bounds)) for _ in range(copies)]
    judged = int(judgeable(series).sum())
    dyads = int((series.counts > 2).sum())
    counts = [observed[0].sum(), (observed[0] > 0).sum(), observed[1].sum()]
    of = [judged, dyads, int(observed[2].sum())]
    spreads = [_spread(observed[0]), _spread(np.minimum(observed[0], 1.0)), _spread(observed[1])]
    rows = [
        _row(name, int(k), n, spread, _null(drawn, i, n))
        for i, (name, k, n, spread) in enumerate(zip(_TALLIES, counts, of, spreads, strict=True))
    ]
    return pl.DataFrame([(*row, copies) for row in rows], schema=COUNTS, orient="row", strict=False)


def _copy(
    series: Series,
    usual: Usual,
    rng: np.random.Generator,
    rate: float,
    bounds: tuple[float | None, float | None],
) -> pl.DataFrame:
    y = simulate_usual(series, usual, rng)
    if bounds != (None, None):
        y = np.clip(y, *bounds)
    return find_ruptures(series.with_y(y), usual, rate)


def _tally(series: Series, ruptures: pl.DataFrame) -> tuple[Floats, Floats, Floats]:
    """Ruptures, repairs and ruptures that can be judged, by dyad."""
    code = series.code[ruptures["row"].to_numpy()]

    def by_dyad(which: pl.Series) -> Floats:
        return np.bincount(code[which.to_numpy()], minlength=series.n).astype(np.float64)

    every = pl.repeat(True, ruptures.height, eager=True)
    return (
        by_dyad(every),
        by_dyad(ruptures["repair"] == "repaired"),
        by_dyad(ruptures["repair"] != "cannot be judged"),
    )


def _spread(by_dyad: Floats) -> float:
    """Variance of a total of independent dyads."""
    return float(by_dyad.size * np.var(by_dyad, ddof=1)) if by_dyad.size > 1 else 0.0


def _null(
    drawn: list[tuple[Floats, Floats, Floats]], which: int, judged: int
) -> tuple[float, float, float]:
    """Expected total without ruptures, its variance in one study, and that of its estimate."""
    if which < 2:
        by_dyad = [d[0] if which == 0 else np.minimum(d[0], 1.0) for d in drawn]
        totals = [float(b.sum()) for b in by_dyad]
        spread = float(np.mean([_spread(b) for b in by_dyad]))
        return float(np.mean(totals)), spread, spread / len(drawn)
    repaired, of = sum(float(d[1].sum()) for d in drawn), sum(float(d[2].sum()) for d in drawn)
    if not of:
        return float("nan"), 0.0, 0.0
    share = repaired / of
    return judged * share, judged * share * (1 - share), (judged**2) * share * (1 - share) / of


def _row(
    name: str, observed: int, of: int, spread: float, null: tuple[float, float, float]
) -> tuple[str, int, int, *tuple[float | None, ...]]:
    expected, variance, error = null
    if not np.isfinite(expected):
        return (name, observed, of, *([None] * 6))
    half, width = 1.96 * np.sqrt(variance), 1.96 * np.sqrt(max(spread, variance) + error)
    excess = observed - expected
    band = (max(expected - half, 0.0), expected + half)
    return (name, observed, of, expected, *band, excess, excess - width, excess + width)
