"""What an instrument says of a score: which way is better, what is noise, what is a case."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from evenhand.instruments import Side, beyond


@dataclass(frozen=True, slots=True)
class Rule:
    """How one scale of one instrument is read over time.

    Args:
        instrument: its name, as in the ratings table.
        scale: the scale's key.
        direction: 1 where more is better for the client, -1 where it is worse.
        low: the lowest score that there can be, None where it is not known.
        high: the highest.
        reliable: points that are more than noise would usually make, None where none is known.
        reliable_verified: whether that limit was read in a source.
        cutoff: the score that divides cases from others, None where none is known.
        side: on which side of it the cases are.
        cutoff_verified: whether it was read in a source.
    """

    instrument: str
    scale: str
    direction: int
    low: float | None = None
    high: float | None = None
    reliable: float | None = None
    reliable_verified: bool = False
    cutoff: float | None = None
    side: Side = "at or above"
    cutoff_verified: bool = False

    def is_case(self, score: pl.Expr) -> pl.Expr:
        """Whether a score counts as a case; null where no cut-off is known."""
        if self.cutoff is None:
            return pl.lit(None, pl.Boolean)
        return beyond(score, self.cutoff, self.side)
