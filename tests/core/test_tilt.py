"""The tilt: closed form, symmetric, honest at the edges."""

import numpy as np
import pytest
from scipy import integrate, stats

from evenhand.core.tilt import carry, mean_tilt, rate_interval, tilt_of


def test_equal_rates_tilt_nowhere() -> None:
    found = tilt_of(12, 100, 12, 100)
    assert found.tilt == pytest.approx(0.0, abs=1e-12)
    assert found.low == pytest.approx(-found.high)


def test_swapping_the_roles_mirrors_the_tilt() -> None:
    one = tilt_of(9, 80, 3, 120, 1.4, 2.2)
    two = tilt_of(3, 120, 9, 80, 2.2, 1.4)
    assert one.tilt == pytest.approx(-two.tilt)
    assert one.low == pytest.approx(-two.high)


def test_yielding_tilts_toward_the_one_who_does_not() -> None:
    plain = tilt_of(9, 80, 3, 120, direction=1.0)
    yields = tilt_of(9, 80, 3, 120, direction=-1.0)
    assert yields.tilt == pytest.approx(-plain.tilt)
    assert yields.low == pytest.approx(-plain.high)


def test_with_nothing_on_one_side_the_interval_reaches_the_end() -> None:
    assert tilt_of(0, 100, 7, 100).low == -1.0
    assert tilt_of(7, 100, 0, 100).high == 1.0
    assert tilt_of(0, 100, 7, 100, direction=-1.0).high == 1.0


def test_nothing_on_either_side_is_absent_not_zero() -> None:
    assert np.isnan(tilt_of(0, 100, 0, 100).tilt)


def test_no_exposure_is_absent_not_zero() -> None:
    assert np.isnan(tilt_of(3, 0, 2, 10).tilt)


def test_the_median_and_limits_agree_with_numerical_integration() -> None:
    k_t, e_t, k_c, e_c, phi_t, phi_c = 6, 40.0, 2, 55.0, 1.5, 0.8
    found = tilt_of(k_t, e_t, k_c, e_c, phi_t, phi_c)
    beta = stats.beta(k_t / phi_t + 0.5, k_c / phi_c + 0.5)
    for limit, mass in ((found.tilt, 0.5), (found.low, 0.025), (found.high, 0.975)):
        grid = np.linspace(0, 1, 200_001)
        below = carry(grid, e_t / phi_t, e_c / phi_c, 1.0) <= limit
        area = integrate.trapezoid(beta.pdf(grid[1:-1]) * below[1:-1], grid[1:-1])
        assert area == pytest.approx(mass, abs=2e-4)


def test_more_dispersion_widens_the_interval() -> None:
    tight = tilt_of(30, 100, 20, 100, 1.0, 1.0)
    loose = tilt_of(30, 100, 20, 100, 4.0, 4.0)
    assert loose.high - loose.low > 1.5 * (tight.high - tight.low)


def test_a_rate_of_nothing_keeps_its_upper_limit() -> None:
    low, high = rate_interval([0, 0], [113, 0])
    assert low[0] == 0.0
    assert 0.0 < high[0] < 0.05
    assert np.isnan(high[1])


def test_a_share_of_all_reaches_one() -> None:
    low, high = rate_interval([20], [20], share=[True])
    assert high[0] == 1.0
    assert 0.8 < low[0] < 1.0


def test_a_rate_interval_holds_the_gamma_quantiles() -> None:
    low, high = rate_interval(8, 200, 2.0)
    gamma = stats.gamma(8 / 2 + 0.5, scale=2 / 200)
    assert (low, high) == (pytest.approx(gamma.ppf(0.025)), pytest.approx(gamma.ppf(0.975)))


def test_mover_of_one_is_its_own_interval() -> None:
    found = mean_tilt(np.array([[0.2]]), np.array([[-0.1]]), np.array([[0.4]]))
    assert (found.tilt[0], found.low[0], found.high[0]) == pytest.approx((0.2, -0.1, 0.4))


def test_mover_by_hand_with_one_component_missing() -> None:
    tilts = np.array([[0.2, 0.6, np.nan]])
    lows, highs = np.array([[-0.1, 0.2, np.nan]]), np.array([[0.5, 0.9, np.nan]])
    found = mean_tilt(tilts, lows, highs)
    assert found.tilt[0] == pytest.approx(0.4)
    assert found.low[0] == pytest.approx(0.4 - 0.5 / 2)
    assert found.high[0] == pytest.approx(0.4 + np.sqrt(0.3**2 + 0.3**2) / 2)
