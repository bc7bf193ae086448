"""Leaving: risk sets by hand, a reference logistic fit, frailty, checks, reasons."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
import statsmodels.api as sm
from scipy.special import expit
from sklearn.metrics import roc_auc_score

from evenhand.core.errors import EvenhandError
from evenhand.models.course_tables import treatments_of, visits_of
from evenhand.models.hazard import fit_hazard, hazard_table
from evenhand.models.hazard_check import auc_by_cluster, check_hazard
from evenhand.models.hazard_logit import fit_plain_logit
from evenhand.models.hazard_person import foretell, reasons
from evenhand.models.hazard_table import OPEN, design_of, risk_table
from tests.models.made_up_course import leaving_study
from tests.models.reference import r_numbers

SESSIONS = pl.DataFrame(
    [
        ("a1", "a", "t", "1", "2026-01-05", "yes", "4", None),
        ("a2", "a", "t", "2", "2026-01-12", "no", "4", None),
        ("a3", "a", "t", "3", "2026-01-19", "yes", "4", None),
        ("a4", "a", "t", "4", "2026-01-26", "yes", "4", "dropped out"),
        ("b1", "b", "t", "1", "2026-01-20", "yes", None, "ongoing"),
    ],
    schema=[
        "session_id",
        "client_id",
        "therapist_id",
        "number",
        "date",
        "attended",
        "planned",
        "ended",
    ],
    orient="row",
)


def risk() -> pl.DataFrame:
    visits = visits_of(SESSIONS).table
    alliance = pl.DataFrame({"session_id": ["a1", "a3", "b1"], "score": [5.0, 3.5, 4.0]})
    room = pl.DataFrame(
        {
            "session_id": ["a1", "a3"],
            "k_therapist": [3.0, 1.0],
            "e_therapist": [100.0, 50.0],
            "k_client": [1.0, 0.0],
            "e_client": [80.0, 70.0],
        }
    )
    return risk_table(
        visits, treatments_of(visits).table, alliance=alliance, rooms={"directives": room}
    )


def test_a_row_is_a_session_that_was_attended_and_what_came_next() -> None:
    found = risk().select("session_id", "nth", "next").rows()
    assert found == [
        ("a1", 1, "stayed"),
        ("a3", 2, "stayed"),
        ("a4", 3, "dropped out"),
        ("b1", 1, OPEN),
    ]


def test_what_is_known_is_known_by_the_end_of_that_session() -> None:
    first, third, fourth, other = risk().to_dicts()
    assert (first["alliance"], first["alliance_fall"]) == (5.0, 0.0)
    assert (third["alliance"], third["alliance_fall"]) == (3.5, 1.5)
    assert (fourth["alliance"], fourth["alliance_fall"]) == (3.5, 1.5)
    assert third["log_gap_days"] == pytest.approx(np.log(15))
    assert third["progress"] == pytest.approx(0.5)
    assert (other["progress"], other["outcome_worse"]) == (None, None)


def test_the_room_is_counted_over_the_sessions_so_far() -> None:
    first, third, fourth, _ = risk().to_dicts()
    assert first["directives"] == pytest.approx(np.log(3.5 / 100) - np.log(1.5 / 80))
    assert third["directives"] == pytest.approx(np.log(4.5 / 150) - np.log(1.5 / 150))
    assert fourth["directives"] == third["directives"]


def test_later_sessions_change_no_row() -> None:
    visits = visits_of(SESSIONS).table
    scores = pl.DataFrame({"session_id": ["a1", "a3"], "score": [5.0, 3.5]})
    later = pl.concat([scores, pl.DataFrame({"session_id": ["a4"], "score": [1.0]})])
    treatments = treatments_of(visits).table
    before = risk_table(visits, treatments, alliance=scores).head(2)
    assert risk_table(visits, treatments, alliance=later).head(2).equals(before)


def test_the_plain_fit_is_statsmodels() -> None:
    table = leaving_study(np.random.default_rng(1))
    fit = fit_hazard(table, predictors=("log_session", "alliance"), frailty=False)
    rows = table.filter(pl.col("next") != OPEN)
    x = np.column_stack([np.ones(rows.height), rows["log_session"], rows["alliance"]])
    k = (rows["next"] == "dropped out").to_numpy().astype(float)
    theirs = sm.Logit(k, x).fit(disp=0, tol=1e-12)
    sds = np.array([fit.design.sds["log_session"], fit.design.sds["alliance"]])
    assert fit.fixed[1:] / sds == pytest.approx(theirs.params[1:], rel=1e-4)
    se = np.sqrt(np.diagonal(fit.fixed_cov))[1:] / sds
    assert se == pytest.approx(theirs.bse[1:], rel=1e-4)
    assert expit(fit.log_odds(rows)[0]) == pytest.approx(theirs.predict(x), rel=1e-4)


def test_a_value_that_is_not_known_gets_its_own_column() -> None:
    table = leaving_study(np.random.default_rng(2)).with_columns(
        alliance=pl.when(pl.col("nth") > 1).then("alliance")
    )
    design = design_of(table, ("alliance", "log_session"))
    assert design.names == ("alliance", "alliance not known", "log_session")
    columns = design.columns(table)
    assert columns[:, 2].tolist() == (table["nth"] == 1).cast(pl.Float64).to_list()


def test_a_column_that_says_what_another_says_is_left_out() -> None:
    table = leaving_study(np.random.default_rng(2)).with_columns(
        again=2 * pl.col("alliance"),
        first_session=(pl.col("nth") == 1).cast(pl.Float64),
        gap=pl.when(pl.col("nth") > 1).then(pl.col("alliance") ** 2),
    )
    design = design_of(table, ("first_session", "alliance", "again", "gap"))
    assert design.names == ("first_session", "alliance", "gap")


def test_frailty_is_found_and_the_weight_is_recovered() -> None:
    table = leaving_study(np.random.default_rng(3), 1500, 40)
    fit = fit_hazard(table, predictors=("log_session", "alliance"))
    row = hazard_table(fit).filter(pl.col("term") == "alliance").row(0, named=True)
    sd = fit.design.sds["alliance"]
    assert row["low"] < np.exp(-0.6 * sd) < row["high"]
    frailty = hazard_table(fit).row(-1, named=True)
    assert frailty["low"] < 0.5 < frailty["high"]


GLMER = """library(lme4)
d$k <- as.integer(d$outcome == "dropped out")
d$a <- (d$alliance - mean(d$alliance)) / sd(d$alliance)
m <- glmer(k ~ a + (1 | therapist_id), data = d, family = binomial,
           control = glmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-8)))
