"""How sure: false discoveries, equivalence, E-values, by hand and from the papers."""

import numpy as np
import polars as pl
import pytest

from evenhand.models.mirror_evidence import (
    benjamini_hochberg,
    e_value,
    is_equivalent,
    ratio_of_difference,
    ratio_of_hazards,
    ratio_of_odds,
)
from evenhand.models.mirror_measurement import are_similar, as_rows, quality_gaps


def test_q_values_by_hand() -> None:
    # .01 × 4/1, .02 × 4/2, .03 × 4/3 = .04 each; .5 × 4/4
    assert benjamini_hochberg([0.5, 0.01, 0.03, 0.02]) == pytest.approx([0.5, 0.04, 0.04, 0.04])
    assert benjamini_hochberg([0.9, 0.8]) == pytest.approx([0.9, 0.9])
    assert benjamini_hochberg([]) == []


def test_q_values_are_those_of_scipy() -> None:
    from scipy.stats import false_discovery_control

    p = np.random.default_rng(0).uniform(0, 1, 30) ** 2
    assert benjamini_hochberg(list(p)) == pytest.approx(list(false_discovery_control(p)))


def test_a_null_needs_the_whole_interval_inside_the_margin() -> None:
    assert is_equivalent(-0.05, 0.08, 0.1)
    assert not is_equivalent(-0.05, 0.12, 0.1)
    assert not is_equivalent(-0.1, 0.05, 0.1)


def test_the_e_value_of_the_papers_example() -> None:
    # VanderWeele & Ding 2017: RR 3.9 [1.8, 8.7] needs 7.26, its limit 3.0
    found = e_value(3.9, 1.8, 8.7)
    assert found.estimate == pytest.approx(7.26, abs=0.01)
    assert found.limit == pytest.approx(3.0, abs=0.01)


def test_a_ratio_below_one_is_turned_round() -> None:
    assert e_value(1 / 3.9, 1 / 8.7, 1 / 1.8).estimate == pytest.approx(7.26, abs=0.01)
    assert e_value(1.2, 0.9, 1.6).limit == 1.0


def test_ratios_that_stand_for_others() -> None:
    assert ratio_of_odds(4.0, 0.05) == 4.0
    assert ratio_of_odds(4.0, 0.3) == 2.0
    assert ratio_of_difference(0.5) == pytest.approx(np.exp(0.455))
    assert ratio_of_hazards(2.0, 0.1) == 2.0
    # (1 − .5^1.41421) / (1 − .5^.70711) = .62481 / .38745
    assert ratio_of_hazards(2.0, 0.3) == pytest.approx(0.62481 / 0.38745, abs=1e-4)


def checked(**errors: list[int]) -> pl.DataFrame:
    rows = [(group, 200, wrong) for group, counts in errors.items() for wrong in counts]
    return pl.DataFrame(rows, schema=["group", "words_checked", "word_errors"], orient="row")


def test_like_errors_are_similar() -> None:
    frame = checked(a=[9, 10, 11] * 10, b=[10, 11, 12] * 10)
    (gap,) = quality_gaps(frame)
    assert gap.verdict == "similar"
    assert gap.difference == pytest.approx(-0.005)
    assert are_similar([gap])


def test_errors_that_differ_are_told_and_stop_the_comparison() -> None:
    (gap,) = quality_gaps(checked(a=[18, 19] * 15, b=[34, 36] * 15))
    assert gap.verdict == "different"
    assert not are_similar([gap])


def test_an_interval_that_reaches_beyond_the_margin_is_unsure() -> None:
    (gap,) = quality_gaps(checked(a=[0, 40] * 15, b=[2, 44] * 15))
    assert gap.verdict == "unsure"


def test_fewer_than_twenty_sessions_a_group_are_too_few() -> None:
    (gap,) = quality_gaps(checked(a=[10] * 19, b=[10] * 40))
    assert (gap.verdict, gap.low) == ("too few", None)


def test_every_two_groups_must_be_similar() -> None:
    gaps = quality_gaps(checked(a=[9, 11] * 12, b=[9, 11] * 12, c=[38, 40] * 12))
    assert [gap.verdict for gap in gaps] == ["similar", "different", "different"]
    assert not are_similar(gaps)
    assert len(as_rows(gaps)) == 3


def test_nothing_checked_is_not_similar() -> None:
    assert quality_gaps(checked()) == []
    assert not are_similar([])
