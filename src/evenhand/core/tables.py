"""The tables that flow through Evenhand: names, types and order of their columns.

One direction, columnar all the way: files become turns, turns become codes, codes become
amounts and readings. The simulator of the theory writes the same tables.
"""

from __future__ import annotations

import polars as pl

TURNS = pl.Schema(
    {
        "session_id": pl.String,
        "turn": pl.Int64,
        "role": pl.String,
        "speaker": pl.String,
        "start_s": pl.Float64,
        "end_s": pl.Float64,
        "text": pl.String,
        "source_file": pl.String,
        "source_line": pl.Int64,
    }
)
"""A row a turn. ``role`` is null until it is known; times in seconds, null where unknown."""

CODES = pl.Schema(
    {
        "session_id": pl.String,
        "turn": pl.Int64,
        "code": pl.String,
        "subtype": pl.String,
        "weight": pl.Float64,
        "start_char": pl.Int64,
        "end_char": pl.Int64,
        "coder": pl.String,
        "coder_version": pl.String,
    }
)
"""A row a hit. The span counts characters (not bytes) of the turn's own text, end exclusive."""

READINGS = pl.Schema(
    {
        "session_id": pl.String,
        "indicator": pl.String,
        "version": pl.Int64,
        "facet": pl.String,
        "therapist": pl.Float64,
        "client": pl.Float64,
        "k_therapist": pl.Float64,
        "e_therapist": pl.Float64,
        "k_client": pl.Float64,
        "e_client": pl.Float64,
        "tilt": pl.Float64,
        "tilt_low": pl.Float64,
        "tilt_high": pl.Float64,
        "absent": pl.String,
    }
)
"""A row for each session and indicator, absent ones too."""

POOLED = pl.Schema(
    {"level": pl.String, "id": pl.String}
    | {name: kind for name, kind in READINGS.items() if name != "session_id"}
)
"""Readings of a dyad or of the whole study; ``level`` is ``dyad`` or ``study``."""

RATES = pl.Schema(
    {
        "session_id": pl.String,
        "indicator": pl.String,
        "role": pl.String,
        "k": pl.Float64,
        "e": pl.Float64,
        "dispersion": pl.Float64,
        "rate": pl.Float64,
        "rate_low": pl.Float64,
        "rate_high": pl.Float64,
    }
)
"""A role's own rate with its 95 % interval, for one-sided indicators and lists."""

EVIDENCE = pl.Schema(
    {
        "session_id": pl.String,
        "indicator": pl.String,
        "role": pl.String,
        "turn": pl.Int64,
        "start_char": pl.Int64,
        "end_char": pl.Int64,
    }
)
"""The turns behind each number. A null span means the whole turn."""

THERAPIST = "therapist"
CLIENT = "client"


def as_table(frame: pl.DataFrame, schema: pl.Schema) -> pl.DataFrame:
    """Give `frame` exactly the columns of `schema`, in order; a missing column is null.

    Args:
        frame: any frame whose shared columns can be cast.
        schema: one of this module's schemas.

    Returns:
        A frame with the schema's columns and nothing else.
    """
    return frame.select(
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(kind).alias(name)
        for name, kind in schema.items()
    )
