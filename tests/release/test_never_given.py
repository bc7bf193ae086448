"""A value that nobody has given yet may be given next quarter: its place is kept from the start."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from evenhand.release import secondary
from tests.release.attackers import linear_programme, pool_of
from tests.release.campaign import drawn, outcome
from tests.release.clinics import Clinic, made_clinic
from tests.release.publications import Publication
from tests.release.releasing import Tables, released

TABLES: Tables = [("clients", ("b",)), ("dropped out", ("a",))]


def clinic_of(seed: int) -> Clinic:
    """A clinic in which everybody answers everything."""
    rng = np.random.default_rng(seed)
    return made_clinic(rng, 150, levels=(3, 2, 2), declined=0.0)


def narrow(told: Publication) -> list[str]:
    return [str(found) for found in linear_programme(pool_of(told, [0]))]


def and_one_more(told: Publication, value: str) -> Publication:
    """The same to somebody who knows that `b` could have been answered by this, too."""
    return replace(told, values={**told.values, "b": (*told.values["b"], value)})


@pytest.mark.parametrize("seed", range(2))
def test_nobody_finds_out_that_nobody_declined(seed: int) -> None:
    told = released(clinic_of(seed), TABLES)
    assert told.cells
    assert "declined" not in told.values["b"]
    assert narrow(and_one_more(told, "declined")) == []
    assert narrow(and_one_more(told, "b9")) == []


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("many_cells", [secondary.MANY_CELLS, 0])
def test_what_nobody_declined_shelters_nothing_from_who_knows_it(
    seed: int, many_cells: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With no cells allowed, every table takes the way of large ones."""
    monkeypatch.setattr(secondary, "MANY_CELLS", many_cells)
    told = released(clinic_of(seed), TABLES)
    assert told.cells
    assert narrow(told) == []


@pytest.mark.slow
def test_whoever_declines_first_in_a_later_quarter_finds_a_place_kept() -> None:
    """In clinic 46 nobody declines `b` in two quarters; in the third somebody does."""
    found = outcome(drawn(46))
    assert found["found"] == {}
    assert found["refused"] == 0
