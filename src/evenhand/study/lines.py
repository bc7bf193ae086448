"""Where the rows of a table stand in its file, and what its columns are called."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl


def source_lines(frame: pl.DataFrame, first: int = 2) -> pl.Series:
    """The line at which each row of a study's table starts; line 1 holds the headings.

    A cell may hold several lines (an answer in somebody's own words), and later rows move down.
    Where the table says itself from which line a row is (``source_line``), that is the line.

    Args:
        frame: the table, or a part of it.
        first: the line of its first row.
    """
    if "source_line" in frame.columns:
        return frame["source_line"].cast(pl.Int64, strict=False).alias("line")
    before = breaks_in(frame).cum_sum().shift(1, fill_value=0)
    lines = before.cast(pl.Int64) + pl.int_range(first, frame.height + first, eager=True)
    return lines.alias("line")


def breaks_in(frame: pl.DataFrame) -> pl.Series:
    """How many line breaks the cells of each row hold."""
    texts = [name for name, kind in frame.schema.items() if kind == pl.String]
    breaks = pl.sum_horizontal(
        pl.lit(0, pl.UInt32),
        *(pl.col(name).str.count_matches("\n", literal=True).fill_null(0) for name in texts),
    )
    return frame.select(breaks.alias("breaks")).to_series()


def called(columns: Sequence[str]) -> dict[str, str]:
    """A table's headings without blanks and byte order mark, where they stay different then."""
    found: dict[str, str] = {}
    for name in columns:
        plain = name.strip().lstrip("\ufeff")
        taken = plain in found.values() or (plain != name and plain in columns)
        found[name] = name if taken else plain
    return found
