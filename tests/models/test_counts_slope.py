"""Slope and relative index: by hand, against a reference, and what they refuse."""

import warnings

import numpy as np
import pytest

from evenhand.core.errors import EvenhandError
from evenhand.models.counts_slope import ridits, slope_index


def test_a_group_stands_at_the_middle_of_its_people() -> None:
    # 10, 30, 60 of 100 people: 5, 10 + 15, 40 + 30 people stand before the middle of each
    assert ridits(np.array([10.0, 30.0, 60.0])) == pytest.approx([0.05, 0.25, 0.70])


def test_a_straight_ladder_is_found_exactly() -> None:
    n = np.array([100.0, 100.0, 100.0, 100.0, 100.0])
    k = np.array([58.0, 54.0, 50.0, 46.0, 42.0])  # falls .04 a step of .2 in ridit: .2 in all
    found = slope_index(k, n)
    assert found.slope == pytest.approx(-0.2, abs=1e-9)
    assert found.phi == pytest.approx(0.0, abs=1e-9)
    assert found.slope_se == pytest.approx(found.slope_se_binomial)  # never shrunk below chance
    assert (found.groups, found.df, found.n) == (5, 3, 500.0)


def test_a_straight_line_of_logs_gives_the_ratio_of_the_ends() -> None:
    n = np.full(4, 10_000.0)
    k = n * 0.4 * np.exp(np.log(0.5) * np.array([0.125, 0.375, 0.625, 0.875]))
    assert slope_index(k, n).relative == pytest.approx(0.5, abs=1e-9)


def test_turning_the_ladder_turns_the_sign_and_the_ratio() -> None:
    n, k = np.array([90.0, 150, 70, 200]), np.array([50.0, 70, 30, 60])
    one, other = slope_index(k, n), slope_index(k[::-1], n[::-1])
    assert one.slope == pytest.approx(-other.slope)
    assert one.relative == pytest.approx(1 / other.relative)
    assert one.slope_se == pytest.approx(other.slope_se)


@pytest.mark.parametrize("seed", range(2))
def test_the_lines_are_those_of_statsmodels(seed: int) -> None:
    api = pytest.importorskip("statsmodels.api")
    rng = np.random.default_rng(seed)
    n = rng.integers(200, 4000, 8).astype(float)
    k = rng.binomial(n.astype(int), np.linspace(0.5, 0.3, 8) + rng.normal(0, 0.03, 8)).astype(float)
    found = slope_index(k, n)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fits = [
            api.GLM(
                np.column_stack([k, n - k]),
                api.add_constant(ridits(n)),
                family=api.families.Binomial(link=link),
            ).fit(tol=1e-12)
            for link in (api.families.links.Identity(), api.families.links.Log())
        ]
    straight, log = fits
    phi = straight.pearson_chi2 / straight.df_resid
    assert found.slope == pytest.approx(straight.params[1], rel=1e-6)
    assert found.slope_se_binomial == pytest.approx(straight.bse[1], rel=1e-5)
    assert found.phi == pytest.approx(phi, rel=1e-6)
    assert found.slope_se == pytest.approx(straight.bse[1] * max(1, phi) ** 0.5, rel=1e-5)
    assert found.relative == pytest.approx(np.exp(log.params[1]), rel=1e-6)
    assert found.phi_relative == pytest.approx(log.pearson_chi2 / log.df_resid, rel=1e-6)


def test_the_interval_covers_when_groups_scatter_beyond_chance() -> None:
    rng, truth, inside = np.random.default_rng(5), -0.12, 0
    n = np.full(10, 50_000.0)
    for _ in range(200):
        p = 0.53 + truth * ridits(n) + rng.normal(0, 0.006, 10)
        found = slope_index(rng.binomial(n.astype(int), p).astype(float), n)
        inside += found.slope_low < truth < found.slope_high
    assert 0.91 < inside / 200 < 0.985


@pytest.mark.parametrize(
    ("k", "n", "why"),
    [
        ([1, 2], [10, 10], "at least three groups"),
        ([1, 2, 3], [10, 0, 10], "nobody at risk"),
        ([1, 12, 3], [10, 10, 10], "more outcomes than people"),
        ([0, 0, 0], [10, 10, 10], "Everybody or nobody"),
        ([0, 0, 90], [100, 100, 100], "leaves the range"),
    ],
)
def test_what_no_line_can_say_is_refused(k: list[float], n: list[float], why: str) -> None:
    with pytest.raises(EvenhandError, match=why):
        slope_index(np.array(k, dtype=float), np.array(n, dtype=float))
