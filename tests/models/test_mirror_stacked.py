"""Several indicators drawn into one row a dyad say what the whole stack says."""

import numpy as np
import polars as pl
import pytest
from scipy.special import expit

from evenhand.models.mirror_coefficient import fit_mirror
from evenhand.models.mirror_stacked import Stack, indicator_effects, one_row
from tests.models.rooms import Room, make


def stack(k: list, n: list, dyad: list, indicator: list) -> Stack:
    return Stack(
        np.array(k, float),
        np.array(n, float),
        np.zeros(len(k)),
        np.array(dyad),
        np.array(indicator),
    )


def test_one_indicator_stays_as_it_is() -> None:
    one = one_row(stack([3, 5], [10, 8], [0, 1], [0, 0]), np.array([0.2, -0.1]))
    assert one.n == pytest.approx([10, 8])
    assert one.k == pytest.approx([3, 5])


def test_an_indicators_effect_makes_its_counts_add_up() -> None:
    given = stack([3, 5, 9, 9], [10, 8, 12, 10], [0, 1, 0, 1], [0, 0, 1, 1])
    theta = np.array([0.3, -0.4])
    effects = indicator_effects(given, theta)
    expected = given.n * expit(effects[given.indicator] + theta[given.dyad])
    assert np.bincount(given.indicator, given.k - expected) == pytest.approx([0, 0], abs=1e-8)


def test_slope_and_curvature_are_those_of_all_indicators() -> None:
    given = stack([3, 5, 9, 9], [10, 8, 12, 10], [0, 1, 0, 1], [0, 0, 1, 1])
    theta = np.array([0.3, -0.4])
    one = one_row(given, theta)
    p = expit(indicator_effects(given, theta)[given.indicator] + theta[given.dyad])
    q = expit(one.offset + theta)
    assert one.k - one.n * q == pytest.approx(np.bincount(given.dyad, given.k - given.n * p))
    assert one.n * q * (1 - q) == pytest.approx(np.bincount(given.dyad, given.n * p * (1 - p)))


@pytest.mark.slow
def test_one_row_a_dyad_says_nearly_what_the_whole_stack_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    room = Room(therapists=11, clients=4, sessions=(2, 3), t=0.6, c=-0.6, allocation=0.0)
    one = make(room, np.random.default_rng(5))
    other = make(room, np.random.default_rng(5)).with_columns(
        indicator=pl.lit("cut_off"), k_t=pl.col("k_t") + 2
    )
    both = pl.concat([one, other], how="vertical_relaxed")
    whole = fit_mirror(both, "events", absolute=False)
    monkeypatch.setattr("evenhand.models.mirror_counts.MOST_LEVELS", 0)
    drawn = fit_mirror(both, "events", absolute=False)
    assert drawn.sessions == whole.sessions
    assert drawn.beta_c.estimate == pytest.approx(whole.beta_c.estimate, abs=0.35 * whole.beta_c.se)
    assert drawn.beta_c.se == pytest.approx(whole.beta_c.se, rel=0.1)
