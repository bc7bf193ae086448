"""Who was there, snapshot by snapshot, as arrays: people are columns, cells are sets of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Whole = NDArray[np.int64]
    Truth = NDArray[np.bool_]

SEVERAL = "; "
"""Between several values of one person in one position."""
THERAPIST = "therapist"
"""The dimension of who treats whom; the others are positions and what became of a treatment."""
UNKNOWN = "unknown"


@dataclass
class Dimension:
    """The values of one dimension, and the combinations in which people hold them."""

    labels: dict[str, int] = field(default_factory=dict)
    combos: dict[str, int] = field(default_factory=dict)
    parts: list[tuple[int, ...]] = field(default_factory=list)

    def label(self, text: str) -> int:
        """The number of a value, a new one where it has none."""
        return self.labels.setdefault(text, len(self.labels))

    def combo(self, text: str) -> int:
        """The number of a combination such as ``a; b``."""
        if text not in self.combos:
            values = [part for part in text.split(SEVERAL) if part] or [UNKNOWN]
            self.parts.append(tuple(self.label(value) for value in values))
            self.combos[text] = len(self.parts) - 1
        return self.combos[text]

    def ragged(self) -> tuple[Whole, Whole, Whole]:
        """(how many values, where they begin, the values) of the combinations in their order."""
        counts = np.array([len(p) for p in self.parts], dtype=np.int64)
        flat = np.array([v for p in self.parts for v in p], dtype=np.int64)
        return counts, np.concatenate([[0], np.cumsum(counts)])[:-1].astype(np.int64), flat


Roster = Mapping[str, Sequence[str]]
"""Tag of a client to a combination for each dimension."""


@dataclass
class Crowd:
    """All clients that any snapshot holds, real ones first, then possible ones of weight 0.

    Args:
        dims: name to its values.
        held: a snapshot to each dimension's combinations, -1 where a client is absent.
        weight: 1 for a client, 0 for a kind of client that there could be.
    """

    dims: dict[str, Dimension]
    held: list[dict[str, Whole]]
    weight: Whole
    _ragged: dict[str, tuple[Whole, Whole, Whole]] = field(default_factory=dict)
    _nobody: dict[str, Truth] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Columns, possible ones too."""
        return int(self.weight.size)

    def cells_n(self, dims: Sequence[str]) -> int:
        """How many cells these dimensions make."""
        return int(np.prod([len(self.dims[d].labels) for d in dims], dtype=np.int64))

    def cell(self, dims: Sequence[str], labels: Sequence[str]) -> int:
        """The number of a cell; its labels must be known."""
        number = 0
        for dim, label in zip(dims, labels, strict=True):
            number = number * len(self.dims[dim].labels) + self.dims[dim].labels[label]
        return number

    def labels(self, dims: Sequence[str], cell: int) -> tuple[str, ...]:
        """The labels of a cell."""
        found: list[str] = []
        for dim in reversed(dims):
            names = list(self.dims[dim].labels)
            cell, code = divmod(cell, len(names))
            found.append(names[code])
        return tuple(reversed(found))

    def present(self, s: int) -> Whole:
        """Columns that are there in a snapshot."""
        return np.flatnonzero(self.held[s][THERAPIST] >= 0)

    def among(self, s: int, dim: str | None, values: Iterable[str]) -> Whole:
        """Columns of a snapshot whose one value of `dim` is among these; all, without `dim`."""
        there = self.present(s)
        if dim is None:
            return there
        known = self.dims[dim].combos
        wanted = np.array([known[v] for v in values if v in known], dtype=np.int64)
        return there[np.isin(self.held[s][dim][there], wanted)]

    def values(self, s: int, dim: str, columns: Whole) -> tuple[Whole, Whole]:
        """(place in `columns`, value), as often as a column has values."""
        counts, begins, flat = self._ragged_of(dim)
        combos = self.held[s][dim][columns]
        n = counts[combos]
        if np.all(n == 1):
            return np.arange(columns.size), flat[begins[combos]]
        which = np.repeat(np.arange(columns.size), n)
        within = np.arange(n.sum()) - np.repeat(np.cumsum(n) - n, n)
        return which, flat[begins[combos][which] + within]

    def pairs(self, s: int, dims: Sequence[str], columns: Whole) -> tuple[Whole, Whole]:
        """(column, cell) for every cell that a column stands in; several for several values."""
        cells = np.zeros(columns.size, dtype=np.int64)
        for dim in dims:
            which, values = self.values(s, dim, columns)
            columns = columns[which]
            cells = cells[which] * len(self.dims[dim].labels) + values
        return columns, cells

    def nobody(self, dim: str) -> Truth:
        """The values of a dimension that no client ever gave, though they could: the last ones."""
        if dim not in self._nobody:
            given = np.zeros(len(self.dims[dim].parts) + 2, dtype=bool)
            for arrays in self.held:
                given[arrays[dim][self.weight > 0]] = True
            nobody = np.ones(len(self.dims[dim].labels), dtype=bool)
            for part, is_given in zip(self.dims[dim].parts, given, strict=False):
                nobody[list(part)] &= not is_given
            self._nobody[dim] = nobody
        return self._nobody[dim]

    def heard(self, dims: Sequence[str]) -> Truth:
        """For each cell whether clients gave each of its values, somebody at some time."""
        good = np.ones(1, dtype=bool)
        for dim in dims:
            good = (good[:, None] & ~self.nobody(dim)[None, :]).ravel()
        return good

    def guesses(self, dims: Mapping[str, Whole]) -> Whole:
        """A bit for each dimension in which a value is one that nobody ever gave.

        Args:
            dims: dimension to values, arrays that fit each other.
        """
        bits = enumerate(d for d in self.dims if d != THERAPIST and self.nobody(d).any())
        found = [self.nobody(d)[dims[d]].astype(np.int64) << n for n, d in bits if d in dims]
        return np.asarray(sum(found, np.zeros(1, dtype=np.int64)))

    def _ragged_of(self, dim: str) -> tuple[Whole, Whole, Whole]:
        known = self._ragged.get(dim)
        if known is None or known[0].size != len(self.dims[dim].parts):
            known = self._ragged[dim] = self.dims[dim].ragged()
        return known


