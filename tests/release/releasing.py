"""Runs the engine on made-up clinics, and sets the attackers on what it shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evenhand.release.crowd import Crowd, crowd_of
from evenhand.release.decide import Case
from evenhand.release.engine import _record
from evenhand.release.figures import Margin, margins_of, measure_of
from evenhand.release.history import History
from evenhand.release.possible import with_possible
from evenhand.release.rules import RULES
from tests.release.attackers import Fact, World, fact_of
from tests.release.clinics import DIMS, Clinic

Tables = Sequence[tuple[str, tuple[str, ...]]]


@dataclass
class Told:
    """What the releases of a clinic showed.

    Args:
        history: everything that was released.
        crowd: everybody, in the last quarter.
        facts: what was printed or withheld, of every cell of every quarter.
        truth: the true counts, in the order of the facts.
        first: cells that passed the primary rules.
        shown: cells that are shown.
        cells: all cells that hold at least one client.
        people: clients in the shown cells of the finest levels, and in all of them.
    """

    history: History
    crowd: Crowd
    facts: list[Fact]
    truth: list[int]
    first: int = 0
    shown: int = 0
    cells: int = 0
    people: tuple[int, int] = (0, 0)


def released(clinic: Clinic, tables: Tables) -> Told:
    """Release these tables in every quarter."""
    history = History()
    history.widen(DIMS)
    told = Told(history, crowd_of(DIMS, [], {}), [], [])
    for q, roster in enumerate(clinic.quarters):
        history.rosters.append(roster)
        history.labels.append(str(q))
        crowd = crowd_of(DIMS, history.rosters, {})
        wide = [Margin(measure_of(m), dims) for m, dims in tables]
        told.crowd = with_possible(crowd, [*history.told, *wide], list(range(q + 1)))
        case = Case(told.crowd, history, q, RULES)
        for margin in wide:
            _one(case, margin, told)
    return told


def _one(case: Case, margin: Margin, told: Told) -> None:
    levels = [m for m in margins_of(margin.measure, margin.dims)]
    fresh = [m for m in levels if case.s not in case.history.of(m).released]
    decided = case.decide(fresh, {})
    if decided is None:
        return
    for one in decided:
        _record(case, one, {}, RULES)
        told.first += one.first + len(one.kept)
        told.shown += one.fresh.size + len(one.kept)
        counts = case.people_of(one.margin, margin.measure.base)
        told.cells += int((counts > 0).sum())
        shown = {*map(int, one.fresh)} | {
            case.crowd.cell(one.margin.dims, labels) for labels in one.kept
        }
        if one.margin.dims == margin.dims:
            a, b = told.people
            told.people = (a + int(counts[sorted(shown)].sum()), b + int(counts.sum()))
        _note(case, one.margin, shown, {int(c) for c in one.fresh}, told)


def _note(case: Case, margin: Margin, shown: set[int], fresh: set[int], told: Told) -> None:
    """What the outside sees of one margin. Figures that stand unchanged say nothing new."""
    for part in margin.measure.parts:
        counts = case.people_of(margin, part)
        printed = part in margin.measure.shown
        for cell in range(counts.size):
            if cell in shown and cell not in fresh:
                continue
            place = dict(zip(margin.dims, case.crowd.labels(margin.dims, cell), strict=True))
            n = int(counts[cell])
            if cell in shown:
                told.facts.append(_shown(case.s, part, place, n, printed))
            else:
                told.facts.append(fact_of(case.s, part, place, None))
            told.truth.append(n)


def _shown(s: int, part: tuple[str, ...], place: dict[str, str], n: int, printed: bool) -> Fact:
    """A printed count, or a complement, which is known to be large enough."""
    fact = fact_of(s, part, place, n)
    low = max(fact.least, 10.0) if printed else 10.0
    return Fact(s, part, fact.place, fact.printed, low, fact.most if printed else np.inf)


def world_of(told: Told, quarters: Sequence[int]) -> World:
    """An attacker who has read everything about these quarters."""
    named = {f"{d}" for f in told.facts for d, _ in f.place}
    dims = {d: list(told.crowd.dims[d].labels) for d in ("ended", "a", "b", "c") if d in named}
    if any(f.part for f in told.facts):
        dims["ended"] = list(told.crowd.dims["ended"].labels)
    world = World(dims, quarters)
    world.learn(f for f in told.facts if f.quarter in quarters)
    return world


def narrowest(told: Told, world: World, which: Sequence[int], known: np.ndarray | None) -> float:
    """The tightest bound that an attacker gets on a withheld count among these facts."""
    tight = np.inf
    for n in which:
        low, high = world.bounds(told.facts[n], known)
        tight = min(tight, high - low)
    return float(tight)


def withheld(told: Told, quarters: Sequence[int]) -> list[int]:
    """Facts of these quarters that are withheld."""
    return [n for n, f in enumerate(told.facts) if f.printed is None and f.quarter in quarters]


def caseload(told: Told, world: World, clinic: Clinic, quarter: int, therapist: str) -> np.ndarray:
    """How many clients of each kind one therapist knows."""
    known = np.zeros(world.size)
    begin = list(world.quarters).index(quarter) * len(world.kinds)
    at = {kind: n for n, kind in enumerate(world.kinds)}
    for row in clinic.quarters[quarter].values():
        person = dict(zip(DIMS, row, strict=True))
        if person["therapist"] == therapist:
            known[begin + at[tuple(person[d] for d in world.names)]] += 1
    return known
