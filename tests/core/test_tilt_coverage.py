"""Coverage of our intervals by simulation, over the grid that docs/coverage.md declares."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

from coverage_grid import Cell, drawn_amounts, grid, plain_dispersion, run_cell, serial_grid
from coverage_pooled import MEAN_CELLS, STUDIES, run_mean, run_study, studies_needed


@pytest.mark.slow
def test_a_tilts_interval_holds_the_truth_over_the_declared_grid():
    rng = np.random.default_rng(1)
    found = [run_cell(cell, rng) for cell in grid() if not cell.rare]
    covered = [f.tilt for f in found]
    assert len(covered) > 100
    assert 0.93 <= np.mean(covered) <= 0.98
    assert min(covered) >= 0.90


@pytest.mark.slow
def test_a_rates_interval_holds_the_truth_but_for_the_heaviest_tails():
    rng = np.random.default_rng(2)
    found = [run_cell(cell, rng) for cell in grid() if not cell.rare]
    acts = [f.rate for f in found if f.cell.kind != "words"]
    assert np.mean(acts) == pytest.approx(0.95, abs=0.015)
    assert min(acts) >= 0.90
    words = [f.rate for f in found if f.cell.kind == "words"]
    assert np.mean(words) >= 0.90
    assert min(words) >= 0.83  # 20 turns of log-normal words: said in docs/coverage.md


@pytest.mark.slow
def test_acts_in_runs_are_covered_less_and_we_know_how_much():
    rng = np.random.default_rng(3)
    found = [run_cell(cell, rng) for cell in serial_grid()]
    mild = [f.tilt for f in found if f.cell.serial == 0.3]
    strong = [f.tilt for f in found if f.cell.serial == 0.6]
    assert min(mild) >= 0.88
    assert min(strong) >= 0.80


@pytest.mark.slow
@pytest.mark.parametrize("cells", MEAN_CELLS, ids=len)
def test_a_mean_tilts_interval_holds_the_truth(cells):
    assert 0.92 <= run_mean(cells, np.random.default_rng(4)) <= 0.99


@pytest.mark.slow
@pytest.mark.parametrize("study", STUDIES, ids=str)
def test_a_pooled_tilts_interval_holds_the_truth(study):
    covered, _, n = run_study(study, np.random.default_rng(5), studies_needed(study))
    assert n >= 400
    assert covered >= 0.90


@pytest.mark.parametrize(("kind", "shape"), [("binary", 0.0), ("counts", 0.5), ("words", 0.8)])
def test_the_engines_dispersion_is_the_plain_one(kind, shape):
    from evenhand.study.amounts import _dispersions, _sums

    rng = np.random.default_rng(6)
    cell = Cell(kind, 63, 63, 0.3, 0.3, shape=shape)
    amounts = drawn_amounts(cell, 63, 0.3 if kind != "words" else 20.0, rng, 40)
    rows = pl.DataFrame(
        {
            "row": np.arange(amounts.size),
            "session": np.repeat(np.arange(40), 63).astype(np.uint32),
            "side": np.ones(amounts.size, dtype=np.int8),
            "minimal": np.zeros(amounts.size, dtype=bool),
            "a.x": amounts.ravel(),
            "e.x": np.ones(amounts.size),
        }
    )
    found = _dispersions(_sums(rows, ["x"], 40), np.array([kind == "binary"]))[:, 0, 0]
    expected = plain_dispersion(amounts, kind == "binary")
    np.testing.assert_allclose(found, expected, rtol=1e-9)
