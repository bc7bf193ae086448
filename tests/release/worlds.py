"""All clinics that could stand behind what was printed, as points of an integer programme.

A variable counts the clients of one kind: what they say of themselves, the quarter in which they
came, and what became of them since. Kinds and not persons: who is alike cannot be told apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from itertools import pairwise, product
from typing import Any, Self

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from tests.release.publications import Cell, Place, Publication

STATES = {
    "ended": ("dropped out", "completed", "ongoing"),
    "score": ("improved", "not improved", "one", "none"),
}
GOES_ON = {"ended": "ongoing"}
"""The value of a state that may change later, once."""

FEW = 3
"""So few counts are looked at one by one; more are moved together, by chance up or down."""

TRIES = 2_000
"""Nodes of a search; where it stops, its bound still holds."""
PATIENCE = 10.0
"""Seconds after which a bound is taken as it then stands: it holds, if a little wide."""


@dataclass(frozen=True)
class Fact:
    """A count known to lie between two numbers, or not known at all.

    Args:
        quarter: the quarter that it speaks of.
        part: values of the state that are counted.
        state: the state that says who counts, or "".
        place: where the cell stands.
        least: the least that is known of it.
        most: the most.
        since: an earlier quarter where only those count who have come since; else -1.
    """

    quarter: int
    part: tuple[str, ...]
    state: str
    place: Place
    least: float = 0.0
    most: float = np.inf
    since: int = -1


def facts_of(told: Publication, cell: Cell) -> Iterator[Fact]:
    """What a printed cell says of its parts, by rounding and by the rule it passed."""
    about = cell.about
    below, above = told.base // 2, (told.base - 1) // 2
    for part, n in zip(about.parts, (cell.n, cell.k, None), strict=False):
        floor = told.least if part == about.base or told.complement else 0
        if n is not None:
            low, high = max(n - below, floor), n + above
        else:
            low, high = floor, np.inf
        yield Fact(cell.quarter, part, about.state, cell.place, low, high)


def hidden_of(told: Publication, quarters: Sequence[int]) -> list[Fact]:
    """Every part of every cell that was not printed of these quarters, nor stands from earlier."""
    found: dict[Fact, None] = {}
    known = {(f.quarter, f.part, f.place) for c in told.cells for f in facts_of(told, c)}
    for about in told.abouts:
        for quarter, place in product(quarters, told.places(about)):
            if (about.name, place) in told.standing.get(quarter, ()):
                known |= {(quarter, part, place) for part in about.parts}
            if place or about.state:
                for part in about.parts:
                    found[Fact(quarter, part, about.state, place)] = None
    return [f for f in found if (f.quarter, f.part, f.place) not in known]


def printed_of(told: Publication, quarters: Sequence[int]) -> list[Fact]:
    """Every part of every printed cell; the clinic's total is no secret."""
    cells = [c for c in told.cells if c.quarter in quarters and (c.place or c.about.state)]
    return list(dict.fromkeys(f for c in cells for f in facts_of(told, c)))


def come_of(told: Publication, quarters: Sequence[int]) -> list[Fact]:
    """Those who came into a cell from one quarter to the next."""
    found: dict[Fact, None] = {}
    for about in told.abouts:
        for place in told.places(about):
            for then, now in pairwise(quarters):
                for part in about.parts if place or about.state else ():
                    found[Fact(now, part, about.state, place, since=then)] = None
    return list(found)


