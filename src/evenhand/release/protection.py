"""What can be worked out about a hidden cell from everything that is shown, now and before.

The attacker is given more than is printed: who was there in which quarter and of what kind they
were in the others, how many clients the clinic has, and, as two of its therapists together,
everything about the clients of both caseloads. Clients who stand in exactly the same published
sets are one class. A move of clients between classes that no printed count shows is invisible, so
a hidden count is as uncertain as such moves, and changes of place within a class, make it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from evenhand.release.crowd import THERAPIST, Crowd
from evenhand.release.figures import Block, Margin
from evenhand.release.primary import Tally, tally_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Whole = NDArray[np.int64]


DESIGNS = ((4, 2), (6, 4))
"""(blocks of therapists, blocks that a coalition does not know): quick to look at, then finer."""


@dataclass(frozen=True)
class Classes:
    """Columns that no published count tells apart.

    Args:
        of: the class of each column.
        first: a column of each class.
        size: how many columns each has.
        clients: how many clients each has.
        known: how many of them a coalition knows, a row a coalition.
        guess: the dimensions in which a class holds a value that nobody ever gave, bit by bit.
        design: the number of the design that each coalition belongs to. Who is protected from all
            coalitions of one design is protected from any two therapists together.
    """

    of: Whole
    first: Whole
    size: Whole
    clients: Whole
    known: Whole
    design: Whole
    guess: Whole

    @property
    def n(self) -> int:
        """How many there are."""
        return int(self.first.size)


@dataclass(frozen=True)
class Target:
    """A hidden count that changes of place within classes do not protect.

    Args:
        place: (block, part, cell).
        whole: classes that lie wholly in it.
        split: classes that lie partly in it.
        guess: the dimensions in which it asks for a value that nobody ever gave, bit by bit. Who
            knows that everybody answered the others must not find it out either: its moves go by
            no other such value.
    """

    place: tuple[int, int, int]
    whole: Whole
    split: Whole
    guess: int = 0


class System:
    """All that was published of a crowd, as sets of columns."""

    def __init__(self, crowd: Crowd) -> None:
        """Keep the crowd; sets are worked out when they are asked for, once."""
        self.crowd = crowd
        self._pairs: dict[
            tuple[str | None, tuple[str, ...], tuple[str, ...], int], tuple[Whole, Whole]
        ] = {}

    def pairs(self, margin: Margin, part: tuple[str, ...], s: int) -> tuple[Whole, Whole]:
        """(column, cell) of one part of a margin in a snapshot."""
        key = (margin.measure.dim, part, margin.dims, s)
        if key not in self._pairs:
            columns = self.crowd.among(s, margin.measure.dim, part)
            self._pairs[key] = self.crowd.pairs(s, margin.dims, columns)
        return self._pairs[key]

    def pairs_of(
        self, margin: Margin, part: tuple[str, ...], s: int, columns: Whole
    ) -> tuple[Whole, Whole]:
        """The same for some columns alone, in their order."""
        if columns.size == 0:
            return columns, columns
        among = self.crowd.among(s, margin.measure.dim, part)
        return self.crowd.pairs(s, margin.dims, np.intersect1d(columns, among, assume_unique=True))

    def inside(self, block: Block, part: tuple[str, ...]) -> tuple[Whole, Whole]:
        """(column, cell) of a block's own cells."""
        columns, cells = self.pairs(block.margin, part, block.s)
        mask = np.zeros(self.crowd.cells_n(block.margin.dims), dtype=bool)
        mask[block.cells] = True
        here = mask[cells]
        return columns[here], cells[here]

    @cached_property
    def caseloads(self) -> tuple[Whole, Whole]:
        """(column, therapist), each once, over all snapshots."""
        n = max(len(self.crowd.dims[THERAPIST].labels), 1)
        keys = []
        for s in range(len(self.crowd.held)):
            there = self.crowd.present(s)
            there = there[self.crowd.weight[there] > 0]
            which, therapists = self.crowd.values(s, THERAPIST, there)
            keys.append(there[which] * n + therapists)
        both = np.unique(np.concatenate(keys)) if keys else np.zeros(0, dtype=np.int64)
        return both // n, both % n

    @cached_property
    def _begins(self) -> Whole:
        """Where each column's caseloads begin, and where the last one's end."""
        return np.searchsorted(self.caseloads[0], np.arange(self.crowd.size + 1))

    def caseload_tally(self, columns: Whole, cells: Whole, cells_n: int) -> Tally:
        """Count (column, cell) pairs, with everybody who ever treated a client."""
        therapists = self.caseloads[1]
        begins, n = self._begins[columns], np.diff(self._begins)[columns]
        which = np.repeat(np.arange(columns.size), n)
        within = np.arange(n.sum()) - np.repeat(np.cumsum(n) - n, n)
        most = len(self.crowd.dims[THERAPIST].labels)
        clients = np.bincount(cells, minlength=cells_n)
        return tally_of(clients, cells[which], therapists[begins[which] + within], most)

    def classes(self, shown: Sequence[Block]) -> Classes:
        """Columns sorted into classes by the shown cells that they stand in."""
        rng = np.random.default_rng(20_100_131)
        guesses, guess = np.unique(self.guess, return_inverse=True)
        marks = rng.integers(0, 2**64, size=guesses.size, dtype=np.uint64)[guess.ravel()]
        for block in shown:
            for part in block.margin.measure.shown:
                columns, cells = self.inside(block, part)
                sizes = self.crowd.cells_n(block.margin.dims)
                mark = rng.integers(0, 2**64, size=sizes, dtype=np.uint64)
                np.add.at(marks, columns, mark[cells])
        _, first, of = np.unique(marks, return_index=True, return_inverse=True)
        n = int(first.size)
        clients = np.bincount(of, self.crowd.weight, minlength=n).astype(np.int64)
        known = [np.bincount(of, unmoved, n) for unmoved, _ in self._coalitions]
        design = np.array([number for _, number in self._coalitions], dtype=np.int64)
        return Classes(
            of,
            first,
            np.bincount(of, minlength=n),
            clients,
            np.array(known, dtype=np.int64).reshape(-1, n),
            design,
            self.guess[first],
        )

    @cached_property
    def guess(self) -> Whole:
        """For each column the dimensions in which it holds a value that nobody ever gave."""
        found = np.zeros(self.crowd.size, dtype=np.int64)
        possible = np.flatnonzero(self.crowd.weight == 0)
        for s in range(len(self.crowd.held)):
            there = possible[self.crowd.held[s][THERAPIST][possible] >= 0]
            for dim in self.crowd.dims:
                if dim != THERAPIST and self.crowd.nobody(dim).any():
                    which, values = self.crowd.values(s, dim, there)
                    found[there[which]] |= self.crowd.guesses({dim: values})
        return found

    @cached_property
    def _coalitions(self) -> list[tuple[Whole, int]]:
        """(1 for each client whom a coalition knows, number of its design).

        Therapists are dealt into blocks by the size of their caseloads. A coalition is all but a
        few blocks, and so knows more than any two therapists in it: of each two therapists, some
        coalition of a design holds both.
        """
        columns, therapists = self.caseloads
        load = np.bincount(therapists, minlength=len(self.crowd.dims[THERAPIST].labels))
        rank = np.empty(load.size, dtype=np.int64)
        rank[np.argsort(-load, kind="stable")] = np.arange(load.size)
        found = []
        for number, (blocks, unknown) in enumerate(DESIGNS):
            turn = rank % (2 * blocks)
            block = np.where(turn < blocks, turn, 2 * blocks - 1 - turn)
            for left in combinations(range(blocks), unknown):
                told = np.zeros(self.crowd.size, dtype=np.int64)
                told[columns[~np.isin(block, left)[therapists]]] = 1
                found.append((told * self.crowd.weight, number))
        return found

    def exposed(self, classes: Classes, hidden: Sequence[Block], width: int) -> list[Target]:
        """Hidden counts that changes of place within classes leave narrower than `width`."""
        found: list[Target] = []
        for number, block in enumerate(hidden):
            for part, values in enumerate(block.margin.measure.parts):
                columns, cells = self.inside(block, values)
                found += _narrow(classes, block, (number, part), (columns, cells), width)
        return found


def _narrow(
    classes: Classes,
    block: Block,
    place: tuple[int, int],
    pairs: tuple[Whole, Whole],
    width: int,
) -> list[Target]:
    from scipy.sparse import csr_array

    columns, cells = pairs
    keys, counts = np.unique(cells * classes.n + classes.of[columns], return_counts=True)
    cell, one = keys // classes.n, keys % classes.n
    is_split = counts < classes.size[one]
    at = np.searchsorted(block.cells, cell[is_split])
    shape = (block.cells.size, classes.n)
    split = csr_array((np.ones(at.size), (at, one[is_split])), shape=shape)
    spare = split @ (classes.clients - classes.known).T
    wide = [(spare[:, classes.design == d] >= width).all(axis=1) for d in range(len(DESIGNS))]
    narrow = block.cells[~np.array(wide).any(axis=0)]
    begins, ends = np.searchsorted(cell, narrow), np.searchsorted(cell, narrow, "right")
    return [
        Target(
            (*place, int(c)),
            one[a:b][~is_split[a:b]],
            one[a:b][is_split[a:b]],
            int(np.bitwise_and.reduce(classes.guess[one[a:b]])) if b > a else 0,
        )
        for c, a, b in zip(narrow, begins, ends, strict=True)
    ]
