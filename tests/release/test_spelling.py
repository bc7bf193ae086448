"""Two spellings of one questionnaire are one measure: what left of it stands in the ledger once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from evenhand.release import engine
from evenhand.release.engine import release_tables
from evenhand.study.folder import Study
from tests.release.clinics import Clinic, made_clinic
from tests.release.releasing import ledger, study_of

SPELLED = {"one": "PHQ-9", "other": "phq9"}
TABLES = [("last", ())]


@pytest.fixture
def clinic() -> Clinic:
    """A clinic in which one client joined, and nothing else has changed."""
    clinic = made_clinic(np.random.default_rng(11), 150, declined=0.0)
    before = clinic.quarters[0]
    last = next(tag for tag in reversed(before) if clinic.scores[tag])
    scores = {**clinic.scores, last: (20, 27)}
    return replace(
        clinic, quarters=[{t: r for t, r in before.items() if t != last}, before], scores=scores
    )


def study(clinic: Clinic, q: int) -> Study:
    """The study with one table under two names, whose questionnaire is spelled in two ways."""
    made = study_of(clinic, q, TABLES)
    table = made.config["release"]["tables"]["t0"]
    tables = {name: {**table, "instrument": told} for name, told in SPELLED.items()}
    return replace(made, config={"release": {"tables": tables}})


def quarters_told(clinic: Clinic) -> list[str]:
    """The quarter that each printed mean speaks of; one client joins between the spellings."""
    book = ledger()
    told = [release_tables(study(clinic, q), [name], book)[0] for q, name in enumerate(SPELLED)]
    return [table.frame["as_of"][0] for table in told]


def test_another_spelling_does_not_get_around_what_was_released_before(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert quarters_told(clinic) == ["2024-Q1", "2024-Q1"]
    # The naive rule takes names as they are written: two means that one client alone sets apart.
    monkeypatch.setattr(engine, "_as_loaded", lambda plan, study: plan)
    assert quarters_told(clinic) == ["2024-Q1", "2024-Q2"]