@dataclass
class Programme:
    """What is known of the numbers of clients of each kind.

    Args:
        rows: counts of which something is known, as sets of kinds.
        ends: the least and the most of each.
        prior: those rows that an attacker knows without any publication.
    """

    rows: list[np.ndarray] = field(default_factory=list, kw_only=True)
    ends: list[tuple[float, float]] = field(default_factory=list, kw_only=True)
    prior: list[int] = field(default_factory=list, kw_only=True)
    _matrix: Any = field(default=None, kw_only=True, repr=False)

    def unread(self) -> Self:
        """What an attacker knows who has read nothing."""
        known = [(self.rows[n], self.ends[n]) for n in self.prior]
        return self._with(known)

    def _with(self, known: Sequence[tuple[np.ndarray, tuple[float, float]]]) -> Self:
        """The same kinds, and only this known of them."""
        other = copy(self)
        other.rows, other.ends = [r for r, _ in known], [e for _, e in known]
        other._matrix = None
        return other

    def furthest(self, aim: np.ndarray, known: np.ndarray) -> tuple[float, np.ndarray | None]:
        """(the most that a count can be, a clinic in which it is so), given known clients."""
        low, high = np.array(self.ends).T
        if self._matrix is None or self._matrix.shape[0] != len(self.rows):
            self._matrix = csr_array(np.array(self.rows))
        result = milp(
            -aim,
            constraints=LinearConstraint(self._matrix, low, high),
            integrality=np.ones(aim.size),
            bounds=Bounds(known, np.inf),
            options={"node_limit": TRIES, "time_limit": PATIENCE},
        )
        assert result.status in (0, 1), result.message
        point = None if result.x is None else np.round(result.x)
        return float(np.floor(-result.mip_dual_bound + 1e-6)), point


@dataclass
class World(Programme):
    """Kinds of client, and what is known of their numbers.

    Args:
        told: what was published.
        quarters: the quarters that are looked at together.
    """

    told: Publication
    quarters: Sequence[int]

    def __post_init__(self) -> None:
        """Lay out the kinds."""
        self.dims = [d for d in self.told.values if any(d in a.dims for a in self.told.abouts)]
        self.states = sorted({a.state for a in self.told.abouts} - {""})
        columns = [self.told.values[d] for d in self.dims]
        paths = [list(self._paths(state)) for state in self.states]
        self.kinds = [
            (labels, came, path)
            for labels in product(*columns)
            for came in range(len(self.quarters))
            for path in product(*([p for p in some if p[0] == came] for some in paths))
        ]
        self.at = {kind: n for n, kind in enumerate(self.kinds)}
        self._masks: dict[tuple[str, str], np.ndarray] = {}
        for n, dim in enumerate(self.dims):
            for label in self.told.values[dim]:
                self._masks[dim, label] = np.array([k[0][n] == label for k in self.kinds])
        self._came = np.array([k[1] for k in self.kinds])
        self._path = [np.array([k[2][n][1] for k in self.kinds]) for n in range(len(self.states))]
        self.hidden = hidden_of(self.told, self.quarters)
        self.printed = printed_of(self.told, self.quarters)

    def _paths(self, state: str) -> Iterator[tuple[int, tuple[str, ...]]]:
        """(quarter of coming, value in each quarter) of everything that can become of a client."""
        last = len(self.quarters)
        for came in range(last):
            for value in STATES[state]:
                still = GOES_ON.get(state)
                latest = last if still is not None and value != still else came + 1
                for until in range(came, latest):
                    yield (
                        came,
                        ("",) * came + (still or "",) * (until - came) + (value,) * (last - until),
                    )

    def row(self, fact: Fact) -> np.ndarray:
        """1 for every kind that a count counts."""
        inside = self._inside(fact, fact.quarter)
        return inside if fact.since < 0 else inside - self._inside(fact, fact.since)

    def _inside(self, fact: Fact, quarter: int) -> np.ndarray:
        q = self.quarters.index(quarter)
        inside = self._came <= q
        for where in fact.place:
            inside = inside & self._masks[where]
        if fact.state:
            at = self.states.index(fact.state)
            inside = inside & np.isin(self._path[at][:, q], fact.part)
        return inside.astype(float)

    def rows_of(self, facts: Sequence[Fact]) -> np.ndarray:
        """A row a count."""
        rows = [self.row(fact) for fact in facts]
        return np.array(rows).reshape(len(rows), len(self.kinds))

    def learn(self, facts: Sequence[Fact]) -> None:
        """Take in what is known of counts."""
        self.rows += [self.row(f) for f in facts]
        self.ends += [(f.least, f.most) for f in facts]

    def read(self) -> None:
        """Take in everything that was printed of these quarters, and how many clients there are."""
        totals = [(q, self.told.totals[q]) for q in self.quarters]
        self.learn([Fact(q, (), "", (), n, n) for q, n in totals])
        self.prior = list(range(len(totals)))
        for cell in self.told.cells:
            if cell.quarter in self.quarters:
                self.learn(list(facts_of(self.told, cell)))
        if self.told.withheld < np.inf:
            bases = {(a.state, a.base) for a in self.told.abouts}
            hidden = [f for f in self.hidden if (f.state, f.part) in bases]
            self.learn([replace(f, most=self.told.withheld) for f in hidden])

    def same(self, then: Fact, now: Fact) -> None:
        """Know that nobody came into a cell, or changed in it, between two quarters."""
        self.prior.append(len(self.rows))
        self.rows.append(self.row(now) - self.row(then))
        self.ends.append((0.0, 0.0))


