"""Where a profile crosses its limit, also from a start that is past it and with a rough search."""

import numpy as np
import pytest

from evenhand.models.fits import MixedFit
from evenhand.models.intervals import _crossing, profile_interval, share_interval
from evenhand.models.mixed import fit_gaussian


def even(groups: int = 12, size: int = 6) -> MixedFit:
    """Groups with the same scores each: nothing varies between them."""
    y = np.tile(np.array([-2.0, -1.0, 0.0, 0.5, 1.0, 1.5])[:size], groups)
    code = np.repeat(np.arange(groups), size)
    return fit_gaussian(y, np.ones((y.size, 1)), {"group": code})


def test_a_variance_of_0_has_an_interval_from_0_upward() -> None:
    fit = even()
    assert fit.singular
    assert fit.variances["group"] == 0
    low, high = profile_interval(fit, "group")
    assert low == 0
    assert high is not None
    assert 0 < high < fit.residual
    assert share_interval(fit, "group") == (0.0, pytest.approx(high / (high + fit.residual)))


def test_the_upper_end_is_where_the_restricted_likelihood_says() -> None:
    """Twelve equal groups of six: the deviance by hand, with the residual where it is best."""
    groups, size = 12, 6
    within = float(np.tile(np.array([-2.0, -1, 0, 0.5, 1, 1.5]), groups).var() * groups * size)

    def deviance(variance: float) -> float:
        e = np.linspace(0.5, 2.5, 200_001)
        between = size * variance + e
        both = (groups - 1) * np.log(between) + groups * (size - 1) * np.log(e) + within / e
        return float(both.min())

    high = profile_interval(even(), "group")[1]
    assert high is not None
    assert deviance(high) - deviance(0.0) == pytest.approx(3.841459, abs=1e-3)


def test_a_start_past_the_limit_is_left_inward() -> None:
    found = _crossing(lambda at: np.exp(at), centre=5.0, step=0.5, cut=3.0)
    assert found == pytest.approx(np.log(3.0), abs=1e-4)


def test_a_search_that_ends_a_hair_higher_coming_back_is_no_error() -> None:
    asked = []

    def rough(at: float) -> float:
        higher = 0.2 if asked and max(asked) > at else 0.0
        asked.append(at)
        return at + higher

    found = _crossing(rough, centre=0.0, step=1.0, cut=1.05)
    assert found == pytest.approx(1.0, abs=0.06)
