"""Rows of a ratings table, read against the instruments that they name.

Rows are read once for each different thing that they say, and joined back: millions of rows
say few different things.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from evenhand.core.errors import EvenhandError
from evenhand.instruments._contract import Instrument, Item, Scale
from evenhand.instruments._faults import RELEASED, ROW, fault_of
from evenhand.instruments._library import find_instrument, known_names, unknown_name
from evenhand.instruments._words import answer_of, meaning_of

SAID = ("rater", "instrument", "item", "scale", "value", "status", "released")
"""Columns that decide what a row says."""

SUGGESTED = 200
"""Names of no instrument for which the nearest is looked up: in a column that has shifted, every
row has its own, and each look costs."""

NEEDED = ("session_id", "rater", "instrument", "value")
_NAMES = pl.Schema(
    {"instrument": pl.String, "rater": pl.String, "key": pl.String, "wrong_name": pl.String}
    | {"remedy_name": pl.String}
)
_LABELS = pl.Schema(
    {"key": pl.String, "label": pl.String, "item": pl.String, "scale": pl.String}
    | {"kind": pl.String, "low": pl.Float64, "high": pl.Float64, "step": pl.Float64}
)
_WORDS = pl.Schema(
    {"key": pl.String, "item": pl.String, "value": pl.String, "score": pl.Float64}
    | {"answer": pl.String, "declines": pl.Boolean}
)


def read_answers(frame: pl.DataFrame, known: Mapping[str, Instrument]) -> pl.DataFrame:
    """Each row with its instrument, item or scale, number and status, and what is wrong with it.

    Args:
        frame: a ratings table with its `ROW`.
        known: instruments by key.

    Returns:
        What `read_rows` gives, joined; rows in the table's order.
    """
    rows, meanings = read_rows(frame, known)
    return with_meanings(rows, meanings)


def read_rows(
    frame: pl.DataFrame, known: Mapping[str, Instrument]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows by the number of what they say, and what each number says.

    Args:
        frame: a ratings table with its `ROW`, or a part of it that holds whole sessions.
        known: instruments by key.

    Returns:
        Rows: `ROW`, ``session_id, file, line``, ``saying`` (the number of what is said),
        ``sitting`` (a number for the session), ``fault`` (null where nothing is wrong).
        Meanings, by ``saying``: ``rater, key, item, scale, number, answer, status, released``
        (a rank of `RELEASED`), and what a message needs.
    """
    given = [name for name in SAID if name in frame.columns]
    as_said = [pl.col(name).cast(pl.String).alias(f"as_said_{name}") for name in given]
    rows = frame.select(ROW, *_places(frame), *as_said)
    different = rows.select(pl.selectors.starts_with("as_said_")).unique()
    meanings = _read(different, known).with_row_index("saying")
    found = rows.join(
        meanings.select(*different.columns, "saying", "fault"),
        on=different.columns,
        how="left",
        nulls_equal=True,
        maintain_order="left",
    )
    nowhere = pl.col("session_id").is_null()
    fault = pl.when(nowhere).then(pl.lit(0, pl.UInt8)).otherwise("fault")
    sitting = pl.col("session_id").cast(pl.Categorical(pl.Categories.random())).to_physical()
    narrow = found.select(
        ROW, "session_id", "file", "line", "saying", sitting.alias("sitting"), fault.alias("fault")
    )
    return narrow, meanings.drop(*different.columns, "fault")


def with_meanings(rows: pl.DataFrame, meanings: pl.DataFrame) -> pl.DataFrame:
    """Rows with all that they say."""
    return rows.join(meanings, on="saying", how="left", maintain_order="left")


def _read(different: pl.DataFrame, known: Mapping[str, Instrument]) -> pl.DataFrame:
    """What each different row says, whoever says it and of which session."""
    rows = _columns(different)
    own = tuple(known.values())
    rows = rows.join(_named(rows, own), on=["instrument", "rater"], how="left", nulls_equal=True)
    rows = rows.join(_labelled(rows, known), on=["key", "label"], how="left", nulls_equal=True)
    rows = rows.join(_worded(rows, known), on=["key", "item", "value"], how="left")
    answered = pl.col("status") == "answered"
    return (
        _with_status(rows)
        .with_columns(session_id=pl.lit(""))
        .with_columns(
            fault=fault_of(),
            number=pl.when(answered).then("number"),
            answer=pl.when(answered).then("answer"),
            released=_rank(),
        )
        .drop("session_id")
    )


def require_columns(frame: pl.DataFrame, file: str) -> None:
    """Insist on the columns without which no row can be read.

    Raises:
        EvenhandError: one is missing.
    """
    missing = [name for name in NEEDED if name not in frame.columns]
    if missing or not {"item", "scale"} & set(frame.columns):
        lacking = ", ".join(missing or ["item or scale"])
        raise EvenhandError(f"{file} has no column {lacking}.", file, "Add it, or rename one.")


