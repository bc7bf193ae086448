"""Which cells of a table leave: the primary rules, then what moves, then the secondary ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from evenhand.release.crowd import Crowd
from evenhand.release.figures import Block, Margin
from evenhand.release.history import History, Labels
from evenhand.release.primary import enough, sums_enough, tally
from evenhand.release.protection import System
from evenhand.release.rules import Rules
from evenhand.release.secondary import Board, Choice

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Whole = NDArray[np.int64]
    Real = NDArray[np.float64]
    Truth = NDArray[np.bool_]

NOT_RELEASED = ("declined", "not asked", "unknown")
"""Answers that are kept apart and never released as a group of their own."""


@dataclass
class Decided:
    """What is to be said of one margin now.

    Args:
        margin: the margin.
        fresh: cells that are shown as they are in this snapshot.
        kept: cells that stand as they were published before.
        lapsed: cells that stood and no longer do.
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
        cells_n = self.crowd.cells_n(margin.dims)
        good = np.ones(cells_n, dtype=bool)
        for part in margin.measure.parts:
            then, now = (self._real_pairs(margin, part, s) for s in (since, self.s))
            apart = np.setxor1d(
                then[0] * cells_n + then[1], now[0] * cells_n + now[1], assume_unique=True
            )
            found = self.system.caseload_tally(apart // cells_n, apart % cells_n, cells_n)
            n = found.clients
            good &= (n >= self.rules.movers) & (found.therapists >= self.rules.therapists)
            good &= found.largest <= self.rules.share * n
        return good

    def _real_pairs(self, margin: Margin, part: tuple[str, ...], s: int) -> tuple[Whole, Whole]:
        columns, cells = self.system.pairs(margin, part, s)
        real = self.crowd.weight[columns] > 0
        return columns[real], cells[real]

    def candidates(self, margin: Margin, values: Mapping[str, Real]) -> tuple[Truth, Decided]:
        """Cells that may be shown afresh, and those that stand as they were."""
        good = self.passes(margin, values)
        told = self.history.of(margin)
        decided = Decided(margin, np.zeros(0, dtype=np.int64))
        number = {labels: self.crowd.cell(margin.dims, labels) for labels in told.standing}
        can_move = self._may_move(margin)
        for labels, cell in number.items():
            if not can_move[cell]:
                good[cell] = False
                decided.kept.append(labels)
            elif not good[cell]:
                decided.lapsed.append(labels)
        good &= can_move
        decided.first = int(good.sum())
        return good, decided

    def _may_move(self, margin: Margin) -> Truth:
        """Cells far enough from every snapshot in which they were published or kept back."""
        told = self.history.of(margin)
        free = np.ones(self.crowd.cells_n(margin.dims), dtype=bool)
        for s, standing in told.released.items():
            frozen = np.zeros(free.size, dtype=bool)
            for labels in standing:
                frozen[self.crowd.cell(margin.dims, labels)] = True
            fresh = [self.crowd.cell(margin.dims, c) for at, c in told.versions if at == s]
            frozen[fresh] = False
            concerned = ~frozen & free
            if concerned.any():
                free &= frozen | self.moved(margin, s)
        return free

    def earlier(self) -> tuple[list[Block], list[Block]]:
        """(shown, hidden) cells of all earlier releases."""
        shown, hidden = [], []
        for margin, told in self.history.told.items():
            by_snapshot: dict[int, list[int]] = {}
            for s, labels in told.versions:
                by_snapshot.setdefault(s, []).append(self.crowd.cell(margin.dims, labels))
            shown += [_block(margin, s, cells) for s, cells in by_snapshot.items()]
            everything = np.arange(self.crowd.cells_n(margin.dims))
            for s, standing in told.released.items():
                cells = [self.crowd.cell(margin.dims, labels) for labels in standing]
                hidden.append(Block(margin, s, np.setdiff1d(everything, cells)))
        return shown, hidden

    def decide(self, margins: Sequence[Margin], values: Mapping[str, Real]) -> list[Decided] | None:
        """What is shown of these margins; None where nothing of them can be.

        Args:
            margins: levels of one table that were not released in this snapshot.
            values: measure key to what each column adds to a sum, for means.
        """
        shown, hidden = self.earlier()
        decided, choices = [], []
        for margin in margins:
            good, one = self.candidates(margin, values)
            kept = [self.crowd.cell(margin.dims, labels) for labels in one.kept]
            cells = np.setdiff1d(np.arange(good.size), kept)
            people = self.people_of(margin, margin.measure.base)
            choices.append(Choice(Block(margin, self.s, cells), good[cells], people[cells]))
            decided.append(one)
        board = Board(self.system, shown, hidden, choices, self.rules)
        if not board.protect():
            return None
        for one, choice in zip(decided, choices, strict=True):
            one.fresh = choice.block.cells[choice.shown]
        return decided


def _block(margin: Margin, s: int, cells: Sequence[int]) -> Block:
    return Block(margin, s, np.array(sorted(cells), dtype=np.int64))
