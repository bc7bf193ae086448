"""The mirror coefficient: recovered on counts, named a gap only where both standings agree."""

import numpy as np
import polars as pl
import pytest

from evenhand.core.errors import EvenhandError
from evenhand.models.mirror_coefficient import fit_mirror, word_of
from evenhand.models.mirror_terms import Estimate, codes_of, with_caseload
from tests.models.reference import r_numbers
from tests.models.rooms import Room, make

SMALL = Room(therapists=14, clients=7, sessions=(3, 5), t=0.5, c=-0.5, allocation=0.0)
"""So few people that sessions are rows of their own."""


def estimate(value: float, half: float) -> Estimate:
    return Estimate(value, half / 2, value - half, value + half, value, value, 20.0, 0.5)


@pytest.fixture(scope="module")
def sessions() -> pl.DataFrame:
    return make(SMALL, np.random.default_rng(4))


@pytest.fixture(scope="module")
def caseload() -> pl.DataFrame:
    room = Room(therapists=40, clients=14, t=0.5, c=-0.5, talk=1.0)
    return make(room, np.random.default_rng(11))


def test_both_standings_are_found_though_talk_follows_the_gap(caseload: pl.DataFrame) -> None:
    found = fit_mirror(caseload, "events")
    assert found.beta_c.low < -0.5 < found.beta_c.high
    assert found.beta_t.low < 0.5 < found.beta_t.high
    assert found.mirror.low < 0.5 < found.mirror.high
    assert found.mirror.clear
    assert found.clients == caseload["client_id"].n_unique()


def test_the_coefficient_is_half_the_difference_of_both(caseload: pl.DataFrame) -> None:
    found = fit_mirror(caseload, "events", absolute=False)
    assert found.mirror.estimate == pytest.approx(
        (found.beta_t.estimate - found.beta_c.estimate) / 2
    )
    assert found.both.estimate == pytest.approx(found.beta_t.estimate + found.beta_c.estimate)
    assert found.absolute is None


def test_the_therapists_standing_has_therapists_degrees_of_freedom(caseload: pl.DataFrame) -> None:
    found = fit_mirror(caseload, "events", absolute=False)
    assert found.beta_t.df == found.therapists - 3
    assert found.beta_c.df == found.clients - found.therapists - 1
    assert found.beta_t.df < found.mirror.df < found.beta_c.df


def test_swapping_the_roles_mirrors_the_coefficient(sessions: pl.DataFrame) -> None:
    swapped = sessions.rename({"k_t": "k_c", "k_c": "k_t", "e_t": "e_c", "e_c": "e_t"})
    one = fit_mirror(sessions, "events", absolute=False)
    other = fit_mirror(swapped, "events", absolute=False)
    assert other.beta_t.estimate == pytest.approx(-one.beta_t.estimate, abs=1e-4)
    assert other.beta_c.estimate == pytest.approx(-one.beta_c.estimate, abs=1e-4)


def test_yielding_is_read_from_the_other_side(sessions: pl.DataFrame) -> None:
    turned = sessions.with_columns(direction=pl.lit(-1))
    one = fit_mirror(sessions, "events", absolute=False).beta_c
    other = fit_mirror(turned, "events", absolute=False).beta_c
    assert other.estimate == pytest.approx(-one.estimate, abs=1e-4)


def test_renaming_people_changes_nothing(sessions: pl.DataFrame) -> None:
    named = sessions.with_columns(
        pl.col("client_id", "therapist_id", "session_id").str.reverse(),
    )
    one, other = (fit_mirror(d, "events", absolute=False).mirror for d in (sessions, named))
    assert other.estimate == pytest.approx(one.estimate, abs=1e-5)
    assert other.se == pytest.approx(one.se, rel=1e-3)


