"""Primary rules: what a cell must hold by itself. People are counted, never rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from evenhand.release.crowd import THERAPIST, Crowd
from evenhand.release.rounding import behind, rounded
from evenhand.release.rules import Rules

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Whole = NDArray[np.int64]
    Truth = NDArray[np.bool_]


@dataclass(frozen=True)
class Tally:
    """For each cell: clients, therapists, clients of the largest caseload, and of the two largest.

    Args:
        clients: how many clients there are.
        therapists: how many therapists stand behind them.
        largest: how many of the clients the largest caseload has.
        two: how many the two largest have together.
    """

    clients: Whole
    therapists: Whole
    largest: Whole
    two: Whole


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
    order = np.lexsort((-counts, cells))
    cells, counts = cells[order], counts[order]
    rank = np.arange(cells.size) - (np.cumsum(distinct) - distinct)[cells]
    largest = np.zeros(clients.size, dtype=np.int64)
    largest[cells[rank == 0]] = counts[rank == 0]
    two = largest.copy()
    two[cells[rank == 1]] += counts[rank == 1]
    return Tally(clients, distinct, largest, two)


def enough(found: Tally, rules: Rules) -> Truth:
    """Cells with enough clients and therapists, no caseload above its share, no two nearly all.

    Two therapists who pool what they know must still find as many strangers in a cell as no
    hidden count may be bounded tighter than. Nor may these two rules and a caseload pin down the
    count behind a rounded one: the most that it can stand for must be more than they ask for.
    """
    n = found.clients
    _, most = behind(rounded(n, rules.base), rules.base)
    return (
        (n >= rules.clients)
        & (found.therapists >= rules.therapists)
        & (found.largest <= rules.share * n)
        & (found.largest < rules.share * most)
        & (n - found.two >= rules.width)
        & (most - found.two > rules.width)
    )


def not_pinned(found: Tally, every: Whole, rest: Tally, rules: Rules) -> Truth:
    """Cells whose count stays open to two therapists who know whom of theirs it leaves out.

    Everybody but those whom it leaves out for certain is the most that the count can be: that must
    be more than rounding, a caseload's share, and five strangers ask for.

    Args:
        found: those who are counted.
        every: how many clients each cell can be taken to have, at most.
        rest: those of the cell who are not counted.
        rules: the rules.
    """
    least, _ = behind(rounded(found.clients, rules.base), rules.base)
    most = every - rest.two
    return (most > least) & (rules.share * most > found.largest) & (most - found.two > rules.width)


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
