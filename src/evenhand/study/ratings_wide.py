"""A row a form, a column an item: turned into a row an answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from evenhand.core.errors import EvenhandError, Exit
from evenhand.instruments import RATERS, Place
from evenhand.study.ratings_brought import (
    ABOUT_SESSION,
    PLACES,
    Asked,
    LeftOut,
    as_answers,
    no_answers,
)
from evenhand.study.ratings_words import status_of_words

_ROW = "_row"
_KEPT = ("session_id", *ABOUT_SESSION, "date", "released", *PLACES)


def long_of(
    frame: pl.DataFrame,
    places: Mapping[str, Place],
    asked: Asked,
    codes: Mapping[str, str],
) -> pl.DataFrame:
    """Answers of a wide table.

    A form of which nothing was filled in gives no answers; an empty cell of one that was is
    an answer that is unknown.

    Args:
        frame: the file's rows; identity columns are called as ours, answers as in the file.
        places: column to item or scale.
        asked: what the person said.
        codes: missing-data codes of the format, to a status.

    Returns:
        A frame of `ratings_brought.ANSWERS`.

    Raises:
        EvenhandError: it is not known who filled in a form.
    """
    if not places:
        return no_answers()
    rows = frame.with_row_index(_ROW)
    kept = [name for name in _KEPT if name in rows.columns]
    parts = [
        _column(rows, kept, theirs, place, asked, {**codes, **asked.missing})
        for theirs, place in places.items()
    ]
    long = pl.concat(parts, how="diagonal")
    form = [_ROW, "instrument", "rater"]
    filled = long.filter(pl.col("value").is_not_null() | pl.col("status").is_not_null())
    held = long.join(filled.select(form).unique(), on=form, how="semi", nulls_equal=True)
    empty = pl.col("value").is_null() & pl.col("status").is_null()
    return as_answers(
        held.filter(~(empty & pl.col("scale").is_not_null()))
        .with_columns(status=pl.when(empty).then(pl.lit("unknown")).otherwise("status"))
        .sort(_ROW, maintain_order=True)
    )


def _column(
    rows: pl.DataFrame,
    kept: Sequence[str],
    theirs: str,
    place: Place,
    asked: Asked,
    codes: Mapping[str, str],
) -> pl.DataFrame:
    """One column's answers, with what each row says of its session."""
    values = rows[theirs].str.strip_chars()
    reasons = missing_values(values, place, codes)
    value = pl.when(values != "").then(values)
    status = values.replace_strict(reasons, default=None, return_dtype=pl.String)
    return rows.select(
        _ROW,
        *kept,
        rater_of(rows, place, asked),
        pl.lit(place.instrument.name).alias("instrument"),
        pl.lit(place.item.key if place.item else None, pl.String).alias("item"),
        pl.lit(place.scale.key if place.scale else None, pl.String).alias("scale"),
        pl.when(status.is_null()).then(value).alias("value"),
        status.alias("status"),
    )


def missing_values(values: pl.Series, place: Place, codes: Mapping[str, str]) -> dict[str, str]:
    """Values of a column that are no answers, each with its status."""
    found = {value: missing_value(value, place, codes) for value in values.drop_nulls().unique()}
    return {value: status for value, status in found.items() if status is not None}


def missing_value(value: str, place: Place, codes: Mapping[str, str]) -> str | None:
    """The status that a value stands for, or None where it is an answer.

    Words are read as a reason only where the item takes none: free text is an answer whatever
    it says, and so is a choice of the form.
    """
    item = place.item
    if value in codes:
        return codes[value]
    if item is not None and item.kind == "open":
        return None
    if item is not None and value.casefold() in {choice.casefold() for choice in item.choices}:
        return None
    return status_of_words(value)


def rater_of(rows: pl.DataFrame, place: Place, asked: Asked) -> pl.Expr:
    """Who filled it in: as its column's name says, as the row says, as was said for all.

    Raises:
        EvenhandError: nobody says, and both the client and the therapist fill it in.
    """
    if place.rater is not None:
        return pl.lit(place.rater).alias("rater")
    if "rater" not in rows.columns or rows["rater"].is_null().any():
        only = pl.lit(only_rater(place, asked)).alias("rater")
        return pl.col("rater").fill_null(only) if "rater" in rows.columns else only
    return pl.col("rater")


def only_rater(place: Place, asked: Asked) -> str:
    """Who fills it in where only one does, else whom ``--rater`` names.

    Raises:
        EvenhandError: both the client and the therapist fill it in, and nobody said who did.
    """
    raters = raters_of(place, asked)
    if len(raters) == 1:
        return raters[0]
    if asked.rater is not None:
        return asked.rater
    raise EvenhandError(
        f"{place.instrument.name} may be filled in by the client or by the therapist, and the "
        "file does not say by whom.",
        "--rater",
        "Add --rater client or --rater therapist, or a column called rater; of a study's own "
        "ratings.csv, write rater in [ratings] of study.toml.",
        Exit.QUESTION,
    )


def raters_of(place: Place, asked: Asked) -> list[str]:
    """Who may fill in the forms of an instrument's name."""
    named = [one for one in asked.instruments if one.name == place.instrument.name]
    return [rater for rater in RATERS if any(rater in one.raters for one in named)]


NOT_MAPPED = "no item or scale of a known instrument; map it with --columns ours=theirs"


def left_columns(
    frame: pl.DataFrame, columns: Sequence[str], why: Mapping[str, str] | None = None
) -> list[LeftOut]:
    """Columns that stay outside, each with the number of its values."""
    reasons = why or {}
    filled = {name: int((frame[name].fill_null("") != "").sum()) for name in columns}
    return [LeftOut(f"column {n}", filled[n], reasons.get(n, NOT_MAPPED)) for n in columns]
