"""Moves of clients between classes that no published count shows, found by linear programme."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from evenhand.release.figures import Block
from evenhand.release.protection import Classes, System, Target
from evenhand.release.rounding import behind, rounded
from evenhand.release.rules import Rules

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    Whole = NDArray[np.int64]
    Real = NDArray[np.float64]

TINY = 1e-6

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


FAR = 1
"""A move brings at most so many times the width into one class, so that no search is endless."""


class Search:
    """Looks for moves that keep hidden counts uncertain, under counts that may be given up.

    Every attacker is looked at: a move may not take away a client whom the attacker knows, but
    as much of it as leaves these alone is open. Moves found for one are tried on all.
    """

    def __init__(
        self, classes: Classes, known: Published, targets: Sequence[Target], width: int
    ) -> None:
        """Lay out what is known and what must stay uncertain; all of `known` stands at first."""
        self.known = known
        self.width = width
        self.standing = np.ones(len(known.owners), dtype=bool)
        self.most, self.least, split = _aims(targets, classes.n)
        self.unknown = (classes.clients - classes.known).astype(float)
        self.spare = np.asarray(split @ self.unknown.T).T
        self.found: list[Real] = []
        self.high, self.low = (np.zeros(self.spare.shape) for _ in range(2))

    def give_up(self, cells: Whole) -> None:
        """Take published cells back: all moves stay open, and there may be more."""
        self.standing[cells] = False

    def show(self, cell: int) -> list[Real]:
        """Publish a cell: moves that it would show are closed. Returns all that were open."""
        self.standing[cell] = True
        kept, self.found = self.found, []
        self.high[:], self.low[:] = 0.0, 0.0
        at = np.flatnonzero(self.known.owner == cell)
        rows, low, high = self.known.rows[at], self.known.low[at], self.known.high[at]
        for move in kept:
            change = rows @ move
            if np.all((change >= low - TINY) & (change <= high + TINY)):
                self._take(move)
        return kept

    def take_back(self, cell: int, moves: list[Real]) -> None:
        """Undo `show`: the moves that were open are open again."""
        self.standing[cell] = False
        known = {id(move) for move in self.found}
        for move in moves:
            if id(move) not in known:
                self._take(move)

    def narrow(self, which: Whole) -> tuple[int, int] | None:
        """The first of these counts that is bounded too tightly and for whom, or None."""
        self._sweep(which)
        for target in which.tolist():
            while (attacker := self._shortest(target)) is not None:
                self._look(self.most, target, attacker, which)
                if self._short(target, attacker):
                    self._look(-self.least, target, attacker, which)
                if self._short(target, attacker):
                    return target, attacker
        return None

    def _sweep(self, which: Whole) -> None:
        """Move many short counts at once, some up and some down, while that helps."""
        rng = np.random.default_rng(which.size)
        left, idle = np.inf, 0
        while idle < 4:
            short = (self.spare + self.high - self.low)[:, which] < self.width - TINY
            idle = 0 if short.sum() < 0.9 * left else idle + 1
            left = short.sum()
            if left <= 2:
                return
            attacker = int(np.argmax(short.sum(axis=1)))
            some = which[short[attacker]]
            up = rng.random(some.size) < 0.5
            aim = self._sum(self.most, some[up]) - self._sum(self.least, some[~up])
            self._solve(aim, attacker)

    def _sum(self, aims: csr_array, which: Whole) -> Real:
        """Aims together, each as much as any other."""
        sizes = np.maximum(np.asarray(aims[which].sum(axis=1)).ravel(), 1.0)
        return np.asarray(aims[which].T @ (1.0 / sizes))

    def _reach(self, target: int) -> Real:
        """How far apart two values of a count are known to be, for each attacker."""
        return self.spare[:, target] + self.high[:, target] - self.low[:, target]

    def _shortest(self, target: int) -> int | None:
        reach = self._reach(target)
        attacker = int(np.argmin(reach))
        return attacker if reach[attacker] < self.width - TINY else None

    def _short(self, target: int, attacker: int) -> bool:
        return bool(self._reach(target)[attacker] < self.width - TINY)

    def _look(self, aims: csr_array, target: int, attacker: int, which: Whole) -> None:
        """Move one hidden count as far as it goes, and others that are short with it."""
        aim = aims[[target]].toarray()[0]
        if not aim.any():
            return
        reach = (self.spare + self.high - self.low)[attacker, which]
        others = which[reach < self.width - TINY]
        self._solve(aim + 0.01 * self._sum(aims, others) / max(others.size, 1), attacker)

    def _solve(self, aim: Real, attacker: int) -> None:
        rows = np.flatnonzero(self.standing[self.known.owner])
        known = (self.known.rows[rows], self.known.low[rows], self.known.high[rows])
        move = solved(-aim, [known], -self.unknown[attacker], float(FAR * self.width))
        if move is not None:
            self._take(move)

    def _take(self, move: Real) -> None:
        """Credit a move to every attacker, as far as it leaves the clients alone whom they know."""
        self.found.append(move)
        down = move < -TINY
        part = np.ones(self.unknown.shape[0])
        if down.any():
            part = np.minimum((self.unknown[:, down] / -move[down]).min(axis=1), 1.0)
        self.high = np.maximum(self.high, np.outer(part, self.most @ move))
        self.low = np.minimum(self.low, np.outer(part, self.least @ move))

    def cheapest(self, target: int, attacker: int, held: NDArray[np.bool_], prices: Real) -> Whole:
        """The least that must be given up so that a hidden count has two values far enough apart.

        Args:
            target: the hidden count.
            attacker: from whom it must be hidden.
            held: cells that may be given up.
            prices: what giving up a cell costs.

        Returns:
            The cells, which are given up; none where that does not help.
        """
        at = np.flatnonzero(self.standing[self.known.owner])
        whole = self.known
        known = Published(
            whole.rows[at], whole.low[at], whole.high[at], whole.owner[at], whole.owners
        )
        ends = (self.most[[target]].toarray()[0], self.least[[target]].toarray()[0])
        need = self.width - self.spare[attacker, target]
        found = _two_moves(self.unknown[attacker], known, held[known.owner], prices, ends, need)
        if found is None:
            return np.zeros(0, dtype=np.int64)
        cells, moves = found
        self.give_up(cells)
        for move in moves:
            self._take(move)
        return cells


def _aims(targets: Sequence[Target], n: int) -> tuple[csr_array, csr_array, csr_array]:
    """What hidden counts gain by a move, at most and at least, and the classes that they share.

    At least, all who move in classes that a count only shares stay outside of it; at most, they
    come in.
    """
    from scipy.sparse import csr_array

    def rows(parts: list[Whole]) -> csr_array:
        at = np.repeat(np.arange(len(parts)), [p.size for p in parts])
        flat = np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)
        return csr_array((np.ones(flat.size), (at, flat)), shape=(len(parts), n))

    least, split = rows([t.whole for t in targets]), rows([t.split for t in targets])
    return least + split, least, split


def solved(
    cost: Real,
    constraints: Sequence[tuple[csr_array, Real | float, Real | float]],
    low: Real,
    high: float = np.inf,
) -> Real | None:
    """The cheapest point within bounds, or None where there is none."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    result = milp(
        cost,
        constraints=[LinearConstraint(a, lb, ub) for a, lb, ub in constraints if a.shape[0]],
        bounds=Bounds(low, high),
    )
    return None if result.status != 0 else np.asarray(result.x, dtype=float)


