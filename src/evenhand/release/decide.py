"""Which cells of a table leave: the primary rules, then what moves, then the secondary ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from evenhand.release.crowd import THERAPIST, Crowd
from evenhand.release.figures import Block, Margin
from evenhand.release.history import History, Labels
from evenhand.release.primary import enough, sums_enough, tally
from evenhand.release.protection import System
from evenhand.release.rules import Rules
from evenhand.release.secondary import BUDGET, LATER_BUDGET, Board, Choice

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Whole = NDArray[np.int64]
    Real = NDArray[np.float64]
    Truth = NDArray[np.bool_]

DECLINED = "declined"
NOT_RELEASED = (DECLINED, "not asked", "unknown")
"""Answers that are kept apart and never released as a group of their own."""


@dataclass
class Decided:
    """What is to be said of one margin now.

    Args:
        margin: the margin.
        fresh: cells that are shown as they are in this snapshot.
        kept: cells that stand as they were published before.
        lapsed: cells whose old figure stands on, though they moved: what they hold now is kept
            back, and protected like any hidden count.
        first: how many cells passed the primary rules and the rule of movement.
    """

    margin: Margin
    fresh: Whole
    kept: list[Labels] = field(default_factory=list)
    lapsed: list[Labels] = field(default_factory=list)
    first: int = 0


class Case:
    """One snapshot that is to be released, with all that was released before it."""

    def __init__(self, crowd: Crowd, history: History, s: int, rules: Rules) -> None:
        """Keep what decisions are made from."""
        self.crowd = crowd
        self.history = history
        self.s = s
        self.rules = rules
        self.system = System(crowd)
        self._cells: dict[tuple[str, ...], dict[Labels, int]] = {}

    def cell(self, dims: tuple[str, ...], labels: Labels) -> int:
        """The number of a cell, worked out once."""
        known = self._cells.setdefault(dims, {})
        if labels not in known:
            known[labels] = self.crowd.cell(dims, labels)
        return known[labels]

    def passes(self, margin: Margin, values: Mapping[str, Real]) -> Truth:
        """Cells that keep the primary rules, in all their parts.

        Args:
            margin: the margin.
            values: measure key to what each column adds to a sum, for means.
        """
        cells_n = self.crowd.cells_n(margin.dims)
        good = self._releasable(margin.dims)
        for part in margin.measure.parts:
            columns, cells = self.system.pairs(margin, part, self.s)
            good &= enough(tally(self.crowd, self.s, columns, cells, cells_n), self.rules)
            if margin.measure.key in values:
                real = self.crowd.weight[columns] > 0
                amounts = values[margin.measure.key][columns[real]]
                good &= sums_enough(cells[real], amounts, cells_n, self.rules)
        return good

    def people_of(self, margin: Margin, part: tuple[str, ...]) -> Whole:
        """Clients in one part of each cell."""
        columns, cells = self.system.pairs(margin, part, self.s)
        counts = np.bincount(cells, self.crowd.weight[columns], self.crowd.cells_n(margin.dims))
        return counts.astype(np.int64)

    def _releasable(self, dims: Sequence[str]) -> Truth:
        good = np.ones(1, dtype=bool)
        for dim in dims:
            here = np.array([label not in NOT_RELEASED for label in self.crowd.dims[dim].labels])
            good = (good[:, None] & here[None, :]).ravel()
        return good

    def moved(self, margin: Margin, since: int) -> Truth:
        """Cells into which or out of which enough clients went, in each of their parts."""
        return np.asarray(self.moved_since(margin, [since])[0])

    def moved_since(self, margin: Margin, snapshots: Sequence[int]) -> Truth:
        """The same since each of some snapshots: a row a snapshot, a column a cell."""
        cells_n = self.crowd.cells_n(margin.dims)
        good = np.ones(len(snapshots) * cells_n, dtype=bool)
        for part in margin.measure.parts:
            apart = [self._apart(margin, part, since) for since in snapshots]
            columns = np.concatenate([one[0] for one in apart])
            cells = np.concatenate([n * cells_n + one[1] for n, one in enumerate(apart)])
            found = self.system.caseload_tally(columns, cells, good.size)
            n = found.clients
            good &= (n >= self.rules.movers) & (found.therapists >= self.rules.therapists)
            good &= found.largest <= self.rules.share * n
        return good.reshape(len(snapshots), cells_n)

    def _apart(self, margin: Margin, part: tuple[str, ...], since: int) -> tuple[Whole, Whole]:
        """(column, cell) of clients who stand in a cell now and did not then, or the reverse."""
        then, now = self.crowd.held[since], self.crowd.held[self.s]
        came, gone = then[THERAPIST] < 0, now[THERAPIST] < 0
        other = np.zeros(self.crowd.size, dtype=bool)
        for dim in (*margin.dims, *([margin.measure.dim] if margin.measure.dim else [])):
            other |= then[dim] != now[dim]
        other &= ~came & ~gone & (self.crowd.weight > 0)
        columns, cells = self._real_pairs(margin, part, self.s)
        both = self.system.pairs_of(margin, part, self.s, np.flatnonzero(other))
        before = self.system.pairs_of(margin, part, since, np.flatnonzero(other))
        cells_n = self.crowd.cells_n(margin.dims)
        pairs = np.concatenate([one[0] * cells_n + one[1] for one in (both, before)])
        swapped, often = np.unique(pairs, return_counts=True)
        swapped = swapped[often == 1]
        left = np.flatnonzero(gone & ~came & (self.crowd.weight > 0))
        leaving = self.system.pairs_of(margin, part, since, left)
        new = came[columns]
        return (
            np.concatenate([columns[new], swapped // cells_n, leaving[0]]),
            np.concatenate([cells[new], swapped % cells_n, leaving[1]]),
        )

    def _real_pairs(self, margin: Margin, part: tuple[str, ...], s: int) -> tuple[Whole, Whole]:
        columns, cells = self.system.pairs(margin, part, s)
        real = self.crowd.weight[columns] > 0
        return columns[real], cells[real]

    def candidates(self, margin: Margin, values: Mapping[str, Real]) -> tuple[Truth, Decided]:
        """Cells that may be shown afresh, and those that stand as they were."""
        good = self.passes(margin, values)
        told = self.history.of(margin)
        decided = Decided(margin, np.zeros(0, dtype=np.int64))
        can_move = self._may_move(margin)
        for labels in told.standing:
            cell = self.cell(margin.dims, labels)
            if not can_move[cell]:
                decided.kept.append(labels)
            elif not good[cell]:
                decided.lapsed.append(labels)
        good &= can_move
        decided.first = int(good.sum())
        return good, decided

    def _may_move(self, margin: Margin) -> Truth:
        """Cells far enough from every snapshot in which they were published or kept back."""
        told = self.history.of(margin)
        fresh = self._by_snapshot(margin)
        snapshots = sorted(told.released)
        if not snapshots:
            return np.ones(self.crowd.cells_n(margin.dims), dtype=bool)
        concerned = [~self._frozen(margin, s, fresh.get(s, [])) for s in snapshots]
        moved = self.moved_since(margin, snapshots)
        size = self.crowd.cells_n(margin.dims)
        return np.asarray((moved | ~np.array(concerned).reshape(-1, size)).all(axis=0))

    def _frozen(self, margin: Margin, s: int, fresh: Sequence[int]) -> Truth:
        """Cells of which a snapshot said nothing: an older figure stood on, as nobody had moved."""
        told = self.history.of(margin)
        frozen = np.zeros(self.crowd.cells_n(margin.dims), dtype=bool)
        stood = told.released[s] - told.kept_back.get(s, frozenset())
        frozen[[self.cell(margin.dims, labels) for labels in stood]] = True
        frozen[fresh] = False
        return frozen

    def _by_snapshot(self, margin: Margin) -> dict[int, list[int]]:
        """Snapshot to the cells of which a figure was shown for the first time then."""
        found: dict[int, list[int]] = {}
        for s, labels in self.history.of(margin).versions:
            found.setdefault(s, []).append(self.cell(margin.dims, labels))
        return found

    def earlier(self) -> tuple[list[Block], list[Block]]:
        """(shown, hidden) cells of all earlier releases."""
        shown, hidden = [], []
        for margin, told in self.history.told.items():
            fresh = self._by_snapshot(margin)
            shown += [_block(margin, s, cells) for s, cells in fresh.items()]
            everything = np.arange(self.crowd.cells_n(margin.dims))
            for s, standing in told.released.items():
                stood = standing - told.kept_back.get(s, frozenset())
                cells = [self.cell(margin.dims, labels) for labels in stood]
                hidden.append(Block(margin, s, np.setdiff1d(everything, cells)))
        return shown, hidden

    def decide(self, margins: Sequence[Margin], values: Mapping[str, Real]) -> list[Decided] | None:
        """What is shown of these margins; None where nothing of them can be.

        Args:
            margins: levels of one table that were not released in this snapshot.
            values: measure key to what each column adds to a sum, for means.
        """
        found = [(margin, *self.candidates(margin, values)) for margin in margins]
        earlier = self.earlier()
        depths = sorted({len(margin.dims) for margin in margins}, reverse=True)
        for deepest in depths:
            # What cannot be protected, or not within the budget, is tried without its finest level.
            decided = [replace(one, lapsed=[*one.lapsed]) for _, _, one in found]
            choices = [
                self._choice(margin, good & (len(margin.dims) <= deepest), one)
                for (margin, good, _), one in zip(found, decided, strict=True)
            ]
            budget = BUDGET if deepest == depths[0] else LATER_BUDGET
            board = Board(self.system, *earlier, choices, self.rules, budget)
            if board.protect():
                for one, choice in zip(decided, choices, strict=True):
                    one.fresh = choice.block.cells[choice.shown]
                    self._keep_back(one)
                return decided
        return None

    def _choice(self, margin: Margin, good: Truth, one: Decided) -> Choice:
        """The cells of a margin that do not simply stand as they were."""
        kept = [self.cell(margin.dims, labels) for labels in one.kept]
        cells = np.setdiff1d(np.arange(good.size), kept)
        people = self.people_of(margin, margin.measure.base)
        return Choice(Block(margin, self.s, cells), good[cells], people[cells])

    def _keep_back(self, one: Decided) -> None:
        """Let the old figures stand of cells that were given up."""
        shown, known = set(one.fresh.tolist()), {*one.kept, *one.lapsed}
        for labels in self.history.of(one.margin).standing:
            if labels not in known and self.cell(one.margin.dims, labels) not in shown:
                one.lapsed.append(labels)


def _block(margin: Margin, s: int, cells: Sequence[int]) -> Block:
    return Block(margin, s, np.array(sorted(cells), dtype=np.int64))
