"""What the engine shows keeps its rules, and the same clinic shows the same."""

from __future__ import annotations

import numpy as np
import pytest

from tests.release.clinics import Clinic, made_clinic
from tests.release.naive import members
from tests.release.publications import Publication
from tests.release.releasing import Tables, released

TABLES: Tables = [("clients", ("a", "b")), ("dropped out", ("a",))]


def clinic_of(seed: int, clients: int) -> Clinic:
    return made_clinic(np.random.default_rng(seed), clients, levels=(2, 3, 2))


@pytest.fixture(scope="module", params=[150])
def one(request: pytest.FixtureRequest) -> tuple[Clinic, Publication]:
    clinic = clinic_of(request.param, request.param)
    return clinic, released(clinic, TABLES)


def test_the_same_clinic_releases_the_same(one: tuple[Clinic, Publication]) -> None:
    clinic, told = one
    assert released(clinic, TABLES).cells == told.cells


def test_what_is_shown_keeps_the_primary_rules(one: tuple[Clinic, Publication]) -> None:
    clinic, told = one
    assert told.cells
    for cell in told.cells:
        for part in members(clinic, cell.about, cell.quarter, cell.place):
            therapists = [clinic.quarters[0][tag][0] for tag in part]
            assert len(part) >= 10
            assert len(set(therapists)) >= 3
            assert max(map(therapists.count, therapists)) <= len(part) / 2


def test_what_is_shown_is_the_true_count_to_the_nearest_five(
    one: tuple[Clinic, Publication],
) -> None:
    clinic, told = one
    for cell in told.cells:
        parts = members(clinic, cell.about, cell.quarter, cell.place)
        printed = [n for n in (cell.n, cell.k) if n is not None]
        assert all(n % 5 == 0 for n in printed)
        assert all(abs(n - len(p)) <= 2 for n, p in zip(printed, parts, strict=False))
