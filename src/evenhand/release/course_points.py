"""Points of a curve, worked out from published counts and from nothing else.

The counts say how many had ended in a way after at most so many sessions. Between two published
sessions endings are laid out evenly. What that leaves open, and rounding with it, is found by
moving each count by half a step of rounding, and the endings of each kind to the first and to the
last session between two published ones: the effects are added up in size, exact to the first order.
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

DROPPED, COMPLETED, ONGOING = (ENDINGS.index(e) for e in ("dropped out", "completed", "ongoing"))
CAUSES = ("dropped out", "completed")


@dataclass(frozen=True)
class Counts:
    """Published counts of a study's courses.

    Args:
        n: clients in all.
        ended: ending to {session: how many had ended so after at most so many}; `MOST` stands
            for all of them. An ending that is withheld is not there.
    """

    n: float
    ended: Mapping[str, Mapping[int, float]]

    @property
    def end(self) -> int:
        """The last session of the curve: nothing is told of what comes after it apart."""
        last = [b for steps in self.ended.values() for b in steps if b < MOST]
        return max([1, *(b + 1 for b in last)])

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
        leaves open; none where too little is published. All who ended later are one set in which
        sessions are not told apart, so that no point is made of it.
    """
    laid = laid_out(counts)
    found = [] if laid is None else _shares(counts, laid)
    if laid is None or not found:
        return []
    open_ = _opened(counts, laid, base / 2)
    return [
        Point(cause, session, share, a, b, max(share - o, 0.0), min(share + o, 1.0))
        for (cause, session, share, a, b), o in zip(found, open_.tolist(), strict=True)
    ]


def _opened(counts: Counts, laid: Real, half: float) -> Real:
    """How far each point may lie elsewhere: counts moved by half a step, endings within steps."""

    def points(one: Counts, table: Real | None) -> Real:
        return np.array([p[2] for p in _shares(one, table)] if table is not None else at)

    at = points(counts, laid)
    pairs = [[points(one, laid_out(one)) for one in both] for both in _moved(counts, half)]
    pairs += [[points(counts, one) for one in both] for both in _shifted(counts, laid)]
    total: Real = np.sum([np.max(np.abs(np.array(pair) - at), axis=0) for pair in pairs], axis=0)
    return total


def _shares(counts: Counts, laid: Real) -> list[tuple[str, int, float, float, float]]:
    seen = np.flatnonzero(laid.sum(axis=0) > 0)
    events, going = laid[[DROPPED, COMPLETED]][:, seen], laid[ONGOING, seen]
    table = incidence_of_counts((seen + 1).astype(np.float64), events, going, CAUSES)
    rows = {(r["cause"], int(r["time"])): r for r in table.iter_rows(named=True)}
    found = []
    for cause in CAUSES:
        for session in sorted(set(counts.ended.get(cause, {})) - {MOST}):
            at = max(s for c, s in rows if c == cause and s <= session)
            r = rows[cause, at]
            low, high = (r["share"] if r[k] is None else r[k] for k in ("low", "high"))
            found.append((cause, session, r["share"], low, high))
    return found


def _shifted(counts: Counts, laid: Real) -> Iterator[tuple[Real, Real]]:
    """The endings of one kind all at the first, or all at the last session of every step."""
    for i, ending in enumerate(ENDINGS):
        begins = np.array([0, *sorted(c for c in counts.ended.get(ending, ()) if c < counts.end)])
        ends = np.array([*begins[1:], counts.end]) - 1
        sizes = np.add.reduceat(laid[i], begins)
        both = laid.copy(), laid.copy()
        for table, at in zip(both, (begins, ends), strict=True):
            table[i] = 0.0
            table[i, at] = sizes
        yield both


def laid_out(counts: Counts) -> Real | None:
    """Clients by ending and session, as even as the published counts allow.

    Returns:
        A row for each of `ENDINGS`, a column for each session up to the last one of the curve;
        None where more than one ending is withheld.
    """
    totals = counts.totals
    if totals is None or not counts.n:
        return None
    table = np.zeros((len(ENDINGS), counts.end))
    for i, total in enumerate(totals):
        for first, last, n in _bands(counts, i, float(total)):
            table[i, first:last] = n / (last - first)
    return table


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


def _moved(counts: Counts, half: float) -> Iterator[tuple[Counts, Counts]]:
    """The counts with one of them moved down and up by half a step, for each of them."""
    yield replace(counts, n=counts.n - half), replace(counts, n=counts.n + half)
    for ending, steps in counts.ended.items():
        for session in steps:
            down, up = (
                replace(counts, ended={**counts.ended, ending: {**steps, session: at}})
                for at in (steps[session] - half, steps[session] + half)
            )
            yield down, up


@dataclass(frozen=True)
class Seen:
    """How many clients were still seen at a session, and between how many it must have been."""

    session: int
    n: float
    low: float
    high: float


def seen_at(counts: Counts, base: int) -> list[Seen]:
    """Numbers at risk for each session of the curve, as far as the published counts tell.

    Who was seen at a session is everybody but those who had ended, in any way, after fewer.
    """
    laid = laid_out(counts)
    if laid is None:
        return []
    found = [Seen(1, counts.n, counts.n - base / 2, counts.n + base / 2)]
    untold = max(counts.n - sum(steps[MOST] for steps in counts.ended.values()), 0.0)
    off = (1 + len(counts.ended)) * base / 2
    for session in range(2, counts.end + 1):
        least, most = counts.n - untold, counts.n
        for steps in counts.ended.values():
            least -= min(n for last, n in steps.items() if last >= session - 1)
            most -= max((n for last, n in steps.items() if last < session), default=0.0)
        n = float(laid[:, session - 1 :].sum())
        found.append(Seen(session, n, max(least - off, 0.0), min(most + off, counts.n)))
    return found
