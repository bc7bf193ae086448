"""Which sets of clients a curve is drawn from: each step holds enough endings to be seen.

Counts are published up to a session ("dropped out after at most 5 sessions"), so that rounding
moves a point of the curve by half a step of rounding and no more. Between two of them lie at least
ten endings, of at least three therapists: as many as a cell of a table needs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evenhand.models.course_tables import ENDINGS
from evenhand.release.course_sets import (
    ANY,
    COURSE,
    MOST,
    course_key,
    course_set,
    course_values,
)
from evenhand.release.decide import Case
from evenhand.release.figures import Block, Margin, measure_of
from evenhand.release.secondary import Board, Choice

ONE_CELL = np.zeros(1, dtype=np.int64)
FINEST_FIRST = (1, 2, 4, 0)
"""How many times the least number a step holds; 0 for no steps. Coarser ones are taken where finer
ones cannot be made safe."""


def margin_of(key: str) -> Margin:
    """The margin of one set: a count that nothing divides."""
    return Margin(measure_of(key), ())


@dataclass(frozen=True)
class Steps:
    """What a curve is drawn from.

    Args:
        shown: names of the sets whose counts are published.
        hidden: names of the sets that are kept back and must stay uncertain.
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
    for times in FINEST_FIRST:
        steps = _Finder(case, since, times).steps()
        if steps is not None and (safe := _protected(case, steps)) is not None:
            return safe
    return None


class _Finder:
    """Finds the finest steps of so many times the least number of clients."""

    def __init__(self, case: Case, since: Sequence[int], times: int) -> None:
        self.case = case
        self.since = since
        self.least = case.rules.clients
        self.step = times * self.least

    def steps(self) -> Steps | None:
        """Sets to show and sets to hide, or None where the clinic as a whole does not pass."""
        if not self._good(course_key(ANY), self.least):
            return None
        ends = {ending: self._ends(ending) for ending in ENDINGS}
        if not any(ends.values()):
            return None
        shown = [course_key(one, 1, last) for one in ENDINGS for last in ends[one]]
        hidden = [course_key(one) for one in ENDINGS if not ends[one]]
        return Steps((course_key(ANY), *shown), tuple(hidden))

    def _ends(self, ending: str) -> list[int]:
        """The sessions up to which those who ended so are counted; the last one takes in all."""
        if not self._good(course_key(ending), self.least) or not self._rest(ending):
            return []
        ends, after = [], 1
        for last in range(1, MOST) if self.step else ():
            step, rest = course_key(ending, after, last), course_key(ending, last + 1)
            upto = course_key(ending, 1, last)
            if all(self._good(key, self.step) for key in (step, rest, upto)):
                ends.append(last)
                after = last + 1
        return [*ends, MOST]

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
        return bool(case.passes(margin, {})[0]) and all(
            bool(case.moved(margin, then)[0]) for then in self.since
        )


def _protected(case: Case, steps: Steps) -> Steps | None:
    """The same with every hidden set uncertain, some steps given up; None if a whole had to be."""
    shown, hidden = case.earlier()
    everybody = Block(Margin(measure_of("clients"), ()), case.s, ONE_CELL)
    choices = [_choice(case, key, key in steps.shown) for key in (*steps.shown, *steps.hidden)]
    board = Board(case.system, [*shown, everybody], hidden, choices, case.rules)
    if not board.protect():
        return None
    kept = [key for key, choice in zip(steps.shown, choices, strict=False) if choice.shown[0]]
    given = [key for key in steps.shown if key not in kept]
    if any(course_set(key)[1:] == (1, MOST) for key in given):
        return None
    return Steps(tuple(kept), (*steps.hidden, *given))


def _choice(case: Case, key: str, shown: bool) -> Choice:
    margin = margin_of(key)
    people = case.people_of(margin, margin.measure.base)
    return Choice(Block(margin, case.s, ONE_CELL), np.array([shown]), people)
