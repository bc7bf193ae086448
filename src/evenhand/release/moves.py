"""Moves of clients between classes that no published count shows, found by linear programme."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from evenhand.release.known import Cell, Published, published
from evenhand.release.programmes import TINY, Budget, solved, two_moves
from evenhand.release.protection import Classes, Target

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    Whole = NDArray[np.int64]
    Real = NDArray[np.float64]

__all__ = ["Cell", "Published", "Search", "published"]

IDLE = 2
"""So many sweeps that hardly help end the sweeping."""
UPWARDS = 0.6
"""The part of hidden counts that a sweep raises: most are small, and cannot fall far."""


class Search:
    """Looks for moves that keep hidden counts uncertain, under counts that may be given up.

    A count must stay uncertain for every coalition of one design (`Classes.design`): a move may
    not take away a client whom the coalition knows, but as much of it as leaves these alone is
    open. Moves found for one are tried on all.
    """

    def __init__(
        self,
        classes: Classes,
        known: Published,
        targets: Sequence[Target],
        width: int,
        budget: Budget,
    ) -> None:
        """Lay out what is known and what must stay uncertain; all of `known` stands at first."""
        self.known = known
        self.width = width
        self.budget = budget
        self.designs = [np.flatnonzero(classes.design == d) for d in np.unique(classes.design)]
        self.standing = np.ones(len(known.owners), dtype=bool)
        self.most, self.least, split = _aims(targets, classes.n)
        self.guess = np.array([t.guess for t in targets], dtype=np.int64)
        self.guessed = classes.guess
        unknown = (classes.clients - classes.known).astype(float)
        self.unknown = np.vstack([unknown, unknown.min(axis=0, initial=np.inf)])
        self.all = unknown.shape[0]
        """The last row: what no coalition knows. Moves that keep to it serve them all."""
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
        for design in (np.array([self.all]), *self.designs):
            for guess in np.unique(self.guess[which]):
                self._sweep(self._left(which[self.guess[which] == guess]), design)
        for target in self._left(which).tolist():
            who = self._narrow_for_all(target)
            if who is not None:
                return target, who
        return None

    def _narrow_for_all(self, target: int) -> int | None:
        """A coalition of the last design for whom a count stays narrow; None where one will do."""
        self._look(self.most, target, self.all)
        who: int | None = None
        for design in self.designs:
            who = self._narrow_for(target, design)
            if who is None:
                break
        return who

    def _narrow_for(self, target: int, design: Whole) -> int | None:
        """The first coalition of a design for whom no move keeps a count uncertain, or None."""
        for who in design.tolist():
            for aims in (self.most, -self.least):
                if self._short(target, who):
                    self._look(aims, target, who)
            if self._short(target, who):
                return int(who)
        return None

    def _left(self, which: Whole) -> Whole:
        """Those of these counts that are not yet known to be uncertain enough."""
        reach = self._reach()
        worst = np.array([reach[design].min(axis=0) for design in self.designs])
        short: NDArray[np.bool_] = worst.max(axis=0)[which] < self.width - TINY
        return np.asarray(which[short])

    def _reach(self) -> Real:
        """How far apart two values of each count are known to be, for each coalition."""
        reach: Real = self.spare + self.high - self.low
        return reach

    def _short(self, target: int, who: int) -> bool:
        reach = self.spare[who, target] + self.high[who, target] - self.low[who, target]
        return bool(reach < self.width - TINY)

    def _sweep(self, which: Whole, design: Whole) -> None:
        """Move many short counts of one guess at once, up and down, while that helps."""
        rng = np.random.default_rng(which.size)
        left, idle = np.inf, 0
        while idle < IDLE and which.size:
            reach = self._reach()[np.ix_(design, which)]
            short = (reach < self.width - TINY).sum(axis=1)
            idle = 0 if short.sum() < 0.9 * left else idle + 1
            left = short.sum()
            worst = int(np.argmax(short))
            some = which[reach[worst] < self.width - TINY]
            if some.size == 0:
                return
            self._push(some, rng.random(some.size) < UPWARDS, int(design[worst]))
            which = self._left(which)

    def _push(self, some: Whole, up: NDArray[np.bool_], who: int) -> None:
        """Bring as many counts as can be as far as they need, no further: some up, some down."""
        from scipy.sparse import csr_array, eye_array, hstack, vstack

        gap = self.width - self._reach()[who, some]
        far = np.where(up, self.high[who, some], -self.low[who, some]) + gap
        aims = vstack([self.most[some[up]], -self.least[some[~up]]])
        rows, low, high = self._standing()
        n, k = self.unknown.shape[1], some.size
        tie = hstack([aims, -eye_array(k)]).tocsr()
        wider = hstack([rows, csr_array((rows.shape[0], k))]).tocsr()
        found = self._solved(
            np.concatenate([np.zeros(n), -np.ones(k)]),
            [(wider, low, high), (tie, 0.0, np.inf)],
            np.concatenate([-self.unknown[who], np.zeros(k)]),
            np.concatenate([self._room(int(some[0])), far[up], far[~up]]),
        )
        if found is not None:
            self._take(found[:n])

    def _look(self, aims: csr_array, target: int, who: int) -> None:
        """Move one hidden count as far as it goes."""
        aim = aims[[target]].toarray()[0]
        if aim.any():
            bounds = -self.unknown[who], self._room(target)
            move = self._solved(-aim, [self._standing()], *bounds)
            if move is not None:
                self._take(move)

    def _room(self, target: int, most: float | None = None) -> Real:
        """How many may come into each class: none by a value that nobody gave, or its own only."""
        strange = (self.guessed & ~self.guess[target]) != 0
        return np.where(strange, 0.0, float(self.width) if most is None else most)

    def _standing(self) -> tuple[csr_array, Real, Real]:
        rows = np.flatnonzero(self.standing[self.known.owner])
        return self.known.rows[rows], self.known.low[rows], self.known.high[rows]

    def _solved(
        self,
        cost: Real,
        constraints: Sequence[tuple[csr_array, Real | float, Real | float]],
        low: Real,
        high: Real,
    ) -> Real | None:
        self.budget.take(cost.size * sum(int(rows.nnz) for rows, _, _ in constraints))
        return solved(cost, constraints, low, high)

    def _take(self, move: Real) -> None:
        """Credit a move to all, as far as it leaves the clients alone whom they know."""
        self.found.append(move)
        down = move < -TINY
        part = np.ones(self.unknown.shape[0])
        if down.any():
            part = np.minimum((self.unknown[:, down] / -move[down]).min(axis=1), 1.0)
        guessed = int(np.bitwise_or.reduce(self.guessed[np.abs(move) > TINY], initial=0))
        fits = (guessed & ~self.guess) == 0
        self.high = np.maximum(self.high, np.outer(part, (self.most @ move) * fits))
        self.low = np.minimum(self.low, np.outer(part, (self.least @ move) * fits))

    def cheapest(self, target: int, who: int, held: NDArray[np.bool_], prices: Real) -> Whole:
        """The least that must be given up so that a hidden count has two values far enough apart.

        Args:
            target: the hidden count.
            who: the coalition from whom it must be hidden.
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
        need = self.width - self.spare[who, target]
        self.budget.take(4 * known.rows.shape[1] * int(known.rows.nnz))
        room = (self.unknown[who], self._room(target, np.inf))
        found = two_moves(room, known, held[known.owner], prices, ends, need)
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
