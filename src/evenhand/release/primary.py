"""Primary rules: what a cell must hold by itself. People are counted, never rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from evenhand.release.crowd import THERAPIST, Crowd
from evenhand.release.rules import Rules

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Whole = NDArray[np.int64]
    Truth = NDArray[np.bool_]


@dataclass(frozen=True)
class Tally:
    """For each cell: clients, therapists, and how many clients the largest caseload has."""

    clients: Whole
    therapists: Whole
    largest: Whole


def tally(crowd: Crowd, s: int, columns: Whole, cells: Whole, cells_n: int) -> Tally:
    """Count (column, cell) pairs; columns of weight 0 count for nobody."""
    real = crowd.weight[columns] > 0
    columns, cells = columns[real], cells[real]
    clients = np.bincount(cells, minlength=cells_n)
    which, therapists = crowd.values(s, THERAPIST, columns)
    return tally_of(clients, cells[which], therapists, len(crowd.dims[THERAPIST].labels))


def tally_of(clients: Whole, owners: Whole, therapists: Whole, most: int) -> Tally:
    """Sort (cell, therapist) pairs, one a client, into caseloads; `most` is all therapists."""
    keys, counts = np.unique(owners * max(most, 1) + therapists, return_counts=True)
    cells = keys // max(most, 1)
    distinct = np.bincount(cells, minlength=clients.size)
    largest = np.zeros(clients.size, dtype=np.int64)
    np.maximum.at(largest, cells, counts)
    return Tally(clients, distinct, largest)


def enough(found: Tally, rules: Rules) -> Truth:
    """Cells with enough clients, enough therapists, and nobody with more than their share."""
    n = found.clients
    return (
        (n >= rules.clients)
        & (found.therapists >= rules.therapists)
        & (found.largest <= rules.share * n)
    )


def sums_enough(cells: Whole, values: NDArray[np.float64], cells_n: int, rules: Rules) -> Truth:
    """The (n, k) and the p % rule, on what each client adds to a sum, in size."""
    size = np.abs(values)
    order = np.lexsort((-size, cells))
    cells, size = cells[order], size[order]
    rank = np.arange(cells.size) - np.searchsorted(cells, cells)
    total = np.bincount(cells, size, minlength=cells_n).astype(float)

    def of_largest(n: int) -> NDArray[np.float64]:
        first = rank < n
        return np.bincount(cells[first], size[first], minlength=cells_n).astype(float)

    rest = total - of_largest(2)
    kept: Truth = (of_largest(rules.nk_n) <= rules.nk_k * total) & (rest >= rules.p * of_largest(1))
    return kept
