"""Published figures are worked out as the studies did, checked by hand and by simulation."""

import csv
from pathlib import Path

import numpy as np
import pytest

from evenhand.theory.figures import (
    component,
    correlation,
    effect,
    latent_share,
    odds_ratio,
    share,
)
from evenhand.theory.targets import targets
from tests.house.tree import ROOT

EVIDENCE = ROOT.parent / "shared" / "evidence.csv"


def test_effect_by_hand():
    # means 3 and 1, both variances 1: d = 2
    assert effect(np.array([2.0, 3.0, 4.0]), np.array([0.0, 1.0, 2.0, np.nan])) == pytest.approx(2)


def test_odds_ratio_by_hand():
    # 2 of 4 against 1 of 4: (1) / (1/3)
    assert odds_ratio(np.array([1, 1, 0, 0]), np.array([1, 0, 0, 0])) == pytest.approx(3)


def test_correlation_leaves_out_what_is_missing():
    assert correlation(np.array([1.0, 2, 3, np.nan]), np.array([2.0, 4, 6, 0])) == pytest.approx(1)


def test_component_by_hand():
    # groups (1, 3) and (5, 7): within 2, between mean square 16, so (16 − 2) / 2
    y, g = np.array([1.0, 3, 5, 7]), np.array([0, 0, 1, 1])
    assert component(y, g) == pytest.approx((7.0, 2.0))
    assert share(y, g) == pytest.approx(7 / 9)


def test_the_latent_share_finds_the_variance_that_made_the_data():
    rng = np.random.default_rng(3)
    group = np.repeat(np.arange(3000), 40)
    logit = -1.4 + 0.6 * rng.standard_normal(3000)[group]
    y = rng.random(len(group)) < 1 / (1 + np.exp(-logit))
    assert latent_share(y, group) == pytest.approx(0.36 / (0.36 + np.pi**2 / 3), abs=0.008)
    assert latent_share(rng.random(4000) < 0.2, np.repeat(np.arange(100), 40)) < 0.02


def test_targets_are_what_the_evidence_says():
    if not EVIDENCE.exists():
        pytest.skip("evidence.csv is not beside the project")
    with Path(EVIDENCE).open(encoding="utf-8", newline="") as file:
        rows = {r["key"]: r for r in csv.DictReader(file)}
    middle = {"therapist_dropout"}
    for t in targets().values():
        if not t.key:
            continue
        published = float(rows[t.key]["value"])
        scale = 100 if rows[t.key]["statistic"].startswith("pct") else 1
        if t.name not in middle:
            assert t.value == pytest.approx(published / scale, abs=5e-4), t.name
        assert t.low <= t.value <= t.high


def test_no_held_out_target_can_be_fitted():
    from evenhand.theory.fitting import Search, fitted_names
    from evenhand.theory.parameters import shipped_theory

    search = Search(lambda theory: {}, shipped_theory(), fitted_names())
    held = {n for n, t in targets().items() if t.role == "held out"}
    assert held & {t.name for t in search.wanted} == set()
    assert len(held) == 14