def test_sessions_that_are_added_up_say_nearly_the_same(
    sessions: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    apart = fit_mirror(sessions, "events", absolute=False)
    assert "session" in apart.variances
    monkeypatch.setattr("evenhand.models.mirror_counts.MOST_LEVELS", 0)
    added = fit_mirror(sessions, "events", absolute=False)
    assert "session" not in added.variances
    assert added.sessions == apart.sessions
    assert added.mirror.estimate == pytest.approx(apart.mirror.estimate, abs=0.2 * apart.mirror.se)
    assert added.mirror.se == pytest.approx(apart.mirror.se, rel=0.05)


def test_one_a_turn_is_a_log_odds_ratio_of_the_roles() -> None:
    # rare events: odds ratios and rate ratios are nearly one
    room = Room(therapists=24, clients=12, t=0.5, c=-0.5, allocation=0.0, rate=0.01)
    frame = make(room, np.random.default_rng(3)).with_columns(pl.col("e_t", "e_c").round())
    turns, events = (fit_mirror(frame, kind, absolute=False) for kind in ("turns", "events"))
    assert turns.kind == "turns"
    assert turns.beta_c.estimate == pytest.approx(events.beta_c.estimate, abs=0.08)
    assert turns.beta_t.estimate == pytest.approx(events.beta_t.estimate, abs=0.12)


def test_amounts_are_log_rate_ratios() -> None:
    rng = np.random.default_rng(8)
    frame = make(SMALL, rng)
    share = 1 / (
        1 + np.exp(-(0.6 * frame["s_t"] - 0.4 * frame["s_c"] + rng.normal(0, 0.2, frame.height)))
    )
    talk = frame.with_columns(
        indicator=pl.lit("talk_share"),
        k_t=2000 * share,
        k_c=2000 * (1 - share),
        e_t=2000.0,
        e_c=2000.0,
    )
    found = fit_mirror(talk, "amounts")
    assert found.beta_t.estimate == pytest.approx(0.6, abs=0.05)
    assert found.beta_c.estimate == pytest.approx(-0.4, abs=0.05)


def test_indicators_are_stacked_with_effects_of_their_own() -> None:
    room = Room(therapists=12, clients=5, sessions=(3, 4), t=0.9, c=-0.9, allocation=0.0)
    one = make(room, np.random.default_rng(21))
    more = one.with_columns(
        indicator=pl.lit("yielding"),
        direction=pl.lit(-1),
        k_t=pl.col("k_c") * 3,
        k_c=pl.col("k_t"),
        e_t=pl.col("e_c"),
        e_c=pl.col("e_t"),
    )
    found = fit_mirror(pl.concat([one, more], how="vertical_relaxed"), "events", absolute=False)
    assert found.mirror.clear
    assert found.sessions <= one.height
    assert "indicator" in found.variances


@pytest.mark.parametrize(
    ("t", "c", "both", "word"),
    [
        (estimate(0.5, 0.3), estimate(-0.4, 0.2), estimate(0.1, 0.4), "gap"),
        (estimate(0.9, 0.3), estimate(-0.2, 0.1), estimate(0.7, 0.3), "both standings"),
        (estimate(0.5, 0.3), estimate(0.4, 0.2), estimate(0.9, 0.4), "both standings"),
        (estimate(0.5, 0.3), estimate(-0.1, 0.2), estimate(0.4, 0.5), "therapist's standing"),
        (estimate(0.2, 0.5), estimate(-0.4, 0.2), estimate(-0.2, 0.6), "client's standing"),
        (estimate(0.2, 0.5), estimate(-0.1, 0.2), estimate(0.1, 0.6), "nothing clear"),
    ],
)
def test_a_gap_is_said_only_where_both_standings_agree(
    t: Estimate, c: Estimate, both: Estimate, word: str
) -> None:
    assert word_of(t, c, both) == word


def test_a_caseloads_mean_counts_each_client_once() -> None:
    frame = pl.DataFrame(
        {"therapist_id": ["t"] * 4, "client_id": ["a", "a", "a", "b"], "s_c": [1.0, 1.0, 1.0, -1.0]}
    )
    assert with_caseload(frame)["caseload"].to_list() == [0.0] * 4


def test_without_a_standing_or_exposure_a_row_is_left_out_and_counted(
    sessions: pl.DataFrame,
) -> None:
    n = pl.int_range(pl.len())
    holes = sessions.with_columns(
        s_c=pl.when(n < 5).then(None).otherwise("s_c"),
        e_t=pl.when(n.is_between(5, 9)).then(0.0).otherwise("e_t"),
        k_t=pl.when(n.is_between(10, 14)).then(None).otherwise("k_t"),
    )
    empty = holes.filter(n >= 15).filter(pl.col("k_t") + pl.col("k_c") == 0).height
    assert fit_mirror(holes, "events", absolute=False).left_out == 15 + empty


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (pl.col("therapist_id").is_in(["t0", "t1", "t2"]), "of therapists: 3"),
        (pl.lit(False), "of clients: 0, of therapists: 0"),
    ],
)
def test_too_few_people_are_refused(sessions: pl.DataFrame, change: pl.Expr, why: str) -> None:
    with pytest.raises(EvenhandError, match=why):
        fit_mirror(sessions.filter(change), "events")


