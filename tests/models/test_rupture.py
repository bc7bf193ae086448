"""Rupture and repair: the fitted model against nlme, expectations by hand, rates as stated."""

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from evenhand.core.errors import EvenhandError
from evenhand.models.course_series import Series, as_series
from evenhand.models.rupture import RATE, find_ruptures, judgeable
from evenhand.models.rupture_expected import expected_counts
from evenhand.models.rupture_model import Usual, expect, fit_usual, simulate_usual
from tests.models.made_up_course import TRUTH, frame_of, layout, usual_study
from tests.models.reference import r_numbers

NLME = """library(nlme)
m <- lme(score ~ number, random = ~ 1 | dyad, data = d, method = "ML",
         correlation = corCAR1(form = ~ number | dyad))
tell(fixef(m)); tell(as.numeric(VarCorr(m)[, "StdDev"]))
tell(coef(m$modelStruct$corStruct, unconstrained = FALSE)); tell(logLik(m))"""


def test_the_fit_is_nlmes(tmp_path: Path) -> None:
    series = usual_study(np.random.default_rng(3))
    fit = fit_usual(series)
    theirs = r_numbers(NLME, frame_of(series), tmp_path)
    ours = [fit.level, fit.slope, fit.between_sd, fit.within_sd, fit.persistence, fit.loglik]
    assert ours == pytest.approx(theirs, rel=1e-4)


def covariance(t: np.ndarray, usual: Usual) -> np.ndarray:
    apart = np.abs(t[:, None] - t[None, :])
    return usual.between_sd**2 + usual.within_sd**2 * usual.persistence**apart


def one(y: list[float], t: list[float]) -> Series:
    return Series(
        np.array(y),
        np.array(t),
        np.zeros(len(y), np.int64),
        np.zeros(1, np.int64),
        as_series(layout(np.random.default_rng(0), 1, 3)).dyads,
    )


def test_expectations_are_the_conditional_normal_of_earlier_scores() -> None:
    t = np.array([1.0, 2, 4, 5])
    series = one([3.2, 3.9, 3.1, 4.0], list(t))
    ahead, whole = expect(series, TRUTH), covariance(t, TRUTH)
    about = series.y - TRUTH.mean(t)
    for k in range(1, 4):
        weights = np.linalg.solve(whole[:k, :k], whole[:k, k])
        assert ahead.mean[k] == pytest.approx(TRUTH.mean(t[k]) + weights @ about[:k])
        assert ahead.sd[k] ** 2 == pytest.approx(whole[k, k] - weights @ whole[:k, k])


def test_the_likelihood_is_that_of_the_whole_covariance() -> None:
    series = usual_study(np.random.default_rng(4), 20, 8)
    fit = fit_usual(series)
    total = 0.0
    for code in range(series.n):
        rows = series.code == code
        t = series.t[rows]
        total += multivariate_normal(fit.mean(t), covariance(t, fit)).logpdf(series.y[rows])
    assert fit.loglik == pytest.approx(total)


def test_later_scores_change_no_expectation() -> None:
    early = one([3.2, 3.9, 3.1, 4.0], [1, 2, 3, 4])
    late = one([3.2, 3.9, 3.1, 1.0], [1, 2, 3, 4])
    assert np.array_equal(expect(early, TRUTH).mean, expect(late, TRUTH).mean)


def test_a_fall_is_a_rupture_and_two_returns_are_a_repair() -> None:
    series = one([3.5, 3.6, 3.6, 1.8, 3.9, 4.0], [1, 2, 3, 4, 5, 6])
    found = find_ruptures(series, TRUTH).to_dicts()
    assert [(r["row"], r["repair"], r["repair_row"]) for r in found] == [(3, "repaired", 5)]


def test_one_return_is_no_repair() -> None:
    series = one([3.5, 3.6, 3.6, 1.8, 4.0, 3.3, 4.0], [1, 2, 3, 4, 5, 6, 7])
    assert find_ruptures(series, TRUTH)["repair"].to_list() == ["not repaired"]


