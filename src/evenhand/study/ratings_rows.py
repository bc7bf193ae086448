"""A study's ratings as they are scored: each row with its line, blank lines left out."""

from __future__ import annotations

import polars as pl

from evenhand.study.folder import Study, source_lines
from evenhand.study.ratings_brought import RATING_COLUMNS


def rated_rows(study: Study) -> pl.DataFrame:
    """The ratings with ``source_line``; a line on which nothing stands is no row.

    Returns:
        An empty frame with the table's columns where the study has no ratings.
    """
    if study.ratings is None:
        return pl.DataFrame(schema=dict.fromkeys((*RATING_COLUMNS, "source_line"), pl.String))
    lines = source_lines(study.ratings).cast(pl.String).alias("source_line")
    blank = pl.all_horizontal(pl.all().is_null())
    return study.ratings.with_columns(lines).filter(~study.ratings.select(blank).to_series())
