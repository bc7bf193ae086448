"""Cumulative incidence: hand-worked, lifelines, and what is refused."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from lifelines import AalenJohansenFitter
from scipy.special import expit, logit

from evenhand.core.errors import EvenhandError
from evenhand.models.incidence import cumulative_incidence
from tests.models.reference import r_numbers

TIME = [1, 2, 2, 3, 3, 3, 4, 5]
EVENT: list[str] = [
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


def competing(
    rng: np.random.Generator, n: int, leave: float | np.ndarray = 0.06
) -> tuple[np.ndarray, list[str]]:
    """Treatments of up to 12 sessions: the chance of completing is .02 × session."""
    time, event = np.full(n, 12), np.full(n, "ongoing", dtype=object)
    here = np.ones(n, dtype=bool)
    watched = rng.integers(4, 30, n)
    for s in range(1, 13):
        drawn = rng.random(n)
        done = 0.02 * s
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
    return time, event.tolist()


SURVIVAL = """library(survival)
d$kind <- factor(d$event, c("ongoing", "dropped out", "completed"))
d$id <- seq_len(nrow(d))
f <- survfit(Surv(time, kind) ~ 1, data = d, id = id, influence = TRUE)
tell(f$pstate[, 2:3])
for (k in 2:3) tell(sqrt(colSums(rowsum(f$influence.pstate[, -1, k], d$therapist)^2)))"""


def test_intervals_that_allow_for_therapists_are_those_of_survival(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    time, event = competing(rng, 200)
    therapist = [f"t{n}" for n in rng.integers(0, 12, 200)]
    frame = pl.DataFrame({"time": time, "event": event, "therapist": therapist})
    theirs = np.array(r_numbers(SURVIVAL, frame, tmp_path)).reshape(2, -1)
    ours = cumulative_incidence(time, event, therapist=therapist)
    assert ours["share"].to_numpy() == pytest.approx(theirs[0], rel=1e-8)
    assert (ours["variance"] * 11 / 12).sqrt().to_numpy() == pytest.approx(theirs[1], rel=1e-6)
    assert set(ours["therapists_n"]) == {12}
    assert ours["share"].equals(cumulative_incidence(time, event)["share"])


def test_few_therapists_leave_treatments_independent() -> None:
    time, event = competing(np.random.default_rng(6), 100)
    few = cumulative_incidence(time, event, therapist=[f"t{n % 9}" for n in range(100)])
    assert few.equals(cumulative_incidence(time, event))
    assert few["therapists_n"].is_null().all()


def true_share(leave: float = 0.06) -> float:
    still, share = 1.0, 0.0
    for s in range(1, 13):
        share += still * leave
        still *= 1 - leave - 0.02 * s
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


@pytest.mark.slow
@pytest.mark.parametrize("therapists", [12, 40])
def test_intervals_cover_where_therapists_differ_in_how_many_leave(therapists: int) -> None:
    """Log odds of leaving differ by .6 between therapists with 15 treatments each."""
    rng = np.random.default_rng(61)
    spread = expit(logit(0.06) + 0.6 * rng.standard_normal(200_000))
    truth = float(np.mean([true_share(one) for one in spread[:20_000]]))
    whose = np.repeat(np.arange(therapists), 15)
    names, inside = [f"t{n}" for n in whose], np.zeros(2)
    for _ in range(1000):
        leave = expit(logit(0.06) + 0.6 * rng.standard_normal(therapists))[whose]
        time, event = competing(rng, whose.size, leave)
        for place, said in enumerate((None, names)):
            table = cause(cumulative_incidence(time, event, therapist=said), "dropped out")
            last = table.row(-1, named=True)
            inside[place] += last["low"] < truth < last["high"]
    print(therapists, truth, inside / 1000)
    assert inside[0] / 1000 < 0.90
    assert 0.93 <= inside[1] / 1000 <= 0.97