def test_a_rupture_at_the_end_cannot_be_judged() -> None:
    series = one([3.5, 3.6, 3.6, 1.8, 4.0], [1, 2, 3, 4, 5])
    assert find_ruptures(series, TRUTH)["repair"].to_list() == ["cannot be judged"]


def test_the_first_two_ratings_are_never_ruptures() -> None:
    assert find_ruptures(one([3.5, 0.0, 3.6], [1, 2, 3]), TRUTH).height == 0


def test_without_ruptures_observed_is_near_expected() -> None:
    series = usual_study(np.random.default_rng(5), 400)
    fit = fit_usual(series)
    counts = expected_counts(series, fit, find_ruptures(series, fit), np.random.default_rng(6))
    first = counts.row(0, named=True)
    assert first["of"] == judgeable(series).sum()
    assert first["expected"] == pytest.approx(RATE * first["of"], rel=0.05)
    assert first["excess_low"] < 0 < first["excess_high"]


def test_ruptures_that_were_put_in_are_an_excess() -> None:
    rng = np.random.default_rng(7)
    series = usual_study(rng, 200)
    struck = judgeable(series) & (rng.random(series.y.size) < 0.08)
    series = series.with_y(series.y - 1.2 * struck)
    fit = fit_usual(series)
    counts = expected_counts(series, fit, find_ruptures(series, fit), np.random.default_rng(8))
    assert counts["excess_low"][0] > 0
    assert counts["excess_low"][1] > 0


def test_simulated_scores_stay_on_the_scale() -> None:
    series = usual_study(np.random.default_rng(9), 60)
    found = find_ruptures(series, TRUTH)
    free = expected_counts(series, TRUTH, found, np.random.default_rng(1))
    held = expected_counts(series, TRUTH, found, np.random.default_rng(1), bounds=(3.4, 3.6))
    assert held["expected"][0] < free["expected"][0]


def test_few_dyads_are_refused() -> None:
    with pytest.raises(EvenhandError, match="too few to say what is usual"):
        fit_usual(usual_study(np.random.default_rng(1), 6))


def test_ratings_that_never_vary_are_refused() -> None:
    series = usual_study(np.random.default_rng(1), 20)
    with pytest.raises(EvenhandError, match="nothing varies"):
        fit_usual(series.with_y(np.full(series.y.size, 4.0)))


@pytest.mark.slow
def test_false_ruptures_come_at_the_stated_rate() -> None:
    rng = np.random.default_rng(20)
    hits = trials = 0
    for _ in range(300):
        series = usual_study(rng, 60)
        hits += find_ruptures(series, fit_usual(series)).height
        trials += int(judgeable(series).sum())
    assert hits / trials == pytest.approx(RATE, abs=0.003)


@pytest.mark.slow
def test_the_band_of_the_next_rating_covers() -> None:
    rng = np.random.default_rng(21)
    inside: list[np.ndarray] = []
    for _ in range(200):
        series = as_series(layout(rng, 40, 12))
        series = series.with_y(simulate_usual(series, TRUTH, rng))
        fit = fit_usual(series)
        ahead = expect(series, fit)
        inside.append(
            np.abs(series.y - ahead.mean)[judgeable(series)]
            < fit.limit(0.025) * ahead.sd[judgeable(series)]
        )
    assert 0.93 <= np.concatenate(inside).mean() <= 0.97


@pytest.mark.slow
def test_the_excess_has_no_effect_where_there_is_none() -> None:
    rng = np.random.default_rng(22)
    found = 0
    for _ in range(200):
        series = usual_study(rng, 60)
        fit = fit_usual(series)
        counts = expected_counts(series, fit, find_ruptures(series, fit), rng)
        found += counts["excess_low"][0] > 0
    assert found / 200 <= 0.05