@dataclass
class Pool:
    """Clinics that were found possible: what varies among them is not known to an attacker."""

    world: Any

    def __post_init__(self) -> None:
        """No clinic is known yet."""
        self.points = np.zeros((0, len(self.world.kinds)))

    def bounds(self, aim: np.ndarray, known: np.ndarray, enough: float) -> tuple[float, float]:
        """Least and most of a count; no further apart than `enough`, where that is reached."""
        fits = list(self.points[(self.points >= known).all(axis=1)] @ aim)
        ends = [0.0, np.inf]
        for end, sign in ((1, 1.0), (0, -1.0)):
            if fits and max(fits) - min(fits) >= enough:
                return min(fits), max(fits)
            bound, point = self.world.furthest(sign * aim, known)
            ends[end] = sign * bound
            self._keep(point)
            fits += [] if point is None else [float(aim @ point)]
        return ends[0], ends[1]

    def narrow(
        self, aims: np.ndarray, known: np.ndarray, enough: float
    ) -> Iterator[tuple[int, float, float]]:
        """(which, least, most) of the counts that are bounded tighter than `enough`."""
        rng = np.random.default_rng(aims.shape[0])
        short, before = self._short(aims, known, enough), np.inf
        while FEW < short.size < 0.8 * before:
            before = short.size
            aim = rng.choice([-1.0, 1.0], short.size) @ aims[short]
            for sign in (1.0, -1.0):
                self._keep(self.world.furthest(sign * aim, known)[1])
            short = self._short(aims, known, enough)
        for n in short.tolist():
            low, high = self.bounds(aims[n], known, enough)
            if high - low < enough:
                yield n, low, high

    def _short(self, aims: np.ndarray, known: np.ndarray, enough: float) -> np.ndarray:
        """The counts that do not vary enough among the clinics that were found."""
        fits = self.points[(self.points >= known).all(axis=1)] @ aims.T
        if not fits.size:
            return np.arange(aims.shape[0])
        return np.flatnonzero(fits.max(axis=0) - fits.min(axis=0) < enough)

    def _keep(self, point: np.ndarray | None) -> None:
        if point is not None:
            self.points = np.vstack([self.points, point])

    def with_facts(self, facts: Sequence[Fact]) -> Pool:
        """The same, and more known; the clinics that it leaves possible are kept."""
        world = copy(self.world)
        world.rows, world.ends, world._matrix = [*world.rows], [*world.ends], None
        world.learn(facts)
        pool = Pool(world)
        counts = self.points @ np.array([world.row(f) for f in facts]).T
        low, high = np.array([(f.least, f.most) for f in facts]).T
        pool.points = self.points[((counts >= low) & (counts <= high)).all(axis=1)]
        return pool
