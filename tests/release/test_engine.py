"""The engine against all attackers, on a sample of made-up clinics; more of them in `make slow`."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from tests.release.attackers import spanned
from tests.release.clinics import Clinic, made_clinic
from tests.release.releasing import (
    Tables,
    Told,
    caseload,
    narrowest,
    released,
    withheld,
    world_of,
)

TABLES: Tables = [("clients", ("a", "b")), ("ended", ("a",))]
SIZES = (60, 150, 400)


def clinic_of(seed: int, clients: int, quarters: int = 1) -> Clinic:
    return made_clinic(np.random.default_rng(seed), clients, levels=(2, 3, 2), quarters=quarters)


@pytest.fixture(scope="module", params=SIZES)
def one(request: pytest.FixtureRequest) -> tuple[Clinic, Told]:
    clinic = clinic_of(request.param, request.param)
    return clinic, released(clinic, TABLES)


def test_no_withheld_count_is_bounded_tighter_than_five(one: tuple[Clinic, Told]) -> None:
    _, told = one
    assert narrowest(told, world_of(told, [0]), withheld(told, [0]), None) >= 5 - 1e-6


def test_no_withheld_count_is_a_sum_of_published_ones(one: tuple[Clinic, Told]) -> None:
    _, told = one
    world = world_of(told, [0])
    rows = np.array([world.row(f.quarter, f.part, f.place) for f in told.facts if f.printed])
    for n in withheld(told, [0])[:20]:
        fact = told.facts[n]
        low, high = world.bounds(fact)
        aim = world.row(fact.quarter, fact.part, fact.place)
        assert not (spanned(rows, aim) and high - low < 5)


def test_a_therapist_and_a_client_bound_nothing_tighter(one: tuple[Clinic, Told]) -> None:
    clinic, told = one
    world = world_of(told, [0])
    loads = Counter(row[0] for row in clinic.quarters[0].values())
    for therapist, _ in loads.most_common(2):
        known = caseload(told, world, clinic, 0, therapist)
        others = np.flatnonzero(caseload_of_all(told, world, clinic) > known)
        known[others[0]] += 1
        assert narrowest(told, world, withheld(told, [0]), known) >= 5 - 1e-6


def caseload_of_all(told: Told, world: object, clinic: Clinic) -> np.ndarray:
    loads = {row[0] for row in clinic.quarters[0].values()}
    return sum(caseload(told, world, clinic, 0, t) for t in loads)  # type: ignore[arg-type]


def test_quarters_together_bound_nothing_tighter() -> None:
    clinic = clinic_of(7, 200, quarters=3)
    told = released(clinic, TABLES[:1])
    quarters = [0, 1, 2]
    world = world_of(told, quarters)
    by_place = {(f.quarter, f.part, f.place): n for n, f in enumerate(told.facts)}
    for (q, part, place), n in by_place.items():
        later = by_place.get((q + 1, part, place))
        if later is not None and unmoved(clinic, q, place):
            world.same(told.facts[n], told.facts[later])
    assert narrowest(told, world, withheld(told, quarters), None) >= 5 - 1e-6


def unmoved(clinic: Clinic, quarter: int, place: tuple[tuple[str, str], ...]) -> bool:
    """Whether nobody came into or left a cell between two quarters."""

    def inside(q: int) -> set[str]:
        names = ["therapist", "ended", "a", "b", "c"]
        return {
            tag
            for tag, row in clinic.quarters[q].items()
            if all(dict(zip(names, row, strict=True))[d] == v for d, v in place)
        }

    return inside(quarter) == inside(quarter + 1)


def test_the_same_clinic_releases_the_same(one: tuple[Clinic, Told]) -> None:
    clinic, told = one
    again = released(clinic, TABLES)
    assert [f.printed for f in again.facts] == [f.printed for f in told.facts]


def test_what_is_shown_keeps_the_primary_rules(one: tuple[Clinic, Told]) -> None:
    _, told = one
    shown = [n for f, n in zip(told.facts, told.truth, strict=True) if f.printed is not None]
    assert all(n >= 10 for n in shown)
