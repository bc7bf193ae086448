"""Attackers on what was printed. They know the rules, never the engine's inside.

Each takes facts: what was printed of a cell in a quarter, or that it was withheld.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

Key = tuple[str, ...]


@dataclass(frozen=True)
class Fact:
    """One count of one cell in one quarter: printed, or None where it is withheld.

    Args:
        quarter: the quarter that the figure speaks of.
        part: which values of `ended` it counts; empty for all clients.
        place: position to value.
        printed: the printed count.
        least: the least that can stand behind it.
        most: the most.
    """

    quarter: int
    part: Key
    place: tuple[tuple[str, str], ...]
    printed: int | None
    least: float = 0.0
    most: float = np.inf


@dataclass
class World:
    """All kinds of client that there could be: a variable for each, in each quarter."""

    dims: Mapping[str, Sequence[str]]
    quarters: Sequence[int]
    rows: list[tuple[np.ndarray, float, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Lay out the kinds."""
        self.kinds = list(product(*self.dims.values()))
        codes = [{v: n for n, v in enumerate(values)} for values in self.dims.values()]
        self.codes = np.array([[c[v] for c, v in zip(codes, k, strict=True)] for k in self.kinds])
        self.names = list(self.dims)
        self.lookup = codes

    @property
    def size(self) -> int:
        """How many variables there are."""
        return len(self.kinds) * len(self.quarters)

    def row(self, quarter: int, part: Key, place: Iterable[tuple[str, str]]) -> np.ndarray:
        """1 for every kind that a cell counts."""
        inside = np.ones(len(self.kinds), dtype=bool)
        for name, value in place:
            at = self.names.index(name)
            inside &= self.codes[:, at] == self.lookup[at][value]
        if part:
            at = self.names.index("ended")
            inside &= np.isin(self.codes[:, at], [self.lookup[at][v] for v in part])
        full = np.zeros(self.size)
        begin = list(self.quarters).index(quarter) * len(self.kinds)
        full[begin : begin + len(self.kinds)] = inside
        return full

    def learn(self, facts: Iterable[Fact]) -> None:
        """Take in printed figures."""
        for fact in facts:
            if fact.printed is not None:
                row = self.row(fact.quarter, fact.part, fact.place)
                self.rows.append((row, fact.least, fact.most))

    def same(self, then: Fact, now: Fact) -> None:
        """Know that nobody came or went in a cell between two quarters."""
        row = self.row(now.quarter, now.part, now.place)
        self.rows.append((row - self.row(then.quarter, then.part, then.place), 0.0, 0.0))

    def bounds(self, fact: Fact, known: np.ndarray | None = None) -> tuple[float, float]:
        """Least and most that a cell can hold, given the clients that the attacker knows."""
        aim = self.row(fact.quarter, fact.part, fact.place)
        rows = csr_array(np.array([r for r, _, _ in self.rows]).reshape(-1, self.size))
        limits = LinearConstraint(rows, [a for _, a, _ in self.rows], [b for *_, b in self.rows])
        low = np.zeros(self.size) if known is None else known
        ends = []
        for sign in (1.0, -1.0):
            box = Bounds(low, np.full(self.size, 10_000.0))
            result = milp(sign * aim, constraints=[limits] if self.rows else [], bounds=box)
            assert result.status == 0, result.message
            ends.append(float(result.fun) * sign)
        return ends[0], ends[1]


def rounded(n: int) -> int:
    """To the nearest five."""
    return 5 * ((2 * n + 5) // 10)


def fact_of(
    quarter: int, part: Key, place: Mapping[str, str], n: int | None, *, exact: bool = False
) -> Fact:
    """A fact with what rounding leaves open, or exactly as it is."""
    where = tuple(sorted(place.items()))
    if n is None:
        return Fact(quarter, part, where, None)
    if exact:
        return Fact(quarter, part, where, n, n, n)
    printed = rounded(n)
    return Fact(quarter, part, where, printed, max(printed - 2, 0), printed + 2)


def back_calculated(share: float, most: int, digits: int) -> list[tuple[int, int]]:
    """The numerators and denominators up to `most` that a printed share leaves open."""
    return [
        (k, n)
        for n in range(1, most + 1)
        for k in range(n + 1)
        if round(k / n, digits) == round(share, digits)
    ]


def spanned(rows: np.ndarray, aim: np.ndarray) -> bool:
    """Tracker: whether a hidden count is a sum and difference of published ones."""
    solution, *_ = np.linalg.lstsq(rows.T, aim, rcond=None)
    return bool(np.allclose(rows.T @ solution, aim, atol=1e-8))
