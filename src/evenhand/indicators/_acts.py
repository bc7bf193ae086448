"""The few expressions that most indicators are made of."""

from __future__ import annotations

import polars as pl

SPOKEN = ~pl.col("minimal")
"""A turn that is more than a bare "mm-hmm": only these are exposure."""

TURNS = SPOKEN.cast(pl.UInt32)
"""One for each non-minimal turn."""

WORDS = pl.col("words")


def hits(*codes: str) -> pl.Expr:
    """How many hits of any of these codes a turn has (``code`` or ``code.subtype``)."""
    return pl.sum_horizontal(pl.col(f"n_{code}").cast(pl.UInt32) for code in codes)


def has(*codes: str) -> pl.Expr:
    """True for a non-minimal turn with at least one of these codes."""
    return (hits(*codes) > 0) & SPOKEN


def turns_with(*codes: str) -> pl.Expr:
    """One for each non-minimal turn with at least one of these codes."""
    return has(*codes).cast(pl.UInt32)
