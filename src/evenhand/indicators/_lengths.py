"""Bins of turn length: what is compared is compared among turns of like length."""

from __future__ import annotations

import polars as pl

EDGES = (4, 8, 15, 25, 40, 60, 90, 140)
"""Words at which the next bin of length begins."""

BINS = len(EDGES) + 1


def length_bin(words: pl.Expr) -> pl.Expr:
    """The bin, from 0, that a number of words falls in."""
    return pl.sum_horizontal((words >= edge).cast(pl.UInt32) for edge in EDGES)
