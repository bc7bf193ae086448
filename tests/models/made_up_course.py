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


def leaving_study(
    rng: np.random.Generator,
    clients: int = 400,
    therapists: int = 20,
    weight: float = -0.6,
    frailty: float = 0.5,
) -> pl.DataFrame:
    """A risk table in which leaving follows the alliance, and completion competes late.

    The log odds of dropping out are -3 + weight × (alliance - 4) + therapist; those of completing
    rise with the session number.
    """
    effects = frailty * rng.standard_normal(therapists)
    rows = []
    for client in range(clients):
        level, therapist = rng.normal(4, 0.8), int(rng.integers(therapists))
        for nth in range(1, 31):
            alliance = level + 0.5 * rng.standard_normal()
            leave = -3 + weight * (alliance - 4) + effects[therapist]
            done = -6 + 0.35 * nth
            drawn = rng.random()
            a, b = np.exp(leave), np.exp(done)
            after = "dropped out" if drawn < a / (1 + a) else "stayed"
            if after == "stayed" and rng.random() < b / (1 + b):
                after = "completed"
            if after == "stayed" and nth == 30:
                after = "open"
            rows.append((f"c{client}|t{therapist}", f"t{therapist}", nth, after, alliance))
            if after != "stayed":
                break
    names = ["dyad", "therapist_id", "nth", "next", "alliance"]
    frame = pl.DataFrame(rows, schema=names, orient="row")
    return frame.with_columns(
        client_id=pl.col("dyad").str.split("|").list.first(),
        session_id=pl.format("{}-{}", "dyad", "nth"),
        number=pl.col("nth"),
        log_session=pl.col("nth").log(),
    )


def left_by_slope(
    rng: np.random.Generator, dyads: int = 400, leave: float = 1.2, complete: float = -0.8
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Scores of `OUTCOME`, and a risk table in which endings follow the dyad's true slope.

    Args:
        rng: of the draws.
        dyads: how many, of 20 therapists.
        leave: log odds of dropping out for a standard deviation of slopes (upward is worse).
        complete: the same of completing.

    Returns:
        Scores (``dyad, therapist_id, number, score``) and the risk table.
    """
    root = np.linalg.cholesky(OUTCOME.dyad_cov)
    rows = []
    for i in range(dyads):
        own = root @ rng.standard_normal(2)
        z = own[1] / OUTCOME.dyad_cov[1, 1] ** 0.5
        for s in range(1, 16):
            mean = OUTCOME.level + own[0] + (OUTCOME.slope + own[1]) * s
            score = mean + OUTCOME.noise_sd * rng.standard_normal()
            odds = np.exp([-2.4 + leave * z, -4.5 + 0.25 * s + complete * z])
            after = rng.choice(
                ["stayed", "dropped out", "completed"], p=[1, *odds] / (1 + odds.sum())
            )
            after = "open" if after == "stayed" and s == 15 else after
            seen = score if rng.random() >= 0.1 else None
            rows.append((f"d{i:05d}", f"t{i % 20}", s, after, seen))
            if after != "stayed":
                break
    names = ["dyad", "therapist_id", "number", "next", "score"]
    frame = pl.DataFrame(rows, schema=names, orient="row")
    risk = frame.with_columns(
        nth=pl.col("number"),
        first_session=(pl.col("number") == 1).cast(pl.Float64),
        log_session=pl.col("number").log(),
    )
    return frame.drop_nulls("score").drop("next"), risk.drop("score")
