"""Where the rows of a table stand in its file."""

from __future__ import annotations

import polars as pl


def source_lines(frame: pl.DataFrame) -> pl.Series:
    """The line at which each row of a study's table starts; line 1 holds the headings.

    A cell may hold several lines (an answer in somebody's own words), and later rows move down.
    Where the table says itself from which line a row is (``source_line``), that is the line.
    """
    if "source_line" in frame.columns:
        return frame["source_line"].cast(pl.Int64, strict=False).alias("line")
    texts = [name for name, kind in frame.schema.items() if kind == pl.String]
    breaks = pl.sum_horizontal(
        pl.lit(0, pl.UInt32),
        *(pl.col(name).str.count_matches("\n", literal=True).fill_null(0) for name in texts),
    )
    before = frame.select(breaks.cum_sum().shift(1, fill_value=0)).to_series()
    return (before.cast(pl.Int64) + pl.int_range(2, frame.height + 2, eager=True)).alias("line")
