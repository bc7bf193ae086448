"""Made-up courses with a known truth, for tests of the models over time."""

import numpy as np
import polars as pl

from evenhand.models.course_series import Series, as_series
from evenhand.models.growth import Growth
from evenhand.models.growth_flag import simulate_growth
from evenhand.models.rupture_model import Usual, simulate_usual

TRUTH = Usual(3.5, 0.05, 0.5, 0.4, 0.4, np.zeros((2, 2)), 0.0, 100, 1000)


def layout(rng: np.random.Generator, dyads: int, longest: int, missed: float = 0.1) -> pl.DataFrame:
    """Sessions of dyads of unlike length, some without a rating."""
    lengths = rng.integers(3, longest + 1, dyads)
    rows = [
        (f"d{i:05d}", j)
        for i in range(dyads)
        for j in range(1, lengths[i] + 1)
        if rng.random() >= missed
    ]
    frame = pl.DataFrame(rows, schema=["dyad", "number"], orient="row")
    return frame.with_columns(score=pl.lit(0.0))


def usual_study(rng: np.random.Generator, dyads: int = 150, longest: int = 12) -> Series:
    """Alliance in which nothing but the usual happens."""
    series = as_series(layout(rng, dyads, longest))
    return series.with_y(simulate_usual(series, TRUTH, rng))


def frame_of(series: Series) -> pl.DataFrame:
    """A series as a table again."""
    return pl.DataFrame(
        {"dyad": series.dyads.gather(series.code), "number": series.t, "score": series.y}
    ).with_columns(pl.col("number").cast(pl.Int64))


OUTCOME = Growth(
    "linear",
    16.0,
    -0.7,
    np.zeros((2, 2)),
    np.array([[20.0, -0.5], [-0.5, 0.35]]),
    0.0,
    20.0,
    (1.0, 0.1),
    2.5,
    0.1,
    0.0,
    False,
    1000,
    0,
    9000,
)
"""A course of symptoms: 16 points at first, falling by .7 a session, dyads apart by .6."""


def outcome_study(
    rng: np.random.Generator, dyads: int = 150, longest: int = 12
) -> tuple[Series, np.ndarray]:
    """Symptom scores of dyads and the dyads' true slopes."""
    series = as_series(layout(rng, dyads, longest))
    y, slopes = simulate_growth(series, OUTCOME, rng)
    return series.with_y(y), slopes
