"""Exchanges that no printed count shows: proof of safety without a linear programme.

Clients exchange values of some dimensions along the corners of a box: half of the corners gain a
client each and the other half lose one. A count that leaves out one of these dimensions stays as
it is, so only counts over all of them must not be printed at any corner. What a hidden corner
holds is as uncertain as there are such boxes with clients to move.

Only clients who have been the same all along are moved, among those who came and went together,
and no rounding is made use of: what is proved here holds for all quarters at once. Where no box
is open, the cheapest one is opened by giving up the new counts at its corners.

Source: Giessing and Repsilber 2002, Tools and strategies to protect multiple tables (hypercubes).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from evenhand.release.boxes import Box, Printed, box_of, span, steady_of
from evenhand.release.crowd import THERAPIST, Crowd
from evenhand.release.figures import Block, Margin
from evenhand.release.moved import MANY, Moved
from evenhand.release.proofs import GROUPS, masks, picked, proved, starts_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Whole = NDArray[np.int64]
    Truth = NDArray[np.bool_]

MOST_TRADED = 4
"""Dimensions in which clients trade at once, at most."""
TRIED = (96, 1_500)
"""Boxes that are looked at in each group: few at first, then more."""


@dataclass(frozen=True)
class Hidden:
    """One hidden count, in all the snapshots in which it is hidden.

    Args:
        margin: the margin.
        part: the values of its measure that are counted.
        cell: the cell.
        snapshots: where it is hidden.
    """

    margin: Margin
    part: tuple[str, ...]
    cell: int
    snapshots: tuple[int, ...]


def gathered(hidden: Sequence[Block]) -> list[Hidden]:
    """Hidden counts, each once, with the snapshots in which it is hidden."""
    by_margin: dict[Margin, list[Block]] = {}
    for block in hidden:
        by_margin.setdefault(block.margin, []).append(block)
    found = []
    for margin, blocks in by_margin.items():
        cells = np.unique(np.concatenate([b.cells for b in blocks]))
        times = np.unique([b.s for b in blocks])
        where = np.zeros((cells.size, times.size), dtype=bool)
        for block in blocks:
            where[np.searchsorted(cells, block.cells), np.searchsorted(times, block.s)] = True
        for part in margin.measure.parts:
            found += [
                Hidden(margin, part, int(cell), tuple(times[here].tolist()))
                for cell, here in zip(cells, where, strict=True)
            ]
    return found


class Exchanges:
    """Finds exchanges, given everything that was ever shown, and gives up cells for them."""

    def __init__(
        self,
        crowd: Crowd,
        caseloads: tuple[Whole, Whole],
        shown: tuple[Sequence[Block], Sequence[Block]],
        hidden: Sequence[Block],
        width: int,
    ) -> None:
        """Lay out who may be moved; boxes are made when they are asked for, once.

        Args:
            crowd: everybody.
            caseloads: (column, therapist) pairs in order of the column.
            shown: what was shown before, and what is new.
            hidden: what is hidden.
            width: how far apart two values of a hidden count must be.
        """
        self.crowd = crowd
        self.caseloads = caseloads
        self.printed = Printed(crowd, *shown)
        self.width = width
        margins = {b.margin for b in (*shown[0], *shown[1], *hidden)}
        dims = [d for d in crowd.dims if any(d in span(m) for m in margins)]
        self.steady = steady_of(crowd, [d for d in dims if d != THERAPIST])
        measured = {m.measure.dim for m in margins} - {None}
        # What became of people hangs together: with several measures, one alone is not traded.
        self.kept = measured if len(measured) > 1 else set()
        self._boxes: dict[tuple[tuple[str, ...], tuple[str, ...]], Box] = {}

    def protect(self, hidden: Sequence[Hidden], s: int) -> list[tuple[Margin, int]] | None:
        """The new cells of snapshot `s` that are given up until all is proved; None: no way."""
        given: list[tuple[Margin, int]] = []
        left = list(hidden)
        while left:
            found: list[Hidden] = []
            for one in self.unproved(left):
                cells = self._given_up_for(one)
                if cells is None:
                    return None
                given += cells
                found += [Hidden(m, part, c, (s,)) for m, c in cells for part in m.measure.parts]
            left = found
        return given

    def _given_up_for(self, hidden: Hidden) -> list[tuple[Margin, int]] | None:
        """The fewest new cells whose giving up proves a count, as far as one box tells."""
        if not self._unproved([hidden], TRIED[0]):
            return []
        cohorts = self._cohorts(hidden)
        found = [_Count(self, hidden, box).cheapest(cohorts) for box in self._boxes_of(hidden)]
        ways = [sorted(cells, key=lambda c: (str(c[0]), c[1])) for cells in found if cells]
        if not ways:
            return None
        cells = min(ways, key=len)
        for margin, cell in cells:
            self.printed.new[margin][cell] = False
            for box in self._boxes.values():
                box.give_up(margin, cell)
        return cells

    def unproved(self, hidden: Sequence[Hidden]) -> list[Hidden]:
        """Those counts that exchanges do not prove uncertain enough."""
        left = list(hidden)
        for tries in TRIED:
            alike: dict[tuple[Margin, tuple[str, ...], tuple[int, ...]], list[Hidden]] = {}
            for one in left:
                alike.setdefault((one.margin, one.part, one.snapshots), []).append(one)
            left = [one for some in alike.values() for one in self._unproved(some, tries)]
        return left

    def _unproved(self, alike: Sequence[Hidden], tries: int) -> list[Hidden]:
        """The same for counts of one margin that were hidden in the same snapshots."""
        cohorts = self._cohorts(alike[0])
        margin, left = alike[0].margin, list(alike)
        if not cohorts.any():
            return left
        for traded in self._traded(alike[0]):
            open_now = self._not_told(left, traded)
            if open_now:
                box = self._box(traded, span(margin))
                done = {id(one) for one in self._proved(open_now, box, cohorts, tries)}
                left = [one for one in left if id(one) not in done]
        return left

    def _not_told(self, alike: Sequence[Hidden], traded: tuple[str, ...]) -> list[Hidden]:
        """Counts that no printed count beside them tells apart, so that a box may be open."""
        margin = alike[0].margin if alike else None
        if margin is None:
            return []
        places = self._places(margin, [one.cell for one in alike])
        told = np.zeros(len(alike), dtype=bool)
        for other in self.printed.margins:
            if other.measure.dim is None and set(traded) <= set(other.dims) <= set(margin.dims):
                lengths = tuple(len(self.crowd.dims[d].labels) for d in other.dims)
                cell = np.ravel_multi_index([places[d] for d in other.dims], lengths)
                for shown in (self.printed.before, self.printed.new):
                    if other in shown:
                        told |= shown[other][cell]
        return [one for one, is_told in zip(alike, told, strict=True) if not is_told]

    def _proved(
        self, alike: Sequence[Hidden], box: Box, cohorts: Truth, tries: int
    ) -> list[Hidden]:
        dim, counted = alike[0].margin.measure.dim, self.counted(alike[0])
        places = self._places(alike[0].margin, [one.cell for one in alike])
        done = np.zeros(len(alike), dtype=bool)
        for value in counted if dim else [0]:
            starts = starts_of(box, places, dim, value, counted, cohorts)
            done |= proved(box, starts, self.width, self.therapists, tries)
        return [one for one, is_done in zip(alike, done, strict=True) if is_done]

    def _places(self, margin: Margin, cells: Sequence[int]) -> dict[str, Whole]:
        """Dimension to the value of each of these cells."""
        lengths = tuple(len(self.crowd.dims[d].labels) for d in margin.dims)
        codes = np.unravel_index(np.array(cells, dtype=np.int64), lengths) if lengths else ()
        return dict(zip(margin.dims, map(np.asarray, codes), strict=True))

    def counted(self, hidden: Hidden) -> list[int]:
        """The values of its measure's dimension that a count counts."""
        dim = hidden.margin.measure.dim
        known = self.crowd.dims[dim].labels if dim else {}
        return [known[v] for v in hidden.part if v in known]

    @property
    def therapists(self) -> int:
        """How many there are."""
        return len(self.crowd.dims[THERAPIST].labels)

    def _cohorts(self, hidden: Hidden) -> Truth:
        """Those who were there whenever a count was hidden."""
        return np.asarray(self.steady.there[:, list(hidden.snapshots)].all(axis=1))

    def _boxes_of(self, hidden: Hidden) -> Iterator[Box]:
        """The boxes in which a count is a corner, the simplest first."""
        for traded in self._traded(hidden):
            yield self._box(traded, span(hidden.margin))

    def _traded(self, hidden: Hidden) -> Iterator[tuple[str, ...]]:
        """The dimensions that may be traded for a count."""
        whole = span(hidden.margin)
        dims = [d for d in self.crowd.dims if d in whole and d not in self.kept]
        for n in range(1, min(len(dims), MOST_TRADED) + 1):
            yield from combinations(dims, n)

    def _box(self, traded: tuple[str, ...], whole: frozenset[str]) -> Box:
        matter = set(whole)
        for margin in self.printed.margins:
            if span(margin) & set(traded):
                matter |= span(margin)
        fixed = tuple(d for d in self.crowd.dims if d in matter and d not in traded)
        key = (traded, fixed)
        if key not in self._boxes:
            self._boxes[key] = box_of(
                self.crowd, self.steady, self.caseloads, self.printed, traded, fixed
            )
        return self._boxes[key]