@pytest.mark.parametrize(
    ("columns", "why"),
    [
        ({"s_t": pl.lit(1.0)}, "All therapists here stand alike"),
        ({"s_c": pl.lit(1.0)}, "All clients here stand alike"),
        ({"s_c": pl.col("s_t")}, "Within each caseload all clients stand alike"),
    ],
)
def test_standings_that_do_not_vary_are_refused(
    sessions: pl.DataFrame, columns: dict[str, pl.Expr], why: str
) -> None:
    with pytest.raises(EvenhandError, match=why):
        fit_mirror(sessions.with_columns(**columns), "events")


@pytest.mark.slow
def test_the_counts_are_those_of_lme4(sessions: pl.DataFrame, tmp_path) -> None:
    rows = with_caseload(sessions).filter(pl.col("k_t") + pl.col("k_c") > 0)
    rows = rows.with_columns(number=pl.col("number") - pl.col("number").mean())
    lines = (
        "library(lme4); m <- glmer(cbind(k_t, k_c) ~ s_t + s_c + caseload + number + "
        "offset(log(e_t / e_c)) + (1 | session_id) + (1 | client_id) + (1 | therapist_id), d, "
        "family = binomial, control = glmerControl(optimizer = 'bobyqa')); "
        "tell(fixef(m)); tell(sqrt(diag(vcov(m))))"
    )
    reference = r_numbers(lines, rows, tmp_path)
    found = fit_mirror(sessions, "events", absolute=False)
    assert found.beta_t.estimate == pytest.approx(reference[1], abs=0.003)
    assert found.beta_c.estimate == pytest.approx(reference[2], abs=0.003)
    mended = (found.therapists / (found.therapists - 3)) ** 0.5  # glmer is maximum likelihood
    assert found.beta_t.se == pytest.approx(reference[6] * mended, rel=0.02)
    assert found.beta_c.se == pytest.approx(reference[7], rel=0.02)


def regression_of_tilts(frame: pl.DataFrame) -> float:
    """The t of a plain regression of a dyad's mean tilt on its gap: what must not be done."""
    rate_t, rate_c = pl.col("k_t") / pl.col("e_t"), pl.col("k_c") / pl.col("e_c")
    tilt = (rate_t - rate_c) / (rate_t + rate_c)
    seen = frame.with_columns(tilt=tilt, gap=pl.col("s_t") - pl.col("s_c"))
    dyads = (
        seen.filter(pl.col("tilt").is_not_nan())
        .group_by("client_id")
        .agg(pl.col("tilt", "gap").mean())
    )
    x, y = dyads["gap"].to_numpy(), dyads["tilt"].to_numpy()
    x = x - x.mean()
    slope = float(x @ y / (x @ x))
    left = y - y.mean() - slope * x
    return slope / float(np.sqrt(left @ left / (len(y) - 2) / (x @ x)))


def test_a_regression_of_tilts_on_gaps_misleads_where_talk_follows_the_gap() -> None:
    # the two say as much a word, whoever they are: only the share of words follows the gap
    room = Room(
        therapists=30, clients=14, talk=2.0, rate=0.002, allocation=0.0, spread=(0, 0.1, 0.2)
    )
    tilts, counts = 0, 0
    for seed in range(4):
        frame = make(room, np.random.default_rng(100 + seed))
        tilts += abs(regression_of_tilts(frame)) > 2
        counts += fit_mirror(frame, "events", absolute=False).mirror.clear
    assert tilts == 4
    assert counts <= 1


def test_codes_count_from_nought() -> None:
    frame = pl.DataFrame({"a": ["y", "x", "y"], "b": [1, 1, 2]})
    assert codes_of(frame, "a").tolist() == [1, 0, 1]
    assert codes_of(frame, "a", "b").tolist() == [1, 0, 2]


@pytest.mark.slow
@pytest.mark.parametrize("truth", [0.0, 0.4])
def test_the_coefficient_is_covered_and_rarely_found_where_there_is_none(truth: float) -> None:
    room = Room(therapists=30, clients=14, t=truth, c=-truth, talk=1.0, rate=0.003)
    inside = clear = 0
    runs = 200
    for seed in range(runs):
        found = fit_mirror(make(room, np.random.default_rng(seed)), "events", absolute=False)
        inside += found.mirror.low < truth < found.mirror.high
        clear += found.mirror.clear
    assert 0.915 < inside / runs < 0.985
    if truth == 0:
        assert clear / runs < 0.085
