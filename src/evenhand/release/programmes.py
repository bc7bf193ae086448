"""Linear programmes: how far a hidden count can move, and what must be given up so that it can."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from evenhand.release.known import Published

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    Whole = NDArray[np.int64]
    Real = NDArray[np.float64]

TINY = 1e-6


class SpentError(Exception):
    """So much was solved for one decision that the rest is withheld unsolved."""


@dataclass
class Budget:
    """How much may be solved for one decision, in sizes of programmes and never in seconds.

    Args:
        left: what is left: of each programme, its variables times what is not 0 in its matrix.
    """

    left: int

    def take(self, size: int) -> None:
        """Take a programme's size off.

        Raises:
            SpentError: nothing is left.
        """
        self.left -= size
        if self.left < 0:
            raise SpentError


def solved(
    cost: Real,
    constraints: Sequence[tuple[csr_array, Real | float, Real | float]],
    low: Real,
    high: Real | float = np.inf,
) -> Real | None:
    """The cheapest point within bounds, or None where there is none."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    result = milp(
        cost,
        constraints=[LinearConstraint(a, lb, ub) for a, lb, ub in constraints if a.shape[0]],
        bounds=Bounds(low, high),
        options={"presolve": False},
    )
    return None if result.status != 0 else np.asarray(result.x, dtype=float)


def two_moves(
    room: tuple[Real, Real],
    known: Published,
    held: NDArray[np.bool_],
    prices: Real,
    ends: tuple[Real, Real],
    need: float,
) -> tuple[Whole, list[Real]] | None:
    """Two moves that keep all but what is given up, at the least price.

    Args:
        room: how many clients may leave each class, and how many may come.
        known: the published counts.
        held: those of them that may be given up.
        prices: what each cell costs.
        ends: what a hidden count gains by a move, at most and at least.
        need: how far apart the two must bring it.
    """
    from scipy.sparse import block_array, csr_array

    n = room[0].size
    cells, place = np.unique(known.owner[held], return_inverse=True)
    at = (np.flatnonzero(held), place)
    tie = csr_array((np.ones(place.size), at), shape=(held.size, cells.size))
    one, none = known.rows, csr_array(known.rows.shape)
    above = block_array([[one, none, -tie], [none, one, -tie]], format="csr")
    below = block_array([[one, none, tie], [none, one, tie]], format="csr")
    aim = csr_array(np.concatenate([ends[0], -ends[1], np.zeros(cells.size)])[None, :])
    low = np.concatenate([-room[0], -room[0], np.zeros(cells.size)])
    high = np.concatenate([room[1], room[1], np.full(cells.size, np.inf)])
    cost = np.concatenate([np.zeros(2 * n), prices[cells]])
    highs, lows = np.tile(known.high, 2), np.tile(known.low, 2)
    told: list[tuple[csr_array, Real | float, Real | float]]
    told = [(above, -np.inf, highs), (below, lows, np.inf), (aim, need, np.inf)]
    found = solved(cost, told, low, high)
    if found is None:
        return None
    return cells[found[2 * n :] > TINY], [found[:n], found[n : 2 * n]]
