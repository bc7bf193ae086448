"""Ratings in one spelling, so that two tables can be compared and written out."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from evenhand.instruments._answers import read_answers, require_columns
from evenhand.instruments._contract import Instrument
from evenhand.instruments._faults import RELEASED, ROW
from evenhand.instruments._library import all_instruments

_TEXTS = ("session_id", "rater", "key", "instrument", "item", "scale", "value", "date", "status")
CANONICAL = pl.Schema(
    dict.fromkeys((*_TEXTS, "released", "kind"), pl.String) | {"number": pl.Float64}
)
"""A row an answer: the instrument's key and name, its item's or scale's key, the answer in our
spelling, its number where it is one, and what kind of answer it is."""


def canonical_ratings(
    frame: pl.DataFrame, *, own: Sequence[Instrument] = (), file: str = "ratings.csv"
) -> pl.DataFrame:
    """A ratings table in one spelling, row for row.

    Args:
        frame: as for `score_ratings`.
        own: a study's own instruments.
        file: what the table is called where a place is named.

    Returns:
        A frame of `CANONICAL` in the table's order. Rows that are wrong are there too, without
        key or answer: `rating_problems` says what is wrong with them.

    Raises:
        EvenhandError: a column is missing, so that no row can be read.
    """
    require_columns(frame, file)
    known = all_instruments(own)
    rows = read_answers(frame.with_row_index(ROW), known)
    names = {key: one.name for key, one in known.items()}
    ranks = dict(enumerate(RELEASED))
    date = frame["date"].cast(pl.String) if "date" in frame.columns else pl.lit(None, pl.String)
    spelled = rows.with_columns(
        instrument=pl.col("key").replace_strict(names, default=None, return_dtype=pl.String),
        value=pl.when(pl.col("status") == "answered").then(_spelled()),
        released=pl.col("released").replace_strict(ranks, return_dtype=pl.String),
        date=pl.when(date != "").then(date),
    )
    return spelled.select(pl.col(n).cast(kind) for n, kind in CANONICAL.items())


def _spelled() -> pl.Expr:
    """Numbers without needless zeros, words of a choice as the form has them."""
    number = pl.col("number")
    whole = (number == number.round()) & (number.abs() < 1e15)
    written = (pl.when(whole).then(number.cast(pl.Int64, strict=False).cast(pl.String))).otherwise(
        number.cast(pl.String)
    )
    return (
        pl.when(pl.col("kind").is_in(["number", "scale"]))
        .then(written)
        .when(pl.col("kind") == "choice")
        .then("answer")
        .otherwise("value")
    )
