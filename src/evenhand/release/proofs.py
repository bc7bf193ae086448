"""Many hidden counts at once: which of them have boxes enough with clients to move."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import compress, product
from typing import TYPE_CHECKING

import numpy as np

from evenhand.release.boxes import Box

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Whole = NDArray[np.int64]
    Real = NDArray[np.float64]
    Truth = NDArray[np.bool_]

GROUPS = 6
"""Groups that are looked at for one count."""
ENOUGH = 3
"""Clients are moved up to so many times the width each way, so that some of it may be known."""
AT_ONCE = 256
"""Counts that are looked at together: so much memory does it take."""


@lru_cache(maxsize=256)
def picked(sizes: tuple[int, ...], tries: int) -> Whole:
    """Combinations of places: all where there are few, else some that are drawn once for all."""
    total = int(np.prod(sizes, dtype=np.int64))
    if total <= tries:
        some = np.arange(total)
    else:
        some = np.random.default_rng(20_020_501).choice(total, tries, replace=False)
    return np.column_stack(np.unravel_index(some, sizes)).astype(np.int64)


@lru_cache(maxsize=16)
def masks(n: int) -> Whole:
    """Corners of a box, a column each: those with an even number of steps first."""
    corners = sorted(product((0, 1), repeat=n), key=lambda c: (sum(c) % 2, c))
    return np.array(corners, dtype=np.int64).T


@dataclass(frozen=True)
class Starts:
    """Hidden counts of one margin as corners of one box.

    Args:
        begins: a row a count: its value of each traded dimension.
        at: a row a count, a column a group: the kind that is its corner there, -1 where none is.
        others: for each traded dimension the steps to the values that a client could have
            instead, all but its own, or the values themselves.
        values: for each traded dimension, whether `others` holds values.
    """

    begins: Whole
    at: Whole
    others: tuple[Whole, ...]
    values: tuple[bool, ...]


def starts_of(
    box: Box,
    places: Mapping[str, Whole],
    dim: str | None,
    value: int,
    counted: Sequence[int],
    cohorts: Truth,
) -> Starts:
    """Where hidden counts lie in a box.

    Args:
        box: the box.
        places: dimension to the value of each count.
        dim: the measure's dimension, or None.
        value: the value of it that is counted.
        counted: all values of it that are.
        cohorts: who was there whenever these counts were hidden.
    """
    size = next(iter(places.values())).size if places else 1
    all_values = {**places, **({dim: np.full(size, value)} if dim else {})}
    begins = np.array([all_values[d] for d in box.traded], dtype=np.int64).T
    at = np.full((size, GROUPS), -1, dtype=np.int64)
    offset = begins @ box.strides
    keys = [d for d in box.fixed if d in all_values]
    rows = np.array([all_values[d] for d in keys], dtype=np.int64).reshape(len(keys), size).T
    kinds, which = np.unique(rows, axis=0, return_inverse=True)
    for n, key in enumerate(kinds.tolist()):
        groups = box.groups_of(dict(zip(keys, key, strict=True)), cohorts)[:GROUPS]
        same = np.flatnonzero(which.ravel() == n)
        first = np.array(groups, dtype=np.int64) * box.kinds
        at[same[:, None], np.arange(len(groups))[None, :]] = first + offset[same][:, None]
    others, values = [], []
    for d, length in zip(box.traded, box.lengths, strict=True):
        values.append(d == dim)
        free = np.setdiff1d(np.arange(length), counted)
        others.append(free if d == dim else np.arange(1, length))
    return Starts(begins, at, tuple(others), tuple(values))


@dataclass
class Proof:
    """What was found for some counts so far.

    Args:
        box: the box.
        told: kinds that a printed count tells apart.
        need: how far apart two values must be.
        therapists: how many there are.
        total: clients who were moved, for each count.
        lost: (count, therapist, moves that the therapist rules out), piece by piece.
    """

    box: Box
    told: Truth
    need: int
    therapists: int
    total: Real
    lost: list[tuple[Whole, Whole, Real]] = field(default_factory=list)

    def more(self, rows: Whole, corners: Whole) -> None:
        """Move clients along boxes of some counts: (corner, count, box)."""
        is_open = ~self.told[corners].any(axis=0)
        half = corners.shape[0] // 2
        for losing in (corners[half:], corners[:half]):
            self._move(rows, losing, np.where(is_open, self.box.n[losing].min(axis=0), 0))

    def _move(self, rows: Whole, losing: Whole, room: Whole) -> None:
        """Take the roomiest box again and again, never one that shares a losing corner."""
        left = np.full(rows.size, ENOUGH * self.need, dtype=np.int64)
        while room.size:
            best = room.argmax(axis=1)
            n = np.minimum(room[np.arange(rows.size), best], left)
            going = np.flatnonzero(n > 0)
            if going.size < rows.size:
                # Who has no more room, or has moved enough, never moves again.
                rows, losing, room, left = rows[going], losing[:, going], room[going], left[going]
                best, n = best[going], n[going]
            kinds = losing[:, np.arange(rows.size), best]
            left -= n
            self.total[rows] += n
            self._lose(rows, kinds.T, n)
            for corner in kinds:
                room[(losing == corner[:, None]).any(axis=0)] = 0

    def _lose(self, rows: Whole, kinds: Whole, n: Whole) -> None:
        """Note how many of these moves each therapist rules out at most.

        Clients of a kind who stay are as many whom a therapist may know for nothing; of two
        therapists together each is given half of them.
        """
        flat, used = kinds.ravel(), np.repeat(n, kinds.shape[1])
        row = np.repeat(rows, kinds.shape[1])
        place, therapist = self.box.known(flat)
        keys, known = np.unique(place * self.therapists + therapist, return_counts=True)
        place, therapist = keys // self.therapists, keys % self.therapists
        stay = (self.box.n[flat] - used)[place]
        lost = np.clip(known - stay / 2, 0.0, used[place])
        hit = lost > 0
        self.lost.append((row[place[hit]], therapist[hit], lost[hit]))

    def widths(self) -> Real:
        """How far apart two values of each count are for two therapists together, at least."""
        worst = np.zeros(self.total.size)
        if self.lost:
            row, therapist, lost = (np.concatenate(part) for part in zip(*self.lost, strict=True))
            keys, of = np.unique(row * self.therapists + therapist, return_inverse=True)
            summed = np.bincount(of.ravel(), lost, keys.size)
            rows = keys // self.therapists
            order = np.lexsort((-summed, rows))
            rank = np.arange(order.size) - np.searchsorted(rows[order], rows[order])
            two = order[rank < 2]
            worst += np.bincount(rows[two], summed[two], worst.size)
        return self.total - worst


def corners_of(box: Box, starts: Starts, rows: Whole, column: int, tries: int) -> Whole:
    """Boxes of some counts in one group: (corner, count, box), the count at the first corner."""
    picks = picked(tuple(o.size for o in starts.others), tries)
    steps = []
    for i, (other, is_value) in enumerate(zip(starts.others, starts.values, strict=True)):
        begin = starts.begins[rows, i][:, None]
        to = other[picks[:, i]][None, :]
        step = (to if is_value else (begin + to) % box.lengths[i]) - begin
        steps.append(step * box.strides[i])
    first = np.broadcast_to(starts.at[rows, column][:, None], steps[0].shape)
    corners = masks(len(box.traded)).T.tolist()
    return np.stack([sum(compress(steps, corner), first) for corner in corners])


def proved(box: Box, starts: Starts, need: int, therapists: int, tries: int) -> Truth:
    """Which counts are uncertain enough by boxes of this shape alone."""
    done = np.zeros(starts.at.shape[0], dtype=bool)
    if not all(o.size for o in starts.others):
        return done
    told = box.fixed_told | (box.price > 0)
    useful = (starts.at >= 0) & ~told[starts.at]
    for some in np.array_split(np.arange(done.size), max(1, done.size // AT_ONCE)):
        proof = Proof(box, told, need, max(therapists, 1), np.zeros(done.size))
        left = some
        for column in range(GROUPS):
            rows = left[useful[left, column]]
            if rows.size == 0:
                continue
            proof.more(rows, corners_of(box, starts, rows, column, tries))
            done[rows] = proof.widths()[rows] >= need
            left = left[~done[left]]
    return done
