"""Pooled readings of dyads and of the study."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from evenhand.core import pooling, tables
from evenhand.core._spread import fit_between, fit_within
from evenhand.core.pooling import pool_readings, study_range, usual_range


def amounts(rows: list[tuple[str, float | None, float | None, float | None, float | None]], **more):
    """Rows of (session_id, k_therapist, e_therapist, k_client, e_client)."""
    names = ("session_id", "k_therapist", "e_therapist", "k_client", "e_client")
    schema = [(names[0], pl.String), *((n, pl.Float64) for n in names[1:])]
    about = {
        "indicator": "questions",
        "version": 1,
        "facet": "control",
        "direction": 1,
        "kind": "tilted",
        "dispersion_therapist": 1.0,
        "dispersion_client": 1.0,
    } | more
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return frame.with_columns(pl.lit(v).alias(k) for k, v in about.items())


def in_dyads(**dyads: list[str]) -> pl.DataFrame:
    rows = [(s, d) for d, sessions in dyads.items() for s in sessions]
    return pl.DataFrame(rows, schema=["session_id", "id"], orient="row")


def drawn(rng, dyads, sessions, between, within, mean=(0.03, 0.015)):
    """Amounts from the model itself, and the dyads' true tilts."""
    n = dyads * sessions
    rates, columns = [], []
    for m in mean:
        rate = m * rng.gamma(1 / between, between, dyads)
        e = rng.integers(60, 200, n).astype(float)
        now = np.repeat(rate, sessions) * rng.gamma(1 / within, within, n)
        rates.append(rate)
        columns += [rng.poisson(now * e).astype(float), e]
    ids = [f"s{i:04d}" for i in range(n)]
    frame = amounts(list(zip(ids, *columns, strict=True)))
    groups = pl.DataFrame({"session_id": ids, "id": [f"d{i // sessions:04d}" for i in range(n)]})
    return frame, groups, (rates[0] - rates[1]) / (rates[0] + rates[1])


FOUR = [
    ("a", 6.0, 50.0, 2.0, 50.0),
    ("b", 4.0, 40.0, 2.0, 50.0),
    ("c", 5.0, 50.0, 1.0, 40.0),
    ("d", 7.0, 60.0, 3.0, 60.0),
]


def test_a_dyads_amounts_and_exposures_are_the_sums_of_its_sessions():
    out = pool_readings(amounts(FOUR), in_dyads(one=["a", "b", "c", "d"]), "dyad")
    row = out.row(0, named=True)
    assert list(out.columns) == list(tables.POOLED)
    assert (row["k_therapist"], row["e_therapist"]) == (22.0, 200.0)
    assert (row["k_client"], row["e_client"]) == (8.0, 200.0)
    assert row["therapist"] == pytest.approx(0.11)
    assert row["level"] == "dyad"
    assert row["id"] == "one"
    # the raw ratio is (22 - 8) / 30 = .467; the posterior median stands a little inside it
    assert 0.35 < row["tilt"] < 0.48
    assert row["tilt_low"] < row["tilt"] < row["tilt_high"]


def test_swapping_the_roles_mirrors_the_pooled_tilt():
    rng = np.random.default_rng(3)
    frame, groups, _ = drawn(rng, 30, 4, 0.3, 0.2)
    swap = {
        f"{x}_{a}": f"{x}_{b}"
        for x in ("k", "e", "dispersion")
        for a, b in (("therapist", "client"), ("client", "therapist"))
    }
    one = pool_readings(frame, groups, "dyad")
    other = pool_readings(frame.rename(swap), groups, "dyad")
    np.testing.assert_allclose(one["tilt"], -other["tilt"].to_numpy(), atol=1e-9)
    np.testing.assert_allclose(one["tilt_low"], -other["tilt_high"].to_numpy(), atol=1e-9)


