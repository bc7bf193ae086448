"""Kinds of client as a box: how many there are of each, and which a printed count tells apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from evenhand.release.crowd import THERAPIST, Crowd
from evenhand.release.figures import Block, Margin

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Whole = NDArray[np.int64]
    Truth = NDArray[np.bool_]

LARGEST = 4_000_000
"""Kinds of one box at most; above, the groups with most clients are kept: the safe side."""


def span(margin: Margin) -> frozenset[str]:
    """Dimensions that a margin's counts look at."""
    dim = margin.measure.dim
    return frozenset(margin.dims) | (frozenset() if dim is None else {dim})


class Printed:
    """The cells of each margin that any release has shown, whatever the quarter."""

    def __init__(self, crowd: Crowd, before: Sequence[Block], new: Sequence[Block]) -> None:
        """Gather them: what was shown before stays, what is new may still be given up."""
        self.before: dict[Margin, Truth] = {}
        self.new: dict[Margin, Truth] = {}
        for cells, blocks in ((self.before, before), (self.new, new)):
            for block in blocks:
                if block.cells.size:
                    empty = np.zeros(crowd.cells_n(block.margin.dims), dtype=bool)
                    cells.setdefault(block.margin, empty)[block.cells] = True
        for margin, new_cells in self.new.items():
            new_cells &= ~self.before.get(margin, np.zeros(new_cells.size, dtype=bool))

    @property
    def margins(self) -> list[Margin]:
        """Margins of which anything is shown."""
        return list(dict.fromkeys([*self.before, *self.new]))


@dataclass(frozen=True)
class Steady:
    """Clients of one kind all along.

    Args:
        columns: who they are.
        values: dimension to the value of each.
        cohort: a number for each: the same for those who are there in the same snapshots.
        there: cohort by snapshot.
    """

    columns: Whole
    values: dict[str, Whole]
    cohort: Whole
    there: Truth


def steady_of(crowd: Crowd, dims: Sequence[str]) -> Steady:
    """The real clients who hold one value of each dimension, and always the same."""
    there = np.array([arrays[THERAPIST] >= 0 for arrays in crowd.held])
    kept = (crowd.weight > 0) & there.any(axis=0)
    combos = {}
    for dim in dims:
        held = np.array([arrays[dim] for arrays in crowd.held])
        most = held.max(axis=0)
        single = np.array([len(p) == 1 for p in crowd.dims[dim].parts], dtype=bool)
        kept &= ((held == most) | ~there).all(axis=0) & (most >= 0)
        kept &= single[np.maximum(most, 0)] if single.size else False
        combos[dim] = most
    columns = np.flatnonzero(kept)
    values = {}
    for dim, most in combos.items():
        of = np.array([p[0] for p in crowd.dims[dim].parts], dtype=np.int64)
        values[dim] = of[most[columns]]
    packed = np.ascontiguousarray(np.packbits(there[:, columns], axis=0).T)
    keys = packed.view(f"V{packed.shape[1]}").ravel()
    _, first, cohort = np.unique(keys, return_index=True, return_inverse=True)
    return Steady(columns, values, cohort.astype(np.int64), there[:, columns[first]].T)


@dataclass
class Box:
    """Clients by the dimensions that they may trade, in groups that are alike in all that matters.

    Args:
        traded: dimensions that are traded.
        fixed: the others that matter: a client keeps those.
        lengths: how many values each traded dimension has, those that somebody gave.
        groups: a row a group: its cohort, then its values of the fixed dimensions.
        n: clients of each kind: group, then a value of each traded dimension, flat.
        fixed_told: kinds that a count printed before tells apart.
        price: how many new counts tell each kind apart.
        places: margin to the cell of each kind, -1 where it is not counted, of new margins.
        owners: (kind, therapist) pairs in order of the kind, a pair a client and therapist.
    """

    traded: tuple[str, ...]
    fixed: tuple[str, ...]
    lengths: tuple[int, ...]
    groups: Whole
    n: Whole
    fixed_told: Truth
    price: Whole
    places: dict[Margin, Whole]
    owners: tuple[Whole, Whole]
    _by_values: dict[tuple[str, ...], dict[tuple[int, ...], list[int]]] = field(
        default_factory=dict
    )

    @property
    def kinds(self) -> int:
        """Kinds of one group."""
        return int(np.prod(self.lengths, dtype=np.int64))

    @cached_property
    def strides(self) -> Whole:
        """How far apart two values of each traded dimension lie."""
        return np.array(
            [int(np.prod(self.lengths[n + 1 :], dtype=np.int64)) for n in range(len(self.lengths))],
            dtype=np.int64,
        )

    @cached_property
    def sizes(self) -> Whole:
        """Clients of each group."""
        return np.asarray(self.n.reshape(-1, self.kinds).sum(axis=1))

    def give_up(self, margin: Margin, cell: int) -> None:
        """Take a new count back."""
        if margin in self.places:
            self.price[self.places[margin] == cell] -= 1

    def telling(self, kinds: Whole, printed: Printed) -> set[tuple[Margin, int]]:
        """The new counts that tell these kinds apart."""
        return {
            (margin, cell)
            for margin, places in self.places.items()
            for cell in np.unique(places[kinds]).tolist()
            if cell >= 0 and printed.new[margin][cell]
        }

    def groups_of(self, values: Mapping[str, int], cohorts: Truth) -> list[int]:
        """Groups with these values of fixed dimensions, the largest first."""
        wanted = tuple(d for d in self.fixed if d in values)
        if wanted not in self._by_values:
            self._by_values[wanted] = self._sorted_by(wanted)
        every = self._by_values[wanted].get(tuple(values[d] for d in wanted), [])
        return [g for g in every if cohorts[self.groups[g, 0]]]

    def _sorted_by(self, wanted: tuple[str, ...]) -> dict[tuple[int, ...], list[int]]:
        rows = self.groups[:, [1 + self.fixed.index(d) for d in wanted]]
        keys, of = np.unique(rows, axis=0, return_inverse=True)
        order = np.lexsort((-self.sizes, of.ravel()))
        ends = np.searchsorted(of.ravel()[order], np.arange(keys.shape[0] + 1))
        return {
            tuple(key): order[ends[n] : ends[n + 1]].tolist() for n, key in enumerate(keys.tolist())
        }

    def known(self, kinds: Whole) -> tuple[Whole, Whole]:
        """(place in `kinds`, therapist), a pair for each client and therapist of these kinds."""
        begins = np.searchsorted(self.owners[0], kinds)
        n = np.searchsorted(self.owners[0], kinds, "right") - begins
        which = np.repeat(np.arange(kinds.size), n)
        within = np.arange(n.sum()) - np.repeat(np.cumsum(n) - n, n)
        return which, self.owners[1][begins[which] + within]


