"""What curves of endings give away: clients by how, and after how many sessions, they ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from tests.release.worlds import Pool, Programme

ENDINGS = ("completed", "dropped out", "ongoing")
WIDTH, SMALL = 5, 10


@dataclass(frozen=True)
class Span:
    """Clients who ended in one of these ways after `first` to `last` sessions."""

    endings: tuple[str, ...]
    first: int
    last: int


@dataclass(frozen=True)
class Curve:
    """Counts that were printed, and what everybody may know of the rule behind them.

    Args:
        counts: span to printed count.
        base: what counts are rounded to; 1 for none.
        least: the least clients in a count, and between two counts of one ending.
        clients: how many clients the clinic has.
        longest: the most sessions that anybody had.
    """

    counts: dict[Span, int]
    base: int
    least: int
    clients: int
    longest: int


class Courses(Programme):
    """A variable for each ending and number of sessions, and one for those who are not followed."""

    def __init__(self, told: Curve) -> None:
        """Take in everything that was printed."""
        super().__init__()
        self.told = told
        sessions = range(1, told.longest + 1)
        self.kinds = [*product(ENDINGS, sessions), ("not followed", 0)]
        self.know(np.ones(len(self.kinds)), told.clients, told.clients)
        self.prior = [0]
        below, above = told.base // 2, (told.base - 1) // 2
        for span, n in told.counts.items():
            self.know(self.row(span), max(n - below, told.least), n + above)
        for step in self.steps():
            self.know(self.row(step), told.least, np.inf)

    def know(self, row: np.ndarray, least: float, most: float) -> None:
        """A count lies between two numbers."""
        self.rows.append(row)
        self.ends.append((least, most))

    def row(self, span: Span) -> np.ndarray:
        """1 for every kind that a span counts."""
        return np.array(
            [float(e in span.endings and span.first <= n <= span.last) for e, n in self.kinds]
        )

    def steps(self) -> Iterator[Span]:
        """What lies between two neighbouring printed sessions of an ending; rules make it large."""
        for ending in ENDINGS:
            last = sorted(s.last for s in self.told.counts if s.endings == (ending,))
            for a, b in zip([0, *last], last, strict=False):
                yield Span((ending,), a + 1, b)


def hidden_spans(told: Curve) -> list[Span]:
    """Every count of neighbouring sessions that was not printed, of one ending or of all."""
    found = []
    for endings in (*((e,) for e in ENDINGS), ENDINGS):
        for first in range(1, told.longest + 1):
            lasts = {first, first + 1, first + 2, told.longest}
            found += [Span(endings, first, n) for n in sorted(lasts) if n <= told.longest]
        found += [Span(endings, 1, n) for n in range(2, told.longest)]
    return [span for span in dict.fromkeys(found) if span not in told.counts]


def curve_attack(
    told: Curve, known: Sequence[tuple[str, int]] = ()
) -> list[tuple[Span, float, float]]:
    """Small counts that are bounded tighter than five, those whom the attacker knows left out.

    What is certain to hold ten or more is no small group: it may be told.
    """
    world = Courses(told)
    mine = np.zeros(len(world.kinds))
    for kind in known:
        mine[world.kinds.index(kind)] += 1
    spans = hidden_spans(told)
    aims = np.array([world.row(span) for span in spans])
    found = []
    before = Pool(world.unread())
    for n, low, high in Pool(world).narrow(aims, mine, WIDTH):
        if high < SMALL and not list(before.narrow(aims[[n]], mine, WIDTH)):
            found.append((spans[n], low - aims[n] @ mine, high - aims[n] @ mine))
    return found