def test_a_yielding_indicator_points_the_other_way():
    rng = np.random.default_rng(4)
    frame, groups, _ = drawn(rng, 30, 4, 0.3, 0.2)
    one = pool_readings(frame, groups, "dyad")
    other = pool_readings(frame.with_columns(direction=-1), groups, "dyad")
    np.testing.assert_allclose(one["tilt"], -other["tilt"].to_numpy(), atol=1e-12)


def test_the_order_of_sessions_changes_nothing():
    rng = np.random.default_rng(5)
    frame, groups, _ = drawn(rng, 20, 3, 0.3, 0.2)
    shuffled = pool_readings(frame.reverse(), groups.reverse(), "dyad")
    for name in ("tilt", "tilt_low", "tilt_high", "k_therapist"):
        np.testing.assert_allclose(
            pool_readings(frame, groups, "dyad")[name], shuffled[name], atol=1e-9
        )


def test_one_session_is_no_pool():
    out = pool_readings(amounts(FOUR[:1]), in_dyads(one=["a"]), "dyad")
    assert out["absent"][0] == pooling.ONE_SESSION
    assert out["tilt"][0] is None
    assert out["therapist"][0] == pytest.approx(0.12)


def test_nothing_seen_is_absent_and_not_zero():
    rows = [(s, 0.0, 40.0, 0.0, 40.0) for s in "abcd"]
    out = pool_readings(amounts(rows), in_dyads(one=list("abcd")), "dyad")
    assert out["absent"][0] == pooling.NONE_SEEN
    assert out["tilt"][0] is None
    assert out["therapist"][0] == 0.0


def test_two_sessions_are_too_few_to_say_how_much_they_differ():
    out = pool_readings(amounts(FOUR[:2]), in_dyads(one=["a", "b"]), "dyad")
    assert out["absent"][0] == pooling.TOO_FEW


def test_a_session_that_could_not_be_measured_hands_its_reason_on():
    rows = [(s, None, None, None, None) for s in "ab"]
    frame = amounts(rows, absent="not measurable: no times and no dash")
    out = pool_readings(frame, in_dyads(one=["a", "b"]), "dyad")
    assert out["absent"][0] == "not measurable: no times and no dash"
    assert out["k_therapist"][0] is None


def test_a_one_sided_indicator_has_a_rate_and_no_tilt():
    rows = [(s, 2.0, 40.0, None, None) for s in "abcd"]
    frame = amounts(rows, kind="one_sided", direction=0)
    row = pool_readings(frame, in_dyads(one=list("abcd")), "dyad").row(0, named=True)
    assert row["therapist"] == pytest.approx(0.05)
    assert (row["client"], row["tilt"], row["absent"]) == (None, None, None)


def test_a_role_that_was_never_seen_leaves_the_interval_open_to_the_end():
    rows = [(s, 6.0, 40.0, 0.0, 40.0) for s in "abcde"]
    row = pool_readings(amounts(rows), in_dyads(one=list("abcde")), "dyad").row(0, named=True)
    assert row["tilt_high"] == 1.0
    assert row["tilt_low"] > 0.5


