"""Figures of models leave only where rule 1 holds for who stands behind them."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from evenhand.core.errors import EvenhandError
from evenhand.release.ledger import Ledger, open_ledger
from evenhand.release.model_rules import comparison_passes, strata_that_pass
from evenhand.release.models import Offer, ReleasedModel, release_models
from evenhand.release.rules import RULES

SIZES = {"a": 40, "b": 30, "c": 8, "d": 7}
COUNTED = {name: n // 5 * 5 for name, n in SIZES.items()}


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ledger]:
    monkeypatch.setenv("EVENHAND_KEYS", str(tmp_path / "keys"))
    with open_ledger(tmp_path / "study") as opened:
        yield opened


def people(sizes: dict[str, int], therapists: int = 6, yes_no: bool = False) -> pl.DataFrame:
    """Clients by stratum, in turn with each therapist; a and b stand above the middle."""
    strata = [name for name, n in sizes.items() for _ in range(n)]
    n = np.arange(len(strata))
    y = (n // therapists % 2).astype(float) if yes_no else 10.0 + n % 5
    return pl.DataFrame(
        {
            "client_id": [f"c{i}" for i in n],
            "therapist_id": [f"t{i % therapists}" for i in n],
            "y": y,
            "stratum": strata,
            "side_c": [name in "ab" for name in strata],
        }
    )


def facts(who: pl.DataFrame, told: str = "x") -> pl.DataFrame:
    return who.select("client_id", "therapist_id", told=pl.lit(told))


def offer(who: pl.DataFrame, value: float = 0.123456) -> Offer:
    strata = who.select("stratum").unique().sort("stratum").with_columns(total=pl.lit(value))
    ends = (value, value - 0.1, value + 0.1)
    return Offer("strata/x", who, {"within": ends}, {"vpc": ends}, strata=strata)


def released(
    ledger: Ledger, who: pl.DataFrame, value: float = 0.123456, settings: str = "s", **given: object
) -> ReleasedModel:
    known = given.get("facts", facts(who))
    assert isinstance(known, pl.DataFrame)
    (found,) = release_models(
        [offer(who, value)],
        known,
        ledger,
        RULES,
        label="2026-Q1",
        settings=settings,
        counted=COUNTED,
    )
    return found


def test_a_model_cannot_be_made_by_hand() -> None:
    with pytest.raises(EvenhandError, match="only leave by a release"):
        ReleasedModel("x", {}, False, {}, {}, 10, 3, (), 0, "")


def test_strata_below_ten_are_only_counted_as_small(ledger: Ledger) -> None:
    found = released(ledger, people(SIZES))
    assert [row["stratum"] for row in found.strata] == ["a", "b"]
    assert found.small == 2
    assert "c" not in {name for row in found.strata for name in map(str, row.values())}


def test_a_small_stratum_is_not_left_alone_to_be_worked_out() -> None:
    who = people({"a": 40, "b": 30, "e": 12, "c": 8})
    counted = {"a": 40, "b": 30, "e": 10}
    assert strata_that_pass(who, counted, RULES, yes_no=False) == ["a", "b"]


def test_all_strata_may_be_shown_where_none_is_small() -> None:
    who = people({"a": 40, "b": 30, "e": 12})
    assert strata_that_pass(who, {"a": 40, "b": 30, "e": 10}, RULES, yes_no=False) == list("abe")


def test_a_stratum_that_the_engine_withholds_is_not_shown() -> None:
    who = people({"a": 40, "b": 30, "e": 12})
    assert strata_that_pass(who, {"a": 40}, RULES, yes_no=False) == ["a"]


def test_figures_leave_rounded_and_so_do_counts(ledger: Ledger) -> None:
    found = released(ledger, people(SIZES))
    assert found.effects["within"] == [0.12, 0.02, 0.22]
    assert found.shares["vpc"] == [0.123, 0.023, 0.223]
    assert (found.clients, found.therapists) == (85, 5)
    assert [row["n"] for row in found.strata] == [40, 30]


@pytest.mark.parametrize(
    ("who", "passes"),
    [
        (people({"a": 60, "c": 12}), True),
        (people({"a": 60, "c": 9}), False),
        (people({"a": 60, "c": 12}, therapists=2), False),
    ],
)
def test_both_sides_of_a_comparison_need_ten_clients_and_three_therapists(
    who: pl.DataFrame, passes: bool
) -> None:
    assert comparison_passes(who.drop("stratum"), RULES, yes_no=False) is passes


def test_no_therapist_may_have_more_than_half_of_a_side() -> None:
    who = people({"a": 60, "c": 12})
    most = pl.when((pl.col("stratum") == "c") & (pl.int_range(pl.len()) < 67)).then(pl.lit("t0"))
    who = who.with_columns(therapist_id=most.otherwise("therapist_id"))
    assert not comparison_passes(who, RULES, yes_no=False)


def test_of_yes_and_no_both_parts_of_each_side_count() -> None:
    many = people({"a": 60, "c": 48}, yes_no=True)
    assert comparison_passes(many, RULES, yes_no=True)
    assert not comparison_passes(people({"a": 60, "c": 18}, yes_no=True), RULES, yes_no=True)


def test_one_large_number_may_not_make_up_a_sum() -> None:
    who = people({"a": 60, "c": 12})
    first = pl.int_range(pl.len()) == 0
    who = who.with_columns(y=pl.when(first).then(1e6).otherwise(pl.col("y")))
    assert not comparison_passes(who, RULES, yes_no=False)


def test_figures_stand_until_ten_clients_have_come_or_gone(ledger: Ledger) -> None:
    before = people(SIZES)
    first = released(ledger, before, 0.5)
    more = people({**SIZES, "a": 45})
    assert released(ledger, more, 0.9).effects == first.effects
    far = people({**SIZES, "b": 60})
    assert released(ledger, far, 0.9).effects["within"] != first.effects["within"]


def test_other_settings_on_data_that_moved_a_little_are_withheld(ledger: Ledger) -> None:
    released(ledger, people(SIZES))
    same = released(ledger, people(SIZES), settings="other")
    assert not same.withheld
    moved = released(ledger, people({**SIZES, "a": 41}), settings="third")
    assert moved.withheld
    assert not moved.effects
    assert not moved.strata


def test_what_changed_in_a_client_counts_as_moving(ledger: Ledger) -> None:
    who = people(SIZES)
    first = released(ledger, who, 0.5)
    few = pl.when(pl.int_range(pl.len()) < 4).then(pl.lit("y")).otherwise(pl.lit("x"))
    assert released(ledger, who, 0.9, facts=facts(who).with_columns(told=few)) == first
    again = released(ledger, who, 0.9, facts=facts(who, "z"))
    assert again.effects["within"] == [0.9, 0.8, 1.0]


def test_a_small_clinic_shows_nothing(ledger: Ledger) -> None:
    assert released(ledger, people({"a": 30, "b": 20})).withheld
    assert released(ledger, people(SIZES, therapists=4)).withheld
    assert not ledger.entries


def test_the_ledger_names_nobody_and_gives_back_what_it_holds(ledger: Ledger) -> None:
    who = people(SIZES)
    first = released(ledger, who)
    entry = json.dumps(ledger.entries[-1]["models"])
    assert not any(f'"{name}"' in entry for name in [*who["client_id"], *who["therapist_id"]])
    assert released(ledger, who) == first
    assert len(ledger.entries) == 1
