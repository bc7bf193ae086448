"""Expressions that look at the turn before or after, and never over a session's edge.

They work on a features frame: sorted by session and turn, with a column ``session``.
"""

from __future__ import annotations

import polars as pl


def before(what: str | pl.Expr, n: int = 1) -> pl.Expr:
    """The value `n` rows earlier in the same session, else null."""
    value = pl.col(what) if isinstance(what, str) else what
    same = pl.col("session") == pl.col("session").shift(n)
    return pl.when(same).then(value.shift(n))


def after(what: str | pl.Expr, n: int = 1) -> pl.Expr:
    """The value `n` rows later in the same session, else null."""
    return before(what, -n)


def other_before() -> pl.Expr:
    """True where the row before is the other person of the pair."""
    return (before("side") == -pl.col("side")).fill_null(False) & (pl.col("side") != 0)


def other_after() -> pl.Expr:
    """True where the row after is the other person of the pair."""
    return (after("side") == -pl.col("side")).fill_null(False) & (pl.col("side") != 0)
