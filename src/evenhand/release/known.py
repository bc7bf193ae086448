"""Everything that is shown, as rows over classes: how far each count may move unseen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from evenhand.release.figures import Block
from evenhand.release.protection import Classes, System
from evenhand.release.rounding import behind, rounded
from evenhand.release.rules import Rules

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    Whole = NDArray[np.int64]
    Real = NDArray[np.float64]

Cell = tuple[int, int]
"""(number of a shown block, cell)."""


@dataclass(frozen=True)
class Published:
    """The published counts as rows over classes.

    Args:
        rows: 1 where a count holds a class.
        low: how far each count may fall without being printed otherwise.
        high: how far it may rise.
        owner: the cell that each row belongs to.
        owners: the cells.
    """

    rows: csr_array
    low: Real
    high: Real
    owner: Whole
    owners: list[Cell]


def published(system: System, classes: Classes, shown: Sequence[Block], rules: Rules) -> Published:
    """Everything that is shown, with what rounding and the rules let an attacker conclude."""
    from scipy.sparse import csr_array

    is_first = np.zeros(system.crowd.size, dtype=bool)
    is_first[classes.first] = True
    at: list[tuple[Whole, Whole]] = []
    low, high, owner, owners, rows_n = [], [], [], list[Cell](), 0
    for number, block in enumerate(shown):
        base = len(owners)
        owners += [(number, int(c)) for c in block.cells]
        for part in block.margin.measure.parts:
            columns, cells = system.inside(block, part)
            places = np.searchsorted(block.cells, cells)
            here = is_first[columns]
            at.append((rows_n + places[here], classes.of[columns[here]]))
            counts = np.bincount(places, system.crowd.weight[columns], block.cells.size)
            least, most = _open(block, part, counts.astype(np.int64), rules)
            low.append(least)
            high.append(most)
            owner.append(base + np.arange(block.cells.size))
            rows_n += block.cells.size
    none = np.zeros(0, dtype=np.int64)
    rows = np.concatenate([x[0] for x in at]) if at else none
    ones = np.concatenate([x[1] for x in at]) if at else none
    return Published(
        csr_array((np.ones(rows.size), (rows, ones)), shape=(rows_n, classes.n)),
        np.concatenate(low) if low else np.zeros(0),
        np.concatenate(high) if high else np.zeros(0),
        np.concatenate(owner) if owner else none,
        owners,
    )


def _open(block: Block, part: tuple[str, ...], counts: Whole, rules: Rules) -> tuple[Real, Real]:
    """How far counts may fall and rise: by rounding, and never below what a shown cell needs.

    How many clients a clinic has is known to all who work there, so that count may not move.
    A complement is not printed, but that it is large enough is known.
    """
    margin = block.margin
    if not margin.dims and margin.measure.dim is None:
        return np.zeros(counts.size), np.zeros(counts.size)
    least, most = behind(rounded(counts, rules.base), rules.base)
    floor = np.minimum(counts, rules.clients)
    if part not in margin.measure.shown:
        return (floor - counts).astype(float), np.full(counts.size, np.inf)
    return (np.maximum(least, floor) - counts).astype(float), (most - counts).astype(float)
