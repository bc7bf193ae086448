"""Cumulative incidence: hand-worked, lifelines, and what is refused."""

import numpy as np
import polars as pl
import pytest
from lifelines import AalenJohansenFitter

from evenhand.core.errors import EvenhandError
from evenhand.models.incidence import cumulative_incidence

TIME = [1, 2, 2, 3, 3, 3, 4, 5]
EVENT = [
    "dropped out",
    "dropped out",
    "completed",
    "ongoing",
    "dropped out",
    "completed",
    "completed",
    "ongoing",
]


def cause(table: pl.DataFrame, name: str) -> pl.DataFrame:
    return table.filter(pl.col("cause") == name)


def test_by_hand_with_ties_and_censoring() -> None:
    table = cause(cumulative_incidence(TIME, EVENT), "dropped out")
    # 1/8; then 7/8 × 1/7; then 5/8 left (two ended at 2), 1/5 of them; nobody after that
    assert table["share"].to_list() == pytest.approx([1 / 8, 2 / 8, 3 / 8, 3 / 8, 3 / 8])
    assert table["at_risk"].to_list() == [8, 7, 5, 2, 1]
    assert table["events"].to_list() == [1, 1, 1, 0, 0]
    assert table["censored"].to_list() == [0, 0, 1, 0, 1]


def test_the_causes_and_who_is_still_there_make_one() -> None:
    table = cumulative_incidence(TIME, EVENT)
    still = (7 / 8) * (5 / 7) * (3 / 5) * (1 / 2)
    last = table.group_by("cause").agg(pl.col("share").last())["share"].sum()
    assert last + still == pytest.approx(1)


def random_treatments(n: int = 400) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    return rng.exponential(10, n), rng.choice([0, 1, 2], n, p=[0.3, 0.3, 0.4])


@pytest.mark.parametrize(("number", "name"), [(1, "dropped out"), (2, "completed")])
def test_lifelines_gives_the_same_four_digits(number: int, name: str) -> None:
    time, kind = random_treatments()
    names = np.array(["ongoing", "dropped out", "completed"])
    ours = cause(cumulative_incidence(time, names[kind]), name)
    theirs = AalenJohansenFitter(calculate_variance=False).fit(time, kind, number)
    expected = theirs.cumulative_density_.iloc[1:, 0].to_numpy()
    assert np.abs(ours["share"].to_numpy() - expected).max() < 1e-10


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # theirs takes the log of a share of 0
@pytest.mark.parametrize(("number", "name"), [(1, "dropped out"), (2, "completed")])
def test_lifelines_gives_the_same_intervals(number: int, name: str) -> None:
    time, kind = random_treatments()
    time[np.argmax(time)], kind[np.argmax(time)] = time.max(), 0
    names = np.array(["ongoing", "dropped out", "completed"])
    ours = cause(cumulative_incidence(time, names[kind]), name)
    theirs = AalenJohansenFitter().fit(time, kind, number)
    limits = theirs.confidence_interval_.iloc[1:].to_numpy()
    both = np.column_stack([ours["low"].to_numpy(), ours["high"].to_numpy()])
    known = np.isfinite(limits).all(axis=1) & np.isfinite(both).all(axis=1)
    assert known.sum() > 380
    assert np.abs(np.sort(limits[known], axis=1) - both[known]).max() < 1e-4


def test_completion_censored_would_say_more() -> None:
    table = cause(cumulative_incidence(TIME, EVENT), "dropped out")
    kaplan_meier = 1 - (7 / 8) * (6 / 7) * (4 / 5)
    assert table["share"][-1] < kaplan_meier


def test_nobody_left_has_no_interval() -> None:
    table = cumulative_incidence([1, 2], ["ongoing", "completed"])
    assert cause(table, "dropped out")["low"].to_list() == [None, None]


def test_the_order_of_the_rows_changes_nothing() -> None:
    order = np.random.default_rng(2).permutation(len(TIME))
    again = cumulative_incidence(np.array(TIME)[order], np.array(EVENT)[order])
    assert again.equals(cumulative_incidence(TIME, EVENT))


def test_no_treatment_is_refused() -> None:
    with pytest.raises(EvenhandError, match="no treatments"):
        cumulative_incidence([], [])


def competing(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Treatments of up to 12 sessions: leaving has odds .06, completing .02 × session."""
    time, event = np.full(n, 12), np.full(n, "ongoing", dtype=object)
    here = np.ones(n, dtype=bool)
    watched = rng.integers(4, 30, n)
    for s in range(1, 13):
        drawn = rng.random(n)
        leave, done = 0.06, 0.02 * s
        for way, now in (
            ("dropped out", drawn < leave),
            ("completed", (drawn >= leave) & (drawn < leave + done)),
        ):
            ends = here & now & (watched >= s)
            time[ends], event[ends] = s, way
            here &= ~ends
        out = here & (watched < s + 1) & (s < 12)
        time[out] = s
        here &= ~out
    return time, event


def true_share() -> float:
    still, share = 1.0, 0.0
    for s in range(1, 13):
        share += still * 0.06
        still *= 1 - 0.06 - 0.02 * s
    return share


@pytest.mark.slow
def test_dropping_out_is_recovered_under_competing_completion() -> None:
    rng = np.random.default_rng(60)
    shares, inside = [], 0
    for _ in range(2000):
        last = cause(cumulative_incidence(*competing(rng, 200)), "dropped out").row(-1, named=True)
        shares.append(last["share"])
        inside += last["low"] < true_share() < last["high"]
    assert np.mean(shares) == pytest.approx(true_share(), abs=0.003)
    assert 0.93 <= inside / 2000 <= 0.97
