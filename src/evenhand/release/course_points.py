"""Points of a curve, worked out from published counts and from nothing else.

The counts say how many had ended in a way after at most so many sessions, and how many were
still seen. Between two published sessions endings are laid out evenly, then weighed until both
kinds of count agree (iterative proportional fitting). What rounding leaves open is found by
moving each count by half a step: the effects are added up in size, which is exact to the first
order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from evenhand.models.course_tables import ENDINGS
from evenhand.models.incidence import incidence_of_counts
from evenhand.release.course_sets import MOST

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Real = NDArray[np.float64]

ROUNDS = 60
"""Rounds of weighing; the last one leaves the endings' own counts as they are published."""

DROPPED, COMPLETED, ONGOING = (ENDINGS.index(e) for e in ("dropped out", "completed", "ongoing"))
CAUSES = ("dropped out", "completed")


@dataclass(frozen=True)
class Counts:
    """Published counts of a study's courses.

    Args:
        n: clients in all.
        ended: ending to {session: how many had ended so after at most so many}; `MOST` stands
            for all of them. An ending that is withheld is not there.
        still: session to how many were seen at it.
    """

    n: float
    ended: Mapping[str, Mapping[int, float]]
    still: Mapping[int, float]

    @property
    def end(self) -> int:
        """The last session of the curve: nothing is told of what comes after it apart."""
        last = [b for steps in self.ended.values() for b in steps if b < MOST]
        return max([1, *(b + 1 for b in last), *self.still])

    @property
    def totals(self) -> Real | None:
        """How many ended in each way in all, which adds up; None where it cannot be told."""
        told = [self.ended.get(ending, {}).get(MOST) for ending in ENDINGS]
        if sum(t is None for t in told) > 1:
            return None
        missing = told.index(None) if None in told else ONGOING
        rest = self.n - sum(t for i, t in enumerate(told) if i != missing and t is not None)
        return np.array([max(rest, 0.0) if i == missing else t for i, t in enumerate(told)])


@dataclass(frozen=True)
class Point:
    """A point of a curve: the share that had ended so after at most `session` sessions."""

    cause: str
    session: int
    share: float
    low: float
    high: float
    rounding_low: float
    rounding_high: float


def course_points(counts: Counts, base: int) -> list[Point]:
    """Cumulative incidence of leaving and of completing, each with the other competing.

    Args:
        counts: what is published.
        base: what it is rounded to.

    Returns:
        A point for each published session of an ending, with its 95 % interval and what rounding
        leaves open; none where too little is published.
    """
    found = _shares(counts)
    if found is None:
        return []
    open_ = np.zeros(len(found))
    at = np.array([share for _, _, share, _, _ in found])
    for moved in _moved(counts, base / 2):
        near = [_shares(one) for one in moved]
        effects = [np.abs([r[2] for r in n] - at) for n in near if n is not None]
        open_ += np.max(effects, axis=0)
    low, high = np.clip(at - open_, 0.0, 1.0), np.clip(at + open_, 0.0, 1.0)
    return [
        Point(cause, session, share, a, b, float(least), float(most))
        for (cause, session, share, a, b), least, most in zip(found, low, high, strict=True)
    ]


def _shares(counts: Counts) -> list[tuple[str, int, float, float, float]] | None:
    laid = laid_out(counts)
    if laid is None:
        return None
    seen = np.flatnonzero(laid.sum(axis=0) > 0)
    table = incidence_of_counts(
        (seen + 1).astype(np.float64),
        laid[[DROPPED, COMPLETED]][:, seen],
        laid[ONGOING, seen],
        CAUSES,
    )
    rows = {(r["cause"], int(r["time"])): r for r in table.iter_rows(named=True)}
    found = []
    for cause in CAUSES:
        for session in sorted(counts.ended.get(cause, {})):
            at = max(s for c, s in rows if c == cause and s <= min(session, counts.end))
            r = rows[cause, at]
            low, high = (r["share"] if r[k] is None else r[k] for k in ("low", "high"))
            found.append((cause, session, r["share"], low, high))
    return found


def laid_out(counts: Counts) -> Real | None:
    """Clients by ending and session, as even as the published counts allow.

    Returns:
        A row for each of `ENDINGS`, a column for each session up to the last one of the curve;
        None where more than one ending is withheld.
    """
    totals = counts.totals
    if totals is None or not counts.n:
        return None
    rows = [list(_bands(counts, i, float(total))) for i, total in enumerate(totals)]
    table = np.zeros((len(ENDINGS), counts.end))
    for i, bands in enumerate(rows):
        for first, last, n in bands:
            table[i, first:last] = n / (last - first)
    begins = [1, *sorted(counts.still)]
    sizes = [counts.n, *(counts.still[b] for b in begins[1:]), 0.0]
    for _ in range(ROUNDS):
        for k, first in enumerate(begins):
            last = begins[k + 1] - 1 if k + 1 < len(begins) else counts.end
            _scale(table[:, first - 1 : last], max(sizes[k] - sizes[k + 1], 0.0))
        for i, bands in enumerate(rows):
            for first, last, n in bands:
                _scale(table[i, first:last], n)
    return np.round(table, 9)


def _bands(counts: Counts, i: int, total: float) -> Iterator[tuple[int, int, float]]:
    """(first column, column after the last, clients) between published sessions of an ending."""
    told = counts.ended.get(ENDINGS[i], {})
    whole = told.get(MOST) or 1.0
    before, first = 0.0, 0
    for session in sorted({*told, MOST}):
        # Where the total is what the others leave, the steps keep their proportions.
        upto = total if session == MOST else told[session] / whole * total
        last = min(session, counts.end)
        yield first, last, max(upto - before, 0.0)
        before, first = upto, last


def _scale(cells: Real, size: float) -> None:
    """Weigh cells, in place, so that they add up to a size."""
    there = cells.sum()
    if there > 0:
        cells *= size / there


def _moved(counts: Counts, half: float) -> Iterator[tuple[Counts, Counts]]:
    """The counts with one of them moved down and up by half a step, for each of them."""

    def both(make: Mapping[int, float], key: int) -> list[dict[int, float]]:
        return [{**make, key: make[key] + sign * half} for sign in (-1, 1)]

    yield replace(counts, n=counts.n - half), replace(counts, n=counts.n + half)
    for ending, steps in counts.ended.items():
        for session in steps:
            down, up = both(steps, session)
            yield (
                replace(counts, ended={**counts.ended, ending: down}),
                replace(counts, ended={**counts.ended, ending: up}),
            )
    for session in counts.still:
        down, up = both(counts.still, session)
        yield replace(counts, still=down), replace(counts, still=up)
