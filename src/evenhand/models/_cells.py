"""The one distributed step: sums of w, w·x and w·y by combination of levels.

Cells of two parts of a table add up to the cells of the whole, so that a model is fitted to one
file and to a thousand alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from evenhand.core.errors import EvenhandError
from evenhand.models._blocks import Sums

MOST_KEYS = 2**62
"""Combinations that can be counted in one whole number."""


@dataclass(frozen=True)
class Cells:
    """Sums by combination of levels.

    Args:
        codes: codes of each factor, one a cell.
        sums: weighted sums of each cell; the last column of X is y.
        n: observations.
        log_weights: sum of the logs of their weights.
    """

    codes: tuple[np.ndarray, ...]
    sums: Sums
    n: int
    log_weights: float

    def take(self, columns: Sequence[int]) -> Cells:
        """The same with these columns of X only, and y."""
        keep = [*columns, self.sums.g.shape[0] - 1]
        sums = Sums(
            self.sums.w, tuple(x[:, keep] for x in self.sums.wx), self.sums.g[np.ix_(keep, keep)]
        )
        return replace(self, sums=sums)


def cells_of(
    y: np.ndarray,
    fixed: np.ndarray,
    codes: Sequence[np.ndarray],
    *,
    weights: np.ndarray | None = None,
    slope: np.ndarray | None = None,
) -> Cells:
    """Sums of a table, or of a part of one.

    Args:
        y: outcome, n.
        fixed: n × p.
        codes: factors' codes, in the layout's order.
        weights: positive numbers, n; 1 each where left out.
        slope: the variable of a random slope, n.
    """
    w = _weights(weights, len(y))
    both = np.column_stack([fixed, y])
    weighted = both if weights is None else both * w[:, None]
    g = both.T @ weighted
    order, first = _runs(codes, len(y))
    powers = [w] if slope is None else [w, w * slope, w * slope**2]
    times = [None] if slope is None else [None, slope]

    def total(column: np.ndarray) -> np.ndarray:
        return np.add.reduceat(column[order], first) if len(first) else np.zeros(0)

    sums = []
    for by in times:
        columns = (x if by is None else x * by for x in weighted.T)
        sums.append(np.column_stack([total(x) for x in columns]))
    return Cells(
        codes=tuple(one[order[first]] for one in codes),
        sums=Sums(tuple(total(one) for one in powers), tuple(sums), g),
        n=len(y),
        log_weights=0.0 if weights is None else float(np.log(w).sum()),
    )


def _runs(codes: Sequence[np.ndarray], n: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows in the order of their combinations, and where each combination begins.

    By sorting in NumPy: a hash table in Polars took 10 MB more for 100,000 rows.
    """
    key, size = np.zeros(n, np.int64), 1
    for one in codes:
        levels = int(one.max(initial=0)) + 1
        if size * levels > MOST_KEYS:
            key = np.unique(key, return_inverse=True)[1]
            size = int(key.max(initial=0)) + 1
        key, size = key * levels + one, size * levels
    order = np.argsort(key, kind="stable")
    key = key[order]
    return order, np.flatnonzero(np.append(True, key[1:] != key[:-1])[:n])


def add_cells(parts: Sequence[Cells]) -> Cells:
    """The cells of a whole table from those of its parts."""
    frames = [_as_frame(one) for one in parts]
    return _as_cells(
        pl.concat(frames),
        [c for c in frames[0].columns if c.startswith("f")],
        np.sum([one.sums.g for one in parts], axis=0),
        sum(one.n for one in parts),
        sum(one.log_weights for one in parts),
    )


def _as_frame(cells: Cells) -> pl.DataFrame:
    columns = {f"f{k}": one for k, one in enumerate(cells.codes)}
    columns |= {f"w{k}": one for k, one in enumerate(cells.sums.w)}
    for k, sums in enumerate(cells.sums.wx):
        columns |= {f"x{k}_{j}": one for j, one in enumerate(sums.T)}
    return pl.DataFrame(columns)


def _as_cells(frame: pl.DataFrame, keys: list[str], g: np.ndarray, n: int, logs: float) -> Cells:
    frame = frame.group_by(keys).agg(pl.all().sum()).sort(keys)
    powers = [k for k in ("0", "1", "2") if f"w{k}" in frame.columns]
    wx = [[c for c in frame.columns if c.startswith(f"x{k}_")] for k in ("0", "1")]
    return Cells(
        codes=tuple(frame[k].to_numpy() for k in keys),
        sums=Sums(
            w=tuple(frame[f"w{k}"].to_numpy() for k in powers),
            wx=tuple(frame.select(names).to_numpy() for names in wx if names),
            g=g,
        ),
        n=n,
        log_weights=logs,
    )


def _weights(weights: np.ndarray | None, n: int) -> np.ndarray:
    if weights is None:
        return np.ones(n)
    w = np.asarray(weights, float)
    if w.shape != (n,) or not np.isfinite(w).all() or w.min(initial=1.0) <= 0:
        raise EvenhandError(
            "A weight is missing or not above 0.", "weights", f"Give {n:,} positive numbers."
        )
    return w