def crowd_of(
    names: Sequence[str],
    rosters: Sequence[Roster],
    known: Mapping[str, Iterable[str]],
    changed: Sequence[Mapping[str, Sequence[str] | None]] | None = None,
) -> Crowd:
    """A crowd of these snapshots.

    Args:
        names: the dimensions, in the order of a roster's combinations.
        rosters: each snapshot's clients. "" stands for a dimension that was not kept then: the
            value is taken from the next snapshot that has it.
        known: dimension to values that could be given; they stand behind those that people hold.
        changed: for each snapshot who is other than in the one before, None for those who left;
            worked out where it is not given.
    """
    dims = {name: Dimension() for name in names}
    changes = _changes(rosters) if changed is None else changed
    tags: dict[str, int] = {}
    for some in changes:
        for tag in some:
            tags.setdefault(tag, len(tags))
    held: list[dict[str, Whole]] = []
    for some in changes:
        held.append(_arrays(dims, some, tags, held[-1] if held else None))
    for name in names:
        _fill(held, name, dims[name])
    for name, values in known.items():
        for value in values:
            dims[name].label(value)
    return Crowd(dims, held, np.ones(len(tags), dtype=np.int64))


def _changes(rosters: Sequence[Roster]) -> list[Mapping[str, Sequence[str] | None]]:
    found: list[Mapping[str, Sequence[str] | None]] = []
    before: Roster = {}
    for roster in rosters:
        gone = {tag: None for tag in before if tag not in roster}
        found.append(gone | {t: row for t, row in roster.items() if before.get(t) != row})
        before = roster
    return found


def _arrays(
    dims: Mapping[str, Dimension],
    changed: Mapping[str, Sequence[str] | None],
    tags: Mapping[str, int],
    before: Mapping[str, Whole] | None,
) -> dict[str, Whole]:
    """A snapshot's arrays: those of the one before, with what has changed since."""
    where = np.fromiter((tags[t] for t in changed), dtype=np.int64, count=len(changed))
    arrays = {}
    absent = (None,) * len(dims)
    by_dim = zip(*(absent if row is None else row for row in changed.values()), strict=True)
    told = list(by_dim) or [()] * len(dims)
    for (name, dim), values in zip(dims.items(), told, strict=True):
        code = {v: -1 if v is None else dim.combo(v) if v else -2 for v in dict.fromkeys(values)}
        arrays[name] = before[name].copy() if before else np.full(len(tags), -1, dtype=np.int64)
        arrays[name][where] = [code[v] for v in values]
    return arrays


def _fill(held: Sequence[dict[str, Whole]], name: str, dim: Dimension) -> None:
    """Give a client who lacks a dimension in a snapshot the value of the next that has it."""
    later = np.full(held[0][name].size if held else 0, -1, dtype=np.int64)
    for arrays in reversed(held):
        here = arrays[name]
        lacking = here == -2
        if lacking.any():
            told = later >= 0
            here[lacking & told] = later[lacking & told]
            if (lacking & ~told).any():
                # Only now: a value that nobody has would be a cell that nobody can be in.
                here[lacking & ~told] = dim.combo(UNKNOWN)
        later = np.where(here >= 0, here, later)
