"""Back-calculation: the counts and sums behind printed percentages, means and deviations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import block_array, csr_array, eye_array

from tests.release.attackers import Disclosure, linear_programme
from tests.release.publications import Cell
from tests.release.worlds import Fact, Pool, World, facts_of

DIGITS = 6
"""Decimals of a printed share that are looked at, at most."""


def decimals(number: float) -> int:
    """How many decimals a printed number has."""
    return len(f"{number:.{DIGITS}f}".rstrip("0").partition(".")[2])


def shares_open(cell: Cell, facts: list[Fact]) -> list[tuple[int, int]]:
    """The (denominator, numerator) that a printed share and its rounded counts leave open.

    A share that is the quotient of the printed counts was worked out from them and says nothing.
    """
    assert cell.k is not None
    assert cell.share is not None
    if abs(cell.k / cell.n - cell.share) < 1e-9:
        return []
    digits = decimals(cell.share)
    (n_low, n_high), (k_low, k_high) = ((int(f.least), int(f.most)) for f in facts[:2])
    return [
        (n, k)
        for n in range(n_low, n_high + 1)
        for k in range(k_low, min(k_high, n) + 1)
        if round(k / n, digits) == round(cell.share, digits)
    ]


def means_open(cell: Cell, fact: Fact) -> list[int]:
    """The numbers of people for whom whole scores can have the printed mean and deviation."""
    assert cell.mean is not None
    half = 0.5 * 10.0 ** -max(decimals(cell.mean), 1) + 1e-9
    found = []
    for n in range(int(fact.least), int(fact.most) + 1):
        low, high = np.ceil((cell.mean - half) * n), np.floor((cell.mean + half) * n)
        if any(_deviates(cell, n, total) for total in np.arange(low, high + 1)):
            found.append(n)
    return found


def _deviates(cell: Cell, n: int, total: float) -> bool:
    """Whether a whole sum of squares can give the printed deviation; it is odd where the sum is."""
    if cell.sd is None:
        return True
    half = 0.5 * 10.0 ** -max(decimals(cell.sd), 1) + 1e-9
    ends = [(n - 1) * max(cell.sd + s * half, 0.0) ** 2 + total**2 / n for s in (-1, 1)]
    squares = np.arange(np.ceil(ends[0] - 1e-9), np.floor(ends[1] + 1e-9) + 1)
    return bool(np.any(squares % 2 == total % 2))


def tightened(world: World) -> list[Fact]:
    """What shares and means add to the printed counts."""
    found = []
    for cell in world.told.cells:
        if cell.quarter not in world.quarters:
            continue
        facts = list(facts_of(world.told, cell))
        if cell.share is not None and (pairs := shares_open(cell, facts)):
            for fact, some in zip(facts, zip(*pairs, strict=True), strict=False):
                found.append(replace(fact, least=min(some), most=max(some)))
        if cell.mean is not None and (sizes := means_open(cell, facts[0])):
            found.append(replace(facts[0], least=min(sizes), most=max(sizes)))
    return found


def back_calculation(pool: Pool) -> Iterator[Disclosure]:
    """Undo rounding by percentages and means, then bound hidden counts and hidden sums."""
    more = tightened(pool.world)
    if any(f.most - f.least < pool.world.told.base - 1 for f in more):
        world = World(pool.world.told, pool.world.quarters)
        world.read()
        world.learn(more)
        for found in linear_programme(Pool(world)):
            yield replace(found, attacker="back-calculation")
    yield from hidden_sums(pool.world, more)


TOP = 27
"""The highest score that a client can have on the scale that the made-up clinics use."""


def hidden_sums(world: World, more: list[Fact]) -> Iterator[Disclosure]:
    """Sums of scores over people who were kept back, where only one whole number is left."""
    means = [c for c in world.told.cells if c.mean is not None and c.quarter in world.quarters]
    if not means:
        return
    limits = _limits(world, means, more)
    size = len(world.kinds)
    for fact in world.hidden:
        if fact.part == means[0].about.base:
            aim = np.concatenate([np.zeros(size), world.row(fact)])
            low, high = (_end(sign * aim, limits) * sign for sign in (1, -1))
            if np.floor(high + 1e-6) <= np.ceil(low - 1e-6):
                yield Disclosure("back-calculation", fact, low, high, "exact sum")


def _limits(world: World, means: list[Cell], more: list[Fact]) -> list[LinearConstraint]:
    """Counts and sums together: a sum is as large as its count allows, and as its mean says."""
    size = len(world.kinds)
    rows = [*world.rows, *(world.row(f) for f in more)]
    ends = np.array([*world.ends, *((f.least, f.most) for f in more)])
    counts = csr_array(np.hstack([np.array(rows), np.zeros((len(rows), size))]))
    found = [LinearConstraint(counts, ends[:, 0], ends[:, 1])]
    one = eye_array(size)
    found.append(LinearConstraint(block_array([[TOP * one, -one]], format="csr"), 0, np.inf))
    for cell in means:
        assert cell.mean is not None
        half = 0.5 * 10.0 ** -max(decimals(cell.mean), 1)
        row = world.row(next(facts_of(world.told, cell)))
        for side in (-1, 1):
            line = np.concatenate([-(cell.mean + side * half) * row, row])
            ends_of = (0, np.inf) if side < 0 else (-np.inf, 0)
            found.append(LinearConstraint(csr_array(line[None, :]), *ends_of))
    return found


def _end(aim: np.ndarray, limits: list[LinearConstraint]) -> float:
    result = milp(aim, constraints=limits, bounds=Bounds(0, np.inf))
    return float(result.fun) if result.status == 0 else -np.inf
