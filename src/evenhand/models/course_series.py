"""Many series of unlike length as flat arrays, with sums over what came before each value."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Series:
    """Values of all dyads one after the other, each dyad's in the order of its sessions.

    Args:
        y: the values.
        t: session numbers.
        code: which dyad a value belongs to, 0 … n - 1, in order.
        starts: where each dyad's values start.
        dyads: the dyads' names, by code.
    """

    y: Floats
    t: Floats
    code: Ints
    starts: Ints
    dyads: pl.Series

    @property
    def n(self) -> int:
        """How many dyads there are."""
        return len(self.starts)

    @property
    def counts(self) -> Ints:
        """Values a dyad."""
        return np.diff(np.append(self.starts, self.y.size))

    @property
    def place(self) -> Ints:
        """Each value's place in its dyad, from 0."""
        return np.arange(self.y.size) - self.starts[self.code]

    def total(self, x: Floats) -> Floats:
        """Sum of x over each dyad."""
        return np.add.reduceat(x, self.starts) if x.size else np.zeros(0)

    def before(self, x: Floats) -> Floats:
        """Sum of x over the same dyad's earlier values."""
        through = np.cumsum(x) - x
        return through - through[self.starts][self.code]

    def previous(self, x: Floats, fill: float = np.nan) -> Floats:
        """The same dyad's value just before; ``fill`` at its first."""
        moved = np.concatenate(([fill], x[:-1]))
        moved[self.starts] = fill
        return moved

    def only(self, chosen: Ints) -> Series:
        """Some dyads, by code, in the order given; a dyad may come more than once."""
        counts = self.counts[chosen]
        starts = np.cumsum(counts) - counts
        code = np.repeat(np.arange(len(chosen)), counts)
        rows = self.starts[chosen][code] + np.arange(code.size) - starts[code]
        return Series(self.y[rows], self.t[rows], code, starts, self.dyads.gather(chosen))

    def with_y(self, y: Floats) -> Series:
        """The same sessions with other values."""
        return Series(y, self.t, self.code, self.starts, self.dyads)


MOST_DYADS = 10_000
"""Dyads that a model of scores is fitted on; of more, a fixed sample. All are then described."""


def sample_of(
    series: Series, what: str, most: int = MOST_DYADS
) -> tuple[Series, Ints, tuple[str, ...]]:
    """The dyads that are fitted (all, or some of very many), their codes, and a note."""
    every = np.arange(series.n)
    if series.n <= most:
        return series, every, ()
    chosen = np.sort(np.random.default_rng(series.n).permutation(series.n)[:most])
    note = f"{what} was fitted on {most:,} of {series.n:,} dyads, drawn by chance."
    return series.only(chosen), chosen, (note,)


def codes_of(names: pl.Series) -> tuple[list[str], Ints]:
    """The different names in order, and each row's place among them."""
    known = names.cast(pl.String).unique().sort()
    codes = names.cast(pl.String).cast(pl.Enum(known)).to_physical()
    return known.to_list(), codes.to_numpy().astype(np.int64)


def as_series(frame: pl.DataFrame, value: str = "score") -> Series:
    """A series table (``dyad, number`` and a value, sorted by both) as arrays."""
    ids = frame["dyad"].rle_id().to_numpy().astype(np.int64)
    starts = np.flatnonzero(np.diff(ids, prepend=-1)).astype(np.int64)
    return Series(
        frame[value].to_numpy().astype(np.float64),
        frame["number"].to_numpy().astype(np.float64),
        ids,
        starts,
        frame["dyad"].gather(starts),
    )
