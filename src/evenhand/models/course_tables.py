"""From a study's tables to treatments over time: visits, how each ended, series of scores."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from evenhand.core.errors import EvenhandError

VISITS = pl.Schema(
    {
        "dyad": pl.String,
        "client_id": pl.String,
        "therapist_id": pl.String,
        "session_id": pl.String,
        "number": pl.Int64,
        "date": pl.Date,
        "attended": pl.Boolean,
        "planned": pl.Int64,
        "ended": pl.String,
    }
)
"""A row a session of a dyad (``client|therapist``), in the order of its numbers."""

ENDINGS = ("completed", "dropped out", "ongoing")
SILENCE_DAYS = 42
"""Days without a session after which an ongoing treatment counts as one that was left."""

SILENCES = (28, 60)
"""The other limits under which the same is worked out, to see what hangs on it."""


@dataclass(frozen=True, slots=True)
class Noted:
    """A table, and what was left out of it or could not be read."""

    table: pl.DataFrame
    notes: tuple[str, ...] = ()


def visits_of(sessions: pl.DataFrame) -> Noted:
    """Typed visits from a study's ``sessions``, whose columns may all be text.

    A session without client or therapist belongs to no dyad. Where a number is missing, or there
    twice, a dyad's sessions are numbered by their dates, or else as they stand.

    Args:
        sessions: as a study has it.

    Returns:
        A frame of `VISITS`, and notes on cells that could not be read.

    Raises:
        EvenhandError: there is no column client_id or therapist_id.
    """
    missing = {"client_id", "therapist_id"} - set(sessions.columns)
    if missing:
        raise EvenhandError(
            "Treatments over time need to know who met whom.",
            f"sessions.csv, column {', '.join(sorted(missing))}",
            "Add client_id and therapist_id to sessions.csv.",
        )
    typed = _typed(sessions)
    notes = [*_unread(sessions, typed)]
    both = pl.col("client_id").is_not_null() & pl.col("therapist_id").is_not_null()
    apart = typed.filter(~both).height
    if apart:
        notes.append(f"{apart:,} sessions name no client or no therapist and belong to no course.")
    known = typed.filter(both).unique("session_id", keep="first", maintain_order=True)
    twice = typed.filter(both).height - known.height
    if twice:
        notes.append(f"{twice:,} rows of sessions.csv repeat a session and were left out.")
    known = known.with_columns(dyad=pl.format("{}|{}", "client_id", "therapist_id"))
    anew = known.filter(_numbers_fail())["dyad"].n_unique()
    if anew:
        notes.append(f"{anew:,} dyads lack a session number or have one twice: numbered by date.")
    return Noted(_numbered(known).select(VISITS.names()), tuple(notes))


def _typed(sessions: pl.DataFrame) -> pl.DataFrame:
    def column(name: str, kind: pl.DataType | type[pl.DataType]) -> pl.Expr:
        if name not in sessions.columns:
            return pl.lit(None, kind).alias(name)
        if sessions.schema[name] != pl.String:
            return pl.col(name).cast(kind, strict=False)
        text = pl.col(name).str.strip_chars().replace("", None)
        if kind == pl.Date:
            return text.str.to_date("%Y-%m-%d", strict=False)
        return text.cast(kind, strict=False)

    attended = column("attended", pl.String).str.to_lowercase()
    return sessions.select(
        *(column(name, pl.String) for name in ("client_id", "therapist_id", "session_id")),
        column("number", pl.Int64),
        column("date", pl.Date),
        attended.is_in(["no", "false", "0"]).not_().fill_null(True).alias("attended"),
        column("planned", pl.Int64),
        column("ended", pl.String).str.to_lowercase(),
    ).with_columns(pl.when(pl.col("ended").is_in(ENDINGS)).then("ended"))


def _unread(sessions: pl.DataFrame, typed: pl.DataFrame) -> list[str]:
    """Cells that hold something which is no number, date or ending."""
    notes = []
    for name in ("number", "date", "planned", "ended"):
        if name in sessions.columns:
            filled = sessions[name].cast(pl.String).str.strip_chars().fill_null("") != ""
            lost = int((filled & typed[name].is_null()).sum())
            if lost:
                notes.append(f"{lost:,} cells of sessions.csv, column {name}, cannot be read.")
    return notes


def _numbers_fail() -> pl.Expr:
    number = pl.col("number")
    return (number.is_null() | number.is_duplicated()).any().over("dyad")


def _numbered(known: pl.DataFrame) -> pl.DataFrame:
    by_date = pl.col("date").rank("ordinal").over("dyad").cast(pl.Int64)
    dated = pl.col("date").is_not_null().all().over("dyad")
    row = pl.int_range(1, pl.len() + 1).over("dyad")
    number = pl.when(~_numbers_fail()).then("number").when(dated).then(by_date).otherwise(row)
    return known.with_columns(number=number).sort("dyad", "number", maintain_order=True)


def treatments_of(
    visits: pl.DataFrame, silence_days: int = SILENCE_DAYS, as_of: date | None = None
) -> Noted:
    """How long each treatment lasted, and how it ended or that it goes on.

    Only ``ongoing`` is still open, and an ending that nobody wrote down is ongoing too. After
    ``silence_days`` without a session it counts as dropped out, unless the client went on with
    another therapist: then it is left open.

    Args:
        visits: what `visits_of` gives.
        silence_days: the stated silence.
        as_of: the day on which the study was looked at; by default its last session's.

    Returns:
        A row a dyad: ``dyad, client_id, therapist_id, sessions_n`` (attended, number 0 apart),
        ``planned, first_date, last_date, ended`` (completed, dropped out or ongoing),
        ``expired``. Dyads without an attended session are left out, and noted.
    """
    came = pl.col("attended") & (pl.col("number") > 0)
    dyads = visits.group_by("dyad", maintain_order=True).agg(
        pl.col("client_id", "therapist_id").first(),
        sessions_n=came.sum().cast(pl.Int64),
        planned=pl.col("planned").drop_nulls().last(),
        first_date=pl.col("date").filter(came).min(),
        last_date=pl.col("date").filter(came).max(),
        written=pl.col("ended").drop_nulls().last(),
    )
    today = as_of or visits["date"].max()
    seen = pl.col("last_date").max().over("client_id")
    silent = (pl.lit(today, pl.Date) - seen).dt.total_days() > silence_days
    open_ = pl.col("written").fill_null("ongoing") == "ongoing"
    expired = (open_ & silent).fill_null(False)
    ended = (
        pl.when(expired)
        .then(pl.lit("dropped out"))
        .otherwise(pl.col("written").fill_null("ongoing"))
    )
    known = dyads.with_columns(ended=ended, expired=expired)
    notes = _treatment_notes(known, silence_days)
    return Noted(known.filter(pl.col("sessions_n") > 0).drop("written"), notes)


def _treatment_notes(dyads: pl.DataFrame, silence_days: int) -> tuple[str, ...]:
    notes = []
    unmet = dyads.filter(pl.col("sessions_n") == 0).height
    if unmet:
        notes.append(f"{unmet:,} treatments have no attended session and are not followed.")
    met = dyads.filter(pl.col("sessions_n") > 0)
    unsaid = met.filter(pl.col("written").is_null()).height
    if unsaid:
        notes.append(f"{unsaid:,} treatments do not say how they ended: taken as ongoing.")
    expired = int(met["expired"].sum())
    if expired:
        notes.append(
            f"{expired:,} ongoing treatments had no session for more than {silence_days} days: "
            "counted as dropped out."
        )
    return tuple(notes)


def series_of(
    visits: pl.DataFrame, ratings: pl.DataFrame, instrument: str, scale: str, rater: str
) -> pl.DataFrame:
    """One instrument's scores over the sessions of each dyad.

    Args:
        visits: what `visits_of` gives.
        ratings: scores in the shape of the table ``ratings``.
        instrument: its name.
        scale: the scale's key.
        rater: client or therapist.

    Returns:
        ``dyad, client_id, therapist_id, session_id, number, date, score`` with a row a measured
        session, sorted by dyad and number.
    """
    asked = (
        (pl.col("instrument") == instrument)
        & (pl.col("scale") == scale)
        & (pl.col("rater") == rater)
        & pl.col("score").is_not_null()
    )
    scores = ratings.filter(asked).select("session_id", pl.col("score").cast(pl.Float64))
    keep = ["dyad", "client_id", "therapist_id", "session_id", "number", "date"]
    joined = visits.select(keep).join(scores, on="session_id", how="inner", maintain_order="left")
    return joined.sort("dyad", "number", maintain_order=True)