tell(fixef(m)); tell(as.data.frame(VarCorr(m))$vcov)
tell(ranef(m)$therapist_id[c("t1", "t2"), 1])"""


def test_frailty_is_lme4s(tmp_path: Path) -> None:
    table = leaving_study(np.random.default_rng(16), 300, 12, frailty=0.8)
    rows = table.filter(pl.col("next") != OPEN)
    fit = fit_hazard(rows, predictors=("alliance",))
    theirs = r_numbers(GLMER, rows.rename({"next": "outcome"}), tmp_path)
    assert fit.fit is not None
    effects = fit.fit.effect("therapist")
    ours = [*fit.fixed, fit.frailty_var, *(effects[fit.therapists.index(t)] for t in ("t1", "t2"))]
    assert ours == pytest.approx(theirs, rel=1e-3)


def test_sampled_rows_leave_the_chances_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    table = leaving_study(np.random.default_rng(4), 2500)
    whole = fit_hazard(table, predictors=("alliance",), frailty=False)
    monkeypatch.setattr("evenhand.models.hazard.MOST_ROWS", 5000)
    part = fit_hazard(table, predictors=("alliance",), frailty=False)
    assert any("Fitted on all" in note for note in part.notes)
    rows = table.head(200)
    assert expit(part.log_odds(rows)[0]) == pytest.approx(expit(whole.log_odds(rows)[0]), rel=0.1)


def test_few_endings_are_refused_and_few_therapists_are_said() -> None:
    table = leaving_study(np.random.default_rng(5), 40)
    with pytest.raises(EvenhandError, match="too few to say with what"):
        fit_hazard(table.filter(pl.col("next") != "dropped out"))
    one = leaving_study(np.random.default_rng(6), 300, 2)
    assert any("2 therapists" in note for note in fit_hazard(one).notes)


def test_predictors_beyond_what_endings_carry_are_left_out_and_named() -> None:
    rng = np.random.default_rng(7)
    table = leaving_study(rng, 60)
    table = table.with_columns(
        pl.Series(f"room_{n}", rng.standard_normal(table.height)) for n in range(12)
    )
    fit = fit_hazard(table, frailty=False)
    assert fit.events_n // 5 >= len(fit.design.names) + 1
    assert any("room_11" in note for note in fit.notes)


def test_what_foretells_without_fail_is_refused() -> None:
    x = np.column_stack([np.ones(60), np.repeat([0.0, 1.0], 30)])
    with pytest.raises(EvenhandError, match="without fail"):
        fit_plain_logit(x, x[:, 1])


def test_columns_that_say_the_same_are_refused() -> None:
    rng = np.random.default_rng(8)
    x = np.column_stack([np.ones(60), *[rng.standard_normal(60)] * 2])
    with pytest.raises(EvenhandError, match="say the same thing"):
        fit_plain_logit(x, (rng.random(60) < 0.5).astype(float))


def test_the_area_under_the_curve_is_sklearns() -> None:
    rng = np.random.default_rng(9)
    score = np.round(rng.standard_normal(300), 1)
    event = rng.random(300) < expit(score)
    auc, low, high = auc_by_cluster(score, event, np.arange(300))
    assert auc == pytest.approx(roc_auc_score(event, score))
    assert low < auc < high


def test_the_interval_of_the_area_widens_with_clusters() -> None:
    rng = np.random.default_rng(10)
    cluster = np.repeat(np.arange(30), 20)
    score = rng.standard_normal(30)[cluster] + 0.3 * rng.standard_normal(600)
    event = rng.random(600) < expit(2 * rng.standard_normal(30)[cluster])
    alone = auc_by_cluster(score, event, np.arange(600))
    together = auc_by_cluster(score, event, cluster)
    assert together[2] - together[1] > 1.2 * (alone[2] - alone[1])


def test_the_check_is_on_therapists_not_seen() -> None:
    table = leaving_study(np.random.default_rng(11), 1200, 30, weight=-1.2, frailty=0.2)
    check = check_hazard(table, np.random.default_rng(12), predictors=("log_session", "alliance"))
    assert 0.6 < check.auc[0] < 0.85
    assert check.slope[1] < 1 < check.slope[2]
    assert check.intercept[1] < 0 < check.intercept[2]
    assert check.calibration["n"].sum() == check.rows_n
    with pytest.raises(EvenhandError, match="therapists not seen"):
        check_hazard(leaving_study(np.random.default_rng(13), 200, 4), np.random.default_rng(1))


def test_a_prediction_has_an_interval_and_its_reasons_add_up() -> None:
    table = leaving_study(np.random.default_rng(14), 600, 20)
    last = pl.col("nth") == pl.col("nth").max().over("dyad")
    ongoing = pl.col("client_id").str.ends_with("7") & last
    table = table.with_columns(next=pl.when(ongoing).then(pl.lit(OPEN)).otherwise("next"))
    fit = fit_hazard(table, predictors=("log_session", "alliance"))
    chances, why = foretell(fit, table), reasons(fit, table)
    assert chances.filter(~(pl.col("low") < pl.col("chance"))).height == 0
    assert chances.filter(~(pl.col("chance") < pl.col("high"))).height == 0
    total = why.group_by("dyad").agg(pl.col("log_odds").sum())
    both = chances.join(total, on="dyad")
    usual, added = both["usual"].to_numpy(), both["log_odds"].to_numpy()
    assert expit(np.log(usual / (1 - usual)) + added) == pytest.approx(both["chance"].to_numpy())
    assert set(why["predictor"]) == {"log_session", "alliance", "therapist"}


@pytest.mark.slow
def test_dropping_out_is_recovered_under_competing_completion() -> None:
    rng = np.random.default_rng(40)
    inside, weights = 0, []
    for _ in range(200):
        table = leaving_study(rng, 500, 25)
        fit = fit_hazard(table, predictors=("alliance", "log_session"))
        sd = fit.design.sds["alliance"]
        se = np.sqrt(fit.fixed_cov[1, 1])
        weights.append(fit.fixed[1] / sd)
        inside += abs(fit.fixed[1] + 0.6 * sd) < 1.96 * se
    assert np.mean(weights) == pytest.approx(-0.6, abs=0.03)
    assert 0.92 <= inside / 200 <= 0.98