def _places(frame: pl.DataFrame) -> list[pl.Expr]:
    """Session, and file and line where the table says them."""
    names = {"session_id": "session_id", "source_file": "file", "source_line": "line"}
    return [_text(frame, name).alias(ours) for name, ours in names.items()]


def _text(frame: pl.DataFrame, name: str) -> pl.Expr:
    """A column as text without blanks at its ends; empty is null."""
    if name not in frame.columns:
        return pl.lit(None, pl.String)
    stripped = pl.col(name).cast(pl.String).str.strip_chars()
    return pl.when(stripped != "").then(stripped)


def _columns(different: pl.DataFrame) -> pl.DataFrame:
    """The columns that are used, in our names, beside those of the table."""

    def text(name: str) -> pl.Expr:
        return _text(different, f"as_said_{name}")

    return different.with_columns(
        text("rater").str.to_lowercase().alias("rater"),
        text("instrument").alias("instrument"),
        pl.coalesce(text("item"), text("scale")).fill_null("").alias("label"),
        text("value").alias("value"),
        text("status").str.to_lowercase().str.replace_all("_", " ").alias("said"),
        text("released").str.to_lowercase().fill_null("no").alias("released_as"),
    )


def _named(rows: pl.DataFrame, known: tuple[Instrument, ...]) -> pl.DataFrame:
    """Each different instrument and rater: the instrument's key, or what is wrong."""
    found: list[dict[str, Any]] = []
    strange: set[str] = set()
    names = known_names(known)
    for name, rater in rows.select("instrument", "rater").unique(maintain_order=True).iter_rows():
        row = {"instrument": name, "rater": rater}
        try:
            if len(strange) >= SUGGESTED and not names(name or ""):
                raise unknown_name(name or "")
            row["key"] = find_instrument(name or "", rater or "", known).key
        except EvenhandError as error:
            strange.add(name or "")
            row |= {"wrong_name": error.what, "remedy_name": error.remedy}
        found.append(row)
    return pl.DataFrame(found, schema=_NAMES)


def _labelled(rows: pl.DataFrame, known: Mapping[str, Instrument]) -> pl.DataFrame:
    """Each different label of an instrument: its item or its scale, with its range."""
    found: list[dict[str, Any]] = []
    different = rows.select("key", "label").filter(pl.col("key").is_not_null()).unique()
    for key, label in different.iter_rows():
        meaning = meaning_of(known[key], label)
        row: dict[str, Any] = {"key": key, "label": label}
        if meaning.item is not None:
            row |= _of_item(meaning.item)
        elif meaning.scale is not None:
            row |= _of_scale(meaning.scale)
        found.append(row)
    return pl.DataFrame(found, schema=_LABELS)


def _of_item(item: Item) -> dict[str, Any]:
    about = {"item": item.key, "kind": item.kind}
    return about | {"low": item.low, "high": item.high, "step": item.step}


def _of_scale(scale: Scale) -> dict[str, Any]:
    return {"scale": scale.key, "kind": "scale", "low": scale.low, "high": scale.high}


def _worded(rows: pl.DataFrame, known: Mapping[str, Instrument]) -> pl.DataFrame:
    """Each different answer in words: its score and our spelling of it."""
    found: list[dict[str, Any]] = []
    asked = rows.filter(pl.col("kind") == "choice").select("key", "item", "value")
    for key, item, value in asked.drop_nulls().unique().iter_rows():
        score, answer, declines = answer_of(known[key].item(item), value)
        row = {"key": key, "item": item, "value": value}
        found.append(row | {"score": score, "answer": answer, "declines": declines})
    return pl.DataFrame(found, schema=_WORDS)


def _with_status(rows: pl.DataFrame) -> pl.DataFrame:
    """Add number and status: no status and no answer is unknown, an answer is answered."""
    given, declines = pl.col("value").is_not_null(), pl.col("declines").fill_null(False)
    parsed = pl.col("value").cast(pl.Float64, strict=False)
    status = (
        pl.when(declines & pl.col("said").is_in(["answered", "declined"]).fill_null(True))
        .then(pl.lit("declined"))
        .when(pl.col("said").is_not_null())
        .then("said")
        .when(given)
        .then(pl.lit("answered"))
        .otherwise(pl.lit("unknown"))
    )
    by_number = pl.col("kind").is_in(["number", "scale"])
    return rows.with_columns(
        status.alias("status"),
        pl.when(by_number)
        .then(pl.when(parsed.is_finite()).then(parsed))
        .otherwise("score")
        .alias("number"),
    )


def _rank() -> pl.Expr:
    ranks = {name: n for n, name in enumerate(RELEASED)}
    return pl.col("released_as").replace_strict(ranks, default=0, return_dtype=pl.UInt8)