def box_of(
    crowd: Crowd,
    steady: Steady,
    caseloads: tuple[Whole, Whole],
    printed: Printed,
    traded: tuple[str, ...],
    fixed: tuple[str, ...],
) -> Box:
    """Lay out a box.

    Args:
        crowd: everybody.
        steady: those who may be moved.
        caseloads: (column, therapist) pairs in order of the column.
        printed: what any release has shown.
        traded: dimensions that are traded.
        fixed: dimensions that matter besides.
    """
    lengths = tuple(int((~crowd.nobody(d)).sum()) for d in traded)
    kinds = int(np.prod(lengths, dtype=np.int64))
    rows = np.column_stack([steady.cohort, *(steady.values[d] for d in fixed)])
    groups, of = np.unique(rows, axis=0, return_inverse=True)
    of = of.ravel()
    place = np.zeros(of.size, dtype=np.int64)
    for dim, length in zip(traded, lengths, strict=True):
        place = place * length + steady.values[dim]
    most = max(LARGEST // max(kinds, 1), 1)
    if groups.shape[0] > most:
        top = np.sort(np.argsort(-np.bincount(of), kind="stable")[:most])
        number = np.full(groups.shape[0], -1)
        number[top] = np.arange(most)
        groups, of = groups[top], number[of]
    inside = of >= 0
    kind = of * kinds + place
    n = np.bincount(kind[inside], minlength=groups.shape[0] * kinds)
    found = Box(
        traded,
        fixed,
        lengths,
        groups,
        n,
        np.zeros(n.size, dtype=bool),
        np.zeros(n.size, dtype=np.int64),
        {},
        _owners(steady, kind, inside, caseloads),
    )
    _tell(crowd, printed, found)
    return found


def _owners(
    steady: Steady, kind: Whole, inside: Truth, caseloads: tuple[Whole, Whole]
) -> tuple[Whole, Whole]:
    columns, therapists = caseloads
    begins = np.searchsorted(columns, steady.columns[inside])
    n = np.searchsorted(columns, steady.columns[inside], "right") - begins
    which = np.repeat(np.arange(n.size), n)
    within = np.arange(n.sum()) - np.repeat(np.cumsum(n) - n, n)
    kinds, owners = kind[inside][which], therapists[begins[which] + within]
    order = np.lexsort((owners, kinds))
    return kinds[order], owners[order]


def _tell(crowd: Crowd, printed: Printed, box: Box) -> None:
    """Note which kinds lie in a shown cell of a margin that looks at all traded dimensions."""
    for margin in printed.margins:
        if not span(margin) >= set(box.traded):
            continue
        places = _places(crowd, margin, box)
        counted = places >= 0
        if margin in printed.before:
            box.fixed_told |= counted & printed.before[margin][places]
        if margin in printed.new:
            box.price += counted & printed.new[margin][places]
            box.places[margin] = places


def _places(crowd: Crowd, margin: Margin, box: Box) -> Whole:
    """The cell of a margin that each kind stands in, -1 where it is not counted."""
    ones = (1,) * len(box.traded)
    codes = {d: box.groups[:, 1 + i].reshape(-1, *ones) for i, d in enumerate(box.fixed)}
    for i, (dim, length) in enumerate(zip(box.traded, box.lengths, strict=True)):
        codes[dim] = np.arange(length).reshape(1, *ones[:i], length, *ones[i + 1 :])
    cell: Whole = np.zeros((box.groups.shape[0], *box.lengths), dtype=np.int64)
    for dim in margin.dims:
        cell = cell * len(crowd.dims[dim].labels) + codes[dim]
    if margin.measure.dim is not None:
        labels = crowd.dims[margin.measure.dim].labels
        base = [labels[v] for v in margin.measure.base if v in labels]
        cell = np.where(np.isin(codes[margin.measure.dim], base), cell, -1)
    return cell.ravel()
