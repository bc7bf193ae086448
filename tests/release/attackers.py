"""Attackers on what was printed: each a function of a publication and of what its holder knows.

The same functions are set on the naive rules and on the engine. What counts as a disclosure
stands in docs/decisions: a count of people that was kept back and is known exactly or has fewer
than six possible values, a printed count whose rounding is undone, a printed group in which fewer
than five people are strangers to those who collude, and a sum that is known exactly.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.optimize import linprog

from tests.release.publications import Publication
from tests.release.worlds import Fact, Pool, World, come_of

WIDTH = 5
"""Least and most of a hidden count must lie at least so far apart."""


@dataclass(frozen=True)
class Disclosure:
    """What an attacker can say of people whom it does not know.

    Args:
        attacker: who says it.
        fact: the count.
        low: its least, clients that the attacker knows left out.
        high: its most.
        how: ``exact``, ``narrow`` (tighter than five) or ``few`` (a handful of strangers).
    """

    attacker: str
    fact: Fact
    low: float
    high: float
    how: str


def _hidden(attacker: str, fact: Fact, low: float, high: float) -> Iterator[Disclosure]:
    """Judge what is known of a count that was kept back."""
    if high - low < WIDTH:
        yield Disclosure(attacker, fact, low, high, "exact" if low == high else "narrow")


def pool_of(told: Publication, quarters: Sequence[int]) -> Pool:
    """Everything that was printed of some quarters, ready to be attacked."""
    world = World(told, quarters)
    world.read()
    return Pool(world)


def _intervals(world: World) -> dict[bytes, tuple[float, float]]:
    """Each printed set once, with the tightest of what was printed of it."""
    found: dict[bytes, tuple[float, float]] = {}
    for row, (low, high) in zip(world.rows, world.ends, strict=True):
        key = row.tobytes()
        a, b = found.get(key, (0.0, np.inf))
        found[key] = (max(a, low), min(b, high))
    return found


def differencing(pool: Pool) -> Iterator[Disclosure]:
    """Subtract one printed set from another that holds it."""
    world = pool.world
    known = _intervals(world)
    sets = [(np.frombuffer(key), ends) for key, ends in known.items()]
    for fact in world.hidden:
        aim = world.row(fact)
        low, high = known.get(aim.tobytes(), (0.0, np.inf))
        for larger, (least, most) in sets:
            rest = known.get((larger - aim).tobytes())
            if rest is not None:
                low, high = max(low, least - rest[1]), min(high, most - rest[0])
        yield from _hidden("differencing", fact, low, high)


def tracker(pool: Pool) -> Iterator[Disclosure]:
    """Add and subtract any number of printed sets until a hidden one is left."""
    world = pool.world
    known = _intervals(world)
    rows = np.array([np.frombuffer(key) for key in known])
    ends = np.array(list(known.values()))
    for fact in world.hidden:
        aim = world.row(fact)
        weights = np.linalg.lstsq(rows.T, aim, rcond=None)[0]
        if np.allclose(rows.T @ weights, aim, atol=1e-8):
            high = _combined(rows, ends, aim)
            low = max(0.0, -_combined(rows, ends, -aim))
            yield from _hidden("tracker", fact, np.ceil(low - 1e-6), np.floor(high + 1e-6))


def _combined(rows: np.ndarray, ends: np.ndarray, aim: np.ndarray) -> float:
    """The lowest upper end of all sums and differences of printed sets that make a hidden one."""
    finite = np.isfinite(ends[:, 1])
    prices = np.concatenate([ends[finite, 1], -ends[:, 0]])
    result = linprog(prices, A_eq=np.vstack([rows[finite], -rows]).T, b_eq=aim, bounds=(0, None))
    return float(result.fun) if result.status == 0 else np.inf


def linear_programme(pool: Pool, known: np.ndarray | None = None) -> Iterator[Disclosure]:
    """Bound each hidden count over all clinics that print the same."""
    yield from _bounded("linear programme", pool, known)


def temporal(pool: Pool, still: Iterable[tuple[Fact, Fact]] = ()) -> Iterator[Disclosure]:
    """The same over several quarters together.

    Args:
        pool: what was printed of all quarters.
        still: cells of which the attacker knows that nobody came or went between two quarters.
            What they were told of such a cell when it was printed, no later release can take back.
    """
    told = {_where(fact) for fact in pool.world.printed}
    for then, now in sorted(still, key=lambda pair: pair[0].quarter):
        pool.world.same(then, now)
        told |= {_where(now)} if _where(then) in told else set()
    pool.world.hidden = [fact for fact in pool.world.hidden if _where(fact) not in told]
    come = come_of(pool.world.told, pool.world.quarters)
    yield from _bounded("temporal differencing", pool, None, come)


def _where(fact: Fact) -> tuple[Any, ...]:
    return fact.quarter, fact.state, fact.part, fact.place


def member(pool: Pool, own: np.ndarray) -> Iterator[Disclosure]:
    """A client, who knows their own row."""
    yield from _bounded("member", pool, own)


def colluders(pool: Pool, known: np.ndarray, name: str = "colluders") -> Iterator[Disclosure]:
    """Two who pool what they know: a therapist and a client, or two therapists.

    Args:
        pool: what was printed.
        known: how many clients of each kind they know between them.
        name: who they are.
    """
    yield from _bounded(name, pool, known)
    yield from _strangers(name, pool, known)


def by_rules(pool: Pool, caseloads: Sequence[np.ndarray]) -> Pool:
    """What one or two therapists may conclude from the rules that a printed cell has kept.

    Nobody has more than a certain part of it, at least so many have treated its clients, and no
    two have all but a few of them.
    """
    told = pool.world.told
    facts = []
    for fact in pool.world.printed:
        row = pool.world.row(fact)
        if fact.part in _parts_with_rules(pool.world, fact):
            mine = [float(row @ load) for load in caseloads]
            others = max(told.therapists - sum(m > 0 for m in mine), told.strangers)
            least = max([*(m / told.largest for m in mine), sum(mine) + others])
            facts.append(replace(fact, least=max(fact.least, np.ceil(least - 1e-9))))
    return pool.with_facts(facts) if facts else pool


def _parts_with_rules(world: World, fact: Fact) -> list[tuple[str, ...]]:
    """The parts of a cell that must keep the rules."""
    told = world.told
    bases = [a.base for a in told.abouts if a.state == fact.state]
    if told.complement or not fact.state:
        return [fact.part]
    return bases


def _bounded(
    name: str, pool: Pool, known: np.ndarray | None, more: Sequence[Fact] = ()
) -> Iterator[Disclosure]:
    """Hidden counts that are bounded too tightly, and printed ones whose rounding is undone.

    What an attacker can say without having read anything is no disclosure.
    """
    world = pool.world
    mine = np.zeros(len(world.kinds)) if known is None else known
    found = list(_narrow(pool, [*world.hidden, *more], mine, WIDTH))
    before = {f for f, *_ in _narrow(Pool(world.unread()), [f for f, *_ in found], mine, WIDTH)}
    for fact, low, high in found:
        if fact not in before:
            yield from _hidden(name, fact, low, high)
    for fact, low, high in _narrow(pool, world.printed if world.told.base > 1 else [], mine, 1):
        yield Disclosure(name, fact, low, high, "exact")


def _narrow(
    pool: Pool, facts: Sequence[Fact], mine: np.ndarray, enough: float
) -> Iterator[tuple[Fact, float, float]]:
    """Counts that are bounded tighter than `enough`, those whom the attacker knows left out."""
    aims = pool.world.rows_of(facts)
    for n, low, high in pool.narrow(aims, mine, enough):
        yield facts[n], low - aims[n] @ mine, high - aims[n] @ mine


def _strangers(name: str, pool: Pool, known: np.ndarray) -> Iterator[Disclosure]:
    """Printed sets in which only a handful can be strangers to the attackers."""
    facts = pool.world.printed
    aims = pool.world.rows_of(facts)
    fits = pool.points[(pool.points >= known).all(axis=1)]
    many = (fits @ aims.T).max(axis=0, initial=0) - aims @ known >= WIDTH
    for n in np.flatnonzero(~many & (aims @ known > 0)):
        high = pool.world.furthest(aims[n], known)[0] - aims[n] @ known
        if 0 < high < WIDTH:
            low = -pool.world.furthest(-aims[n], known)[0] - aims[n] @ known
            yield Disclosure(name, facts[n], low, high, "few")
