"""Which cells of a table leave: the primary rules, then what moves, then the secondary ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from evenhand.release.course_sets import COURSE
from evenhand.release.crowd import THERAPIST, Crowd
from evenhand.release.figures import Block, Margin
from evenhand.release.history import History, Labels
from evenhand.release.primary import Tally, enough, not_pinned, sums_enough, tally
from evenhand.release.protection import System
from evenhand.release.rounding import behind, rounded
from evenhand.release.rules import Rules
from evenhand.release.secondary import BUDGET, LATER_BUDGET, Board, Choice

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Whole = NDArray[np.int64]
    Real = NDArray[np.float64]
    Truth = NDArray[np.bool_]

DECLINED = "declined"
LATEST = 4
"""Snapshots in which a cell is looked at first for who came and went."""
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
        self._standing: dict[tuple[Margin, int], Truth] = {}
        self._others: dict[tuple[int, str | None], Whole] = {}

    def cell(self, dims: tuple[str, ...], labels: Labels) -> int:
        """The number of a cell, worked out once."""
        known = self._cells.setdefault(dims, {})
        if labels not in known:
            known[labels] = self.crowd.cell(dims, labels)
        return known[labels]

    def _numbers(self, dims: tuple[str, ...], several: Iterable[Labels]) -> list[int]:
        """The numbers of several cells."""
        known = self._cells.setdefault(dims, {})
        return [known[one] if one in known else self.cell(dims, one) for one in several]

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
            found = tally(self.crowd, self.s, columns, cells, cells_n)
            good &= enough(found, self.rules)
            if part in margin.measure.shown and margin.measure.dim not in (None, COURSE):
                good &= not_pinned(found, *self._besides(margin, columns), self.rules)
            if margin.measure.key in values:
                real = self.crowd.weight[columns] > 0
                amounts = values[margin.measure.key][columns[real]]
                good &= sums_enough(cells[real], amounts, cells_n, self.rules)
        return good

    def _besides(self, margin: Margin, counted: Whole) -> tuple[Whole, Tally]:
        """The most clients that each cell can be taken to have, and those of it not counted.

        How many clients the clinic has everybody there knows; other cells are known as printed.
        """
        cells_n = self.crowd.cells_n(margin.dims)
        columns, cells = self.crowd.pairs(self.s, margin.dims, self.crowd.present(self.s))
        real = self.crowd.weight[columns] > 0
        every = np.bincount(cells[real], minlength=cells_n)
        if margin.dims:
            every = behind(rounded(every, self.rules.base), self.rules.base)[1]
        rest = real & ~np.isin(columns, counted)
        return every, tally(self.crowd, self.s, columns[rest], cells[rest], cells_n)

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

    def moved_since(
        self, margin: Margin, snapshots: Sequence[int], asked: Truth | None = None
    ) -> Truth:
        """The same since each of some snapshots: a row a snapshot, a column a cell.

        Args:
            margin: the margin.
            snapshots: since when.
            asked: cells that are asked for, the others do not count as moved; all without it.
        """
        cells_n = self.crowd.cells_n(margin.dims)
        good = np.ones(len(snapshots) * cells_n, dtype=bool)
        for part in margin.measure.parts:
            apart = [self._apart(margin, part, since) for since in snapshots]
            columns = np.concatenate([one[0] for one in apart])
            cells = np.concatenate([n * cells_n + one[1] for n, one in enumerate(apart)])
            if asked is not None:
                here = asked[cells % cells_n]
                columns, cells = columns[here], cells[here]
            found = self.system.caseload_tally(columns, cells, good.size)
            n = found.clients
            good &= (n >= self.rules.movers) & (found.therapists >= self.rules.therapists)
            good &= found.largest <= self.rules.share * n
        return good.reshape(len(snapshots), cells_n)

    def _apart(self, margin: Margin, part: tuple[str, ...], since: int) -> tuple[Whole, Whole]:
        """(column, cell) of clients who stand in a cell now and did not then, or the reverse."""
        dims = (*margin.dims, *([margin.measure.dim] if margin.measure.dim else []))
        others = [self._changed(since, dim) for dim in dims]
        other = np.unique(np.concatenate([np.zeros(0, dtype=np.int64), *others]))
        columns, cells = self._real_pairs(margin, part, self.s)
        both = self.system.pairs_of(margin, part, self.s, other)
        before = self.system.pairs_of(margin, part, since, other)
        cells_n = self.crowd.cells_n(margin.dims)
        pairs = np.concatenate([one[0] * cells_n + one[1] for one in (both, before)])
        swapped, often = np.unique(pairs, return_counts=True)
        swapped = swapped[often == 1]
        leaving = self.system.pairs_of(margin, part, since, self._left(since))
        new = self.crowd.held[since][THERAPIST][columns] < 0
        return (
            np.concatenate([columns[new], swapped // cells_n, leaving[0]]),
            np.concatenate([cells[new], swapped % cells_n, leaving[1]]),
        )

    def _changed(self, since: int, dim: str) -> Whole:
        """Clients who are there in both snapshots, with another value of a dimension."""
        if (since, dim) not in self._others:
            then, now = self.crowd.held[since], self.crowd.held[self.s]
            there = (then[THERAPIST] >= 0) & (now[THERAPIST] >= 0) & (self.crowd.weight > 0)
            self._others[since, dim] = np.flatnonzero((then[dim] != now[dim]) & there)
        return self._others[since, dim]

    def _left(self, since: int) -> Whole:
        """Clients who were there in a snapshot and are not now."""
        if (since, None) not in self._others:
            then, now = self.crowd.held[since][THERAPIST], self.crowd.held[self.s][THERAPIST]
            self._others[since, None] = np.flatnonzero(
                (then >= 0) & (now < 0) & (self.crowd.weight > 0)
            )
        return self._others[since, None]

    def _real_pairs(self, margin: Margin, part: tuple[str, ...], s: int) -> tuple[Whole, Whole]:
        columns, cells = self.system.pairs(margin, part, s)
        real = self.crowd.weight[columns] > 0
        return columns[real], cells[real]

    def candidates(self, margin: Margin, values: Mapping[str, Real]) -> tuple[Truth, Decided]:
        """Cells that may be shown afresh, and those that stand as they were."""
        good = self.passes(margin, values)
        told = self.history.of(margin)
        decided = Decided(margin, np.zeros(0, dtype=np.int64))
        standing = [(labels, self.cell(margin.dims, labels)) for labels in told.standing]
        asked = good.copy()
        asked[[cell for _, cell in standing]] = True
        can_move = self._may_move(margin, asked)
        for labels, cell in standing:
            if not can_move[cell]:
                decided.kept.append(labels)
            elif not good[cell]:
                decided.lapsed.append(labels)
        good &= can_move
        decided.first = int(good.sum())
        return good, decided

    def _may_move(self, margin: Margin, asked: Truth) -> Truth:
        """Which of these cells are far enough from when they were published or kept back.

        The latest snapshots are looked at first: most cells fail there, and need no more looking.
        """
        fresh = self._by_snapshot(margin)
        snapshots = sorted(self.history.of(margin).released)
        free = asked.copy()
        for some in (snapshots[-LATEST:], snapshots[:-LATEST]):
            if some and free.any():
                silent = np.array([self._frozen(margin, s, fresh.get(s, [])) for s in some])
                free &= (self.moved_since(margin, some, free) | silent).all(axis=0)
        return free

    def _frozen(self, margin: Margin, s: int, fresh: Sequence[int]) -> Truth:
        """Cells of which a snapshot said nothing: an older figure stood on, as nobody had moved."""
        frozen = self._stood(margin, s).copy()
        frozen[fresh] = False
        return frozen

    def _stood(self, margin: Margin, s: int) -> Truth:
        """Cells of which a figure stood in an earlier snapshot that was not kept back, once."""
        if (margin, s) not in self._standing:
            told = self.history.of(margin)
            stood = np.zeros(self.crowd.cells_n(margin.dims), dtype=bool)
            cells = told.released[s] - told.kept_back.get(s, frozenset())
            stood[self._numbers(margin.dims, cells)] = True
            self._standing[margin, s] = stood
        return self._standing[margin, s]

    def _by_snapshot(self, margin: Margin) -> dict[int, list[int]]:
        """Snapshot to the cells of which a figure was shown for the first time then."""
        found: dict[int, list[int]] = {}
        versions = self.history.of(margin).versions
        cells = self._numbers(margin.dims, [labels for _, labels in versions])
        for (s, _), cell in zip(versions, cells, strict=True):
            found.setdefault(s, []).append(cell)
        return found

    def earlier(self) -> tuple[list[Block], list[Block]]:
        """(shown, hidden) cells of all earlier releases."""
        shown, hidden = [], []
        for margin, told in self.history.told.items():
            fresh = self._by_snapshot(margin)
            shown += [_block(margin, s, cells) for s, cells in fresh.items()]
            hidden += [
                Block(margin, s, np.flatnonzero(~self._stood(margin, s))) for s in told.released
            ]
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
