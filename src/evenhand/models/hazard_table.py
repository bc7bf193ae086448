"""Who was still there after each session, what was known by then, and who came no more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

AT = "dyad_at"
"""Number of a dyad in a sorted table: windows over numbers are far quicker than over names."""

STAYED, OPEN = "stayed", "open"
"""What follows a session besides a way of ending: another one, or nothing that is known yet."""


@dataclass(frozen=True, slots=True)
class Predictor:
    """One thing that is known after a session.

    Args:
        name: its column in the risk table.
        title: what a page calls it.
        unit: what one unit of the raw value is.
    """

    name: str
    title: str
    unit: str


TIME = (
    Predictor("first_session", "It was the first session", "1 for the first session"),
    Predictor("log_session", "Sessions so far", "log of sessions attended"),
    Predictor("progress", "Part of the planned sessions", "sessions attended over planned"),
)
KNOWN = (
    Predictor("alliance", "Client's view of the alliance", "points"),
    Predictor("alliance_fall", "Recent fall of the alliance", "points below the rating before"),
    Predictor("outcome_worse", "How unwell, by the outcome scale", "points in the worse direction"),
    Predictor("log_gap_days", "Days between the last two sessions", "log of 1 + days"),
    Predictor("log_planned", "Planned sessions", "log of sessions"),
)
"""In the order in which they are left out last where there are few endings."""


def risk_table(
    visits: pl.DataFrame,
    treatments: pl.DataFrame,
    alliance: pl.DataFrame | None = None,
    outcome: pl.DataFrame | None = None,
    direction: int = -1,
    rooms: Mapping[str, pl.DataFrame] | None = None,
    dyads: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """A row for each attended session: what was known by its end, and what came next.

    Nothing later than the session enters its row, so each row stands for a prediction that
    could have been made. A value that was not measured in that session is the dyad's last one.

    Args:
        visits: what `visits_of` gives.
        treatments: what `treatments_of` gives.
        alliance: series of the client's ratings (``session_id, score``).
        outcome: series of the outcome.
        direction: of the outcome scale: 1 where more is better.
        rooms: predictor's name to ``session_id, k_therapist, e_therapist, k_client, e_client``.
        dyads: ``dyad`` and numeric columns that hold for a whole treatment (standings).

    Returns:
        ``dyad, client_id, therapist_id, session_id, number, nth`` (attended sessions so far),
        ``next`` (`STAYED`, ``completed``, ``dropped out``, or `OPEN` after the last session of
        an ongoing treatment) and the predictors, null where not known.
    """
    visits = visits.with_columns(pl.col("dyad").rle_id().alias(AT))
    rows = visits
    for name, series in (("alliance", alliance), ("outcome", outcome)):
        rows = _with_score(rows, series, name)
    for name, counts in (rooms or {}).items():
        rows = rows.join(
            _room(visits, counts, name), on="session_id", how="left", maintain_order="left"
        )
    last = pl.col("outcome").forward_fill().over(AT)
    rows = rows.with_columns(
        pl.col("alliance", *(rooms or {})).forward_fill().over(AT),
        outcome_worse=-direction * last,
        alliance_fall=_fall(pl.col("alliance")),
    )
    came = rows.filter(pl.col("attended") & (pl.col("number") > 0)).drop("ended", "planned")
    kept = treatments.select("dyad", "sessions_n", "planned", "ended")
    came = _with_time(came.join(kept, on="dyad", how="inner", maintain_order="left"))
    if dyads is not None:
        came = came.join(dyads, on="dyad", how="left", maintain_order="left")
    names = ["dyad", "client_id", "therapist_id", "session_id", "number", "nth", "next"]
    standing = [] if dyads is None else [c for c in dyads.columns if c != "dyad"]
    predictors = [p.name for p in (*TIME, *KNOWN)]
    return came.select(*names, *predictors, *(rooms or {}), *standing)


def _with_score(rows: pl.DataFrame, series: pl.DataFrame | None, name: str) -> pl.DataFrame:
    if series is None:
        return rows.with_columns(pl.lit(None, pl.Float64).alias(name))
    scores = series.select("session_id", pl.col("score").alias(name))
    return rows.join(scores, on="session_id", how="left", maintain_order="left")


def _fall(score: pl.Expr) -> pl.Expr:
    """How far the last rating is below the one before it, 0 where it is not; carried on.

    A first rating has fallen from nothing: 0.
    """
    before = score.forward_fill().shift(1).over(AT)
    return (pl.coalesce(before, score) - score).clip(lower_bound=0.0).forward_fill().over(AT)


def _room(visits: pl.DataFrame, counts: pl.DataFrame, name: str) -> pl.DataFrame:
    """Log ratio of the two roles' rates (or the one role's log rate) over all sessions so far."""
    columns = ["k_therapist", "e_therapist", "k_client", "e_client"]
    joined = visits.select(AT, "session_id").join(
        counts.select("session_id", *columns), on="session_id", how="left", maintain_order="left"
    )
    so_far = [pl.col(c).fill_null(0.0).cum_sum().over(AT) for c in columns]
    sides = [pl.when(e > 0).then(((k + 0.5) / e).log()) for k, e in (so_far[:2], so_far[2:])]
    ratio = pl.when(sides[0].is_not_null() & sides[1].is_not_null()).then(sides[0] - sides[1])
    value = ratio.otherwise(pl.coalesce(*sides))
    return joined.select("session_id", value.alias(name))


def _with_time(came: pl.DataFrame) -> pl.DataFrame:
    nth = pl.int_range(1, pl.len() + 1).over(AT)
    planned = pl.when(pl.col("planned") > 0).then("planned")
    gap = (pl.col("date") - pl.col("date").shift(1).over(AT)).dt.total_days()
    return came.with_columns(nth=nth, log_gap_days=gap.clip(lower_bound=0).log1p()).with_columns(
        first_session=(pl.col("nth") == 1).cast(pl.Float64),
        log_session=pl.col("nth").log(),
        progress=(pl.col("nth") / planned).clip(upper_bound=1.5),
        log_planned=planned.log(),
        next=_next(),
    )


def _next() -> pl.Expr:
    last = pl.col("nth") == pl.col("sessions_n")
    return (
        pl.when(~last)
        .then(pl.lit(STAYED))
        .when(pl.col("ended") == "ongoing")
        .then(pl.lit(OPEN))
        .otherwise(pl.col("ended"))
    )


def with_endings(risk: pl.DataFrame, treatments: pl.DataFrame) -> pl.DataFrame:
    """The same risk table where treatments are said to have ended otherwise (another silence)."""
    ends = treatments.select("dyad", "sessions_n", "ended")
    joined = risk.join(ends, on="dyad", how="left", maintain_order="left")
    return joined.with_columns(next=_next()).select(risk.columns)


@dataclass(frozen=True, slots=True)
class Design:
    """Columns of a hazard model: standardised predictors, and whether a value is not known.

    Args:
        names: the columns after the intercept.
        of: the predictor to which each column belongs.
        means: of the raw values, where known.
        sds: their standard deviations.
    """

    names: tuple[str, ...]
    of: tuple[str, ...]
    means: Mapping[str, float]
    sds: Mapping[str, float]

    def without(self, names: Sequence[str]) -> Design:
        """The design less some columns."""
        kept = [(n, of) for n, of in zip(self.names, self.of, strict=True) if n not in names]
        return Design(tuple(n for n, _ in kept), tuple(o for _, o in kept), self.means, self.sds)

    def columns(self, risk: pl.DataFrame) -> np.ndarray:
        """Rows × (1 + columns). A value that is not known stands at the mean."""
        parts = [np.ones(risk.height)]
        for name, of in zip(self.names, self.of, strict=True):
            raw = risk[of].cast(pl.Float64)
            if name == of:
                z = (raw - self.means[of]) / self.sds[of]
                parts.append(z.fill_null(0.0).fill_nan(0.0).to_numpy())
            else:
                parts.append(raw.is_null().cast(pl.Float64).to_numpy())
        return np.column_stack(parts)


RARE = 20
"""Rows without a value below which that they have none is not worth a column."""

SAME = 0.999
"""Correlation with another column from which a column says nothing of its own."""


def design_of(risk: pl.DataFrame, predictors: Sequence[str]) -> Design:
    """Which columns a risk table can carry: predictors that vary, and columns for gaps in them.

    A column that says what an earlier one says is left out.
    """
    names: list[str] = []
    of: list[str] = []
    means, sds = {}, {}
    kept: list[pl.Series] = []
    for name in predictors:
        if name not in risk.columns:
            continue
        raw = risk[name].cast(pl.Float64)
        mean, sd, known = raw.mean(), raw.std(), raw.drop_nulls().len()
        if known < RARE or not isinstance(sd, float) or not isinstance(mean, float) or sd < 1e-9:
            continue
        column, missing = raw.fill_null(mean), raw.is_null().cast(pl.Float64)
        if _says_the_same(column, kept):
            continue
        means[name], sds[name] = mean, sd
        names.append(name)
        of.append(name)
        kept.append(column)
        if risk.height - known >= RARE and not _says_the_same(missing, kept):
            names.append(f"{name} not known")
            of.append(name)
            kept.append(missing)
    return Design(tuple(names), tuple(of), means, sds)


def _says_the_same(column: pl.Series, kept: Sequence[pl.Series]) -> bool:
    if not kept:
        return False
    frame = pl.DataFrame([column.alias("new"), *(k.alias(str(n)) for n, k in enumerate(kept))])
    found = frame.select(pl.corr("new", str(n)).abs().alias(str(n)) for n in range(len(kept)))
    return any(r is not None and r > SAME for r in found.row(0))
