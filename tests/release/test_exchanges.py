"""Exchanges of clients as proofs: a linear programme that knows nothing of them finds the same."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy.optimize import linprog

from evenhand.release.crowd import Crowd, crowd_of
from evenhand.release.exchanges import Exchanges, Hidden, gathered
from evenhand.release.figures import Block, Margin, measure_of
from evenhand.release.possible import with_possible
from evenhand.release.protection import System

DIMS = ["a", "b", "c"]
LEVELS = (4, 4, 3)
WIDTH = 7


def clinic(clients: int, seed: int, therapists: int = 30) -> Crowd:
    rng = np.random.default_rng(seed)
    roster = {}
    for n in range(clients):
        places = [f"{d}{rng.choice(k, p=skewed(k))}" for d, k in zip(DIMS, LEVELS, strict=True)]
        ended = str(rng.choice(["completed", "dropped out", "ongoing"]))
        roster[f"p{n}"] = (f"t{rng.integers(therapists)}", ended, *places)
    return crowd_of(["therapist", "ended", *DIMS], [roster], {})


def skewed(n: int) -> np.ndarray:
    raw = np.arange(1, n + 1) ** -1.0
    return np.asarray(raw / raw.sum())


def levels(measure: str, dims: tuple[str, ...]) -> list[Margin]:
    kept = [some for n in range(len(dims) + 1) for some in combinations(dims, n)]
    return [Margin(measure_of(measure), some) for some in kept]


def parted(system: System, margins: list[Margin], least: int) -> tuple[list[Block], list[Block]]:
    """Cells with so many clients in each part are shown, all others hidden."""
    shown, hidden = [], []
    for margin in margins:
        size = system.crowd.cells_n(margin.dims)
        good = np.ones(size, dtype=bool)
        for part in margin.measure.parts:
            columns, cells = system.pairs(margin, part, 0)
            good &= np.bincount(cells, system.crowd.weight[columns], size) >= least
        shown.append(Block(margin, 0, np.flatnonzero(good)))
        hidden.append(Block(margin, 0, np.flatnonzero(~good)))
    return shown, hidden


def width_of(system: System, shown: list[Block], one: Hidden, known: np.ndarray) -> float:
    """How far apart two values of a count are, all printed counts exact, some clients known."""
    rows, right = [], []
    for block in shown:
        for part in block.margin.measure.shown:
            columns, cells = system.pairs(block.margin, part, 0)
            for cell in block.cells:
                row = np.zeros(system.crowd.size)
                row[columns[cells == cell]] = 1
                rows.append(row)
                right.append(row @ system.crowd.weight)
    columns, cells = system.pairs(one.margin, one.part, 0)
    aim = np.zeros(system.crowd.size)
    aim[columns[cells == one.cell]] = 1
    box = np.column_stack([known, np.full(system.crowd.size, 1e4)])
    ends = [
        linprog(sign * aim, A_eq=np.array(rows), b_eq=np.array(right), bounds=box).fun * sign
        for sign in (1.0, -1.0)
    ]
    return float(ends[1] - ends[0])


def merged(crowd: Crowd, therapists: tuple[int, int] | None) -> np.ndarray:
    """Which clients two therapists know, a column each."""
    held = crowd.held[0]["therapist"]
    is_known = np.isin(held, therapists or ()) & (crowd.weight > 0)
    return np.asarray(is_known.astype(float))


@pytest.mark.parametrize(("measure", "seed", "least"), [("clients", 1, 25), ("ended", 2, 10)])
def test_what_exchanges_prove_a_linear_programme_does_not_open(
    measure: str, seed: int, least: int
) -> None:
    margins = levels(measure, ("a", "b", "c"))
    crowd = with_possible(clinic(600, seed), margins, [0])
    system = System(crowd)
    shown, hidden = parted(system, margins, least)
    exchanges = Exchanges(crowd, system.caseloads, ([], shown), hidden, WIDTH)
    every = gathered(hidden)
    unproved = set(exchanges.unproved(every))
    proved = [one for one in every if one not in unproved]
    assert len(proved) >= 5
    rng = np.random.default_rng(seed)
    for n in rng.permutation(len(proved))[:5].tolist():
        for pair in (None, (0, 1), tuple(rng.choice(30, 2, replace=False).tolist())):
            assert width_of(system, shown, proved[n], merged(crowd, pair)) >= WIDTH - 1e-6


def test_cells_are_given_up_until_everything_is_proved() -> None:
    margins = levels("clients", ("a", "b"))
    crowd = with_possible(clinic(900, 3), margins, [0])
    system = System(crowd)
    shown, hidden = parted(system, margins, 30)
    exchanges = Exchanges(crowd, system.caseloads, ([], shown), hidden, WIDTH)
    before = sum(b.cells.size for b in shown)
    given = exchanges.protect(gathered(hidden), 0)
    assert given
    assert len(given) < before / 2
    left = [
        Block(b.margin, 0, np.array([c for c in b.cells.tolist() if (b.margin, c) not in given]))
        for b in shown
    ]
    kept = [
        Block(b.margin, 0, np.setdiff1d(np.arange(crowd.cells_n(b.margin.dims)), s.cells))
        for b, s in zip(hidden, left, strict=True)
    ]
    for one in gathered(kept):
        assert width_of(system, left, one, merged(crowd, None)) >= WIDTH - 1e-6


def test_where_one_count_is_withheld_beside_its_total_nothing_is_proved() -> None:
    margins = levels("clients", ("a",))
    crowd = clinic(200, 4)
    system = System(crowd)
    total, cells = Block(margins[0], 0, np.array([0])), Block(margins[1], 0, np.arange(1, 4))
    hidden = [Block(margins[1], 0, np.array([0]))]
    exchanges = Exchanges(crowd, system.caseloads, ([total, cells], []), hidden, WIDTH)
    assert exchanges.unproved(gathered(hidden)) == gathered(hidden)
    assert exchanges.protect(gathered(hidden), 0) is None


def test_what_became_of_people_is_not_exchanged_where_measures_hang_together() -> None:
    margins = [*levels("ended", ()), *levels("improved:PHQ-9/total", ())]
    roster = {
        f"p{n}": (f"t{n % 9}", "completed", "improved" if n % 2 else "not improved")
        for n in range(90)
    }
    crowd = crowd_of(["therapist", "ended", "improved:PHQ-9/total"], [roster], {})
    system = System(crowd)
    hidden = [Block(m, 0, np.array([0])) for m in margins]
    exchanges = Exchanges(crowd, system.caseloads, ([], []), hidden, WIDTH)
    assert exchanges.unproved(gathered(hidden)) == gathered(hidden)
