"""What stands in a table's cells: seconds and whole numbers, whatever their spelling."""

from __future__ import annotations

import polars as pl

_CLOCK = r"^(?:(\d+):)?(\d{1,3}):(0?\d{1,2}(?:[.,]\d+)?)$"


def seconds_of(name: str, clock: bool = True) -> pl.Expr:
    """Seconds from ``12.5`` or ``12,5``; with `clock` from ``H:MM:SS.mmm`` too; else null."""
    text = pl.col(name).cast(pl.String).str.strip_chars()
    found = text.str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
    if clock:
        parts = text.str.extract_groups(_CLOCK)
        hours = parts.struct.field("1").cast(pl.Float64, strict=False).fill_null(0.0)
        minutes = parts.struct.field("2").cast(pl.Float64, strict=False)
        last = parts.struct.field("3").str.replace(",", ".", literal=True)
        last_s = last.cast(pl.Float64, strict=False)
        found = pl.coalesce(found, hours * 3600 + minutes * 60 + last_s)
    return pl.when(found.is_finite()).then(found)


def whole_of(name: str) -> pl.Expr:
    """Whole numbers, also written as ``12.0``; else null."""
    text = pl.col(name).cast(pl.String).str.strip_chars()
    number = text.cast(pl.Float64, strict=False)
    return pl.when(number == number.floor()).then(number).cast(pl.Int64, strict=False)
