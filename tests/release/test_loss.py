"""How much the secondary step loses: against every smaller choice, tried one by one."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pytest

from evenhand.release.crowd import crowd_of
from evenhand.release.decide import Case
from evenhand.release.figures import margins_of, measure_of
from evenhand.release.history import History
from evenhand.release.possible import with_possible
from evenhand.release.rules import RULES
from evenhand.release.secondary import Board, Choice

Place = tuple[int, int]
"""(number of a margin, number of a cell among its cells)."""


class Table:
    """One table of a made-up clinic, with what passes the primary rules."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        roster: dict[str, tuple[str, ...]] = {
            f"p{n}": (
                f"t{rng.integers(12)}",
                f"a{rng.choice(3, p=(0.6, 0.3, 0.1))}",
                f"b{rng.choice(3, p=(0.5, 0.4, 0.1))}",
            )
            for n in range(int(rng.integers(120, 260)))
        }
        history = History()
        history.widen(["therapist", "a", "b"])
        history.labels.append("now")
        history.rosters.append(roster)
        margins = margins_of(measure_of("clients"), ("a", "b"))
        crowd = with_possible(crowd_of(history.dims, [roster], {}), margins, [0])
        self.case = Case(crowd, history, 0, RULES)
        self.found = [(margin, *self.case.candidates(margin, {})) for margin in margins]

    def choices(self, without: Sequence[Place] = ()) -> list[Choice]:
        made = [self.case._choice(margin, good.copy(), one) for margin, good, one in self.found]
        for number, cell in without:
            made[number].shown[cell] = False
        return made

    def given_up(self, without: Sequence[Place] = ()) -> list[Place] | None:
        """What the engine gives up besides these; None where it finds no way."""
        choices = self.choices(without)
        before = [choice.shown.copy() for choice in choices]
        if not Board(self.case.system, [], [], choices, RULES).protect():
            return None
        return [
            (number, cell)
            for number, (choice, was) in enumerate(zip(choices, before, strict=True))
            for cell in np.flatnonzero(was & ~choice.shown).tolist()
        ]

    def fewest(self, below: int) -> int:
        """The fewest cells that protect everything, `below` where fewer do not."""
        cells = [
            (number, cell)
            for number, choice in enumerate(self.choices())
            for cell in np.flatnonzero(choice.shown).tolist()
        ]
        for n in range(below):
            if any(self.given_up(some) == [] for some in combinations(cells, n)):
                return n
        return below


def losses(seeds: Sequence[int], most: int) -> list[tuple[int, int]]:
    """(cells given up, the fewest that would have done) of each table with any."""
    found = []
    for seed in seeds:
        table = Table(seed)
        given = table.given_up()
        if given and len(given) <= most:
            found.append((len(given), table.fewest(len(given))))
    return found


def test_the_secondary_step_gives_up_nothing_that_could_be_shown_again() -> None:
    """No cell that was given up is one too many by itself."""
    tried = 0
    for seed in range(12):
        table = Table(seed)
        given = table.given_up()
        for cell in given or []:
            tried += 1
            assert table.given_up([one for one in given or [] if one != cell]) != []
        if tried >= 4:
            break
    assert tried


@pytest.mark.slow
def test_little_is_lost_against_the_fewest_cells_that_would_do() -> None:
    found = losses(range(13), 3)
    assert len(found) >= 8
    given, fewest = (sum(one[n] for one in found) for n in (0, 1))
    print(f"{len(found)} tables: {given} cells given up, {fewest} would have done")
    assert given <= 1.25 * fewest