def test_sessions_that_differ_widen_the_interval_of_their_dyad():
    same = [(f"s{i}", 6.0, 60.0, 3.0, 60.0) for i in range(60)]
    wild = [(f"s{i}", 12.0 * (i % 2), 60.0, 6.0 * (i // 2 % 2), 60.0) for i in range(60)]
    ids = in_dyads(one=[f"s{i}" for i in range(60)])
    a, b = (pool_readings(amounts(r), ids, "dyad").row(0, named=True) for r in (same, wild))
    assert a["k_therapist"] == b["k_therapist"]
    assert b["tilt_high"] - b["tilt_low"] > 1.3 * (a["tilt_high"] - a["tilt_low"])


def test_a_small_dyad_is_drawn_towards_the_study():
    rng = np.random.default_rng(6)
    frame, groups, _ = drawn(rng, 60, 4, 0.02, 0.02)
    small = amounts([("x1", 3.0, 30.0, 0.0, 30.0), ("x2", 2.0, 30.0, 1.0, 30.0)])
    ids = pl.concat([groups, in_dyads(zz=["x1", "x2"])])
    out = pool_readings(pl.concat([frame, small]), ids, "dyad")
    tilt = out.filter(id="zz")["tilt"][0]
    assert tilt < (5 - 1) / (5 + 1) - 0.15


def test_sessions_of_one_dyad_are_not_taken_for_strangers():
    rng = np.random.default_rng(7)
    frame, groups, _ = drawn(rng, 40, 10, 0.4, 0.02)
    study = groups.select("session_id", id=pl.lit("study"))
    alone = pool_readings(frame, study, "study").row(0, named=True)
    nested = pool_readings(frame, study.with_columns(dyad=groups["id"]), "study")
    row = nested.row(0, named=True)
    assert row["tilt_high"] - row["tilt_low"] > 1.5 * (alone["tilt_high"] - alone["tilt_low"])


def test_the_same_seed_gives_the_same_interval():
    ids = in_dyads(one=["a", "b", "c", "d"])
    assert pool_readings(amounts(FOUR), ids, "dyad").equals(
        pool_readings(amounts(FOUR), ids, "dyad")
    )


def test_the_likelihood_finds_the_spread_that_made_the_counts():
    rng = np.random.default_rng(8)
    e = rng.uniform(50, 500, 20_000)
    k = rng.poisson(e * 0.04 * rng.gamma(1 / 0.25, 0.25, 20_000)).astype(float)
    mean, spread = fit_between(k, e)
    assert mean == pytest.approx(0.04, rel=0.02)
    assert spread == pytest.approx(0.25, rel=0.05)


def test_poisson_counts_have_next_to_no_spread():
    rng = np.random.default_rng(9)
    e = rng.uniform(50, 500, 5_000)
    _, spread = fit_between(rng.poisson(e * 0.04).astype(float), e)
    assert spread < 0.01


def test_the_spread_within_dyads_is_freed_of_the_spread_between():
    rng = np.random.default_rng(10)
    e = rng.uniform(50, 500, 12_000)
    starts = np.arange(0, 12_000, 3)
    rate = 0.04 * np.repeat(rng.gamma(2.0, 0.5, 4_000), 3) * rng.gamma(1 / 0.2, 0.2, 12_000)
    found = fit_within(rng.poisson(rate * e).astype(float), e, starts)
    assert found == pytest.approx(0.2, rel=0.12)


def readings(tilts: dict[str, float | None]) -> pl.DataFrame:
    frame = pl.DataFrame({"session_id": list(tilts), "tilt": list(tilts.values())})
    return tables.as_table(frame.with_columns(indicator=pl.lit("questions")), tables.READINGS)


def test_the_usual_range_leaves_the_session_itself_out():
    out = usual_range(
        readings({"a": 0.1, "b": 0.5, "c": 0.3, "d": None}), in_dyads(one=list("abcd"))
    )
    rows = {r["session_id"]: r for r in out.iter_rows(named=True)}
    ranges = {
        s: (r["tilt_others_n"], r["tilt_others_low"], r["tilt_others_high"])
        for s, r in rows.items()
    }
    assert ranges["a"] == (2, 0.3, 0.5)
    assert ranges["b"] == (2, 0.1, 0.3)
    assert ranges["c"] == (2, 0.1, 0.5)
    assert ranges["d"] == (3, 0.1, 0.5)


def test_one_other_session_is_no_range():
    out = usual_range(readings({"a": 0.1, "b": 0.5}), in_dyads(one=["a", "b"]))
    assert out["tilt_others_n"].to_list() == [1, 1]
    assert out["tilt_others_low"].to_list() == [None, None]


def test_the_studys_range_is_its_middle_four_fifths():
    out = study_range(readings({f"s{i:02d}": i / 10 for i in range(11)}))
    assert (out["tilt_n"][0], out["tilt_low"][0], out["tilt_high"][0]) == (11, 0.1, 0.9)
