"""Reliable and clinically significant change, by hand."""

import numpy as np
import polars as pl
import pytest

from evenhand.core.share import wilson
from evenhand.models.course_change import (
    change_by_dyad,
    change_by_session,
    design_effect,
    shares_of_states,
)
from evenhand.models.course_rules import Rule

PHQ = Rule("PHQ-9", "total", -1, 0, 27, 6, False, 10, "at or above", True)
ORS = Rule("ORS", "total", 1, 0, 40, 5, False, 25, "below", True)


def series(**dyads: list[float]) -> pl.DataFrame:
    rows = [(d, n, float(y)) for d, values in dyads.items() for n, y in enumerate(values, 1)]
    return pl.DataFrame(rows, schema=["dyad", "number", "score"], orient="row")


def states(rule: Rule, *scores: float) -> list[str | None]:
    return change_by_session(series(a=list(scores)), rule)["state"].to_list()


def test_six_points_down_and_under_ten_is_recovered() -> None:
    assert states(PHQ, 17, 12, 11, 9) == [None, "within noise", "reliably improved", "recovered"]


def test_six_points_down_from_no_case_is_improved_only() -> None:
    assert states(PHQ, 9, 3) == [None, "reliably improved"]


def test_six_points_up_is_worse() -> None:
    assert states(PHQ, 9, 15) == [None, "reliably worse"]


def test_where_more_is_better_the_signs_turn() -> None:
    assert states(ORS, 20, 26, 15) == [None, "recovered", "reliably worse"]


def test_a_change_of_exactly_the_limit_reaches_it_in_means_too() -> None:
    core = Rule("CORE-OM", "total", -1, 0, 40, 5, True, 10, "at or above", True)
    assert states(core, 0.1 + 20.2, 15.3) == [None, "reliably improved"]


def test_without_a_known_limit_there_is_no_state() -> None:
    assert states(Rule("WAI-SR", "total", 1), 3, 5) == [None, None]


def test_a_dyad_is_summed_up() -> None:
    changes = change_by_session(series(a=[17, 16, 14, 10, 9], b=[12]), PHQ)
    first, second = change_by_dyad(changes, PHQ).to_dicts()
    assert (first["change"], first["state"], first["last_number"]) == (-8, "recovered", 5)
    assert (first["early_change"], first["early_number"]) == (-7, 4)
    assert first["early_reliable"] is True
    assert (second["change"], second["state"], second["measured_n"]) == (None, None, 1)
    assert second["early_change"] is None


def test_shares_have_their_own_denominators() -> None:
    dyads = pl.DataFrame(
        {
            "state": ["recovered", "reliably improved", "within noise", "reliably worse", None],
            "start_case": [True, False, True, False, True],
            "therapist_id": ["a", "a", "b", "b", "b"],
        }
    )
    shares = {row["what"]: row for row in shares_of_states(dyads).to_dicts()}
    assert (shares["improved"]["k"], shares["improved"]["n"]) == (2, 4)
    assert (shares["recovered"]["k"], shares["recovered"]["n"]) == (1, 2)
    assert shares["improved"]["low"] < 0.5 < shares["improved"]["high"]


def test_nobody_measured_twice_has_no_share() -> None:
    empty = pl.DataFrame(
        {"state": [None], "start_case": [None], "therapist_id": ["a"]},
        schema={"state": pl.String, "start_case": pl.Boolean, "therapist_id": pl.String},
    )
    assert shares_of_states(empty)["share"].to_list() == [None] * 4


def test_wilson_is_the_published_example() -> None:
    # Newcombe 1998, Stat Med 17:857-872, Table I: 81 of 263 is .2553 to .3662
    assert wilson(81 / 263, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)


def test_therapists_who_differ_widen_the_interval() -> None:
    alike, apart = np.array([5, 5, 5, 5]), np.array([10, 0, 10, 0])
    n = np.array([10, 10, 10, 10])
    assert design_effect(alike, n) == 1
    # 4/3 × 4 × 25 / 1600 over .25/40
    assert design_effect(apart, n) == pytest.approx((4 / 3 * 100 / 1600) / (0.25 / 40))
