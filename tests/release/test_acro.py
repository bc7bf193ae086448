"""Our primary rules and ACRO's on the same tables, where a Python with ACRO is named."""

from __future__ import annotations

import json
import os
import subprocess
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from evenhand.release.primary import enough, sums_enough, tally_of
from evenhand.release.rules import RULES
from tests.release.clinics import DIMS, Clinic, made_clinic

ACRO = os.environ.get("EVENHAND_ACRO", "")
"""A Python that has ACRO installed; it is none of Evenhand's own dependencies."""

pytestmark = pytest.mark.skipif(
    not ACRO, reason="EVENHAND_ACRO names no Python that has ACRO installed"
)

CLINICS = 40
ROWS, COLUMNS = "a", "b"


@dataclass(frozen=True)
class Asked:
    """A table of one clinic, with an amount a client that is now and then very uneven."""

    clinic: Clinic
    rows: list[str]
    columns: list[str]
    values: np.ndarray


@pytest.fixture(scope="module")
def asked() -> list[Asked]:
    found = []
    for seed in range(CLINICS):
        rng = np.random.default_rng(seed)
        clinic = made_clinic(rng, round(60 * 20 ** rng.random()), levels=(4, 4, 2))
        people = list(clinic.quarters[0].values())
        rows, columns = ([row[DIMS.index(d)] for row in people] for d in (ROWS, COLUMNS))
        values = np.round(rng.lognormal(2, rng.choice([0.5, 1.5, 3.0]), len(people)), 2)
        found.append(Asked(clinic, rows, columns, values))
    return found


@pytest.fixture(scope="module")
def theirs(asked: list[Asked]) -> list[dict[tuple[str, str], str]]:
    """What ACRO says of each cell: of counts first, of means after them."""
    tables = [
        {"rows": one.rows, "columns": one.columns, "values": values}
        for values_of in (lambda one: None, lambda one: one.values.tolist())
        for one in asked
        for values in [values_of(one) or [None] * len(one.rows)]
    ]
    script = Path(__file__).with_name("acro_masks.py")
    result = subprocess.run(
        [ACRO, str(script)], input=json.dumps(tables), capture_output=True, text=True, check=True
    )
    return [{(r, c): failed for r, c, failed in table} for table in json.loads(result.stdout)]


def cells_of(one: Asked) -> tuple[list[tuple[str, str]], np.ndarray]:
    """The cells that hold somebody, and the cell of each client."""
    pairs = list(zip(one.rows, one.columns, strict=True))
    names = sorted(set(pairs))
    return names, np.array([names.index(pair) for pair in pairs])


def test_thresholds_agree_in_every_cell(
    asked: list[Asked], theirs: list[dict[tuple[str, str], str]]
) -> None:
    told: Counter[tuple[bool, bool]] = Counter()
    for one, table in zip(asked, theirs[:CLINICS], strict=True):
        names, cells = cells_of(one)
        counts = np.bincount(cells)
        for name, n in zip(names, counts, strict=True):
            told[bool(n >= RULES.clients), "MinimumThreshold" not in table[name]] += 1
    print(f"threshold: {dict(told)}")
    assert told[True, True] > 100
    assert told[False, False] > 100
    assert told[True, False] == told[False, True] == 0


def test_the_nk_and_p_rules_agree_in_every_cell(
    asked: list[Asked], theirs: list[dict[tuple[str, str], str]]
) -> None:
    told: Counter[tuple[bool, bool]] = Counter()
    for one, table in zip(asked, theirs[CLINICS:], strict=True):
        names, cells = cells_of(one)
        ours = sums_enough(cells, one.values, len(names), RULES)
        for name, good in zip(names, ours, strict=True):
            failed = "NKCheck" in table[name] or "PPercentCheck" in table[name]
            told[bool(good), not failed] += 1
    print(f"NK and p %: {dict(told)}")
    assert told[True, True] > 100
    assert told[False, False] > 20
    assert told[True, False] == told[False, True] == 0


def test_what_we_show_acro_would_let_pass(
    asked: list[Asked], theirs: list[dict[tuple[str, str], str]]
) -> None:
    """Ours ask for therapists as well, so that we show less and never more."""
    shown = passed = 0
    for one, table in zip(asked, theirs[:CLINICS], strict=True):
        names, cells = cells_of(one)
        owners = sorted({row[0] for row in one.clinic.quarters[0].values()})
        who = np.array([owners.index(row[0]) for row in one.clinic.quarters[0].values()])
        found = tally_of(np.bincount(cells), cells, who, len(owners))
        for name, good in zip(names, enough(found, RULES), strict=True):
            lets = "MinimumThreshold" not in table[name]
            assert lets or not good
            shown, passed = shown + bool(good), passed + lets
    print(f"cells: ACRO passes {passed}, of which we pass {shown}")
    assert 0 < shown < passed
