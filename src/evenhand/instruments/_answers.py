"""Rows of a ratings table, read against the instruments that they name.

Whatever is a word (an instrument, a label, an answer) is looked up once for each different
word, and joined back: millions of rows hold few different words.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from evenhand.core.errors import EvenhandError
from evenhand.instruments._contract import STATUSES, Instrument, Item, Scale
from evenhand.instruments._library import find_instrument
from evenhand.instruments._words import answer_of, meaning_of

NEEDED = ("session_id", "rater", "instrument", "value")
RELEASED = ("no", "count", "theme", "words")
"""What was released, the least first: a score is released as its least released answer is."""

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


def read_answers(frame: pl.DataFrame, known: Mapping[str, Instrument], file: str) -> pl.DataFrame:
    """Each row with its instrument, item or scale, number and status, and what is wrong with it.

    Args:
        frame: a ratings table.
        known: instruments by key.
        file: what the table is called where a place is named.

    Returns:
        ``session_id, rater, key, item, scale, number, answer, status, released`` (a rank of
        `RELEASED`), ``what, remedy`` (null where nothing is wrong) and ``where``.

    Raises:
        EvenhandError: a column is missing.
    """
    rows = _columns(frame, file)
    own = tuple(known.values())
    rows = rows.join(_named(rows, own), on=["instrument", "rater"], how="left", nulls_equal=True)
    rows = rows.join(_labelled(rows, known), on=["key", "label"], how="left", nulls_equal=True)
    rows = rows.join(_worded(rows, known), on=["key", "item", "value"], how="left")
    return _judged(_with_status(rows))


def _columns(frame: pl.DataFrame, file: str) -> pl.DataFrame:
    """The columns that are used, as text without blanks at their ends; empty is null."""
    missing = [name for name in NEEDED if name not in frame.columns]
    if missing or not {"item", "scale"} & set(frame.columns):
        lacking = ", ".join(missing or ["item or scale"])
        raise EvenhandError(f"{file} has no column {lacking}.", file, "Add it, or rename one.")

    def text(name: str) -> pl.Expr:
        if name not in frame.columns:
            return pl.lit(None, pl.String)
        stripped = pl.col(name).cast(pl.String).str.strip_chars()
        return pl.when(stripped != "").then(stripped)

    line = pl.int_range(2, pl.len() + 2, dtype=pl.Int64).cast(pl.String)
    if "source_line" in frame.columns:
        line = pl.coalesce(pl.col("source_line").cast(pl.String), line)
    return frame.select(
        text("session_id").alias("session_id"),
        text("rater").str.to_lowercase().alias("rater"),
        text("instrument").alias("instrument"),
        pl.coalesce(text("item"), text("scale")).fill_null("").alias("label"),
        text("value").alias("value"),
        text("status").str.to_lowercase().str.replace_all("_", " ").alias("said"),
        text("released").str.to_lowercase().fill_null("no").alias("released"),
        pl.coalesce(text("source_file"), pl.lit(file)).alias("file"),
        line.alias("line"),
    )


def _named(rows: pl.DataFrame, known: tuple[Instrument, ...]) -> pl.DataFrame:
    """Each different instrument and rater: the instrument's key, or what is wrong."""
    found: list[dict[str, Any]] = []
    for name, rater in rows.select("instrument", "rater").unique().iter_rows():
        row = {"instrument": name, "rater": rater}
        try:
            row["key"] = find_instrument(name or "", rater or "", known).key
        except EvenhandError as error:
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


def _judged(rows: pl.DataFrame) -> pl.DataFrame:
    """Add what is wrong with a row, the first thing that is; never what was answered."""
    what, remedy = pl.lit(None, pl.String), pl.lit(None, pl.String)
    for wrong, says, helps in reversed(_faults()):
        what = pl.when(wrong).then(says).otherwise(what)
        remedy = pl.when(wrong).then(helps).otherwise(remedy)
    where = pl.format("{}, line {}", "file", "line")
    rank = pl.col("released").replace_strict(
        {name: n for n, name in enumerate(RELEASED)}, default=0, return_dtype=pl.UInt8
    )
    return rows.select(
        "session_id",
        "rater",
        "key",
        "item",
        "scale",
        pl.when(pl.col("status") == "answered").then("number").alias("number"),
        pl.when(pl.col("status") == "answered").then("answer").alias("answer"),
        "status",
        rank.alias("released"),
        what.alias("what"),
        remedy.alias("remedy"),
        where.alias("where"),
    )


def _faults() -> list[tuple[pl.Expr, pl.Expr, pl.Expr]]:
    """(is wrong, what, remedy), in the order in which they are looked for."""
    given, status = pl.col("value").is_not_null(), pl.col("status")
    kind, number = pl.col("kind"), pl.col("number")
    steps = (number - pl.col("low")) / pl.col("step")
    answered = (status == "answered") & given
    label = pl.when(pl.col("label") == "").then(pl.lit("its total")).otherwise("label")
    named = pl.format("{} {}", "instrument", label)
    span = pl.format("{} to {}", _short("low"), _short("high"))
    choice = kind == "choice"

    def fault(
        wrong: pl.Expr, what: str | pl.Expr, remedy: str | pl.Expr
    ) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
        says, helps = (pl.lit(x) if isinstance(x, str) else x for x in (what, remedy))
        return wrong.fill_null(False), says, helps

    return [
        fault(pl.col("session_id").is_null(), "The session is missing.", "Name it."),
        fault(pl.col("key").is_null(), pl.col("wrong_name"), pl.col("remedy_name")),
        fault(
            kind.is_null(),
            pl.format("{} has no item or scale called {}.", "instrument", "label"),
            "Mend the label; where its items are not known here, bring a TOML with its key.",
        ),
        fault(
            ~status.is_in(STATUSES),
            f"status is none of: {', '.join(STATUSES)}.",
            "Use one of these words.",
        ),
        fault(
            ~pl.col("released").is_in(RELEASED),
            f"released is none of: {', '.join(RELEASED)}.",
            "Use one of these words.",
        ),
        fault(
            (status == "answered") & ~given,
            pl.format("{} is answered, and there is no answer.", named),
            "Give the answer, or say declined, not asked or unknown.",
        ),
        fault(
            given & (status != "answered") & ~pl.col("declines").fill_null(False),
            pl.format("{} has an answer, and its status says {}.", named, status),
            "Take out the answer, or say answered.",
        ),
        fault(
            answered & kind.is_in(["number", "scale"]) & number.is_null(),
            pl.format("{} is no number.", named),
            "Write a number, with a point before decimals.",
        ),
        fault(
            answered & kind.is_in(["number", "scale"]) & ~number.is_between(_below(), _above()),
            pl.format("{} lies outside {}.", named, span),
            "Mend the answer, or name the version of the instrument that has this range.",
        ),
        fault(
            answered & (kind == "number") & ((steps - steps.round()).abs() > 1e-6),
            pl.format("{} lies between two steps of {}.", named, span),
            pl.format("Answers go in steps of {}.", _short("step")),
        ),
        fault(
            answered & choice & pl.col("answer").is_null(),
            pl.format("{} is none of its answers.", named),
            "Use the words of the form; `evenhand explain` lists them.",
        ),
    ]


def _below() -> pl.Expr:
    return pl.col("low").fill_null(-float("inf")) - 1e-9


def _above() -> pl.Expr:
    return pl.col("high").fill_null(float("inf")) + 1e-9


def _short(name: str) -> pl.Expr:
    """A number as people write it: 0, not 0.0."""
    text = pl.col(name).cast(pl.String).str.strip_suffix(".0")
    return text.fill_null("any number")