def _two_moves(
    free: Whole,
    known: Published,
    held: NDArray[np.bool_],
    prices: Real,
    ends: tuple[Real, Real],
    need: float,
) -> tuple[Whole, list[Real]] | None:
    """Two moves that keep all but what is given up, at the least price."""
    from scipy.sparse import block_array, csr_array

    n = free.size
    cells, place = np.unique(known.owner[held], return_inverse=True)
    at = (np.flatnonzero(held), place)
    tie = csr_array((np.ones(place.size), at), shape=(held.size, cells.size))
    one, none = known.rows, csr_array(known.rows.shape)
    above = block_array([[one, none, -tie], [none, one, -tie]], format="csr")
    below = block_array([[one, none, tie], [none, one, tie]], format="csr")
    aim = csr_array(np.concatenate([ends[0], -ends[1], np.zeros(cells.size)])[None, :])
    low = np.concatenate([-free.astype(float), -free.astype(float), np.zeros(cells.size)])
    cost = np.concatenate([np.zeros(2 * n), prices[cells]])
    highs, lows = np.tile(known.high, 2), np.tile(known.low, 2)
    found = solved(cost, [(above, -np.inf, highs), (below, lows, np.inf), (aim, need, np.inf)], low)
    if found is None:
        return None
    return cells[found[2 * n :] > TINY], [found[:n], found[n : 2 * n]]
