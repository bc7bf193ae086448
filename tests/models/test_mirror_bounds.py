"""Bounds from recall: acts that were missed more in one group make no finding."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from evenhand.core.errors import EvenhandError
from evenhand.models.mirror_bounds import Known, fit_bounds
from evenhand.models.mirror_coefficient import fit_mirror
from evenhand.models.mirror_recall import Recall, recalls, verdict_of
from tests.models.rooms import Room, make

ROOM = Room(therapists=30, clients=12, sessions=(2, 4), allocation=0.0, rate=0.02)
ALIKE = {"lower": 0.85, "upper": 0.85}


def thinned(
    room: Room, seed: int, of_client: dict[str, float], *, yields: bool = False
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Counts of which some were missed, clients' acts by the client's group; and checked acts."""
    rng = np.random.default_rng(seed)
    done = make(room, rng)
    if yields:  # who yields less holds more: the same room, told by the other's acts
        done = done.with_columns(
            k_t="k_c", e_t="e_c", k_c="k_t", e_c="e_t", direction=pl.lit(-1)
        ).with_columns(indicator=pl.lit("yielding"))
    group = {
        name: pl.when(pl.col(s) > 0).then(pl.lit("upper")).otherwise(pl.lit("lower")).alias(name)
        for name, s in (("group_t", "s_t"), ("group_c", "s_c"))
    }
    done = done.with_columns(**group)
    acted = {"k_t": np.full(done.height, 0.9)}
    acted["k_c"] = np.array([of_client[g] for g in done["group_c"]])
    seen = {k: rng.binomial(done[k].to_numpy().astype(int), r) for k, r in acted.items()}
    found = done.with_columns(pl.Series(k, v.astype(float)) for k, v in seen.items())
    checked = pl.concat(
        done.select(
            "group_t", "group_c", role=pl.lit(role), acts_checked=k, acts_found=found[k]
        ).gather_every(3)
        for role, k in (("therapist", "k_t"), ("client", "k_c"))
    )
    return found, checked


def known_of(found: pl.DataFrame, checked: pl.DataFrame) -> list[Known]:
    name = found["indicator"][0]
    ranks = {"lower": -0.5, "upper": 0.5}
    return [
        Known(
            name,
            side,
            role,
            recalls(checked.filter(pl.col("role") == role).rename({column: "group"})),
            ranks,
        )
        for side, column in (("therapist", "group_t"), ("client", "group_c"))
        for role in ("therapist", "client")
    ]


def test_a_share_with_its_interval_by_hand() -> None:
    frame = pl.DataFrame({"group": ["a"] * 20, "acts_checked": [10] * 20, "acts_found": [8] * 20})
    (one,) = recalls(frame)
    assert (one.recall, one.sessions, one.acts) == (0.8, 20, 200.0)
    # all sessions alike: Wilson's of 160 in 200
    assert one.low == pytest.approx(0.7391, abs=1e-4)
    assert one.high == pytest.approx(0.8495, abs=1e-4)
    assert one.known


def test_sessions_that_differ_widen_it() -> None:
    frame = pl.DataFrame(
        {"group": ["a"] * 20, "acts_checked": [10] * 20, "acts_found": [10, 6] * 10}
    )
    (one,) = recalls(frame)
    # √(20·4 · 20/19) / 200 = .045883 in the ratio; t(19) = 2.0930
    assert one.high == pytest.approx(0.8 + 2.0930 * np.sqrt(80 * 20 / 19) / 200, abs=1e-4)


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        ([90] * 30, [91] * 30, "similar"),
        ([90] * 30, [70] * 30, "different"),
        ([90, 50] * 15, [88, 50] * 15, "unsure"),
        ([90] * 30, [90] * 19, "too few"),
    ],
)
def test_recall_of_groups_is_compared(one: list[int], other: list[int], said: str) -> None:
    frame = pl.DataFrame(
        {
            "group": ["a"] * len(one) + ["b"] * len(other),
            "acts_checked": [100] * (len(one) + len(other)),
            "acts_found": [*one, *other],
        }
    )
    assert verdict_of(frame) == said


@pytest.mark.parametrize("yields", [pytest.param(False, marks=pytest.mark.slow), True])
def test_acts_missed_in_one_group_are_no_finding(yields: bool) -> None:
    found, checked = thinned(ROOM, 3, {"lower": 0.5, "upper": 0.95}, yields=yields)
    naive = fit_mirror(found, "events", absolute=False)
    assert naive.beta_c.clear  # what recall alone makes
    bounds = fit_bounds(found, "events", known_of(found, checked))
    assert bounds.beta_c.low < 0 < bounds.beta_c.high
    assert bounds.word != "gap"
    assert bounds.beta_c.least < bounds.beta_c.most


def test_an_effect_that_no_recall_explains_stays_and_is_inside() -> None:
    room = Room(therapists=30, clients=12, t=0.9, c=-0.9, allocation=0.0, rate=0.02)
    found, checked = thinned(room, 4, {"lower": 0.8, "upper": 0.9})
    bounds = fit_bounds(found, "events", known_of(found, checked))
    assert bounds.word == "gap"
    assert bounds.mirror.low < 0.9 < bounds.mirror.high
    assert bounds.mirror.clear
    assert bounds.clients == found["client_id"].n_unique()


@pytest.mark.slow
def test_recall_that_is_alike_and_sure_moves_little() -> None:
    found, checked = thinned(ROOM, 5, ALIKE)
    one = fit_mirror(found, "events", absolute=False)
    known = [
        replace(one, groups=[_sure(group) for group in one.groups])
        for one in known_of(found, checked)
    ]
    bounds = fit_bounds(found, "events", known)
    assert bounds.mirror.least == pytest.approx(one.mirror.estimate, abs=0.002)
    assert bounds.mirror.most == pytest.approx(one.mirror.estimate, abs=0.002)


def _sure(one: Recall) -> Recall:
    return replace(one, recall=0.85, low=0.85, high=0.85)


def test_what_was_not_checked_is_named() -> None:
    found, checked = thinned(ROOM, 6, ALIKE)
    known = known_of(found, checked)
    with pytest.raises(EvenhandError, match="not known for client"):
        fit_bounds(found, "events", known[:1])
    lacking = [replace(one, groups=one.groups[1:]) for one in known]
    with pytest.raises(EvenhandError, match="1 of the therapist"):
        fit_bounds(found, "events", lacking)
    few = [
        replace(one, groups=[replace(group, sessions=19) for group in one.groups]) for one in known
    ]
    with pytest.raises(EvenhandError, match="stands on 19 checked sessions"):
        fit_bounds(found, "events", few)


def test_recall_that_may_be_nought_bounds_nothing() -> None:
    assert not Recall("a", 40, 5.0, 0.0, 0.0, 0.4).known
    assert not Recall("a", 40, 0.0, None, None, None).known
    assert not Recall("a", 19, 100.0, 0.9, 0.8, 0.95).known
