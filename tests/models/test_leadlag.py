"""Lead and lag: fixed effects by a reference fit, latent means, and no effect where none is."""

import numpy as np
import polars as pl
import pytest
import statsmodels.api as sm

from evenhand.models.leadlag import covariances, lead_lag, paired, within
from evenhand.models.leadlag_sums import sums_of


def study(
    rng: np.random.Generator,
    dyads: int = 60,
    within: float = 0.0,
    between: float = 0.0,
    follows: float = 0.0,
    longest: int = 12,
    persistence: float = 0.0,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Room and alliance; the alliance has a part of this and of the last session's room."""
    rooms, alliances = [], []
    for d in range(dyads):
        m = int(rng.integers(5, longest + 1))
        t = np.arange(1, m + 1)
        level = rng.normal(0, 0.3)
        x, y = noise(rng, m, 0.4, persistence), noise(rng, m, 0.5, persistence)
        line = rng.normal(0, 0.03, 2)
        last = np.concatenate([[0.0], x[:-1]])
        room = level + line[0] * t + x
        alliance = 4 + between * level + rng.normal(0, 0.4) + line[1] * t
        alliance = alliance + within * x + follows * last + y
        for n in range(m):
            rooms.append((f"d{d}", f"t{d % 15}", n + 1, room[n]))
            alliances.append((f"d{d}", f"t{d % 15}", n + 1, alliance[n]))
    names = ["dyad", "therapist_id", "nth", "score"]
    return (
        pl.DataFrame(rooms, schema=names, orient="row"),
        pl.DataFrame(alliances, schema=names, orient="row"),
    )


def noise(rng: np.random.Generator, m: int, sd: float, persistence: float) -> np.ndarray:
    out = rng.normal(0, sd, m)
    for n in range(1, m):
        out[n] = persistence * out[n - 1] + np.sqrt(1 - persistence**2) * out[n]
    return out


def row(table: pl.DataFrame, order: str, level: str = "within", weights: str = "sessions") -> dict:
    found = table.filter(order=order, level=level, weights=weights)
    return found.row(0, named=True)


def estimates(room: pl.DataFrame, alliance: pl.DataFrame) -> pl.DataFrame:
    return lead_lag({"room_tilt": room}, {"client": alliance})


def test_within_is_the_regression_with_a_line_for_each_dyad() -> None:
    room, alliance = study(np.random.default_rng(1), 20, within=0.5)
    pairs = paired(room, alliance)
    names = pairs["dyad"].unique(maintain_order=True)
    dummies = np.column_stack([(pairs["dyad"] == n).to_numpy().astype(float) for n in names])
    x = np.column_stack([pairs["x"], dummies, dummies * pairs["nth"].to_numpy()[:, None]])
    theirs = sm.OLS(pairs["y"].to_numpy(), x).fit()
    alone = sums_of(pairs, lags=0).together()
    assert within(alone, 0)[0][0] == pytest.approx(theirs.params[0], rel=1e-9)


def test_covariances_are_put_back_exactly() -> None:
    """Expected products under a known covariance, dyad by dyad, give that covariance back."""
    gamma = {-2: 0.1, -1: 0.0, 0: 0.5, 1: 0.3, 2: -0.1}
    pairs = pl.DataFrame(
        [("a", n, 0.0, 0.0) for n in (1, 2, 3, 5, 6, 8)]
        + [("b", n, 0.0, 0.0) for n in range(1, 8)],
        schema=["dyad", "nth", "x", "y"],
        orient="row",
    )
    sums = sums_of(pairs).together()
    products = np.zeros(5)
    for sessions in ((1, 2, 3, 5, 6, 8), tuple(range(1, 8))):
        t = np.array(sessions, float)
        z = np.column_stack([np.ones(t.size), t])
        keep = np.eye(t.size) - z @ np.linalg.solve(z.T @ z, z.T)
        whole = np.array([[gamma.get(int(b - a), 0.0) for b in t] for a in t])
        left = keep @ whole @ keep
        for a in range(t.size):
            for b in range(t.size):
                if abs(t[b] - t[a]) <= 2:
                    products[int(t[b] - t[a]) + 2] += left[a, b]
    found = covariances(sums.mixing, products[:, None])
    assert found[:, 0] == pytest.approx(list(gamma.values()))


def test_sessions_with_both_are_paired_by_attendance() -> None:
    names = ["dyad", "therapist_id", "nth", "score"]
    room = pl.DataFrame([("a", "t", n, 1.0 * n) for n in range(1, 7)], schema=names, orient="row")
    alliance = room.filter(pl.col("nth") != 3).with_columns(score=pl.col("score") * 10)
    assert paired(room, alliance)["nth"].to_list() == [1, 2, 4, 5, 6]
    assert paired(room.head(4), alliance).height == 0


def test_what_the_room_does_is_seen_in_the_next_session() -> None:
    table = estimates(*study(np.random.default_rng(2), 300, follows=0.6))
    lead, lag = row(table, "room first"), row(table, "alliance first")
    assert lead["low"] < 0.6 < lead["high"]
    assert lead["low"] > 0
    assert lag["low"] < 0 < lag["high"]
    assert lead["clusters"] == "therapists"


def test_latent_means_do_not_shrink_what_observed_ones_do() -> None:
    room, alliance = study(np.random.default_rng(3), 1500, between=0.5, longest=6)
    found = row(estimates(room, alliance), "whole treatment", "between")
    pairs = paired(room, alliance).group_by("dyad").agg(pl.col("x", "y").mean())
    observed = np.cov(pairs["x"], pairs["y"])
    assert observed[0, 1] / observed[0, 0] < 0.45
    assert found["low"] < 0.5 < found["high"]


def test_few_dyads_and_no_difference_give_a_reason() -> None:
    few = estimates(*study(np.random.default_rng(4), 5))
    assert few["estimate"].is_null().all()
    assert "5 dyads have 4 sessions" in few["absent"][0]
    room, alliance = study(np.random.default_rng(5), 30)
    same = room.with_columns(score=pl.lit(0.2))
    assert row(estimates(same, alliance), "same session")["absent"] is not None


def test_short_dyads_are_told_apart_at_fewer_lags_or_refused() -> None:
    rng = np.random.default_rng(8)
    room, alliance = (f.filter(pl.col("nth") <= 4) for f in study(rng, 40, within=0.5))
    four = row(estimates(room, alliance), "same session")
    assert four["low"] < 0.5 < four["high"]
    gaps = pl.col("nth").replace({2: 3, 3: 6, 4: 9})
    apart = estimates(room.with_columns(nth=gaps), alliance.with_columns(nth=gaps))
    assert "too few sessions in a row" in apart["absent"][0]


def test_the_declared_coefficient_stands_outside_the_family() -> None:
    room, alliance = study(np.random.default_rng(6))
    chosen = ("room_tilt", "client", "room first")
    table = lead_lag({"room_tilt": room}, {"client": alliance}, primary=chosen)
    assert row(table, "room first")["q"] is None
    assert row(table, "same session")["q"] >= row(table, "same session")["p"]


def test_renaming_dyads_changes_nothing() -> None:
    room, alliance = study(np.random.default_rng(7), 20)
    other = [
        f.with_columns(dyad=pl.lit("z") + pl.col("dyad").str.reverse()) for f in (room, alliance)
    ]
    ours, theirs = estimates(room, alliance), estimates(*other)
    assert ours["estimate"].to_numpy() == pytest.approx(theirs["estimate"].to_numpy())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("persistence", "together"),
    [(0.0, 0.0), (0.5, 0.0), (0.0, 0.5)],
    ids=["apart", "lasting", "same"],
)
def test_without_an_effect_at_most_one_in_twenty_is_found(
    persistence: float, together: float
) -> None:
    rng = np.random.default_rng(99)
    kinds = [("room first", "within"), ("alliance first", "within"), ("whole treatment", "between")]
    found = dict.fromkeys(kinds, 0)
    for _ in range(400):
        made = study(rng, 60, within=together, persistence=persistence)
        table = estimates(*made)
        for order, level in kinds:
            p = row(table, order, level)["p"]
            found[order, level] += p is not None and p < 0.05
    assert max(found.values()) / 400 <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 400), found
