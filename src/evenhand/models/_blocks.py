"""Cross-products of a crossed design: Z'WZ, Z'W[X y] and [X y]'W[X y], factor by factor."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from evenhand.models._layout import Layout

MOST_PAIRS = 60_000
"""Pairs of entries that are worked on at a time, or half as many as the r × r matrix has places."""
SMALL = 2**31
"""Below it, places take half the memory."""


@dataclass(frozen=True)
class Sums:
    """Weighted sums of each row of the design (a cell, or one observation).

    Args:
        w: sums of w, of w·t and of w·t² where a factor has a slope on t.
        wx: sums of w·[X y], and of w·t·[X y] where a factor has a slope.
        g: [X y]'W[X y] over all rows.
    """

    w: tuple[np.ndarray, ...]
    wx: tuple[np.ndarray, ...]
    g: np.ndarray


@dataclass(frozen=True)
class Blocks:
    """The cross-products; q, a: levels and effects of the eliminated factor, r: the rest.

    Args:
        d: q × a × a, Z1'WZ1, which is block-diagonal.
        b: stored entries × a, Z1'WZr on its pattern.
        r: r × r, Zr'WZr.
        c: q × a × columns, Z1'W[X y].
        x: r × columns, Zr'W[X y].
        g: columns × columns, [X y]'W[X y].
    """

    d: np.ndarray
    b: np.ndarray
    r: np.ndarray
    c: np.ndarray
    x: np.ndarray
    g: np.ndarray


@dataclass(frozen=True)
class Pairs:
    """Entries one ≥ other of one level, and where their product stands in the r × r matrix.

    Args:
        entries: which entries stand as `one`, in order.
        counts: how many others each has.
        ends: where each one's others begin, and the last ends.
        other: the others.
        where: places in the r × r matrix, row by row.
    """

    entries: slice
    counts: np.ndarray
    ends: np.ndarray
    other: np.ndarray
    where: np.ndarray

    def products(self, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        """U of one times v of other."""
        found = np.repeat(u[self.entries], self.counts)
        found *= v[self.other]
        return found


class Pattern:
    """Where each row of the design adds to the cross-products; built once, filled often."""

    def __init__(self, layout: Layout, codes: Sequence[np.ndarray]) -> None:
        """Find the entries of Z1'Zr: one for each level that a level of the first meets."""
        self.layout = layout
        self.codes = tuple(codes)
        self.columns = [layout.column_of(f, a, codes[f]) for f, a in layout.columns()]
        r = layout.rest
        size = np.int32 if layout.sizes[0] * r < SMALL else np.int64
        keys = [(codes[0] * r + column).astype(size) for column in self.columns]
        entries, at = np.unique(
            np.concatenate(keys) if keys else np.zeros(0, size), return_inverse=True
        )
        small = np.int32 if max(len(entries), r, layout.sizes[0]) < SMALL else np.int64
        self.at = np.split(at.astype(small), len(keys)) if keys else []
        self.row, self.index = (entries // r, entries % r) if r else (entries, entries)
        self.row, self.index = self.row.astype(small), self.index.astype(small)
        ends = np.bincount(self.row, minlength=layout.sizes[0]).cumsum()
        self.indptr = np.concatenate([[0], ends]).astype(np.int64)

    @cached_property
    def pairs(self) -> list[Pairs]:
        """Pairs of entries of one level of the eliminated factor, in parts that fit in memory."""
        most = max(MOST_PAIRS, self.layout.rest**2 // 2)
        return [self._pairs(first, last) for first, last in _chunks(self.indptr, most)]

    def _pairs(self, first: int, last: int) -> Pairs:
        entries = slice(int(self.indptr[first]), int(self.indptr[last]))
        small: Any = np.int32 if max(self.layout.rest**2, len(self.index)) < SMALL else np.int64
        at = np.arange(entries.start, entries.stop, dtype=small)
        counts = at - self.indptr.astype(small)[self.row[entries]] + small(1)
        ends = np.concatenate([[0], counts.cumsum()]).astype(small)
        index = self.index.astype(small, copy=False)
        other = np.arange(ends[-1], dtype=small)
        other -= np.repeat(ends[1:] - at - small(1), counts)
        where = np.repeat(index[entries] * small(self.layout.rest), counts)
        where += index[other]
        return Pairs(entries, counts, ends, other, where)

    def gram(self, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        """Σ over levels of u'v in the lower triangle, 0 above; u and v hold entries.

        Where u is not v, it is the mean of u'v and v'u.
        """
        r = self.layout.rest
        out: np.ndarray = np.zeros(r * r)
        for p in self.pairs:
            products = p.products(u, v)
            if u is not v:
                products += p.products(v, u)
                products /= 2
            out += np.bincount(p.where, products, r * r)
        return out.reshape(r, r)

    def gram_of(self, many: Iterable[np.ndarray]) -> np.ndarray:
        """Σ of `gram(u, u)`, placed once for all."""
        r, total = self.layout.rest, [np.zeros(len(p.other)) for p in self.pairs]
        for u in many:
            for p, into in zip(self.pairs, total, strict=True):
                into += p.products(u, u)
        out = np.zeros(r * r)
        for p, products in zip(self.pairs, total, strict=True):
            out += np.bincount(p.where, products, r * r)
        return out.reshape(r, r)

    def times(self, entries: np.ndarray, lower: np.ndarray) -> np.ndarray:
        """Rows of entries times a symmetric r × r matrix, only where the rows have entries."""
        out = -np.diagonal(lower)[self.index][:, None] * entries
        flat = lower.reshape(-1)
        for p in self.pairs:
            met = csr_array((flat[p.where], p.other, p.ends), (len(p.counts), len(entries)))
            out[p.entries] += met @ entries
            out += met.T @ entries[p.entries]
        return np.asarray(out)

    def fill(self, sums: Sums) -> Blocks:
        """The cross-products for these weights."""
        return Blocks(
            d=self._eliminated(sums.w),
            b=self._between(sums.w),
            r=self.rest_products(sums.w),
            c=self.eliminated_sums(sums.wx),
            x=self.rest_sums(sums.wx),
            g=sums.g,
        )

    def eliminated_sums(self, wx: Sequence[np.ndarray]) -> np.ndarray:
        """Sums of columns by level of the eliminated factor: q × a × columns."""
        q, d = self.layout.sizes[0], self.layout.dims[0]
        by = [[np.bincount(self.codes[0], col, q) for col in wx[a].T] for a in range(d)]
        return np.array(by).reshape(d, -1, q).transpose(2, 0, 1)

    def rest_sums(self, wx: Sequence[np.ndarray]) -> np.ndarray:
        """Sums of columns by level of the other factors: r × columns."""
        out = np.zeros((self.layout.rest, wx[0].shape[1]))
        for (_, a), column in zip(self.layout.columns(), self.columns, strict=True):
            for n, col in enumerate(wx[a].T):
                out[:, n] += np.bincount(column, col, len(out))
        return out

    def _eliminated(self, w: Sequence[np.ndarray]) -> np.ndarray:
        q, d = self.layout.sizes[0], self.layout.dims[0]
        out = np.empty((q, d, d))
        for a in range(d):
            for b in range(d):
                out[:, a, b] = np.bincount(self.codes[0], w[a + b], q)
        return out

    def _between(self, w: Sequence[np.ndarray]) -> np.ndarray:
        out = np.zeros((len(self.index), self.layout.dims[0]))
        for (_, b), at in zip(self.layout.columns(), self.at, strict=True):
            for a in range(out.shape[1]):
                out[:, a] += np.bincount(at, w[a + b], len(out))
        return out

    def rest_products(self, w: Sequence[np.ndarray]) -> np.ndarray:
        """Zr'WZr: r × r."""
        r = self.layout.rest
        out = np.zeros((r, r))
        places = list(self.layout.columns())
        for m, (f, a) in enumerate(places):
            for n, (g, b) in enumerate(places[: m + 1]):
                weights = w[a + b]
                if f == g:
                    size, d, start = self._shape(f)
                    sums = np.bincount(self.codes[f], weights, size)
                    at = start + np.arange(size) * d
                    out[at + a, at + b] = out[at + b, at + a] = sums
                else:
                    self._cross(out, m, n, weights)
        return out

    def _shape(self, f: int) -> tuple[int, int, int]:
        return self.layout.sizes[f], self.layout.dims[f], self.layout.starts[f - 1]

    def _cross(self, out: np.ndarray, m: int, n: int, weights: np.ndarray) -> None:
        """Two different factors of the rest: both triangles."""
        places = list(self.layout.columns())
        (f, a), (g, b) = places[m], places[n]
        (qf, df, sf), (qg, dg, sg) = self._shape(f), self._shape(g)
        both = np.bincount(self.codes[f] * qg + self.codes[g], weights, qf * qg).reshape(qf, qg)
        rows, columns = slice(sf + a, sf + qf * df, df), slice(sg + b, sg + qg * dg, dg)
        out[rows, columns] = both
        out[columns, rows] = both.T


def _chunks(indptr: np.ndarray, most: int) -> list[tuple[int, int]]:
    """Runs of levels that have so many pairs of entries at most, or are single levels."""
    lengths = np.diff(indptr).astype(float)
    pairs = np.concatenate([[0], (lengths * (lengths + 1) / 2).cumsum()])
    ends, first = [], 0
    while first < len(lengths):
        last = int(np.searchsorted(pairs, pairs[first] + most, side="right")) - 1
        last = min(max(last, first + 1), len(lengths))
        ends.append((first, last))
        first = last
    return [(a, b) for a, b in ends if indptr[b] > indptr[a]]