class _Count:
    """One hidden count as the corner of boxes."""

    def __init__(self, exchanges: Exchanges, hidden: Hidden, box: Box) -> None:
        """Find its place among the box's dimensions."""
        self.exchanges = exchanges
        self.box = box
        margin, dims = hidden.margin, exchanges.crowd.dims
        labels = exchanges.crowd.labels(margin.dims, hidden.cell)
        self.values = {
            d: dims[d].labels[label] for d, label in zip(margin.dims, labels, strict=True)
        }
        self.dim = margin.measure.dim
        self.counted = exchanges.counted(hidden)

    def cheapest(self, cohorts: Truth) -> set[tuple[Margin, int]]:
        """New cells that, given up, let enough clients be moved; none where that does not help."""
        corners = np.concatenate([_none(len(self.box.traded)), *self._boxes(cohorts, TRIED[1])])
        corners = corners[~self.box.fixed_told[corners].any(axis=1)]
        half = corners.shape[1] // 2
        n = self.box.n[corners]
        room = n[:, half:].min(axis=1, initial=MANY) + n[:, :half].min(axis=1, initial=MANY)
        corners, room = corners[room > 0], room[room > 0]
        worth = np.minimum(room, self.exchanges.width)
        price = self.box.price[corners].sum(axis=1) / np.maximum(worth, 1)
        moved, used = self._nobody_moved(), []
        for at in np.argsort(price, kind="stable").tolist():
            if moved.more(corners[[at]]):
                used.append(corners[at])
            if moved.width >= self.exchanges.width:
                return self.box.telling(np.concatenate(used), self.exchanges.printed)
        return set()

    def _nobody_moved(self) -> Moved:
        return Moved(self.box, self.exchanges.width, self.exchanges.therapists)

    def _boxes(self, cohorts: Truth, tries: int) -> Iterator[Whole]:
        """Corners of boxes, group by group, the largest groups first."""
        for value in self.counted if self.dim else [None]:
            values = self.values if value is None else {**self.values, str(self.dim): value}
            for group in self.box.groups_of(values, cohorts)[:GROUPS]:
                yield self._corners(group, values, tries)

    def _corners(self, group: int, values: Mapping[str, int], tries: int) -> Whole:
        """Boxes of one group with the count at their first corner."""
        begins = [values[d] for d in self.box.traded]
        other = [
            self._others(d, n, v)
            for d, n, v in zip(self.box.traded, self.box.lengths, begins, strict=True)
        ]
        at = group * self.box.kinds + int(np.dot(begins, self.box.strides))
        if self.box.fixed_told[at] or not all(o.size for o in other):
            return _none(len(begins))
        picks = picked(tuple(o.size for o in other), tries)
        steps = np.column_stack([o[p] - b for o, p, b in zip(other, picks.T, begins, strict=True)])
        corners: Whole = at + (steps * self.box.strides) @ masks(len(begins))
        return corners

    def _others(self, dim: str, n: int, value: int) -> Whole:
        """Values that a client could have instead, in an order that begins behind its own."""
        turned = (value + 1 + np.arange(n - 1)) % n
        return turned[~np.isin(turned, self.counted)] if dim == self.dim else turned


def _none(traded: int) -> Whole:
    return np.zeros((0, 1 << traded), dtype=np.int64)
