"""Calibration: the search finds what made the figures, and says what it may not look at."""

import json
import tomllib
from html import unescape

import numpy as np
import polars as pl
import pytest

from evenhand.core.errors import EvenhandError
from evenhand.runs import calibrate as module
from evenhand.runs.calibrate import calibrate
from evenhand.theory import load_theory, shipped_theory, specs
from evenhand.theory.fitting import Chart, drawn_theory, fit, fitted_names, judged_names
from evenhand.theory.parameters import theory_toml
from evenhand.theory.posterior import posterior
from evenhand.theory.targets import Bench, fitted_targets, targets


def made_up(theory):
    """Figures that follow the fitted parameters smoothly, and nothing else: quick to work out."""
    names, base = fitted_names(), shipped_theory()
    chart = Chart(names)
    away = chart.point(theory) - chart.point(base)
    found = {}
    for n, t in enumerate(targets().values()):
        width = (t.high - t.low) / 2
        lean = 0.4 * np.tanh(away[(n + 1) % len(names)])
        found[t.name] = t.value + width * (2.0 * away[n % len(names)] + lean)
    return found


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(Bench, "measure", lambda self, theory: made_up(theory))


def test_the_search_finds_the_parameters_that_made_the_figures():
    base = shipped_theory()
    moved = base.with_({n: specs()[n].start for n in fitted_names()} | {"v_P": 1.4})
    found = fit(made_up, moved, most=200)
    assert found.missed() == []
    assert found.loss < 0.05
    assert found.theory.v_P == 1.4


def test_a_search_that_may_stop_stops_when_all_are_met():
    once = fit(made_up, shipped_theory(), np.eye(35, 17), until_met=True)
    assert once.runs == 1


def test_a_draw_moves_judged_constants_only_and_stays_in_range():
    base = shipped_theory()
    drawn = drawn_theory(base, np.random.default_rng(1))
    moved = {n for n in base if drawn[n] != base[n]}
    assert moved <= set(judged_names())
    assert len(moved) > 40
    for name in judged_names():
        spec = specs()[name]
        assert spec.low <= drawn[name] <= spec.high
        if base[name]:
            assert abs(np.log(drawn[name] / base[name])) <= np.log(1.8) + 1e-4 or spec.high == 1.0


def test_a_calibration_writes_what_it_found(quick, tmp_path):
    made = calibrate(out=tmp_path / "c", draws=6, seed=3)
    assert made.missed() == []
    assert dict(load_theory(tmp_path / "c" / "theory.toml")) == dict(made.theory)
    table = pl.read_csv(tmp_path / "c" / "posterior.csv", comment_prefix="#")
    assert table.height == 6
    record = json.loads((tmp_path / "c" / "calibration.json").read_text(encoding="utf-8"))
    assert record["targets_fitted"] == 18
    assert record["parameters_fitted"] == 17
    page = unescape((tmp_path / "c" / "calibration.html").read_text(encoding="utf-8"))
    assert "do not identify the mechanism" in page
    assert all(t.title in page for t in targets().values())
    accepted = posterior(tmp_path / "c" / "posterior.csv")
    assert len(accepted) == made.accepted.height


def test_what_was_finished_is_taken_up(quick, tmp_path, monkeypatch):
    calibrate(out=tmp_path / "c", draws=2, seed=3)
    runs = []
    whole = module.fit
    monkeypatch.setattr(module, "fit", lambda *a, **k: runs.append(1) or whole(*a, **k))
    again = calibrate(out=tmp_path / "c", draws=3, seed=3)
    assert len(runs) == 1
    assert again.draws.height == 3


def test_a_missed_figure_is_called_missed(quick, tmp_path, monkeypatch):
    def off(self, theory):
        return made_up(theory) | {"unsaid": 0.2, "humility_outcome": 0.39}

    monkeypatch.setattr(Bench, "measure", off)
    made = calibrate(out=tmp_path / "c", draws=0, most=25)
    assert made.missed() == ["unsaid"]
    page = unescape((tmp_path / "c" / "calibration.html").read_text(encoding="utf-8"))
    assert "Missed: Something about therapy never said" in page


def test_draws_below_none_are_refused(tmp_path):
    with pytest.raises(EvenhandError, match="out of range"):
        calibrate(out=tmp_path, draws=-1)


def test_the_shipped_file_is_what_would_be_written():
    from importlib.resources import files

    shipped = (files("evenhand.theory") / "theory.toml").read_text(encoding="utf-8")
    assert theory_toml(shipped_theory()) == shipped
    assert {n for n, row in tomllib.loads(shipped)["parameters"].items() if "start" in row} == set(
        fitted_names()
    )


def test_the_shipped_posterior_meets_every_fitted_figure():
    from importlib.resources import files

    path = files("evenhand.theory") / "posterior.csv"
    table = pl.read_csv(path.read_bytes(), comment_prefix="#")
    accepted = table.filter("accepted")
    assert accepted.height >= 10
    assert accepted.height == len(posterior())
    for t in fitted_targets().values():
        assert accepted[f"figure_{t.name}"].is_between(t.low, t.high).all(), t.name


@pytest.mark.slow
def test_the_shipped_theory_meets_every_fitted_figure():
    figures = Bench(1, 8, 4).measure(shipped_theory())
    assert [n for n, t in fitted_targets().items() if not t.met(figures[n])] == []


@pytest.mark.slow
def test_calibration_gives_back_the_shipped_theory(tmp_path):
    """The command that the shipped file names, without its draws, on any class of machine."""
    made = calibrate(out=tmp_path / "c", draws=0, seed=1)
    assert {n: made.theory[n] for n in fitted_names()} == pytest.approx(
        {n: shipped_theory()[n] for n in fitted_names()}, rel=1e-3
    )
