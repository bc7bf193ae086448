"""Which sets of clients a curve is drawn from: each step holds enough endings to be seen.

Counts are published up to a session ("dropped out after at most 5 sessions"), so that rounding
moves a point of the curve by half a step and no more. Between two of them lie at least ten
endings, of at least three therapists. How many were still seen is published the same way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evenhand.models.course_tables import ENDINGS
from evenhand.release.course_sets import (
    COURSE,
    MOST,
    STILL,
    course_key,
    course_set,
    course_values,
)
from evenhand.release.decide import Case
from evenhand.release.figures import Block, Margin, measure_of
from evenhand.release.secondary import Board, Choice

ONE_CELL = np.zeros(1, dtype=np.int64)
FINEST_FIRST = (
    *((ends, seen) for ends in (1, 2, 4) for seen in (1, 2, 4, 0)),
    (0, 0),
)
"""How many times the least number steps hold, of endings and of those still seen; 0 for no steps.
Coarser ones are taken where finer ones would tell of fewer."""


def margin_of(key: str) -> Margin:
    """The margin of one set: a count that nothing divides."""
    return Margin(measure_of(key), ())


@dataclass(frozen=True)
class Steps:
    """What a curve is drawn from.

    Args:
        shown: names of the sets whose counts are published.
        hidden: names of the sets that lie between them and must stay uncertain.
    """

    shown: tuple[str, ...]
    hidden: tuple[str, ...]


def choose_steps(case: Case, since: Sequence[int]) -> Steps | None:
    """The finest steps that are safe together with all that was released before.

    Args:
        case: the snapshot that is released.
        since: earlier snapshots of which a curve was released: every set has moved since then.

    Returns:
        The steps; None where not even the endings as a whole can be told.
    """
    for ends, seen in FINEST_FIRST:
        steps = _Finder(case, since, ends, seen).steps()
        if steps is not None and (safe := _protected(case, steps)) is not None:
            return safe
    return None


class _Finder:
    """Finds the finest steps of so many times the least number of clients."""

    def __init__(self, case: Case, since: Sequence[int], ends: int, seen: int) -> None:
        self.case = case
        self.since = since
        self.least = case.rules.clients
        self.ends = ends * self.least
        self.seen = seen * self.least
        self.known: dict[str, bool] = {}

    def steps(self) -> Steps | None:
        """Sets to show and sets to hide, or None where the clinic as a whole does not pass."""
        if not self._good(course_key(STILL), self.least):
            return None
        ends = {ending: self._ends(ending) for ending in ENDINGS}
        if not any(ends.values()):
            return None
        begins = self._begins() if self.seen else []
        shown = [course_key(STILL), *(course_key(STILL, first) for first in begins)]
        shown += [course_key(ending, 1, last) for ending in ENDINGS for last in ends[ending]]
        between = [
            key
            for ending in ENDINGS
            for key in _between(ending, [*ends[ending], *(b - 1 for b in begins)])
        ]
        # What passes the rules by itself may be told: only fewer are to stay uncertain.
        hidden = [k for k in between if k not in shown and not self._good(k, self.least)]
        return Steps(tuple(shown), tuple(hidden))

    def _ends(self, ending: str) -> list[int]:
        """The sessions up to which those who ended so are counted; the last one takes in all."""
        if not self._good(course_key(ending), self.least) or not self._rest(ending):
            return []
        ends, after = [], 1
        for last in range(1, MOST) if self.ends else ():
            step, rest = course_key(ending, after, last), course_key(ending, last + 1)
            upto = course_key(ending, 1, last)
            if all(self._good(key, self.ends) for key in (step, rest, upto)):
                ends.append(last)
                after = last + 1
        return [*ends, MOST]

    def _begins(self) -> list[int]:
        """The sessions at which it is told how many were still seen."""
        begins, after = [], 1
        for first in range(2, MOST + 1):
            left, rest = course_key(STILL, after, first - 1), course_key(STILL, first)
            gone = course_key(STILL, 1, first - 1)
            if all(self._good(key, self.seen) for key in (left, rest, gone)):
                begins.append(first)
                after = first
        return begins

    def _rest(self, ending: str) -> bool:
        """Whether those who have not ended so are enough, too."""
        case = self.case
        others = [v for one in ENDINGS if one != ending for v in course_values(course_key(one))]
        columns = case.crowd.among(case.s, COURSE, others)
        return int(case.crowd.weight[columns].sum()) >= self.least

    def _good(self, key: str, least: int) -> bool:
        """Whether a set keeps the primary rules and has moved since every earlier curve."""
        case, margin = self.case, margin_of(key)
        if int(case.people_of(margin, margin.measure.base)[0]) < least:
            return False
        if key not in self.known:
            self.known[key] = bool(case.passes(margin, {})[0]) and all(
                bool(case.moved(margin, then)[0]) for then in self.since
            )
        return self.known[key]


def _between(ending: str, cuts: Sequence[int]) -> list[str]:
    """The sets of one ending that lie between neighbouring published sessions."""
    ends = sorted({*cuts, MOST})
    begins = [1, *(last + 1 for last in ends[:-1])]
    return [course_key(ending, a, b) for a, b in zip(begins, ends, strict=True)]


def _protected(case: Case, steps: Steps) -> Steps | None:
    """The same steps if every hidden set stays uncertain; counts of those still seen may go."""
    shown, hidden = case.earlier()
    everybody = Block(Margin(measure_of("clients"), ()), case.s, ONE_CELL)
    choices = [_choice(case, key, key in steps.shown) for key in (*steps.shown, *steps.hidden)]
    board = Board(case.system, [*shown, everybody], hidden, choices, case.rules)
    if not board.protect():
        return None
    kept = [key for key, choice in zip(steps.shown, choices, strict=False) if choice.shown[0]]
    given = [key for key in steps.shown if key not in kept]
    if any(key == course_key(STILL) or course_set(key)[0] != STILL for key in given):
        return None
    return Steps(tuple(kept), (*steps.hidden, *given))


def _choice(case: Case, key: str, shown: bool) -> Choice:
    margin = margin_of(key)
    people = case.people_of(margin, margin.measure.base)
    return Choice(Block(margin, case.s, ONE_CELL), np.array([shown]), people)
