"""What can be wrong in the rows of a table: turns that are no numbers, times that are none."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from evenhand.readers._bytes import bad
from evenhand.readers._cells import seconds_of, whole_of
from evenhand.readers._flags import flag

MANY_ROWS = 1000
"""From so many rows on, one bad time in a hundred is a slip and not a wrong column."""


def faults_of(found: Mapping[str, str], clock: bool) -> dict[str, pl.Expr]:
    """What can be wrong in a row, and where it is."""
    faults: dict[str, pl.Expr] = {}
    if "turn" in found:
        faults["The turn is no whole number."] = whole_of(found["turn"]).is_null()
    for ours in ("start_s", "end_s"):
        if ours in found:
            given = pl.col(found[ours]).cast(pl.String).str.strip_chars().str.to_lowercase()
            missing = given.is_null() | given.is_in(["", "na", "nan", "null", "none"])
            wrong = seconds_of(found[ours], clock).is_null() & ~missing
            faults[f"The {ours.removesuffix('_s')} is no time."] = wrong
    if "start_s" in found and "end_s" in found:
        start, end = (seconds_of(found[name], clock) for name in ("start_s", "end_s"))
        faults["A turn ends before it starts."] = (end < start).fill_null(False)
        faults["The times run backwards."] = _backwards(found, start, end)
    return faults


def _backwards(found: Mapping[str, str], start: pl.Expr, end: pl.Expr) -> pl.Expr:
    """A turn that is over before the one above it begins, in one session and no earlier turn."""
    back = (start < start.shift(1)) & (end <= start.shift(1))
    if "session_id" in found:
        session = pl.col(found["session_id"])
        back &= session.eq_missing(session.shift(1))
    if "turn" in found:
        turn = whole_of(found["turn"])
        back &= turn > turn.shift(1)
    return back.fill_null(False)


def filled() -> pl.Expr:
    """False for an empty line, or one of nothing but delimiters, as spreadsheets write them."""
    return pl.any_horizontal(pl.exclude("source_line").is_not_null())


def looked_over(raw: pl.LazyFrame, faults: Mapping[str, pl.Expr]) -> dict[str, int | None]:
    """Number of rows, of blank ones, and of each fault how many and where first: one pass.

    Every column is looked at: only so is a row with too many fields an error.
    """
    looks = [pl.len().alias("rows"), (~filled()).sum().cast(pl.Int64).alias("blank")]
    for n, wrong in enumerate(faults.values()):
        line = pl.col("source_line").filter(wrong).first().cast(pl.Int64)
        looks += [line.alias(f"line{n}"), wrong.sum().cast(pl.Int64).alias(f"count{n}")]
    return raw.select(looks).collect().row(0, named=True)


def refuse_faults(
    path: Path, look: Mapping[str, int | None], faults: Mapping[str, pl.Expr]
) -> None:
    """Refuse turns that are no numbers, and times that are none or run backwards.

    In a large table a few bad times are a transcriber's slips, which are flagged. Those that are
    none, and an end before its start, are unknown then.
    """
    rows = look["rows"] or 0
    slips = rows // 100 if rows >= MANY_ROWS else 0
    for n, what in enumerate(faults):
        allowed = 0 if "turn is" in what else slips
        if (look[f"count{n}"] or 0) > allowed:
            raise bad(path, what, "Mend that row, or leave the column out.", look[f"line{n}"])
        if look[f"count{n}"]:
            flag(path, f"{what} {look[f'count{n}']:,} of {rows:,} rows.", look[f"line{n}"])
